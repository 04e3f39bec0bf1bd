//! Trades by id, and aggregate trades also of a symbol of which single ones are stored.
//!
//! A venue puts the trades of one taker order at one price together. Which order a trade belongs to
//! is not told, but its trades follow one another at the same moment, on the same side and at the
//! same price; so that is what is put together. The id of such an aggregate is that of its first
//! trade, which is as unique and rises as well as the venue's own number, but is not it.

use domain::market::{SymbolName, Tick, TickKind};
use domain::{Decimal, Time};
use store::market::holdings::{self, TICK};

use super::{Direction, MarketReader, PageRequest, ReadError, TickRequest};

/// Trades that are put together at most for one aggregate: more are given out as several.
const MOST_TRADES: u32 = 20_000;

/// Trades that are read ahead of those from an id on: others of the same moment may come first.
const SAME_MOMENT: u32 = 200;

/// Which trades of a symbol are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TradesWanted {
    /// The newest ones.
    Newest,
    /// From this id on.
    FromId(i64),
    /// Between these times, the second not included: the oldest ones where there is a first one,
    /// else the newest.
    Between(Option<Time>, Time),
}

/// Several trades of one taker, or one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aggregate {
    /// The venue's number of the aggregate; that of the first trade where it was put together here.
    pub id: i64,
    /// The ids of its first and last trade, where they are known.
    pub trades: Option<(i64, i64)>,
    /// The price.
    pub price: Decimal,
    /// Units of base.
    pub quantity: Decimal,
    /// When it happened.
    pub time: Time,
    /// Whether the buyer was the maker.
    pub buyer_is_maker: Option<bool>,
}

impl MarketReader {
    /// The kind of a symbol's newest stored ticks; `None` where it has none.
    ///
    /// # Errors
    /// [`ReadError::UnknownSymbol`], or the database's.
    pub async fn newest_kind(&self, name: &SymbolName) -> Result<Option<TickKind>, ReadError> {
        let symbol_id = self.known(name).await?.id;
        let held = holdings::of_symbol(&self.0.db, symbol_id).await?;
        let newest = held.iter().filter(|held| held.interval == TICK).max_by_key(|h| h.last_time);
        Ok(newest.map(|held| match held.origin == TickKind::Trade.as_str() {
            true => TickKind::Trade,
            false => TickKind::AggTrade,
        }))
    }

    /// Stored trades of one kind, oldest first.
    ///
    /// # Errors
    /// [`ReadError::UnknownSymbol`], or the database's.
    pub async fn trades(
        &self,
        name: &SymbolName,
        kind: TickKind,
        wanted: TradesWanted,
        limit: u32,
    ) -> Result<Vec<Tick>, ReadError> {
        let (from, to, direction) = match wanted {
            TradesWanted::Newest => (None, None, Direction::Descending),
            TradesWanted::Between(Some(from), to) => (Some(from), Some(to), Direction::Ascending),
            TradesWanted::Between(None, to) => (None, Some(to), Direction::Descending),
            TradesWanted::FromId(id) => match self.time_of(name, kind, id).await? {
                Some(time) => (Some(time), None, Direction::Ascending),
                None => return Ok(Vec::new()),
            },
        };
        if from.zip(to).is_some_and(|(from, to)| from >= to) {
            return Ok(Vec::new());
        }
        let TradesWanted::FromId(id) = wanted else {
            let mut ticks = self.ticks_of(name, kind, (from, to), direction, limit).await?;
            if direction == Direction::Descending {
                ticks.reverse();
            }
            return Ok(ticks);
        };
        let mut rows = limit.saturating_add(SAME_MOMENT);
        loop {
            let mut ticks = self.ticks_of(name, kind, (from, to), direction, rows).await?;
            let all = ticks.len() < rows as usize;
            ticks.retain(|tick| tick.trade_id >= id);
            if all || ticks.len() >= limit as usize {
                ticks.truncate(limit as usize);
                return Ok(ticks);
            }
            rows = rows.saturating_mul(4);
        }
    }

    /// Aggregate trades, oldest first: the stored ones of the venue, or put together from single
    /// ones where `kind` says that those are stored.
    ///
    /// # Errors
    /// [`ReadError::UnknownSymbol`], or the database's.
    pub async fn aggregates(
        &self,
        name: &SymbolName,
        kind: TickKind,
        wanted: TradesWanted,
        limit: u32,
    ) -> Result<Vec<Aggregate>, ReadError> {
        if kind == TickKind::AggTrade {
            let ticks = self.trades(name, kind, wanted, limit).await?;
            return Ok(Aggregate::of_ticks(kind, &ticks));
        }
        // Several trades make one aggregate, so more of them are read until there are enough.
        let mut rows = limit.saturating_mul(2).saturating_add(2);
        loop {
            let ticks = self.trades_and_neighbour(name, wanted, rows).await?;
            let all = ticks.len() < rows as usize || rows >= MOST_TRADES;
            let mut aggregates = put_together(&ticks, wanted, all);
            if aggregates.len() >= limit as usize || all {
                let surplus = aggregates.len().saturating_sub(limit as usize);
                if wanted.is_from_the_end() {
                    aggregates.drain(..surplus);
                }
                aggregates.truncate(limit as usize);
                return Ok(aggregates);
            }
            rows = rows.saturating_mul(4).min(MOST_TRADES);
        }
    }

    /// The trades wanted, and where they begin with an id also the one before, which tells whether
    /// the first one goes on with an aggregate that began earlier.
    async fn trades_and_neighbour(
        &self,
        name: &SymbolName,
        wanted: TradesWanted,
        rows: u32,
    ) -> Result<Vec<Tick>, ReadError> {
        let wanted = match wanted {
            TradesWanted::FromId(id) => TradesWanted::FromId(id.saturating_sub(1)),
            other => other,
        };
        self.trades(name, TickKind::Trade, wanted, rows).await
    }

    /// A time at or shortly before the first trade with this id or a higher one, after every earlier
    /// moment. Ids rise with time at every
    /// venue that numbers its trades, so halving the time finds it in some fifty looks.
    async fn time_of(
        &self,
        name: &SymbolName,
        kind: TickKind,
        id: i64,
    ) -> Result<Option<Time>, ReadError> {
        let symbol_id = self.known(name).await?.id;
        let held = holdings::of_symbol(&self.0.db, symbol_id).await?;
        let held = held.iter().find(|h| h.interval == TICK && h.origin == kind.as_str());
        let Some(held) = held else { return Ok(None) };
        let (mut low, mut high) = (held.first_time, held.last_time.plus_micros(1));
        // The last moment known to hold a lower id may hold the one that is looked for, too.
        let (mut found, mut lower) = (None, None);
        while low < high {
            let middle = low.plus_micros((high.micros() - low.micros()) / 2);
            let first = self.ticks_of(name, kind, (Some(middle), None), Direction::Ascending, 1);
            match first.await?.pop() {
                Some(tick) if tick.trade_id < id => {
                    lower = Some(tick.time);
                    low = tick.time.plus_micros(1);
                }
                tick => {
                    found = tick.map(|tick| tick.time).or(found);
                    high = middle;
                }
            }
        }
        Ok(lower.or(found))
    }

    async fn ticks_of(
        &self,
        name: &SymbolName,
        kind: TickKind,
        (from, to): (Option<Time>, Option<Time>),
        direction: Direction,
        limit: u32,
    ) -> Result<Vec<Tick>, ReadError> {
        let (direction, limit) = (Some(direction), Some(limit));
        let page = PageRequest { from, to, direction, limit, ..PageRequest::default() };
        let request = TickRequest { symbol: name.clone(), kind: Some(kind), page };
        let plan = self.plan_ticks(&request).await?;
        Ok(self.ticks(name, &plan).await?.ticks)
    }
}

impl TradesWanted {
    /// Whether the newest ones of a range are wanted.
    fn is_from_the_end(self) -> bool {
        matches!(self, Self::Newest | Self::Between(None, _))
    }
}

impl Aggregate {
    /// One that the venue put together.
    #[must_use]
    pub fn of_venue(tick: &Tick) -> Self {
        let Tick { trade_id: id, price, quantity, time, buyer_is_maker, .. } = *tick;
        Self { id, trades: None, price, quantity, time, buyer_is_maker }
    }

    /// Those of trades in order: what the venue put together, or what is put together here.
    #[must_use]
    pub fn of_ticks(kind: TickKind, ticks: &[Tick]) -> Vec<Self> {
        match kind {
            TickKind::AggTrade => ticks.iter().map(Self::of_venue).collect(),
            TickKind::Trade => put_together(ticks, TradesWanted::Newest, true),
        }
    }

    /// An aggregate of one trade.
    #[must_use]
    pub fn of_trade(tick: &Tick) -> Self {
        let Tick { trade_id: id, price, quantity, time, buyer_is_maker, .. } = *tick;
        Self { id, trades: Some((id, id)), price, quantity, time, buyer_is_maker }
    }

    /// Takes in the trade that follows, if it belongs to it and the sum can be held.
    #[must_use]
    pub fn take(&mut self, tick: &Tick) -> bool {
        let same = |a: &Self| (a.price, a.buyer_is_maker, a.time.millis());
        let follows = self.trades.is_some_and(|(_, last)| last + 1 == tick.trade_id)
            && same(self) == same(&Self::of_trade(tick));
        let sum = self.quantity.checked_add(tick.quantity).filter(|_| follows);
        let (Some(sum), Some((first, _))) = (sum, self.trades) else { return false };
        (self.quantity, self.trades) = (sum, Some((first, tick.trade_id)));
        true
    }
}

/// Aggregates of trades in order. Those at an end where more trades may follow or precede (`all` is
/// false) are left out, for they may not be whole.
fn put_together(ticks: &[Tick], wanted: TradesWanted, all: bool) -> Vec<Aggregate> {
    let mut aggregates: Vec<Aggregate> = Vec::new();
    for tick in ticks {
        if !aggregates.last_mut().is_some_and(|last| last.take(tick)) {
            aggregates.push(Aggregate::of_trade(tick));
        }
    }
    if !all && wanted.is_from_the_end() {
        aggregates.drain(..usize::from(!aggregates.is_empty()));
    } else if !all {
        aggregates.pop();
    }
    if let TradesWanted::FromId(id) = wanted {
        aggregates.retain(|aggregate| aggregate.id >= id);
    }
    aggregates
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tick(id: i64, millis: i64, price: i64, maker: bool) -> Tick {
        Tick {
            time: Time::from_millis(millis).unwrap(),
            seq: 0,
            trade_id: id,
            price: Decimal::new(price, 2),
            quantity: Decimal::new(5, 1),
            buyer_is_maker: Some(maker),
            trade_count: 1,
            received_at: None,
            venue_trade_id: None,
        }
    }

    fn trades() -> Vec<Tick> {
        vec![
            tick(10, 1, 100, true),
            tick(11, 1, 100, true),
            tick(12, 1, 101, true),
            tick(13, 1, 101, false),
            tick(14, 2, 101, false),
            tick(16, 2, 101, false),
            tick(17, 2, 101, false),
        ]
    }

    fn shown(aggregates: &[Aggregate]) -> Vec<(i64, i64, String)> {
        let show = |a: &Aggregate| (a.id, a.trades.unwrap().1, a.quantity.to_string());
        aggregates.iter().map(show).collect()
    }

    #[test]
    fn trades_of_one_moment_side_and_price_are_one() {
        let whole = put_together(&trades(), TradesWanted::Newest, true);
        let want =
            [(10, 11, "1.0"), (12, 12, "0.5"), (13, 13, "0.5"), (14, 14, "0.5"), (16, 17, "1.0")];
        assert_eq!(shown(&whole), want.map(|(a, b, q)| (a, b, q.to_owned())));
    }

    #[test]
    fn an_aggregate_that_may_not_be_whole_is_left_out() {
        let ids = |wanted, all| -> Vec<i64> {
            put_together(&trades(), wanted, all).iter().map(|a| a.id).collect()
        };
        assert_eq!(ids(TradesWanted::Newest, false), [12, 13, 14, 16]);
        assert_eq!(ids(TradesWanted::Between(None, Time::MAX), false), [12, 13, 14, 16]);
        assert_eq!(ids(TradesWanted::FromId(10), false), [10, 12, 13, 14]);
        // The rest of an aggregate that began before the id was given out with that one.
        assert_eq!(ids(TradesWanted::FromId(11), true), [12, 13, 14, 16]);
    }
}
