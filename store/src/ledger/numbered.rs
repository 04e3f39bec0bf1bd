//! Orders by whole numbers, for programs that know no others: an order's is the position of the event that placed it, a
//! fill's that of its own. Both are there already, rise, and stay whatever is made again from the events.

use domain::Time;
use domain::ledger::{OrderEvent, Terms};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::details::Details;
use super::orders::{self, FillRow, OrderRow};
use crate::market::row::At;
use crate::{Db, Param, StoreError};

const BY_NUMBER: &str = "
SELECT o.*, e.position AS number, e.body::text AS placed
FROM ledger.events e JOIN ledger.orders o ON o.id = e.stream
WHERE o.account_id = $1 AND o.mode = 'spot' AND e.position = $2 AND e.version = 1";
const BY_NAME: &str = "
SELECT o.*, e.position AS number, e.body::text AS placed
FROM ledger.orders o JOIN ledger.events e ON e.stream = o.id AND e.version = 1
WHERE o.account_id = $1 AND o.mode = 'spot' AND o.client_order_id = $2";
const OPEN: &str = "
SELECT o.*, e.position AS number, e.body::text AS placed
FROM ledger.orders o JOIN ledger.events e ON e.stream = o.id AND e.version = 1
WHERE o.account_id = $1 AND o.mode = 'spot' AND ($2::text IS NULL OR o.symbol = $2)
    AND o.status NOT IN ('filled', 'cancelled', 'rejected', 'expired')
ORDER BY e.position";
const FROM: &str = include_str!("queries/select_numbered_orders.sql");
const LATEST: &str = include_str!("queries/select_latest_numbered_orders.sql");
const FILLS: &str = include_str!("queries/select_numbered_fills.sql");
const REJECTION: &str = "
SELECT body ->> 'code' FROM ledger.events WHERE stream = $1 AND kind = 'rejected' ORDER BY version DESC LIMIT 1";

pub(super) const STATEMENTS: &[&str] = &[BY_NUMBER, BY_NAME, OPEN, FROM, LATEST, FILLS, REJECTION];

/// An order, its number, and all that was asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberedOrder {
    /// Its number.
    pub number: i64,
    /// As it is now.
    pub row: OrderRow,
    /// As it was placed.
    pub terms: Terms,
}

/// By what an order is known.
#[derive(Debug, Clone, Copy)]
pub enum Handle<'a> {
    /// Its number.
    Number(i64),
    /// The name that whoever placed it gave it.
    Name(&'a str),
}

/// Which orders of a symbol, or fills of them.
#[derive(Debug, Clone)]
pub struct NumberedQuery {
    /// Of this account.
    pub account: Uuid,
    /// In this symbol, `venue:CODE`.
    pub symbol: String,
    /// Of this order only; for fills.
    pub order: Option<i64>,
    /// From this number on.
    pub from_number: Option<i64>,
    /// At or after.
    pub from: Option<Time>,
    /// Before.
    pub to: Option<Time>,
    /// At most so many: the newest, or where a beginning is given, the oldest from there.
    pub limit: i64,
}

impl NumberedQuery {
    const fn has_beginning(&self) -> bool {
        self.from_number.is_some() || self.from.is_some()
    }
}

/// A fill with the number of its order.
#[derive(Debug, Clone, PartialEq)]
pub struct NumberedFill {
    /// The order's.
    pub order: i64,
    /// buy or sell.
    pub side: String,
    /// The rest.
    pub fill: FillRow,
}

/// An order of an account.
///
/// # Errors
/// The database's.
pub async fn find(
    db: &Db,
    account: Uuid,
    handle: Handle<'_>,
) -> Result<Option<NumberedOrder>, StoreError> {
    let (sql, param): (_, Param<'_>) = match &handle {
        Handle::Number(number) => (BY_NUMBER, (number, Type::INT8)),
        Handle::Name(name) => (BY_NAME, (name, Type::TEXT)),
    };
    let params = [(&account as _, Type::UUID), param];
    db.query("ledger.numbered_order", sql, &params).await?.first().map(order).transpose()
}

/// Orders that may still trade, of one symbol or all, the oldest first.
///
/// # Errors
/// The database's.
pub async fn open(
    db: &Db,
    account: Uuid,
    symbol: Option<&str>,
) -> Result<Vec<NumberedOrder>, StoreError> {
    let params: [Param<'_>; 2] = [(&account, Type::UUID), (&symbol, Type::TEXT)];
    db.list("ledger.open_orders", OPEN, &params, order).await
}

/// Orders, the oldest first.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &NumberedQuery) -> Result<Vec<NumberedOrder>, StoreError> {
    let (from, to) = (At(query.from.unwrap_or(Time::MIN)), At(query.to.unwrap_or(Time::MAX)));
    let first = query.from_number.unwrap_or(0);
    let account: Param<'_> = (&query.account, Type::UUID);
    let symbol: Param<'_> = (&query.symbol, Type::TEXT);
    let to: Param<'_> = (&to, Type::TIMESTAMPTZ);
    let limit: Param<'_> = (&query.limit, Type::INT8);
    if query.has_beginning() {
        let (from, first) = ((&from as _, Type::TIMESTAMPTZ), (&first as _, Type::INT8));
        let params = [account, symbol, from, to, first, limit];
        db.list("ledger.numbered_orders", FROM, &params, order).await
    } else {
        let params = [account, symbol, to, limit];
        db.list("ledger.latest_orders", LATEST, &params, order).await
    }
}

/// Fills, the oldest first.
///
/// # Errors
/// The database's.
pub async fn fills(db: &Db, query: &NumberedQuery) -> Result<Vec<NumberedFill>, StoreError> {
    let (from, to) = (At(query.from.unwrap_or(Time::MIN)), At(query.to.unwrap_or(Time::MAX)));
    let (first, rising) = (query.from_number.unwrap_or(0), query.has_beginning());
    let params: [Param<'_>; 8] = [
        (&query.account, Type::UUID),
        (&query.symbol, Type::TEXT),
        (&query.order, Type::INT8),
        (&from, Type::TIMESTAMPTZ),
        (&to, Type::TIMESTAMPTZ),
        (&first, Type::INT8),
        (&rising, Type::BOOL),
        (&query.limit, Type::INT8),
    ];
    let read = |row: &Row| {
        Ok(NumberedFill {
            order: row.try_get("number")?,
            side: row.try_get("side")?,
            fill: orders::fill(row)?,
        })
    };
    db.list("ledger.numbered_fills", FILLS, &params, read).await
}

/// The code by which an order was rejected, if it was.
///
/// # Errors
/// The database's.
pub async fn rejection(db: &Db, order: Uuid) -> Result<Option<String>, StoreError> {
    let rows = db.query("ledger.rejection", REJECTION, &[(&order, Type::UUID)]).await?;
    rows.first().map_or(Ok(None), |row| Ok(row.try_get(0)?))
}

fn order(row: &Row) -> Result<NumberedOrder, StoreError> {
    let odd = |what: String| StoreError::Unexpected(format!("an order's first event: {what}"));
    let placed: &str = row.try_get("placed")?;
    match serde_json::from_str(placed).map_err(|error| odd(error.to_string()))? {
        OrderEvent::Placed { terms, .. } => Ok(NumberedOrder {
            number: row.try_get("number")?,
            row: orders::read(row, Some((Details::asked(&terms), &terms.exchange_metadata)))?,
            terms: *terms,
        }),
        other => Err(odd(other.kind().to_owned())),
    }
}
