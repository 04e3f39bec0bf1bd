//! Strategies, their versions, and the accounts that they are for.

use domain::trading::{ConfigSchema, TradingRule, check_description, check_json, check_name};
use serde_json::json;
use store::auth::users;
use store::trading::strategies::{self, Strategy};
use store::trading::templates;
use store::trading::versions::{self, Version, VersionTerms};
use store::{StoreError, Tx};
use uuid::Uuid;

use super::{Thing, Trading, TradingError, accounts, note, room, taken};
use crate::auth::Actor;

/// A strategy to be made.
#[derive(Debug, Clone)]
pub struct NewStrategy {
    /// What its owner calls it.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// The template that its first version is made of.
    pub template: Option<Uuid>,
}

/// Checks what a version says, or a template for one.
pub(super) fn check_version(terms: &VersionTerms) -> Result<(), TradingRule> {
    if let Some(schema) = &terms.config_schema {
        ConfigSchema::parse(schema)?;
    }
    check_json("parameters", &terms.parameters)?;
    check_description("notes", terms.notes.as_deref())
}

impl Trading {
    /// Somebody's strategies, the oldest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn strategies(&self, user: Uuid) -> Result<Vec<Strategy>, TradingError> {
        Ok(strategies::list(&self.0.db, user).await?)
    }

    /// A strategy of somebody.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn strategy(&self, user: Uuid, id: Uuid) -> Result<Strategy, TradingError> {
        strategies::read(&self.0.db, user, id).await?.ok_or(TradingError::Unknown(Thing::Strategy))
    }

    /// Makes a strategy for somebody, with a first version where it is made of a template.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`] of the template, [`TradingError::Taken`],
    /// [`TradingError::TooMany`]; the database's.
    pub async fn create_strategy(
        &self,
        actor: &Actor,
        user: Uuid,
        wanted: NewStrategy,
    ) -> Result<Strategy, TradingError> {
        check_name(&wanted.name)?;
        check_description("description", wanted.description.as_deref())?;
        let now = self.now();
        let (id, version_id, wanted) = (self.id(now), self.id(now), &wanted);
        let entry = &self.entry(actor, "strategy.create", id);
        let create = |tx: Tx| async move {
            users::hold(&tx, user).await?;
            room(Thing::Strategy, strategies::count(&tx, user).await?)?;
            let (name, about) = (wanted.name.as_str(), wanted.description.as_deref());
            let mut made = strategies::insert(&tx, user, id, name, about, now)
                .await
                .map_err(taken(Thing::Strategy, name))?;
            if let Some(template) = wanted.template {
                let found = templates::find(&tx, user, template).await?;
                let found = found.ok_or(TradingError::Unknown(Thing::Template))?;
                let part = |name: &str| found.template_data.get(name).cloned();
                let terms = VersionTerms {
                    config_schema: part("config_schema"),
                    parameters: part("parameters").unwrap_or_else(|| json!({})),
                    notes: None,
                };
                let first = versions::insert(&tx, id, version_id, &terms, now).await?;
                made.latest = Some(first.version);
            }
            note(&tx, entry, None, Some(json!({ "template": wanted.template }))).await?;
            Ok(made)
        };
        self.0.db.run("trading.create_strategy", create).await
    }

    /// Deletes a strategy of somebody with its versions. Bots of it go on with the configuration that they have.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn delete_strategy(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
    ) -> Result<(), TradingError> {
        let entry = &self.entry(actor, "strategy.delete", id);
        let delete = |tx: Tx| async move {
            let gone = strategies::delete(&tx, user, id).await?;
            if gone {
                note(&tx, entry, None, None).await?;
            }
            Ok::<_, StoreError>(gone)
        };
        let gone = self.0.db.run("trading.delete_strategy", delete).await?;
        if gone { Ok(()) } else { Err(TradingError::Unknown(Thing::Strategy)) }
    }

    /// Versions of somebody's strategy, the newest first.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn versions(&self, user: Uuid, id: Uuid) -> Result<Vec<Version>, TradingError> {
        let found = versions::list(&self.0.db, user, id, None).await?;
        if found.is_empty() {
            self.strategy(user, id).await?;
        }
        Ok(found)
    }

    /// The version of that number of somebody's strategy.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn version(
        &self,
        user: Uuid,
        id: Uuid,
        version: i32,
    ) -> Result<Version, TradingError> {
        let found = versions::list(&self.0.db, user, id, Some(version)).await?;
        found.into_iter().next().ok_or(TradingError::Unknown(Thing::Version))
    }

    /// Adds a version to a strategy of somebody.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`], [`TradingError::TooMany`]; the database's.
    pub async fn add_version(
        &self,
        actor: &Actor,
        user: Uuid,
        strategy: Uuid,
        wanted: VersionTerms,
    ) -> Result<Version, TradingError> {
        check_version(&wanted)?;
        let now = self.now();
        let (id, wanted) = (self.id(now), &wanted);
        let entry = &self.entry(actor, "strategy.version", strategy);
        let add = |tx: Tx| async move {
            hold(&tx, user, strategy).await?;
            let added = versions::insert(&tx, strategy, id, wanted, now).await?;
            room(Thing::Version, i64::from(added.version) - 1)?;
            note(&tx, entry, None, Some(json!({ "version": added.version }))).await?;
            Ok(added)
        };
        self.0.db.run("trading.add_version", add).await
    }

    /// Says whether a strategy of somebody is for an account of theirs. Saying it again changes nothing.
    ///
    /// # Errors
    /// [`TradingError::Unknown`], [`TradingError::Archived`]; the database's.
    pub async fn link(
        &self,
        actor: &Actor,
        user: Uuid,
        strategy: Uuid,
        account: Uuid,
        wanted: bool,
    ) -> Result<Strategy, TradingError> {
        let action = if wanted { "strategy.link" } else { "strategy.unlink" };
        let (entry, now) = (&self.entry(actor, action, strategy), self.now());
        let link = |tx: Tx| async move {
            hold(&tx, user, strategy).await?;
            let changed = if wanted {
                accounts::open(&tx, user, account).await?;
                strategies::link(&tx, strategy, account, now).await?
            } else {
                strategies::unlink(&tx, strategy, account).await?
            };
            if changed {
                note(&tx, entry, None, Some(json!({ "account": account }))).await?;
            }
            let now_is = strategies::find(&tx, user, strategy).await?;
            now_is.ok_or(TradingError::Unknown(Thing::Strategy))
        };
        self.0.db.run("trading.link", link).await
    }
}

/// Has nobody else change a strategy of somebody until the transaction ends.
async fn hold(tx: &Tx, user: Uuid, id: Uuid) -> Result<(), TradingError> {
    let is_there = strategies::hold(tx, user, id).await?;
    if is_there { Ok(()) } else { Err(TradingError::Unknown(Thing::Strategy)) }
}

/// A version of whichever strategy of somebody, by its own number.
pub(super) async fn version(tx: &Tx, user: Uuid, id: Uuid) -> Result<Version, TradingError> {
    versions::find(tx, user, id).await?.ok_or(TradingError::Unknown(Thing::Version))
}
