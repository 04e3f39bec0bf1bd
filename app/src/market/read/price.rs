//! The latest price: what was heard last, else what is stored last.

use domain::market::{SymbolName, TickKind};
use domain::{Decimal, Time};
use store::market::candles::CandleQuery;
use store::market::holdings::{self, Holding, TICK};
use store::market::ticks::TickQuery;

use super::{MarketReader, ReadError};

/// A symbol's latest price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LatestPrice {
    /// The price, if the symbol ever had one.
    pub price: Option<Decimal>,
    /// When it was traded; for the close of a candle, the candle's end.
    pub time: Option<Time>,
    /// Whether it is a replay.
    pub replay: bool,
}

impl MarketReader {
    /// The latest price of a symbol, at most 5 s old.
    ///
    /// # Errors
    /// [`super::ReadError::UnknownSymbol`], or the database's.
    pub async fn price(&self, name: &SymbolName) -> Result<LatestPrice, ReadError> {
        let known = self.known(name).await?;
        // Without a version commits can't be heard of, and what was heard before may be long past.
        let version = self.0.live.version(known.id);
        if let (Some(_), Some(live)) = (version, self.0.live.price(name)) {
            let replay = known.replay || live.replay;
            return Ok(LatestPrice { price: Some(live.price), time: Some(live.time), replay });
        }
        if let Some(version) = version
            && let Some(price) = self.0.prices.get(&(known.id, version)).await
        {
            return Ok(price);
        }
        let (price, time) = self.stored_price(known.id).await?.unzip();
        let latest = LatestPrice { price, time, replay: known.replay };
        if let Some(version) = version {
            self.0.prices.insert((known.id, version), latest).await;
        }
        Ok(latest)
    }

    /// The last trade, or the close of the last candle where that opened after it.
    async fn stored_price(&self, symbol_id: i32) -> Result<Option<(Decimal, Time)>, ReadError> {
        let held = holdings::of_symbol(&self.0.db, symbol_id).await?;
        let (ticks, mut candles): (Vec<Holding>, Vec<Holding>) =
            held.into_iter().partition(|held| held.interval == TICK);
        let tick = ticks.into_iter().max_by_key(|held| held.last_time);
        // Of candles that opened together the shortest ends first, so its close is best dated.
        let length = |held: &Holding| held.interval.parse::<domain::market::Interval>().ok();
        candles.sort_by_key(|held| (std::cmp::Reverse(held.last_time), length(held)));
        let candle = candles.into_iter().next();
        match (tick, candle) {
            (Some(tick), Some(candle)) if tick.last_time >= candle.last_time => {
                self.last_tick(symbol_id, &tick).await
            }
            (_, Some(candle)) => self.last_close(symbol_id, &candle).await,
            (Some(tick), None) => self.last_tick(symbol_id, &tick).await,
            (None, None) => Ok(None),
        }
    }

    async fn last_tick(
        &self,
        symbol_id: i32,
        held: &Holding,
    ) -> Result<Option<(Decimal, Time)>, ReadError> {
        let kind = if held.origin == TickKind::Trade.as_str() {
            TickKind::Trade
        } else {
            TickKind::AggTrade
        };
        let (from, to) = (held.last_time, Time::MAX);
        let query =
            TickQuery { symbol_id, kind, from, to, descending: true, after: None, limit: 1 };
        let last = self.0.segments.tick_page(&self.0.db, &query).await?.pop();
        Ok(last.map(|tick| (tick.price, tick.time)))
    }

    async fn last_close(
        &self,
        symbol_id: i32,
        held: &Holding,
    ) -> Result<Option<(Decimal, Time)>, ReadError> {
        let Ok(interval) = held.interval.parse::<domain::market::Interval>() else {
            return Ok(None);
        };
        let (from, to) = (held.last_time, Time::MAX);
        let query =
            CandleQuery { symbol_id, interval, origin: None, from, to, descending: true, limit: 1 };
        let last = self.0.segments.candle_page(&self.0.db, &query).await?.pop();
        let now = self.0.clock.now();
        Ok(last.map(|candle| (candle.close, interval.close_time(candle.open_time).min(now))))
    }
}
