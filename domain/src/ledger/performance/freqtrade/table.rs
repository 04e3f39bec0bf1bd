//! The same figures for every pair, tag or reason: a line of freqtrade's tables.

use crate::Amount;

use super::{ClosedTrade, FirstPeak, Outcomes, Trades};

/// The figures of some of the trades, as if the account had traded nothing else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Line {
    /// How many trades they are.
    pub trades: usize,
    /// `profit_mean`: the mean profit ratio.
    pub profit_mean: f64,
    /// `profit_sum`: the sum of profit ratios; in files of 2024 and before, where the best and the worst pair
    /// are the first and the last by it.
    pub profit_sum: f64,
    /// `profit_total_abs`: the sum of profits.
    pub profit: Amount,
    /// `profit_total`: the same as a fraction of the starting balance.
    pub profit_share: f64,
    /// `duration_avg`: the mean time from opening to close in seconds, of whole minutes.
    pub holding_mean_s: i64,
    /// `wins`, `draws` and `losses`, by money.
    pub outcomes: Outcomes,
    /// As [`Trades::cagr`]; this and what follows isn't in tables of 2024 and before.
    pub cagr: f64,
    /// As [`Trades::expectancy`].
    pub expectancy: f64,
    /// As [`Trades::expectancy_ratio`].
    pub expectancy_ratio: f64,
    /// As [`Trades::sortino`].
    pub sortino: f64,
    /// As [`Trades::sharpe`].
    pub sharpe: f64,
    /// As [`Trades::calmar`].
    pub calmar: f64,
    /// As [`Trades::sqn`].
    pub sqn: f64,
    /// As [`Trades::profit_factor`].
    pub profit_factor: f64,
    /// `max_drawdown_account`: the part of the account that the deepest drawdown took.
    pub max_drawdown_account: f64,
    /// `max_drawdown_abs`: its depth in money.
    pub max_drawdown: Amount,
}

impl Trades<'_> {
    /// The line of all of them, freqtrade's `TOTAL`.
    #[must_use]
    pub fn line(&self) -> Line {
        let drawdown = self.max_drawdown(FirstPeak::StartingBalance);
        Line {
            trades: self.count(),
            profit_mean: self.profit_mean(),
            profit_sum: self.profit_sum(),
            profit: self.profit(),
            profit_share: self.profit_share(),
            holding_mean_s: self.holding().mean_s,
            outcomes: self.outcomes(),
            cagr: self.cagr(),
            expectancy: self.expectancy(),
            expectancy_ratio: self.expectancy_ratio(),
            sortino: self.sortino(),
            sharpe: self.sharpe(),
            calmar: self.calmar(),
            sqn: self.sqn(),
            profit_factor: self.profit_factor(),
            max_drawdown_account: drawdown.map_or(0.0, |fall| fall.account),
            max_drawdown: drawdown.map_or(Amount::ZERO, |fall| fall.depth),
        }
    }

    /// One line for each key that trades have, what won most first: `results_per_pair` by symbol,
    /// `results_per_enter_tag`, `exit_reason_summary`, `mix_tag_stats` by both; `left_open_trades` is the
    /// table by symbol of those that were closed by `force_exit`.
    #[must_use]
    pub fn table<K: Ord>(&self, key: impl Fn(&ClosedTrade) -> K) -> Vec<(K, Line)> {
        let groups = self.grouped(key).into_iter();
        let mut lines: Vec<_> = groups.map(|(key, trades)| (key, trades.line())).collect();
        lines.sort_by_key(|(_, line)| std::cmp::Reverse(line.profit));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, closed};
    use super::*;

    #[test]
    fn lines_stand_by_profit_and_add_up() {
        let mut all = closed(&["1", "2", "-4", "3"]);
        all[2].exit_reason = "stop_loss".to_owned();
        all[3].exit_reason = "exit_signal".to_owned();
        let trades = Trades::new(&all, account());
        let table = trades.table(|trade| trade.exit_reason.clone());
        let told: Vec<_> = table.iter().map(|(key, line)| (key.as_str(), line.trades)).collect();
        assert_eq!(told, [("exit_signal", 1), ("roi", 2), ("stop_loss", 1)]);
        assert_eq!(table[2].1.max_drawdown.to_string(), "4");
        assert_eq!(trades.line().profit.to_string(), "2");
    }
}
