//! `/v1/auth/sessions`: one's own sessions.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use store::auth::sessions::Which;
use utoipa::ToSchema;

use super::caller::Caller;
use super::model::SessionBody;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// One's sessions.
#[derive(Serialize, ToSchema)]
pub(crate) struct SessionList {
    /// The one used last first.
    sessions: Vec<SessionBody>,
}

/// One's own sessions
#[utoipa::path(
    get,
    path = "/v1/auth/sessions",
    tag = "auth",
    operation_id = "list_sessions",
    responses(
        (status = 200, description = "The sessions", body = SessionList),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_sessions(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<SessionList>, Problem> {
    let found = state.0.accounts.sessions(&caller.known).await?;
    let body = |session| SessionBody::new(session, caller.known.session.id);
    Ok(Json(SessionList { sessions: found.iter().map(body).collect() }))
}

/// End all of one's sessions but this one
#[utoipa::path(
    delete,
    path = "/v1/auth/sessions",
    tag = "auth",
    operation_id = "end_other_sessions",
    responses(
        (status = 204, description = "They are over"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn end_other_sessions(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    let others = Which::Others(caller.known.session.id);
    state.0.accounts.end_sessions(&caller.known, others, &caller.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// End one of one's sessions
#[utoipa::path(
    delete,
    path = "/v1/auth/sessions/{id}",
    tag = "auth",
    operation_id = "end_session",
    params(("id" = Uuid, Path, description = "The session's number")),
    responses(
        (status = 204, description = "It is over"),
        (status = 404, description = "unknown_session", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn end_session(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    // What is no number is nobody's session.
    let unknown = |_| Problem::new(Code::UnknownSession, "there is no such session");
    let id = id.parse().map_err(unknown)?;
    state.0.accounts.end_sessions(&caller.known, Which::One(id), &caller.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
