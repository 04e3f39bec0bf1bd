//! The simulator's own requests, under `/sim`: where it stands, what it is to do wrong, and the
//! truth to compare with.

use std::fmt::Write;
use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Time;
use domain::market::TickKind;
use serde::Deserialize;

use crate::faults::Faults;
use crate::world::World;

/// Longest list of trades in one answer.
const MOST: u64 = 1_000_000;

pub(crate) fn router() -> Router<Arc<World>> {
    Router::new()
        .route("/state", get(async |State(world): State<Arc<World>>| Json(world.state())))
        .route("/faults", post(set_faults))
        .route("/disconnect", post(disconnect))
        .route("/seek", post(seek))
        .route("/pause", post(async |State(world): State<Arc<World>>| world.clock.run(false)))
        .route("/resume", post(async |State(world): State<Arc<World>>| world.clock.run(true)))
        .route("/truth", get(truth))
}

/// Takes the whole set: what is left out goes well.
async fn set_faults(State(world): State<Arc<World>>, body: String) -> Response {
    let faults = serde_json::from_str::<Faults>(&body).map_err(|error| error.to_string());
    let faults = faults.and_then(|f| f.check().map(|()| f).map_err(|error| error.to_string()));
    match faults {
        Ok(faults) => {
            world.set_faults(faults.clone());
            Json(faults).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("{error}\n")).into_response(),
    }
}

async fn disconnect(State(world): State<Arc<World>>) {
    world.sessions.cut_all();
}

#[derive(Deserialize)]
struct Seek {
    to: String,
}

/// Sets the venue's clock. What lies between is not told on streams; REST knows it.
async fn seek(State(world): State<Arc<World>>, Query(seek): Query<Seek>) -> Response {
    match seek.to.parse() {
        Ok(time) => {
            world.seek(time);
            Json(world.state()).into_response()
        }
        Err(error) => (StatusCode::BAD_REQUEST, format!("to: {error}\n")).into_response(),
    }
}

#[derive(Deserialize)]
struct Truth {
    symbol: String,
    kind: Option<String>,
    from_id: Option<i64>,
    limit: Option<u64>,
}

/// The trades played so far as CSV; at most a million from `from_id` on.
async fn truth(State(world): State<Arc<World>>, Query(asked): Query<Truth>) -> Response {
    let bad = |text: String| (StatusCode::BAD_REQUEST, text).into_response();
    let kind = match asked.kind.as_deref() {
        None | Some("trade") => TickKind::Trade,
        Some("agg_trade") => TickKind::AggTrade,
        Some(other) => return bad(format!("kind: `{other}` is neither trade nor agg_trade\n")),
    };
    let Some((_, symbol)) = world.market.by_code(&asked.symbol) else {
        return bad(format!("symbol: there is no {}\n", asked.symbol));
    };
    let mut csv = String::from("id,time,price,quantity,buyer_is_maker,trade_count\n");
    if let Some(tape) = symbol.tape(kind) {
        let first = asked.from_id.map_or(0, |id| tape.first_with_id(id));
        let end = tape.played(world.clock.now());
        let limit = asked.limit.unwrap_or(MOST).min(MOST);
        for tick in tape.ticks(first..end.min(first.saturating_add(limit))) {
            let maker = tick.buyer_is_maker.map_or("", |m| if m { "true" } else { "false" });
            let _ = writeln!(
                csv,
                "{},{},{},{},{maker},{}",
                tick.trade_id,
                Time::micros(tick.time),
                tick.price.normalize(),
                tick.quantity.normalize(),
                tick.trade_count,
            );
        }
    }
    ([(header::CONTENT_TYPE, "text/csv")], csv).into_response()
}
