//! `GET /v1/auth/usage`: who asks for what, and how often.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Time;
use serde::Serialize;
use store::auth::usage::{self, Count};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const PARAMETERS: &[&str] = &["user", "from", "to", "limit"];
const DEFAULT: i64 = 1_000;
const MOST: i64 = 10_000;
const DAY_MICROS: i64 = 86_400_000_000;

/// Which counts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct UsageParams {
    /// Of this person only.
    user: Option<Uuid>,
    /// From this hour on: RFC 3339 or epoch milliseconds; without it a day ago.
    from: Option<String>,
    /// Before this hour (exclusive): RFC 3339 or epoch milliseconds.
    to: Option<String>,
    /// Most counts; without it 1000.
    #[param(minimum = 1, maximum = 10000)]
    limit: Option<u32>,
}

/// Counts: the newest hour first, and in it what was asked most.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageBody {
    /// The counts.
    counts: Vec<UsageCount>,
    /// Whether there are more: ask for fewer hours then.
    more: bool,
}

/// Requests of one hour, caller and endpoint.
#[derive(Serialize, ToSchema)]
pub(crate) struct UsageCount {
    /// When the hour begins.
    #[schema(format = DateTime)]
    hour: String,
    /// Whose; null where no credentials came.
    #[schema(required)]
    user_id: Option<Uuid>,
    /// By which key, where it was one.
    #[schema(required)]
    key_id: Option<Uuid>,
    /// GET, POST, …
    method: String,
    /// The endpoint.
    #[schema(examples("/v1/market/candles"))]
    path: String,
    /// How many.
    requests: i64,
}

/// How many requests were answered
///
/// For administrators. Requests of the last seconds may be missing.
#[utoipa::path(
    get,
    path = "/v1/auth/usage",
    tag = "auth",
    operation_id = "list_usage",
    params(UsageParams),
    responses(
        (status = 200, description = "Counts", body = UsageBody),
        (status = 400, description = "invalid_user, invalid_time, invalid_limit, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_usage(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<UsageBody>, Problem> {
    let params = Params::read(&uri, PARAMETERS)?;
    let limit = params.parsed("limit", Code::InvalidLimit, |text| {
        let limit = text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
        limit.ok_or_else(|| format!("{text:?} is not a whole number from 1 to {MOST}"))
    })?;
    let limit = limit.unwrap_or(DEFAULT);
    let user = params.parsed("user", Code::InvalidUser, |text| {
        text.parse::<Uuid>().map_err(|_| format!("{text:?} is no person's number"))
    })?;
    let from = params.time("from")?.unwrap_or_else(|| state.0.clock.now().plus_micros(-DAY_MICROS));
    let to = params.time("to")?.unwrap_or(Time::MAX);
    // One more shows whether there are more.
    let mut found = usage::list(&state.0.db, from, to, user, limit + 1).await?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    Ok(Json(UsageBody { counts: found.into_iter().map(body).collect(), more }))
}

fn body(count: Count) -> UsageCount {
    UsageCount {
        hour: count.hour.to_string(),
        user_id: count.user_id,
        key_id: count.key_id,
        method: count.method,
        path: count.path,
        requests: count.requests,
    }
}
