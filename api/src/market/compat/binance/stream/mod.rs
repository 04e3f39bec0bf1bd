//! `/compat/binance/ws` and `/compat/binance/stream`: Binance's WebSocket streams, fed by what is
//! committed here.

mod connection;
mod feed;
mod message;
mod topic;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::{Path, Query, State, WebSocketUpgrade};
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

pub(crate) use feed::{Streams, feed};

use connection::Connection;
use topic::Channel;

use crate::problem::Problem;
use crate::state::ApiState;
use crate::stream::accept;

type Upgrade = Result<WebSocketUpgrade, WebSocketUpgradeRejection>;

/// Streams named in the path, told as they are. A name that is none is passed over: clients make
/// up names to tell their connections apart.
pub(super) async fn raw(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    path: Option<Path<String>>,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let names = path.map(|Path(names)| names).unwrap_or_default();
    open(state, &uri, &headers, &names, false, upgrade)
}

/// Streams named in the query, each message with its stream's name around it.
pub(super) async fn combined(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let given = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let given = given.map(|Query(given)| given).unwrap_or_default();
    let names = given.into_iter().find(|(name, _)| name == "streams").map(|(_, value)| value);
    open(state, &uri, &headers, &names.unwrap_or_default(), true, upgrade)
}

fn open(
    state: ApiState,
    uri: &Uri,
    headers: &HeaderMap,
    names: &str,
    combined: bool,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let (upgrade, place) = accept(&state, uri, headers, upgrade)?;
    let venue = &state.0.settings.binance_venue;
    let mut wanted: Vec<Channel> = Vec::new();
    for channel in names.split('/').filter_map(|name| Channel::parse(venue, name)) {
        if !wanted.contains(&channel) {
            wanted.push(channel);
        }
    }
    Ok(upgrade.on_upgrade(async move |socket| {
        let client = state.0.binance.join();
        let mut connection = Connection { socket, state, client, channels: Vec::new(), combined };
        wanted.into_iter().for_each(|channel| connection.enter(channel));
        connection.run().await;
        drop(place);
    }))
}
