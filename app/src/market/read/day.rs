//! The last 24 hours of a symbol: of its finest series, up to the newest candle it has. For a
//! symbol that is recorded that is now; for one that is not, its last day.

use domain::market::{Candle, Interval, SymbolName};
use domain::{Amount, Decimal, Time};
use store::market::holdings::{self, TICK};

use super::{CandleRequest, Direction, MarketReader, PageRequest, ReadError};

const DAY: i64 = 86_400_000_000;

/// The figures of 24 hours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Day {
    /// When they began.
    pub open_time: Time,
    /// When they end; not later than now.
    pub close_time: Time,
    /// First price.
    pub open: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Last price.
    pub last: Decimal,
    /// The close of the candle before, else the first price.
    pub previous: Decimal,
    /// Units of base.
    pub volume: Amount,
    /// Units of quote, where every candle says so.
    pub quote_volume: Option<Amount>,
    /// Number of trades, where every candle says so.
    pub trade_count: Option<i64>,
}

impl MarketReader {
    /// The last 24 hours of a symbol, at most 5 s old but for its last price; `None` where nothing
    /// is stored of it.
    ///
    /// # Errors
    /// [`ReadError::UnknownSymbol`], or the database's.
    pub async fn day(&self, name: &SymbolName) -> Result<Option<Day>, ReadError> {
        let symbol_id = self.known(name).await?.id;
        let day = self.0.days.try_get_with(symbol_id, self.count_day(name, symbol_id)).await;
        let day = day.map_err(ReadError::Shared)?;
        let Some(mut day) = day else { return Ok(None) };
        let heard = self.0.live.version(symbol_id).and_then(|_| self.0.live.price(name));
        if let Some(live) = heard.filter(|live| live.time >= day.close_time) {
            (day.last, day.close_time) = (live.price, live.time);
            (day.high, day.low) = (day.high.max(live.price), day.low.min(live.price));
        }
        Ok(Some(day))
    }

    async fn count_day(&self, name: &SymbolName, symbol_id: i32) -> Result<Option<Day>, ReadError> {
        let held = holdings::of_symbol(&self.0.db, symbol_id).await?;
        let series = held.iter().filter(|held| held.interval != TICK).filter_map(|held| {
            let interval = held.interval.parse::<Interval>().ok()?;
            Some((interval, held.last_time))
        });
        // The series that reaches the latest day; of those the shortest interval, and of its origins
        // the one that goes furthest.
        let day_of = |time: Time| Interval::D1.open_time(time);
        let finest = series
            .max_by_key(|(interval, last)| (day_of(*last), std::cmp::Reverse(*interval), *last));
        let Some((interval, last)) = finest else { return Ok(None) };
        let end = interval.close_time(last);
        // One candle more, whose close is the price before.
        let from = end.plus_micros(-DAY - interval.micros());
        let page = PageRequest {
            from: Some(from),
            to: Some(end),
            direction: Some(Direction::Ascending),
            limit: u32::try_from(DAY / interval.micros() + 1).ok(),
            ..PageRequest::default()
        };
        let request = CandleRequest { symbol: name.clone(), interval, origin: None, page };
        let plan = self.plan_candles(&request).await?;
        let candles = self.candles(name, &plan).await?.candles;
        Ok(sum_up(candles, end.plus_micros(-DAY), end.min(self.0.clock.now())))
    }
}

fn sum_up(candles: Vec<Candle>, begin: Time, end: Time) -> Option<Day> {
    let within = candles.iter().position(|candle| candle.open_time >= begin)?;
    let (before, day) = candles.split_at(within);
    let (first, last) = (day.first()?, day.last()?);
    let mut volume = Amount::ZERO;
    for candle in day {
        volume += candle.volume;
    }
    let quote_volume = day.iter().try_fold(Amount::ZERO, |sum, c| sum.checked_add(c.quote_volume?));
    let trade_count = day.iter().try_fold(0i64, |sum, c| sum.checked_add(c.trade_count?));
    Some(Day {
        open_time: begin,
        close_time: end,
        open: first.open,
        high: day.iter().map(|candle| candle.high).max()?,
        low: day.iter().map(|candle| candle.low).min()?,
        last: last.close,
        previous: before.last().map_or(first.open, |candle| candle.close),
        volume,
        quote_volume,
        trade_count,
    })
}
