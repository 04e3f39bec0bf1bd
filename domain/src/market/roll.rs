//! How candles are built: from ticks, and from shorter candles, in any order of arrival.
//!
//! A [`Roll`] remembers which trade gave its open and which its close, so two rolls of the same
//! candle merge without looking at the trades again, and merging commutes: late trades need no
//! special path. Proved by the properties in `tests` below.

use std::collections::BTreeMap;

use crate::number::Amount;
use crate::time::Time;

use super::{Candle, Interval, Tick};

/// Where a trade stands among those of its symbol: by time, then by place in its source, then id.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Order {
    /// Event time.
    pub time: Time,
    /// Place among trades of the same time.
    pub seq: i32,
    /// The trade's id.
    pub id: i64,
}

/// A candle in the making: which trade opened and which closed it so far.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roll {
    /// Its interval.
    pub interval: Interval,
    /// Its figures so far.
    pub candle: Candle,
    /// The earliest trade or shorter candle in it.
    pub first: Order,
    /// The latest trade or shorter candle in it.
    pub last: Order,
}

impl Roll {
    /// The one-trade candle of `tick`.
    fn of_tick(interval: Interval, tick: &Tick) -> Self {
        let quote = Amount::product(tick.price, tick.quantity);
        let volume = Amount::from(tick.quantity);
        let taker =
            |amount| tick.buyer_is_maker.map(|maker| if maker { Amount::ZERO } else { amount });
        let candle = Candle {
            open_time: interval.open_time(tick.time),
            open: tick.price,
            high: tick.price,
            low: tick.price,
            close: tick.price,
            volume,
            quote_volume: Some(quote),
            trade_count: Some(i64::from(tick.trade_count)),
            taker_buy_volume: taker(volume),
            taker_buy_quote_volume: taker(quote),
        };
        Self { interval, candle, first: tick.order(), last: tick.order() }
    }

    /// This roll's part in the candle of a longer interval.
    fn lift(&self, interval: Interval) -> Self {
        let mut lifted = self.clone();
        lifted.interval = interval;
        lifted.candle.open_time = interval.open_time(self.candle.open_time);
        lifted
    }

    /// Puts two rolls of the same candle together, in either order.
    pub fn merge(&mut self, other: &Self) {
        let (first, last) = (other.first < self.first, other.last > self.last);
        self.candle.absorb(&other.candle, first, last);
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
    }
}

/// Rolls ticks into candles of all eight intervals: shortest interval first, each in time order.
#[must_use]
pub fn roll_ticks<'a>(ticks: impl IntoIterator<Item = &'a Tick>) -> Vec<Roll> {
    let mut minutes = BTreeMap::new();
    let mut open: Option<Roll> = None;
    for tick in ticks {
        let one = Roll::of_tick(Interval::M1, tick);
        match &mut open {
            Some(roll) if roll.candle.open_time == one.candle.open_time => roll.merge(&one),
            _ => {
                put(&mut minutes, open.replace(one));
            }
        }
    }
    put(&mut minutes, open);
    let mut rolls: Vec<Roll> = minutes.into_values().collect();
    let above = roll_above(&rolls, Interval::M1);
    rolls.extend(above);
    rolls
}

/// Rolls a venue's candles of one interval into all longer ones; the given ones are not returned.
#[must_use]
pub fn roll_candles<'a>(
    interval: Interval,
    candles: impl IntoIterator<Item = &'a Candle>,
) -> Vec<Roll> {
    roll_above(&as_rolls(interval, candles), interval)
}

/// As [`roll_candles`], with the given candles before the longer ones.
#[must_use]
pub fn roll_from<'a>(
    interval: Interval,
    candles: impl IntoIterator<Item = &'a Candle>,
) -> Vec<Roll> {
    let mut rolls = as_rolls(interval, candles);
    let above = roll_above(&rolls, interval);
    rolls.extend(above);
    rolls
}

fn as_rolls<'a>(interval: Interval, candles: impl IntoIterator<Item = &'a Candle>) -> Vec<Roll> {
    candles
        .into_iter()
        .map(|candle| {
            let at = Order { time: candle.open_time, seq: 0, id: 0 };
            Roll { interval, candle: candle.clone(), first: at, last: at }
        })
        .collect()
}

/// Every interval above `from`, each from the longest shorter one that divides it.
fn roll_above(children: &[Roll], from: Interval) -> Vec<Roll> {
    let mut done: Vec<Roll> = Vec::new();
    let mut range = None;
    for interval in from.above() {
        // Each interval divides the next longer one (5m 15m 30m 1h 4h 1d 1w), so the one just made serves.
        let source = range.map_or(children, |start: usize| &done[start..]);
        let mut rolls = BTreeMap::new();
        for child in source {
            put(&mut rolls, Some(child.lift(interval)));
        }
        range = Some(done.len());
        done.extend(rolls.into_values());
    }
    done
}

fn put(rolls: &mut BTreeMap<Time, Roll>, roll: Option<Roll>) {
    let Some(roll) = roll else { return };
    match rolls.entry(roll.candle.open_time) {
        std::collections::btree_map::Entry::Occupied(mut held) => held.get_mut().merge(&roll),
        std::collections::btree_map::Entry::Vacant(free) => {
            free.insert(roll);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Decimal;
    use proptest::prelude::*;

    fn tick(time: i64, id: i64, price: i64, quantity: i64) -> Tick {
        Tick {
            time: Time::from_millis(time).expect("in range"),
            seq: 0,
            trade_id: id,
            price: Decimal::new(price, 2),
            quantity: Decimal::new(quantity, 8),
            buyer_is_maker: Some(id % 2 == 0),
            trade_count: 1,
            received_at: None,
            venue_trade_id: None,
        }
    }

    /// What a candle is, said plainly: sort, take ends and extremes, add up.
    fn by_definition(interval: Interval, open_time: Time, ticks: &[Tick]) -> Candle {
        let mut inside: Vec<&Tick> =
            ticks.iter().filter(|t| interval.open_time(t.time) == open_time).collect();
        inside.sort_by_key(|t| t.order());
        let prices = inside.iter().map(|t| t.price);
        let sum = |pick: fn(&Tick) -> Amount| {
            inside.iter().fold(Amount::ZERO, |mut sum, t| {
                sum += pick(t);
                sum
            })
        };
        Candle {
            open_time,
            open: inside[0].price,
            high: prices.clone().max().expect("a tick"),
            low: prices.min().expect("a tick"),
            close: inside[inside.len() - 1].price,
            volume: sum(|t| t.quantity.into()),
            quote_volume: Some(sum(|t| Amount::product(t.price, t.quantity))),
            trade_count: Some(inside.len() as i64),
            taker_buy_volume: Some(sum(|t| match t.buyer_is_maker {
                Some(false) => t.quantity.into(),
                _ => Amount::ZERO,
            })),
            taker_buy_quote_volume: Some(sum(|t| match t.buyer_is_maker {
                Some(false) => Amount::product(t.price, t.quantity),
                _ => Amount::ZERO,
            })),
        }
    }

    fn ticks() -> impl Strategy<Value = Vec<Tick>> {
        // Ten days around the epoch: negative times, many minutes with several trades, two weeks.
        prop::collection::vec(
            (-5 * 86_400_000i64..5 * 86_400_000, 1i64..10_000, 1i64..1_000_000),
            1..60,
        )
        .prop_map(|rows| {
            rows.into_iter()
                .enumerate()
                .map(|(id, (time, price, quantity))| {
                    tick(time / 30_000 * 30_000, id as i64, price, quantity)
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn rolled_candles_are_what_the_definition_says(ticks in ticks()) {
            let rolls = roll_ticks(&ticks);
            for interval in Interval::ALL {
                let times: std::collections::BTreeSet<Time> =
                    ticks.iter().map(|t| interval.open_time(t.time)).collect();
                let mine: Vec<&Roll> = rolls.iter().filter(|r| r.interval == interval).collect();
                prop_assert_eq!(mine.len(), times.len());
                for (roll, time) in mine.iter().zip(times) {
                    prop_assert_eq!(&roll.candle, &by_definition(interval, time, &ticks));
                }
            }
        }

        #[test]
        fn order_and_batches_do_not_matter(
            ticks in ticks(),
            shuffled in any::<prop::sample::Index>(),
            cut in any::<prop::sample::Index>(),
        ) {
            let whole = roll_ticks(&ticks);
            let mut other = ticks.clone();
            other.rotate_left(shuffled.index(ticks.len()));
            other.reverse();
            let (early, late) = other.split_at(cut.index(ticks.len()));
            let mut merged: BTreeMap<(Interval, Time), Roll> = BTreeMap::new();
            for roll in roll_ticks(early).into_iter().chain(roll_ticks(late)) {
                merged
                    .entry((roll.interval, roll.candle.open_time))
                    .and_modify(|held| held.merge(&roll))
                    .or_insert(roll);
            }
            prop_assert_eq!(whole, merged.into_values().collect::<Vec<_>>());
        }

        #[test]
        fn longer_candles_follow_from_the_minutes(ticks in ticks()) {
            let rolls = roll_ticks(&ticks);
            let minutes = rolls.iter().filter(|r| r.interval == Interval::M1).map(|r| &r.candle);
            let rolled: Vec<Candle> = roll_candles(Interval::M1, minutes).into_iter().map(|r| r.candle).collect();
            let direct: Vec<Candle> =
                rolls.iter().filter(|r| r.interval > Interval::M1).map(|r| r.candle.clone()).collect();
            prop_assert_eq!(rolled, direct);
        }
    }

    #[test]
    fn weeks_start_on_monday_also_before_the_epoch() {
        let monday: Time = "1969-12-29T00:00:00Z".parse().expect("a time");
        let sunday: Time = "1970-01-04T23:59:59Z".parse().expect("a time");
        assert_eq!(Interval::W1.open_time(sunday), monday);
        assert_eq!(Interval::W1.open_time(monday), monday);
    }
}
