//! TradingView's Universal Data Feed, by which its charting library shows the market from here. A
//! request that fails is answered with status 200 and `{"s":"error"}`, as the protocol wants it.

mod history;
mod origins;
mod symbols;

use app::market::read::ReadError;
use axum::extract::{Query, State};
use axum::http::Uri;
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use domain::market::Frame;
use serde_json::{Value, json};

use crate::problem::Problem;
use crate::state::ApiState;

/// The library's name of a resolution, and ours of the same.
const RESOLUTIONS: [(&str, &str); 15] = [
    ("1", "1m"),
    ("3", "3m"),
    ("5", "5m"),
    ("15", "15m"),
    ("30", "30m"),
    ("60", "1h"),
    ("120", "2h"),
    ("240", "4h"),
    ("360", "6h"),
    ("480", "8h"),
    ("720", "12h"),
    ("1D", "1d"),
    ("3D", "3d"),
    ("1W", "1w"),
    ("1M", "1M"),
];

/// Everything below `/compat/udf`.
pub(crate) fn router(state: &ApiState) -> Router<ApiState> {
    let feed = Router::new()
        .route("/config", get(config))
        .route("/symbols", get(symbols::symbols))
        .route("/search", get(symbols::search))
        .route("/history", get(history::history))
        .route("/time", get(time))
        .layer(middleware::from_fn_with_state(state.clone(), origins::allow));
    Router::new().nest("/compat/udf", feed)
}

async fn config(State(state): State<ApiState>) -> Result<Json<Value>, Fault> {
    let mut venues: Vec<String> = Vec::new();
    for view in state.0.reader.symbols(None).await? {
        let venue = view.symbol.name.venue();
        if venues.last().is_none_or(|last| last != venue) {
            venues.push(venue.to_owned());
        }
    }
    venues.dedup();
    let exchanges =
        venues.iter().map(|venue| json!({ "value": venue, "name": venue, "desc": venue }));
    let all = json!({ "value": "", "name": "All exchanges", "desc": "" });
    Ok(Json(json!({
        "supports_search": true,
        "supports_group_request": false,
        "supports_marks": false,
        "supports_timescale_marks": false,
        "supports_time": true,
        "exchanges": std::iter::once(all).chain(exchanges).collect::<Vec<_>>(),
        "symbols_types": [{ "name": "All types", "value": "" }, { "name": "Crypto", "value": symbols::TYPE }],
        "supported_resolutions": resolutions(),
    })))
}

/// Seconds since 1970, as bare text.
async fn time(State(state): State<ApiState>) -> String {
    state.0.clock.now().millis().div_euclid(1_000).to_string()
}

fn resolutions() -> Vec<&'static str> {
    RESOLUTIONS.iter().map(|(theirs, _)| *theirs).collect()
}

/// A resolution; `D`, `W` and `M` are short for one of each.
fn frame(text: &str) -> Option<Frame> {
    let long = format!("1{text}");
    let name = if matches!(text, "D" | "W" | "M") { long.as_str() } else { text };
    let (_, ours) = RESOLUTIONS.iter().find(|(theirs, _)| *theirs == name)?;
    ours.parse().ok()
}

/// The parameters of a request. What is not known is passed over: versions of the library differ.
struct Parameters(Vec<(String, String)>);

impl Parameters {
    fn read(uri: &Uri) -> Result<Self, Fault> {
        let given = Query::<Vec<(String, String)>>::try_from_uri(uri);
        given.map(|Query(given)| Self(given)).map_err(|error| Fault(error.body_text()))
    }

    fn text(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    fn required(&self, name: &str) -> Result<&str, Fault> {
        self.text(name).ok_or_else(|| Fault(format!("{name} is missing")))
    }

    fn number(&self, name: &str) -> Result<Option<i64>, Fault> {
        let parse = |text: &str| {
            text.parse().map_err(|_| Fault(format!("{name}: {text:?} is no whole number")))
        };
        self.text(name).map(parse).transpose()
    }
}

/// A request that is not answered, in the words that the chart shows.
#[derive(Debug, PartialEq, Eq)]
struct Fault(String);

impl Fault {
    fn unknown_symbol() -> Self {
        Self("unknown_symbol".to_owned())
    }
}

impl From<ReadError> for Fault {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::UnknownSymbol(_) => Self::unknown_symbol(),
            error => {
                tracing::error!(%error, "a request failed");
                Self("the server can't read its database; its log says more".to_owned())
            }
        }
    }
}

/// A request that is not let in. Unlike other errors it keeps its status, for it isn't the chart's.
pub(super) fn refuse(problem: Problem) -> Response {
    let status = problem.code.status();
    (status, Fault(problem.detail.into_owned())).into_response()
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        Json(json!({ "s": "error", "errmsg": self.0 })).into_response()
    }
}
