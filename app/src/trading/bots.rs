//! Bots: what their owners say of them and want them to do.

use adapters::trading::states::BotState;
use domain::trading::{
    BotCommand, BotKind, BotStatus, ConfigSchema, TradingRule, check_description, check_json,
    check_kinds, check_name, check_silent_after,
};
use serde_json::{Value, json};
use store::Tx;
use store::auth::users;
use store::trading::bots::{self, Bot, BotQuery, BotTerms};
use uuid::Uuid;

use super::{Thing, Trading, TradingError, accounts, note, room, strategies, taken};
use crate::auth::Actor;

/// A bot to be made.
#[derive(Debug, Clone)]
pub struct NewBot {
    /// Where it is to trade.
    pub account: Uuid,
    /// Whether in earnest.
    pub kind: BotKind,
    /// What its owner says of it.
    pub terms: BotTerms,
}

/// A change of a bot; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct BotChange {
    /// What its owner calls it.
    pub name: Option<String>,
    /// The version of a strategy that it follows.
    pub strategy_version: Option<Uuid>,
    /// What it goes by.
    pub config: Option<Value>,
    /// What other programs want to keep with it.
    pub extra_metadata: Option<Value>,
    /// What it is about.
    pub description: Option<String>,
    /// After how many seconds without a heartbeat it is silent.
    pub silent_after_s: Option<i32>,
}

impl Trading {
    /// Somebody's bots, the newest first.
    ///
    /// # Errors
    /// The database's.
    pub async fn bots(&self, query: &BotQuery) -> Result<Vec<Bot>, TradingError> {
        Ok(bots::list(&self.0.db, query).await?)
    }

    /// A bot of somebody.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn bot(&self, user: Uuid, id: Uuid) -> Result<Bot, TradingError> {
        bots::read(&self.0.db, user, id).await?.ok_or(TradingError::Unknown(Thing::Bot))
    }

    /// Makes a bot for somebody. It is stopped.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`] of its account or version, [`TradingError::Archived`],
    /// [`TradingError::Taken`], [`TradingError::TooMany`]; the database's.
    pub async fn create_bot(
        &self,
        actor: &Actor,
        user: Uuid,
        wanted: NewBot,
    ) -> Result<Bot, TradingError> {
        check(&wanted.terms)?;
        let now = self.now();
        let new = &Bot {
            id: self.id(now),
            user_id: Some(user),
            account_id: wanted.account,
            kind: wanted.kind,
            terms: wanted.terms,
            status: BotStatus::Stopped,
            started_at: None,
            last_heartbeat: None,
            error_count: 0,
            balance: None,
            total_pnl: None,
            revision: 1,
            created_at: now,
            updated_at: now,
        };
        let entry = &self.entry(actor, "bot.create", new.id);
        let create = |tx: Tx| async move {
            users::hold(&tx, user).await?;
            room(Thing::Bot, bots::count(&tx, user).await?)?;
            let account = accounts::open(&tx, user, new.account_id).await?;
            check_kinds(new.kind, account.kind)?;
            check_config(&tx, user, &new.terms).await?;
            let made = bots::insert(&tx, new).await.map_err(taken(Thing::Bot, &new.terms.name))?;
            note(&tx, entry, None, Some(told(&made))).await?;
            Ok::<_, TradingError>(made)
        };
        self.0.db.run("trading.create_bot", create).await
    }

    /// Changes what is said of a bot of somebody. What changes nothing leaves no trace.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`], [`TradingError::Taken`], [`TradingError::Active`] where it trades
    /// by what is to be changed; the database's.
    pub async fn change_bot(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
        wanted: BotChange,
    ) -> Result<Bot, TradingError> {
        let (wanted, now) = (&wanted, self.now());
        let entry = &self.entry(actor, "bot.change", id);
        let change = |tx: Tx| async move {
            let before = held(&tx, user, id).await?;
            let terms = wanted.clone().applied_to(before.terms.clone());
            let changed = differences(&before.terms, &terms);
            if changed.is_empty() {
                return Ok(before);
            }
            check(&terms)?;
            let trades_by = ["strategy_version", "config", "silent_after_s"];
            if before.status.is_active() && changed.iter().any(|field| trades_by.contains(field)) {
                return Err(TradingError::Active(before.status));
            }
            check_config(&tx, user, &terms).await?;
            let after = bots::change(&tx, id, &terms, now).await;
            let after = after.map_err(taken(Thing::Bot, &terms.name))?;
            let changed =
                json!({ "changed": changed, "strategy_version": terms.strategy_version_id });
            note(&tx, entry, None, Some(changed)).await?;
            Ok(after)
        };
        let bot = self.0.db.run("trading.change_bot", change).await?;
        self.at_hand(&bot).await;
        Ok(bot)
    }

    /// Has a bot of somebody start, stop or wait. What is so already stays so, without a trace.
    ///
    /// # Errors
    /// [`TradingError::Unknown`], [`TradingError::Stopped`] where it can't wait, [`TradingError::Archived`]; the
    /// database's.
    pub async fn command_bot(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
        command: BotCommand,
    ) -> Result<Bot, TradingError> {
        let (entry, now) = (&self.entry(actor, &format!("bot.{command}"), id), self.now());
        let act = |tx: Tx| async move {
            // Accounts are held before bots, as whoever archives one does.
            let account = bots::account_of(&tx, user, id).await?;
            let account = account.ok_or(TradingError::Unknown(Thing::Bot))?;
            if command == BotCommand::Start {
                accounts::open(&tx, user, account).await?;
            }
            let before = held(&tx, user, id).await?;
            let status = before.status.after(command).ok_or(TradingError::Stopped)?;
            if status == before.status {
                return Ok(before);
            }
            let after = bots::set_status(&tx, id, status, now).await?;
            let is = |status: BotStatus| Some(json!({ "status": status.as_str() }));
            note(&tx, entry, is(before.status), is(status)).await?;
            Ok::<_, TradingError>(after)
        };
        let bot = self.0.db.run("trading.command_bot", act).await?;
        self.at_hand(&bot).await;
        Ok(bot)
    }

    /// Deletes a bot of somebody, of which the ledger has nothing.
    ///
    /// # Errors
    /// [`TradingError::Unknown`], [`TradingError::Active`], [`TradingError::HasOrders`]; the database's.
    pub async fn delete_bot(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
    ) -> Result<(), TradingError> {
        let entry = &self.entry(actor, "bot.delete", id);
        let delete = |tx: Tx| async move {
            let bot = held(&tx, user, id).await?;
            if bot.status.is_active() {
                return Err(TradingError::Active(bot.status));
            }
            note(&tx, entry, Some(told(&bot)), None).await?;
            if bots::delete(&tx, id).await? { Ok(bot) } else { Err(TradingError::HasOrders) }
        };
        let gone = self.0.db.run("trading.delete_bot", delete).await?;
        self.forget(id, gone.revision + 1).await;
        Ok(())
    }

    /// Has what a bot is doing at hand. Where that can't be, whoever asks reads the database.
    pub(super) async fn at_hand(&self, bot: &Bot) {
        let kept = self.0.states.keep(bot.id, bot.revision, &state(bot)).await;
        if let Err(error) = kept {
            tracing::debug!(%error, "a bot's state can't be kept at hand");
        }
    }
}

impl BotChange {
    fn applied_to(self, old: BotTerms) -> BotTerms {
        BotTerms {
            name: self.name.unwrap_or(old.name),
            strategy_version_id: self.strategy_version.or(old.strategy_version_id),
            config: self.config.unwrap_or(old.config),
            extra_metadata: self.extra_metadata.unwrap_or(old.extra_metadata),
            description: self.description.or(old.description),
            silent_after_s: self.silent_after_s.unwrap_or(old.silent_after_s),
        }
    }
}

/// A bot of somebody, which nobody else changes until the transaction ends.
pub(super) async fn held(tx: &Tx, user: Uuid, id: Uuid) -> Result<Bot, TradingError> {
    bots::hold(tx, user, id).await?.ok_or(TradingError::Unknown(Thing::Bot))
}

/// What is told of what a bot is doing.
#[must_use]
pub fn state(bot: &Bot) -> BotState {
    BotState {
        user_id: bot.user_id,
        status: bot.status.as_str().to_owned(),
        started_at: bot.started_at.map(|time| time.to_string()),
        last_heartbeat: bot.last_heartbeat.map(|time| time.to_string()),
        error_count: bot.error_count,
        balance: bot.balance.map(|amount| amount.to_string()),
        total_pnl: bot.total_pnl.map(|amount| amount.to_string()),
    }
}

fn check(terms: &BotTerms) -> Result<(), TradingRule> {
    check_name(&terms.name)?;
    check_description("description", terms.description.as_deref())?;
    check_json("config", &terms.config)?;
    check_json("extra_metadata", &terms.extra_metadata)?;
    check_silent_after(terms.silent_after_s)
}

/// That the configuration is as the version wants it that the bot follows.
async fn check_config(tx: &Tx, user: Uuid, terms: &BotTerms) -> Result<(), TradingError> {
    let Some(id) = terms.strategy_version_id else { return Ok(()) };
    match strategies::version(tx, user, id).await?.terms.config_schema {
        Some(schema) => Ok(ConfigSchema::parse(&schema)?.check(&terms.config)?),
        None => Ok(()),
    }
}

/// The fields in which they differ.
fn differences(old: &BotTerms, new: &BotTerms) -> Vec<&'static str> {
    [
        ("name", old.name != new.name),
        ("strategy_version", old.strategy_version_id != new.strategy_version_id),
        ("config", old.config != new.config),
        ("extra_metadata", old.extra_metadata != new.extra_metadata),
        ("description", old.description != new.description),
        ("silent_after_s", old.silent_after_s != new.silent_after_s),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}

/// What the record tells of a bot.
fn told(bot: &Bot) -> Value {
    json!({
        "account": bot.account_id, "type": bot.kind.as_str(), "status": bot.status.as_str(),
        "strategy_version": bot.terms.strategy_version_id, "silent_after_s": bot.terms.silent_after_s,
    })
}
