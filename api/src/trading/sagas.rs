//! `GET /v1/trading/sagas`: orders on their way through the paper venue.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use serde::Serialize;
use store::trading::sagas::{STUCK, Saga};
use utoipa::{IntoParams, ToSchema};

use super::{cursor, limit, page};
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

const PARAMETERS: &[&str] = &["state", "limit", "cursor"];

/// Which of them.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct SagaParams {
    /// Only those: running, or stuck after several failures of one step.
    #[param(pattern = "^(running|stuck)$")]
    state: Option<String>,
    /// Most of them; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// An order on its way.
#[derive(Serialize, ToSchema)]
pub(crate) struct SagaBody {
    /// The order's number.
    #[schema(format = Uuid)]
    order: String,
    /// What is done next: reserve, submit, or settle what the venue reports.
    step: String,
    /// running, or stuck after several failures.
    state: &'static str,
    /// Failures of this step in a row; it is tried again after pauses of up to 30 s.
    attempts: i32,
    /// The last failure, or what the venue refused to change.
    #[schema(required)]
    last_error: Option<String>,
    /// When something was done about it last.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<Saga> for SagaBody {
    fn from(saga: Saga) -> Self {
        Self {
            order: saga.order.to_string(),
            step: saga.step,
            state: if saga.attempts >= STUCK { "stuck" } else { "running" },
            attempts: saga.attempts,
            last_error: saga.last_error,
            updated_at: saga.updated_at.to_string(),
        }
    }
}

/// Orders on their way.
#[derive(Serialize, ToSchema)]
pub(crate) struct SagaPage {
    /// By the orders' numbers.
    sagas: Vec<SagaBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<String>,
}

/// One's own orders on their way through the paper venue
///
/// An order of a paper account is here from its placing to its end.
#[utoipa::path(
    get,
    path = "/v1/trading/sagas",
    tag = "trading",
    operation_id = "list_sagas",
    params(SagaParams),
    responses(
        (status = 200, description = "The orders on their way", body = SagaPage),
        (status = 400, description = "invalid_status, invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_sagas(
    State(state): State<ApiState>,
    owner: Owner,
    uri: Uri,
) -> Result<Json<SagaPage>, Problem> {
    let params = Params::read(&uri, PARAMETERS)?;
    let stuck = params.parsed("state", Code::InvalidStatus, |text| match text {
        "running" => Ok(false),
        "stuck" => Ok(true),
        _ => Err(format!("{text:?} is neither running nor stuck")),
    })?;
    let (limit, after) = (limit(&params)?, cursor(&params)?);
    // One more shows whether another page follows.
    let mut found = state.0.ledger.sagas(owner.user, stuck, after, limit + 1).await?;
    let more = page(&mut found, limit);
    let next = found.last().filter(|_| more).map(|last| last.order.to_string());
    Ok(Json(SagaPage { sagas: found.into_iter().map(SagaBody::from).collect(), next }))
}
