//! Trades that nobody made: each is a function of the symbol, the seed and its number, so that any
//! stretch of the past can be told again without keeping it. Prices wander like a market's, ids
//! follow one another without a hole, times rise.

use domain::market::Tick;
use domain::{Decimal, Time};

use crate::faults::mix;

/// The wandering of a price is a sum of waves, each four times as long as the one before and, as in
/// Brownian motion, twice as high.
const WAVES: u32 = 12;
/// Height of the shortest wave, in millionths of the price.
const RIPPLE_PPM: i64 = 4;

/// The trades of one made-up symbol.
#[derive(Debug, Clone)]
pub(crate) struct Synthetic {
    seed: u64,
    from: Time,
    /// Microseconds from one trade to the next, on average.
    period: i64,
    /// How many trades there are; `None`: without end.
    count: Option<u64>,
    /// The price that all waves wander about, in units of the last digit.
    price: i64,
    price_scale: u32,
    quantity_scale: u32,
}

impl Synthetic {
    /// `seed` differs by symbol; `rate` is trades per second of this symbol.
    pub(crate) fn new(seed: u64, rate: f64, from: Time, to: Option<Time>) -> Self {
        let period = (1e6 / rate).max(1.0) as i64;
        let count = to.map(|to| to.micros().saturating_sub(from.micros()).max(0) / period);
        // From 0.5 to 50,000, evenly on a logarithmic scale.
        let share = (mix(seed) >> 11) as f64 / (1u64 << 53) as f64;
        let price = 0.5 * 10f64.powf(5.0 * share);
        let (price_scale, quantity_scale) = if price < 50.0 { (4, 4) } else { (2, 5) };
        Self {
            seed,
            from,
            period,
            count: count.map(i64::unsigned_abs),
            price: (price * 10f64.powi(price_scale as i32)) as i64,
            price_scale,
            quantity_scale,
        }
    }

    pub(crate) fn len(&self) -> Option<u64> {
        self.count
    }

    /// Moves all trades in time.
    pub(crate) fn shift(&mut self, micros: i64) {
        self.from = self.from.plus_micros(micros);
    }

    /// Digits after the point of a price and of a quantity.
    pub(crate) fn scales(&self) -> (u32, u32) {
        (self.price_scale, self.quantity_scale)
    }

    /// The id of a trade is its place, from 1.
    pub(crate) fn tick(&self, at: u64) -> Tick {
        let noise = mix(self.seed ^ mix(at));
        // Mostly small, seldom large: the product of two even throws.
        let quantity = (1 + (noise & 0x3ff)) * (1 + ((noise >> 10) & 0x3ff));
        Tick {
            time: self.time(at),
            seq: 0,
            trade_id: at as i64 + 1,
            price: Decimal::new(self.price(at), self.price_scale),
            quantity: Decimal::new(quantity as i64, self.quantity_scale),
            buyer_is_maker: Some(noise >> 63 == 1),
            trade_count: 1,
            received_at: None,
            venue_trade_id: None,
        }
    }

    /// Somewhere within the trade's own period, in whole milliseconds where that is longer.
    pub(crate) fn time(&self, at: u64) -> Time {
        let into = (mix(self.seed ^ mix(at) ^ 1) % self.period.unsigned_abs()) as i64;
        let exact = (at as i64).saturating_mul(self.period) + into;
        self.from.plus_micros(exact.div_euclid(1_000) * 1_000)
    }

    /// The first trade at `time` or after it.
    pub(crate) fn first_at(&self, time: Time) -> u64 {
        let into = time.micros() - self.from.micros();
        let mut at = (into.div_euclid(self.period) - 1).max(0).unsigned_abs();
        // Rounding to milliseconds can put trades of short periods earlier.
        at = at.saturating_sub((1_000 / self.period).unsigned_abs());
        while self.count.is_none_or(|count| at < count) && self.time(at) < time {
            at += 1;
        }
        at.min(self.count.unwrap_or(u64::MAX))
    }

    fn price(&self, at: u64) -> i64 {
        let mut ppm = 0;
        for wave in 0..WAVES {
            let shift = 2 * wave + 2;
            let (cell, into) = (at >> shift, (at & ((1 << shift) - 1)) as i64);
            let height = |cell: u64| {
                let noise = mix(self.seed ^ mix(cell ^ (u64::from(wave) << 56)));
                (noise >> 44) as i64 - (1 << 19)
            };
            let (left, right) = (height(cell), height(cell + 1));
            let between = left + (((right - left) * into) >> shift);
            ppm += (between * (RIPPLE_PPM << wave)) >> 19;
        }
        // The waves together move the price by less than 2 %.
        (self.price + self.price * ppm / 1_000_000).max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from() -> Time {
        "2024-08-08T00:00:00Z".parse().unwrap()
    }

    #[test]
    fn times_rise_and_are_found_again() {
        for rate in [0.01, 0.7, 40.0, 900.0, 5_000.0] {
            let tape = Synthetic::new(7, rate, from(), None);
            for at in 0..5_000 {
                let (time, next) = (tape.time(at), tape.time(at + 1));
                assert!(time <= next, "{rate}: {at}");
                let found = tape.first_at(time);
                assert!(found <= at && tape.time(found) == time, "{rate}: {at} {found}");
                assert!(found == 0 || tape.time(found - 1) < time, "{rate}: {at} {found}");
            }
        }
    }

    #[test]
    fn a_rate_is_kept_and_an_end_is_one() {
        let hour = from().plus_micros(3_600_000_000);
        let tape = Synthetic::new(3, 10.0, from(), Some(hour));
        assert_eq!(tape.len(), Some(36_000));
        assert_eq!(tape.first_at(hour), 36_000);
        assert_eq!(tape.first_at(Time::MIN), 0);
    }

    #[test]
    fn prices_wander_and_depend_on_the_seed() {
        let prices = |seed| -> Vec<Decimal> {
            let tape = Synthetic::new(seed, 10.0, from(), None);
            (0..100_000).step_by(100).map(|at| tape.tick(at).price).collect()
        };
        let one = prices(1);
        assert_eq!(one, prices(1));
        assert_ne!(one, prices(2));
        let (low, high) = (one.iter().min().unwrap(), one.iter().max().unwrap());
        assert!(low.mantissa() > 0 && low < high, "{low} {high}");
        assert!(*high < *low * Decimal::new(105, 2), "{low} {high}");
    }
}
