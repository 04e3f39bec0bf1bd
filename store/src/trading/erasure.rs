//! What is left of a person's trading when they are erased: the books, which other tables refer to, without names, texts
//! and what opens accounts.

use postgres_types::Type;
use serde_json::Value;
use uuid::Uuid;

use crate::{StoreError, Tx};

/// What belongs to a person by way of something else; tables with a column `user_id` are found without this.
const HELD: [(&str, &str); 11] = [
    (
        "trading.strategy_versions",
        "SELECT to_jsonb(v) AS held FROM trading.strategy_versions v JOIN trading.strategies s ON s.id = v.strategy_id
         WHERE s.user_id = $1 ORDER BY v.id",
    ),
    (
        "trading.strategy_accounts",
        "SELECT to_jsonb(l) AS held FROM trading.strategy_accounts l JOIN trading.strategies s ON s.id = l.strategy_id
         WHERE s.user_id = $1",
    ),
    (
        "trading.strategy_templates",
        "SELECT to_jsonb(t) AS held FROM trading.strategy_templates t WHERE created_by = $1 ORDER BY id",
    ),
    (
        "trading.bot_heartbeats",
        "SELECT to_jsonb(h) AS held FROM trading.bot_heartbeats h JOIN trading.bots b ON b.id = h.bot_id
         WHERE b.user_id = $1 ORDER BY h.bot_id, h.at",
    ),
    (
        "trading.webhooks",
        "SELECT to_jsonb(w) - 'secret_hash' AS held FROM trading.webhooks w JOIN trading.bots b ON b.id = w.bot_id
         WHERE b.user_id = $1 ORDER BY w.id",
    ),
    (
        "trading.webhook_log",
        "SELECT to_jsonb(l) AS held FROM trading.webhook_log l JOIN trading.webhooks w ON w.id = l.webhook_id
         JOIN trading.bots b ON b.id = w.bot_id WHERE b.user_id = $1 ORDER BY l.id",
    ),
    (
        "trading.sagas",
        "SELECT to_jsonb(s) AS held FROM trading.sagas s JOIN trading.venue_accounts a ON a.id = s.account_id
         WHERE a.user_id = $1 ORDER BY s.order_id",
    ),
    (
        "trading.paper_settings",
        "SELECT to_jsonb(s) AS held FROM trading.paper_settings s JOIN trading.venue_accounts a ON a.id = s.account_id
         WHERE a.user_id = $1",
    ),
    (
        "trading.paper_orders",
        "SELECT to_jsonb(o) AS held FROM trading.paper_orders o JOIN trading.venue_accounts a ON a.id = o.account_id
         WHERE a.user_id = $1 ORDER BY o.seq",
    ),
    (
        "trading.paper_reports",
        "SELECT to_jsonb(r) AS held FROM trading.paper_reports r JOIN trading.paper_orders o ON o.id = r.order_id
         JOIN trading.venue_accounts a ON a.id = o.account_id WHERE a.user_id = $1 ORDER BY r.seq",
    ),
    (
        "trading.paper_positions",
        "SELECT to_jsonb(p) AS held FROM trading.paper_positions p JOIN trading.venue_accounts a ON a.id = p.account_id
         WHERE a.user_id = $1",
    ),
];
const FORGET_SETTINGS: &str = "
DELETE FROM trading.paper_settings WHERE account_id IN (SELECT id FROM trading.venue_accounts WHERE user_id = $1)";
// What is on its way goes on to its end; the books have it.
const FORGET_SAGAS: &str = "
UPDATE trading.sagas SET last_error = NULL
WHERE account_id IN (SELECT id FROM trading.venue_accounts WHERE user_id = $1)";
const FORGET_WEBHOOKS: &str =
    "DELETE FROM trading.webhooks WHERE bot_id IN (SELECT id FROM trading.bots WHERE user_id = $1)";
const FORGET_HEARTBEATS: &str = "
DELETE FROM trading.bot_heartbeats WHERE bot_id IN (SELECT id FROM trading.bots WHERE user_id = $1)";
const FORGET_BOTS: &str = "
UPDATE trading.bots SET
    user_id = NULL, name = id::text, status = 'stopped', config = '{}', extra_metadata = '{}', description = NULL
WHERE user_id = $1";
const FORGET_ACCOUNTS: &str = "
UPDATE trading.venue_accounts SET
    user_id = NULL, name = id::text, credentials = NULL, key_beginning = NULL, archived_at = coalesce(archived_at, now())
WHERE user_id = $1";
const FORGET_TEMPLATES: &str =
    "DELETE FROM trading.strategy_templates WHERE created_by = $1 AND NOT is_public";

pub(super) const STATEMENTS: &[&str] = &[
    HELD[0].1,
    HELD[1].1,
    HELD[2].1,
    HELD[3].1,
    HELD[4].1,
    HELD[5].1,
    HELD[6].1,
    HELD[7].1,
    HELD[8].1,
    HELD[9].1,
    HELD[10].1,
    FORGET_SETTINGS,
    FORGET_SAGAS,
    FORGET_WEBHOOKS,
    FORGET_HEARTBEATS,
    FORGET_BOTS,
    FORGET_ACCOUNTS,
    FORGET_TEMPLATES,
];

/// The tables of [`held`].
pub fn tables() -> impl Iterator<Item = &'static str> {
    HELD.iter().map(|(table, _)| *table)
}

/// What belongs to a person by way of something else: tables with their rows.
///
/// # Errors
/// The database's.
pub async fn held(tx: &Tx, user_id: Uuid) -> Result<Vec<(String, Vec<Value>)>, StoreError> {
    let mut held = Vec::new();
    for (table, sql) in HELD {
        let rows = tx.query(sql, &[(&user_id, Type::UUID)]).await?;
        let rows =
            rows.iter().map(|row| Ok(row.try_get("held")?)).collect::<Result<_, StoreError>>();
        held.push((table.to_owned(), rows?));
    }
    Ok(held)
}

/// Leaves the books to nobody, and deletes the rest but for strategies, which go with the person as all that is theirs.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &Tx, user_id: Uuid) -> Result<(), StoreError> {
    for sql in [
        FORGET_SETTINGS,
        FORGET_SAGAS,
        FORGET_WEBHOOKS,
        FORGET_HEARTBEATS,
        FORGET_BOTS,
        FORGET_ACCOUNTS,
        FORGET_TEMPLATES,
    ] {
        tx.execute(sql, &[(&user_id, Type::UUID)]).await?;
    }
    Ok(())
}
