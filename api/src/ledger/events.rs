//! `GET /v1/ledger/orders/{id}/events`: all that happened to an order, as it was recorded.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::ledger::OrderEvent;
use serde::Serialize;
use serde_json::value::RawValue;
use store::ledger::events::StoredEvent;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::orders::limit_of;
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// Which of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct EventParams {
    /// Most of them; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Events of an order, the oldest first.
#[derive(Serialize, ToSchema)]
pub(crate) struct OrderEventPage {
    /// The events.
    events: Vec<OrderEventBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// What happened to an order.
#[derive(Serialize, ToSchema)]
#[schema(as = OrderEvent)]
pub(crate) struct OrderEventBody {
    /// Its place in the order's history, from 1.
    version: i32,
    /// placed, reserved, submitted, accepted, rejected, triggered, amended, cancel_requested, cancelled, expired, filled, completed
    /// or released.
    kind: &'static str,
    /// When it was recorded.
    #[schema(format = DateTime)]
    recorded_at: String,
    /// Its place among all events of the ledger.
    event: i64,
    /// All that it says, letter by letter as it is kept; times in it are the venue's.
    #[schema(value_type = Object)]
    body: Box<RawValue>,
    /// BLAKE3, in hexadecimal digits, of the hash before it (32 zero bytes for the first), the order's number, the version, `recorded_at` in
    /// microseconds, and `body`.
    #[schema(examples("5d1a2b0c7c0f4a2b93fb1f1a0c0b64f7b5f0e3b8b8f24c3a2f7a5a8d4e0f9c61"))]
    hash: String,
}

/// What happened to an order
#[utoipa::path(
    get,
    path = "/v1/ledger/orders/{id}/events",
    tag = "ledger",
    operation_id = "list_order_events",
    params(("id" = Uuid, Path, description = "The order's number"), EventParams),
    responses(
        (status = 200, description = "Its events", body = OrderEventPage),
        (status = 400, description = "invalid_request (not a number), invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_order", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_order_events(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(id): Path<Uuid>,
    uri: Uri,
) -> Result<Json<OrderEventPage>, Problem> {
    let params = Params::read(&uri, &["limit", "cursor"])?;
    let limit = limit_of(&params)?;
    let after = params.parsed("cursor", Code::InvalidCursor, |text| {
        text.parse().map_err(|_| "it is of another list")
    })?;
    // One more shows whether another page follows.
    let mut found =
        state.0.ledger.order_events(user, id, after.unwrap_or_default(), limit + 1).await?;
    let more = found.len() as i64 > limit;
    found.truncate(usize::try_from(limit).unwrap_or_default());
    let next = found.last().filter(|_| more).map(|last| last.version.to_string());
    let events = found.into_iter().map(body).collect::<Result<_, Problem>>()?;
    Ok(Json(OrderEventPage { events, next }))
}

fn body(stored: StoredEvent) -> Result<OrderEventBody, Problem> {
    let kind = stored.read::<OrderEvent>()?.kind();
    let body = RawValue::from_string(stored.body).map_err(|_| Problem::internal())?;
    Ok(OrderEventBody {
        version: stored.version,
        kind,
        recorded_at: stored.recorded_at.to_string(),
        event: stored.position,
        body,
        hash: stored.hash.iter().map(|byte| format!("{byte:02x}")).collect(),
    })
}
