//! `GET /health/redis`: whether Redis answers, where one is used.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use crate::state::ApiState;

/// The state of Redis as this process sees it.
#[derive(Serialize, ToSchema)]
pub(crate) struct RedisHealth {
    /// `ok`, `unavailable`, or `not_used`.
    #[schema(examples("ok"))]
    status: &'static str,
    /// Time of one question and its answer, in milliseconds.
    #[schema(required, examples(0.2))]
    round_trip_ms: Option<f64>,
}

/// Whether Redis answers
///
/// Where none is configured there is nothing to be wrong.
#[utoipa::path(
    get,
    path = "/health/redis",
    tag = "ops",
    operation_id = "health_redis",
    responses(
        (status = 200, description = "It answers, or none is used", body = RedisHealth),
        (status = 503, description = "It does not answer", body = RedisHealth),
    ),
)]
pub(crate) async fn health_redis(State(state): State<ApiState>) -> (StatusCode, Json<RedisHealth>) {
    let Some(redis) = &state.0.redis else {
        return (StatusCode::OK, Json(RedisHealth { status: "not_used", round_trip_ms: None }));
    };
    match redis.ping().await {
        Ok(time) => {
            let round_trip_ms = Some((time.as_secs_f64() * 1e6).round() / 1e3);
            (StatusCode::OK, Json(RedisHealth { status: "ok", round_trip_ms }))
        }
        Err(error) => {
            tracing::warn!(%error, "Redis is not well");
            let health = RedisHealth { status: "unavailable", round_trip_ms: None };
            (StatusCode::SERVICE_UNAVAILABLE, Json(health))
        }
    }
}
