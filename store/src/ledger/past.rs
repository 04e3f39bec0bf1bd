//! The record as it was after some event: whatever was added later is taken off again, or not looked at.

use std::collections::BTreeMap;

use domain::ledger::{Leg, OrderEvent, Position};
use domain::{Amount, Time};
use postgres_types::{Json, Type};
use tokio_postgres::Row;
use uuid::Uuid;

use super::curves::amount;
use super::events::{self, StoredEvent};
use super::trips::{Bounds, TripQuery, trip_params};
use crate::market::row::{At, time};
use crate::{Db, Param, StoreError};

const POSITION_AT: &str = include_str!("queries/find_position_at.sql");
const LAST: &str = "SELECT coalesce(max(position), 0) FROM ledger.events";
const BALANCES: &str = include_str!("queries/sum_balances_at.sql");
const HELD: &str = include_str!("queries/select_held_at.sql");
const EXTERNAL: &str = include_str!("queries/select_external.sql");
const TRIPS: &str = include_str!("queries/select_trips_at.sql");
const ORDER_EVENTS: &str = "
SELECT position, stream, version, stream_kind, body::text AS body, recorded_at, hash
FROM ledger.events WHERE stream = ANY ($1) AND position <= $2 ORDER BY stream, version";

pub(super) const STATEMENTS: &[&str] =
    &[POSITION_AT, LAST, BALANCES, HELD, EXTERNAL, TRIPS, ORDER_EVENTS];

/// The last event as of a time: all up to it were recorded by then.
///
/// # Errors
/// The database's.
pub async fn position_at(db: &Db, at: Time) -> Result<i64, StoreError> {
    let rows = db.query("ledger.position_at", POSITION_AT, &[(&At(at), Type::TIMESTAMPTZ)]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// The last event of all.
///
/// # Errors
/// The database's.
pub async fn last(db: &Db) -> Result<i64, StoreError> {
    let rows = db.query("ledger.last_event", LAST, &[]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// What an account had of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceThen {
    /// The account.
    pub account: Uuid,
    /// Of which.
    pub asset: String,
    /// What could be spent.
    pub cash: Amount,
    /// What was held back for orders.
    pub held: Amount,
}

/// What accounts had after an event.
///
/// # Errors
/// The database's.
pub async fn balances(
    db: &Db,
    accounts: &[Uuid],
    event: i64,
) -> Result<Vec<BalanceThen>, StoreError> {
    let params: [Param<'_>; 2] = [(&accounts, Type::UUID_ARRAY), (&event, Type::INT8)];
    let read = |row: &Row| {
        Ok(BalanceThen {
            account: row.try_get("account_id")?,
            asset: row.try_get("asset")?,
            cash: amount(row, "cash")?,
            held: amount(row, "held")?,
        })
    };
    db.query("ledger.balances_at", BALANCES, &params).await?.iter().map(read).collect()
}

/// An open position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldThen {
    /// The account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Spot or margin.
    pub mode: String,
    /// What profit is counted in.
    pub quote: String,
    /// Units of base, negative when short.
    pub quantity: Amount,
    /// What they cost, negative when short.
    pub cost: Amount,
}

/// Positions that were open after an event.
///
/// # Errors
/// The database's.
pub async fn held(db: &Db, accounts: &[Uuid], event: i64) -> Result<Vec<HeldThen>, StoreError> {
    let params: [Param<'_>; 2] = [(&accounts, Type::UUID_ARRAY), (&event, Type::INT8)];
    let read = |row: &Row| {
        Ok(HeldThen {
            account: row.try_get("account_id")?,
            bot: row.try_get("bot_id")?,
            symbol: row.try_get("symbol")?,
            mode: row.try_get("mode")?,
            quote: row.try_get("quote")?,
            quantity: amount(row, "quantity")?,
            cost: amount(row, "cost")?,
        })
    };
    db.query("ledger.held_at", HELD, &params).await?.iter().map(read).collect()
}

/// What came from outside; negative where it went there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct External {
    /// The account.
    pub account: Uuid,
    /// When.
    pub at: Time,
    /// Which asset.
    pub asset: String,
    /// How much.
    pub amount: Amount,
}

/// Deposits and withdrawals up to an event, and before a time where one is given.
///
/// # Errors
/// The database's.
pub async fn external(
    db: &Db,
    accounts: &[Uuid],
    event: i64,
    before: Option<Time>,
    limit: i64,
) -> Result<Vec<External>, StoreError> {
    let params: [Param<'_>; 4] = [
        (&accounts, Type::UUID_ARRAY),
        (&event, Type::INT8),
        (&before.map(At), Type::TIMESTAMPTZ),
        (&limit, Type::INT8),
    ];
    let read = |row: &Row| {
        let (account, at) = (row.try_get("account_id")?, time(row, "at")?);
        Ok(External { account, at, asset: row.try_get("asset")?, amount: amount(row, "amount")? })
    };
    db.query("ledger.external", EXTERNAL, &params).await?.iter().map(read).collect()
}

/// Positions as they were after an event, the newest first. Their lots are not known.
///
/// # Errors
/// The database's.
pub async fn positions(
    db: &Db,
    query: &TripQuery,
    event: i64,
) -> Result<Vec<Position>, StoreError> {
    let bounds = Bounds::of(query);
    let mut params = trip_params(query, &bounds);
    params.push((&event, Type::INT8));
    db.list("ledger.trips_at", TRIPS, &params, position).await
}

fn position(row: &Row) -> Result<Position, StoreError> {
    let state: &str = row.try_get("state")?;
    let wrong = |error| StoreError::Unexpected(format!("a position: {error}"));
    let mut then: Position = serde_json::from_str(state).map_err(wrong)?;
    let leg = |kind: &str| {
        let part = |name: &str| amount(row, format!("{kind}_{name}").as_str());
        Ok::<_, StoreError>(Leg {
            quantity: part("quantity")?,
            value: part("value")?,
            fees: part("fees")?,
        })
    };
    then.quantity = amount(row, "quantity")?.abs();
    then.cost = amount(row, "cost")?.abs();
    then.largest = amount(row, "largest")?;
    then.entries = leg("entry")?;
    then.exits = leg("exit")?;
    then.realised = amount(row, "realised")?;
    then.funding = amount(row, "funding")?;
    then.fees = row.try_get::<_, Json<BTreeMap<String, Amount>>>("fees")?.0;
    then.closed_by.exit_logic = row.try_get("exit_logic")?;
    then.closed_by.exit_reason = row.try_get("exit_reason")?;
    then.lots.clear();
    if then.quantity != Amount::ZERO {
        then.closed_at = None;
    }
    Ok(then)
}

/// Events of orders up to an event, each order's in their order.
///
/// # Errors
/// The database's.
pub async fn order_events(
    db: &Db,
    orders: &[Uuid],
    event: i64,
) -> Result<Vec<(StoredEvent, OrderEvent)>, StoreError> {
    let params: [Param<'_>; 2] = [(&orders, Type::UUID_ARRAY), (&event, Type::INT8)];
    let rows = db.query("ledger.order_events_at", ORDER_EVENTS, &params).await?;
    let read = |row: &Row| {
        let stored = events::stored(row)?;
        let event = stored.read()?;
        Ok((stored, event))
    };
    rows.iter().map(read).collect()
}
