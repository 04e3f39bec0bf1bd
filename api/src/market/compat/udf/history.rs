//! `history`: bars as columns, numbers written digit by digit from the decimals that are stored.

use std::fmt::{Display, Write};

use app::market::read::FrameRequest;
use axum::Json;
use axum::extract::State;
use axum::http::{Uri, header};
use axum::response::{IntoResponse, Response};
use domain::Time;
use domain::market::Candle;
use serde_json::json;

use super::symbols::resolve;
use super::{Fault, Parameters, frame};
use crate::state::ApiState;

/// More bars than a chart asks for at a time; a range that has more is refused rather than cut.
const MOST_BARS: u32 = 50_000;

/// The bars of a range that excludes its end; with `countback` the last so many before the end.
pub(super) async fn history(State(state): State<ApiState>, uri: Uri) -> Result<Response, Fault> {
    let parameters = Parameters::read(&uri)?;
    let symbol = resolve(&state, parameters.required("symbol")?).await?.name;
    let resolution = parameters.required("resolution")?;
    let frame =
        frame(resolution).ok_or_else(|| Fault(format!("there is no resolution {resolution}")))?;
    let from = seconds(&parameters, "from")?;
    let to = seconds(&parameters, "to")?.unwrap_or(Time::MAX);
    let to = to.min(frame.close_time(frame.open_time(state.0.clock.now())));
    let countback = parameters.number("countback")?.filter(|count| *count > 0);
    let request = match (countback, from) {
        (Some(count), _) => {
            let limit = u32::try_from(count).unwrap_or(u32::MAX).min(MOST_BARS);
            FrameRequest { symbol, frame, from: None, to, limit }
        }
        (None, from @ Some(_)) => FrameRequest { symbol, frame, from, to, limit: MOST_BARS + 1 },
        (None, None) => return Err(Fault("from is missing".to_owned())),
    };
    let candles = state.0.reader.frames(&request).await?;
    if candles.len() > MOST_BARS as usize {
        return Err(Fault(format!(
            "the range has more than {MOST_BARS} bars; ask for less at a time"
        )));
    }
    if candles.is_empty() {
        // Where to look next, which is further back.
        let before = from.unwrap_or(to).min(to);
        let earlier = FrameRequest { from: None, to: before, limit: 1, ..request };
        let earlier = state.0.reader.frames(&earlier).await?.pop();
        let mut body = json!({ "s": "no_data" });
        if let Some(candle) = earlier {
            body["nextTime"] = second(candle.open_time).into();
        }
        return Ok(Json(body).into_response());
    }
    Ok(([(header::CONTENT_TYPE, "application/json")], bars(&candles)).into_response())
}

fn seconds(parameters: &Parameters, name: &str) -> Result<Option<Time>, Fault> {
    let Some(seconds) = parameters.number(name)? else { return Ok(None) };
    let micros = seconds.saturating_mul(1_000_000).clamp(Time::MIN.micros(), Time::MAX.micros());
    Time::from_micros(micros).map(Some).map_err(|error| Fault(format!("{name} {error}")))
}

fn second(time: Time) -> i64 {
    time.micros().div_euclid(1_000_000)
}

fn bars(candles: &[Candle]) -> String {
    let mut body = String::from("{\"s\":\"ok\"");
    column(&mut body, "t", candles.iter().map(|candle| second(candle.open_time)));
    column(&mut body, "o", candles.iter().map(|candle| candle.open.normalize()));
    column(&mut body, "h", candles.iter().map(|candle| candle.high.normalize()));
    column(&mut body, "l", candles.iter().map(|candle| candle.low.normalize()));
    column(&mut body, "c", candles.iter().map(|candle| candle.close.normalize()));
    column(&mut body, "v", candles.iter().map(|candle| candle.volume));
    body.push('}');
    body
}

fn column<T: Display>(body: &mut String, name: &str, values: impl Iterator<Item = T>) {
    // Writing to a string can't fail.
    let _ = write!(body, ",\"{name}\":[");
    for (at, value) in values.enumerate() {
        let comma = if at == 0 { "" } else { "," };
        let _ = write!(body, "{comma}{value}");
    }
    body.push(']');
}
