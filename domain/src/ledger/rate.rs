//! What one asset is worth in another, by prices of symbols.

use crate::number::{Amount, Decimal, MAX_SCALE};
use crate::time::Time;

/// A chain of prices that leads from one asset to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    steps: Vec<(Decimal, bool)>,
    /// When its price was, the older one of two; none where both assets are the same.
    pub time: Option<Time>,
}

impl Rate {
    /// From an asset to itself.
    #[must_use]
    pub const fn one() -> Self {
        Self { steps: Vec::new(), time: None }
    }

    /// Goes on by a symbol's price, or against it: from its quote to its base.
    #[must_use]
    pub fn then(mut self, price: Decimal, against: bool, time: Time) -> Self {
        self.steps.push((price, against));
        self.time = Some(self.time.map_or(time, |known| known.min(time)));
        self
    }

    /// What so much of the one is worth in the other, rounded to 18 digits after the point at each step;
    /// `None` where a price is zero or the result past 5 × 10^40.
    #[must_use]
    pub fn of(&self, amount: Amount) -> Option<Amount> {
        let one = Amount::from(Decimal::ONE);
        self.steps.iter().try_fold(amount, |amount, (price, against)| {
            if *against {
                return crate::quotient(amount, Amount::from(*price), MAX_SCALE);
            }
            // With 18 digits each, the product is exact.
            let short = crate::quotient(amount, one, MAX_SCALE)?;
            crate::quotient(short.checked_times(*price)?, one, MAX_SCALE)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse_decimal;

    fn amount(text: &str) -> Amount {
        text.parse().expect(text)
    }

    #[test]
    fn prices_lead_both_ways_and_on() {
        let at = |millis| Time::from_millis(millis).expect("a time");
        let dec = |text| parse_decimal(text).expect(text);
        let direct = Rate::one().then(dec("40000.5"), false, at(2));
        assert_eq!(direct.of(amount("0.5")), Some(amount("20000.25")));
        let back = Rate::one().then(dec("40000"), true, at(2));
        assert_eq!(back.of(amount("-100")), Some(amount("-0.0025")));
        let two = Rate::one().then(dec("0.05"), false, at(2)).then(dec("40000"), false, at(1));
        assert_eq!((two.of(amount("3")), two.time), (Some(amount("6000")), Some(at(1))));
        assert_eq!(Rate::one().of(amount("1.5")), Some(amount("1.5")));
        assert_eq!(Rate::one().then(dec("0"), true, at(1)).of(amount("1")), None);
    }

    #[test]
    fn what_does_not_fit_is_rounded() {
        let at = Time::from_millis(1).expect("a time");
        let third = Rate::one().then(parse_decimal("3").expect("3"), true, at);
        assert_eq!(third.of(amount("1")), Some(amount("0.333333333333333333")));
        let long = amount("0.000000000000000000000000000000000001");
        let price = parse_decimal("0.1").expect("0.1");
        assert_eq!(Rate::one().then(price, false, at).of(long), Some(Amount::ZERO));
    }
}
