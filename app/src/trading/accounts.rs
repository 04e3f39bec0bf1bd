//! Accounts at venues, and what opens them there.

use domain::Time;
use domain::market::SymbolName;
use domain::trading::{AccountKind, Credentials, TradingRule, check_name};
use serde_json::{Value, json};
use store::Tx;
use store::auth::fields::Field;
use store::auth::users;
use store::trading::accounts::{self, Sealed, VenueAccount};
use uuid::Uuid;

use super::{Thing, Trading, TradingError, note, room, taken};
use crate::auth::Actor;

/// An account to be made.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Where.
    pub venue: String,
    /// What its owner calls it.
    pub name: String,
    /// Who fills its orders.
    pub kind: AccountKind,
    /// What opens it, where something is to be sent.
    pub credentials: Option<Credentials>,
}

/// A change of an account; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct AccountChange {
    /// What its owner calls it.
    pub name: Option<String>,
    /// What opens it.
    pub credentials: Option<Credentials>,
}

impl Trading {
    /// Somebody's accounts, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn accounts(&self, user: Uuid) -> Result<Vec<VenueAccount>, TradingError> {
        Ok(accounts::list(&self.0.db, user).await?)
    }

    /// The account that has this number or name.
    ///
    /// # Errors
    /// The database's.
    pub async fn account_named(
        &self,
        user: Uuid,
        name: &str,
    ) -> Result<Option<VenueAccount>, TradingError> {
        let all = self.accounts(user).await?;
        Ok(all.into_iter().find(|one| one.name == name || one.id.to_string() == name))
    }

    /// An account of somebody.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn account(&self, user: Uuid, id: Uuid) -> Result<VenueAccount, TradingError> {
        accounts::read(&self.0.db, user, id).await?.ok_or(TradingError::Unknown(Thing::Account))
    }

    /// Makes an account for somebody.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Taken`], [`TradingError::TooMany`]; those of the keys and the database.
    pub async fn create_account(
        &self,
        actor: &Actor,
        user: Uuid,
        wanted: NewAccount,
    ) -> Result<VenueAccount, TradingError> {
        check_name(&wanted.name)?;
        // A venue is what the name of a symbol there begins with.
        SymbolName::new(&wanted.venue, "X")
            .map_err(|_| TradingRule::Venue(wanted.venue.chars().take(60).collect()))?;
        let now = self.now();
        let id = self.id(now);
        let sealed = self.seal(id, wanted.credentials.as_ref())?;
        let new = &accounts::NewAccount {
            id,
            user_id: user,
            venue: wanted.venue,
            name: wanted.name,
            kind: wanted.kind,
            sealed,
        };
        let entry = &self.entry(actor, "account.create", id);
        let create = |tx: Tx| async move {
            users::hold(&tx, user).await?;
            room(Thing::Account, accounts::count(&tx, user).await?)?;
            let made = accounts::insert(&tx, new, now).await;
            let made = made.map_err(taken(Thing::Account, &new.name))?;
            note(&tx, entry, None, Some(told(&made))).await?;
            Ok(made)
        };
        self.0.db.run("trading.create_account", create).await
    }

    /// Gives an account of somebody another name, other credentials, or both. What changes nothing leaves no trace.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`], [`TradingError::Taken`], [`TradingError::Archived`]; those of
    /// the keys and the database.
    pub async fn change_account(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
        wanted: AccountChange,
    ) -> Result<VenueAccount, TradingError> {
        if let Some(name) = &wanted.name {
            check_name(name)?;
        }
        let sealed = &self.seal(id, wanted.credentials.as_ref())?;
        let (name, now) = (wanted.name.as_deref(), self.now());
        let entry = &self.entry(actor, "account.change", id);
        let change = |tx: Tx| async move {
            let before = held(&tx, user, id).await?;
            let renamed = name.is_some_and(|name| name != before.name);
            if !renamed && sealed.is_none() {
                return Ok(before);
            }
            if before.archived_at.is_some() && sealed.is_some() {
                return Err(TradingError::Archived);
            }
            let after = accounts::change(&tx, id, name, sealed.as_ref(), now).await;
            let after = after.map_err(taken(Thing::Account, name.unwrap_or_default()))?;
            let changed: Vec<_> = [("name", renamed), ("credentials", sealed.is_some())]
                .into_iter()
                .filter_map(|(field, is)| is.then_some(field))
                .collect();
            note(&tx, entry, None, Some(json!({ "changed": changed }))).await?;
            Ok(after)
        };
        self.0.db.run("trading.change_account", change).await
    }

    /// Has nothing more be done on an account of somebody, and forgets what opens it. Doing it again changes nothing.
    ///
    /// # Errors
    /// [`TradingError::Unknown`], [`TradingError::InUse`], [`TradingError::OpenOrders`]; the database's.
    pub async fn archive_account(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
    ) -> Result<VenueAccount, TradingError> {
        let (entry, now) = (&self.entry(actor, "account.archive", id), self.now());
        let archive = |tx: Tx| async move {
            let before = held(&tx, user, id).await?;
            if before.archived_at.is_some() {
                return Ok(before);
            }
            if accounts::is_used(&tx, id).await? {
                return Err(TradingError::InUse);
            }
            if accounts::has_orders(&tx, id).await? {
                return Err(TradingError::OpenOrders);
            }
            note(&tx, entry, None, None).await?;
            Ok(accounts::archive(&tx, id, now).await?)
        };
        self.0.db.run("trading.archive_account", archive).await
    }

    fn seal(
        &self,
        id: Uuid,
        credentials: Option<&Credentials>,
    ) -> Result<Option<Sealed>, TradingError> {
        let Some(credentials) = credentials else { return Ok(None) };
        credentials.check()?;
        let plain = json!({
            "key": credentials.key, "secret": credentials.secret, "passphrase": credentials.passphrase,
        });
        let plain = plain.to_string();
        let sealed = self.0.accounts.seal(Field::VenueCredentials, id, plain.as_bytes())?;
        Ok(Some(Sealed { credentials: sealed, beginning: credentials.beginning() }))
    }
}

/// An account of somebody, which nobody else changes until the transaction ends.
async fn held(tx: &Tx, user: Uuid, id: Uuid) -> Result<VenueAccount, TradingError> {
    accounts::hold(tx, user, id).await?.ok_or(TradingError::Unknown(Thing::Account))
}

/// An account of somebody on which bots may trade, which stays so until the transaction ends.
pub(super) async fn open(tx: &Tx, user: Uuid, id: Uuid) -> Result<VenueAccount, TradingError> {
    let account = held(tx, user, id).await?;
    if account.archived_at.is_some() { Err(TradingError::Archived) } else { Ok(account) }
}

/// What the record tells of an account.
fn told(account: &VenueAccount) -> Value {
    let archived = account.archived_at.map(|time: Time| time.to_string());
    json!({
        "venue": account.venue, "kind": account.kind.as_str(), "archived_at": archived,
        "has_credentials": account.key_beginning.is_some(),
    })
}
