//! `/v1/trading/bots/{id}/webhooks`: addresses to which other programs send alerts.

use app::trading::Thing;
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::trading::webhooks::{Entry, Webhook, WebhookChange};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::{cursor, limit, number, page};
use crate::auth::body::Body;
use crate::auth::caller::{Caller, Owner};
use crate::params::Params;
use crate::path::Path;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// An address to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewWebhookBody {
    /// What it is for, 1 to 64 characters.
    #[schema(examples("TradingView cross"))]
    name: String,
    /// What of an alert becomes which field of an order; without it that for TradingView's strategies.
    #[serde(default)]
    #[schema(required = false, value_type = Object)]
    template: Option<Value>,
}

/// A change; what isn't there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct WebhookChangeBody {
    /// What it is for, 1 to 64 characters.
    #[serde(default)]
    #[schema(required = false)]
    name: Option<String>,
    /// Whether it takes alerts.
    #[serde(default)]
    #[schema(required = false)]
    enabled: Option<bool>,
    /// What of an alert becomes which field of an order.
    #[serde(default)]
    #[schema(required = false, value_type = Object)]
    template: Option<Value>,
}

/// An address.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookBody {
    /// Number.
    id: Uuid,
    /// The bot whose orders come of it.
    bot: Uuid,
    /// What its owner calls it.
    name: String,
    /// Where alerts are sent, at this server.
    #[schema(examples("/hooks/0199c3f0-0000-7000-8000-000000000000"))]
    path: String,
    /// The first characters of its secret.
    beginning: String,
    /// Whether it takes alerts.
    enabled: bool,
    /// What of an alert becomes which field of an order.
    #[schema(value_type = Object)]
    template: Value,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// An address that was just made or given another secret.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeWebhookBody {
    /// What is told of it from now on.
    #[serde(flatten)]
    about: WebhookBody,
    /// What alerts are to have. It is told this once.
    secret: String,
}

/// Addresses.
#[derive(Serialize, ToSchema)]
pub(crate) struct WebhookList {
    /// The oldest first.
    webhooks: Vec<WebhookBody>,
}

/// An alert that came.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertBody {
    /// Number.
    id: Uuid,
    /// When it came.
    #[schema(format = DateTime)]
    received_at: String,
    /// From where.
    #[schema(required)]
    ip: Option<String>,
    /// What it said it was.
    #[schema(required)]
    content_type: Option<String>,
    /// What sent it, in its own words.
    #[schema(required)]
    user_agent: Option<String>,
    /// The whole of it, without the secret.
    body: String,
    /// The alert that it repeats, or itself.
    first: Uuid,
    /// received, placed, repeated or refused.
    #[schema(examples("placed"))]
    outcome: String,
    /// Why not, as problems have it.
    #[schema(required)]
    code: Option<String>,
    /// Why not, in words.
    #[schema(required)]
    reason: Option<String>,
    /// The order that came of it.
    #[schema(required)]
    order: Option<Uuid>,
    /// Where that is in its life now: one that was placed may be rejected since.
    #[schema(required)]
    order_status: Option<String>,
}

/// Alerts.
#[derive(Serialize, ToSchema)]
pub(crate) struct AlertPage {
    /// The newest first.
    alerts: Vec<AlertBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// Which alerts.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct AlertParams {
    /// Most alerts; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

impl From<&Webhook> for WebhookBody {
    fn from(hook: &Webhook) -> Self {
        Self {
            id: hook.id,
            bot: hook.bot_id,
            name: hook.name.clone(),
            path: format!("/hooks/{}", hook.id),
            beginning: hook.beginning.clone(),
            enabled: hook.enabled,
            template: hook.template.clone(),
            created_at: hook.created_at.to_string(),
            updated_at: hook.updated_at.to_string(),
        }
    }
}

impl From<Entry> for AlertBody {
    fn from(entry: Entry) -> Self {
        Self {
            id: entry.id,
            received_at: entry.received_at.to_string(),
            ip: entry.ip.map(|ip| ip.to_string()),
            content_type: entry.content_type,
            user_agent: entry.user_agent,
            body: entry.body,
            first: entry.first_id,
            outcome: entry.outcome,
            code: entry.code,
            reason: entry.reason,
            order: entry.order_id,
            order_status: entry.order_status,
        }
    }
}

fn place(bot: &str, hook: &str) -> Result<(Uuid, Uuid), Problem> {
    Ok((number(Thing::Bot, bot)?, number(Thing::Webhook, hook)?))
}

/// Webhooks of one's bot
#[utoipa::path(
    get,
    path = "/v1/trading/bots/{id}/webhooks",
    tag = "trading",
    operation_id = "list_webhooks",
    params(("id" = Uuid, Path, description = "The bot's number")),
    responses(
        (status = 200, description = "The webhooks", body = WebhookList),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_webhooks(
    State(state): State<ApiState>,
    owner: Owner,
    Path(bot): Path<String>,
) -> Result<Json<WebhookList>, Problem> {
    let hooks = state.0.trading.webhooks(owner.user, number(Thing::Bot, &bot)?).await?;
    Ok(Json(WebhookList { webhooks: hooks.iter().map(WebhookBody::from).collect() }))
}

/// Make a webhook, whose alerts become orders of one's bot
///
/// The secret is told once, here. Only somebody who is logged in makes one.
#[utoipa::path(
    post,
    path = "/v1/trading/bots/{id}/webhooks",
    tag = "trading",
    operation_id = "create_webhook",
    params(("id" = Uuid, Path, description = "The bot's number")),
    request_body = NewWebhookBody,
    responses(
        (status = 201, description = "The webhook", body = MadeWebhookBody),
        (status = 400, description = "invalid_body or invalid_template", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_bot", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_webhook(
    State(state): State<ApiState>,
    caller: Caller,
    Path(bot): Path<String>,
    Body(wanted): Body<NewWebhookBody>,
) -> Result<(StatusCode, Json<MadeWebhookBody>), Problem> {
    let bot = number(Thing::Bot, &bot)?;
    let (actor, user) = (caller.known.actor(&caller.origin), caller.known.user.id);
    let NewWebhookBody { name, template } = wanted;
    let (secret, made) = state.0.trading.create_webhook(&actor, user, bot, name, template).await?;
    let secret = secret.reveal().to_owned();
    Ok((StatusCode::CREATED, Json(MadeWebhookBody { about: WebhookBody::from(&made), secret })))
}

/// Change a webhook
#[utoipa::path(
    patch,
    path = "/v1/trading/bots/{id}/webhooks/{webhook}",
    tag = "trading",
    operation_id = "change_webhook",
    params(
        ("id" = Uuid, Path, description = "The bot's number"),
        ("webhook" = Uuid, Path, description = "The webhook's number"),
    ),
    request_body = WebhookChangeBody,
    responses(
        (status = 200, description = "The webhook as it is now", body = WebhookBody),
        (status = 400, description = "invalid_body or invalid_template", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_bot or unknown_webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_webhook(
    State(state): State<ApiState>,
    owner: Owner,
    Path((bot, hook)): Path<(String, String)>,
    Body(wanted): Body<WebhookChangeBody>,
) -> Result<Json<WebhookBody>, Problem> {
    let WebhookChangeBody { name, enabled, template } = wanted;
    let change = WebhookChange { name, enabled, template, secret: None };
    let place = place(&bot, &hook)?;
    let changed = state.0.trading.change_webhook(&owner.actor, owner.user, place, change).await?;
    Ok(Json(WebhookBody::from(&changed)))
}

/// Give a webhook another secret
///
/// It is told once, here; the one before opens nothing from now on.
#[utoipa::path(
    post,
    path = "/v1/trading/bots/{id}/webhooks/{webhook}/rotate",
    tag = "trading",
    operation_id = "rotate_webhook",
    params(
        ("id" = Uuid, Path, description = "The bot's number"),
        ("webhook" = Uuid, Path, description = "The webhook's number"),
    ),
    responses(
        (status = 200, description = "The webhook and its secret", body = MadeWebhookBody),
        (status = 404, description = "unknown_bot or unknown_webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn rotate_webhook(
    State(state): State<ApiState>,
    caller: Caller,
    Path((bot, hook)): Path<(String, String)>,
) -> Result<Json<MadeWebhookBody>, Problem> {
    let (actor, user) = (caller.known.actor(&caller.origin), caller.known.user.id);
    let (secret, hook) = state.0.trading.rotate_webhook(&actor, user, place(&bot, &hook)?).await?;
    let secret = secret.reveal().to_owned();
    Ok(Json(MadeWebhookBody { about: WebhookBody::from(&hook), secret }))
}

/// Delete a webhook and its log
#[utoipa::path(
    delete,
    path = "/v1/trading/bots/{id}/webhooks/{webhook}",
    tag = "trading",
    operation_id = "delete_webhook",
    params(
        ("id" = Uuid, Path, description = "The bot's number"),
        ("webhook" = Uuid, Path, description = "The webhook's number"),
    ),
    responses(
        (status = 204, description = "It is gone; its orders stay"),
        (status = 404, description = "unknown_bot or unknown_webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_webhook(
    State(state): State<ApiState>,
    owner: Owner,
    Path((bot, hook)): Path<(String, String)>,
) -> Result<StatusCode, Problem> {
    let place = place(&bot, &hook)?;
    state.0.trading.delete_webhook(&owner.actor, owner.user, place).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What came to a webhook
#[utoipa::path(
    get,
    path = "/v1/trading/bots/{id}/webhooks/{webhook}/log",
    tag = "trading",
    operation_id = "list_alerts",
    params(
        ("id" = Uuid, Path, description = "The bot's number"),
        ("webhook" = Uuid, Path, description = "The webhook's number"),
        AlertParams,
    ),
    responses(
        (status = 200, description = "Alerts", body = AlertPage),
        (status = 400, description = "invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_bot or unknown_webhook", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_alerts(
    State(state): State<ApiState>,
    owner: Owner,
    Path((bot, hook)): Path<(String, String)>,
    uri: Uri,
) -> Result<Json<AlertPage>, Problem> {
    let params = Params::read(&uri, &["limit", "cursor"])?;
    let (limit, before) = (limit(&params)?, cursor(&params)?);
    let place = place(&bot, &hook)?;
    let mut found = state.0.trading.webhook_log(owner.user, place, before, limit + 1).await?;
    let more = page(&mut found, limit);
    let next = found.last().filter(|_| more).map(|last| last.id.to_string());
    Ok(Json(AlertPage { alerts: found.into_iter().map(AlertBody::from).collect(), next }))
}

/// Try an alert once more
///
/// By the template as it is now. An order that it has placed already stays the one.
#[utoipa::path(
    post,
    path = "/v1/trading/bots/{id}/webhooks/{webhook}/log/{alert}/retry",
    tag = "trading",
    operation_id = "retry_alert",
    params(
        ("id" = Uuid, Path, description = "The bot's number"),
        ("webhook" = Uuid, Path, description = "The webhook's number"),
        ("alert" = Uuid, Path, description = "The alert's number"),
    ),
    responses(
        (status = 200, description = "The alert, and what came of it now", body = AlertBody),
        (status = 404, description = "unknown_bot, unknown_webhook or unknown_alert", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn retry_alert(
    State(state): State<ApiState>,
    owner: Owner,
    Path((bot, hook, alert)): Path<(String, String, String)>,
) -> Result<Json<AlertBody>, Problem> {
    let (place, alert) = (place(&bot, &hook)?, number(Thing::Alert, &alert)?);
    let (trading, ledger) = (&state.0.trading, &state.0.ledger);
    Ok(Json(trading.retry_alert(ledger, owner.user, place, alert).await?.into()))
}
