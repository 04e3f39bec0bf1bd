//! Candles as they were known at a time. What had closed is stored, corrected or not. Of
//! the candle that was still forming no states are kept: it is put together again from the closed
//! shorter candles that were known and, for the last minute, from the trades that had arrived.

use domain::Time;
use domain::market::{Candle, Interval, Order, Origin, Roll, Tick, TickKind, roll_ticks};
use store::market::candles::CandleQuery;
use store::market::ticks::TickQuery;

use super::{CHUNK_ROWS, MarketReader, ReadError};

/// A trade that doesn't tell when it arrived counts as known when it was traded, if candles of its
/// kind were being written so short a time before; else it was imported later.
const LIVE_WITHIN_MICROS: i64 = 86_400_000_000;

impl MarketReader {
    /// A page as it was known at `as_of`.
    pub(super) async fn known_at(
        &self,
        query: &CandleQuery,
        as_of: Time,
    ) -> Result<Vec<Candle>, ReadError> {
        let mut known = self.stored_as_of(query, as_of).await?;
        let open_time = query.interval.open_time(as_of);
        let full = known.len() as i64 >= query.limit;
        let within = query.from <= open_time && open_time < query.to;
        let reached = !full
            || known.last().is_some_and(|last| (last.open_time < open_time) == query.descending);
        if !within || !reached || known.iter().any(|candle| candle.open_time == open_time) {
            return Ok(known);
        }
        if let Some(forming) = self.forming(query, as_of).await? {
            let place =
                known.partition_point(|candle| (candle.open_time < open_time) != query.descending);
            known.insert(place, forming);
            known.truncate(usize::try_from(query.limit).unwrap_or(usize::MAX));
        }
        Ok(known)
    }

    /// The candle of the interval that holds `as_of`, of the kind of trades that saw more volume.
    async fn forming(&self, query: &CandleQuery, as_of: Time) -> Result<Option<Candle>, ReadError> {
        let mut best: Option<Candle> = None;
        for kind in [TickKind::Trade, TickKind::AggTrade] {
            if query.origin.is_none_or(|origin| origin == Origin::from(kind))
                && let Some(candle) = self.forming_of(query, kind, as_of).await?
                && best.as_ref().is_none_or(|best| best.volume < candle.volume)
            {
                best = Some(candle);
            }
        }
        Ok(best)
    }

    /// Longest closed candles first, down to the trades of the last minute.
    async fn forming_of(
        &self,
        query: &CandleQuery,
        kind: TickKind,
        as_of: Time,
    ) -> Result<Option<Candle>, ReadError> {
        let mut from = query.interval.open_time(as_of);
        let mut forming: Option<Roll> = None;
        let shorter = Interval::ALL.into_iter().rev().filter(|i| *i < query.interval);
        for interval in shorter {
            let to = interval.open_time(as_of);
            let closed = self.closed(query.symbol_id, interval, kind, (from, to), as_of).await?;
            closed.into_iter().for_each(|candle| add(&mut forming, query.interval, candle));
            from = to;
        }
        if let Some(minute) = self.forming_minute(query.symbol_id, kind, as_of).await? {
            add(&mut forming, query.interval, minute);
        }
        Ok(forming.map(|roll| roll.candle))
    }

    /// Candles built from trades that were known at `as_of`, oldest first.
    async fn closed(
        &self,
        symbol_id: i32,
        interval: Interval,
        kind: TickKind,
        (from, to): (Time, Time),
        as_of: Time,
    ) -> Result<Vec<Candle>, ReadError> {
        if from >= to {
            return Ok(Vec::new());
        }
        let (origin, limit) = (Some(Origin::from(kind)), i64::from(CHUNK_ROWS));
        let query = CandleQuery { symbol_id, interval, origin, from, to, descending: false, limit };
        self.stored_as_of(&query, as_of).await
    }

    async fn stored_as_of(
        &self,
        query: &CandleQuery,
        as_of: Time,
    ) -> Result<Vec<Candle>, ReadError> {
        Ok(self.0.segments.candle_page_as_of(&self.0.db, query, Some(as_of)).await?)
    }

    /// What the trades make that had arrived of the minute of `as_of`.
    async fn forming_minute(
        &self,
        symbol_id: i32,
        kind: TickKind,
        as_of: Time,
    ) -> Result<Option<Candle>, ReadError> {
        let from = Interval::M1.open_time(as_of);
        let to = Interval::M1.close_time(from);
        let day = (from.plus_micros(-LIVE_WITHIN_MICROS), from);
        let live = !self.closed(symbol_id, Interval::M1, kind, day, as_of).await?.is_empty();
        let had_arrived = |tick: &&Tick| match tick.received_at {
            Some(received_at) => received_at <= as_of,
            None => live && tick.time <= as_of,
        };
        let limit = i64::from(CHUNK_ROWS);
        let mut query =
            TickQuery { symbol_id, kind, from, to, descending: false, after: None, limit };
        let mut minute: Option<Roll> = None;
        loop {
            let chunk = self.0.segments.tick_page(&self.0.db, &query).await?;
            let rolls = roll_ticks(chunk.iter().filter(had_arrived));
            for roll in rolls.into_iter().filter(|roll| roll.interval == Interval::M1) {
                match &mut minute {
                    Some(minute) => minute.merge(&roll),
                    None => minute = Some(roll),
                }
            }
            match chunk.last() {
                Some(last) if chunk.len() as i64 == limit => query.after = Some(last.order()),
                _ => return Ok(minute.map(|roll| roll.candle)),
            }
        }
    }
}

/// Puts a candle into the longer one that holds it.
fn add(longer: &mut Option<Roll>, interval: Interval, candle: Candle) {
    let at = Order { time: candle.open_time, seq: 0, id: 0 };
    let open_time = interval.open_time(candle.open_time);
    let part = Roll { interval, candle: Candle { open_time, ..candle }, first: at, last: at };
    match longer {
        Some(longer) => longer.merge(&part),
        None => *longer = Some(part),
    }
}
