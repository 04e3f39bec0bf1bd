//! The newest rows of one series, in order, and which questions they answer exactly.

use std::collections::{BTreeMap, VecDeque};

use domain::Time;
use domain::market::{Candle, Interval, Order, Origin, Tick};
use store::market::candles::CandleQuery;
use store::market::ticks::TickQuery;

use super::pack::{PackedCandle, PackedTick, Placed};

/// Ticks of a window: a page of 1,000 and the one more that tells whether another follows.
pub(super) const MOST_TICKS: usize = 1_024;
/// Candles of each origin in a window.
pub(super) const MOST_CANDLES: usize = 512;

/// Rows in ascending order; all there are, or the newest.
#[derive(Debug)]
pub(crate) struct Newest<T> {
    rows: VecDeque<T>,
    most: usize,
    /// Nothing older is stored.
    complete: bool,
}

impl<T: Placed> Newest<T> {
    /// From rows in descending order, `most` of them or all there are.
    fn new(descending: impl Iterator<Item = T>, most: usize) -> Self {
        let mut rows = VecDeque::with_capacity(most + 1);
        descending.for_each(|row| rows.push_front(row));
        let complete = rows.len() < most;
        Self { rows, most, complete }
    }

    /// Takes a row in; one of the same place is replaced where `follows`.
    fn put(&mut self, row: T, follows: impl Fn(&T, &T) -> bool) {
        let at = self.below(row.place());
        match self.rows.get_mut(at) {
            Some(held) if held.place() == row.place() => {
                if follows(&row, held) {
                    *held = row;
                }
            }
            // Between it and what is held there may be others.
            _ if at == 0 && !self.complete => {}
            _ => {
                self.rows.insert(at, row);
                if self.rows.len() > self.most {
                    self.rows.pop_front();
                    self.complete = false;
                }
            }
        }
    }

    /// How many rows stand below a place.
    fn below(&self, place: T::Place) -> usize {
        self.rows.partition_point(|row| row.place() < place)
    }

    /// Whether every stored row from `place` on is held.
    fn holds_from(&self, place: T::Place) -> bool {
        self.complete || self.rows.front().is_some_and(|first| first.place() <= place)
    }
}

/// A window on ticks of one kind.
pub(crate) type Ticks = Newest<PackedTick>;

impl Ticks {
    /// From the newest ticks in descending order.
    pub(crate) fn of(ticks: &[Tick]) -> Option<Self> {
        let packed: Vec<_> = ticks.iter().map(PackedTick::new).collect::<Option<_>>()?;
        Some(Self::new(packed.into_iter(), MOST_TICKS))
    }

    /// False where a tick doesn't fit, after which the window is wrong.
    pub(super) fn take(&mut self, ticks: &[Tick]) -> bool {
        ticks.iter().all(|tick| {
            PackedTick::new(tick).map(|packed| self.put(packed, |_, _| false)).is_some()
        })
    }

    /// What the database would answer, where that is known.
    pub(crate) fn page(&self, query: &TickQuery) -> Option<Vec<Tick>> {
        let least = |time| Order { time, seq: i32::MIN, id: i64::MIN };
        let limit = usize::try_from(query.limit).ok()?;
        let (mut low, mut high) = (self.below(least(query.from)), self.below(least(query.to)));
        let mut known = self.holds_from(least(query.from));
        match query.after {
            Some(after) if query.descending => high = high.min(self.below(after)),
            Some(after) => {
                let held = self.rows.get(self.below(after)).is_some_and(|r| r.place() == after);
                low = low.max(self.below(after) + usize::from(held));
                known = known || self.holds_from(after);
            }
            None => {}
        }
        let rows = self.rows.range(low..high.max(low));
        if query.descending {
            known = known || rows.len() >= limit;
            known.then(|| rows.rev().take(limit).map(PackedTick::tick).collect())
        } else {
            known.then(|| rows.take(limit).map(PackedTick::tick).collect())
        }
    }
}

/// A window on candles of one interval, of every origin that has some.
#[derive(Debug)]
pub(crate) struct Candles(Vec<(Origin, Newest<PackedCandle>)>);

impl Candles {
    /// From the newest candles of each origin in descending order.
    pub(crate) fn of(origins: &[(Origin, Vec<Candle>)]) -> Option<Self> {
        let window = |(origin, candles): &(Origin, Vec<Candle>)| {
            let packed: Vec<_> = candles.iter().map(PackedCandle::new).collect::<Option<_>>()?;
            Some((*origin, Newest::new(packed.into_iter(), MOST_CANDLES)))
        };
        origins.iter().map(window).collect::<Option<_>>().map(Self)
    }

    /// False where a candle doesn't fit, after which the window is wrong.
    pub(super) fn take<'a>(
        &mut self,
        origin: Origin,
        candles: impl Iterator<Item = &'a Candle>,
    ) -> bool {
        let mut candles = candles.peekable();
        if candles.peek().is_none() {
            return true;
        }
        let at = match self.0.iter().position(|(held, _)| *held == origin) {
            Some(at) => at,
            None => {
                // There was none of it when the others were read, so these are all.
                self.0.push((origin, Newest::new(std::iter::empty(), MOST_CANDLES)));
                self.0.len() - 1
            }
        };
        let window = &mut self.0[at].1;
        candles.all(|candle| {
            let packed = PackedCandle::new(candle);
            packed.map(|packed| window.put(packed, PackedCandle::follows)).is_some()
        })
    }

    pub(super) fn origins(&self) -> usize {
        self.0.len()
    }

    /// What the database would answer, where that is known: of each open time the best.
    pub(crate) fn page(&self, query: &CandleQuery) -> Option<Vec<Candle>> {
        let limit = usize::try_from(query.limit).ok()?;
        let wanted = |origin: Origin| query.origin.is_none_or(|only| only == origin);
        let of = || self.0.iter().filter(|(origin, _)| wanted(*origin));
        // Before the first row of a window that is not complete there may be rows of its origin.
        let first = |window: &Newest<PackedCandle>| window.rows.front().map(PackedCandle::place);
        let cut = of().filter(|(_, window)| !window.complete).filter_map(|(_, w)| first(w));
        let from = cut.max().map_or(query.from, |first| first.max(query.from));
        let mut best: BTreeMap<Time, (Origin, &PackedCandle)> = BTreeMap::new();
        for (origin, window) in of() {
            let (low, high) = (window.below(from), window.below(query.to));
            for row in window.rows.range(low..high.max(low)) {
                let held = best.entry(row.place()).or_insert((*origin, row));
                if rank(*origin, row) < rank(held.0, held.1) {
                    *held = (*origin, row);
                }
            }
        }
        let known = from == query.from || (query.descending && best.len() >= limit);
        let rows = best.into_values().map(|(_, row)| row.candle());
        match (known, query.descending) {
            (false, _) => None,
            (true, true) => Some(rows.rev().take(limit).collect()),
            (true, false) => Some(rows.take(limit).collect()),
        }
    }
}

/// The least is the best; see `store::market::candles::page`.
fn rank(origin: Origin, row: &PackedCandle) -> (bool, std::cmp::Reverse<domain::Amount>, usize) {
    let place = match origin {
        Origin::Venue => 0,
        Origin::Rollup(interval) => {
            1 + Interval::ALL.iter().position(|of| *of == interval).unwrap_or(0)
        }
        Origin::Trades => 9,
        Origin::AggTrades => 10,
    };
    (origin != Origin::Venue, std::cmp::Reverse(row.volume()), place)
}
