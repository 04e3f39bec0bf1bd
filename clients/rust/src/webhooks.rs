//! Webhooks, whose alerts become orders of a bot, and what came to them.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::client::{Call, Client};
use crate::model::names;
use crate::order::OrderStatus;
use crate::pages::{Page, PageQuery, Pages, pairs};

names! {
    /// What came of an alert.
    AlertOutcome:
    /// Nothing yet.
    Received = "received",
    /// An order.
    Placed = "placed",
    /// Nothing: it had come before.
    Repeated = "repeated",
    /// Nothing: it can't be one.
    Refused = "refused",
}

/// An address whose alerts become orders of a bot.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Webhook {
    /// Number.
    pub id: Uuid,
    /// The bot.
    pub bot: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// Where alerts are sent, at the server.
    pub path: String,
    /// The first characters of its secret.
    pub beginning: String,
    /// What of an alert becomes which field of an order.
    pub template: BTreeMap<String, String>,
    /// Whether it takes alerts.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// One that was just made or given another secret, which is told this once.
#[derive(Clone, PartialEq, Eq, Deserialize)]
pub struct MadeWebhook {
    /// What is told of it from now on.
    #[serde(flatten)]
    pub webhook: Webhook,
    /// What alerts are to have.
    pub secret: String,
}

impl fmt::Debug for MadeWebhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MadeWebhook").field("webhook", &self.webhook).finish_non_exhaustive()
    }
}

/// A webhook that is to be made.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct NewWebhook {
    /// What it is for.
    pub name: String,
    /// What of an alert becomes which field of an order; without it that for TradingView's strategies.
    pub template: Option<BTreeMap<String, String>>,
}

/// A change of a webhook; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct WebhookChange {
    /// What it is for.
    pub name: Option<String>,
    /// What of an alert becomes which field of an order.
    pub template: Option<BTreeMap<String, String>>,
    /// Whether it takes alerts.
    pub enabled: Option<bool>,
}

/// What came to a webhook.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Alert {
    /// Number.
    pub id: Uuid,
    /// The alert that it repeats, or itself.
    pub first: Uuid,
    /// What came of it.
    pub outcome: AlertOutcome,
    /// Why it was refused, as problems have it.
    pub code: Option<String>,
    /// The same in words.
    pub reason: Option<String>,
    /// The order that came of it.
    pub order: Option<Uuid>,
    /// Where that is in its life now.
    pub order_status: Option<OrderStatus>,
    /// The whole of it, without the secret.
    pub body: String,
    /// What it said it was.
    pub content_type: Option<String>,
    /// What sent it, in its own words.
    pub user_agent: Option<String>,
    /// From where.
    pub ip: Option<String>,
    /// When it came.
    pub received_at: Timestamp,
}

#[derive(Deserialize)]
struct Webhooks {
    webhooks: Vec<Webhook>,
}

impl Client {
    /// The webhooks of a bot, the oldest first.
    ///
    /// # Errors
    /// `unknown_bot`; so of all below.
    pub async fn webhooks(&self, bot: Uuid) -> Result<Vec<Webhook>> {
        Ok(self.get::<Webhooks>(all(bot)).await?.webhooks)
    }

    /// Makes one. Only somebody who is logged in does: the client's key is the secret of their session.
    ///
    /// # Errors
    /// `unauthorized`, `invalid_template`, `too_many`.
    pub async fn create_webhook(&self, bot: Uuid, new: &NewWebhook) -> Result<MadeWebhook> {
        self.ask(Call::new(Method::POST, all(bot)).json(new)?).await
    }

    /// Changes one.
    ///
    /// # Errors
    /// `unknown_webhook`, `invalid_template`.
    pub async fn change_webhook(
        &self,
        bot: Uuid,
        webhook: Uuid,
        change: &WebhookChange,
    ) -> Result<Webhook> {
        let call = Call::new(Method::PATCH, one(bot, webhook)).json(change)?;
        self.ask(call.harmless()).await
    }

    /// Gives one another secret; the one before opens nothing from then on. Only somebody who is logged in does.
    ///
    /// # Errors
    /// `unauthorized`, `unknown_webhook`.
    pub async fn rotate_webhook(&self, bot: Uuid, webhook: Uuid) -> Result<MadeWebhook> {
        self.ask(Call::new(Method::POST, format!("{}/rotate", one(bot, webhook)))).await
    }

    /// Deletes one and its log.
    ///
    /// # Errors
    /// `unknown_webhook`.
    pub async fn delete_webhook(&self, bot: Uuid, webhook: Uuid) -> Result<()> {
        self.send(&Call::new(Method::DELETE, one(bot, webhook))).await.map(drop)
    }

    /// A page of what came to one, the newest first.
    ///
    /// # Errors
    /// `unknown_webhook`.
    pub async fn alerts(&self, bot: Uuid, webhook: Uuid, query: &PageQuery) -> Result<Page<Alert>> {
        self.query(&log(bot, webhook), pairs(query)).await
    }

    /// The same, however much, page by page.
    #[must_use]
    pub fn alert_pages(&self, bot: Uuid, webhook: Uuid, query: &PageQuery) -> Pages<Alert> {
        Pages::new(self, log(bot, webhook), pairs(query))
    }

    /// Tries an alert once more, by the template as it is now. An order that it has placed stays the one.
    ///
    /// # Errors
    /// `unknown_webhook`, `unknown_alert`.
    pub async fn retry_alert(&self, bot: Uuid, webhook: Uuid, alert: Uuid) -> Result<Alert> {
        let path = format!("{}/{alert}/retry", log(bot, webhook));
        self.ask(Call::new(Method::POST, path).harmless()).await
    }
}

fn all(bot: Uuid) -> String {
    format!("/v1/trading/bots/{bot}/webhooks")
}

fn one(bot: Uuid, webhook: Uuid) -> String {
    format!("{}/{webhook}", all(bot))
}

fn log(bot: Uuid, webhook: Uuid) -> String {
    format!("{}/log", one(bot, webhook))
}
