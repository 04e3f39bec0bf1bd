//! Pages of the newest rows, from memory where that has them. A page that memory doesn't have is
//! read from the database, and where it is one that many ask for, so is its window.

use domain::market::{Candle, Interval, Origin, Tick};
use store::market::candles::CandleQuery;
use store::market::holdings;
use store::market::ticks::TickQuery;

use super::{MarketReader, ReadError};
use crate::market::hot::{Candles, FILL_CANDLES, FILL_TICKS, Series, Ticks, Window};
use domain::Time;

impl MarketReader {
    /// A page of ticks.
    pub(super) async fn page_of_ticks(&self, query: &TickQuery) -> Result<Vec<Tick>, ReadError> {
        let newest = query.descending
            && query.to == Time::MAX
            && query.after.is_none()
            && query.limit <= FILL_TICKS;
        if let Some(found) = self.in_memory(query.symbol_id, || self.0.live.hot().ticks(query)) {
            return Ok(found);
        }
        if newest && let Some(found) = self.fill_ticks(query).await? {
            return Ok(found);
        }
        self.stored_ticks(query).await
    }

    /// A page of candles.
    pub(super) async fn page_of_candles(
        &self,
        query: &CandleQuery,
    ) -> Result<Vec<Candle>, ReadError> {
        let newest = query.descending && query.to == Time::MAX && query.limit <= FILL_CANDLES;
        if let Some(found) = self.in_memory(query.symbol_id, || self.0.live.hot().candles(query)) {
            return Ok(found);
        }
        if newest && let Some(found) = self.fill_candles(query).await? {
            return Ok(found);
        }
        self.stored_candles(query).await
    }

    /// Nothing where commits can't be heard of for the moment.
    fn in_memory<T>(&self, symbol_id: i32, find: impl FnOnce() -> Option<T>) -> Option<T> {
        self.0.live.version(symbol_id).and_then(|_| find())
    }

    async fn fill_ticks(&self, query: &TickQuery) -> Result<Option<Vec<Tick>>, ReadError> {
        let TickQuery { symbol_id, kind, .. } = *query;
        let Some(before) = self.0.live.version(symbol_id) else { return Ok(None) };
        let Some(filling) = self.0.live.hot().fill(Series::Ticks(symbol_id, kind)) else {
            return Ok(None);
        };
        let all = TickQuery { from: Time::MIN, limit: FILL_TICKS, ..*query };
        let Some(window) = Ticks::of(&self.stored_ticks(&all).await?) else { return Ok(None) };
        let found = window.page(query);
        let unchanged = || self.0.live.version(symbol_id) == Some(before);
        filling.done(Window::Ticks(window), unchanged);
        Ok(found)
    }

    async fn fill_candles(&self, query: &CandleQuery) -> Result<Option<Vec<Candle>>, ReadError> {
        let CandleQuery { symbol_id, interval, .. } = *query;
        let Some(before) = self.0.live.version(symbol_id) else { return Ok(None) };
        let Some(filling) = self.0.live.hot().fill(Series::Candles(symbol_id, interval)) else {
            return Ok(None);
        };
        let mut origins = Vec::new();
        for origin in self.origins(symbol_id, interval).await? {
            let (origin, from, limit) = (Some(origin), Time::MIN, FILL_CANDLES);
            let of_origin = CandleQuery { origin, from, limit, ..*query };
            origins.extend(origin.zip(Some(self.stored_candles(&of_origin).await?)));
        }
        let Some(window) = Candles::of(&origins) else { return Ok(None) };
        let found = window.page(query);
        let unchanged = || self.0.live.version(symbol_id) == Some(before);
        filling.done(Window::Candles(window), unchanged);
        Ok(found)
    }

    /// The origins of which candles of an interval are held.
    async fn origins(&self, symbol_id: i32, interval: Interval) -> Result<Vec<Origin>, ReadError> {
        let held = holdings::of_symbol(&self.0.db, symbol_id).await?.into_iter();
        let of = held.filter(|held| held.interval == interval.as_str());
        Ok(of.filter_map(|held| Origin::parse(&held.origin)).collect())
    }
}
