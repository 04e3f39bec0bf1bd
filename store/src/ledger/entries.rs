//! Postings with the event that each is of.

use domain::ledger::Purse;
use domain::{Amount, Time};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::curves::amount;
use crate::market::row::{At, time};
use crate::{Db, Param, StoreError};

const PAGE: &str = include_str!("queries/select_entries.sql");

pub(super) const STATEMENTS: &[&str] = &[PAGE];

/// Where a posting stands among all: its time, event and line.
pub type EntryPlace = (Time, i64, i16);

/// Which postings.
#[derive(Debug, Clone, Default)]
pub struct EntryQuery {
    /// Of whose accounts.
    pub user: Uuid,
    /// Of this account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this asset.
    pub asset: Option<String>,
    /// In this purse.
    pub purse: Option<Purse>,
    /// By events of this kind.
    pub kind: Option<&'static str>,
    /// Happened at or after.
    pub from: Option<Time>,
    /// Happened before.
    pub to: Option<Time>,
    /// After this one, the newest first.
    pub after: Option<EntryPlace>,
    /// At most so many.
    pub limit: i64,
}

/// A posting with the event that it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct EntryRow {
    /// When the venue says it happened.
    pub at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// The venue account.
    pub account: Uuid,
    /// The bot of the order, or of the position that funding is of.
    pub bot: Option<Uuid>,
    /// The event's kind.
    pub kind: String,
    /// Of which asset.
    pub asset: String,
    /// In which purse.
    pub purse: String,
    /// What the purse gained; negative where it gave.
    pub amount: Amount,
    /// `venue:CODE`, of orders and funding.
    pub symbol: Option<String>,
    /// The order.
    pub order: Option<Uuid>,
    /// The order's name with whoever placed it.
    pub client_order_id: Option<String>,
    /// The venue's number of the fill.
    pub venue_trade_id: Option<String>,
    /// The event.
    pub event: i64,
    /// The line of the event's entry.
    pub line: i16,
}

/// Postings, the newest first.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &EntryQuery) -> Result<Vec<EntryRow>, StoreError> {
    let place = query.after.map(|(time, event, line)| (At(time), event, line));
    let (time, event, line) = (place.map(|p| p.0), place.map(|p| p.1), place.map(|p| p.2));
    let params: [Param<'_>; 12] = [
        (&query.user, Type::UUID),
        (&query.account, Type::UUID),
        (&query.from.map(At), Type::TIMESTAMPTZ),
        (&query.to.map(At), Type::TIMESTAMPTZ),
        (&time, Type::TIMESTAMPTZ),
        (&event, Type::INT8),
        (&line, Type::INT2),
        (&query.asset, Type::TEXT),
        (&query.purse.map(Purse::as_str), Type::TEXT),
        (&query.kind, Type::TEXT),
        (&query.bot, Type::UUID),
        (&query.limit, Type::INT8),
    ];
    db.list("ledger.entries", PAGE, &params, read).await
}

fn read(row: &Row) -> Result<EntryRow, StoreError> {
    Ok(EntryRow {
        at: time(row, "at")?,
        recorded_at: time(row, "recorded_at")?,
        account: row.try_get("account_id")?,
        bot: row.try_get("bot_id")?,
        kind: row.try_get("kind")?,
        asset: row.try_get("asset")?,
        purse: row.try_get("purse")?,
        amount: amount(row, "amount")?,
        symbol: row.try_get("symbol")?,
        order: row.try_get("order_id")?,
        client_order_id: row.try_get("client_order_id")?,
        venue_trade_id: row.try_get("venue_trade_id")?,
        event: row.try_get("position")?,
        line: row.try_get("line")?,
    })
}
