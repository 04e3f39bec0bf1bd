//! Falls of the balance, taken after each trade; what open positions lose meanwhile has no part.

use crate::{Amount, Time};

use super::super::ratio;
use super::{ClosedTrade, Trades, difference};

/// The first balance that can be fallen from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FirstPeak {
    /// The starting balance: from 2025.4.
    StartingBalance,
    /// The balance after the first trade: until 2025.3, when a loss of the first trade was none.
    FirstTrade,
}

/// A fall from a peak of the cumulative profit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Drawdown {
    /// `max_drawdown_abs`: how far it fell, in money.
    pub depth: Amount,
    /// `max_drawdown_account`: the same as a fraction of the balance at the peak.
    pub account: f64,
    /// `max_drawdown_high`: the cumulative profit at the peak.
    pub high: Amount,
    /// `max_drawdown_low`: the cumulative profit at the bottom.
    pub low: Amount,
    /// `drawdown_start`: when the trade closed that made the peak; the first trade where none did.
    pub start: Time,
    /// `drawdown_end`: when the trade closed that made the bottom.
    pub end: Time,
}

impl Trades<'_> {
    fn by_close(&self) -> Vec<&ClosedTrade> {
        let mut trades = self.trades.clone();
        trades.sort_by_key(|trade| trade.closed);
        trades
    }

    /// Every fall below a peak, after each trade, beginning with no fall at all; without the part of the account.
    fn falls(&self, first: FirstPeak) -> impl Iterator<Item = Drawdown> {
        let trades = self.by_close();
        let begin = trades.first().map(|opening| Drawdown {
            depth: Amount::ZERO,
            account: 0.0,
            high: Amount::ZERO,
            low: Amount::ZERO,
            start: opening.closed,
            end: opening.closed,
        });
        let falls = begin.map(|begin| {
            let mut now = begin;
            let after = trades.into_iter().enumerate().map(move |(place, trade)| {
                now.low += trade.profit;
                now.end = trade.closed;
                if now.low > now.high || (place == 0 && first == FirstPeak::FirstTrade) {
                    (now.high, now.start) = (now.low, trade.closed);
                }
                now.depth = difference(now.high, now.low);
                now
            });
            std::iter::once(begin).chain(after)
        });
        falls.into_iter().flatten()
    }

    /// The part of the account that a fall took.
    fn part(&self, fall: &Drawdown) -> f64 {
        let mut peak = self.account.starting_balance;
        peak += fall.high;
        if fall.depth > Amount::ZERO { ratio(fall.depth, peak) } else { 0.0 }
    }

    /// The deepest fall in money, the first of equal ones. Without any fall it has no depth and the time of
    /// the first trade; `None` of no trades, and without a fall if the first trade is the first peak.
    #[must_use]
    pub fn max_drawdown(&self, first: FirstPeak) -> Option<Drawdown> {
        let falls = self.falls(first);
        let deepest =
            falls.reduce(|best, fall| if fall.depth > best.depth { fall } else { best })?;
        let deepest = Drawdown { account: self.part(&deepest), ..deepest };
        (first == FirstPeak::StartingBalance || deepest.depth > Amount::ZERO).then_some(deepest)
    }

    /// `max_relative_drawdown`: the largest fall as a fraction of the balance at its peak, which is not
    /// always the deepest in money; 0 without any.
    #[must_use]
    pub fn max_relative_drawdown(&self, first: FirstPeak) -> f64 {
        self.falls(first).fold(0.0, |most, fall| self.part(&fall).max(most))
    }

    /// `max_drawdown` before 2022.1: the deepest fall of the sum of profit ratios.
    #[must_use]
    pub fn max_drawdown_before_2022_1(&self) -> f64 {
        let (mut sum, mut peak, mut deepest) = (0.0, f64::NEG_INFINITY, 0.0f64);
        for trade in self.by_close() {
            sum += trade.profit_ratio;
            peak = peak.max(sum);
            deepest = deepest.max(peak - sum);
        }
        deepest
    }

    /// `csum_min` and `csum_max`: the lowest and the highest balance after a trade; `None` of no trades.
    #[must_use]
    pub fn balance_range(&self) -> Option<(Amount, Amount)> {
        let mut balance = self.account.starting_balance;
        let balances = self.trades.iter().map(|trade| {
            balance += trade.profit;
            (balance, balance)
        });
        balances.reduce(|range, now| (range.0.min(now.0), range.1.max(now.1)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, closed};
    use super::*;

    #[test]
    fn the_deepest_fall_is_told_with_its_peak_and_bottom() {
        let all = closed(&["-30", "50", "10", "-20", "-15", "40", "-34"]);
        let trades = Trades::new(&all, account());
        let fall = trades.max_drawdown(FirstPeak::StartingBalance).expect("a drawdown");
        assert_eq!((fall.high.to_string(), fall.low.to_string()), ("30".into(), "-5".into()));
        assert_eq!((fall.start, fall.end), (all[2].closed, all[4].closed));
        assert!((fall.account - 35.0 / 130.0).abs() < 1e-12);
        // The first 30 of 100 weigh more than 35 of 130.
        assert!((trades.max_relative_drawdown(FirstPeak::StartingBalance) - 0.3).abs() < 1e-12);
        let later = trades.max_relative_drawdown(FirstPeak::FirstTrade);
        assert!((later - 35.0 / 130.0).abs() < 1e-12);
        let range = trades.balance_range().expect("trades");
        assert_eq!((range.0.to_string(), range.1.to_string()), ("70".into(), "135".into()));
    }

    #[test]
    fn a_loss_at_first_counts_from_2025_on() {
        let all = closed(&["-1"]);
        let trades = Trades::new(&all, account());
        let fall = trades.max_drawdown(FirstPeak::StartingBalance).expect("trades");
        assert_eq!(fall.depth.to_string(), "1");
        assert_eq!(trades.max_drawdown(FirstPeak::FirstTrade), None);
    }

    #[test]
    fn without_losses_there_is_no_depth() {
        let all = closed(&["1", "2"]);
        let trades = Trades::new(&all, account());
        let fall = trades.max_drawdown(FirstPeak::StartingBalance).expect("trades");
        assert_eq!(
            (fall.depth, fall.start, fall.end),
            (Amount::ZERO, all[0].closed, all[0].closed)
        );
        assert_eq!(trades.only(|_| false).max_drawdown(FirstPeak::StartingBalance), None);
        assert_eq!(trades.only(|_| false).balance_range(), None);
    }
}
