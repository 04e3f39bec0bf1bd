//! Keys of programs that sign their requests, as those made for Binance do: each for one paper account of its owner.

use std::net::IpAddr;
use std::time::Duration;

use domain::auth::{Scope, Secret, SecretKind};
use domain::trading::paper::PaperSettings;
use domain::trading::{AccountKind, TradingRule, check_name};
use serde_json::{Value, json};
use store::Tx;
use store::auth::fields::Field;
use store::auth::users;
use store::trading::paper_settings;
use store::trading::signing::{self, NewSigningKey, SigningKey};
use uuid::Uuid;

use super::accounts::open;
use super::{Thing, Trading, TradingError, note, room};
use crate::auth::Actor;

/// What such a key may, as far as its owner may.
const SCOPES: [Scope; 3] = [Scope::MarketRead, Scope::OrdersRead, Scope::OrdersWrite];
/// Its use is noted once in so long.
const NOTED: Duration = Duration::from_secs(60);

/// A key that was just made: both texts are for its owner, and are never told again.
#[derive(Debug)]
pub struct MadeSigningKey {
    /// Shown with each request.
    pub key: Secret,
    /// What requests are signed with.
    pub secret: Secret,
    /// The rest.
    pub made: SigningKey,
}

/// A program whose key is known. Whether it is the program, the signature tells.
#[derive(Debug, Clone)]
pub struct KnownSigner {
    /// Which key.
    pub key: Uuid,
    /// Whose it is.
    pub user: Uuid,
    /// The account that it is for.
    pub account: Uuid,
    /// That account's venue.
    pub venue: String,
    /// What it may: as far as its owner may now.
    pub scopes: Vec<Scope>,
    /// What requests are signed with.
    pub secret: Secret,
}

impl Trading {
    /// Makes a key for a paper account of somebody.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`], [`TradingError::Archived`], [`TradingError::TooMany`]; those
    /// of the keys and the database.
    pub async fn create_signing_key(
        &self,
        actor: &Actor,
        user: Uuid,
        account: Uuid,
        name: String,
    ) -> Result<MadeSigningKey, TradingError> {
        check_name(&name)?;
        let now = self.now();
        let id = self.id(now);
        let key = Secret::new(SecretKind::RequestKey, self.0.random.bytes());
        let bits: [u8; 32] = self.0.random.bytes();
        let secret = Secret::new(SecretKind::RequestSecret, bits);
        let new = &NewSigningKey {
            id,
            user_id: user,
            account_id: account,
            name,
            beginning: key.beginning().to_owned(),
            hash: key.hash(),
            sealed: self.0.accounts.seal(Field::RequestKey, id, &bits)?,
        };
        let entry = &self.entry(actor, "signing_key.create", account);
        let create = |tx: Tx| async move {
            users::hold(&tx, user).await?;
            if open(&tx, user, account).await?.kind != AccountKind::Paper {
                return Err(TradingRule::SigningOnExternal.into());
            }
            room(Thing::SigningKey, signing::count(&tx, user).await?)?;
            let made = signing::insert(&tx, new, now).await?;
            note(&tx, entry, None, Some(told(&made))).await?;
            Ok::<_, TradingError>(made)
        };
        let made = self.0.db.run("trading.create_signing_key", create).await?;
        Ok(MadeSigningKey { key, secret, made })
    }

    /// The keys of somebody's account, the oldest first.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn signing_keys(
        &self,
        user: Uuid,
        account: Uuid,
    ) -> Result<Vec<SigningKey>, TradingError> {
        self.account(user, account).await?;
        Ok(signing::list(&self.0.db, user, account).await?)
    }

    /// Ends a key of somebody's account.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn revoke_signing_key(
        &self,
        actor: &Actor,
        user: Uuid,
        account: Uuid,
        id: Uuid,
    ) -> Result<(), TradingError> {
        let entry = &self.entry(actor, "signing_key.revoke", account);
        let revoke = |tx: Tx| async move {
            let gone = signing::delete(&tx, (user, account, id)).await?;
            let gone = gone.ok_or(TradingError::Unknown(Thing::SigningKey))?;
            Ok::<_, TradingError>(note(&tx, entry, Some(told(&gone)), None).await?)
        };
        self.0.db.run("trading.revoke_signing_key", revoke).await
    }

    /// Under which settings a signer's orders come to the paper venue.
    ///
    /// # Errors
    /// The database's.
    pub async fn signers_settings(
        &self,
        signer: &KnownSigner,
    ) -> Result<PaperSettings, TradingError> {
        Ok(paper_settings::read(&self.0.db, signer.account).await?)
    }

    /// Whose key this is, shown from that address. It is looked up each time, so that its end holds at once.
    ///
    /// # Errors
    /// Those of the keys and the database.
    pub async fn known_signer(
        &self,
        key: &Secret,
        ip: Option<IpAddr>,
    ) -> Result<Option<KnownSigner>, TradingError> {
        let Some(found) = signing::find(&self.0.db, key.hash()).await? else { return Ok(None) };
        let now = self.now();
        if found.last_used_at.is_none_or(|last| last.plus(NOTED) <= now) {
            signing::touch(&self.0.db, found.key, now, ip).await?;
        }
        let bits = self.0.accounts.open(Field::RequestKey, found.key, &found.sealed)?;
        Ok(Some(KnownSigner {
            key: found.key,
            user: found.user_id,
            account: found.account_id,
            venue: found.venue,
            scopes: SCOPES.into_iter().filter(|scope| found.role.allows(*scope)).collect(),
            secret: Secret::new(SecretKind::RequestSecret, bits),
        }))
    }
}

/// What the record tells of a key.
fn told(key: &SigningKey) -> Value {
    json!({ "key": key.id, "beginning": key.beginning })
}
