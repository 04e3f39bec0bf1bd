//! Orders and fills, as their events made them.

use std::collections::HashMap;

use domain::ledger::{Fill, Metadata, Order};
use domain::{Amount, Decimal, Time};
use postgres_types::{Json, Type};
use serde_json::Value;
use serde_json::value::RawValue;
use tokio_postgres::Row;
use uuid::Uuid;

use super::details::Details;
use crate::market::row::{At, decimal, maybe_decimal, time};
use crate::{Db, Numeric, Param, StoreError, Tx};

const WRITE: &str = include_str!("queries/upsert_orders.sql");
const HOLD: &str = "SELECT account_id FROM ledger.orders WHERE id = $1 FOR UPDATE";
const FIND: &str = include_str!("queries/select_order.sql");
const BY_CLIENT_ID: &str =
    "SELECT id FROM ledger.orders WHERE account_id = $1 AND client_order_id = $2";
const PAGE: &str = include_str!("queries/select_orders.sql");
const ADD_FILL: &str = include_str!("queries/insert_fill.sql");
const FILLS: &str = "SELECT * FROM ledger.fills WHERE order_id = $1 ORDER BY position";

pub(super) const STATEMENTS: &[&str] = &[WRITE, HOLD, FIND, BY_CLIENT_ID, PAGE, ADD_FILL, FILLS];

/// An order with what its row has besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written<'a> {
    /// The order.
    pub order: &'a Order,
    /// Events of its stream.
    pub version: i32,
    /// When its first event was recorded; looked at for a new order only.
    pub at: Time,
}

/// An order as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRow {
    /// Its number.
    pub id: Uuid,
    /// The venue account.
    pub account_id: Uuid,
    /// The bot.
    pub bot_id: Option<Uuid>,
    /// Its name with whoever placed it.
    pub client_order_id: String,
    /// The venue's name of it.
    pub venue_order_id: Option<String>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Spot or margin.
    pub mode: String,
    /// Buy or sell.
    pub side: String,
    /// Its kind.
    pub kind: String,
    /// Where it is in its life.
    pub status: String,
    /// Units of base wanted.
    pub quantity: Option<Decimal>,
    /// Or the quote to be spent.
    pub quote_quantity: Option<Decimal>,
    /// The worst price.
    pub limit_price: Option<Decimal>,
    /// What it waits for.
    pub stop_price: Option<Decimal>,
    /// Units of base traded.
    pub filled: Amount,
    /// What they were worth.
    pub filled_quote: Amount,
    /// The strategy's name.
    pub strategy: Option<String>,
    /// What else was asked for, and why it is over; `None` where its events are missing.
    pub details: Option<Details>,
    /// What the venue says of it, whole: a JSON object.
    pub exchange_metadata: String,
    /// Events of its stream.
    pub version: i32,
    /// When it was placed.
    pub placed_at: Time,
    /// When it changed last.
    pub updated_at: Time,
}

/// Which orders.
#[derive(Debug, Clone, Default)]
pub struct OrderQuery {
    /// Of whose accounts; none for everybody's.
    pub user: Option<Uuid>,
    /// Of this account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// Buy or sell.
    pub side: Option<&'static str>,
    /// Of this kind.
    pub kind: Option<&'static str>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// In one of these states.
    pub status: Vec<String>,
    /// Placed at or after.
    pub from: Option<Time>,
    /// Placed before.
    pub to: Option<Time>,
    /// After this one, the newest first.
    pub after: Option<(Time, Uuid)>,
    /// At most so many.
    pub limit: i64,
    /// Whether their details may be missing.
    pub bare: bool,
}

/// Writes orders as they are now, new ones and those that changed, and gives them as they are kept, in any order.
///
/// # Errors
/// The database's; a second order of one client id in an account is a unique violation.
pub async fn write(
    tx: &Tx,
    orders: &[Written<'_>],
    now: Time,
) -> Result<Vec<OrderRow>, StoreError> {
    let each = |take: fn(&Order) -> Option<String>| -> Vec<Option<String>> {
        orders.iter().map(|written| take(written.order)).collect()
    };
    let number = |take: fn(&Order) -> Option<Decimal>| -> Vec<Option<Numeric<Decimal>>> {
        orders.iter().map(|written| take(written.order).map(Numeric)).collect()
    };
    let ids: Vec<Uuid> = orders.iter().map(|written| written.order.id).collect();
    let accounts: Vec<Uuid> = orders.iter().map(|written| written.order.terms.account).collect();
    let bots: Vec<Option<Uuid>> = orders.iter().map(|written| written.order.terms.bot).collect();
    let filled = |take: fn(&Order) -> Amount| -> Vec<Numeric<Amount>> {
        orders.iter().map(|written| Numeric(take(written.order))).collect()
    };
    let metadata: Vec<Json<&RawValue>> =
        orders.iter().map(|written| Json(written.order.terms.exchange_metadata.json())).collect();
    let versions: Vec<i32> = orders.iter().map(|written| written.version).collect();
    let placed: Vec<At> = orders.iter().map(|written| At(written.at)).collect();
    let params: [Param<'_>; 21] = [
        (&ids, Type::UUID_ARRAY),
        (&accounts, Type::UUID_ARRAY),
        (&bots, Type::UUID_ARRAY),
        (&each(|o| Some(o.terms.client_order_id.clone())), Type::TEXT_ARRAY),
        (&each(|o| o.venue_order_id.clone()), Type::TEXT_ARRAY),
        (&each(|o| Some(o.terms.symbol.to_string())), Type::TEXT_ARRAY),
        (&each(|o| Some(o.terms.mode.as_str().to_owned())), Type::TEXT_ARRAY),
        (&each(|o| Some(o.terms.side.as_str().to_owned())), Type::TEXT_ARRAY),
        (&each(|o| Some(o.terms.kind.as_str().to_owned())), Type::TEXT_ARRAY),
        (&each(|o| Some(o.status.as_str().to_owned())), Type::TEXT_ARRAY),
        (&number(|o| o.terms.quantity), Type::NUMERIC_ARRAY),
        (&number(|o| o.terms.quote_quantity), Type::NUMERIC_ARRAY),
        (&number(|o| o.terms.limit_price), Type::NUMERIC_ARRAY),
        (&number(|o| o.terms.stop_price), Type::NUMERIC_ARRAY),
        (&filled(|o| o.filled), Type::NUMERIC_ARRAY),
        (&filled(|o| o.filled_quote), Type::NUMERIC_ARRAY),
        (&each(|o| o.terms.tags.strategy.clone()), Type::TEXT_ARRAY),
        (&metadata, Type::JSONB_ARRAY),
        (&versions, Type::INT4_ARRAY),
        (&placed, Type::TIMESTAMPTZ_ARRAY),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    let rows = tx.query(WRITE, &params).await?;
    let orders: HashMap<Uuid, &Order> = orders.iter().map(|w| (w.order.id, w.order)).collect();
    let told = |row: &Row| {
        let order = orders.get(&row.try_get("id")?);
        let asked = order.map(|order| (Details::of(order), &order.terms.exchange_metadata));
        read(row, asked)
    };
    rows.iter().map(told).collect()
}

/// Holds an order until the transaction ends, and tells whose account it is of.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, id: Uuid) -> Result<Option<Uuid>, StoreError> {
    let row = tx.query_opt(HOLD, &[(&id, Type::UUID)]).await?;
    row.map(|row| Ok(row.try_get(0)?)).transpose()
}

/// An order.
///
/// # Errors
/// The database's.
pub async fn find(db: &Db, id: Uuid) -> Result<Option<OrderRow>, StoreError> {
    let rows = db.query("ledger.order", FIND, &[(&id, Type::UUID)]).await?;
    rows.first().map(with_details).transpose()
}

/// The order that has this name in an account.
///
/// # Errors
/// The database's.
pub async fn by_client_id(db: &Db, account: Uuid, id: &str) -> Result<Option<Uuid>, StoreError> {
    let params: [Param<'_>; 2] = [(&account, Type::UUID), (&id, Type::TEXT)];
    let rows = db.query("ledger.order_by_client_id", BY_CLIENT_ID, &params).await?;
    rows.first().map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Orders, the newest first.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &OrderQuery) -> Result<Vec<OrderRow>, StoreError> {
    let (after_time, after_id) = query.after.unzip();
    let (from, to, after_time) = (query.from.map(At), query.to.map(At), after_time.map(At));
    let params: [Param<'_>; 14] = [
        (&query.user, Type::UUID),
        (&query.account, Type::UUID),
        (&query.bot, Type::UUID),
        (&query.symbol, Type::TEXT),
        (&query.status, Type::TEXT_ARRAY),
        (&from, Type::TIMESTAMPTZ),
        (&to, Type::TIMESTAMPTZ),
        (&after_time, Type::TIMESTAMPTZ),
        (&after_id, Type::UUID),
        (&query.limit, Type::INT8),
        (&query.side, Type::TEXT),
        (&query.strategy, Type::TEXT),
        (&query.kind, Type::TEXT),
        (&!query.bare, Type::BOOL),
    ];
    db.list("ledger.orders", PAGE, &params, with_details).await
}

/// Adds a fill; `position` is that of its event.
///
/// # Errors
/// The database's.
pub async fn add_fill(
    tx: &Tx,
    order: &Order,
    fill: &Fill,
    position: i64,
) -> Result<(), StoreError> {
    let symbol = order.terms.symbol.to_string();
    let (side, liquidity) = (order.terms.side.as_str(), fill.liquidity.as_str());
    let params: [Param<'_>; 12] = [
        (&order.id, Type::UUID),
        (&fill.venue_trade_id, Type::TEXT),
        (&order.terms.account, Type::UUID),
        (&symbol, Type::TEXT),
        (&side, Type::TEXT),
        (&Numeric(fill.price), Type::NUMERIC),
        (&Numeric(fill.quantity), Type::NUMERIC),
        (&Numeric(fill.quote), Type::NUMERIC),
        (&Json(&fill.fees), Type::JSONB),
        (&liquidity, Type::TEXT),
        (&At(fill.time), Type::TIMESTAMPTZ),
        (&position, Type::INT8),
    ];
    tx.execute(ADD_FILL, &params).await.map(drop)
}

/// A fill as it is kept.
#[derive(Debug, Clone, PartialEq)]
pub struct FillRow {
    /// The event that it was, which numbers all fills.
    pub position: i64,
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
}

/// The fills of an order, as they were recorded.
///
/// # Errors
/// The database's.
pub async fn fills(db: &Db, order: Uuid) -> Result<Vec<FillRow>, StoreError> {
    let rows = db.query("ledger.fills", FILLS, &[(&order, Type::UUID)]).await?;
    rows.iter().map(fill).collect()
}

pub(super) fn fill(row: &Row) -> Result<FillRow, StoreError> {
    Ok(FillRow {
        position: row.try_get("position")?,
        venue_trade_id: row.try_get("venue_trade_id")?,
        price: decimal(row, "price")?,
        quantity: decimal(row, "quantity")?,
        quote: row.try_get::<_, Numeric<Amount>>("quote")?.0,
        fees: row.try_get("fees")?,
        liquidity: row.try_get("liquidity")?,
        filled_at: time(row, "filled_at")?,
    })
}

fn with_details(row: &Row) -> Result<OrderRow, StoreError> {
    let asked = Details::read(row)?;
    read(row, asked.as_ref().map(|(details, metadata)| (details.clone(), metadata)))
}

/// An order, with what its events have besides; the column is as the database writes it.
pub(super) fn read(row: &Row, asked: Option<(Details, &Metadata)>) -> Result<OrderRow, StoreError> {
    let (details, metadata) = asked.unzip();
    let metadata = match metadata {
        Some(metadata) => metadata.json().get().to_owned(),
        None => row.try_get::<_, Json<Box<RawValue>>>("exchange_metadata")?.0.get().to_owned(),
    };
    Ok(OrderRow {
        id: row.try_get("id")?,
        account_id: row.try_get("account_id")?,
        bot_id: row.try_get("bot_id")?,
        client_order_id: row.try_get("client_order_id")?,
        venue_order_id: row.try_get("venue_order_id")?,
        symbol: row.try_get("symbol")?,
        mode: row.try_get("mode")?,
        side: row.try_get("side")?,
        kind: row.try_get("kind")?,
        status: row.try_get("status")?,
        quantity: maybe_decimal(row, "quantity")?,
        quote_quantity: maybe_decimal(row, "quote_quantity")?,
        limit_price: maybe_decimal(row, "limit_price")?,
        stop_price: maybe_decimal(row, "stop_price")?,
        filled: row.try_get::<_, Numeric<Amount>>("filled")?.0,
        filled_quote: row.try_get::<_, Numeric<Amount>>("filled_quote")?.0,
        strategy: row.try_get("strategy")?,
        details,
        exchange_metadata: metadata,
        version: row.try_get("version")?,
        placed_at: time(row, "placed_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
