//! Snapshots of what accounts and bots were worth at full hours.

use std::collections::BTreeMap;

use domain::{Amount, Time};
use postgres_types::{Json, Type};
use tokio_postgres::Row;
use uuid::Uuid;

use super::curves::amount;
use crate::market::row::{At, maybe_amount, maybe_time, time};
use crate::{Db, Numeric, Param, StoreError, Tx};

const INSERT: &str = include_str!("queries/insert_snapshot.sql");
const PAGE: &str = include_str!("queries/select_snapshots.sql");
const LATEST: &str = include_str!("queries/select_latest_snapshots.sql");
const DUE: &str = include_str!("queries/select_snapshot_due.sql");
const STEPS: &str = include_str!("queries/sum_steps.sql");
const SINCE: &str = include_str!("queries/sum_profit_since.sql");
const FORGET: &str = "DELETE FROM ledger.performance_snapshots";

pub(super) const STATEMENTS: &[&str] = &[INSERT, PAGE, LATEST, DUE, STEPS, SINCE, FORGET];

/// What an account or a bot was worth at an hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// The account.
    pub account: Uuid,
    /// The bot; none for the whole account.
    pub bot: Option<Uuid>,
    /// The hour.
    pub at: Time,
    /// The last event that is in it.
    pub event: i64,
    /// In what money is counted.
    pub currency: String,
    /// What it was worth.
    pub equity: Amount,
    /// What it had of the currency itself; of accounts only.
    pub cash: Option<Amount>,
    /// All profit by then, after fees and funding.
    pub realised_pnl: Amount,
    /// What open positions would have won.
    pub unrealised_pnl: Amount,
    /// Positions that were open.
    pub open_positions: i64,
    /// Trades that were closed.
    pub closed_trades: i64,
    /// Those of them that won.
    pub won_trades: i64,
    /// The highest equity of it and all before.
    pub peak: Amount,
    /// Net profit by quote.
    pub totals: BTreeMap<String, Amount>,
    /// Assets that are left out, for no price was stored.
    pub unpriced: Vec<String>,
}

/// Writes snapshots; those that are there stay.
///
/// # Errors
/// The database's.
pub async fn write(tx: &Tx, snapshots: &[Snapshot]) -> Result<(), StoreError> {
    for made in snapshots {
        let params: [Param<'_>; 15] = [
            (&made.account, Type::UUID),
            (&made.bot, Type::UUID),
            (&At(made.at), Type::TIMESTAMPTZ),
            (&made.event, Type::INT8),
            (&made.currency, Type::TEXT),
            (&Numeric(made.equity), Type::NUMERIC),
            (&made.cash.map(Numeric), Type::NUMERIC),
            (&Numeric(made.realised_pnl), Type::NUMERIC),
            (&Numeric(made.unrealised_pnl), Type::NUMERIC),
            (&made.open_positions, Type::INT8),
            (&made.closed_trades, Type::INT8),
            (&made.won_trades, Type::INT8),
            (&Numeric(made.peak), Type::NUMERIC),
            (&Json(&made.totals), Type::JSONB),
            (&made.unpriced, Type::TEXT_ARRAY),
        ];
        tx.execute(INSERT, &params).await?;
    }
    Ok(())
}

/// Which snapshots.
#[derive(Debug, Clone, Default)]
pub struct SnapshotQuery {
    /// Of these accounts.
    pub accounts: Vec<Uuid>,
    /// Of this bot; without it of whole accounts.
    pub bot: Option<Uuid>,
    /// From this time on.
    pub from: Option<Time>,
    /// Before this time.
    pub to: Option<Time>,
    /// Those of midnight only.
    pub daily: bool,
    /// At most so many.
    pub limit: i64,
}

/// The latest of them, the newest first.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &SnapshotQuery) -> Result<Vec<Snapshot>, StoreError> {
    let (from, to) = (query.from.map(At), query.to.map(At));
    let params: [Param<'_>; 6] = [
        (&query.accounts, Type::UUID_ARRAY),
        (&query.bot, Type::UUID),
        (&from, Type::TIMESTAMPTZ),
        (&to, Type::TIMESTAMPTZ),
        (&query.daily, Type::BOOL),
        (&query.limit, Type::INT8),
    ];
    db.list("ledger.snapshots", PAGE, &params, read).await
}

/// Those of accounts and their bots, at each account's latest hour whose snapshots have no event past this one.
///
/// # Errors
/// The database's.
pub async fn latest(db: &Db, accounts: &[Uuid], event: i64) -> Result<Vec<Snapshot>, StoreError> {
    let params: [Param<'_>; 2] = [(&accounts, Type::UUID_ARRAY), (&event, Type::INT8)];
    db.query("ledger.latest_snapshots", LATEST, &params).await?.iter().map(read).collect()
}

/// An account whose snapshots end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Due {
    /// The account.
    pub account: Uuid,
    /// The hour of the last.
    pub last: Option<Time>,
    /// When its first event was recorded.
    pub begun: Option<Time>,
}

/// Accounts whose snapshots end an hour or more before `hour`.
///
/// # Errors
/// The database's.
pub async fn due(db: &Db, hour: Time) -> Result<Vec<Due>, StoreError> {
    let rows = db.query("ledger.snapshots_due", DUE, &[(&At(hour), Type::TIMESTAMPTZ)]).await?;
    let read = |row: &Row| {
        let (last, begun) = (maybe_time(row, "last")?, maybe_time(row, "begun")?);
        Ok(Due { account: row.try_get("id")?, last, begun })
    };
    rows.iter().map(read).collect()
}

/// What steps added for an account's bot, or for no bot, in a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Added {
    /// The account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// What profit is counted in.
    pub quote: String,
    /// Net profit.
    pub net: Amount,
    /// Trades that were closed.
    pub closed: i64,
    /// Those of them that won.
    pub won: i64,
}

/// What the steps of positions added, of each account after an event of its own and up to one of all.
///
/// # Errors
/// The database's.
pub async fn added(db: &Db, after: &[(Uuid, i64)], to: i64) -> Result<Vec<Added>, StoreError> {
    let (accounts, after): (Vec<Uuid>, Vec<i64>) = after.iter().copied().unzip();
    let params: [Param<'_>; 3] =
        [(&accounts, Type::UUID_ARRAY), (&after, Type::INT8_ARRAY), (&to, Type::INT8)];
    let read = |row: &Row| {
        Ok(Added {
            account: row.try_get("account_id")?,
            bot: row.try_get("bot_id")?,
            quote: row.try_get("quote")?,
            net: amount(row, "net")?,
            closed: row.try_get("closed")?,
            won: row.try_get("won")?,
        })
    };
    db.query("ledger.steps_added", STEPS, &params).await?.iter().map(read).collect()
}

/// Net profit of an account and bot, in a quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profit {
    /// The account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// What profit is counted in.
    pub quote: String,
    /// So much.
    pub net: Amount,
}

/// Net profit of a time, by what was recorded up to an event.
///
/// # Errors
/// The database's.
pub async fn profit(
    db: &Db,
    accounts: &[Uuid],
    from: Time,
    to: Time,
    event: i64,
) -> Result<Vec<Profit>, StoreError> {
    let params: [Param<'_>; 4] = [
        (&accounts, Type::UUID_ARRAY),
        (&At(from), Type::TIMESTAMPTZ),
        (&At(to), Type::TIMESTAMPTZ),
        (&event, Type::INT8),
    ];
    let read = |row: &Row| {
        let (account, bot) = (row.try_get("account_id")?, row.try_get("bot_id")?);
        Ok(Profit { account, bot, quote: row.try_get("quote")?, net: amount(row, "net")? })
    };
    db.query("ledger.profit_since", SINCE, &params).await?.iter().map(read).collect()
}

/// Deletes all; they can be made again.
///
/// # Errors
/// The database's.
pub async fn forget(tx: &Tx) -> Result<(), StoreError> {
    tx.execute(FORGET, &[]).await.map(drop)
}

fn read(row: &Row) -> Result<Snapshot, StoreError> {
    Ok(Snapshot {
        account: row.try_get("account_id")?,
        bot: row.try_get("bot_id")?,
        at: time(row, "at")?,
        event: row.try_get("event")?,
        currency: row.try_get("currency")?,
        equity: amount(row, "equity")?,
        cash: maybe_amount(row, "cash")?,
        realised_pnl: amount(row, "realised_pnl")?,
        unrealised_pnl: amount(row, "unrealised_pnl")?,
        open_positions: row.try_get("open_positions")?,
        closed_trades: row.try_get("closed_trades")?,
        won_trades: row.try_get("won_trades")?,
        peak: amount(row, "peak")?,
        totals: row.try_get::<_, Json<BTreeMap<String, Amount>>>("totals")?.0,
        unpriced: row.try_get("unpriced")?,
    })
}
