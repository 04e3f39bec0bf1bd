//! Metrics of closed trades as freqtrade's back-test reports define them: `freqtrade/data/metrics.py` and
//! `freqtrade/optimize/optimize_reports` of <https://github.com/freqtrade/freqtrade>, as of 2025.4 to 2026.1.
//! Where an earlier version defined something otherwise, its function says in its name until when.
//!
//! Where freqtrade can't compute something it gives numbers instead, and so do these: −100 for a ratio
//! without a denominator, 100 for the expectancy ratio without losses, 0 of no trades.

mod calendar;
mod counts;
mod drawdown;
mod ratios;
mod table;

use std::collections::BTreeMap;

use crate::{Amount, Time};

use super::statistics::{mean, percentile};
use super::{ratio, real};

pub use calendar::{Calendar, Day, Days, Tally};
pub use counts::{Holding, Outcomes};
pub use drawdown::{Drawdown, FirstPeak};
pub use table::Line;

/// One trade from its opening to its close; money in the account's currency, fees and funding included.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedTrade {
    /// What was traded, freqtrade's `pair`.
    pub symbol: String,
    /// Why it was opened, as the strategy called it.
    pub enter_tag: Option<String>,
    /// Why it was closed: `roi`, `stop_loss`, `force_exit` …
    pub exit_reason: String,
    /// When it was opened.
    pub opened: Time,
    /// When it was closed.
    pub closed: Time,
    /// Whether it was sold first.
    pub short: bool,
    /// The account's own money in it, without what was borrowed.
    pub stake: Amount,
    /// Price times quantity of all its orders, with fees, in and out.
    pub volume: Amount,
    /// What it won, freqtrade's `profit_abs`.
    pub profit: Amount,
    /// The profit as a fraction of what the opening cost of the account's own money.
    pub profit_ratio: f64,
}

/// What was traded with, and when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    /// What there was before the first trade; more than nothing.
    pub starting_balance: Amount,
    /// When trading began, freqtrade's `backtest_start`.
    pub start: Time,
    /// When it ended.
    pub end: Time,
}

impl Account {
    /// Whole days of trading, at least one.
    #[must_use]
    pub fn days(&self) -> i64 {
        let seconds = self.end.since(self.start).as_secs();
        (seconds / 86_400).max(1) as i64
    }

    fn share(&self, amount: Amount) -> f64 {
        ratio(amount, self.starting_balance)
    }
}

/// Trades of one account, in the order in which they were closed.
#[derive(Debug, Clone)]
pub struct Trades<'a> {
    trades: Vec<&'a ClosedTrade>,
    account: Account,
}

impl<'a> Trades<'a> {
    /// All of them. Where trades were closed at the same moment, their order counts: freqtrade's drawdown
    /// is taken after each trade.
    #[must_use]
    pub fn new(trades: &'a [ClosedTrade], account: Account) -> Self {
        Self { trades: trades.iter().collect(), account }
    }

    /// Those that `which` is true of, as if the account had traded nothing else.
    #[must_use]
    pub fn only(&self, which: impl Fn(&ClosedTrade) -> bool) -> Self {
        let trades = self.trades.iter().copied().filter(|trade| which(trade)).collect();
        Self { trades, account: self.account }
    }

    fn grouped<K: Ord>(&self, key: impl Fn(&ClosedTrade) -> K) -> BTreeMap<K, Self> {
        let mut groups: BTreeMap<K, Vec<&'a ClosedTrade>> = BTreeMap::new();
        for trade in &self.trades {
            groups.entry(key(trade)).or_default().push(trade);
        }
        let account = self.account;
        groups.into_iter().map(|(key, trades)| (key, Self { trades, account })).collect()
    }

    /// What there was before the first.
    #[must_use]
    pub fn starting_balance(&self) -> Amount {
        self.account.starting_balance
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.trades.len()
    }

    /// `trades_per_day`: trades per whole day, two digits after the point.
    #[must_use]
    pub fn per_day(&self) -> f64 {
        (self.count() as f64 / self.account.days() as f64 * 100.0).round_ties_even() / 100.0
    }

    fn sum(&self, of: impl Fn(&ClosedTrade) -> Amount) -> Amount {
        let mut sum = Amount::ZERO;
        for trade in &self.trades {
            sum += of(trade);
        }
        sum
    }

    /// `profit_total_abs`: the sum of profits, exactly.
    #[must_use]
    pub fn profit(&self) -> Amount {
        self.sum(|trade| trade.profit)
    }

    /// `profit_total`: the sum of profits as a fraction of the starting balance.
    #[must_use]
    pub fn profit_share(&self) -> f64 {
        self.account.share(self.profit())
    }

    /// `final_balance`: the starting balance and all profits, exactly.
    #[must_use]
    pub fn final_balance(&self) -> Amount {
        let mut balance = self.account.starting_balance;
        balance += self.profit();
        balance
    }

    fn profit_ratios(&self) -> Vec<f64> {
        self.trades.iter().map(|trade| trade.profit_ratio).collect()
    }

    /// Profits as fractions of the starting balance.
    fn shares(&self) -> Vec<f64> {
        self.trades.iter().map(|trade| self.account.share(trade.profit)).collect()
    }

    /// `profit_mean`: the mean profit ratio; 0 of no trades.
    #[must_use]
    pub fn profit_mean(&self) -> f64 {
        if self.trades.is_empty() { 0.0 } else { mean(&self.profit_ratios()) }
    }

    /// `profit_median`: the middle profit ratio, of an even number the mean of both; 0 of no trades.
    #[must_use]
    pub fn profit_median(&self) -> f64 {
        if self.trades.is_empty() { 0.0 } else { percentile(&self.profit_ratios(), 50.0) }
    }

    /// `profit_sum`: the sum of profit ratios; in tables of 2024 and before.
    #[must_use]
    pub fn profit_sum(&self) -> f64 {
        self.profit_ratios().iter().sum()
    }

    /// `profit_total` of the table of exit reasons before 2024.4: the sum of profit ratios per trade that
    /// may be open at a time.
    #[must_use]
    pub fn profit_per_slot_before_2024_4(&self, max_open_trades: u32) -> f64 {
        self.profit_sum() / f64::from(max_open_trades)
    }

    /// `total_volume`: what all orders cost, in and out, exactly.
    #[must_use]
    pub fn volume(&self) -> Amount {
        self.sum(|trade| trade.volume)
    }

    /// `total_volume` in files of 2024 and before (issue 11268 of freqtrade): the sum of stakes, exactly.
    #[must_use]
    pub fn volume_before_2025(&self) -> Amount {
        self.sum(|trade| trade.stake)
    }

    /// `avg_stake_amount`: the mean stake; 0 of no trades.
    #[must_use]
    pub fn stake_mean(&self) -> f64 {
        real(self.volume_before_2025()) / self.count().max(1) as f64
    }
}

/// `a - b`, or the furthest amount there is where that is too far.
fn difference(a: Amount, b: Amount) -> Amount {
    Amount::from_mantissa(a.mantissa().saturating_sub(b.mantissa()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Trades that closed an hour apart, each with this profit and a hundredth of it as ratio.
    pub(super) fn closed(profits: &[&str]) -> Vec<ClosedTrade> {
        let hour = |hours: usize| Time::from_micros(hours as i64 * 3_600_000_000).expect("a time");
        let trade = |(place, profit): (usize, &&str)| {
            let profit: Amount = profit.parse().expect("an amount");
            ClosedTrade {
                symbol: "BTC/USDT".to_owned(),
                enter_tag: None,
                exit_reason: "roi".to_owned(),
                opened: hour(place),
                closed: hour(place + 1),
                short: false,
                stake: "100".parse().expect("an amount"),
                volume: "200".parse().expect("an amount"),
                profit,
                profit_ratio: real(profit) / 100.0,
            }
        };
        profits.iter().enumerate().map(trade).collect()
    }

    pub(super) fn near(value: f64, wanted: f64) {
        assert!((value - wanted).abs() < 1e-9, "{value} instead of {wanted}");
    }

    /// A hundred to start with, and ten days.
    pub(super) fn account() -> Account {
        let day = |days: i64| Time::from_micros(days * 86_400_000_000).expect("a time");
        Account { starting_balance: "100".parse().expect("an amount"), start: day(0), end: day(10) }
    }

    #[test]
    fn money_is_summed_exactly() {
        let trades = closed(&["0.1", "0.2", "-0.000000000000000000000000000001"]);
        let trades = Trades::new(&trades, account());
        assert_eq!(trades.profit().to_string(), "0.299999999999999999999999999999");
        assert_eq!(trades.final_balance().to_string(), "100.299999999999999999999999999999");
        assert_eq!(trades.volume().to_string(), "600");
        assert_eq!(trades.volume_before_2025().to_string(), "300");
    }

    #[test]
    fn nothing_traded_is_nothing_won() {
        let trades = Trades::new(&[], account());
        assert_eq!(
            (trades.count(), trades.profit(), trades.volume()),
            (0, Amount::ZERO, Amount::ZERO)
        );
        near(trades.profit_mean() + trades.profit_median() + trades.stake_mean(), 0.0);
        near(trades.per_day(), 0.0);
    }
}
