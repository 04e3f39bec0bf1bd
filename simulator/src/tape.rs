//! The trades of a symbol as the simulator sees them: a sequence that can be asked at any place, by
//! time and by id, whether it was recorded, is recorded and played in a loop, or is made up.

use std::ops::Range;

use domain::Time;
use domain::market::Tick;

use crate::synthetic::Synthetic;

/// The trades of one symbol and kind, in the order in which they are played.
#[derive(Debug)]
pub(crate) enum Tape {
    Recorded(Recorded),
    Synthetic(Synthetic),
}

/// Trades that were recorded.
#[derive(Debug)]
pub(crate) struct Recorded {
    ticks: Vec<Tick>,
    /// When each is played: its time, or that of an earlier one which is later. Never falls.
    due: Vec<Time>,
    /// For aggregate trades: the id of the first trade in each.
    first_ids: Vec<i64>,
    /// How much later than its time a trade is played at most, in microseconds.
    lateness: i64,
    /// What each further round adds; `None` without a loop.
    round: Option<Round>,
}

#[derive(Debug, Clone, Copy)]
struct Round {
    micros: i64,
    ids: i64,
    trades: i64,
}

impl Recorded {
    /// From ticks in any order. Those without a number of the venue's get one by their place.
    pub(crate) fn new(mut ticks: Vec<Tick>, round_micros: Option<i64>) -> Self {
        if ticks.iter().all(Tick::has_own_id) {
            ticks.sort_by_key(|tick| tick.trade_id);
            ticks.dedup_by_key(|tick| tick.trade_id);
        } else {
            ticks.sort_by_key(Tick::order);
            for (tick, id) in ticks.iter_mut().zip(1..) {
                (tick.trade_id, tick.seq) = (id, 0);
            }
        }
        let first_ids: Vec<i64> = ticks
            .iter()
            .scan(ticks.first().map_or(1, |tick| tick.trade_id), |next, tick| {
                let first = *next;
                *next += i64::from(tick.trade_count);
                Some(first)
            })
            .collect();
        Self::assemble(ticks, first_ids, round_micros)
    }

    /// The aggregate trades of trades: those of one taker's side at one price in one millisecond
    /// that follow one another. Their ids count from 1.
    pub(crate) fn aggregated(trades: &Self) -> Self {
        let mut ticks: Vec<Tick> = Vec::new();
        let mut first_ids = Vec::new();
        for trade in &trades.ticks {
            let same = |last: &&mut Tick| {
                last.price == trade.price
                    && last.buyer_is_maker == trade.buyer_is_maker
                    && last.time.millis() == trade.time.millis()
            };
            let sum = |last: &Tick| last.quantity.checked_add(trade.quantity);
            match ticks.last_mut().filter(same).and_then(|last| Some((sum(last)?, last))) {
                Some((quantity, last)) => {
                    last.quantity = quantity;
                    last.trade_count += 1;
                }
                None => {
                    first_ids.push(trade.trade_id);
                    ticks.push(Tick { trade_id: ticks.len() as i64 + 1, ..trade.clone() });
                }
            }
        }
        let mut tape = Self::assemble(ticks, first_ids, trades.round.map(|round| round.micros));
        if let (Some(own), Some(of)) = (&mut tape.round, trades.round) {
            own.trades = of.ids;
        }
        tape
    }

    fn assemble(ticks: Vec<Tick>, first_ids: Vec<i64>, round_micros: Option<i64>) -> Self {
        let latest = |latest: &mut Time, tick: &Tick| {
            *latest = tick.time.max(*latest);
            Some(*latest)
        };
        let due: Vec<Time> = ticks.iter().scan(Time::MIN, latest).collect();
        let late = ticks.iter().zip(&due).map(|(tick, due)| due.micros() - tick.time.micros());
        let lateness = late.max().unwrap_or(0);
        let round = round_micros.zip(ticks.first().zip(ticks.last())).map(|(micros, (a, b))| {
            let trades = ticks.iter().map(|tick| i64::from(tick.trade_count)).sum();
            Round { micros, ids: b.trade_id - a.trade_id + 1, trades }
        });
        Self { ticks, due, first_ids, lateness, round }
    }

    fn len(&self) -> Option<u64> {
        if self.round.is_some() { None } else { Some(self.ticks.len() as u64) }
    }

    /// The round and the place within it.
    fn place(&self, at: u64) -> (i64, usize) {
        let count = self.ticks.len().max(1) as u64;
        ((at / count) as i64, (at % count) as usize)
    }

    fn in_round(&self, part: impl Fn(Round) -> i64, round: i64) -> i64 {
        self.round.map_or(0, |shift| part(shift) * round)
    }

    /// The first place of which `before` is no longer true, which gets a round and a place in it.
    fn first(&self, round: i64, before: impl Fn(usize) -> bool) -> u64 {
        let count = self.ticks.len();
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if before(middle) { low = middle + 1 } else { high = middle }
        }
        round.unsigned_abs() * count as u64 + low as u64
    }
}

impl Tape {
    /// How many trades there are; `None`: without end.
    pub(crate) fn len(&self) -> Option<u64> {
        match self {
            Self::Recorded(tape) => tape.len(),
            Self::Synthetic(tape) => tape.len(),
        }
    }

    /// Whether there is none.
    pub(crate) fn is_empty(&self) -> bool {
        match self {
            Self::Recorded(tape) => tape.ticks.is_empty(),
            Self::Synthetic(tape) => tape.len() == Some(0),
        }
    }

    /// The trade at a place below [`Tape::len`].
    pub(crate) fn tick(&self, at: u64) -> Tick {
        match self {
            Self::Recorded(tape) => {
                let (round, place) = tape.place(at);
                let tick = &tape.ticks[place];
                Tick {
                    time: tick.time.plus_micros(tape.in_round(|r| r.micros, round)),
                    trade_id: tick.trade_id + tape.in_round(|r| r.ids, round),
                    ..tick.clone()
                }
            }
            Self::Synthetic(tape) => tape.tick(at),
        }
    }

    /// The trade with the id of the first trade in it.
    pub(crate) fn aggregate(&self, at: u64) -> (Tick, i64) {
        let tick = self.tick(at);
        let first = match self {
            Self::Recorded(tape) => {
                let (round, place) = tape.place(at);
                tape.first_ids[place] + tape.in_round(|r| r.trades, round)
            }
            Self::Synthetic(_) => tick.trade_id,
        };
        (tick, first)
    }

    /// When a trade is played.
    pub(crate) fn due(&self, at: u64) -> Time {
        match self {
            Self::Recorded(tape) => {
                let (round, place) = tape.place(at);
                tape.due[place].plus_micros(tape.in_round(|r| r.micros, round))
            }
            Self::Synthetic(tape) => tape.time(at),
        }
    }

    /// The first place played at `time` or after it.
    pub(crate) fn first_at(&self, time: Time) -> u64 {
        match self {
            Self::Recorded(tape) => {
                let Some(first) = tape.due.first() else { return 0 };
                let into = time.micros() - first.micros();
                let round = tape.round.map_or(0, |r| into.div_euclid(r.micros).max(0));
                let time = time.plus_micros(-tape.in_round(|r| r.micros, round));
                tape.first(round, |place| tape.due[place] < time)
            }
            Self::Synthetic(tape) => tape.first_at(time),
        }
    }

    /// The first place with this id or a higher one.
    pub(crate) fn first_with_id(&self, id: i64) -> u64 {
        match self {
            Self::Recorded(tape) => {
                let Some(first) = tape.ticks.first() else { return 0 };
                let round =
                    tape.round.map_or(0, |r| (id - first.trade_id).div_euclid(r.ids).max(0));
                let id = id - tape.in_round(|r| r.ids, round);
                tape.first(round, |place| tape.ticks[place].trade_id < id)
            }
            Self::Synthetic(tape) => {
                (id - 1).max(0).unsigned_abs().min(tape.len().unwrap_or(u64::MAX))
            }
        }
    }

    /// How many were played until `now`, and at `now`.
    pub(crate) fn played(&self, now: Time) -> u64 {
        self.first_at(now.plus_micros(1))
    }

    /// How much later than its time a trade is played at most, in microseconds.
    pub(crate) fn lateness(&self) -> i64 {
        match self {
            Self::Recorded(tape) => tape.lateness,
            Self::Synthetic(_) => 0,
        }
    }

    /// The trades at these places.
    pub(crate) fn ticks(&self, places: Range<u64>) -> impl Iterator<Item = Tick> + '_ {
        places.map(|at| self.tick(at))
    }
}

#[cfg(test)]
mod tests {
    use domain::Decimal;

    use super::*;

    fn tick(id: i64, ms: i64, price: i64) -> Tick {
        Tick {
            time: Time::from_millis(ms).unwrap(),
            seq: 0,
            trade_id: id,
            price: Decimal::new(price, 2),
            quantity: Decimal::new(5, 1),
            buyer_is_maker: Some(false),
            trade_count: 1,
            received_at: None,
            venue_trade_id: None,
        }
    }

    #[test]
    fn a_loop_goes_on_in_time_and_ids() {
        let ticks = vec![tick(7, 1_000, 1), tick(8, 1_000, 2), tick(10, 2_000, 3)];
        let tape = Tape::Recorded(Recorded::new(ticks, Some(60_000_000)));
        let ids: Vec<i64> = (0..7).map(|at| tape.tick(at).trade_id).collect();
        assert_eq!(ids, [7, 8, 10, 11, 12, 14, 15]);
        assert_eq!(tape.due(6), Time::from_millis(121_000).unwrap());
        let found = |ms| tape.first_at(Time::from_millis(ms).unwrap());
        assert_eq!([found(0), found(1_000), found(1_001), found(2_001)], [0, 0, 2, 3]);
        assert_eq!([found(61_000), found(61_001), found(121_000)], [3, 5, 6]);
        let found = |id| tape.first_with_id(id);
        assert_eq!(
            [found(0), found(8), found(9), found(10), found(11), found(13)],
            [0, 1, 2, 2, 3, 5]
        );
        assert_eq!(tape.played(Time::from_millis(1_000).unwrap()), 2);
    }

    #[test]
    fn a_late_trade_is_played_late_and_keeps_its_time() {
        let ticks = vec![tick(1, 1_000, 1), tick(2, 3_000, 2), tick(3, 2_000, 3)];
        let tape = Tape::Recorded(Recorded::new(ticks, None));
        assert_eq!(tape.played(Time::from_millis(2_500).unwrap()), 1);
        assert_eq!(tape.played(Time::from_millis(3_000).unwrap()), 3);
        assert_eq!(tape.tick(2).time, Time::from_millis(2_000).unwrap());
    }

    #[test]
    fn trades_of_one_order_are_put_together() {
        let mut ticks = vec![tick(5, 1_000, 100), tick(6, 1_000, 100), tick(7, 1_000, 101)];
        ticks.extend([tick(8, 1_001, 101), tick(9, 1_001, 101)]);
        let tape = Tape::Recorded(Recorded::aggregated(&Recorded::new(ticks, None)));
        let found: Vec<(i64, i64, i32, Decimal)> = (0..3)
            .map(|at| {
                let (tick, first) = tape.aggregate(at);
                (tick.trade_id, first, tick.trade_count, tick.quantity)
            })
            .collect();
        let (half, one) = (Decimal::new(5, 1), Decimal::new(10, 1));
        assert_eq!(found, [(1, 5, 2, one), (2, 7, 1, half), (3, 8, 2, one)]);
        assert_eq!(tape.len(), Some(3));
    }
}
