//! `POST /v1/auth/login`, `POST /v1/auth/logout`, `GET /v1/auth/me`.

use app::auth::Known;
use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse;
use domain::auth::Secret;
use serde::Deserialize;
use utoipa::ToSchema;

use super::body::Body;
use super::caller::{Caller, Sender};
use super::credentials::COOKIE;
use super::model::MeBody;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Who comes in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Login {
    /// The address.
    email: String,
    /// The password.
    #[schema(format = Password)]
    password: String,
}

/// Log in
///
/// The session's secret is set as a cookie that pages can't read. The same answer, after the same
/// time, tells of an unknown address, a wrong password and a closed account.
#[utoipa::path(
    post,
    path = "/v1/auth/login",
    tag = "auth",
    operation_id = "login",
    request_body = Login,
    responses(
        (status = 200, description = "Who is logged in", body = MeBody),
        (status = 400, description = "invalid_body", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "login_refused; second_factor_required with a `token` for POST /v1/auth/login/second", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "login_locked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable, sessions_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn login(
    State(state): State<ApiState>,
    Sender(origin): Sender,
    Body(Login { email, password }): Body<Login>,
) -> Result<impl IntoResponse, Problem> {
    let (secret, known) = state.0.accounts.login(&email, &password, &origin).await?;
    let cookie = session_cookie(&state, &secret, &known)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(MeBody::new(&known))))
}

/// Log out
#[utoipa::path(
    post,
    path = "/v1/auth/logout",
    tag = "auth",
    operation_id = "logout",
    responses(
        (status = 204, description = "The session is over"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn logout(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<impl IntoResponse, Problem> {
    state.0.accounts.logout(&caller.known, &caller.origin).await?;
    let gone = own_cookie(&state, "", 0)?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, gone)]))
}

/// Who is logged in
#[utoipa::path(
    get,
    path = "/v1/auth/me",
    tag = "auth",
    operation_id = "get_me",
    responses(
        (status = 200, description = "Who is logged in", body = MeBody),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_me(caller: Caller) -> Json<MeBody> {
    Json(MeBody::new(&caller.known))
}

/// The cookie of a session that began.
pub(super) fn session_cookie(
    state: &ApiState,
    secret: &Secret,
    known: &Known,
) -> Result<HeaderValue, Problem> {
    let life = known.session.ends_at.since(known.session.created_at).as_secs();
    own_cookie(state, secret.reveal(), life)
}

fn own_cookie(state: &ApiState, value: &str, seconds: u64) -> Result<HeaderValue, Problem> {
    cookie(state, &format!("{COOKIE}={value}; Path=/; SameSite=Strict"), seconds)
}

/// A cookie that scripts can't read.
pub(super) fn cookie(state: &ApiState, about: &str, seconds: u64) -> Result<HeaderValue, Problem> {
    let secure = if state.0.settings.secure_cookies { "; Secure" } else { "" };
    let text = format!("{about}; HttpOnly; Max-Age={seconds}{secure}");
    let mut value = HeaderValue::try_from(text).map_err(|_| Problem::internal())?;
    value.set_sensitive(true);
    Ok(value)
}
