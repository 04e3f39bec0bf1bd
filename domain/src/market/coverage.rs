//! What is known of a stretch of time: ranges of moments, and sets of them.

use std::fmt;
use std::str::FromStr;

use super::Interval;
use crate::time::Time;

/// From a moment on and before another; never empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeRange {
    /// The first moment within.
    pub from: Time,
    /// The first moment after it.
    pub to: Time,
}

impl TimeRange {
    /// The range, or `None` where it would be empty.
    #[must_use]
    pub fn new(from: Time, to: Time) -> Option<Self> {
        (from < to).then_some(Self { from, to })
    }

    /// Its length in microseconds.
    #[must_use]
    pub fn micros(self) -> i64 {
        self.to.micros().saturating_sub(self.from.micros())
    }

    /// From the beginning of the first candle that it touches to the end of the last.
    #[must_use]
    pub fn outward(self, interval: Interval) -> Self {
        let last = interval.open_time(self.to.plus_micros(-1));
        Self { from: interval.open_time(self.from), to: interval.close_time(last) }
    }

    /// The candles that lie in it as a whole, if any does.
    #[must_use]
    pub fn inward(self, interval: Interval) -> Option<Self> {
        let before = interval.open_time(self.from);
        let from = if before == self.from { before } else { interval.close_time(before) };
        Self::new(from, interval.open_time(self.to))
    }

    /// What both have in common.
    #[must_use]
    pub fn intersection(self, other: Self) -> Option<Self> {
        Self::new(self.from.max(other.from), self.to.min(other.to))
    }
}

/// Ranges in order, none touching another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TimeRanges(Vec<TimeRange>);

impl TimeRanges {
    /// The ranges, earliest first.
    #[must_use]
    pub fn as_slice(&self) -> &[TimeRange] {
        &self.0
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Their lengths together, in microseconds.
    #[must_use]
    pub fn micros(&self) -> i64 {
        self.0.iter().map(|range| range.micros()).sum()
    }

    /// Adds a range; those that it touches become one with it.
    pub fn insert(&mut self, range: TimeRange) {
        let first = self.0.partition_point(|held| held.to < range.from);
        let last = self.0.partition_point(|held| held.from <= range.to);
        let mut whole = range;
        if first < last {
            whole.from = whole.from.min(self.0[first].from);
            whole.to = whole.to.max(self.0[last - 1].to);
        }
        self.0.splice(first..last, [whole]);
    }

    /// Takes a range away.
    pub fn remove(&mut self, range: TimeRange) {
        let first = self.0.partition_point(|held| held.to <= range.from);
        let last = self.0.partition_point(|held| held.from < range.to);
        if first >= last {
            return;
        }
        let before = TimeRange::new(self.0[first].from, range.from);
        let after = TimeRange::new(range.to, self.0[last - 1].to);
        self.0.splice(first..last, before.into_iter().chain(after));
    }

    /// What of `within` is in none of them.
    #[must_use]
    pub fn gaps(&self, within: TimeRange) -> Self {
        let (mut rest, mut from) = (Vec::new(), within.from);
        for range in self.touching(within) {
            rest.extend(TimeRange::new(from, range.from));
            from = range.to;
        }
        rest.extend(TimeRange::new(from, within.to));
        Self(rest)
    }

    /// What of `within` is in one of them.
    #[must_use]
    pub fn clip(&self, within: TimeRange) -> Self {
        Self(self.touching(within).iter().filter_map(|r| r.intersection(within)).collect())
    }

    /// Those that have something in common with a range.
    fn touching(&self, within: TimeRange) -> &[TimeRange] {
        let first = self.0.partition_point(|held| held.to <= within.from);
        let last = self.0.partition_point(|held| held.from < within.to);
        &self.0[first..last.max(first)]
    }

    /// What is in these and not in the others.
    #[must_use]
    pub fn without(&self, others: &Self) -> Self {
        Self(self.0.iter().flat_map(|range| others.gaps(*range).0).collect())
    }

    /// What is in both.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        Self(other.0.iter().flat_map(|range| self.clip(*range).0).collect())
    }
}

impl FromIterator<TimeRange> for TimeRanges {
    fn from_iter<I: IntoIterator<Item = TimeRange>>(ranges: I) -> Self {
        let mut all = Self::default();
        ranges.into_iter().for_each(|range| all.insert(range));
        all
    }
}

impl Extend<TimeRange> for TimeRanges {
    fn extend<I: IntoIterator<Item = TimeRange>>(&mut self, ranges: I) {
        ranges.into_iter().for_each(|range| self.insert(range));
    }
}

/// What is known of a range of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CoverageStatus {
    /// Everything that was traded in it is stored, as it came.
    Traded,
    /// The venue says that nothing was traded in it.
    Empty,
    /// The venue itself was not trading, or has nothing to tell of it.
    Down,
    /// Something was traded in it that is not stored.
    Missing,
    /// It was missing and was filled in afterwards.
    Repaired,
}

impl CoverageStatus {
    /// All of them.
    pub const ALL: [Self; 5] =
        [Self::Traded, Self::Empty, Self::Down, Self::Missing, Self::Repaired];

    /// Its name: `traded`, `empty`, `venue_down`, `missing`, `repaired`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Traded => "traded",
            Self::Empty => "empty",
            Self::Down => "venue_down",
            Self::Missing => "missing",
            Self::Repaired => "repaired",
        }
    }

    /// Whether nothing is lacking in a range of this status.
    #[must_use]
    pub const fn is_complete(self) -> bool {
        !matches!(self, Self::Missing)
    }
}

/// A text that names no status of coverage.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no status of coverage; there are traded, empty, venue_down, missing and repaired"
)]
pub struct UnknownStatus(pub String);

impl FromStr for CoverageStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let found = Self::ALL.into_iter().find(|status| status.as_str() == text);
        found.ok_or_else(|| UnknownStatus(text.to_owned()))
    }
}

impl fmt::Display for CoverageStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(from: i64, to: i64) -> TimeRange {
        TimeRange { from: Time::default().plus_micros(from), to: Time::default().plus_micros(to) }
    }

    fn members(set: &TimeRanges) -> Vec<bool> {
        let within = |at: i64| {
            let at = Time::default().plus_micros(at);
            set.as_slice().iter().any(|r| r.from <= at && at < r.to)
        };
        (0..60).map(within).collect()
    }

    proptest! {
        #[test]
        fn ranges_behave_as_sets_of_moments(
            steps in proptest::collection::vec((any::<bool>(), 0i64..50, 1i64..10), 0..40),
            from in 0i64..30, length in 1i64..30,
        ) {
            let mut set = TimeRanges::default();
            let mut model = vec![false; 60];
            for (add, from, length) in steps {
                let step = range(from, from + length);
                if add { set.insert(step) } else { set.remove(step) }
                model[from as usize..(from + length) as usize].fill(add);
            }
            prop_assert_eq!(members(&set), model.clone());
            let tight = set.as_slice().windows(2).all(|pair| pair[0].to < pair[1].from);
            prop_assert!(tight, "ranges touch: {:?}", set);
            let within = range(from, from + length);
            let inside = |at: usize| (from..from + length).contains(&(at as i64));
            let gaps: Vec<bool> = (0..60).map(|at| inside(at) && !model[at]).collect();
            prop_assert_eq!(members(&set.gaps(within)), gaps);
            let clipped: Vec<bool> = (0..60).map(|at| inside(at) && model[at]).collect();
            prop_assert_eq!(members(&set.clip(within)), clipped.clone());
            let both = set.intersection(&TimeRanges::from_iter([within]));
            prop_assert_eq!(members(&both), clipped);
            let rest: Vec<bool> = (0..60).map(|at| !inside(at) && model[at]).collect();
            prop_assert_eq!(members(&set.without(&TimeRanges::from_iter([within]))), rest);
        }
    }
}
