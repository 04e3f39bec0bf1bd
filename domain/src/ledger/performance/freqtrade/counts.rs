//! How many trades won, how many in a row, and how long they lasted.

use std::cmp::Ordering;

use crate::Amount;

use super::super::statistics::mean;
use super::{ClosedTrade, Trades};

/// How many trades won, lost, and did neither.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Outcomes {
    /// More came back than was paid.
    pub wins: usize,
    /// As much came back.
    pub draws: usize,
    /// Less came back.
    pub losses: usize,
}

impl Outcomes {
    pub(super) fn of(signs: impl Iterator<Item = Ordering>) -> Self {
        signs.fold(Self::default(), |mut outcomes, sign| {
            match sign {
                Ordering::Greater => outcomes.wins += 1,
                Ordering::Equal => outcomes.draws += 1,
                Ordering::Less => outcomes.losses += 1,
            }
            outcomes
        })
    }

    /// `winrate`: the share of trades that won; 0 of no trades.
    #[must_use]
    pub fn winrate(&self) -> f64 {
        self.wins as f64 / (self.wins + self.draws + self.losses).max(1) as f64
    }
}

/// How long trades lasted, in seconds of whole minutes as freqtrade rounds them; 0 of no trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Holding {
    /// The shortest.
    pub least_s: i64,
    /// The mean.
    pub mean_s: i64,
    /// The longest.
    pub most_s: i64,
}

fn minutes(trade: &ClosedTrade) -> f64 {
    (trade.closed.since(trade.opened).as_secs() / 60) as f64
}

impl Trades<'_> {
    /// Outcomes by money, as freqtrade's tables and breakdowns count them.
    #[must_use]
    pub fn outcomes(&self) -> Outcomes {
        Outcomes::of(self.trades.iter().map(|trade| trade.profit.cmp(&Amount::ZERO)))
    }

    /// Outcomes by profit ratio, as freqtrade's summary counts them: they differ from [`Self::outcomes`]
    /// where a ratio was rounded to zero.
    #[must_use]
    pub fn outcomes_by_ratio(&self) -> Outcomes {
        // Not by `total_cmp`, for which −0 is less than 0; a rounded loss is a draw.
        let sign = |ratio: f64| ratio.partial_cmp(&0.0).unwrap_or(Ordering::Equal);
        Outcomes::of(self.trades.iter().map(|trade| sign(trade.profit_ratio)))
    }

    /// `max_consecutive_wins` and `max_consecutive_losses` (from 2023.7): the longest rows of trades that won
    /// and that didn't, so that a draw counts as a loss here.
    #[must_use]
    pub fn longest_rows(&self) -> (usize, usize) {
        let (mut wins, mut losses, mut row) = (0, 0, 0);
        let mut winning = None;
        for trade in &self.trades {
            let won = trade.profit_ratio > 0.0;
            row = if winning == Some(won) { row + 1 } else { 1 };
            winning = Some(won);
            let longest = if won { &mut wins } else { &mut losses };
            *longest = row.max(*longest);
        }
        (wins, losses)
    }

    /// `holding_avg_s` and its like. Those of winners and losers are of [`Trades::only`] these, by profit ratio.
    #[must_use]
    pub fn holding(&self) -> Holding {
        let all: Vec<f64> = self.trades.iter().map(|trade| minutes(trade)).collect();
        if all.is_empty() {
            return Holding::default();
        }
        let seconds = |minutes: f64| minutes.round_ties_even() as i64 * 60;
        Holding {
            least_s: seconds(all.iter().copied().fold(f64::INFINITY, f64::min)),
            mean_s: seconds(mean(&all)),
            most_s: seconds(all.iter().copied().fold(0.0, f64::max)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, closed};
    use super::*;

    #[test]
    fn a_draw_ends_a_row_of_wins_and_lengthens_one_of_losses() {
        let all = closed(&["1", "1", "0", "-1", "0", "1", "1", "1"]);
        let trades = Trades::new(&all, account());
        assert_eq!(trades.longest_rows(), (3, 3));
        assert_eq!(trades.outcomes(), Outcomes { wins: 5, draws: 2, losses: 1 });
        assert_eq!(trades.outcomes(), trades.outcomes_by_ratio());
        assert!((trades.outcomes().winrate() - 0.625).abs() < 1e-12);
    }

    #[test]
    fn a_ratio_rounded_to_nothing_is_a_draw() {
        let mut all = closed(&["1", "-1"]);
        (all[0].profit_ratio, all[1].profit_ratio) = (0.0, -0.0);
        let trades = Trades::new(&all, account());
        assert_eq!(trades.outcomes_by_ratio(), Outcomes { draws: 2, ..Outcomes::default() });
        assert_eq!(trades.outcomes(), Outcomes { wins: 1, draws: 0, losses: 1 });
    }

    #[test]
    fn mean_times_are_rounded_to_minutes_half_to_even() {
        let mut all = closed(&["1", "1"]);
        all[1].closed = all[1].closed.plus_micros(61_000_000);
        let holding = Trades::new(&all, account()).holding();
        assert_eq!(holding, Holding { least_s: 3_600, mean_s: 3_600, most_s: 3_660 });
    }
}
