//! Positions, round trips, postings and balances: what events came to.

use std::collections::BTreeMap;

use domain::Amount;
use domain::ledger::{Direction, Position, PositionKey, Posting, Trade};
use postgres_types::{Json, Type};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::At;
use crate::{Db, Numeric, Param, StoreError, Tx};

// Two fills of one position at the same time: also of the first one, when there is no row to hold.
const HOLD: &str = "SELECT pg_advisory_xact_lock(hashtextextended($1, 20260105))";
// A fill through zero closes one and opens the next: both are of one event.
const LATEST: &str = "
SELECT state::text FROM ledger.positions
WHERE account_id = $1 AND bot_id IS NOT DISTINCT FROM $2 AND symbol = $3 AND mode = $4
ORDER BY position DESC, status = 'open' DESC LIMIT 1";
const WRITE_POSITION: &str = include_str!("queries/upsert_position.sql");
const WRITE_TRADE: &str = include_str!("queries/upsert_trade.sql");
const WRITE_STEP: &str = include_str!("queries/insert_step.sql");
const ADD_POSTINGS: &str = "
INSERT INTO ledger.postings (position, line, account_id, asset, purse, amount, at)
SELECT $1, line, $2, asset, purse, amount,
    (SELECT coalesce((e.body->'fill'->>'time')::timestamptz, (e.body->>'time')::timestamptz, e.recorded_at)
     FROM ledger.events e WHERE e.position = $1)
FROM unnest($3::text[], $4::text[], $5::numeric[]) WITH ORDINALITY AS rows (asset, purse, amount, line)";
// In one order, so that two transactions never wait for each other.
const ADD_TO_BALANCES: &str = "
INSERT INTO ledger.balances (account_id, asset, purse, amount)
SELECT $1, asset, purse, amount FROM unnest($2::text[], $3::text[], $4::numeric[]) AS rows (asset, purse, amount)
ORDER BY asset, purse
ON CONFLICT (account_id, asset, purse) DO UPDATE SET amount = balances.amount + EXCLUDED.amount";

const OWN: &str = "
SELECT asset, coalesce(sum(amount) FILTER (WHERE purse = 'cash'), 0) AS cash,
    coalesce(sum(amount) FILTER (WHERE purse = 'held'), 0) AS held
FROM ledger.balances WHERE account_id = $1 AND purse IN ('cash', 'held') GROUP BY asset ORDER BY asset";

const CASH: &str = "
SELECT amount FROM ledger.balances WHERE account_id = $1 AND asset = $2 AND purse = 'cash'";

pub(super) const STATEMENTS: &[&str] = &[
    CASH,
    HOLD,
    LATEST,
    WRITE_POSITION,
    WRITE_TRADE,
    WRITE_STEP,
    ADD_POSTINGS,
    ADD_TO_BALANCES,
    OWN,
];

/// What an account has of an asset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Balance {
    /// Of which.
    pub asset: String,
    /// What can be spent.
    pub cash: Amount,
    /// What is held back for orders.
    pub held: Amount,
}

/// What an account has, by asset.
///
/// # Errors
/// The database's.
pub async fn balances(db: &Db, account: Uuid) -> Result<Vec<Balance>, StoreError> {
    let rows = db.query("ledger.balances", OWN, &[(&account, Type::UUID)]).await?;
    let amount =
        |row: &Row, column| Ok::<_, StoreError>(row.try_get::<_, Numeric<Amount>>(column)?.0);
    let read = |row: &Row| {
        Ok(Balance {
            asset: row.try_get("asset")?,
            cash: amount(row, "cash")?,
            held: amount(row, "held")?,
        })
    };
    rows.iter().map(read).collect()
}

/// What an account can spend of an asset; whoever else wants to reserve some waits until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn hold_cash(tx: &Tx, account: Uuid, asset: &str) -> Result<Amount, StoreError> {
    hold_name(tx, &format!("cash {account} {asset}")).await?;
    let row = tx.query_opt(CASH, &[(&account, Type::UUID), (&asset, Type::TEXT)]).await?;
    row.map_or(Ok(Amount::ZERO), |row| Ok(row.try_get::<_, Numeric<Amount>>(0)?.0))
}

/// Holds a name until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn hold_name(tx: &Tx, name: &str) -> Result<(), StoreError> {
    tx.query(HOLD, &[(&name, Type::TEXT)]).await.map(drop)
}

/// Holds a key until the transaction ends, and gives its latest position, open or closed.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, key: &PositionKey) -> Result<Option<Position>, StoreError> {
    let (symbol, mode) = (key.symbol.to_string(), key.mode.as_str());
    let bot = key.bot.unwrap_or_default();
    let name = format!("{} {bot} {symbol} {mode}", key.account);
    hold_name(tx, &name).await?;
    let params: [Param<'_>; 4] = [
        (&key.account, Type::UUID),
        (&key.bot, Type::UUID),
        (&symbol, Type::TEXT),
        (&mode, Type::TEXT),
    ];
    let row = tx.query_opt(LATEST, &params).await?;
    row.map(|row| {
        let state: &str = row.try_get(0)?;
        let wrong = |error| StoreError::Unexpected(format!("a position: {error}"));
        serde_json::from_str(state).map_err(wrong)
    })
    .transpose()
}

/// Writes a position, its round trip and its step as they are after the event at `at`.
///
/// # Errors
/// The database's.
pub async fn write_position(tx: &Tx, held: &Position, at: i64) -> Result<(), StoreError> {
    let (symbol, mode) = (held.key.symbol.to_string(), held.key.mode.as_str());
    let (direction, status) =
        (held.direction.as_str(), if held.is_open() { "open" } else { "closed" });
    let state = serde_json::to_string(held)
        .map_err(|error| StoreError::Unexpected(format!("a position: {error}")))?;
    let params: [Param<'_>; 14] = [
        (&held.id, Type::UUID),
        (&held.key.account, Type::UUID),
        (&held.key.bot, Type::UUID),
        (&symbol, Type::TEXT),
        (&mode, Type::TEXT),
        (&direction, Type::TEXT),
        (&status, Type::TEXT),
        (&Numeric(held.quantity), Type::NUMERIC),
        (&held.average_price().map(Numeric), Type::NUMERIC),
        (&Numeric(held.realised), Type::NUMERIC),
        (&At(held.opened_at), Type::TIMESTAMPTZ),
        (&held.closed_at.map(At), Type::TIMESTAMPTZ),
        (&state, Type::TEXT),
        (&at, Type::INT8),
    ];
    tx.execute(WRITE_POSITION, &params).await?;
    let trade = Trade::of(held)
        .ok_or_else(|| StoreError::Unexpected("a round trip past what can be held".to_owned()))?;
    write_trade(tx, held, &trade, at).await?;
    write_step(tx, held, at).await
}

async fn write_step(tx: &Tx, held: &Position, at: i64) -> Result<(), StoreError> {
    let (symbol, mode) = (held.key.symbol.to_string(), held.key.mode.as_str());
    let cost = if held.direction == Direction::Long { held.cost } else { -held.cost };
    let (entries, exits, by) = (&held.entries, &held.exits, &held.closed_by);
    let params: [Param<'_>; 21] = [
        (&held.id, Type::UUID),
        (&at, Type::INT8),
        (&held.key.account, Type::UUID),
        (&held.key.bot, Type::UUID),
        (&symbol, Type::TEXT),
        (&mode, Type::TEXT),
        (&held.quote, Type::TEXT),
        (&Numeric(held.signed()), Type::NUMERIC),
        (&Numeric(cost), Type::NUMERIC),
        (&Numeric(held.largest), Type::NUMERIC),
        (&Numeric(entries.quantity), Type::NUMERIC),
        (&Numeric(entries.value), Type::NUMERIC),
        (&Numeric(entries.fees), Type::NUMERIC),
        (&Numeric(exits.quantity), Type::NUMERIC),
        (&Numeric(exits.value), Type::NUMERIC),
        (&Numeric(exits.fees), Type::NUMERIC),
        (&Numeric(held.realised), Type::NUMERIC),
        (&Numeric(held.funding), Type::NUMERIC),
        (&Json(&held.fees), Type::JSONB),
        (&by.exit_logic, Type::TEXT),
        (&by.exit_reason, Type::TEXT),
    ];
    tx.execute(WRITE_STEP, &params).await.map(drop)
}

async fn write_trade(tx: &Tx, held: &Position, trade: &Trade, at: i64) -> Result<(), StoreError> {
    let (symbol, mode) = (trade.key.symbol.to_string(), trade.key.mode.as_str());
    let (direction, status) =
        (trade.direction.as_str(), if trade.is_closed() { "closed" } else { "open" });
    let params: [Param<'_>; 29] = [
        (&trade.position, Type::UUID),
        (&trade.key.account, Type::UUID),
        (&trade.key.bot, Type::UUID),
        (&symbol, Type::TEXT),
        (&mode, Type::TEXT),
        (&direction, Type::TEXT),
        (&trade.strategy, Type::TEXT),
        (&trade.entry_logic, Type::TEXT),
        (&trade.exit_logic, Type::TEXT),
        (&trade.interval, Type::TEXT),
        (&At(trade.entry_time), Type::TIMESTAMPTZ),
        (&trade.exit_time.map(At), Type::TIMESTAMPTZ),
        (&trade.entry_price.map(Numeric), Type::NUMERIC),
        (&trade.exit_price.map(Numeric), Type::NUMERIC),
        (&Numeric(trade.size), Type::NUMERIC),
        (&Numeric(trade.commission), Type::NUMERIC),
        (&Json(&trade.other_fees), Type::JSONB),
        (&Numeric(trade.funding), Type::NUMERIC),
        (&Numeric(trade.gross), Type::NUMERIC),
        (&Numeric(trade.net), Type::NUMERIC),
        (&trade.profit_ratio.map(Numeric), Type::NUMERIC),
        (&trade.exit_reason, Type::TEXT),
        (&status, Type::TEXT),
        (&at, Type::INT8),
        (&trade.position, Type::UUID),
        (&held.quote, Type::TEXT),
        (&Numeric(held.leverage), Type::NUMERIC),
        (&Numeric(held.entries.value), Type::NUMERIC),
        (&Numeric(held.exits.value), Type::NUMERIC),
    ];
    tx.execute(WRITE_TRADE, &params).await.map(drop)
}

/// Adds the entry of the event at `at`, all of one account.
///
/// # Errors
/// The database's.
pub async fn post(tx: &Tx, account: Uuid, lines: &[Posting], at: i64) -> Result<(), StoreError> {
    if lines.is_empty() {
        return Ok(());
    }
    let assets: Vec<&str> = lines.iter().map(|line| line.asset.as_str()).collect();
    let purses: Vec<&str> = lines.iter().map(|line| line.purse.as_str()).collect();
    let amounts: Vec<Numeric<Amount>> = lines.iter().map(|line| Numeric(line.amount)).collect();
    let params: [Param<'_>; 5] = [
        (&at, Type::INT8),
        (&account, Type::UUID),
        (&assets, Type::TEXT_ARRAY),
        (&purses, Type::TEXT_ARRAY),
        (&amounts, Type::NUMERIC_ARRAY),
    ];
    tx.execute(ADD_POSTINGS, &params).await?;
    let mut sums = BTreeMap::<(&str, &str), Amount>::new();
    for line in lines {
        *sums.entry((&line.asset, line.purse.as_str())).or_default() += line.amount;
    }
    let (keys, sums): (Vec<_>, Vec<_>) = sums.into_iter().unzip();
    let (assets, purses): (Vec<&str>, Vec<&str>) = keys.into_iter().unzip();
    let sums: Vec<Numeric<Amount>> = sums.into_iter().map(Numeric).collect();
    let params: [Param<'_>; 4] = [
        (&account, Type::UUID),
        (&assets, Type::TEXT_ARRAY),
        (&purses, Type::TEXT_ARRAY),
        (&sums, Type::NUMERIC_ARRAY),
    ];
    tx.execute(ADD_TO_BALANCES, &params).await.map(drop)
}
