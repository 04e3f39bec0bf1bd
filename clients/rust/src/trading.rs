//! Venue accounts and strategies.

use std::fmt;

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::Result;
use crate::client::{Call, Client};
use crate::model::names;

const ACCOUNTS: &str = "/v1/trading/accounts";
const STRATEGIES: &str = "/v1/trading/strategies";

names! {
    /// Who fills an account's orders.
    AccountKind:
    /// Chandlery, from ticks.
    Paper = "paper",
    /// The venue.
    External = "external",
}

/// An account at a venue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Account {
    /// Number.
    pub id: Uuid,
    /// The venue.
    pub venue: String,
    /// What its owner calls it.
    pub name: String,
    /// Who fills its orders.
    pub kind: AccountKind,
    /// Whether credentials are kept.
    pub has_credentials: bool,
    /// The first letters of the venue's key, where one is kept.
    pub key_beginning: Option<String>,
    /// When it was archived.
    pub archived_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A change of an account; what is none stays.
#[derive(Debug, Clone, Default, Serialize)]
pub struct AccountChange {
    /// What its owner calls it.
    pub name: Option<String>,
    /// What opens it from now on.
    pub credentials: Option<Credentials>,
}

/// What opens an account at its venue. It is never told again.
#[derive(Clone, Serialize)]
pub struct Credentials {
    /// The venue's key.
    pub key: String,
    /// Its secret.
    pub secret: String,
    /// Where the venue has one.
    pub passphrase: Option<String>,
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Credentials { .. }")
    }
}

/// A strategy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Strategy {
    /// Number.
    pub id: Uuid,
    /// Its name.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// The accounts that it is for.
    pub accounts: Vec<Uuid>,
    /// Its newest version.
    pub latest_version: Option<i32>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// A version of a strategy that is to be added, or made of a template.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct NewVersion {
    /// The JSON Schema that configurations of its bots keep to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config_schema: Option<Value>,
    /// What its bots begin with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameters: Option<Value>,
    /// What is new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// A version of a strategy.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct StrategyVersion {
    /// Its own number, by which bots follow it.
    pub id: Uuid,
    /// Counted from 1.
    pub version: i32,
    /// The JSON Schema that configurations of its bots keep to.
    pub config_schema: Option<Value>,
    /// What its bots begin with.
    pub parameters: Value,
    /// What is new.
    pub notes: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
}

#[derive(Deserialize)]
struct Accounts {
    accounts: Vec<Account>,
}

#[derive(Deserialize)]
struct Strategies {
    strategies: Vec<Strategy>,
}

#[derive(Deserialize)]
struct Versions {
    versions: Vec<StrategyVersion>,
}

impl Client {
    /// One's accounts at venues.
    ///
    /// # Errors
    /// Whatever a call may fail with; so of all below.
    pub async fn accounts(&self) -> Result<Vec<Account>> {
        Ok(self.get::<Accounts>(ACCOUNTS.to_owned()).await?.accounts)
    }

    /// The accounts of a person, for administrators: the client's key is the secret of their session.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn accounts_of(&self, user: Uuid) -> Result<Vec<Account>> {
        let query = vec![("user".to_owned(), user.to_string())];
        Ok(self.query::<Accounts>(ACCOUNTS, query).await?.accounts)
    }

    /// One of one's accounts.
    ///
    /// # Errors
    /// `unknown_account`.
    pub async fn account(&self, id: Uuid) -> Result<Account> {
        self.get(format!("{ACCOUNTS}/{id}")).await
    }

    /// Adds an account. Its name is one's own, once: after an answer that was lost, a second try is `name_taken`.
    ///
    /// # Errors
    /// `name_taken`, `invalid_account`.
    pub async fn create_account(
        &self,
        venue: &str,
        name: &str,
        kind: AccountKind,
        credentials: Option<Credentials>,
    ) -> Result<Account> {
        let body =
            json!({ "venue": venue, "name": name, "kind": kind, "credentials": credentials });
        self.ask(Call::new(Method::POST, ACCOUNTS.to_owned()).json(&body)?).await
    }

    /// Gives an account another name or other credentials.
    ///
    /// # Errors
    /// `name_taken`, `invalid_account`, `account_archived`.
    pub async fn change_account(&self, id: Uuid, change: &AccountChange) -> Result<Account> {
        let call = Call::new(Method::PATCH, format!("{ACCOUNTS}/{id}")).json(change)?;
        self.ask(call.harmless()).await
    }

    /// Has nothing more be done on an account; its books stay.
    ///
    /// # Errors
    /// `account_in_use`.
    pub async fn archive_account(&self, id: Uuid) -> Result<Account> {
        let path = format!("{ACCOUNTS}/{id}/archive");
        self.ask(Call::new(Method::POST, path).harmless()).await
    }

    /// One's strategies.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn strategies(&self) -> Result<Vec<Strategy>> {
        Ok(self.get::<Strategies>(STRATEGIES.to_owned()).await?.strategies)
    }

    /// One of them.
    ///
    /// # Errors
    /// `unknown_strategy`.
    pub async fn strategy(&self, id: Uuid) -> Result<Strategy> {
        self.get(format!("{STRATEGIES}/{id}")).await
    }

    /// Makes a strategy.
    ///
    /// # Errors
    /// `name_taken`, `invalid_strategy`.
    pub async fn create_strategy(&self, name: &str, description: Option<&str>) -> Result<Strategy> {
        let body = json!({ "name": name, "description": description });
        self.ask(Call::new(Method::POST, STRATEGIES.to_owned()).json(&body)?).await
    }

    /// Makes a strategy of a template, which its first version is made of.
    ///
    /// # Errors
    /// `name_taken`, `invalid_strategy`, `unknown_template`.
    pub async fn create_strategy_of(
        &self,
        template: Uuid,
        name: &str,
        description: Option<&str>,
    ) -> Result<Strategy> {
        let body = json!({ "name": name, "description": description, "template": template });
        self.ask(Call::new(Method::POST, STRATEGIES.to_owned()).json(&body)?).await
    }

    /// Deletes a strategy with its versions; its bots go on.
    ///
    /// # Errors
    /// `unknown_strategy`.
    pub async fn delete_strategy(&self, id: Uuid) -> Result<()> {
        self.send(&Call::new(Method::DELETE, format!("{STRATEGIES}/{id}"))).await.map(drop)
    }

    /// Adds a version to a strategy.
    ///
    /// # Errors
    /// `invalid_schema`.
    pub async fn add_version(&self, strategy: Uuid, new: &NewVersion) -> Result<StrategyVersion> {
        let path = format!("{STRATEGIES}/{strategy}/versions");
        self.ask(Call::new(Method::POST, path).json(new)?).await
    }

    /// The versions of a strategy.
    ///
    /// # Errors
    /// `unknown_strategy`.
    pub async fn versions(&self, strategy: Uuid) -> Result<Vec<StrategyVersion>> {
        Ok(self.get::<Versions>(format!("{STRATEGIES}/{strategy}/versions")).await?.versions)
    }

    /// A version of a strategy, by its number among them.
    ///
    /// # Errors
    /// `unknown_strategy`, `unknown_version`.
    pub async fn version(&self, strategy: Uuid, number: i32) -> Result<StrategyVersion> {
        self.get(format!("{STRATEGIES}/{strategy}/versions/{number}")).await
    }

    /// Says that a strategy is for an account.
    ///
    /// # Errors
    /// `unknown_strategy`, `unknown_account`.
    pub async fn link_account(&self, strategy: Uuid, account: Uuid) -> Result<Strategy> {
        self.ask(Call::new(Method::PUT, link(strategy, account))).await
    }

    /// Says that it is not.
    ///
    /// # Errors
    /// `unknown_strategy`, `unknown_account`.
    pub async fn unlink_account(&self, strategy: Uuid, account: Uuid) -> Result<Strategy> {
        self.ask(Call::new(Method::DELETE, link(strategy, account)).harmless()).await
    }
}

fn link(strategy: Uuid, account: Uuid) -> String {
    format!("{STRATEGIES}/{strategy}/accounts/{account}")
}
