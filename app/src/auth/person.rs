//! What is held on a person, told or erased.

use domain::auth::{Email, Role};
use serde_json::{Map, Value, json};
use store::auth::sessions::{Session, Which};
use store::auth::{audit, person, users};
use store::{StoreError, Tx};

use super::{AccountError, Accounts, Actor, about};

impl Accounts {
    /// Everything held on a person: tables with their rows, without secrets.
    ///
    /// # Errors
    /// [`AccountError::UnknownUser`]; the database's.
    pub async fn held_on(&self, actor: &Actor, email: &Email) -> Result<Value, AccountError> {
        let entry = &self.entry(actor, "user.export");
        let read = |tx: Tx| async move {
            let Some((user, _)) = users::by_email(&tx, email).await? else { return Ok(None) };
            let held = person::held(&tx, user.id, email).await?;
            audit::write(&tx, &about(entry.clone(), user.id)).await?;
            Ok::<_, StoreError>(Some((user.id, held)))
        };
        let held = self.0.db.run("auth.held_on", read).await?;
        let (id, mut held) = held.ok_or_else(|| AccountError::UnknownUser(email.to_string()))?;
        if self.0.sessions.are_elsewhere() {
            let living = self.0.sessions.list(id, self.now()).await?;
            held.push(("sessions".to_owned(), living.iter().map(told).collect()));
        }
        let tables: Map<String, Value> =
            held.into_iter().map(|(table, rows)| (table, Value::Array(rows))).collect();
        Ok(Value::Object(tables))
    }

    /// Forgets a person: all that is theirs is deleted, and the record, which is kept, has their number in place of
    /// their address. Tells how many of its lines were changed.
    ///
    /// # Errors
    /// [`AccountError::UnknownUser`], [`AccountError::LastAdmin`]; the database's.
    pub async fn erase(&self, actor: &Actor, email: &Email) -> Result<i64, AccountError> {
        let entry = &self.entry(actor, "user.erase");
        let erase = |tx: Tx| async move {
            let Some((user, _)) = users::by_email(&tx, email).await? else {
                return Err(AccountError::UnknownUser(email.to_string()));
            };
            let is_admin = user.role == Role::Admin && user.deactivated_at.is_none();
            if is_admin && !users::another_admin(&tx, user.id).await? {
                return Err(AccountError::LastAdmin);
            }
            let changed = person::erase(&tx, user.id, email).await?;
            audit::write(&tx, &about(entry.clone(), user.id)).await?;
            Ok((user.id, changed))
        };
        let (id, changed) = self.0.db.run("auth.erase", erase).await?;
        // Nobody finds them, for their person is gone; but there they stand.
        self.settle_end(id, &self.end_of(id, Which::All)).await;
        Ok(changed)
    }
}

/// A session that is kept outside the database.
fn told(session: &Session) -> Value {
    json!({
        "id": session.id, "ip": session.ip, "user_agent": session.user_agent,
        "created_at": session.created_at.to_string(), "last_used_at": session.last_used_at.to_string(),
        "expires_at": session.expires_at.to_string(),
    })
}
