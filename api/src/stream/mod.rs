//! `GET /v1/stream`: a WebSocket on which a client hears of candles, ticks and prices, and of its
//! owner's bots and orders, as they are committed. Each event is written as text once, whoever listens; a slow client misses some and is
//! told so, and delays nobody.

mod connection;
pub(crate) mod fanout;
mod hub;
mod message;
pub(crate) mod queue;
mod topic;

use std::sync::Arc;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{State, WebSocketUpgrade};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;
use tokio::sync::OwnedSemaphorePermit;
use utoipa::IntoParams;

pub(crate) use connection::describe_metrics;
pub(crate) use hub::{Hub, OwnNews, rebroadcast};

use crate::auth::admission::Admission;
use crate::guard::check_origin;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// A frame longer than this ends the connection; what a message may have is less.
const MAX_FRAME: usize = 1024 * 1024;
/// Room that each connection holds for what comes in; the library's own 128 KB would make 128 MB
/// of a thousand clients that say next to nothing.
const READ_BUFFER: usize = 4 * 1024;
/// What goes out is put together in so much before it is written.
const WRITE_BUFFER: usize = 32 * 1024;

/// What to subscribe to at once.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct StreamParams {
    /// Topics, separated by commas.
    #[param(example = "candles:binance:BTCUSDT:1m,prices:*")]
    topics: Option<String>,
}

/// What happens, as it happens
///
/// A WebSocket. Topics are `candles:{symbol}:{interval}`, `ticks:{symbol}`, `prices:{symbol}`,
/// `prices:*` and `books:{symbol}`; and of one's own, `bots:all`, `bots:{bot}` (these need `bots:read`),
/// `orders:all` and `orders:{account}` (these need `orders:read`).
///
/// The client sends `{"op":"subscribe","topics":[…]}`, `{"op":"unsubscribe","topics":[…]}` or
/// `{"op":"ping"}`.
///
/// The server sends `{"type":"subscribed","topics":[…]}`, `{"type":"unsubscribed","topics":[…]}`,
/// `{"type":"pong"}`; `{"type":"candle","topic","symbol","interval","replay","candle"}`,
/// `{"type":"tick","topic","symbol","replay","tick"}`,
/// `{"type":"price","topic","symbol","replay","price","time"}` with the shapes of the REST interface;
/// `{"type":"book","topic","symbol","bid","bid_quantity","ask","ask_quantity","time"}`;
/// `{"type":"bot","topic","bot"}` each time a bot's status changes or it is heard of, with its state as at
/// `GET /v1/trading/bots/{id}/status`, its `id` and `account`, and status `deleted` where it is gone;
/// `{"type":"order","topic","order","fill"}` with each change of an order, and the fill that made it, or null;
/// `{"type":"lagged","topic","missed"}` where messages were left out (`missed` of the topic; without a
/// topic, and null, where that is unknown); and `{"type":"error","code","message","topic"}`, after which the connection goes
/// on.
///
/// A connection may have 200 topics, a message 64 KB. The server pings every 20 s and closes a
/// connection that was silent for 60 s, and within 5 s one whose session is over, or may no longer read
/// what it has subscribed to (1008).
#[utoipa::path(
    get,
    path = "/v1/stream",
    tag = "stream",
    operation_id = "open_stream",
    params(StreamParams),
    responses(
        (status = 101, description = "The WebSocket is open"),
        (status = 400, description = "invalid_request, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 426, description = "upgrade_required", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "too_many_streams", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn open_stream(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    admission: Admission,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Problem> {
    let params = Params::read(&uri, &["topics"])?;
    let topics =
        params.text("topics").unwrap_or_default().split(',').filter(|text| !text.is_empty());
    let topics: Vec<String> = topics.map(str::to_owned).collect();
    let (upgrade, place) = accept(&state, &uri, &headers, upgrade)?;
    Ok(upgrade.on_upgrade(async move |socket| {
        connection::run(socket, state, admission, topics).await;
        drop(place);
    }))
}

/// A WebSocket that may be opened, and its place among all that are open.
pub(crate) fn accept(
    state: &ApiState,
    uri: &Uri,
    headers: &HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<(WebSocketUpgrade, OwnedSemaphorePermit), Problem> {
    check_origin(uri, headers)?;
    let upgrade = upgrade.map_err(|rejection| {
        let detail = format!("open it with a WebSocket client: {}", rejection.body_text());
        Problem::new(Code::UpgradeRequired, detail)
    })?;
    let place = Arc::clone(&state.0.streams).try_acquire_owned().map_err(|_| {
        let detail = format!("{} streams are open", state.0.settings.max_streams);
        Problem::new(Code::TooManyStreams, detail)
    })?;
    let upgrade = upgrade
        .max_message_size(MAX_FRAME)
        .max_frame_size(MAX_FRAME)
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(WRITE_BUFFER);
    Ok((upgrade, place))
}
