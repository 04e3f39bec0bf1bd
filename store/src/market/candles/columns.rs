//! Whole ranges of candles as columns, by binary COPY: no row is made into a value of its own, which
//! would take longer than everything else.

use std::cmp::Reverse;

use domain::Time;
use domain::market::{Interval, Origin, TimeRange};
use futures_util::TryStreamExt;

use super::super::row::EPOCH;
use super::super::segments::{self, Series};
use super::super::symbols::Scales;
use crate::numeric::scaled;
use crate::{StoreError, Tx};

/// Some candles in order of opening time, one for each, by the rule of pages. Numbers are whole
/// multiples of the last place that the scales have.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CandleColumns {
    /// Microseconds since 1970.
    pub open_time: Vec<i64>,
    /// Open, high, low and close.
    pub prices: [Vec<i128>; 4],
    /// Units of base.
    pub volume: Vec<i128>,
    /// Units of quote.
    pub quote_volume: Vec<Option<i128>>,
    /// Number of trades.
    pub trade_count: Vec<Option<i64>>,
    /// Units of base bought by takers.
    pub taker_buy_volume: Vec<Option<i128>>,
}

impl CandleColumns {
    /// How many candles.
    #[must_use]
    pub fn len(&self) -> usize {
        self.open_time.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.open_time.is_empty()
    }

    fn push(&mut self, row: &Row) {
        self.open_time.push(row.open_time);
        for (column, price) in self.prices.iter_mut().zip(row.prices) {
            column.push(price);
        }
        self.volume.push(row.volume);
        self.quote_volume.push(row.quote_volume);
        self.trade_count.push(row.trade_count);
        self.taker_buy_volume.push(row.taker_buy_volume);
    }
}

/// One row as it came.
struct Row {
    open_time: i64,
    origin: Origin,
    prices: [i128; 4],
    volume: i128,
    quote_volume: Option<i128>,
    trade_count: Option<i64>,
    taker_buy_volume: Option<i128>,
}

impl Row {
    fn rank(&self) -> (bool, Reverse<i128>, Origin) {
        (self.origin != Origin::Venue, Reverse(self.volume), self.origin)
    }
}

/// The candles of a range, which is to be short enough to be held in memory.
///
/// # Errors
/// [`StoreError::Sealed`] where some are in segments; a number that needs more places than
/// `scales`; the database's.
pub async fn columns(
    tx: &Tx,
    (symbol_id, interval, origin): (i32, Interval, Option<Origin>),
    range: TimeRange,
    scales: Scales,
) -> Result<CandleColumns, StoreError> {
    segments::snapshot(tx).await?;
    let series = Series::Candles(interval);
    if let Some(first) = segments::of_range(tx, symbol_id, series, None, range).await?.first() {
        return Err(StoreError::Sealed { symbol_id, from: first.range.from, to: range.to });
    }
    let only = origin.map_or(String::new(), |origin| format!(" AND origin = '{origin}'"));
    // COPY takes no parameters; these are numbers and names of our own.
    let (from, to) = (range.from.micros() - EPOCH, range.to.micros() - EPOCH);
    let sql = format!(
        "COPY (SELECT open_time, origin, open, high, low, close, volume, quote_volume, trade_count, taker_buy_volume
         FROM market.candles WHERE symbol_id = {symbol_id} AND interval = '{interval}'{only}
           AND open_time >= '2000-01-01T00:00:00Z'::timestamptz + {from} * INTERVAL '1 microsecond'
           AND open_time < '2000-01-01T00:00:00Z'::timestamptz + {to} * INTERVAL '1 microsecond'
         ORDER BY open_time) TO STDOUT BINARY"
    );
    let stream = tx.copy_out(&sql).await?;
    futures_util::pin_mut!(stream);
    let (mut columns, mut best): (CandleColumns, Option<Row>) = (CandleColumns::default(), None);
    let mut is_first = true;
    while let Some(bytes) = tx.copied(stream.try_next().await)? {
        let row = Fields(if std::mem::take(&mut is_first) { header(&bytes)? } else { &bytes });
        let Some(row) = row.read(scales)? else { continue };
        match &mut best {
            Some(best) if best.open_time == row.open_time => {
                if row.rank() < best.rank() {
                    *best = row;
                }
            }
            _ => {
                if let Some(best) = best.replace(row) {
                    columns.push(&best);
                }
            }
        }
    }
    if let Some(best) = best {
        columns.push(&best);
    }
    Ok(columns)
}

fn unexpected() -> StoreError {
    StoreError::Unexpected("a row of COPY".to_owned())
}

/// What follows the signature, flags and extension of the first message.
fn header(bytes: &[u8]) -> Result<&[u8], StoreError> {
    bytes.get(19..).ok_or_else(unexpected)
}

/// The fields of a row.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The row; `None` at the end.
    fn read(mut self, scales: Scales) -> Result<Option<Row>, StoreError> {
        let count: [u8; 2] = *self.0.first_chunk().ok_or_else(unexpected)?;
        self.0 = &self.0[2..];
        if i16::from_be_bytes(count) != 10 {
            return Ok(None);
        }
        let open_time = self.bigint()?.ok_or_else(unexpected)? + EPOCH;
        let name = self.field()?.ok_or_else(unexpected)?;
        let origin = std::str::from_utf8(name).ok().and_then(Origin::parse);
        let mut price = || self.number("open", scales.price)?.ok_or_else(unexpected);
        let prices = [price()?, price()?, price()?, price()?];
        let volume = self.number("volume", scales.quantity)?.ok_or_else(unexpected)?;
        let quote_volume = self.number("quote_volume", scales.quote)?;
        let trade_count = self.bigint()?;
        let taker_buy_volume = self.number("taker_buy_volume", scales.quantity)?;
        let origin = origin.ok_or_else(unexpected)?;
        Time::from_micros(open_time).map_err(|_| unexpected())?;
        Ok(Some(Row {
            open_time,
            origin,
            prices,
            volume,
            quote_volume,
            trade_count,
            taker_buy_volume,
        }))
    }

    fn field(&mut self) -> Result<Option<&'a [u8]>, StoreError> {
        let (length, rest) = self.0.split_first_chunk().ok_or_else(unexpected)?;
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            self.0 = rest;
            return Ok(None);
        };
        let (field, rest) = rest.split_at_checked(length).ok_or_else(unexpected)?;
        self.0 = rest;
        Ok(Some(field))
    }

    fn bigint(&mut self) -> Result<Option<i64>, StoreError> {
        let Some(field) = self.field()? else { return Ok(None) };
        field.try_into().map(|bytes| Some(i64::from_be_bytes(bytes))).map_err(|_| unexpected())
    }

    fn number(&mut self, column: &'static str, scale: u32) -> Result<Option<i128>, StoreError> {
        let Some(field) = self.field()? else { return Ok(None) };
        let inexact = |_| {
            let value = format!("a number that needs more than {scale} places");
            StoreError::Inexact { table: "market.candles", column, value }
        };
        scaled(field, scale).map(Some).map_err(inexact)
    }
}
