//! Binance's spot market data, REST and WebSocket, answered from what is stored of one venue; [`crate::trading::compat`]
//! has accounts and orders.
//! docs/compatibility.md says where the answers differ from Binance's own.

mod book;
pub(crate) mod error;
mod exchange_info;
mod klines;
pub(crate) mod params;
mod stream;
mod tickers;
mod time_zone;
mod trades;
mod weight;

use app::market::read::ReadError;
use axum::Router;
use axum::extract::State;
use axum::http::Uri;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::market::SymbolName;
use domain::{Amount, fixed};
use serde_json::{Value, json};

pub(crate) use stream::{Streams, feed};
pub(crate) use weight::Weights;

use error::Refusal;
use params::Query;

use crate::problem::Problem;
use crate::state::ApiState;

/// Digits after the point in every number of a spot symbol.
const PLACES: usize = 8;
const DEFAULT_LIMIT: u32 = 500;
const MAX_LIMIT: u32 = 1_000;

/// Everything below `/compat/binance`.
pub(crate) fn router(state: &ApiState) -> Router<ApiState> {
    let rest = Router::new()
        .route("/ping", get(ping))
        .route("/time", get(time))
        .route("/exchangeInfo", get(exchange_info::exchange_info))
        .route("/klines", get(klines::klines))
        .route("/uiKlines", get(klines::klines))
        .route("/trades", get(trades::trades))
        .route("/historicalTrades", get(trades::historical_trades))
        .route("/aggTrades", get(trades::agg_trades))
        .route("/depth", get(book::depth))
        .route("/avgPrice", get(tickers::avg_price))
        .route("/ticker/price", get(tickers::price))
        .route("/ticker/24hr", get(tickers::day))
        .route("/ticker/bookTicker", get(book::book_ticker))
        .merge(crate::trading::compat::orders())
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
        .layer(middleware::from_fn_with_state(state.clone(), weight::weigh));
    Router::new()
        .nest("/compat/binance/api/v3", rest)
        .nest("/compat/binance/sapi", crate::trading::compat::wallet())
        .route("/compat/binance/ws", get(stream::raw))
        .route("/compat/binance/ws/{*streams}", get(stream::raw))
        .route("/compat/binance/stream", get(stream::combined))
}

async fn ping(uri: Uri) -> Result<axum::Json<Value>, Refusal> {
    Query::read(&uri, &[])?;
    Ok(axum::Json(json!({})))
}

async fn time(State(state): State<ApiState>, uri: Uri) -> Result<axum::Json<Value>, Refusal> {
    Query::read(&uri, &[])?;
    Ok(axum::Json(json!({ "serverTime": state.0.clock.now().millis() })))
}

/// A request that is not let in.
pub(super) fn refuse(problem: &Problem) -> Response {
    Refusal::of_gate(problem).into_response()
}

pub(crate) async fn unknown() -> Refusal {
    Refusal::unknown_operation()
}

/// A symbol of the venue that stands behind this interface.
fn named(state: &ApiState, code: &str) -> Result<SymbolName, Refusal> {
    SymbolName::new(&state.0.settings.binance_venue, code).map_err(|_| Refusal::invalid_symbol())
}

/// The same, if it is stored. One that isn't is looked for in the venue's own list.
async fn known(state: &ApiState, code: &str) -> Result<SymbolName, Refusal> {
    let name = named(state, code)?;
    match state.0.reader.known(&name).await {
        Err(ReadError::UnknownSymbol(_)) => {
            state.0.fetcher.symbols(name.venue()).await?;
            state.0.reader.known(&name).await?;
        }
        known => drop(known?),
    }
    Ok(name)
}

/// A number as Binance writes it: eight places, more only where the value needs them.
pub(crate) fn eight(number: impl Into<Amount>) -> String {
    fixed(number, PLACES)
}
