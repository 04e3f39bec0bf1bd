//! `klines` and `uiKlines`: candles of every interval, in any time zone of whole minutes.

use app::market::fetch::{FetchError, Wanted};
use app::market::read::FrameRequest;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use domain::market::{Candle, Frame, TimeRange};
use domain::{Amount, Time};
use serde::Serialize;

use super::error::Refusal;
use super::params::Query;
use super::{eight, known, time_zone};
use crate::state::ApiState;

/// Open time, open, high, low, close, volume, close time, quote volume, trades, taker-buy volume,
/// taker-buy quote volume, and a column without a meaning. What a source didn't tell is 0.
#[derive(Serialize)]
pub(super) struct Kline(
    i64,
    String,
    String,
    String,
    String,
    String,
    i64,
    String,
    i64,
    String,
    String,
    &'static str,
);

impl Kline {
    fn new(candle: &Candle, frame: Frame) -> Self {
        let sum = |amount: Option<Amount>| eight(amount.unwrap_or_default());
        Self(
            candle.open_time.millis(),
            eight(candle.open),
            eight(candle.high),
            eight(candle.low),
            eight(candle.close),
            eight(candle.volume),
            frame.close_time(candle.open_time).millis() - 1,
            sum(candle.quote_volume),
            candle.trade_count.unwrap_or_default(),
            sum(candle.taker_buy_volume),
            sum(candle.taker_buy_quote_volume),
            "0",
        )
    }
}

/// Why candles may be lacking that the venue has: it could not be asked.
const LACKING: HeaderName = HeaderName::from_static("x-chandlery-lacking");

/// Candles, oldest first; the last one may still be forming.
pub(super) async fn klines(State(state): State<ApiState>, uri: Uri) -> Result<Response, Refusal> {
    let parameters = ["symbol", "interval", "startTime", "endTime", "timeZone", "limit"];
    let query = Query::read(&uri, &parameters)?;
    let code = query.symbol()?;
    let interval = query.text("interval").ok_or_else(|| Refusal::missing("interval"))?;
    let frame: Frame = interval.parse().map_err(|_| Refusal::invalid_interval())?;
    let offset = query.text("timeZone").map_or(Ok(0), time_zone::minutes)?;
    let (from, end) = (query.time("startTime")?, query.time("endTime")?);
    // The end belongs to what is asked for.
    let to = end.map_or(Time::MAX, |end| end.plus_micros(1_000));
    let (frame, limit) = (frame.at_offset(offset), query.limit()?);
    let to = to.min(frame.close_time(frame.open_time(state.0.clock.now())));
    let symbol = known(&state, code).await?;
    let request = FrameRequest { symbol, frame, from, to, limit };
    let fetched = fetch(&state, &request).await;
    let mut candles = state.0.reader.frames(&request).await?;
    let formed = form(&state, &request, &mut candles).await;
    let error = match fetched.and(formed) {
        Ok(()) => None,
        Err(error) if candles.is_empty() => return Err(error.into()),
        Err(error) => Some(error),
    };
    let rows: Vec<Kline> = candles.iter().map(|candle| Kline::new(candle, frame)).collect();
    let mut response = Json(rows).into_response();
    if let Some(error) = error {
        tracing::warn!(symbol = %request.symbol, %error, "candles may be lacking");
        let why = HeaderValue::try_from(error.to_string());
        let why = why.unwrap_or(HeaderValue::from_static("the venue could not be asked"));
        response.headers_mut().insert(LACKING, why);
    }
    Ok(response)
}

/// Has the venue asked for what is wanted and not stored.
pub(super) async fn fetch(state: &ApiState, request: &FrameRequest) -> Result<(), FetchError> {
    let (from, to) = request.base_range();
    let Some(range) = TimeRange::new(from, to) else { return Ok(()) };
    let limit = i64::from(request.limit) * request.frame.base_candles();
    let wanted = Wanted { interval: request.frame.base(), range, limit };
    state.0.fetcher.candles(&request.symbol, wanted).await
}

/// Puts the candle that is forming at the end, where it is wanted and not stored.
async fn form(
    state: &ApiState,
    request: &FrameRequest,
    candles: &mut Vec<Candle>,
) -> Result<(), FetchError> {
    let (frame, base) = (request.frame, request.frame.base());
    let open = base.open_time(state.0.clock.now());
    let most = request.limit as usize;
    let before = frame.open_time(open);
    let wanted = request.from.is_none_or(|from| from <= before) && before < request.to;
    let full = request.from.is_some()
        && candles.len() >= most
        && candles.last().is_some_and(|last| last.open_time < before);
    if !wanted || full {
        return Ok(());
    }
    let stored = FrameRequest {
        symbol: request.symbol.clone(),
        frame: base.into(),
        from: Some(open),
        to: base.close_time(open),
        limit: 1,
    };
    // A database that fails now has failed before, and was told of.
    if state.0.reader.frames(&stored).await.is_ok_and(|stored| !stored.is_empty()) {
        return Ok(());
    }
    if let Some(forming) = state.0.fetcher.forming(&request.symbol, base).await? {
        let last = candles.pop();
        candles.extend(frame.gather(last.into_iter().chain([forming])));
        candles.drain(..candles.len().saturating_sub(most));
    }
    Ok(())
}
