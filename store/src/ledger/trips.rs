//! Positions and round trips as people read them.

use domain::ledger::Position;
use domain::{Amount, Time};
use postgres_types::{Json, Type};
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, maybe_amount, maybe_time, time};
use crate::{Db, Numeric, Param, StoreError, Tx};

const POSITIONS: &str = include_str!("queries/select_positions.sql");
const TRADES: &str = include_str!("queries/select_trades.sql");

const NET: &str = "SELECT net_pnl FROM ledger.trades WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[POSITIONS, TRADES, NET];

/// Which of them.
#[derive(Debug, Clone, Default)]
pub struct TripQuery {
    /// Of whose accounts.
    pub user: Uuid,
    /// Of this account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// Open or closed.
    pub status: Option<&'static str>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// Long or short.
    pub direction: Option<&'static str>,
    /// With a net profit or a net loss; this and what follows is of round trips only.
    pub result: Option<&'static str>,
    /// Closed for this reason.
    pub exit_reason: Option<String>,
    /// Opened by this rule.
    pub entry_logic: Option<String>,
    /// Closed by this rule.
    pub exit_logic: Option<String>,
    /// Of this interval.
    pub interval: Option<String>,
    /// Begun at or after.
    pub from: Option<Time>,
    /// Begun before.
    pub to: Option<Time>,
    /// After this one, the newest first.
    pub after: Option<(Time, Uuid)>,
    /// At most so many.
    pub limit: i64,
}

/// A position.
#[derive(Debug, Clone, PartialEq)]
pub struct PositionRow {
    /// Its number.
    pub id: Uuid,
    /// The venue account.
    pub account_id: Uuid,
    /// The bot.
    pub bot_id: Option<Uuid>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Spot or margin.
    pub mode: String,
    /// Long or short.
    pub direction: String,
    /// Open or closed.
    pub status: String,
    /// Units of base held.
    pub qty_open: Amount,
    /// What each cost, to 18 digits after the point.
    pub avg_price: Option<Amount>,
    /// Gross profit so far.
    pub realized_pnl: Amount,
    /// When its first fill was.
    pub opened_at: Time,
    /// When it became flat.
    pub closed_at: Option<Time>,
}

/// A round trip.
#[derive(Debug, Clone, PartialEq)]
pub struct TradeRow {
    /// Its position's number, and its own.
    pub id: Uuid,
    /// The venue account.
    pub account_id: Uuid,
    /// The bot.
    pub bot_id: Option<Uuid>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Long or short.
    pub direction: String,
    /// Open or closed.
    pub status: String,
    /// Whose idea it was.
    pub strategy_name: Option<String>,
    /// Which rule opened it.
    pub entry_logic_name: Option<String>,
    /// Which rule closed it.
    pub exit_logic_name: Option<String>,
    /// The candles that were looked at.
    pub interval: Option<String>,
    /// What happened that it was closed.
    pub exit_reason: Option<String>,
    /// When it began.
    pub entry_time: Time,
    /// When it ended.
    pub exit_time: Option<Time>,
    /// Volume-weighted.
    pub entry_price: Option<Amount>,
    /// Volume-weighted.
    pub exit_price: Option<Amount>,
    /// The most base that was held.
    pub size: Amount,
    /// Fees in quote and base, in quote.
    pub commission: Amount,
    /// Fees in other assets.
    pub other_fees: Value,
    /// Funding received, less what was paid.
    pub funding: Amount,
    /// Profit before fees and funding.
    pub gross_pnl: Amount,
    /// gross_pnl − commission + funding.
    pub net_pnl: Amount,
    /// Net profit over the margin.
    pub pnl_ratio: Option<Amount>,
}

/// Positions, the newest first.
///
/// # Errors
/// The database's.
pub async fn positions(db: &Db, query: &TripQuery) -> Result<Vec<PositionRow>, StoreError> {
    list_positions(db, query, position).await
}

/// The same with all that is known of each.
///
/// # Errors
/// The database's.
pub async fn positions_with_state(
    db: &Db,
    query: &TripQuery,
) -> Result<Vec<(PositionRow, Position)>, StoreError> {
    let read = |row: &Row| {
        let Json(state) = row.try_get::<_, Json<Position>>("state")?;
        Ok((position(row)?, state))
    };
    list_positions(db, query, read).await
}

fn position(row: &Row) -> Result<PositionRow, StoreError> {
    Ok(PositionRow {
        id: row.try_get("id")?,
        account_id: row.try_get("account_id")?,
        bot_id: row.try_get("bot_id")?,
        symbol: row.try_get("symbol")?,
        mode: row.try_get("mode")?,
        direction: row.try_get("direction")?,
        status: row.try_get("status")?,
        qty_open: amount(row, "qty_open")?,
        avg_price: maybe_amount(row, "avg_price")?,
        realized_pnl: amount(row, "realized_pnl")?,
        opened_at: time(row, "opened_at")?,
        closed_at: maybe_time(row, "closed_at")?,
    })
}

/// Round trips, the newest first.
///
/// # Errors
/// The database's.
pub async fn trades(db: &Db, query: &TripQuery) -> Result<Vec<TradeRow>, StoreError> {
    let read = |row: &Row| {
        Ok(TradeRow {
            id: row.try_get("id")?,
            account_id: row.try_get("account_id")?,
            bot_id: row.try_get("bot_id")?,
            symbol: row.try_get("symbol")?,
            direction: row.try_get("direction")?,
            status: row.try_get("status")?,
            strategy_name: row.try_get("strategy_name")?,
            entry_logic_name: row.try_get("entry_logic_name")?,
            exit_logic_name: row.try_get("exit_logic_name")?,
            interval: row.try_get("interval")?,
            exit_reason: row.try_get("exit_reason")?,
            entry_time: time(row, "entry_time")?,
            exit_time: maybe_time(row, "exit_time")?,
            entry_price: maybe_amount(row, "entry_price")?,
            exit_price: maybe_amount(row, "exit_price")?,
            size: amount(row, "size")?,
            commission: amount(row, "commission")?,
            other_fees: row.try_get("other_fees")?,
            funding: amount(row, "funding")?,
            gross_pnl: amount(row, "gross_pnl")?,
            net_pnl: amount(row, "net_pnl")?,
            pnl_ratio: maybe_amount(row, "pnl_ratio")?,
        })
    };
    let bounds = Bounds::of(query);
    let params = trip_params(query, &bounds);
    db.list("ledger.trades", TRADES, &params, read).await
}

/// The net profit of a round trip.
///
/// # Errors
/// The database's.
pub async fn net(tx: &Tx, id: Uuid) -> Result<Option<Amount>, StoreError> {
    let row = tx.query_opt(NET, &[(&id, Type::UUID)]).await?;
    row.map(|row| amount(&row, "net_pnl")).transpose()
}

async fn list_positions<T>(
    db: &Db,
    query: &TripQuery,
    read: impl Fn(&Row) -> Result<T, StoreError>,
) -> Result<Vec<T>, StoreError> {
    let bounds = Bounds::of(query);
    db.list("ledger.positions", POSITIONS, &params(query, &bounds), read).await
}

/// The times of a query as parameters.
pub(super) struct Bounds([Option<At>; 3], Option<Uuid>);

impl Bounds {
    pub(super) fn of(query: &TripQuery) -> Self {
        let (time, id) = query.after.unzip();
        Self([query.from, query.to, time].map(|time| time.map(At)), id)
    }
}

fn params<'a>(query: &'a TripQuery, bounds: &'a Bounds) -> Vec<Param<'a>> {
    let Bounds([from, to, after_time], after_id) = bounds;
    vec![
        (&query.user, Type::UUID),
        (&query.account, Type::UUID),
        (&query.bot, Type::UUID),
        (&query.symbol, Type::TEXT),
        (&query.status, Type::TEXT),
        (from, Type::TIMESTAMPTZ),
        (to, Type::TIMESTAMPTZ),
        (after_time, Type::TIMESTAMPTZ),
        (after_id, Type::UUID),
        (&query.limit, Type::INT8),
        (&query.strategy, Type::TEXT),
        (&query.direction, Type::TEXT),
    ]
}

/// The same with what is asked of round trips besides.
pub(super) fn trip_params<'a>(query: &'a TripQuery, bounds: &'a Bounds) -> Vec<Param<'a>> {
    let mut params = params(query, bounds);
    params.extend([
        (&query.result as _, Type::TEXT),
        (&query.exit_reason as _, Type::TEXT),
        (&query.entry_logic as _, Type::TEXT),
        (&query.exit_logic as _, Type::TEXT),
        (&query.interval as _, Type::TEXT),
    ]);
    params
}

fn amount(row: &Row, column: &str) -> Result<Amount, StoreError> {
    Ok(row.try_get::<_, Numeric<Amount>>(column)?.0)
}
