//! Addresses to which other programs send alerts, each of which becomes an order of a bot.
//!
//! An alert is written down before anything is done about it. What comes again under the same id of its own, or without one
//! with the same body within a minute, leads to the same order: that is named by the first of them.

use std::net::IpAddr;
use std::time::Duration;

use domain::Time;
use domain::auth::{Scope, Secret, SecretKind, TokenHash};
use domain::ledger::Terms;
use domain::trading::{Alert, AlertError, AlertTemplate, check_name, without_secret};
use serde_json::{Value, json};
use store::Tx;
use store::trading::bots;
use store::trading::webhooks::{
    self, Entry, NewWebhook, Outcome, Receiver, Webhook, WebhookChange,
};
use uuid::Uuid;

use super::alerts::terms;
use super::{Thing, Trading, TradingError, note};
use crate::auth::Actor;
use crate::ledger::{Ledger, LedgerError, NewOrder};

/// The same body within so long is the same alert.
const AGAIN: Duration = Duration::from_secs(60);
/// So many alerts an address takes in a minute.
const PER_MINUTE: i64 = 60;
/// A bot has so many addresses at most.
const MOST: i64 = 20;
/// What came is kept for so long.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3_600);
const MINUTE: Duration = Duration::from_secs(60);

/// An alert as it came.
#[derive(Debug, Clone)]
pub struct Sent {
    /// The secret of its address, where that had one.
    pub secret: Option<String>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// What it says it is.
    pub content_type: Option<String>,
    /// What sends it, in its own words.
    pub user_agent: Option<String>,
    /// The whole of it.
    pub body: String,
}

/// Why an alert is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum HookError {
    /// No such address, or not its secret: which of them is not told.
    #[error("there is no such webhook, or the secret is another one")]
    Unknown,
    /// It was switched off, or its owner may not trade.
    #[error("the webhook takes no alerts now")]
    Disabled,
    /// Too many at a time.
    #[error("a webhook takes {PER_MINUTE} alerts in a minute")]
    TooMany,
    /// The rest.
    #[error(transparent)]
    Trading(#[from] TradingError),
}

impl From<store::StoreError> for HookError {
    fn from(error: store::StoreError) -> Self {
        Self::Trading(error.into())
    }
}

impl store::AsStoreError for HookError {
    fn as_store(&self) -> Option<&store::StoreError> {
        match self {
            Self::Trading(error) => error.as_store(),
            _ => None,
        }
    }
}

impl Trading {
    /// The addresses of somebody's bot, the oldest first.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn webhooks(&self, user: Uuid, bot: Uuid) -> Result<Vec<Webhook>, TradingError> {
        self.bot(user, bot).await?;
        Ok(webhooks::list(&self.0.db, bot).await?)
    }

    /// Makes an address for somebody's bot; the secret is for its owner, and is never told again.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`], [`TradingError::TooMany`]; the database's.
    pub async fn create_webhook(
        &self,
        actor: &Actor,
        user: Uuid,
        bot: Uuid,
        name: String,
        template: Option<Value>,
    ) -> Result<(Secret, Webhook), TradingError> {
        check_name(&name)?;
        let template = template.as_ref().map(AlertTemplate::read).transpose()?.unwrap_or_default();
        let now = self.now();
        let secret = Secret::new(SecretKind::Webhook, self.0.random.bytes());
        let new = &NewWebhook {
            id: self.id(now),
            bot_id: bot,
            name,
            beginning: secret.beginning().to_owned(),
            hash: secret.hash(),
            template: template.to_json(),
        };
        let entry = &self.entry(actor, "webhook.create", bot);
        let create = |tx: Tx| async move {
            bots::hold(&tx, user, bot).await?.ok_or(TradingError::Unknown(Thing::Bot))?;
            if webhooks::count(&tx, bot).await? >= MOST {
                return Err(TradingError::TooMany(Thing::Webhook, MOST));
            }
            let made = webhooks::insert(&tx, new, now).await?;
            note(&tx, entry, None, Some(json!({ "webhook": made.id }))).await?;
            Ok(made)
        };
        let made = self.0.db.run("trading.create_webhook", create).await?;
        Ok((secret, made))
    }

    /// Changes an address of somebody's bot.
    ///
    /// # Errors
    /// [`TradingError::Rule`], [`TradingError::Unknown`]; the database's.
    pub async fn change_webhook(
        &self,
        actor: &Actor,
        user: Uuid,
        (bot, id): (Uuid, Uuid),
        change: WebhookChange,
    ) -> Result<Webhook, TradingError> {
        if let Some(name) = &change.name {
            check_name(name)?;
        }
        if let Some(template) = &change.template {
            AlertTemplate::read(template)?;
        }
        let now = self.now();
        let (entry, change) = (&self.entry(actor, "webhook.change", bot), &change);
        let work = |tx: Tx| async move {
            bots::hold(&tx, user, bot).await?.ok_or(TradingError::Unknown(Thing::Bot))?;
            let changed = webhooks::change(&tx, (bot, id), change, now).await?;
            let changed = changed.ok_or(TradingError::Unknown(Thing::Webhook))?;
            let after = json!({ "webhook": id, "enabled": changed.enabled });
            note(&tx, entry, None, Some(after)).await?;
            Ok::<_, TradingError>(changed)
        };
        self.0.db.run("trading.change_webhook", work).await
    }

    /// Gives an address another secret; the one before opens nothing from then on.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn rotate_webhook(
        &self,
        actor: &Actor,
        user: Uuid,
        place: (Uuid, Uuid),
    ) -> Result<(Secret, Webhook), TradingError> {
        let secret = Secret::new(SecretKind::Webhook, self.0.random.bytes());
        let new = Some((secret.hash(), secret.beginning().to_owned()));
        let change = WebhookChange { secret: new, ..WebhookChange::default() };
        Ok((secret, self.change_webhook(actor, user, place, change).await?))
    }

    /// Deletes an address of somebody's bot, with what came to it.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn delete_webhook(
        &self,
        actor: &Actor,
        user: Uuid,
        (bot, id): (Uuid, Uuid),
    ) -> Result<(), TradingError> {
        let entry = &self.entry(actor, "webhook.delete", bot);
        let delete = |tx: Tx| async move {
            bots::hold(&tx, user, bot).await?.ok_or(TradingError::Unknown(Thing::Bot))?;
            let gone = webhooks::delete(&tx, bot, id).await?;
            gone.ok_or(TradingError::Unknown(Thing::Webhook))?;
            Ok::<_, TradingError>(note(&tx, entry, Some(json!({ "webhook": id })), None).await?)
        };
        self.0.db.run("trading.delete_webhook", delete).await
    }

    /// What came to an address of somebody's bot, the newest first, before an entry.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn webhook_log(
        &self,
        user: Uuid,
        place: (Uuid, Uuid),
        before: Option<Uuid>,
        limit: i64,
    ) -> Result<Vec<Entry>, TradingError> {
        self.own_receiver(user, place).await?;
        Ok(webhooks::log(&self.0.db, place.1, before, limit).await?)
    }

    /// Tries an alert that came once more, by the template as it is now. An order that it has placed stays the one.
    ///
    /// # Errors
    /// [`TradingError::Unknown`]; the database's.
    pub async fn retry_alert(
        &self,
        ledger: &Ledger,
        user: Uuid,
        place: (Uuid, Uuid),
        entry: Uuid,
    ) -> Result<Entry, TradingError> {
        let receiver = self.own_receiver(user, place).await?;
        let logged = webhooks::logged(&self.0.db, place.1, entry).await?;
        let logged = logged.ok_or(TradingError::Unknown(Thing::Alert))?;
        self.act(ledger, &receiver, &logged).await
    }

    async fn own_receiver(
        &self,
        user: Uuid,
        (bot, id): (Uuid, Uuid),
    ) -> Result<Receiver, TradingError> {
        self.bot(user, bot).await?;
        let found = webhooks::receiver(&self.0.db, id).await?;
        found.filter(|found| found.hook.bot_id == bot).ok_or(TradingError::Unknown(Thing::Webhook))
    }

    /// Takes an alert in: writes it down, and its order.
    ///
    /// # Errors
    /// [`HookError`].
    pub async fn take_alert(
        &self,
        ledger: &Ledger,
        id: Uuid,
        sent: Sent,
    ) -> Result<Entry, HookError> {
        let receiver = webhooks::receiver(&self.0.db, id).await?.ok_or(HookError::Unknown)?;
        let read = Alert::read(&sent.body);
        let inside = read.as_ref().ok().and_then(|(_, secret)| secret.clone());
        let secret = sent.secret.or(inside).ok_or(HookError::Unknown)?;
        // In constant time.
        if blake3::Hash::from_bytes(TokenHash::of(&secret).0) != receiver.hash.0 {
            return Err(HookError::Unknown);
        }
        let trades = receiver.deactivated_at.is_none() && receiver.role.allows(Scope::OrdersWrite);
        if !receiver.hook.enabled || !trades {
            return Err(HookError::Disabled);
        }
        let now = self.now();
        let body = without_secret(&sent.body, &secret);
        let own = read.ok().and_then(|(alert, _)| own_id(&receiver, &alert));
        let since = own.is_none().then(|| back(now, AGAIN));
        let key = own.unwrap_or_else(|| format!("body/{}", blake3::hash(body.as_bytes()).to_hex()));
        let cut = |text: Option<String>, most| text.map(|text| text.chars().take(most).collect());
        let entry_id = self.id(now);
        let entry = &Entry {
            id: entry_id,
            received_at: now,
            ip: sent.ip,
            content_type: cut(sent.content_type, 200),
            user_agent: cut(sent.user_agent, 500),
            body,
            alert_key: key,
            first_id: entry_id,
            outcome: "received".to_owned(),
            code: None,
            reason: None,
            order_id: None,
            order_status: None,
        };
        let write = |tx: Tx| async move {
            if webhooks::hold(&tx, id, back(now, MINUTE)).await? >= PER_MINUTE {
                return Err(HookError::TooMany);
            }
            webhooks::forget(&tx, id, back(now, KEPT)).await?;
            let first = webhooks::first(&tx, id, &entry.alert_key, since).await?;
            let entry = Entry { first_id: first.unwrap_or(entry.id), ..entry.clone() };
            webhooks::add(&tx, id, &entry).await?;
            Ok(entry)
        };
        let entry = self.0.db.run("trading.take_alert", write).await?;
        Ok(self.act(ledger, &receiver, &entry).await?)
    }

    /// Places the order of an alert that is written down, and writes down what came of it.
    async fn act(
        &self,
        ledger: &Ledger,
        receiver: &Receiver,
        entry: &Entry,
    ) -> Result<Entry, TradingError> {
        let refused = |code: &str, reason: String| Outcome {
            outcome: "refused",
            code: Some(code.to_owned()),
            reason: Some(reason.chars().take(1_000).collect()),
            order_id: None,
        };
        let outcome = match order_of(receiver, entry) {
            Err(error) => refused("invalid_alert", error.to_string()),
            Ok(_) if receiver.rests => {
                refused("bot_stopped", "the bot is paused or stopped; start it first".to_owned())
            }
            Ok(terms) => {
                let order = NewOrder { terms, submitted: false, venue_order_id: None };
                match ledger.place(receiver.user_id, order).await {
                    Ok(placed) => Outcome {
                        outcome: if placed.written.is_some() { "placed" } else { "repeated" },
                        code: None,
                        reason: None,
                        order_id: Some(placed.id),
                    },
                    Err(LedgerError::Store(error)) => return Err(error.into()),
                    Err(error) => refused(error.code(), error.to_string()),
                }
            }
        };
        metrics::counter!("chandlery_webhook_alerts_total", "outcome" => outcome.outcome)
            .increment(1);
        let (id, outcome) = (entry.id, &outcome);
        let settle = |tx: Tx| async move { webhooks::settle(&tx, id, outcome).await };
        Ok(self.0.db.run("trading.settle_alert", settle).await?)
    }
}

fn template_of(receiver: &Receiver) -> AlertTemplate {
    // It was checked when it was written.
    AlertTemplate::read(&receiver.hook.template).unwrap_or_default()
}

/// The alert's own id, if its template finds one that can be kept.
fn own_id(receiver: &Receiver, alert: &Alert) -> Option<String> {
    let id = template_of(receiver).id_of(alert)?;
    // However long it is.
    Some(format!("id/{}", blake3::hash(id.as_bytes()).to_hex()))
}

fn order_of(receiver: &Receiver, entry: &Entry) -> Result<Terms, AlertError> {
    let (alert, _) = Alert::read(&entry.body)?;
    let template = template_of(receiver);
    terms(receiver, &template.fill(&alert)?, format!("hook:{}", entry.first_id))
}

fn back(now: Time, by: Duration) -> Time {
    now.plus_micros(-i64::try_from(by.as_micros()).unwrap_or(i64::MAX))
}
