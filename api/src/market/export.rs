//! Rows as CSV and Arrow: a page at once, or a whole range piece by piece, so that its length
//! doesn't matter for memory.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use adapters::market::files::{
    CandleSchema, CandleWriter, OutFormat, TickSchema, TickWriter, WriteError,
};
use adapters::market::segments::CandleStream;
use app::market::read::{CandlePlan, CandleRequest, ReadError, TickPlan, TickRequest};
use app::market::segments::{ArrowPiece, SegmentError};
use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use domain::market::{Candle, Interval, Tick, TickKind};
use futures_util::stream::{self, Stream, StreamExt, TryStreamExt};
use serde::Serialize;
use tokio::sync::mpsc;

use crate::accept::Format;
use crate::problem::Problem;
use crate::state::ApiState;

/// Carries the cursor of a page whose format has no room for one.
pub(super) const NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");

/// A body as JSON.
pub(crate) fn to_json(body: &impl Serialize) -> Result<Vec<u8>, Problem> {
    serde_json::to_vec(body).map_err(|error| {
        tracing::error!(%error, "a body can't be written as JSON");
        Problem::internal()
    })
}

/// A page of candles.
pub(super) fn candles(
    rows: &[Candle],
    interval: Interval,
    format: Format,
) -> Result<Vec<u8>, Problem> {
    let mut writer =
        CandleWriter::new(out_format(format), Vec::new(), interval, &CandleSchema::of(rows))?;
    writer.write(rows)?;
    Ok(writer.finish()?)
}

/// A page of ticks.
pub(super) fn ticks(rows: &[Tick], kind: TickKind, format: Format) -> Result<Vec<u8>, Problem> {
    let mut writer = TickWriter::new(out_format(format), Vec::new(), kind, &TickSchema::of(rows))?;
    writer.write(rows)?;
    Ok(writer.finish()?)
}

/// All candles of a range.
pub(super) async fn all_candles(
    state: &ApiState,
    request: &CandleRequest,
    plan: CandlePlan,
    format: Format,
) -> Result<Response, Problem> {
    let scales = state.0.reader.scales(&request.symbol).await?;
    let schema = CandleSchema {
        price_scale: scales.price,
        quantity_scale: scales.quantity,
        quote_scale: scales.quote,
    };
    if format == Format::Arrow
        && let Some(pieces) = state.0.reader.candle_pieces(&plan, schema)
    {
        return arrow(state, request.interval, schema, pieces).await;
    }
    let pipe = Pipe::default();
    let writer = CandleWriter::new(out_format(format), pipe.clone(), request.interval, &schema)?;
    whole(state, state.0.reader.all_candles(plan), writer, pipe, format).await
}

/// All ticks of a range.
pub(super) async fn all_ticks(
    state: &ApiState,
    request: &TickRequest,
    plan: TickPlan,
    format: Format,
) -> Result<Response, Problem> {
    let scales = state.0.reader.scales(&request.symbol).await?;
    let schema = TickSchema { price_scale: scales.price, quantity_scale: scales.quantity };
    let pipe = Pipe::default();
    let writer = TickWriter::new(out_format(format), pipe.clone(), plan.kind, &schema)?;
    whole(state, state.0.reader.all_ticks(plan), writer, pipe, format).await
}

/// The answer with such a body.
pub(crate) fn answer(format: Format, next: Option<String>, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.media_type()));
    headers.insert(header::VARY, HeaderValue::from_static("accept, accept-encoding"));
    if let Some(next) = next.and_then(|next| HeaderValue::try_from(next).ok()) {
        headers.insert(NEXT_CURSOR, next);
    }
    response
}

fn out_format(format: Format) -> OutFormat {
    match format {
        Format::Arrow => OutFormat::ArrowStream,
        Format::Csv | Format::Json => OutFormat::Csv,
    }
}

/// A writer of rows of one type.
trait RowWriter<T>: Send + 'static {
    fn take_in(&mut self, rows: &[T]) -> Result<(), WriteError>;
    fn end(self) -> Result<(), WriteError>;
}

impl RowWriter<Candle> for CandleWriter<Pipe> {
    fn take_in(&mut self, rows: &[Candle]) -> Result<(), WriteError> {
        self.write(rows)
    }

    fn end(self) -> Result<(), WriteError> {
        self.finish().map(drop)
    }
}

impl RowWriter<Tick> for TickWriter<Pipe> {
    fn take_in(&mut self, rows: &[Tick]) -> Result<(), WriteError> {
        self.write(rows)
    }

    fn end(self) -> Result<(), WriteError> {
        self.finish().map(drop)
    }
}

/// Why a body that was begun breaks off.
#[derive(Debug, thiserror::Error)]
enum BrokenOff {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error(transparent)]
    Task(#[from] tokio::task::JoinError),
}

/// Reads, encodes and gives out chunk after chunk, as fast as the client takes them.
async fn whole<T: Send + 'static>(
    state: &ApiState,
    chunks: impl Stream<Item = Result<Vec<T>, ReadError>> + Send + 'static,
    writer: impl RowWriter<T>,
    pipe: Pipe,
    format: Format,
) -> Result<Response, Problem> {
    let permit =
        Arc::clone(&state.0.exports).acquire_owned().await.map_err(|_| Problem::internal())?;
    let mut chunks = Box::pin(chunks);
    // The first chunk is read before the answer begins: until then an error can still be told.
    let first = chunks.try_next().await?;
    let chunks = stream::iter(first.map(Ok)).chain(chunks);
    let pieces =
        stream::try_unfold((chunks, Some(writer), pipe), async |(mut chunks, writer, pipe)| {
            let Some(mut writer) = writer else { return Ok::<_, BrokenOff>(None) };
            let writer = match chunks.try_next().await? {
                // Encoding a chunk takes long enough to hold up other requests of the thread.
                Some(rows) => {
                    let taken_in = move || writer.take_in(&rows).map(|()| Some(writer));
                    tokio::task::spawn_blocking(taken_in).await??
                }
                None => tokio::task::spawn_blocking(move || writer.end().map(|()| None)).await??,
            };
            let piece = pipe.take();
            Ok(Some((piece, (chunks, writer, pipe))))
        });
    let pieces = pieces.try_filter(|piece| std::future::ready(!piece.is_empty()));
    let pieces = pieces.inspect_err(move |error| {
        let _given_back_at_the_end = &permit;
        tracing::error!(%error, "an answer breaks off");
    });
    Ok(answer(format, None, Body::from_stream(pieces)))
}

/// Gives out candles as an Arrow stream, what is sealed as it is stored.
async fn arrow(
    state: &ApiState,
    interval: Interval,
    schema: CandleSchema,
    mut pieces: mpsc::Receiver<Result<ArrowPiece, SegmentError>>,
) -> Result<Response, Problem> {
    let permit =
        Arc::clone(&state.0.exports).acquire_owned().await.map_err(|_| Problem::internal())?;
    // The first piece is read before the answer begins: until then an error can still be told.
    let first = pieces.recv().await.transpose().map_err(ReadError::from)?;
    let stream = CandleStream::new(interval, schema)?;
    let parts =
        stream::try_unfold((Some(stream), first, pieces), async |(stream, first, mut pieces)| {
            let Some(mut stream) = stream else { return Ok::<_, BrokenOff>(None) };
            let piece = match first {
                Some(piece) => Some(piece),
                None => pieces.recv().await.transpose().map_err(ReadError::from)?,
            };
            let (parts, stream) = match piece {
                Some(ArrowPiece::Message(message)) => {
                    ([Bytes::from(stream.take()), message], Some(stream))
                }
                // Encoding takes long enough to hold up other requests of the thread.
                Some(piece) => {
                    let added = tokio::task::spawn_blocking(move || {
                        match piece {
                            ArrowPiece::Columns(columns) => stream.columns(columns)?,
                            ArrowPiece::Candles(candles) => stream.candles(&candles)?,
                            ArrowPiece::Message(_) => {}
                        }
                        Ok::<_, WriteError>(stream)
                    });
                    let mut stream = added.await??;
                    ([stream.take().into(), Bytes::new()], Some(stream))
                }
                None => ([stream.finish()?.into(), Bytes::new()], None),
            };
            Ok(Some((stream::iter(parts.map(Ok::<_, BrokenOff>)), (stream, None, pieces))))
        });
    let parts = parts.try_flatten().try_filter(|part| std::future::ready(!part.is_empty()));
    let parts = parts.inspect_err(move |error| {
        let _given_back_at_the_end = &permit;
        tracing::error!(%error, "an answer breaks off");
    });
    Ok(answer(Format::Arrow, None, Body::from_stream(parts)))
}

/// What the writer wrote and the client has not been given yet.
#[derive(Clone, Default)]
struct Pipe(Arc<Mutex<Vec<u8>>>);

impl Pipe {
    fn take(&self) -> Bytes {
        self.0.lock().map(|mut bytes| std::mem::take(&mut *bytes)).unwrap_or_default().into()
    }
}

impl Write for Pipe {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut held = self.0.lock().map_err(|_| io::Error::other("a writer panicked"))?;
        held.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
