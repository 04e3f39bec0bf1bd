//! What is told of people and sessions.

use domain::auth::Scope;
use serde::Serialize;
use store::auth::sessions::Session;
use store::auth::users::User;
use utoipa::ToSchema;
use uuid::Uuid;

/// A person.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UserBody {
    /// Number.
    id: Uuid,
    /// Address.
    #[schema(required)]
    email: Option<String>,
    /// Whether the address was shown to be theirs.
    email_verified: bool,
    /// What the page calls them.
    #[schema(required)]
    display_name: Option<String>,
    /// admin, trader, analyst or viewer.
    role: &'static str,
    /// What the role may do.
    scopes: Vec<&'static str>,
    /// Whether they may come in.
    active: bool,
    /// Since when they are known.
    #[schema(format = DateTime)]
    created_at: String,
    /// When they last logged in.
    #[schema(required, format = DateTime)]
    last_login_at: Option<String>,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self {
            id: user.id,
            email: user.email.as_ref().map(ToString::to_string),
            email_verified: user.email_verified_at.is_some(),
            display_name: user.display_name.clone(),
            role: user.role.as_str(),
            scopes: user.role.scopes().iter().map(|scope: &Scope| scope.as_str()).collect(),
            active: user.deactivated_at.is_none(),
            created_at: user.created_at.to_string(),
            last_login_at: user.last_login_at.map(|time| time.to_string()),
        }
    }
}

/// A session. Its secret is known to its holder only.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SessionBody {
    /// Number.
    id: Uuid,
    /// Whether it is the one that asks.
    current: bool,
    /// When it began.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last used, to the minute.
    #[schema(format = DateTime)]
    last_used_at: String,
    /// When it ends unless it is used again.
    #[schema(format = DateTime)]
    expires_at: String,
    /// When it ends however much it is used.
    #[schema(format = DateTime)]
    ends_at: String,
    /// Where it began.
    #[schema(required)]
    ip: Option<String>,
    /// With what.
    #[schema(required)]
    user_agent: Option<String>,
}

impl SessionBody {
    /// Of a session, seen from the one that asks.
    pub(super) fn new(session: &Session, current: Uuid) -> Self {
        Self {
            id: session.id,
            current: session.id == current,
            created_at: session.created_at.to_string(),
            last_used_at: session.last_used_at.to_string(),
            expires_at: session.expires_at.to_string(),
            ends_at: session.ends_at.to_string(),
            ip: session.ip.map(|ip| ip.to_string()),
            user_agent: session.user_agent.clone(),
        }
    }
}

/// Who is logged in.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct MeBody {
    /// The person.
    pub(super) user: UserBody,
    /// The session that asks.
    pub(super) session: SessionBody,
}

impl MeBody {
    /// Of somebody who is known.
    pub(super) fn new(known: &app::auth::Known) -> Self {
        let session = SessionBody::new(&known.session, known.session.id);
        Self { user: UserBody::from(&known.user), session }
    }
}
