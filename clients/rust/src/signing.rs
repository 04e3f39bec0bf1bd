//! Keys by which programs made for Binance trade on paper accounts.

use std::fmt;

use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;
use uuid::Uuid;

use crate::Result;
use crate::client::{Call, Client};

/// A key by which a program made for Binance trades on a paper account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct SigningKey {
    /// Number.
    pub id: Uuid,
    /// The account that it is for.
    pub account: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// The first characters of its `api_key`.
    pub beginning: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// From where.
    pub last_used_ip: Option<String>,
}

/// One that was just made. Both texts are told this once.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct MadeSigningKey {
    /// What is told of it from now on.
    #[serde(flatten)]
    pub key: SigningKey,
    /// The key, as clients of Binance call it.
    pub api_key: String,
    /// What they sign with.
    pub secret: String,
}

impl fmt::Debug for MadeSigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeSigningKey").field("key", &self.key).finish_non_exhaustive()
    }
}

#[derive(Deserialize)]
struct Keys {
    keys: Vec<SigningKey>,
}

impl Client {
    /// The keys that sign of an account, the oldest first.
    ///
    /// # Errors
    /// `unknown_account`.
    pub async fn signing_keys(&self, account: Uuid) -> Result<Vec<SigningKey>> {
        Ok(self.get::<Keys>(path(account)).await?.keys)
    }

    /// Makes one. Only somebody who is logged in does: the client's key is the secret of their session.
    ///
    /// # Errors
    /// `unauthorized`, `unknown_account`, `account_archived`, `invalid_key`, `too_many`.
    pub async fn create_signing_key(&self, account: Uuid, name: &str) -> Result<MadeSigningKey> {
        let body = json!({ "name": name });
        self.ask(Call::new(Method::POST, path(account)).json(&body)?).await
    }

    /// Ends one.
    ///
    /// # Errors
    /// `unknown_account`, `unknown_key`.
    pub async fn revoke_signing_key(&self, account: Uuid, key: Uuid) -> Result<()> {
        let path = format!("{}/{key}", path(account));
        self.send(&Call::new(Method::DELETE, path)).await.map(drop)
    }
}

fn path(account: Uuid) -> String {
    format!("/v1/trading/accounts/{account}/signing-keys")
}
