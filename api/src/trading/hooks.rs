//! `POST /hooks/{id}`: alerts, from whoever has the webhook's secret.

use app::trading::{HookError, Sent};
use axum::Json;
use axum::extract::{Query, Request, State};
use axum::http::header;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::serve::Peer;
use crate::state::ApiState;

/// Longest alert, in bytes.
const MOST: usize = 64 * 1_024;

/// What the address may have.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct HookParams {
    /// The webhook's secret, where the alert itself doesn't have it.
    #[param(required = false)]
    secret: Option<String>,
}

/// What came of an alert.
#[derive(Serialize, ToSchema)]
pub(crate) struct HookAnswer {
    /// The alert's number in the webhook's log.
    id: Uuid,
    /// placed, or repeated: it had come before.
    #[schema(examples("placed"))]
    outcome: String,
    /// The order.
    order: Option<Uuid>,
}

/// Send an alert
///
/// JSON or text, with the webhook's secret in the address or in the alert. What comes again places no second order.
#[utoipa::path(
    post,
    path = "/hooks/{id}",
    tag = "trading",
    operation_id = "send_alert",
    params(("id" = Uuid, Path, description = "The webhook's number"), HookParams),
    request_body(content = String, content_type = "text/plain", description = "A JSON object, or name=value on lines"),
    responses(
        (status = 200, description = "It is written down, and so is its order", body = HookAnswer),
        (status = 400, description = "invalid_alert, or against the rules of orders; it is in the log", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_webhook, or another secret; or the order's unknown_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "webhook_disabled, bot_stopped, key_reused, account_archived, inactive_symbol or reduce_only", body = ProblemBody, content_type = "application/problem+json"),
        (status = 413, description = "body_too_large", body = ProblemBody, content_type = "application/problem+json"),
        (status = 429, description = "rate_limited", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout: send it again", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn send_alert(
    State(state): State<ApiState>,
    Path(id): Path<String>,
    Query(params): Query<HookParams>,
    request: Request,
) -> Result<Json<HookAnswer>, Problem> {
    // What is no number is nobody's, and answered as a wrong secret is.
    let id = id.parse().map_err(|_| HookError::Unknown)?;
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, MOST).await;
    let bytes =
        bytes.map_err(|_| Problem::new(Code::BodyTooLarge, "an alert has 64 KiB at most"))?;
    let sound = String::from_utf8(bytes.into()).ok().filter(|text| !text.contains('\0'));
    let body = sound
        .ok_or_else(|| Problem::new(Code::InvalidAlert, "an alert is UTF-8 without U+0000"))?;
    let text =
        |name| parts.headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let sent = Sent {
        secret: params.secret,
        ip: parts.extensions.get::<Peer>().map(|peer| peer.0),
        content_type: text(header::CONTENT_TYPE),
        user_agent: text(header::USER_AGENT),
        body,
    };
    let entry = state.0.trading.take_alert(&state.0.ledger, id, sent).await?;
    match entry.code {
        None => {
            Ok(Json(HookAnswer { id: entry.id, outcome: entry.outcome, order: entry.order_id }))
        }
        Some(code) => {
            let code = Code::ALL.iter().find(|known| known.as_str() == code);
            let code = code.copied().unwrap_or(Code::InvalidAlert);
            Err(Problem::new(code, entry.reason.unwrap_or_default()))
        }
    }
}

impl From<HookError> for Problem {
    fn from(error: HookError) -> Self {
        let code = match error {
            HookError::Trading(error) => return error.into(),
            HookError::Unknown => Code::UnknownWebhook,
            HookError::Disabled => Code::WebhookDisabled,
            HookError::TooMany => Code::RateLimited,
        };
        Self::new(code, error.to_string())
    }
}
