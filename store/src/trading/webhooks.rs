//! Addresses to which other programs send alerts, and what came to them.

use std::net::IpAddr;

use domain::Time;
use domain::auth::{Role, TokenHash};
use postgres_types::{Json, Type};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{known, written};
use crate::market::row::{At, maybe_time, time};
use crate::{Db, Param, StoreError, Tx};

const INSERT: &str = "
INSERT INTO trading.webhooks (id, bot_id, name, beginning, secret_hash, template, enabled, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, true, $7, $7) RETURNING *";
const COUNT: &str = "SELECT count(*) FROM trading.webhooks WHERE bot_id = $1";
const LIST: &str = "SELECT * FROM trading.webhooks WHERE bot_id = $1 ORDER BY created_at, id";
const CHANGE: &str = "
UPDATE trading.webhooks SET
    name = coalesce($3, name), enabled = coalesce($4, enabled), template = coalesce($5, template),
    secret_hash = coalesce($6, secret_hash), beginning = coalesce($7, beginning), updated_at = $8
WHERE bot_id = $1 AND id = $2 RETURNING *";
const DELETE: &str = "DELETE FROM trading.webhooks WHERE bot_id = $1 AND id = $2 RETURNING *";
const RECEIVER: &str = include_str!("queries/select_webhook_receiver.sql");
// Alerts of one address come in one after the other.
const HOLD: &str = "SELECT id FROM trading.webhooks WHERE id = $1 FOR NO KEY UPDATE";
const SINCE: &str =
    "SELECT count(*) FROM trading.webhook_log WHERE webhook_id = $1 AND received_at > $2";
const FORGET: &str = "DELETE FROM trading.webhook_log WHERE webhook_id = $1 AND received_at < $2";
const FIRST: &str = "
SELECT first_id FROM trading.webhook_log
WHERE webhook_id = $1 AND alert_key = $2 AND ($3::timestamptz IS NULL OR received_at > $3)
ORDER BY id LIMIT 1";
const ADD: &str = include_str!("queries/insert_webhook_entry.sql");
const SETTLE: &str = "
UPDATE trading.webhook_log SET outcome = $2, code = $3, reason = $4, order_id = $5 WHERE id = $1
RETURNING *, (SELECT o.status FROM ledger.orders o WHERE o.id = order_id) AS order_status";
const LOG: &str = "
SELECT l.*, o.status AS order_status FROM trading.webhook_log l LEFT JOIN ledger.orders o ON o.id = l.order_id
WHERE l.webhook_id = $1 AND ($2::uuid IS NULL OR l.id < $2) ORDER BY l.id DESC LIMIT $3";
const ENTRY: &str = "
SELECT l.*, o.status AS order_status FROM trading.webhook_log l LEFT JOIN ledger.orders o ON o.id = l.order_id
WHERE l.webhook_id = $1 AND l.id = $2";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT, COUNT, LIST, CHANGE, DELETE, RECEIVER, HOLD, SINCE, FORGET, FIRST, ADD, SETTLE, LOG,
    ENTRY,
];

/// An address.
#[derive(Debug, Clone, PartialEq)]
pub struct Webhook {
    /// Its number, which is its address.
    pub id: Uuid,
    /// The bot whose orders come of it.
    pub bot_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// The first characters of its secret.
    pub beginning: String,
    /// What of an alert becomes which field of an order.
    pub template: Value,
    /// Whether it takes alerts.
    pub enabled: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// An address to be added.
#[derive(Debug, Clone)]
pub struct NewWebhook {
    /// Number.
    pub id: Uuid,
    /// The bot.
    pub bot_id: Uuid,
    /// What its owner calls it.
    pub name: String,
    /// The first characters of its secret.
    pub beginning: String,
    /// By which the secret is known.
    pub hash: TokenHash,
    /// What of an alert becomes which field of an order.
    pub template: Value,
}

/// A change; what is `None` stays.
#[derive(Debug, Clone, Default)]
pub struct WebhookChange {
    /// What its owner calls it.
    pub name: Option<String>,
    /// Whether it takes alerts.
    pub enabled: Option<bool>,
    /// What of an alert becomes which field of an order.
    pub template: Option<Value>,
    /// Another secret, and its first characters.
    pub secret: Option<(TokenHash, String)>,
}

/// What takes an alert, with all that an order needs of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Receiver {
    /// The address.
    pub hook: Webhook,
    /// By which its secret is known.
    pub hash: TokenHash,
    /// The bot's account.
    pub account_id: Uuid,
    /// That account's venue.
    pub venue: String,
    /// The bot's owner, and what they are.
    pub user_id: Uuid,
    /// What they are now.
    pub role: Role,
    /// Since when they may not come in, if so.
    pub deactivated_at: Option<Time>,
    /// The name of the bot's strategy, if it follows one.
    pub strategy: Option<String>,
    /// Whether somebody has paused the bot, or stopped it once it had been started.
    pub rests: bool,
}

/// An alert that came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its number, in order of time.
    pub id: Uuid,
    /// When.
    pub received_at: Time,
    /// From where.
    pub ip: Option<IpAddr>,
    /// What it said it was.
    pub content_type: Option<String>,
    /// What sent it, in its own words.
    pub user_agent: Option<String>,
    /// Without the secret.
    pub body: String,
    /// What makes it the same as another one.
    pub alert_key: String,
    /// The entry that it repeats, or itself.
    pub first_id: Uuid,
    /// received, placed, repeated or refused.
    pub outcome: String,
    /// Why not.
    pub code: Option<String>,
    /// Why not, in words.
    pub reason: Option<String>,
    /// What came of it.
    pub order_id: Option<Uuid>,
    /// Where that is in its life now.
    pub order_status: Option<String>,
}

/// What came of an alert.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// placed, repeated or refused.
    pub outcome: &'static str,
    /// Why not.
    pub code: Option<String>,
    /// Why not, in words.
    pub reason: Option<String>,
    /// The order.
    pub order_id: Option<Uuid>,
}

/// Adds an address.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, new: &NewWebhook, now: Time) -> Result<Webhook, StoreError> {
    let params: [Param<'_>; 7] = [
        (&new.id, Type::UUID),
        (&new.bot_id, Type::UUID),
        (&new.name, Type::TEXT),
        (&new.beginning, Type::TEXT),
        (&&new.hash.0[..], Type::BYTEA),
        (&Json(&new.template), Type::JSONB),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    written(tx, INSERT, &params, webhook).await
}

/// How many a bot has.
///
/// # Errors
/// The database's.
pub async fn count(tx: &Tx, bot: Uuid) -> Result<i64, StoreError> {
    super::counted(tx, COUNT, bot).await
}

/// A bot's, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, bot: Uuid) -> Result<Vec<Webhook>, StoreError> {
    let rows = db.query("trading.webhooks", LIST, &[(&bot, Type::UUID)]).await?;
    rows.iter().map(webhook).collect()
}

/// Changes one of a bot's.
///
/// # Errors
/// The database's.
pub async fn change(
    tx: &Tx,
    (bot, id): (Uuid, Uuid),
    change: &WebhookChange,
    now: Time,
) -> Result<Option<Webhook>, StoreError> {
    let (hash, beginning) = change.secret.as_ref().map(|(hash, text)| (&hash.0[..], text)).unzip();
    let template = change.template.as_ref().map(Json);
    let params: [Param<'_>; 8] = [
        (&bot, Type::UUID),
        (&id, Type::UUID),
        (&change.name, Type::TEXT),
        (&change.enabled, Type::BOOL),
        (&template, Type::JSONB),
        (&hash, Type::BYTEA),
        (&beginning, Type::TEXT),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    tx.query_opt(CHANGE, &params).await?.as_ref().map(webhook).transpose()
}

/// Deletes one of a bot's, with what came to it.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &Tx, bot: Uuid, id: Uuid) -> Result<Option<Webhook>, StoreError> {
    let row = tx.query_opt(DELETE, &[(&bot, Type::UUID), (&id, Type::UUID)]).await?;
    row.as_ref().map(webhook).transpose()
}

/// What takes alerts at an address.
///
/// # Errors
/// The database's.
pub async fn receiver(db: &Db, id: Uuid) -> Result<Option<Receiver>, StoreError> {
    let read = |row: &Row| {
        let hash: &[u8] = row.try_get("secret_hash")?;
        let odd = |_| StoreError::Unexpected("a webhook's hash".to_owned());
        Ok(Receiver {
            hook: webhook(row)?,
            hash: TokenHash(hash.try_into().map_err(odd)?),
            account_id: row.try_get("account_id")?,
            venue: row.try_get("venue")?,
            user_id: row.try_get("user_id")?,
            role: known(row, "role", Role::parse)?,
            deactivated_at: maybe_time(row, "deactivated_at")?,
            strategy: row.try_get("strategy")?,
            rests: row.try_get("rests")?,
        })
    };
    let rows = db.query("trading.receiver", RECEIVER, &[(&id, Type::UUID)]).await?;
    rows.first().map(read).transpose()
}

/// Holds an address until the transaction ends, and tells how many alerts came to it since.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, id: Uuid, since: Time) -> Result<i64, StoreError> {
    tx.query_opt(HOLD, &[(&id, Type::UUID)]).await?;
    let row = tx.query_opt(SINCE, &[(&id, Type::UUID), (&At(since), Type::TIMESTAMPTZ)]).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// Deletes what came to an address before a time.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &Tx, id: Uuid, before: Time) -> Result<(), StoreError> {
    tx.execute(FORGET, &[(&id, Type::UUID), (&At(before), Type::TIMESTAMPTZ)]).await.map(drop)
}

/// The entry that was the first under a key, since a time or ever.
///
/// # Errors
/// The database's.
pub async fn first(
    tx: &Tx,
    id: Uuid,
    key: &str,
    since: Option<Time>,
) -> Result<Option<Uuid>, StoreError> {
    let since = since.map(At);
    let params: [Param<'_>; 3] =
        [(&id, Type::UUID), (&key, Type::TEXT), (&since, Type::TIMESTAMPTZ)];
    tx.query_opt(FIRST, &params).await?.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Notes an alert.
///
/// # Errors
/// The database's.
pub async fn add(tx: &Tx, hook: Uuid, entry: &Entry) -> Result<(), StoreError> {
    let params: [Param<'_>; 10] = [
        (&entry.id, Type::UUID),
        (&hook, Type::UUID),
        (&At(entry.received_at), Type::TIMESTAMPTZ),
        (&entry.ip, Type::INET),
        (&entry.content_type, Type::TEXT),
        (&entry.user_agent, Type::TEXT),
        (&entry.body, Type::TEXT),
        (&entry.alert_key, Type::TEXT),
        (&entry.first_id, Type::UUID),
        (&entry.outcome, Type::TEXT),
    ];
    tx.execute(ADD, &params).await.map(drop)
}

/// Notes what came of an alert.
///
/// # Errors
/// The database's.
pub async fn settle(tx: &Tx, id: Uuid, outcome: &Outcome) -> Result<Entry, StoreError> {
    let params: [Param<'_>; 5] = [
        (&id, Type::UUID),
        (&outcome.outcome, Type::TEXT),
        (&outcome.code, Type::TEXT),
        (&outcome.reason, Type::TEXT),
        (&outcome.order_id, Type::UUID),
    ];
    written(tx, SETTLE, &params, entry).await
}

/// What came to an address, the newest first, before an entry.
///
/// # Errors
/// The database's.
pub async fn log(
    db: &Db,
    hook: Uuid,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Entry>, StoreError> {
    let params: [Param<'_>; 3] = [(&hook, Type::UUID), (&before, Type::UUID), (&limit, Type::INT8)];
    db.query("trading.webhook_log", LOG, &params).await?.iter().map(entry).collect()
}

/// One entry of that.
///
/// # Errors
/// The database's.
pub async fn logged(db: &Db, hook: Uuid, id: Uuid) -> Result<Option<Entry>, StoreError> {
    let params: [Param<'_>; 2] = [(&hook, Type::UUID), (&id, Type::UUID)];
    db.query("trading.webhook_entry", ENTRY, &params).await?.first().map(entry).transpose()
}

fn webhook(row: &Row) -> Result<Webhook, StoreError> {
    Ok(Webhook {
        id: row.try_get("id")?,
        bot_id: row.try_get("bot_id")?,
        name: row.try_get("name")?,
        beginning: row.try_get("beginning")?,
        template: row.try_get("template")?,
        enabled: row.try_get("enabled")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        id: row.try_get("id")?,
        received_at: time(row, "received_at")?,
        ip: row.try_get("ip")?,
        content_type: row.try_get("content_type")?,
        user_agent: row.try_get("user_agent")?,
        body: row.try_get("body")?,
        alert_key: row.try_get("alert_key")?,
        first_id: row.try_get("first_id")?,
        outcome: row.try_get("outcome")?,
        code: row.try_get("code")?,
        reason: row.try_get("reason")?,
        order_id: row.try_get("order_id")?,
        order_status: row.try_get("order_status")?,
    })
}
