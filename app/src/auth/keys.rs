//! Keys of programs: made by their owner, shown once, asked for on every request.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::Time;
use domain::auth::{ApiKeyError, Network, Scope, Secret, SecretKind, check_key};
use serde_json::json;
use store::StoreError;
use store::auth::audit;
use store::auth::keys::{self, Key};
use store::auth::users::User;
use uuid::Uuid;

use super::sessions::NOTED;
use super::{AccountError, Accounts, Actor, about, change};

/// A person may have so many keys.
const MOST: i64 = 100;

/// What a key is to be.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// What its owner calls it.
    pub name: String,
    /// What it may.
    pub scopes: Vec<Scope>,
    /// Where it may come from; none is everywhere.
    pub networks: Vec<Network>,
    /// When it ends, if ever.
    pub expires_at: Option<Time>,
}

/// A program whose key was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownKey {
    /// Whose it is.
    pub user: User,
    /// Which.
    pub key: Key,
    /// What it may: its scopes, as far as its owner has them now.
    pub scopes: Vec<Scope>,
}

/// What is remembered of a key for a moment, one that nobody has included.
pub(super) type HeldKey = Option<Arc<KnownKey>>;

impl Accounts {
    /// Makes a key for somebody. The secret is for its owner; it is never shown again.
    ///
    /// # Errors
    /// [`AccountError::ApiKey`], [`AccountError::TooManyKeys`]; the database's.
    pub async fn create_key(
        &self,
        actor: &Actor,
        user: &User,
        new: NewKey,
    ) -> Result<(Secret, Key), AccountError> {
        check_key(user.role, &new.name, &new.scopes, new.networks.len())?;
        let now = self.now();
        if new.expires_at.is_some_and(|end| end <= now) {
            return Err(ApiKeyError::Over.into());
        }
        let secret = Secret::new(SecretKind::Key, self.0.random.bytes());
        let key = Key {
            id: self.0.random.id(now),
            name: new.name,
            beginning: secret.beginning().to_owned(),
            scopes: new.scopes,
            networks: new.networks,
            created_at: now,
            expires_at: new.expires_at,
            last_used_at: None,
            last_used_ip: None,
        };
        let entry = change(about(self.entry(actor, "key.create"), user.id), None, Some(told(&key)));
        let (key, entry, hash, owner) = (&key, &entry, secret.hash(), user.id);
        let create = |tx| async move {
            let added = keys::insert(&tx, owner, hash, key, MOST).await?;
            if added {
                audit::write(&tx, entry).await?;
            }
            Ok::<_, StoreError>(added)
        };
        match self.0.db.run("auth.create_key", create).await? {
            true => Ok((secret, key.clone())),
            false => Err(AccountError::TooManyKeys(MOST)),
        }
    }

    /// Somebody's keys, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn keys(&self, user: Uuid) -> Result<Vec<Key>, AccountError> {
        Ok(keys::list(&self.0.db, user).await?)
    }

    /// Ends a key of somebody.
    ///
    /// # Errors
    /// [`AccountError::UnknownKey`]; the database's.
    pub async fn revoke_key(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
    ) -> Result<(), AccountError> {
        let entry = &about(self.entry(actor, "key.revoke"), user);
        let revoke = |tx| async move {
            let gone = keys::delete(&tx, user, id).await?;
            if let Some(key) = &gone {
                audit::write(&tx, &change(entry.clone(), Some(told(key)), None)).await?;
            }
            Ok::<_, StoreError>(gone.is_some())
        };
        let revoked = self.0.db.run("auth.revoke_key", revoke).await?;
        self.forget(Some(user));
        if revoked { Ok(()) } else { Err(AccountError::UnknownKey) }
    }

    /// Whose key this is, shown from that address; nobody's, where it is over or may not come from there.
    ///
    /// # Errors
    /// The database's.
    pub async fn known_key(
        &self,
        secret: &Secret,
        ip: Option<IpAddr>,
    ) -> Result<HeldKey, AccountError> {
        let (hash, now) = (secret.hash(), self.now());
        let may = |known: &Arc<KnownKey>| {
            let from = &known.key.networks;
            let is_there = |ip| from.iter().any(|network| network.contains(ip));
            known.key.expires_at.is_none_or(|end| end > now)
                && (from.is_empty() || ip.is_some_and(is_there))
        };
        if let Some(held) = self.0.held_keys.get(&hash).await {
            return Ok(held.filter(may));
        }
        let epoch = self.0.epoch.load(Ordering::SeqCst);
        let found = keys::find(&self.0.db, hash, now).await?;
        let held = found.map(|(user, key)| {
            let scopes = key.scopes.iter().copied();
            let scopes = scopes.filter(|scope| user.role.allows(*scope) && !scope.is_personal());
            Arc::new(KnownKey { scopes: scopes.collect(), user, key })
        });
        if self.0.epoch.load(Ordering::SeqCst) == epoch {
            self.0.held_keys.insert(hash, held.clone()).await;
        }
        let held = held.filter(may);
        if let Some(known) = &held
            && known.key.last_used_at.is_none_or(|last| last.plus(NOTED) <= now)
        {
            keys::touch(&self.0.db, known.key.id, now, ip).await?;
        }
        Ok(held)
    }
}

/// What the record tells of a key.
fn told(key: &Key) -> serde_json::Value {
    json!({
        "key": key.id, "name": key.name, "beginning": key.beginning,
        "scopes": key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>(),
        "addresses": key.networks.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "expires_at": key.expires_at.map(|time| time.to_string()),
    })
}
