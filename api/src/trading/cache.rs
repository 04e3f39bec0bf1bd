//! `/v1/trading/cache/{key}`: one's own values that live for a while. They stand apart from what ticks say: no price of a
//! symbol is read from them.

use adapters::trading::values::Value;
use app::trading::CacheError;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// A value that is to be kept.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewValueBody {
    /// A text of up to 4,096 bytes.
    #[schema(examples("50000.0"))]
    value: String,
    /// For so many seconds.
    #[schema(minimum = 1, maximum = 86400, examples(60))]
    life_s: u32,
}

/// A value.
#[derive(Serialize, ToSchema)]
pub(crate) struct ValueBody {
    /// Its key.
    #[schema(examples("price:BTC/USDT"))]
    key: String,
    /// The text that was set.
    value: String,
    /// When it is forgotten.
    #[schema(format = DateTime)]
    expires_at: String,
}

impl ValueBody {
    fn new(key: String, Value { text, expires_at }: Value) -> Self {
        Self { key, value: text, expires_at }
    }
}

impl From<CacheError> for Problem {
    fn from(error: CacheError) -> Self {
        let (code, about) = match &error {
            CacheError::Key => (Code::InvalidCacheKey, "key"),
            CacheError::Value(_) => (Code::InvalidBody, "value"),
            CacheError::Life(_) => (Code::InvalidBody, "life_s"),
            CacheError::TooMany => return Self::new(Code::TooMany, error.to_string()),
            CacheError::Unavailable(error) => {
                tracing::warn!(%error, "values can't be reached");
                return Self::new(
                    Code::CacheUnavailable,
                    "values can't be reached; try again soon",
                );
            }
        };
        Self::new(code, error.to_string()).about(about)
    }
}

/// A value of one's own
#[utoipa::path(
    get,
    path = "/v1/trading/cache/{key}",
    tag = "trading",
    operation_id = "get_value",
    params(("key" = String, Path, description = "1 to 128 visible ASCII characters", example = "price:BTC/USDT")),
    responses(
        (status = 200, description = "The value", body = ValueBody),
        (status = 400, description = "invalid_cache_key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_cache_key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "cache_unavailable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_value(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(key): Path<String>,
) -> Result<Json<ValueBody>, Problem> {
    let found = state.0.cache.get(user, &key).await?;
    let found = found.ok_or_else(|| {
        Problem::new(Code::UnknownCacheKey, format!("nothing is kept under {key:?}")).about("key")
    })?;
    Ok(Json(ValueBody::new(key, found)))
}

/// Keep a value for a while
///
/// It is one's own: nobody else reads it, and no price of a symbol comes from it. A person has 1,000 at a time. They are in
/// memory, or with `redis.url` in Redis, so a restart may forget them before their time.
#[utoipa::path(
    put,
    path = "/v1/trading/cache/{key}",
    tag = "trading",
    operation_id = "set_value",
    params(("key" = String, Path, description = "1 to 128 visible ASCII characters", example = "price:BTC/USDT")),
    request_body = NewValueBody,
    responses(
        (status = 200, description = "It is kept", body = ValueBody),
        (status = 400, description = "invalid_cache_key or invalid_body", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "cache_unavailable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn set_value(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(key): Path<String>,
    Body(NewValueBody { value, life_s }): Body<NewValueBody>,
) -> Result<Json<ValueBody>, Problem> {
    let kept = state.0.cache.set(user, &key, value, life_s).await?;
    Ok(Json(ValueBody::new(key, kept)))
}

/// Forget a value
#[utoipa::path(
    delete,
    path = "/v1/trading/cache/{key}",
    tag = "trading",
    operation_id = "forget_value",
    params(("key" = String, Path, description = "1 to 128 visible ASCII characters", example = "price:BTC/USDT")),
    responses(
        (status = 204, description = "It is forgotten, or was never there"),
        (status = 400, description = "invalid_cache_key", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "cache_unavailable", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn forget_value(
    State(state): State<ApiState>,
    Owner { user, .. }: Owner,
    Path(key): Path<String>,
) -> Result<StatusCode, Problem> {
    state.0.cache.forget(user, &key).await?;
    Ok(StatusCode::NO_CONTENT)
}
