//! What bots tell of themselves, and what they are doing, at hand for whoever watches them.

use std::sync::atomic::Ordering;

use adapters::trading::states::BotState;
use domain::trading::check_message;
use domain::{Amount, Time};
use serde_json::json;
use store::Tx;
use store::trading::bots::{self, Bot, Heard};
use store::trading::heartbeats::{self, Heartbeat};
use uuid::Uuid;

use super::bots::{held, state};
use super::{Thing, Trading, TradingError, note};
use crate::auth::Actor;

/// What a bot tells of itself.
#[derive(Debug, Clone, Default)]
pub struct NewHeartbeat {
    /// In its own words.
    pub message: Option<String>,
    /// What went wrong, where something did.
    pub error: Option<String>,
    /// What it has.
    pub balance: Option<Amount>,
    /// What it has won.
    pub total_pnl: Option<Amount>,
}

impl Trading {
    /// Notes that a bot of somebody was heard of; one that was silent runs again. The record has a line where its status
    /// changes.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`]; the database's.
    pub async fn heartbeat(
        &self,
        actor: &Actor,
        user: Uuid,
        id: Uuid,
        told: NewHeartbeat,
    ) -> Result<Bot, TradingError> {
        check_message("message", told.message.as_deref())?;
        check_message("error", told.error.as_deref())?;
        let at = self.now();
        let is_error = told.error.is_some();
        let heartbeat =
            &Heartbeat { at, message: told.message, error: told.error, balance: told.balance };
        let hear = |tx: Tx| async move {
            let before = held(&tx, user, id).await?;
            let status = before.status.heard(is_error);
            let (balance, total_pnl) = (told.balance, told.total_pnl);
            let heard = Heard { at, status, is_error, balance, total_pnl };
            let after = bots::heard(&tx, id, &heard).await?;
            heartbeats::insert(&tx, id, heartbeat).await?;
            if status != before.status {
                let entry = self.entry(actor, &format!("bot.{status}"), id);
                let was = json!({ "status": before.status.as_str() });
                note(&tx, &entry, Some(was), Some(json!({ "status": status.as_str() }))).await?;
            }
            Ok::<_, TradingError>(after)
        };
        let bot = self.0.db.run("trading.heartbeat", hear).await?;
        self.at_hand(&bot).await;
        Ok(bot)
    }

    /// What a bot of somebody told before a time, the newest first; `limit` at most.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn heartbeats(
        &self,
        user: Uuid,
        id: Uuid,
        before: Time,
        limit: i64,
    ) -> Result<Vec<Heartbeat>, TradingError> {
        let found = heartbeats::list(&self.0.db, user, id, before, limit).await?;
        if found.is_empty() {
            self.bot(user, id).await?;
        }
        Ok(found)
    }

    /// What a bot of somebody is doing: what is at hand of it, or else what the database has.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn bot_state(&self, user: Uuid, id: Uuid) -> Result<BotState, TradingError> {
        let outcome = match self.0.hears.load(Ordering::SeqCst) {
            true => match self.0.states.get(id).await {
                Ok(Some(state)) if state.user_id == Some(user) => {
                    counted("at_hand");
                    return Ok(state);
                }
                Ok(Some(_)) => return Err(TradingError::Unknown(Thing::Bot)),
                Ok(None) => "read",
                Err(error) => {
                    tracing::debug!(%error, "a bot's state is read from the database");
                    "unreachable"
                }
            },
            false => "deaf",
        };
        counted(outcome);
        let bot = self.bot(user, id).await?;
        self.at_hand(&bot).await;
        Ok(state(&bot))
    }

    /// What is at hand of a bot from before that revision is over.
    pub(super) async fn forget(&self, bot: Uuid, revision: i64) {
        if let Err(error) = self.0.states.forget(bot, revision).await {
            tracing::debug!(%error, "what is at hand of a bot may be over");
        }
    }
}

fn counted(outcome: &'static str) {
    metrics::counter!("chandlery_bot_states_total", "outcome" => outcome).increment(1);
}
