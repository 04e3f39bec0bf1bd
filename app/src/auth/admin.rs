//! Managing people: by administrators, and on the command line of the machine.

use domain::auth::{Email, Role, check_password};
use serde_json::json;
use store::auth::audit::{self, AuditQuery, Entry};
use store::auth::sessions::Which;
use store::auth::users::{self, NewUser, User};
use store::{StoreError, Tx};
use uuid::Uuid;

use super::{AccountError, Accounts, Actor, about, change};

/// A change of somebody's account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountChange {
    /// Another role.
    Role(Role),
    /// Whether they may come in. Their sessions end where not.
    Active(bool),
}

impl Accounts {
    /// Adds a person.
    ///
    /// # Errors
    /// [`AccountError::EmailTaken`], a bad password; the database's.
    pub async fn create(
        &self,
        actor: &Actor,
        email: Email,
        display_name: Option<String>,
        role: Role,
        password: &str,
    ) -> Result<User, AccountError> {
        check_password(password, Some(&email))?;
        let now = self.now();
        let id = self.0.random.id(now);
        let password_hash = Some(self.0.passwords.hash(password).await?);
        let new = NewUser { id, email, display_name, role, password_hash };
        let after = json!({ "email": new.email.as_str(), "role": role.as_str() });
        let entry = change(about(self.entry(actor, "user.create"), id), None, Some(after));
        let (user, entry) = (&new, &entry);
        let create = |tx: Tx| async move {
            if !users::insert(&tx, user, now).await? {
                return Ok(None);
            }
            audit::write(&tx, entry).await?;
            users::by_id(&tx, id).await
        };
        let created = self.0.db.run("auth.create_user", create).await?;
        created.ok_or_else(|| AccountError::EmailTaken(new.email.to_string()))
    }

    /// Everybody.
    ///
    /// # Errors
    /// The database's.
    pub async fn users(&self) -> Result<Vec<User>, AccountError> {
        Ok(users::list(&self.0.db).await?)
    }

    /// The person of an address.
    ///
    /// # Errors
    /// [`AccountError::UnknownUser`]; the database's.
    pub async fn by_email(&self, email: &Email) -> Result<User, AccountError> {
        let find = |tx| async move { users::by_email(&tx, email).await };
        let found = self.0.db.run("auth.user", find).await?;
        found.map(|(user, _)| user).ok_or_else(|| AccountError::UnknownUser(email.to_string()))
    }

    /// Changes somebody's account.
    ///
    /// # Errors
    /// [`AccountError::UnknownUser`], [`AccountError::LastAdmin`]; the database's.
    pub async fn change(
        &self,
        actor: &Actor,
        id: Uuid,
        wanted: &[AccountChange],
    ) -> Result<User, AccountError> {
        let now = self.now();
        let entry = &about(self.entry(actor, "user.change"), id);
        let closes = wanted.contains(&AccountChange::Active(false));
        let change = |tx: Tx| async move {
            // Asked first, for it holds off everybody else who changes administrators.
            let replaceable = users::another_admin(&tx, id).await?;
            let Some(user) = users::by_id(&tx, id).await? else {
                return Err(AccountError::UnknownUser(id.to_string()));
            };
            let keeps = |change: &AccountChange| {
                matches!(change, AccountChange::Role(Role::Admin) | AccountChange::Active(true))
            };
            let is_admin = user.role == Role::Admin && user.deactivated_at.is_none();
            if is_admin && !replaceable && !wanted.iter().all(keeps) {
                return Err(AccountError::LastAdmin);
            }
            for change in wanted {
                match *change {
                    AccountChange::Role(role) => users::set_role(&tx, id, role, now).await?,
                    AccountChange::Active(active) => {
                        users::set_active(&tx, id, active, now).await?;
                    }
                }
            }
            let end = match closes {
                true => Some(self.end(&tx, id, Which::All).await?),
                false => None,
            };
            let changed = users::by_id(&tx, id).await?.unwrap_or_else(|| user.clone());
            audit::write(&tx, &change(entry.clone(), Some(told(&user)), Some(told(&changed))))
                .await?;
            Ok((changed, end))
        };
        let outcome: Result<_, AccountError> = self.0.db.run("auth.change_user", change).await;
        self.forget(Some(id));
        let (user, end) = outcome?;
        if let Some(end) = &end {
            self.settle_end(id, end).await;
        }
        Ok(user)
    }

    /// Gives somebody another password; all their sessions end.
    ///
    /// # Errors
    /// A bad password; the database's.
    pub async fn reset_password(
        &self,
        actor: &Actor,
        user: &User,
        password: &str,
    ) -> Result<(), AccountError> {
        check_password(password, user.email.as_ref())?;
        let (id, now) = (user.id, self.now());
        let hash = &self.0.passwords.hash(password).await?;
        let entry = &about(self.entry(actor, "user.password"), id);
        let reset = |tx| async move {
            users::set_password(&tx, id, hash, now).await?;
            let end = self.end(&tx, id, Which::All).await?;
            audit::write(&tx, entry).await?;
            Ok::<_, StoreError>(end)
        };
        let end = self.0.db.run("auth.reset_password", reset).await?;
        self.settle_end(id, &end).await;
        Ok(())
    }

    /// The record, newest first, each line with its number.
    ///
    /// # Errors
    /// The database's.
    pub async fn audit(&self, query: &AuditQuery) -> Result<Vec<(i64, Entry)>, AccountError> {
        Ok(audit::page(&self.0.db, query).await?)
    }
}

/// What the record tells of an account.
fn told(user: &User) -> serde_json::Value {
    json!({ "role": user.role.as_str(), "active": user.deactivated_at.is_none() })
}
