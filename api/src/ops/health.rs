//! `GET /health`: whether this process serves. It asks nobody else, so that a database that is
//! away doesn't make a supervisor kill a process that would recover by itself.

use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::ApiState;

/// The state of this process.
#[derive(Serialize, ToSchema)]
pub(crate) struct Health {
    /// Always `ok`: a process that doesn't serve doesn't answer.
    #[schema(examples("ok"))]
    status: &'static str,
    /// The program's version.
    #[schema(examples("0.1.0"))]
    version: &'static str,
}

/// Whether this process serves
#[utoipa::path(
    get,
    path = "/health",
    tag = "ops",
    operation_id = "health",
    responses((status = 200, description = "It serves", body = Health)),
)]
pub(crate) async fn health(State(state): State<ApiState>) -> Json<Health> {
    Json(Health { status: "ok", version: state.0.version })
}
