//! `/v1/me/watchlists`: one's own lists of symbols.

use app::auth::{AccountError, WatchlistChange};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::auth::Watchlist;
use domain::market::SymbolName;
use serde::{Deserialize, Serialize};
use store::auth::watchlists::Kept;
use utoipa::ToSchema;
use uuid::Uuid;

use super::body::Body;
use super::caller::Caller;
use super::preferences::wrong;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// A list to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWatchlist {
    /// 1 to 100 characters; no other list of one's own is called so.
    #[schema(examples("Majors"))]
    name: String,
    /// In the order of the list, each once, as venue:CODE; they need not be recorded.
    #[serde(default)]
    #[schema(required = false, examples(json!(["binance:BTCUSDT", "binance:ETHUSDT"])))]
    symbols: Vec<String>,
    /// Whether the page opens with it; the list that was the default is no longer.
    #[serde(default)]
    #[schema(required = false)]
    is_default: bool,
}

/// A change of a list; what isn't there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WatchlistChangeBody {
    /// 1 to 100 characters; no other list of one's own is called so.
    #[serde(default)]
    #[schema(required = false)]
    name: Option<String>,
    /// All of its symbols, in their order.
    #[serde(default)]
    #[schema(required = false, examples(json!(["binance:ETHUSDT", "binance:BTCUSDT"])))]
    symbols: Option<Vec<String>>,
    /// Whether the page opens with it; the list that was the default is no longer.
    #[serde(default)]
    #[schema(required = false)]
    is_default: Option<bool>,
}

/// A list of symbols.
#[derive(Serialize, ToSchema)]
pub(crate) struct WatchlistBody {
    /// Number.
    id: Uuid,
    /// What it is called.
    #[schema(examples("Majors"))]
    name: String,
    /// In the order of the list.
    #[schema(examples(json!(["binance:BTCUSDT", "binance:ETHUSDT"])))]
    symbols: Vec<String>,
    /// Whether the page opens with it.
    is_default: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// Lists of symbols.
#[derive(Serialize, ToSchema)]
pub(crate) struct WatchlistList {
    /// The oldest first.
    watchlists: Vec<WatchlistBody>,
}

impl From<&Kept> for WatchlistBody {
    fn from(kept: &Kept) -> Self {
        Self {
            id: kept.id,
            name: kept.list.name.clone(),
            symbols: kept.list.symbols.iter().map(ToString::to_string).collect(),
            is_default: kept.list.is_default,
            created_at: kept.created_at.to_string(),
            updated_at: kept.updated_at.to_string(),
        }
    }
}

/// One's watchlists
#[utoipa::path(
    get,
    path = "/v1/me/watchlists",
    tag = "auth",
    operation_id = "list_watchlists",
    responses(
        (status = 200, description = "The lists", body = WatchlistList),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_watchlists(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<WatchlistList>, Problem> {
    let lists = state.0.accounts.watchlists(caller.known.user.id).await?;
    Ok(Json(WatchlistList { watchlists: lists.iter().map(WatchlistBody::from).collect() }))
}

/// Make a watchlist
#[utoipa::path(
    post,
    path = "/v1/me/watchlists",
    tag = "auth",
    operation_id = "create_watchlist",
    request_body = NewWatchlist,
    responses(
        (status = 201, description = "The list", body = WatchlistBody),
        (status = 400, description = "invalid_body, invalid_watchlist or invalid_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "watchlist_taken or too_many_watchlists", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_watchlist(
    State(state): State<ApiState>,
    caller: Caller,
    Body(wanted): Body<NewWatchlist>,
) -> Result<(StatusCode, Json<WatchlistBody>), Problem> {
    let list = Watchlist {
        name: wanted.name.trim().to_owned(),
        symbols: symbols(&wanted.symbols)?,
        is_default: wanted.is_default,
    };
    let actor = caller.known.actor(&caller.origin);
    let made = state.0.accounts.create_watchlist(&actor, caller.known.user.id, list).await?;
    Ok((StatusCode::CREATED, Json(WatchlistBody::from(&made))))
}

/// One of one's watchlists
#[utoipa::path(
    get,
    path = "/v1/me/watchlists/{id}",
    tag = "auth",
    operation_id = "get_watchlist",
    params(("id" = Uuid, Path, description = "The list's number")),
    responses(
        (status = 200, description = "The list", body = WatchlistBody),
        (status = 404, description = "unknown_watchlist", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_watchlist(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Json<WatchlistBody>, Problem> {
    let kept = state.0.accounts.watchlist(caller.known.user.id, number(&id)?).await?;
    Ok(Json(WatchlistBody::from(&kept)))
}

/// Change one of one's watchlists
#[utoipa::path(
    patch,
    path = "/v1/me/watchlists/{id}",
    tag = "auth",
    operation_id = "change_watchlist",
    params(("id" = Uuid, Path, description = "The list's number")),
    request_body = WatchlistChangeBody,
    responses(
        (status = 200, description = "The list as it is now", body = WatchlistBody),
        (status = 400, description = "invalid_body, invalid_watchlist or invalid_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_watchlist", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "watchlist_taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_watchlist(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Body(wanted): Body<WatchlistChangeBody>,
) -> Result<Json<WatchlistBody>, Problem> {
    let change = WatchlistChange {
        name: wanted.name.map(|name| name.trim().to_owned()),
        symbols: wanted.symbols.as_deref().map(symbols).transpose()?,
        is_default: wanted.is_default,
    };
    let (owner, id) = (caller.known.user.id, number(&id)?);
    let actor = caller.known.actor(&caller.origin);
    let changed = state.0.accounts.change_watchlist(&actor, owner, id, change).await?;
    Ok(Json(WatchlistBody::from(&changed)))
}

/// Delete one of one's watchlists
#[utoipa::path(
    delete,
    path = "/v1/me/watchlists/{id}",
    tag = "auth",
    operation_id = "delete_watchlist",
    params(("id" = Uuid, Path, description = "The list's number")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "unknown_watchlist", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_watchlist(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let actor = caller.known.actor(&caller.origin);
    state.0.accounts.delete_watchlist(&actor, caller.known.user.id, number(&id)?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no number is nobody's list.
fn number(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| AccountError::UnknownWatchlist.into())
}

fn symbols(texts: &[String]) -> Result<Vec<SymbolName>, Problem> {
    let symbols = texts.iter().map(|text| text.parse());
    symbols.collect::<Result<_, _>>().map_err(wrong(Code::InvalidSymbol, "symbols"))
}
