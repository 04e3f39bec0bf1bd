//! `POST /v1/auth/password`: one's own password.

use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::Body;
use super::caller::Caller;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Another password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordChange {
    /// The one that holds now.
    #[schema(format = Password)]
    old: String,
    /// The one to hold from now on: 12 to 256 characters.
    #[schema(format = Password)]
    new: String,
}

/// Change one's own password
///
/// Every other session of the person ends.
#[utoipa::path(
    post,
    path = "/v1/auth/password",
    tag = "auth",
    operation_id = "change_password",
    request_body = PasswordChange,
    responses(
        (status = 204, description = "It holds from now on"),
        (status = 400, description = "invalid_body or invalid_password", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "unauthorized; login_refused where the old password is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "login_locked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_password(
    State(state): State<ApiState>,
    caller: Caller,
    Body(PasswordChange { old, new }): Body<PasswordChange>,
) -> Result<StatusCode, Problem> {
    state.0.accounts.change_password(&caller.known, &old, &new, &caller.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
