//! Rows that are due, on their way into the temporary tables.

use domain::ledger::{Direction, Fill, Order, Position, Posting, Purse, Trade};
use domain::{Amount, Time};
use uuid::Uuid;

use super::TABLES;
use crate::market::copy::CopyRows;
use crate::{StoreError, Tx};

/// An order with what its row has besides.
#[derive(Debug, Clone)]
pub struct DueOrder {
    /// The order.
    pub order: Order,
    /// Events of its stream.
    pub version: i32,
    /// When its first event was recorded.
    pub placed_at: Time,
    /// When its last event was recorded.
    pub updated_at: Time,
}

/// What events came to.
#[derive(Debug, Clone, Default)]
pub struct Due {
    /// Orders.
    pub orders: Vec<DueOrder>,
    /// Fills, each with the terms that its order had, and its event.
    pub fills: Vec<(FillOf, Fill, i64)>,
    /// Positions, each with the event that changed it last; with their round trips.
    pub positions: Vec<(Position, i64)>,
    /// What each event made of a position.
    pub steps: Vec<DueStep>,
    /// Lines of entries: the event, the place in its entry, and the line.
    pub postings: Vec<(i64, i16, Posting)>,
    /// Balances.
    pub balances: Vec<((Uuid, String, Purse), Amount)>,
}

/// What an event made of a position.
#[derive(Debug, Clone)]
pub struct DueStep {
    /// The position after it.
    pub held: Position,
    /// The event.
    pub position: i64,
    /// When the venue says it happened.
    pub at: Time,
    /// What it added to net profit.
    pub net: Amount,
    /// What it added to trades that are closed.
    pub closed: i16,
    /// What it added to those of them that won.
    pub won: i16,
}

/// What a fill's row says of its order.
#[derive(Debug, Clone)]
pub struct FillOf {
    /// The order.
    pub order: Uuid,
    /// Its account.
    pub account: Uuid,
    /// `venue:CODE`.
    pub symbol: String,
    /// Buy or sell.
    pub side: &'static str,
}

/// Adds rows to what is due.
///
/// # Errors
/// The database's.
pub async fn add(tx: &Tx, due: &Due) -> Result<(), StoreError> {
    orders(tx, &due.orders).await?;
    fills(tx, &due.fills).await?;
    positions(tx, &due.positions).await?;
    trades(tx, &due.positions).await?;
    steps(tx, &due.steps).await?;
    postings(tx, &due.postings).await?;
    balances(tx, &due.balances).await
}

/// A COPY into what is due of a table, with all of its columns.
async fn open(tx: &Tx, name: &str) -> Result<(CopyRows, i16), StoreError> {
    let table = TABLES.iter().find(|table| table.name == name);
    let (all, count) = table
        .map_or((String::new(), 0), |table| (table.all(), table.key.len() + table.columns.len()));
    let sql = format!("COPY due_{name} ({all}) FROM STDIN BINARY");
    Ok((CopyRows::open(tx, &sql).await?, count as i16))
}

async fn orders(tx: &Tx, due: &[DueOrder]) -> Result<(), StoreError> {
    if due.is_empty() {
        return Ok(());
    }
    let (mut rows, columns) = open(tx, "orders").await?;
    for DueOrder { order, version, placed_at, updated_at } in due {
        let terms = &order.terms;
        rows.row(columns).await?;
        rows.uuid(order.id);
        rows.uuid(terms.account);
        rows.maybe(terms.bot, CopyRows::uuid);
        rows.text(&terms.client_order_id);
        rows.maybe(order.venue_order_id.as_deref(), CopyRows::text);
        rows.text(&terms.symbol.to_string());
        rows.text(terms.mode.as_str());
        rows.text(terms.side.as_str());
        rows.text(terms.kind.as_str());
        rows.text(order.status.as_str());
        rows.maybe(terms.quantity, CopyRows::decimal);
        rows.maybe(terms.quote_quantity, CopyRows::decimal);
        rows.maybe(terms.limit_price, CopyRows::decimal);
        rows.maybe(terms.stop_price, CopyRows::decimal);
        rows.amount(order.filled);
        rows.amount(order.filled_quote);
        rows.maybe(terms.tags.strategy.as_deref(), CopyRows::text);
        rows.jsonb(terms.exchange_metadata.json().get());
        rows.int(*version);
        rows.time(*placed_at);
        rows.time(*updated_at);
    }
    rows.finish().await.map(drop)
}

async fn fills(tx: &Tx, due: &[(FillOf, Fill, i64)]) -> Result<(), StoreError> {
    if due.is_empty() {
        return Ok(());
    }
    let (mut rows, columns) = open(tx, "fills").await?;
    for (of, fill, position) in due {
        rows.row(columns).await?;
        rows.uuid(of.order);
        rows.text(&fill.venue_trade_id);
        rows.uuid(of.account);
        rows.text(&of.symbol);
        rows.text(of.side);
        rows.decimal(fill.price);
        rows.decimal(fill.quantity);
        rows.amount(fill.quote);
        rows.jsonb(&json(&fill.fees)?);
        rows.text(fill.liquidity.as_str());
        rows.time(fill.time);
        rows.bigint(*position);
    }
    rows.finish().await.map(drop)
}

async fn positions(tx: &Tx, due: &[(Position, i64)]) -> Result<(), StoreError> {
    if due.is_empty() {
        return Ok(());
    }
    let (mut rows, columns) = open(tx, "positions").await?;
    for (held, position) in due {
        rows.row(columns).await?;
        rows.uuid(held.id);
        rows.uuid(held.key.account);
        rows.maybe(held.key.bot, CopyRows::uuid);
        rows.text(&held.key.symbol.to_string());
        rows.text(held.key.mode.as_str());
        rows.text(held.direction.as_str());
        rows.text(if held.is_open() { "open" } else { "closed" });
        rows.amount(held.quantity);
        rows.maybe(held.average_price(), CopyRows::amount);
        rows.amount(held.realised);
        rows.time(held.opened_at);
        rows.maybe(held.closed_at, CopyRows::time);
        rows.text(&json(held)?);
        rows.bigint(*position);
    }
    rows.finish().await.map(drop)
}

async fn trades(tx: &Tx, due: &[(Position, i64)]) -> Result<(), StoreError> {
    if due.is_empty() {
        return Ok(());
    }
    let (mut rows, columns) = open(tx, "trades").await?;
    for (held, position) in due {
        let trade = Trade::of(held).ok_or_else(|| {
            StoreError::Unexpected("a round trip past what can be held".to_owned())
        })?;
        rows.row(columns).await?;
        rows.uuid(trade.position);
        rows.uuid(trade.position);
        rows.uuid(trade.key.account);
        rows.maybe(trade.key.bot, CopyRows::uuid);
        rows.text(&trade.key.symbol.to_string());
        rows.text(trade.key.mode.as_str());
        rows.text(trade.direction.as_str());
        for tag in [&trade.strategy, &trade.entry_logic, &trade.exit_logic, &trade.interval] {
            rows.maybe(tag.as_deref(), CopyRows::text);
        }
        rows.time(trade.entry_time);
        rows.maybe(trade.exit_time, CopyRows::time);
        rows.maybe(trade.entry_price, CopyRows::amount);
        rows.maybe(trade.exit_price, CopyRows::amount);
        rows.amount(trade.size);
        rows.amount(trade.commission);
        rows.jsonb(&json(&trade.other_fees)?);
        rows.amount(trade.funding);
        rows.amount(trade.gross);
        rows.amount(trade.net);
        rows.maybe(trade.profit_ratio, CopyRows::amount);
        rows.maybe(trade.exit_reason.as_deref(), CopyRows::text);
        rows.text(if trade.is_closed() { "closed" } else { "open" });
        rows.bigint(*position);
        rows.text(&held.quote);
        rows.decimal(held.leverage);
        rows.amount(held.entries.value);
        rows.amount(held.exits.value);
    }
    rows.finish().await.map(drop)
}

async fn steps(tx: &Tx, due: &[DueStep]) -> Result<(), StoreError> {
    if due.is_empty() {
        return Ok(());
    }
    let (mut rows, columns) = open(tx, "position_steps").await?;
    for DueStep { held, position, at, net, closed, won } in due {
        let cost = if held.direction == Direction::Long { held.cost } else { -held.cost };
        rows.row(columns).await?;
        rows.uuid(held.id);
        rows.bigint(*position);
        rows.uuid(held.key.account);
        rows.maybe(held.key.bot, CopyRows::uuid);
        rows.text(&held.key.symbol.to_string());
        rows.text(held.key.mode.as_str());
        rows.text(&held.quote);
        rows.time(*at);
        for amount in [held.signed(), cost, held.largest] {
            rows.amount(amount);
        }
        for leg in [&held.entries, &held.exits] {
            rows.amount(leg.quantity);
            rows.amount(leg.value);
            rows.amount(leg.fees);
        }
        rows.amount(held.realised);
        rows.amount(held.funding);
        rows.jsonb(&json(&held.fees)?);
        rows.maybe(held.closed_by.exit_logic.as_deref(), CopyRows::text);
        rows.maybe(held.closed_by.exit_reason.as_deref(), CopyRows::text);
        rows.amount(*net);
        rows.smallint(*closed);
        rows.smallint(*won);
    }
    rows.finish().await.map(drop)
}

async fn postings(tx: &Tx, due: &[(i64, i16, Posting)]) -> Result<(), StoreError> {
    if due.is_empty() {
        return Ok(());
    }
    let (mut rows, columns) = open(tx, "postings").await?;
    for (position, line, posting) in due {
        rows.row(columns).await?;
        rows.bigint(*position);
        rows.smallint(*line);
        rows.uuid(posting.account);
        rows.text(&posting.asset);
        rows.text(posting.purse.as_str());
        rows.amount(posting.amount);
    }
    rows.finish().await.map(drop)
}

async fn balances(tx: &Tx, due: &[((Uuid, String, Purse), Amount)]) -> Result<(), StoreError> {
    if due.is_empty() {
        return Ok(());
    }
    let (mut rows, columns) = open(tx, "balances").await?;
    for ((account, asset, purse), amount) in due {
        rows.row(columns).await?;
        rows.uuid(*account);
        rows.text(asset);
        rows.text(purse.as_str());
        rows.amount(*amount);
    }
    rows.finish().await.map(drop)
}

fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    let failed = |error| StoreError::Unexpected(format!("a row that is due: {error}"));
    serde_json::to_string(value).map_err(failed)
}
