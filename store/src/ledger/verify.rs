//! The tables as they are, to be compared with what the events make.

use domain::Amount;
use domain::ledger::Position;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::maybe_amount;
use crate::{Numeric, StoreError, Tx};

/// Rows that are read at a time.
const AT_ONCE: i64 = 10_000;

const ORDERS: &str = "
SELECT o.id, o.status, o.filled, o.filled_quote, (SELECT count(*) FROM ledger.fills f WHERE f.order_id = o.id) AS fills
FROM ledger.orders o WHERE o.id > $1 ORDER BY o.id LIMIT $2";
const POSITIONS: &str = "
SELECT p.id, p.state::text AS state, t.net_pnl, t.gross_pnl
FROM ledger.positions p LEFT JOIN ledger.trades t ON t.id = p.id
WHERE p.id > $1 ORDER BY p.id LIMIT $2";
const BALANCES: &str = "
SELECT account_id, asset, purse, coalesce(b.amount, 0) AS balance, coalesce(p.amount, 0) AS posted
FROM ledger.balances b
FULL JOIN (SELECT account_id, asset, purse, sum(amount) AS amount FROM ledger.postings GROUP BY 1, 2, 3) p
    USING (account_id, asset, purse)";

pub(super) const STATEMENTS: &[&str] = &[ORDERS, POSITIONS, BALANCES];

/// What an order's rows say.
#[derive(Debug)]
pub struct OrderState {
    /// The order.
    pub id: Uuid,
    /// Its state.
    pub status: String,
    /// Units of base traded.
    pub filled: Amount,
    /// What they were worth.
    pub filled_quote: Amount,
    /// Its fills.
    pub fills: i64,
}

/// What a position's rows say.
#[derive(Debug)]
pub struct PositionState {
    /// The position.
    pub id: Uuid,
    /// All of it, or why it can't be read.
    pub state: Result<Position, String>,
    /// Its round trip's net profit.
    pub net: Option<Amount>,
    /// Its round trip's gross profit.
    pub gross: Option<Amount>,
}

/// A balance, and what its postings add up to.
#[derive(Debug)]
pub struct BalanceState {
    /// The venue account.
    pub account: Uuid,
    /// In what.
    pub asset: String,
    /// Which of its accounts.
    pub purse: String,
    /// The balance.
    pub balance: Amount,
    /// The sum of the postings.
    pub posted: Amount,
}

/// Every order, by id.
///
/// # Errors
/// The database's.
pub async fn each_order(tx: &Tx, mut see: impl FnMut(OrderState)) -> Result<(), StoreError> {
    let mut last = Uuid::nil();
    loop {
        let rows = tx.query(ORDERS, &[(&last, Type::UUID), (&AT_ONCE, Type::INT8)]).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.try_get("id")?;
        for row in &rows {
            see(OrderState {
                id: row.try_get("id")?,
                status: row.try_get("status")?,
                filled: amount(row, "filled")?,
                filled_quote: amount(row, "filled_quote")?,
                fills: row.try_get("fills")?,
            });
        }
    }
}

/// Every position with its round trip, by id.
///
/// # Errors
/// The database's.
pub async fn each_position(tx: &Tx, mut see: impl FnMut(PositionState)) -> Result<(), StoreError> {
    let mut last = Uuid::nil();
    loop {
        let rows = tx.query(POSITIONS, &[(&last, Type::UUID), (&AT_ONCE, Type::INT8)]).await?;
        let Some(end) = rows.last() else { return Ok(()) };
        last = end.try_get("id")?;
        for row in &rows {
            let state: &str = row.try_get("state")?;
            see(PositionState {
                id: row.try_get("id")?,
                state: serde_json::from_str(state).map_err(|error| error.to_string()),
                net: maybe_amount(row, "net_pnl")?,
                gross: maybe_amount(row, "gross_pnl")?,
            });
        }
    }
}

/// Every balance, with the sum of its postings.
///
/// # Errors
/// The database's.
pub async fn balances(tx: &Tx) -> Result<Vec<BalanceState>, StoreError> {
    let rows = tx.query(BALANCES, &[]).await?;
    let read = |row: &Row| {
        Ok(BalanceState {
            account: row.try_get("account_id")?,
            asset: row.try_get("asset")?,
            purse: row.try_get("purse")?,
            balance: amount(row, "balance")?,
            posted: amount(row, "posted")?,
        })
    };
    rows.iter().map(read).collect()
}

fn amount(row: &Row, column: &str) -> Result<Amount, StoreError> {
    Ok(row.try_get::<_, Numeric<Amount>>(column)?.0)
}
