//! `/v1/trading/templates`: what strategies are made of, one's own and those that are shared.

use app::trading::{NewTemplate, TemplateChange, Thing};
use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::trading::templates::Template;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::problem::invalid;
use super::versions::NewVersionBody;
use super::{cursor, limit, number, page};
use crate::auth::body::Body;
use crate::auth::caller::Owner;
use crate::params::Params;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// Which templates.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct TemplateParams {
    /// Most templates; without it 100.
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<u32>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// A template to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewTemplateBody {
    /// 1 to 64 characters; no other template of one's own is called so.
    name: String,
    /// What it is about, in up to 10,000 characters.
    #[serde(default)]
    #[schema(required = false)]
    description: Option<String>,
    /// What a strategy's first version is made of.
    template_data: NewVersionBody,
    /// Whether everybody reads it.
    #[serde(default)]
    #[schema(required = false)]
    is_public: bool,
}

/// A change of a template; what isn't there stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TemplateChangeBody {
    /// 1 to 64 characters; no other template of one's own is called so.
    #[serde(default)]
    #[schema(required = false)]
    name: Option<String>,
    /// What it is about, in up to 10,000 characters.
    #[serde(default)]
    #[schema(required = false)]
    description: Option<String>,
    /// All of what a strategy's first version is made of.
    #[serde(default)]
    #[schema(required = false)]
    template_data: Option<NewVersionBody>,
    /// Whether everybody reads it.
    #[serde(default)]
    #[schema(required = false)]
    is_public: Option<bool>,
}

/// A template.
#[derive(Serialize, ToSchema)]
pub(crate) struct TemplateBody {
    /// Number.
    id: Uuid,
    /// Whether it is the caller's own.
    own: bool,
    /// What it is called.
    name: String,
    /// What it is about.
    #[schema(required)]
    description: Option<String>,
    /// What a strategy's first version is made of: parameters, and config_schema where there is one.
    #[schema(value_type = Object)]
    template_data: Value,
    /// Whether everybody reads it.
    is_public: bool,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed.
    #[schema(format = DateTime)]
    updated_at: String,
}

/// Templates.
#[derive(Serialize, ToSchema)]
pub(crate) struct TemplatePage {
    /// The oldest first.
    templates: Vec<TemplateBody>,
    /// Cursor of the next page; null at the end.
    #[schema(required)]
    next: Option<Uuid>,
}

impl TemplateBody {
    fn new(template: Template, reader: Uuid) -> Self {
        Self {
            id: template.id,
            own: template.created_by == Some(reader),
            name: template.name,
            description: template.description,
            template_data: template.template_data,
            is_public: template.is_public,
            created_at: template.created_at.to_string(),
            updated_at: template.updated_at.to_string(),
        }
    }
}

/// Templates of one's own, and those that are shared
#[utoipa::path(
    get,
    path = "/v1/trading/templates",
    tag = "trading",
    operation_id = "list_templates",
    params(TemplateParams),
    responses(
        (status = 200, description = "The templates", body = TemplatePage),
        (status = 400, description = "invalid_limit, invalid_cursor, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_templates(
    State(state): State<ApiState>,
    owner: Owner,
    uri: Uri,
) -> Result<Json<TemplatePage>, Problem> {
    let params = Params::read(&uri, &["limit", "cursor"])?;
    let (most, after) = (limit(&params)?, cursor(&params)?);
    let mut found = state.0.trading.templates(owner.user, after, most + 1).await?;
    let next = page(&mut found, most).then(|| found.last().map(|last| last.id)).flatten();
    let body = |template| TemplateBody::new(template, owner.user);
    Ok(Json(TemplatePage { templates: found.into_iter().map(body).collect(), next }))
}

/// Make a template
#[utoipa::path(
    post,
    path = "/v1/trading/templates",
    tag = "trading",
    operation_id = "create_template",
    request_body = NewTemplateBody,
    responses(
        (status = 201, description = "The template", body = TemplateBody),
        (status = 400, description = "invalid_body, invalid_strategy or invalid_schema", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "name_taken or too_many", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_template(
    State(state): State<ApiState>,
    owner: Owner,
    Body(wanted): Body<NewTemplateBody>,
) -> Result<(StatusCode, Json<TemplateBody>), Problem> {
    let new = NewTemplate {
        name: wanted.name,
        description: wanted.description,
        version: wanted.template_data.into(),
        is_public: wanted.is_public,
    };
    let made = state.0.trading.create_template(&owner.actor, owner.user, new).await;
    let made = made.map_err(invalid(Code::InvalidStrategy))?;
    Ok((StatusCode::CREATED, Json(TemplateBody::new(made, owner.user))))
}

/// A template of one's own, or one that is shared
#[utoipa::path(
    get,
    path = "/v1/trading/templates/{id}",
    tag = "trading",
    operation_id = "get_template",
    params(("id" = Uuid, Path, description = "The template's number")),
    responses(
        (status = 200, description = "The template", body = TemplateBody),
        (status = 404, description = "unknown_template", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_template(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<Json<TemplateBody>, Problem> {
    let found = state.0.trading.template(owner.user, number(Thing::Template, &id)?).await?;
    Ok(Json(TemplateBody::new(found, owner.user)))
}

/// Change a template of one's own
#[utoipa::path(
    patch,
    path = "/v1/trading/templates/{id}",
    tag = "trading",
    operation_id = "change_template",
    params(("id" = Uuid, Path, description = "The template's number")),
    request_body = TemplateChangeBody,
    responses(
        (status = 200, description = "The template as it is now", body = TemplateBody),
        (status = 400, description = "invalid_body, invalid_strategy or invalid_schema", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_template", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "name_taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_template(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
    Body(wanted): Body<TemplateChangeBody>,
) -> Result<Json<TemplateBody>, Problem> {
    let id = number(Thing::Template, &id)?;
    let change = TemplateChange {
        name: wanted.name,
        description: wanted.description,
        version: wanted.template_data.map(Into::into),
        is_public: wanted.is_public,
    };
    let changed = state.0.trading.change_template(&owner.actor, owner.user, id, change).await;
    let changed = changed.map_err(invalid(Code::InvalidStrategy))?;
    Ok(Json(TemplateBody::new(changed, owner.user)))
}

/// Delete a template of one's own
///
/// Strategies that were made of it stay.
#[utoipa::path(
    delete,
    path = "/v1/trading/templates/{id}",
    tag = "trading",
    operation_id = "delete_template",
    params(("id" = Uuid, Path, description = "The template's number")),
    responses(
        (status = 204, description = "It is gone"),
        (status = 404, description = "unknown_template", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn delete_template(
    State(state): State<ApiState>,
    owner: Owner,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let id = number(Thing::Template, &id)?;
    state.0.trading.delete_template(&owner.actor, owner.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
