//! `/v1/trading/strategies/{id}/versions`: what a strategy was at a time. A version is never changed.

use app::trading::{Thing, TradingError};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::trading::versions::{Version, VersionTerms};
use utoipa::ToSchema;
use uuid::Uuid;

use super::problem::invalid;
use super::{number, object};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// A version to be made, or what a template makes one of.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewVersionBody {
    /// JSON Schema of a bot's configuration, of up to 64 KiB; without one every object will do. References lead to
    /// places within it, and patterns have no back-references and look-arounds.
    #[serde(default)]
    #[schema(required = false, value_type = Option<Object>)]
    config_schema: Option<Map<String, Value>>,
    /// What the strategy itself goes by.
    #[serde(default)]
    #[schema(required = false, value_type = Option<Object>)]
    parameters: Option<Map<String, Value>>,
    /// What its maker says of it, in up to 10,000 characters.
    #[serde(default)]
    #[schema(required = false)]
    notes: Option<String>,
}

/// A version of a strategy.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionBody {
    /// A number of its own, by which a bot follows it.
    id: Uuid,
    /// Its number among the strategy's versions, from 1.
    version: i32,
    /// JSON Schema of a bot's configuration, if any.
    #[schema(required, value_type = Option<Object>)]
    config_schema: Option<Value>,
    /// What the strategy itself goes by.
    #[schema(value_type = Object)]
    parameters: Value,
    /// What its maker says of it.
    #[schema(required)]
    notes: Option<String>,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
}

/// Versions of a strategy.
#[derive(Serialize, ToSchema)]
pub(crate) struct VersionList {
    /// The newest first.
    versions: Vec<VersionBody>,
}

impl From<NewVersionBody> for VersionTerms {
    fn from(body: NewVersionBody) -> Self {
        Self {
            config_schema: body.config_schema.map(Value::Object),
            parameters: object(body.parameters),
            notes: body.notes,
        }
    }
}

impl From<Version> for VersionBody {
    fn from(version: Version) -> Self {
        Self {
            id: version.id,
            version: version.version,
            config_schema: version.terms.config_schema,
            parameters: version.terms.parameters,
            notes: version.terms.notes,
            created_at: version.created_at.to_string(),
        }
    }
}

/// Versions of a strategy
#[utoipa::path(
    get,
    path = "/v1/trading/strategies/{id}/versions",
    tag = "trading",
    operation_id = "list_versions",
    params(("id" = Uuid, Path, description = "The strategy's number")),
    responses(
        (status = 200, description = "The versions", body = VersionList),
        (status = 404, description = "unknown_strategy", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_versions(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<VersionList>, Problem> {
    let found = state.0.trading.versions(owner.user, number(Thing::Strategy, &id)?).await?;
    Ok(Json(VersionList { versions: found.into_iter().map(VersionBody::from).collect() }))
}

/// Add a version to a strategy
#[utoipa::path(
    post,
    path = "/v1/trading/strategies/{id}/versions",
    tag = "trading",
    operation_id = "create_version",
    params(("id" = Uuid, Path, description = "The strategy's number")),
    request_body = NewVersionBody,
    responses(
        (status = 201, description = "The version", body = VersionBody),
        (status = 400, description = "invalid_body, invalid_strategy or invalid_schema", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_strategy", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "too_many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_version(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
    Body(wanted): Body<NewVersionBody>,
) -> Result<(StatusCode, Json<VersionBody>), Problem> {
    let id = number(Thing::Strategy, &id)?;
    let added = state.0.trading.add_version(&owner.actor, owner.user, id, wanted.into()).await;
    let added = added.map_err(invalid(Code::InvalidStrategy))?;
    Ok((StatusCode::CREATED, Json(added.into())))
}

/// One version of a strategy
#[utoipa::path(
    get,
    path = "/v1/trading/strategies/{id}/versions/{version}",
    tag = "trading",
    operation_id = "get_version",
    params(("id" = Uuid, Path, description = "The strategy's number"), ("version" = i32, Path, description = "The version's number among the strategy's")),
    responses(
        (status = 200, description = "The version", body = VersionBody),
        (status = 404, description = "unknown_strategy or unknown_version", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_version(
    State(state): State<ApiState>,
    owner: Owner,
    Path((id, version)): Path<(String, String)>,
) -> Result<Json<VersionBody>, Problem> {
    let id = number(Thing::Strategy, &id)?;
    let version = version.parse().map_err(|_| TradingError::Unknown(Thing::Version))?;
    Ok(Json(state.0.trading.version(owner.user, id, version).await?.into()))
}
