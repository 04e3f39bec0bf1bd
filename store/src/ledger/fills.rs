//! Fills, as their events made them.

use domain::{Amount, Decimal, Time};
use postgres_types::Type;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::curves::amount;
use crate::market::row::{At, decimal, time};
use crate::{Db, Param, StoreError};

const PAGE: &str = include_str!("queries/select_fills.sql");

pub(super) const STATEMENTS: &[&str] = &[PAGE];

/// Which fills.
#[derive(Debug, Clone, Default)]
pub struct FillQuery {
    /// Of whose accounts.
    pub user: Uuid,
    /// Of this account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// Buy or sell.
    pub side: Option<&'static str>,
    /// Happened at or after.
    pub from: Option<Time>,
    /// Happened before.
    pub to: Option<Time>,
    /// After this one, the newest first: its time and event.
    pub after: Option<(Time, i64)>,
    /// At most so many.
    pub limit: i64,
}

/// A fill with the order that it is of.
#[derive(Debug, Clone, PartialEq)]
pub struct OwnFill {
    /// The order.
    pub order: Uuid,
    /// The order's name with whoever placed it.
    pub client_order_id: String,
    /// The venue account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Buy or sell.
    pub side: String,
    /// The venue's number.
    pub venue_trade_id: String,
    /// Price of one unit of base.
    pub price: Decimal,
    /// Units of base.
    pub quantity: Decimal,
    /// Price × quantity.
    pub quote: Amount,
    /// What it cost: a list of asset and amount.
    pub fees: Value,
    /// Maker, taker or unknown.
    pub liquidity: String,
    /// When the venue says it happened.
    pub filled_at: Time,
    /// The event that it was.
    pub event: i64,
}

/// Fills, the newest first.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &FillQuery) -> Result<Vec<OwnFill>, StoreError> {
    let (after_time, after_event) = query.after.unzip();
    let (from, to, after_time) = (query.from.map(At), query.to.map(At), after_time.map(At));
    let params: [Param<'_>; 10] = [
        (&query.user, Type::UUID),
        (&query.account, Type::UUID),
        (&query.bot, Type::UUID),
        (&query.symbol, Type::TEXT),
        (&query.side, Type::TEXT),
        (&from, Type::TIMESTAMPTZ),
        (&to, Type::TIMESTAMPTZ),
        (&after_time, Type::TIMESTAMPTZ),
        (&after_event, Type::INT8),
        (&query.limit, Type::INT8),
    ];
    db.list("ledger.own_fills", PAGE, &params, read).await
}

fn read(row: &Row) -> Result<OwnFill, StoreError> {
    Ok(OwnFill {
        order: row.try_get("order_id")?,
        client_order_id: row.try_get("client_order_id")?,
        account: row.try_get("account_id")?,
        bot: row.try_get("bot_id")?,
        symbol: row.try_get("symbol")?,
        side: row.try_get("side")?,
        venue_trade_id: row.try_get("venue_trade_id")?,
        price: decimal(row, "price")?,
        quantity: decimal(row, "quantity")?,
        quote: amount(row, "quote")?,
        fees: row.try_get("fees")?,
        liquidity: row.try_get("liquidity")?,
        filled_at: time(row, "filled_at")?,
        event: row.try_get("position")?,
    })
}
