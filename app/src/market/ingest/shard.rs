//! One symbol's trades on their way in: put in the order of their ids, each once, every hole seen.
//!
//! The rule that nothing breaks: a trade up to `position` is ready to be stored, stored, or noted
//! in a gap; so after a crash the next trade that arrives shows what is missing.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use domain::market::{Tick, TickKind, TimeRange};
use store::market::feeds::Position;
use store::market::gaps::NewGap;
use store::market::symbols::Symbol;

/// Trades that may wait behind a hole; more, and the hole is a gap at once.
const MOST_WAITING: usize = 5_000;

/// What became of a trade that arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Taken {
    /// It is ready to be stored.
    Ready,
    /// An earlier one is awaited first.
    Waiting,
    /// It was there already, or lies in a gap, from which the repair brings it.
    Known,
}

/// Ready trades of one symbol with what must be committed with them.
#[derive(Debug, Clone)]
pub(super) struct Work {
    pub(super) symbol: Arc<Symbol>,
    pub(super) kind: TickKind,
    pub(super) ticks: Vec<Tick>,
    pub(super) position: Position,
    pub(super) gaps: Vec<NewGap>,
}

/// One symbol of a feed.
pub(super) struct Shard {
    symbol: Arc<Symbol>,
    kind: TickKind,
    /// Whether ids follow one another, so that a hole among them means a missing trade.
    gapless: bool,
    position: Option<Position>,
    ready: Vec<Tick>,
    waiting: BTreeMap<i64, Tick>,
    blocked_since: Option<Instant>,
    gaps: Vec<NewGap>,
    retired: bool,
    /// When a trade came last, or the venue was asked for later ones.
    pub(super) heard: Instant,
    /// Why a hole that is found now is likely to be there.
    reason: &'static str,
}

impl Shard {
    /// A shard that goes on behind `position`.
    pub(super) fn new(
        symbol: Arc<Symbol>,
        kind: TickKind,
        gapless: bool,
        position: Option<Position>,
        now: Instant,
    ) -> Self {
        Self {
            symbol,
            kind,
            gapless,
            position,
            ready: Vec::new(),
            waiting: BTreeMap::new(),
            blocked_since: None,
            gaps: Vec::new(),
            retired: false,
            heard: now,
            reason: "restart",
        }
    }

    /// The last trade dealt with.
    pub(super) fn position(&self) -> Option<Position> {
        self.position
    }

    /// The name of the symbol.
    pub(super) fn code(&self) -> &str {
        self.symbol.name.code()
    }

    /// Trades held in memory.
    pub(super) fn buffered(&self) -> usize {
        self.ready.len() + self.waiting.len()
    }

    /// The connection was lost: what is missing now was missed because of that.
    pub(super) fn disconnected(&mut self) {
        self.reason = "disconnect";
    }

    /// No more trades are wanted of it.
    pub(super) fn retire(&mut self) {
        self.retired = true;
        self.waiting.clear();
    }

    /// Whether it has nothing left to do.
    pub(super) fn is_done(&self) -> bool {
        self.retired && self.ready.is_empty()
    }

    /// Takes a trade in.
    pub(super) fn take(&mut self, tick: Tick, now: Instant) -> Taken {
        self.heard = now;
        if self.retired {
            return Taken::Known;
        }
        let id = tick.trade_id;
        let next = match self.position {
            Some(position) if self.gapless => position.id + 1,
            _ => {
                self.push(tick);
                return Taken::Ready;
            }
        };
        if id < next {
            return Taken::Known;
        }
        if id > next {
            let known = self.waiting.insert(id, tick).is_some();
            self.blocked_since.get_or_insert(now);
            return if known { Taken::Known } else { Taken::Waiting };
        }
        self.push(tick);
        self.follow(now);
        Taken::Ready
    }

    /// Declares holes that stood for `patience` to be gaps, and goes on behind them.
    pub(super) fn settle(&mut self, now: Instant, patience: Duration) {
        let overdue = self.blocked_since.is_some_and(|since| now.duration_since(since) >= patience);
        if !overdue && self.waiting.len() <= MOST_WAITING {
            return;
        }
        while let (Some(before), Some((&id, next))) =
            (self.position, self.waiting.first_key_value())
        {
            // Trades of one microsecond leave no time between them; a gap has some all the same.
            let to = next.time.max(before.time.plus_micros(1));
            let range = TimeRange { from: before.time, to };
            self.gaps.push(NewGap {
                symbol_id: self.symbol.id,
                series: self.kind.as_str(),
                ids: Some((before.id + 1, id - 1)),
                range,
                reason: self.reason,
            });
            if let Some((_, tick)) = self.waiting.pop_first() {
                self.push(tick);
            }
            self.follow(now);
        }
        self.reason = "sequence";
    }

    /// When [`Shard::settle`] has something to do.
    pub(super) fn deadline(&self, patience: Duration) -> Option<Instant> {
        self.blocked_since.map(|since| since + patience)
    }

    /// Everything that is ready, to be committed.
    pub(super) fn work(&mut self) -> Option<Work> {
        let position = self.position.filter(|_| !self.ready.is_empty())?;
        Some(Work {
            symbol: Arc::clone(&self.symbol),
            kind: self.kind,
            ticks: std::mem::take(&mut self.ready),
            position,
            gaps: std::mem::take(&mut self.gaps),
        })
    }

    fn push(&mut self, tick: Tick) {
        let position = Position { id: tick.trade_id, time: tick.time };
        // Without an order of ids the highest is as good a mark as any.
        self.position = Some(self.position.map_or(position, |held| Position {
            id: held.id.max(position.id),
            time: held.time.max(position.time),
        }));
        self.ready.push(tick);
    }

    /// Moves what no longer waits.
    fn follow(&mut self, now: Instant) {
        while let Some(next) = self.position.map(|position| position.id + 1)
            && let Some(tick) = self.waiting.remove(&next)
        {
            self.push(tick);
        }
        // What still waits, waits for another trade from now on.
        self.blocked_since = (!self.waiting.is_empty()).then_some(now);
        if self.waiting.is_empty() {
            self.reason = "sequence";
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::{Decimal, Time};
    use proptest::prelude::*;

    use super::*;

    const PATIENCE: Duration = Duration::from_millis(500);

    fn tick(id: i64) -> Tick {
        Tick {
            time: Time::default().plus_micros(id * 1_000),
            seq: 0,
            trade_id: id,
            price: Decimal::ONE,
            quantity: Decimal::ONE,
            buyer_is_maker: None,
            trade_count: 1,
            received_at: None,
            venue_trade_id: None,
        }
    }

    fn shard(last_id: i64, now: Instant) -> Shard {
        let symbol = Symbol {
            id: 7,
            name: "v:S".parse().unwrap(),
            replay_of: None,
            base: None,
            quote: None,
            rules: store::market::symbols::Rules::default(),
            listed_at: None,
            delisted_at: None,
            price_scale: 0,
            quantity_scale: 0,
            quote_scale: 0,
            summary: None,
        };
        let position = Position { id: last_id, time: tick(last_id).time };
        Shard::new(Arc::new(symbol), TickKind::AggTrade, true, Some(position), now)
    }

    proptest! {
        /// However trades are dropped, doubled and mixed up: what is handed on is in order, each
        /// once, and every id up to the position was handed on or is in exactly one gap.
        #[test]
        fn every_id_is_handed_on_or_noted(
            ids in proptest::collection::vec((1i64..60, 0u64..700), 0..200),
            last in 0i64..10,
        ) {
            let start = Instant::now();
            let mut shard = shard(last, start);
            let (mut now, mut out, mut gaps) = (start, Vec::new(), Vec::new());
            let mut drain = |shard: &mut Shard| {
                if let Some(work) = shard.work() {
                    out.extend(work.ticks.iter().map(|tick| tick.trade_id));
                    gaps.extend(work.gaps.iter().filter_map(|gap| gap.ids));
                    assert_eq!(Some(work.position.id), out.last().copied());
                }
            };
            for (id, wait) in ids {
                now += Duration::from_millis(wait);
                shard.settle(now, PATIENCE);
                shard.take(tick(id), now);
                drain(&mut shard);
            }
            shard.settle(now + PATIENCE, PATIENCE);
            drain(&mut shard);
            prop_assert_eq!(shard.buffered(), 0);
            prop_assert!(out.windows(2).all(|pair| pair[0] < pair[1]), "order: {:?}", out);
            let mut all = out.clone();
            all.extend(gaps.iter().flat_map(|(first, last)| *first..=*last));
            all.sort_unstable();
            let end = out.last().copied().unwrap_or(last);
            prop_assert_eq!(all, (last + 1..=end).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_late_trade_in_time_leaves_no_gap() {
        let now = Instant::now();
        let mut shard = shard(10, now);
        assert_eq!(shard.take(tick(12), now), Taken::Waiting);
        assert_eq!(shard.work().map(|work| work.ticks.len()), None);
        shard.settle(now + PATIENCE / 2, PATIENCE);
        assert_eq!(shard.take(tick(11), now + PATIENCE / 2), Taken::Ready);
        shard.settle(now + PATIENCE * 2, PATIENCE);
        let work = shard.work().expect("two trades");
        assert_eq!((work.ticks.len(), work.gaps.len(), work.position.id), (2, 0, 12));
        assert_eq!(shard.take(tick(12), now), Taken::Known);
    }
}
