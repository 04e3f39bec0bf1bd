//! Giving stored rows out as a file. The file appears under its name only when it is whole.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use adapters::market::files::{
    CandleSchema, CandleWriter, OutFormat, TickSchema, TickWriter, WriteError,
};
use domain::market::{Interval, Origin, SymbolName, TickKind};
use futures_util::{StreamExt, pin_mut};
use tokio_util::sync::CancellationToken;

use crate::market::read::{CandleRequest, MarketReader, PageRequest, ReadError, TickRequest};

/// Which rows to write.
#[derive(Debug, Clone)]
pub enum Series {
    /// Candles of an interval, of one origin or of the best.
    Candles(Interval, Option<Origin>),
    /// Ticks; without a kind single trades where there are any.
    Ticks(Option<TickKind>),
}

/// What to write, and how.
#[derive(Debug, Clone)]
pub struct ExportOptions {
    /// Whose rows.
    pub symbol: SymbolName,
    /// Which.
    pub series: Series,
    /// Their range; the page's limit and cursor are not used.
    pub range: PageRequest,
    /// The file's format.
    pub format: OutFormat,
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    /// The request names something that isn't there.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The output refused, or a value doesn't fit it.
    #[error("{}: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: WriteError,
    },
    /// It was asked to stop; no file is left.
    #[error("interrupted; nothing was written")]
    Interrupted,
}

/// Where an export goes.
#[derive(Debug, Clone)]
pub enum Output {
    /// A file, replaced if it is there.
    File(PathBuf),
    /// Standard output.
    Stdout,
}

/// Writes the rows; returns how many. `watch` hears how many so far.
///
/// # Errors
/// [`ExportError`]; a file of that name is then as it was.
pub async fn export(
    reader: &MarketReader,
    options: &ExportOptions,
    output: &Output,
    watch: &(dyn Fn(u64) + Send + Sync),
    stop: &CancellationToken,
) -> Result<u64, ExportError> {
    match output {
        Output::Stdout => {
            let failed = |source| ExportError::Write { path: "standard output".into(), source };
            let (count, mut out) =
                write(reader, options, BufWriter::new(std::io::stdout()), failed, watch, stop)
                    .await?;
            out.flush().map_err(|error| failed(error.into()))?;
            Ok(count)
        }
        Output::File(path) => {
            let failed = |source| ExportError::Write { path: path.clone(), source };
            let partial = partial(path);
            let file = File::create(&partial).map_err(|error| failed(error.into()))?;
            let written = write(reader, options, BufWriter::new(file), failed, watch, stop).await;
            let whole = written.and_then(|(count, out)| {
                let file = out.into_inner().map_err(|error| failed(error.into_error().into()))?;
                file.sync_all().map_err(|error| failed(error.into()))?;
                std::fs::rename(&partial, path).map_err(|error| failed(error.into()))?;
                Ok(count)
            });
            if whole.is_err() {
                // The error to tell is the first one.
                let _ = std::fs::remove_file(&partial);
            }
            whole
        }
    }
}

async fn write<W: Write + Send>(
    reader: &MarketReader,
    options: &ExportOptions,
    out: W,
    failed: impl Fn(WriteError) -> ExportError,
    watch: &(dyn Fn(u64) + Send + Sync),
    stop: &CancellationToken,
) -> Result<(u64, W), ExportError> {
    let (symbol, format) = (&options.symbol, options.format);
    let scales = reader.scales(symbol).await?;
    let mut count = 0;
    match options.series {
        Series::Candles(interval, origin) => {
            let request = CandleRequest {
                symbol: symbol.clone(),
                interval,
                origin,
                page: options.range.clone(),
            };
            let schema = CandleSchema {
                price_scale: scales.price,
                quantity_scale: scales.quantity,
                quote_scale: scales.quote,
            };
            let mut writer = CandleWriter::new(format, out, interval, &schema).map_err(&failed)?;
            let rows = reader.all_candles(reader.plan_candles(&request).await?);
            pin_mut!(rows);
            while let Some(chunk) = next(&mut rows, stop).await? {
                writer.write(&chunk).map_err(&failed)?;
                count += chunk.len() as u64;
                watch(count);
            }
            Ok((count, writer.finish().map_err(&failed)?))
        }
        Series::Ticks(kind) => {
            let request = TickRequest { symbol: symbol.clone(), kind, page: options.range.clone() };
            let plan = reader.plan_ticks(&request).await?;
            let schema = TickSchema { price_scale: scales.price, quantity_scale: scales.quantity };
            let mut writer = TickWriter::new(format, out, plan.kind, &schema).map_err(&failed)?;
            let rows = reader.all_ticks(plan);
            pin_mut!(rows);
            while let Some(chunk) = next(&mut rows, stop).await? {
                writer.write(&chunk).map_err(&failed)?;
                count += chunk.len() as u64;
                watch(count);
            }
            Ok((count, writer.finish().map_err(&failed)?))
        }
    }
}

async fn next<T>(
    rows: &mut (impl StreamExt<Item = Result<T, ReadError>> + Unpin),
    stop: &CancellationToken,
) -> Result<Option<T>, ExportError> {
    tokio::select! {
        biased;
        () = stop.cancelled() => Err(ExportError::Interrupted),
        chunk = rows.next() => Ok(chunk.transpose()?),
    }
}

/// The name under which a file grows, beside its final one so that renaming stays on one disk.
fn partial(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".partial");
    path.with_file_name(name)
}
