//! Returns over time, and how many of them make a year.

use std::collections::BTreeMap;

use crate::{Amount, Time};

use super::ratio;

/// Simple returns (0.01 is one percent), each at the end of the period in which it was made.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Returns(BTreeMap<Time, f64>);

impl Returns {
    /// The returns in the order of time; of two at the same moment the later given one counts.
    pub fn new(points: impl IntoIterator<Item = (Time, f64)>) -> Self {
        Self(points.into_iter().collect())
    }

    /// What each point of an equity curve made of the one before it; a return from nothing is infinite
    /// or NaN. The points are to be evenly spaced, for a [`Period`] says how many there are in a year.
    #[must_use]
    pub fn of_equity(points: &[(Time, Amount)]) -> Self {
        let change = |pair: &[(Time, Amount)]| (pair[1].0, ratio(pair[1].1, pair[0].1) - 1.0);
        Self::new(points.windows(2).map(change))
    }

    /// The returns alone, in the order of time.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.0.values().copied().collect()
    }

    /// Both series at the moments that both have.
    #[must_use]
    pub fn aligned(&self, other: &Self) -> (Vec<f64>, Vec<f64>) {
        self.0.iter().filter_map(|(time, ours)| Some((*ours, *other.0.get(time)?))).unzip()
    }
}

/// How far apart returns are. Equities trade on 252 days a year and cryptocurrencies on 365; the
/// names mean what they mean in empyrical, and [`Period::PerYear`] anything else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Period {
    /// 252 a year.
    Daily,
    /// 52 a year.
    Weekly,
    /// 12 a year.
    Monthly,
    /// 4 a year.
    Quarterly,
    /// 1 a year.
    Yearly,
    /// So many a year.
    PerYear(f64),
}

impl Period {
    /// Periods in a year.
    #[must_use]
    pub fn per_year(self) -> f64 {
        match self {
            Self::Daily => 252.0,
            Self::Weekly => 52.0,
            Self::Monthly => 12.0,
            Self::Quarterly => 4.0,
            Self::Yearly => 1.0,
            Self::PerYear(periods) => periods,
        }
    }
}

/// A return per period that others are measured against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate<'a> {
    /// The same in every period.
    Constant(f64),
    /// One for each return, as [`Returns::aligned`] gives them.
    Series(&'a [f64]),
}

impl Rate<'_> {
    /// What the returns are above it, one by one; as many as both have.
    pub(super) fn below(self, returns: &[f64]) -> Vec<f64> {
        match self {
            Self::Constant(rate) => returns.iter().map(|value| value - rate).collect(),
            Self::Series(rates) => returns.iter().zip(rates).map(|(value, r)| value - r).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(day: i64) -> Time {
        Time::from_micros(day * 86_400_000_000).expect("a time")
    }

    #[test]
    fn two_series_meet_where_both_are() {
        let ours = Returns::new([(at(3), 0.3), (at(1), 0.1), (at(2), 0.2)]);
        let theirs = Returns::new([(at(2), -0.2), (at(3), -0.3), (at(4), -0.4)]);
        assert_eq!(ours.values(), [0.1, 0.2, 0.3]);
        assert_eq!(ours.aligned(&theirs), (vec![0.2, 0.3], vec![-0.2, -0.3]));
    }

    #[test]
    fn equity_gives_one_return_less_than_points() {
        let amount = |text: &str| text.parse::<Amount>().expect("an amount");
        let returns = Returns::of_equity(&[
            (at(0), amount("100")),
            (at(1), amount("110")),
            (at(2), amount("99")),
        ]);
        let values = returns.values();
        assert!((values[0] - 0.1).abs() < 1e-12 && (values[1] + 0.1).abs() < 1e-12, "{values:?}");
        assert_eq!(returns.aligned(&returns).0.len(), 2);
    }
}
