//! `/v1/auth/verify`, `/v1/auth/reset` and `/v1/auth/setup`: what is done with a code that was mailed or told.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::Body;
use super::caller::{Caller, Sender};
use super::model::UserBody;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Who can't come in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ResetWanted {
    /// The address.
    email: String,
}

/// A new password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reset {
    /// The address.
    email: String,
    /// The code: 12 digits and letters; case, blanks and dashes don't matter.
    #[schema(examples("7K3M-9QXT-2BHC"))]
    code: String,
    /// The password to hold from now on: 12 to 256 characters.
    #[schema(format = Password)]
    password: String,
}

/// A code that was mailed.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Verification {
    /// The code: 12 digits and letters; case, blanks and dashes don't matter.
    #[schema(examples("7K3M-9QXT-2BHC"))]
    code: String,
}

/// Have a code mailed that confirms one's own address
///
/// At most once a minute. A server without a mail server says no_mail.
#[utoipa::path(
    post,
    path = "/v1/auth/verify/request",
    tag = "auth",
    operation_id = "request_verification",
    responses(
        (status = 202, description = "A mail follows"),
        (status = 409, description = "no_mail", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn request_verification(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<StatusCode, Problem> {
    state.0.accounts.request_verification(&caller.known, &caller.origin).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Confirm one's own address
#[utoipa::path(
    post,
    path = "/v1/auth/verify/confirm",
    tag = "auth",
    operation_id = "confirm_verification",
    request_body = Verification,
    responses(
        (status = 204, description = "The address is confirmed"),
        (status = 400, description = "invalid_body or invalid_code", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn confirm_verification(
    State(state): State<ApiState>,
    caller: Caller,
    Body(Verification { code }): Body<Verification>,
) -> Result<StatusCode, Problem> {
    state.0.accounts.verify_email(&caller.known, &code, &caller.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Have a code mailed that lets somebody set a new password
///
/// The answer and the time it takes are the same whether the address is known or not. At most one mail a minute.
#[utoipa::path(
    post,
    path = "/v1/auth/reset/request",
    tag = "auth",
    operation_id = "request_reset",
    request_body = ResetWanted,
    responses(
        (status = 202, description = "A mail follows, if the address is somebody's"),
        (status = 400, description = "invalid_body or invalid_email", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "no_mail", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn request_reset(
    State(state): State<ApiState>,
    Sender(origin): Sender,
    Body(ResetWanted { email }): Body<ResetWanted>,
) -> Result<StatusCode, Problem> {
    state.0.accounts.request_reset(&email, &origin).await?;
    Ok(StatusCode::ACCEPTED)
}

/// Set a new password by a code
///
/// All sessions of the person end. A code can be used once and tried five times.
#[utoipa::path(
    post,
    path = "/v1/auth/reset/confirm",
    tag = "auth",
    operation_id = "confirm_reset",
    request_body = Reset,
    responses(
        (status = 204, description = "The password holds from now on"),
        (status = 400, description = "invalid_body, invalid_email, invalid_password or invalid_code", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn confirm_reset(
    State(state): State<ApiState>,
    Sender(origin): Sender,
    Body(Reset { email, code, password }): Body<Reset>,
) -> Result<StatusCode, Problem> {
    state.0.accounts.reset_by_code(&email, &code, &password, &origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Make the first administrator
///
/// By the code that `chandlery up` tells on the terminal while there is nobody.
#[utoipa::path(
    post,
    path = "/v1/auth/setup",
    tag = "auth",
    operation_id = "set_up",
    request_body = Reset,
    responses(
        (status = 201, description = "The administrator", body = UserBody),
        (status = 400, description = "invalid_body, invalid_email, invalid_password or invalid_code", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "set_up_already", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn set_up(
    State(state): State<ApiState>,
    Sender(origin): Sender,
    Body(Reset { email, code, password }): Body<Reset>,
) -> Result<(StatusCode, Json<UserBody>), Problem> {
    let user = state.0.accounts.set_up(&code, &email, &password, &origin).await?;
    Ok((StatusCode::CREATED, Json(UserBody::from(&user))))
}
