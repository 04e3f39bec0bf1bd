//! `/v1/auth/users`: managing people.

use app::auth::AccountChange;
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::auth::Role;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::body::Body;
use super::caller::Caller;
use super::model::UserBody;
use crate::path::Path;
use crate::problem::{Code, Problem, ProblemBody};
use crate::state::ApiState;

/// People.
#[derive(Serialize, ToSchema)]
pub(crate) struct UserList {
    /// Those who came first first.
    users: Vec<UserBody>,
}

/// A person to be added.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewUser {
    /// The address.
    email: String,
    /// What the page is to call them.
    #[serde(default)]
    #[schema(required = false)]
    display_name: Option<String>,
    /// admin, trader, analyst or viewer.
    role: String,
    /// 12 to 256 characters.
    #[schema(format = Password)]
    password: String,
}

/// A change of an account; one or both.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserChange {
    /// admin, trader, analyst or viewer.
    #[serde(default)]
    #[schema(required = false)]
    role: Option<String>,
    /// Whether they may come in; their sessions end where not.
    #[serde(default)]
    #[schema(required = false)]
    active: Option<bool>,
}

/// People
///
/// For administrators.
#[utoipa::path(
    get,
    path = "/v1/auth/users",
    tag = "auth",
    operation_id = "list_users",
    responses(
        (status = 200, description = "The people", body = UserList),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_users(State(state): State<ApiState>) -> Result<Json<UserList>, Problem> {
    let users = state.0.accounts.users().await?;
    Ok(Json(UserList { users: users.iter().map(UserBody::from).collect() }))
}

/// Add a person
///
/// For administrators.
#[utoipa::path(
    post,
    path = "/v1/auth/users",
    tag = "auth",
    operation_id = "create_user",
    request_body = NewUser,
    responses(
        (status = 201, description = "The person", body = UserBody),
        (status = 400, description = "invalid_body, invalid_email, invalid_password or invalid_role", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "email_taken", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_user(
    State(state): State<ApiState>,
    caller: Caller,
    Body(new): Body<NewUser>,
) -> Result<(StatusCode, Json<UserBody>), Problem> {
    let role = role(&new.role)?;
    let email = new.email.parse().map_err(app::auth::AccountError::from)?;
    let name = new.display_name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty());
    let is_odd = |name: &String| name.chars().count() > 100 || name.chars().any(char::is_control);
    if name.as_ref().is_some_and(is_odd) {
        let detail = "display_name has at most 100 characters and none that controls";
        return Err(Problem::new(Code::InvalidBody, detail).about("display_name"));
    }
    let actor = caller.known.actor(&caller.origin);
    let user = state.0.accounts.create(&actor, email, name, role, &new.password).await?;
    Ok((StatusCode::CREATED, Json(UserBody::from(&user))))
}

/// Change somebody's role, or close or open their account
///
/// For administrators. There is always one of them left.
#[utoipa::path(
    patch,
    path = "/v1/auth/users/{id}",
    tag = "auth",
    operation_id = "change_user",
    params(("id" = Uuid, Path, description = "The person's number")),
    request_body = UserChange,
    responses(
        (status = 200, description = "The person", body = UserBody),
        (status = 400, description = "invalid_body or invalid_role", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_user", body = ProblemBody, content_type = "application/problem+json"),
        (status = 409, description = "last_admin", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn change_user(
    State(state): State<ApiState>,
    caller: Caller,
    Path(id): Path<String>,
    Body(wanted): Body<UserChange>,
) -> Result<Json<UserBody>, Problem> {
    let unknown = |_| Problem::new(Code::UnknownUser, format!("there is no such person: {id}"));
    let id = id.parse().map_err(unknown)?;
    let role = wanted.role.as_deref().map(role).transpose()?.map(AccountChange::Role);
    let changes: Vec<_> =
        role.into_iter().chain(wanted.active.map(AccountChange::Active)).collect();
    let actor = caller.known.actor(&caller.origin);
    let user = state.0.accounts.change(&actor, id, &changes).await?;
    Ok(Json(UserBody::from(&user)))
}

fn role(text: &str) -> Result<Role, Problem> {
    Role::parse(text).ok_or_else(|| {
        let all: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        let detail = format!("{text:?} is not a role; there are {}", all.join(", "));
        Problem::new(Code::InvalidRole, detail).about("role")
    })
}
