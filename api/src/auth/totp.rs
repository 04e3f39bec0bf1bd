//! `/v1/auth/totp` and `POST /v1/auth/login/second`: the second factor of a login.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use domain::auth::Code;
use qrcodegen::{QrCode, QrCodeEcc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::caller::{Caller, Sender};
use super::login::session_cookie;
use super::model::MeBody;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Light modules around the picture, as the standard wants them.
const MARGIN: i32 = 4;

/// A login's second step.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondStep {
    /// `token` of the answer to the first.
    token: String,
    /// Six digits of the app, or a recovery code.
    #[schema(examples("287082"))]
    code: String,
}

/// One's password, once more.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OwnPassword {
    /// It.
    #[schema(format = Password)]
    password: String,
}

/// A code of an app.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AppCode {
    /// Six digits.
    #[schema(examples("287082"))]
    code: String,
}

/// Whether one's logins need a second factor.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpState {
    /// Whether they do.
    enabled: bool,
    /// Since when.
    #[schema(required, format = DateTime)]
    since: Option<String>,
    /// Recovery codes that are left.
    recovery_codes: i64,
}

/// What an authenticator app is to be told. It is not told again.
#[derive(Serialize, ToSchema)]
pub(crate) struct TotpEnrolment {
    /// The secret, to be typed: base32.
    secret: String,
    /// The same as an address.
    url: String,
    /// The address as a picture: SVG.
    qr_svg: String,
}

/// Codes that stand for the app when it is lost. They are not told again.
#[derive(Serialize, ToSchema)]
pub(crate) struct RecoveryCodes {
    /// Ten, each good for one login.
    recovery_codes: Vec<String>,
}

/// Log in: the second step
///
/// Where a login was answered by second_factor_required. A login waits five minutes and for five codes.
#[utoipa::path(
    post,
    path = "/v1/auth/login/second",
    tag = "auth",
    operation_id = "login_second",
    request_body = SecondStep,
    responses(
        (status = 200, description = "Who is logged in", body = MeBody),
        (status = 400, description = "invalid_body or invalid_code", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "login_refused: begin again with the password", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "login_locked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable, sessions_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn login_second(
    State(state): State<ApiState>,
    Sender(origin): Sender,
    Body(SecondStep { token, code }): Body<SecondStep>,
) -> Result<impl IntoResponse, Problem> {
    let (secret, known) = state.0.accounts.second_factor(&token, &code, &origin).await?;
    let cookie = session_cookie(&state, &secret, &known)?;
    Ok(([(header::SET_COOKIE, cookie)], Json(MeBody::new(&known))))
}

/// Whether one's own logins need a second factor
#[utoipa::path(
    get,
    path = "/v1/auth/totp",
    tag = "auth",
    operation_id = "get_totp",
    responses(
        (status = 200, description = "Whether they do", body = TotpState),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_totp(
    State(state): State<ApiState>,
    caller: Caller,
) -> Result<Json<TotpState>, Problem> {
    let found = state.0.accounts.totp_state(&caller.known).await?;
    let (since, recovery_codes) = found.unzip();
    Ok(Json(TotpState {
        enabled: since.is_some(),
        since: since.map(|since| since.to_string()),
        recovery_codes: recovery_codes.unwrap_or_default(),
    }))
}

/// Begin to use an authenticator app
///
/// Logins need it as soon as a code of it was confirmed. Until then this can be asked again, for another secret.
#[utoipa::path(
    post,
    path = "/v1/auth/totp",
    tag = "auth",
    operation_id = "enrol_totp",
    request_body = OwnPassword,
    responses(
        (status = 200, description = "What the app is to be told", body = TotpEnrolment),
        (status = 400, description = "invalid_body", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "unauthorized; login_refused where the password is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "second_factor_on", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "login_locked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn enrol_totp(
    State(state): State<ApiState>,
    caller: Caller,
    Body(OwnPassword { password }): Body<OwnPassword>,
) -> Result<Json<TotpEnrolment>, Problem> {
    let made = state.0.accounts.enrol_totp(&caller.known, &password, &caller.origin).await?;
    let qr_svg = picture(&made.url).ok_or_else(Problem::internal)?;
    Ok(Json(TotpEnrolment { secret: made.secret, url: made.url, qr_svg }))
}

/// Confirm an authenticator app by a code of it
///
/// From then on logins need it.
#[utoipa::path(
    post,
    path = "/v1/auth/totp/confirm",
    tag = "auth",
    operation_id = "confirm_totp",
    request_body = AppCode,
    responses(
        (status = 200, description = "Codes for when the app is lost", body = RecoveryCodes),
        (status = 400, description = "invalid_body or invalid_code", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn confirm_totp(
    State(state): State<ApiState>,
    caller: Caller,
    Body(AppCode { code }): Body<AppCode>,
) -> Result<Json<RecoveryCodes>, Problem> {
    let codes = state.0.accounts.confirm_totp(&caller.known, &code, &caller.origin).await?;
    Ok(Json(RecoveryCodes { recovery_codes: codes.iter().map(Code::reveal).collect() }))
}

/// Log in by the password only
#[utoipa::path(
    post,
    path = "/v1/auth/totp/disable",
    tag = "auth",
    operation_id = "disable_totp",
    request_body = OwnPassword,
    responses(
        (status = 204, description = "Logins need no second factor"),
        (status = 400, description = "invalid_body", body = ProblemBody, content_type = "application/problem+json"),
        (status = 401, description = "unauthorized; login_refused where the password is wrong", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "second_factor_off", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "login_locked", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn disable_totp(
    State(state): State<ApiState>,
    caller: Caller,
    Body(OwnPassword { password }): Body<OwnPassword>,
) -> Result<StatusCode, Problem> {
    state.0.accounts.disable_totp(&caller.known, &password, &caller.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A text as a picture that cameras read.
fn picture(text: &str) -> Option<String> {
    let code = QrCode::encode_text(text, QrCodeEcc::Medium).ok()?;
    let size = code.size();
    let dark = (0..size).flat_map(|y| (0..size).map(move |x| (x, y)));
    let path: String = dark
        .filter(|(x, y)| code.get_module(*x, *y))
        .map(|(x, y)| format!("M{},{}h1v1h-1z", x + MARGIN, y + MARGIN))
        .collect();
    let side = size + 2 * MARGIN;
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0,0h{side}v{side}h-{side}z\"/><path d=\"{path}\"/></svg>"
    ))
}
