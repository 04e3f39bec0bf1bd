//! Ratios of profit to its deviations and losses. None of them compounds but the yearly growth.

use crate::Amount;

use super::super::statistics::{deviation, mean};
use super::super::{ratio, real};
use super::{Drawdown, FirstPeak, Trades, difference};

/// What stands for a ratio whose denominator is zero.
const NO_RATIO: f64 = -100.0;

impl Trades<'_> {
    /// Profit per day as a fraction of the starting balance; `None` where there is nothing to measure.
    fn daily_share(&self) -> Option<f64> {
        let measurable = self.count() > 0 && self.account.start != self.account.end;
        measurable.then(|| self.profit_share() / self.account.days() as f64)
    }

    /// `sharpe`: `√365 × profit per day / deviation of the trades' profits` (n), each as a fraction of the
    /// starting balance. −100 where all trades won the same.
    #[must_use]
    pub fn sharpe(&self) -> f64 {
        self.daily_per(deviation(&self.shares(), 0))
    }

    /// `sortino`: as [`Self::sharpe`], by the deviation of the losing trades alone. −100 where fewer than two
    /// different losses are.
    #[must_use]
    pub fn sortino(&self) -> f64 {
        let losses: Vec<f64> = self.shares().into_iter().filter(|share| *share < 0.0).collect();
        self.daily_per(deviation(&losses, 0))
    }

    fn daily_per(&self, deviation: f64) -> f64 {
        match self.daily_share() {
            None => 0.0,
            Some(daily) if deviation > 0.0 => daily / deviation * 365f64.sqrt(),
            Some(_) => NO_RATIO,
        }
    }

    /// `calmar`: `√365 × 100 × profit per day` as a fraction of the starting balance, per the account's part
    /// that the largest drawdown took. −100 without a drawdown.
    #[must_use]
    pub fn calmar(&self) -> f64 {
        self.daily_per_drawdown(self.max_drawdown(FirstPeak::StartingBalance))
    }

    /// `calmar` before 2025.4, when the starting balance was no peak.
    #[must_use]
    pub fn calmar_before_2025_4(&self) -> f64 {
        self.daily_per_drawdown(self.max_drawdown(FirstPeak::FirstTrade))
    }

    fn daily_per_drawdown(&self, drawdown: Option<Drawdown>) -> f64 {
        self.daily_per(drawdown.map_or(0.0, |fall| fall.account) / 100.0)
    }

    /// `sqn`, the system quality number of Van Tharp (from 2025.3): `√n × mean / deviation` (n − 1) of the
    /// trades' profits, four digits after the point. −100 where all trades won the same; 0 of no trades.
    #[must_use]
    pub fn sqn(&self) -> f64 {
        let shares = self.shares();
        let deviation = deviation(&shares, 1);
        if shares.is_empty() {
            0.0
        } else if deviation > 0.0 {
            let quality = (shares.len() as f64).sqrt() * mean(&shares) / deviation;
            (quality * 1e4).round_ties_even() / 1e4
        } else {
            NO_RATIO
        }
    }

    /// `cagr`: `(final balance / starting balance) ^ (365 / days) - 1`; 0 where less than nothing is left.
    #[must_use]
    pub fn cagr(&self) -> f64 {
        if self.final_balance().is_negative() {
            return 0.0;
        }
        (1.0 + self.profit_share()).powf(365.0 / self.account.days() as f64) - 1.0
    }

    /// What winning trades won, and what losing trades lost, without sign.
    fn won_and_lost(&self) -> (Amount, Amount) {
        let losses = self.only(|trade| trade.profit.is_negative()).profit();
        (difference(self.profit(), losses), difference(Amount::ZERO, losses))
    }

    /// `profit_factor`: what was won per what was lost; 0 where nothing was lost.
    #[must_use]
    pub fn profit_factor(&self) -> f64 {
        let (won, lost) = self.won_and_lost();
        if lost == Amount::ZERO { 0.0 } else { ratio(won, lost) }
    }

    /// `expectancy` (from 2023.7): the mean profit of a trade in money; 0 of no trades.
    #[must_use]
    pub fn expectancy(&self) -> f64 {
        real(self.profit()) / self.count().max(1) as f64
    }

    /// `expectancy_ratio` (from 2023.7): `(1 + mean win / mean loss) × share of winning trades - 1`; 100 where
    /// nothing was lost.
    #[must_use]
    pub fn expectancy_ratio(&self) -> f64 {
        let (won, lost) = self.won_and_lost();
        let outcomes = self.outcomes();
        if outcomes.losses == 0 {
            return 100.0;
        }
        let mean_win = real(won) / outcomes.wins.max(1) as f64;
        let mean_loss = real(lost) / outcomes.losses as f64;
        (1.0 + mean_win / mean_loss) * outcomes.winrate() - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, closed, near};
    use super::*;

    #[test]
    fn ratios_follow_their_formulas() {
        let trades = closed(&["10", "-4", "-2", "6"]);
        let trades = Trades::new(&trades, account());
        // 1 % a day; deviations √0.003275 of all, 0.01 of the losses; the drawdown takes 6 of 110.
        near(trades.sharpe(), 365f64.sqrt() * 0.01 / 0.003275f64.sqrt());
        near(trades.sortino(), 365f64.sqrt());
        near(trades.calmar(), 365f64.sqrt() * 100.0 * 0.01 / (6.0 / 110.0));
        near(trades.sqn(), 0.7566);
        near(trades.cagr(), 1.1f64.powf(36.5) - 1.0);
        near(trades.profit_factor(), 16.0 / 6.0);
        near(trades.expectancy(), 2.5);
        near(trades.expectancy_ratio(), (1.0 + 8.0 / 3.0) * 0.5 - 1.0);
    }

    #[test]
    fn what_cannot_be_computed_has_freqtrades_numbers() {
        let all = closed(&["1", "1"]);
        let trades = Trades::new(&all, account());
        for ratio in [trades.sharpe(), trades.sortino(), trades.calmar(), trades.sqn()] {
            near(ratio, -100.0);
        }
        assert_eq!((trades.profit_factor(), trades.expectancy_ratio()), (0.0, 100.0));
        let none = trades.only(|_| false);
        for ratio in [none.sharpe(), none.sortino(), none.calmar(), none.sqn(), none.cagr()] {
            near(ratio, 0.0);
        }
        let ruin = closed(&["-150"]);
        near(Trades::new(&ruin, account()).cagr(), 0.0);
    }

    #[test]
    fn until_2025_a_first_loss_was_no_drawdown() {
        let trades = closed(&["-10", "30"]);
        let trades = Trades::new(&trades, account());
        near(trades.calmar(), 365f64.sqrt() * 100.0 * 0.02 / 0.1);
        near(trades.calmar_before_2025_4(), -100.0);
    }
}
