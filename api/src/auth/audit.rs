//! `GET /v1/auth/audit`: the record of what was done.

use app::auth::record_as_csv;
use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::{IntoResponse, Response};
use domain::Time;
use serde::Serialize;
use serde_json::Value;
use store::auth::audit::{AuditQuery, Entry, Network};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::accept::Format;
use crate::market::export;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const PARAMETERS: &[&str] = &["user", "action", "resource", "ip", "from", "to", "limit", "cursor"];
const DEFAULT: i64 = 100;
const MOST: i64 = 1_000;

/// Which entries.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AuditParams {
    /// By this person only.
    user: Option<Uuid>,
    /// Of this action only.
    #[param(example = "user.login")]
    action: Option<String>,
    /// About this only: a person's number, an address, …
    resource: Option<String>,
    /// From this address or network only.
    #[param(example = "192.0.2.0/24")]
    ip: Option<String>,
    /// From this time on: RFC 3339 or epoch milliseconds.
    from: Option<String>,
    /// Before this time (exclusive): RFC 3339 or epoch milliseconds.
    to: Option<String>,
    /// Most entries; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before, with the same other parameters.
    cursor: Option<String>,
}

/// Entries, newest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditPage {
    /// The entries.
    entries: Vec<AuditEntry>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// Something that was done, or refused.
#[derive(Serialize, ToSchema)]
pub(crate) struct AuditEntry {
    /// When.
    #[schema(format = DateTime)]
    at: String,
    /// By whom, where that is known.
    #[schema(required)]
    user_id: Option<Uuid>,
    /// In which session.
    #[schema(required)]
    session_id: Option<Uuid>,
    /// What.
    #[schema(examples("user.login"))]
    action: String,
    /// ok or refused.
    outcome: &'static str,
    /// To what.
    #[schema(required)]
    resource: Option<String>,
    /// From where.
    #[schema(required)]
    ip: Option<String>,
    /// With what.
    #[schema(required)]
    user_agent: Option<String>,
    /// What was.
    #[schema(required, value_type = Option<Object>)]
    before: Option<Value>,
    /// What is.
    #[schema(required, value_type = Option<Object>)]
    after: Option<Value>,
}

/// The record of what was done
///
/// For administrators. Nothing in it is ever changed, and no secret is in it.
#[utoipa::path(
    get,
    path = "/v1/auth/audit",
    tag = "auth",
    operation_id = "list_audit",
    params(AuditParams),
    responses(
        (status = 200, description = "Entries; as CSV the cursor is in the header X-Next-Cursor", content((AuditPage = "application/json"), (String = "text/csv"))),
        (status = 400, description = "invalid_user, invalid_network, invalid_time, invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 406, description = "not_acceptable", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_audit(
    State(state): State<ApiState>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let format = Format::wanted(&headers)?;
    if format == Format::Arrow {
        return Err(Problem::new(Code::NotAcceptable, "there are application/json, text/csv"));
    }
    let params = Params::read(&uri, PARAMETERS)?;
    let limit = params.parsed("limit", Code::InvalidLimit, |text| {
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {MOST}"))
    })?;
    let limit = limit.unwrap_or(DEFAULT);
    let not_of_a_person =
        |text: &str| text.parse().map_err(|_| format!("{text:?} is no person's number"));
    let query = AuditQuery {
        user_id: params.parsed("user", Code::InvalidUser, not_of_a_person)?,
        action: params.text("action").map(str::to_owned),
        resource: params.text("resource").map(str::to_owned),
        network: params.parsed("ip", Code::InvalidNetwork, str::parse::<Network>)?,
        from: params.time("from")?.unwrap_or(Time::MIN),
        to: params.time("to")?.unwrap_or(Time::MAX),
        before: params
            .parsed("cursor", Code::InvalidCursor, place)?
            .unwrap_or((Time::MAX, i64::MAX)),
        // One more shows whether another page follows.
        limit: limit + 1,
    };
    let mut found = state.0.accounts.audit(&query).await?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let next = found.last().filter(|_| more).map(|(id, last)| format!("{}.{id}", last.at.micros()));
    if format == Format::Csv {
        let table = record_as_csv(found.iter().map(|(_, entry)| entry))?;
        return Ok(export::answer(format, next, Body::from(table)));
    }
    let entries = found.into_iter().map(|(_, entry)| body(entry)).collect();
    Ok(Json(AuditPage { entries, next }).into_response())
}

/// The time and number of the last entry of a page.
fn place(cursor: &str) -> Result<(Time, i64), String> {
    let wrong = || "it is of another list".to_owned();
    let (micros, id) = cursor.split_once('.').ok_or_else(wrong)?;
    let (micros, id) = micros.parse().ok().zip(id.parse().ok()).ok_or_else(wrong)?;
    Ok((Time::from_micros(micros).map_err(|_| wrong())?, id))
}

fn body(entry: Entry) -> AuditEntry {
    AuditEntry {
        at: entry.at.to_string(),
        user_id: entry.user_id,
        session_id: entry.session_id,
        action: entry.action,
        outcome: if entry.done { "ok" } else { "refused" },
        resource: entry.resource,
        ip: entry.ip.map(|ip| ip.to_string()),
        user_agent: entry.user_agent,
        before: entry.before,
        after: entry.after,
    }
}
