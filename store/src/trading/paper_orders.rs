//! Orders at the paper venue. Whoever changes one holds its symbol ([`super::paper::hold`]).

use domain::ledger::OrderEvent;
use domain::market::Order as Place;
use domain::trading::paper::PaperOrder;
use domain::{Amount, Time};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use super::paper::{columns, json, read_json, read_place};
use crate::market::row::At;
use crate::{Db, Numeric, Param, StoreError, Tx};

const ANSWER: &str = "SELECT seq, rejected::text FROM trading.paper_orders WHERE id = $1";
const OF: &str = "SELECT symbol, symbol_id FROM trading.paper_orders WHERE id = $1";
const INSERT: &str = include_str!("queries/insert_paper_order.sql");
const STATE: &str =
    "SELECT state::text, seen_time, seen_seq, seen_id FROM trading.paper_orders WHERE id = $1";
// In the order of arrival; those that no price from $2 to $3 does anything to are left out.
const IN_REACH: &str = "
SELECT state::text, seen_time, seen_seq, seen_id FROM trading.paper_orders
WHERE symbol_id = $1 AND status = 'open' AND (reach_below >= $2 OR reach_above <= $3) ORDER BY seq";
const UPDATE: &str = include_str!("queries/update_paper_orders.sql");

pub(super) const STATEMENTS: &[&str] = &[ANSWER, OF, INSERT, STATE, IN_REACH, UPDATE];

/// An order and the last trade before it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaperRow {
    /// The order.
    pub order: PaperOrder,
    /// That trade.
    pub seen: Option<Place>,
}

/// What was answered to an order, if it ever came.
///
/// # Errors
/// The database's.
pub async fn answer(tx: &Tx, order: Uuid) -> Result<Option<OrderEvent>, StoreError> {
    let row = tx.query_opt(ANSWER, &[(&order, Type::UUID)]).await?;
    row.map(|row| match row.try_get::<_, Option<&str>>(1)? {
        Some(rejected) => read_json("a paper order's answer", rejected),
        None => Ok(accepted(row.try_get(0)?)),
    })
    .transpose()
}

/// The symbol of an order, `venue:CODE` and its number, which a rejected order may not have.
///
/// # Errors
/// The database's.
pub async fn symbol_of(db: &Db, order: Uuid) -> Result<Option<(String, Option<i32>)>, StoreError> {
    let rows = db.query("trading.paper_order", OF, &[(&order, Type::UUID)]).await?;
    rows.first().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).transpose()
}

/// An order that is to be written down: taken, or rejected with an answer.
#[derive(Debug, Clone)]
pub struct NewPaperOrder<'a> {
    /// The ledger's number of it.
    pub id: Uuid,
    /// The venue account.
    pub account: Uuid,
    /// `venue:CODE`.
    pub symbol: String,
    /// The symbol's number, where there is one.
    pub symbol_id: Option<i32>,
    /// The order, or why it wasn't taken.
    pub taken: Result<&'a PaperOrder, &'a OrderEvent>,
    /// The last trade before it came.
    pub seen: Option<Place>,
}

/// Writes down an order that came, and gives what is answered to it.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, new: &NewPaperOrder<'_>, now: Time) -> Result<OrderEvent, StoreError> {
    let order = new.taken.ok();
    let rejected = new.taken.err().map(json).transpose()?;
    let state = order.map(json).transpose()?;
    let status = order.map_or("rejected", status);
    let (below, above) = order.map_or((None, None), reach);
    let (time, seq, id) = columns(new.seen);
    let params: [Param<'_>; 13] = [
        (&new.id, Type::UUID),
        (&new.account, Type::UUID),
        (&new.symbol, Type::TEXT),
        (&new.symbol_id, Type::INT4),
        (&status, Type::TEXT),
        (&rejected, Type::TEXT),
        (&state, Type::TEXT),
        (&time, Type::TIMESTAMPTZ),
        (&seq, Type::INT4),
        (&id, Type::INT8),
        (&below, Type::NUMERIC),
        (&above, Type::NUMERIC),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    let row = tx.query_opt(INSERT, &params).await?;
    let row = row.ok_or_else(|| StoreError::Unexpected("no row was written".to_owned()))?;
    Ok(match new.taken {
        Ok(_) => accepted(row.try_get(0)?),
        Err(answer) => answer.clone(),
    })
}

/// An order that was taken. The caller holds its symbol.
///
/// # Errors
/// The database's.
pub async fn read(tx: &Tx, order: Uuid) -> Result<Option<PaperRow>, StoreError> {
    let row = tx.query_opt(STATE, &[(&order, Type::UUID)]).await?;
    let Some(row) = row else { return Ok(None) };
    row.try_get::<_, Option<&str>>(0)?.map(|_| read_row(&row)).transpose()
}

/// The open orders of a symbol that some price from `low` to `high` may do something to, in the order of arrival.
/// The caller holds the symbol.
///
/// # Errors
/// The database's.
pub async fn in_reach(
    tx: &Tx,
    symbol_id: i32,
    low: Amount,
    high: Amount,
) -> Result<Vec<PaperRow>, StoreError> {
    let params: [Param<'_>; 3] =
        [(&symbol_id, Type::INT4), (&Numeric(low), Type::NUMERIC), (&Numeric(high), Type::NUMERIC)];
    tx.query(IN_REACH, &params).await?.iter().map(read_row).collect()
}

/// Writes orders as they are now.
///
/// # Errors
/// The database's.
pub async fn update(tx: &Tx, rows: &[PaperRow], now: Time) -> Result<(), StoreError> {
    if rows.is_empty() {
        return Ok(());
    }
    let orders = || rows.iter().map(|row| &row.order);
    let ids: Vec<Uuid> = orders().map(|order| order.id).collect();
    let statuses: Vec<&str> = orders().map(status).collect();
    let states = orders().map(json).collect::<Result<Vec<_>, _>>()?;
    let (below, above): (Vec<_>, Vec<_>) = orders().map(reach).unzip();
    let times: Vec<_> = rows.iter().map(|row| columns(row.seen).0).collect();
    let seqs: Vec<_> = rows.iter().map(|row| columns(row.seen).1).collect();
    let trades: Vec<_> = rows.iter().map(|row| columns(row.seen).2).collect();
    let params: [Param<'_>; 9] = [
        (&ids, Type::UUID_ARRAY),
        (&statuses, Type::TEXT_ARRAY),
        (&states, Type::TEXT_ARRAY),
        (&below, Type::NUMERIC_ARRAY),
        (&above, Type::NUMERIC_ARRAY),
        (&times, Type::TIMESTAMPTZ_ARRAY),
        (&seqs, Type::INT4_ARRAY),
        (&trades, Type::INT8_ARRAY),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    tx.execute(UPDATE, &params).await.map(drop)
}

fn accepted(seq: i64) -> OrderEvent {
    OrderEvent::Accepted { venue_order_id: seq.to_string() }
}

fn status(order: &PaperOrder) -> &'static str {
    if order.is_over() { "ended" } else { "open" }
}

fn reach(order: &PaperOrder) -> (Option<Numeric<Amount>>, Option<Numeric<Amount>>) {
    let reach = order.reach();
    (reach.below.map(Numeric), reach.above.map(Numeric))
}

fn read_row(row: &Row) -> Result<PaperRow, StoreError> {
    Ok(PaperRow { order: read_json("a paper order", row.try_get(0)?)?, seen: read_place(row)? })
}
