//! What every symbol that traded did in the last 24 hours, or in any other range.

use domain::market::{Interval, SymbolName};
use domain::{Amount, Decimal, Time};
use postgres_types::Type;
use tokio_postgres::Row;

use super::row::{At, decimal, maybe_amount, time};
use crate::{Db, Numeric, StoreError};

const SELECT: &str = include_str!("queries/select_board.sql");

pub(super) const STATEMENTS: &[&str] = &[SELECT];

/// One symbol in the range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRow {
    /// Its name.
    pub symbol: SymbolName,
    /// What is traded.
    pub base: Option<String>,
    /// What it is paid with.
    pub quote: Option<String>,
    /// Whether it is a past played again.
    pub replay: bool,
    /// When the last candle in it opened.
    pub last_open_time: Time,
    /// First price.
    pub open: Decimal,
    /// Last price of a candle.
    pub close: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Units of base.
    pub volume: Amount,
    /// Units of quote, where every candle tells.
    pub quote_volume: Option<Amount>,
    /// Number of trades, where every candle tells.
    pub trade_count: Option<i64>,
}

/// The symbols with candles of a minute that opened from `from` until before `to`, both whole
/// minutes; in no order.
///
/// # Errors
/// The database's.
pub async fn of_range(db: &Db, from: Time, to: Time) -> Result<Vec<BoardRow>, StoreError> {
    let up = |interval: Interval| interval.open_time(from.plus_micros(interval.micros() - 1));
    // A range without a whole hour, or without whole five minutes, has an empty tile there.
    let first_five = up(Interval::M5).min(to);
    let last_five = Interval::M5.open_time(to).max(first_five);
    let first_hour = up(Interval::H1).min(last_five);
    let last_hour = Interval::H1.open_time(to).max(first_hour);
    let times = [from, first_five, first_hour, last_hour, last_five, to].map(At);
    let [a, b, c, d, e, f] = &times;
    let params: [crate::Param<'_>; 6] = [
        (a, Type::TIMESTAMPTZ),
        (b, Type::TIMESTAMPTZ),
        (c, Type::TIMESTAMPTZ),
        (d, Type::TIMESTAMPTZ),
        (e, Type::TIMESTAMPTZ),
        (f, Type::TIMESTAMPTZ),
    ];
    db.query("market.board", SELECT, &params).await?.iter().map(read).collect()
}

fn read(row: &Row) -> Result<BoardRow, StoreError> {
    let (venue, code): (&str, &str) = (row.try_get("venue")?, row.try_get("code")?);
    let symbol = SymbolName::new(venue, code)
        .map_err(|error| StoreError::Unexpected(format!("symbol {venue}:{code}: {error}")))?;
    Ok(BoardRow {
        symbol,
        base: row.try_get("base")?,
        quote: row.try_get("quote")?,
        replay: row.try_get("replay")?,
        last_open_time: time(row, "last_open_time")?,
        open: decimal(row, "open")?,
        close: decimal(row, "close")?,
        high: decimal(row, "high")?,
        low: decimal(row, "low")?,
        volume: row.try_get::<_, Numeric<Amount>>("volume")?.0,
        quote_volume: maybe_amount(row, "quote_volume")?,
        trade_count: row.try_get("trade_count")?,
    })
}
