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
use tokio::sync::OwnedSemaphorePermit;

pub(crate) use feed::{Streams, feed};

use connection::Connection;
use topic::Channel;

use crate::auth::admission::Admission;
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
    admission: Admission,
    path: Option<Path<String>>,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let names = path.map(|Path(names)| names).unwrap_or_default();
    let (upgrade, place) = accept(&state, &uri, &headers, upgrade)?;
    Ok(open(state, admission, &names, false, upgrade, place))
}

/// Streams named in the query, each message with its stream's name around it.
pub(super) async fn combined(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
    admission: Admission,
    upgrade: Upgrade,
) -> Result<Response, Problem> {
    let given = Query::<Vec<(String, String)>>::try_from_uri(&uri);
    let given = given.map(|Query(given)| given).unwrap_or_default();
    let names = given.into_iter().find(|(name, _)| name == "streams").map(|(_, value)| value);
    let (upgrade, place) = accept(&state, &uri, &headers, upgrade)?;
    Ok(open(state, admission, &names.unwrap_or_default(), true, upgrade, place))
}

fn open(
    state: ApiState,
    admission: Admission,
    names: &str,
    combined: bool,
    upgrade: WebSocketUpgrade,
    place: OwnedSemaphorePermit,
) -> Response {
    let venue = &state.0.settings.binance_venue;
    let mut wanted: Vec<Channel> = Vec::new();
    for channel in names.split('/').filter_map(|name| Channel::parse(venue, name)) {
        if !wanted.contains(&channel) {
            wanted.push(channel);
        }
    }
    upgrade.on_upgrade(async move |socket| {
        let (client, channels) = (state.0.binance.join(), Vec::new());
        let mut connection = Connection { socket, state, admission, client, channels, combined };
        wanted.into_iter().for_each(|channel| connection.enter(channel));
        connection.run().await;
        drop(place);
    })
}
