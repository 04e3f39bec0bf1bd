//! `klines` and `uiKlines`: candles of every interval, in any time zone of whole minutes.

use app::market::read::FrameRequest;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::market::{Candle, Frame};
use domain::{Amount, Time};
use serde::Serialize;

use super::error::Refusal;
use super::params::Query;
use super::{eight, named, time_zone};
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

/// Candles, oldest first; the last one may still be forming.
pub(super) async fn klines(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Vec<Kline>>, Refusal> {
    let parameters = ["symbol", "interval", "startTime", "endTime", "timeZone", "limit"];
    let query = Query::read(&uri, &parameters)?;
    let symbol = named(&state, query.symbol()?)?;
    let interval = query.text("interval").ok_or_else(|| Refusal::missing("interval"))?;
    let frame: Frame = interval.parse().map_err(|_| Refusal::invalid_interval())?;
    let offset = query.text("timeZone").map_or(Ok(0), time_zone::minutes)?;
    let (from, end) = (query.time("startTime")?, query.time("endTime")?);
    // The end belongs to what is asked for.
    let to = end.map_or(Time::MAX, |end| end.plus_micros(1_000));
    let (frame, limit) = (frame.at_offset(offset), query.limit()?);
    let to = to.min(frame.close_time(frame.open_time(state.0.clock.now())));
    let request = FrameRequest { symbol, frame, from, to, limit };
    let candles = state.0.reader.frames(&request).await?;
    Ok(Json(candles.iter().map(|candle| Kline::new(candle, frame)).collect()))
}
