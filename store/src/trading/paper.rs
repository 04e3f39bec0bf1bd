//! The paper venue's record: how far it has looked, what it has traded, and what it told. Its orders are
//! [`super::paper_orders`].
//!
//! Whoever changes something of a symbol holds the symbol's row ([`hold`]), and writes reports last ([`report`]).

use domain::ledger::{Mode, OrderEvent};
use domain::market::{Order as Place, TickKind};
use domain::{Amount, Time};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, maybe_time};
use crate::{Db, Numeric, Param, Session, StoreError, Tx};

const FIND_SYMBOL: &str = "
SELECT aggregated, seen_time, seen_seq, seen_id FROM trading.paper_symbols WHERE symbol_id = $1";
const ADD_SYMBOL: &str = "
INSERT INTO trading.paper_symbols (symbol_id, aggregated) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const HOLD_SYMBOL: &str = "
SELECT aggregated, seen_time, seen_seq, seen_id FROM trading.paper_symbols WHERE symbol_id = $1 FOR UPDATE";
const ADVANCE: &str = "
UPDATE trading.paper_symbols SET aggregated = $2, seen_time = $3, seen_seq = $4, seen_id = $5 WHERE symbol_id = $1";
const HAS_OPEN: &str =
    "SELECT id FROM trading.paper_orders WHERE symbol_id = $1 AND status = 'open' LIMIT 1";
const OPEN_SYMBOLS: &str = "
SELECT symbol_id, count(*) FROM trading.paper_orders WHERE status = 'open' GROUP BY symbol_id ORDER BY symbol_id";

const POSITION: &str = "
SELECT quantity FROM trading.paper_positions
WHERE account_id = $1 AND bot_id IS NOT DISTINCT FROM $2 AND symbol_id = $3 AND mode = $4";
const ADD_TO_POSITION: &str = "
INSERT INTO trading.paper_positions AS p (account_id, bot_id, symbol_id, mode, quantity) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (account_id, bot_id, symbol_id, mode) DO UPDATE SET quantity = p.quantity + EXCLUDED.quantity";

// "ppr": reports are committed in the order of their numbers, so whoever has read one misses none before it.
const HOLD_REPORTS: &str = "SELECT pg_advisory_xact_lock(7368818)";
const REPORT: &str = "
INSERT INTO trading.paper_reports (order_id, event, at)
SELECT order_id, event::json, $3 FROM unnest($1::uuid[], $2::text[]) WITH ORDINALITY AS rows (order_id, event, place)
ORDER BY place";
const REPORTS: &str = "
SELECT seq, order_id, event::text FROM trading.paper_reports WHERE seq > $1 ORDER BY seq LIMIT $2";
/// "ppm": one process matches.
const LEAD: &str = "SELECT pg_try_advisory_lock(7368813)";

/// What a session of the database runs to hear that there are new orders or reports.
pub const LISTEN: &str = "LISTEN chandlery_paper";

pub(super) const STATEMENTS: &[&str] = &[
    FIND_SYMBOL,
    ADD_SYMBOL,
    HOLD_SYMBOL,
    ADVANCE,
    HAS_OPEN,
    OPEN_SYMBOLS,
    POSITION,
    ADD_TO_POSITION,
    HOLD_REPORTS,
    REPORT,
    REPORTS,
    LEAD,
];

/// How far the trades of a symbol were looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Which trades count.
    pub kind: TickKind,
    /// The last of them.
    pub seen: Option<Place>,
}

/// Whose a position is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PositionOf {
    /// The venue account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// The symbol's number.
    pub symbol_id: i32,
    /// Spot or margin.
    pub mode: Mode,
}

/// How far a symbol was looked at, if it ever was.
///
/// # Errors
/// The database's.
pub async fn progress(db: &Db, symbol_id: i32) -> Result<Option<Progress>, StoreError> {
    let rows = db.query("trading.paper_progress", FIND_SYMBOL, &[(&symbol_id, Type::INT4)]).await?;
    rows.first().map(read_progress).transpose()
}

/// Holds a symbol until the transaction ends; one that was never looked at begins with trades of `kind`.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, symbol_id: i32, kind: TickKind) -> Result<Progress, StoreError> {
    let add: [Param<'_>; 2] =
        [(&symbol_id, Type::INT4), (&(kind == TickKind::AggTrade), Type::BOOL)];
    tx.execute(ADD_SYMBOL, &add).await?;
    let row = tx.query_opt(HOLD_SYMBOL, &[(&symbol_id, Type::INT4)]).await?;
    let gone = || StoreError::Unexpected(format!("trading.paper_symbols has no {symbol_id}"));
    read_progress(&row.ok_or_else(gone)?)
}

/// Notes how far a symbol was looked at. The caller holds it.
///
/// # Errors
/// The database's.
pub async fn advance(tx: &Tx, symbol_id: i32, to: Progress) -> Result<(), StoreError> {
    let (time, seq, id) = columns(to.seen);
    let params: [Param<'_>; 5] = [
        (&symbol_id, Type::INT4),
        (&(to.kind == TickKind::AggTrade), Type::BOOL),
        (&time, Type::TIMESTAMPTZ),
        (&seq, Type::INT4),
        (&id, Type::INT8),
    ];
    tx.execute(ADVANCE, &params).await.map(drop)
}

/// Whether an order of the symbol waits for its trades.
///
/// # Errors
/// The database's.
pub async fn has_open(tx: &Tx, symbol_id: i32) -> Result<bool, StoreError> {
    Ok(tx.query_opt(HAS_OPEN, &[(&symbol_id, Type::INT4)]).await?.is_some())
}

/// The symbols of open orders, and how many each has.
///
/// # Errors
/// The database's.
pub async fn open_symbols(db: &Db) -> Result<Vec<(i32, i64)>, StoreError> {
    let rows = db.query("trading.paper_open", OPEN_SYMBOLS, &[]).await?;
    rows.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?))).collect()
}

/// What the venue has traded, net of fees in base; negative when short.
///
/// # Errors
/// The database's.
pub async fn position(tx: &Tx, of: PositionOf) -> Result<Amount, StoreError> {
    let row = tx.query_opt(POSITION, &owner(&of, &of.mode.as_str())).await?;
    row.map_or(Ok(Amount::ZERO), |row| Ok(row.try_get::<_, Numeric<Amount>>(0)?.0))
}

/// Adds to it.
///
/// # Errors
/// The database's.
pub async fn add_to_position(tx: &Tx, of: PositionOf, change: Amount) -> Result<(), StoreError> {
    let (mode, change) = (of.mode.as_str(), Numeric(change));
    let [account, bot, symbol, mode] = owner(&of, &mode);
    let params: [Param<'_>; 5] = [account, bot, symbol, mode, (&change, Type::NUMERIC)];
    tx.execute(ADD_TO_POSITION, &params).await.map(drop)
}

/// Adds reports. From here to the end of the transaction nobody else does, so this comes last.
///
/// # Errors
/// The database's.
pub async fn report(tx: &Tx, reports: &[(Uuid, OrderEvent)], now: Time) -> Result<(), StoreError> {
    if reports.is_empty() {
        return Ok(());
    }
    let orders: Vec<Uuid> = reports.iter().map(|report| report.0).collect();
    let events = reports.iter().map(|report| json(&report.1)).collect::<Result<Vec<_>, _>>()?;
    tx.query(HOLD_REPORTS, &[]).await?;
    let params: [Param<'_>; 3] =
        [(&orders, Type::UUID_ARRAY), (&events, Type::TEXT_ARRAY), (&At(now), Type::TIMESTAMPTZ)];
    tx.execute(REPORT, &params).await.map(drop)
}

/// Reports past `after`, in order, at most so many: number, order and event.
///
/// # Errors
/// The database's.
pub async fn reports(
    db: &Db,
    after: i64,
    limit: i64,
) -> Result<Vec<(i64, Uuid, OrderEvent)>, StoreError> {
    let params: [Param<'_>; 2] = [(&after, Type::INT8), (&limit, Type::INT8)];
    let rows = db.query("trading.paper_reports", REPORTS, &params).await?;
    let read = |row: &Row| {
        let event = read_json("a paper report", row.try_get(2)?)?;
        Ok((row.try_get(0)?, row.try_get(1)?, event))
    };
    rows.iter().map(read).collect()
}

/// Whether this session may match: while it lasts, no other may.
///
/// # Errors
/// The database's.
pub async fn try_lead(session: &Session) -> Result<bool, StoreError> {
    Ok(session.client().query_one(LEAD, &[]).await?.try_get(0)?)
}

fn owner<'a>(of: &'a PositionOf, mode: &'a &'static str) -> [Param<'a>; 4] {
    [
        (&of.account, Type::UUID),
        (&of.bot, Type::UUID),
        (&of.symbol_id, Type::INT4),
        (mode, Type::TEXT),
    ]
}

pub(super) fn columns(place: Option<Place>) -> (Option<At>, Option<i32>, Option<i64>) {
    (place.map(|at| At(at.time)), place.map(|at| at.seq), place.map(|at| at.id))
}

pub(super) fn read_place(row: &Row) -> Result<Option<Place>, StoreError> {
    let Some(time) = maybe_time(row, "seen_time")? else { return Ok(None) };
    Ok(Some(Place { time, seq: row.try_get("seen_seq")?, id: row.try_get("seen_id")? }))
}

fn read_progress(row: &Row) -> Result<Progress, StoreError> {
    let kind = if row.try_get("aggregated")? { TickKind::AggTrade } else { TickKind::Trade };
    Ok(Progress { kind, seen: read_place(row)? })
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, StoreError> {
    serde_json::to_string(value)
        .map_err(|error| StoreError::Unexpected(format!("the paper venue's record: {error}")))
}

pub(super) fn read_json<T: serde::de::DeserializeOwned>(
    what: &str,
    text: &str,
) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Unexpected(format!("{what}: {error}")))
}
