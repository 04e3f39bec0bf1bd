//! All metrics by name, for an endpoint or a table that shows whatever there is.

use crate::{Amount, Time};

use super::freqtrade::{FirstPeak, Trades};
use super::{Period, Rate, Returns, empyrical, real};

/// freqtrade's metrics that are fractions of the starting balance, as all of empyrical's are.
const BY_BALANCE: [&str; 11] = [
    "profit_total_freqtrade",
    "cagr_freqtrade",
    "sharpe_freqtrade",
    "sortino_freqtrade",
    "calmar_freqtrade",
    "calmar_freqtrade_before_2025_4",
    "sqn_freqtrade",
    "max_drawdown_account_freqtrade",
    "max_drawdown_account_freqtrade_before_2025_4",
    "max_relative_drawdown_freqtrade",
    "max_relative_drawdown_freqtrade_before_2025_4",
];

/// Every named metric and its value; `None` where it isn't a number. docs/metrics.md says what each is.
#[derive(Debug, Clone, PartialEq)]
pub struct Metrics(Vec<(&'static str, Option<f64>)>);

impl Metrics {
    /// All metrics of the trades and of the returns that they came to, `period` apart; those beside a market
    /// where its returns are given, of the moments that both have.
    ///
    /// freqtrade's come with the numbers that it has for what can't be computed. Where the account began with nothing or with
    /// debts, nothing is known of what would be measured by that.
    #[must_use]
    pub fn new(
        trades: &Trades<'_>,
        returns: &Returns,
        market: Option<&Returns>,
        period: Period,
    ) -> Self {
        let mut metrics = Self(Vec::new());
        metrics.add_returns(&returns.values(), period);
        if let Some(market) = market {
            let (ours, theirs) = returns.aligned(market);
            metrics.add_market(&ours, &theirs, period);
        }
        metrics.add_profit(trades);
        metrics.add_ratios(trades);
        metrics.add_drawdowns(trades);
        metrics.add_outcomes(trades);
        metrics.add_holding(trades);
        metrics.add_days(trades);
        if trades.starting_balance() <= Amount::ZERO {
            let by_balance =
                |name: &str| name.ends_with("_empyrical") || BY_BALANCE.contains(&name);
            metrics.0.iter_mut().filter(|(name, _)| by_balance(name)).for_each(|one| one.1 = None);
        }
        metrics
    }

    /// The names in the order of docs/metrics.md with their values.
    #[must_use]
    pub fn list(&self) -> &[(&'static str, Option<f64>)] {
        &self.0
    }

    fn add(&mut self, values: impl IntoIterator<Item = (&'static str, f64)>) {
        let finite = |(name, value): (_, f64)| (name, value.is_finite().then_some(value));
        self.0.extend(values.into_iter().map(finite));
    }

    fn add_returns(&mut self, returns: &[f64], period: Period) {
        let zero = Rate::Constant(0.0);
        self.add([
            ("total_return_empyrical", empyrical::cum_returns_final(returns, 0.0)),
            ("cagr_empyrical", empyrical::annual_return(returns, period)),
            ("annual_volatility_empyrical", empyrical::annual_volatility(returns, period)),
            ("downside_risk_empyrical", empyrical::downside_risk(returns, zero, period)),
            ("sharpe_empyrical", empyrical::sharpe_ratio(returns, zero, period)),
            ("sortino_empyrical", empyrical::sortino_ratio(returns, zero, period)),
            ("calmar_empyrical", empyrical::calmar_ratio(returns, period)),
            ("omega_empyrical", empyrical::omega_ratio(returns, zero, 0.0, period)),
            ("max_drawdown_empyrical", empyrical::max_drawdown(returns)),
            ("stability_empyrical", empyrical::stability_of_timeseries(returns)),
            ("tail_ratio_empyrical", empyrical::tail_ratio(returns)),
            ("value_at_risk_empyrical", empyrical::value_at_risk(returns, 0.05)),
            (
                "conditional_value_at_risk_empyrical",
                empyrical::conditional_value_at_risk(returns, 0.05),
            ),
        ]);
    }

    fn add_market(&mut self, ours: &[f64], market: &[f64], period: Period) {
        let batting = empyrical::batting_average(ours, market);
        self.add([
            ("excess_sharpe_empyrical", empyrical::excess_sharpe(ours, Rate::Series(market))),
            ("capture_empyrical", empyrical::capture(ours, market, period)),
            ("up_capture_empyrical", empyrical::up_capture(ours, market, period)),
            ("down_capture_empyrical", empyrical::down_capture(ours, market, period)),
            ("batting_average_empyrical", batting.all),
            ("batting_average_up_empyrical", batting.up),
            ("batting_average_down_empyrical", batting.down),
        ]);
    }

    fn add_profit(&mut self, trades: &Trades<'_>) {
        self.add([
            ("total_trades_freqtrade", trades.count() as f64),
            ("trades_per_day_freqtrade", trades.per_day()),
            ("total_volume_freqtrade", real(trades.volume())),
            ("total_volume_freqtrade_before_2025", real(trades.volume_before_2025())),
            ("avg_stake_amount_freqtrade", trades.stake_mean()),
            ("profit_total_abs_freqtrade", real(trades.profit())),
            ("profit_total_freqtrade", trades.profit_share()),
            ("profit_mean_freqtrade", trades.profit_mean()),
            ("profit_median_freqtrade", trades.profit_median()),
            ("profit_sum_freqtrade", trades.profit_sum()),
            ("final_balance_freqtrade", real(trades.final_balance())),
        ]);
    }

    fn add_ratios(&mut self, trades: &Trades<'_>) {
        self.add([
            ("cagr_freqtrade", trades.cagr()),
            ("sharpe_freqtrade", trades.sharpe()),
            ("sortino_freqtrade", trades.sortino()),
            ("calmar_freqtrade", trades.calmar()),
            ("calmar_freqtrade_before_2025_4", trades.calmar_before_2025_4()),
            ("sqn_freqtrade", trades.sqn()),
            ("profit_factor_freqtrade", trades.profit_factor()),
            ("expectancy_freqtrade", trades.expectancy()),
            ("expectancy_ratio_freqtrade", trades.expectancy_ratio()),
        ]);
    }

    fn add_drawdowns(&mut self, trades: &Trades<'_>) {
        let seconds = |time: Time| time.micros() as f64 / 1e6;
        let fall = trades.max_drawdown(FirstPeak::StartingBalance);
        let before = trades.max_drawdown(FirstPeak::FirstTrade);
        let depth = before.map_or(Amount::ZERO, |fall| fall.depth);
        self.add([
            ("max_drawdown_account_freqtrade", fall.map_or(0.0, |fall| fall.account)),
            (
                "max_drawdown_account_freqtrade_before_2025_4",
                before.map_or(0.0, |fall| fall.account),
            ),
            (
                "max_relative_drawdown_freqtrade",
                trades.max_relative_drawdown(FirstPeak::StartingBalance),
            ),
            (
                "max_relative_drawdown_freqtrade_before_2025_4",
                trades.max_relative_drawdown(FirstPeak::FirstTrade),
            ),
            ("max_drawdown_abs_freqtrade", fall.map_or(0.0, |fall| real(fall.depth))),
            ("max_drawdown_abs_freqtrade_before_2025_4", real(depth)),
            ("max_drawdown_high_freqtrade", fall.map_or(0.0, |fall| real(fall.high))),
            ("max_drawdown_low_freqtrade", fall.map_or(0.0, |fall| real(fall.low))),
            ("drawdown_start_s_freqtrade", fall.map_or(0.0, |fall| seconds(fall.start))),
            ("drawdown_end_s_freqtrade", fall.map_or(0.0, |fall| seconds(fall.end))),
            ("max_drawdown_freqtrade_before_2022_1", trades.max_drawdown_before_2022_1()),
        ]);
        let (least, most) = trades.balance_range().unwrap_or_default();
        self.add([("csum_min_freqtrade", real(least)), ("csum_max_freqtrade", real(most))]);
    }

    fn add_outcomes(&mut self, trades: &Trades<'_>) {
        let outcomes = trades.outcomes_by_ratio();
        let (wins, losses) = trades.longest_rows();
        self.add([
            ("wins_freqtrade", outcomes.wins as f64),
            ("draws_freqtrade", outcomes.draws as f64),
            ("losses_freqtrade", outcomes.losses as f64),
            ("winrate_freqtrade", outcomes.winrate()),
            ("max_consecutive_wins_freqtrade", wins as f64),
            ("max_consecutive_losses_freqtrade", losses as f64),
        ]);
    }

    fn add_holding(&mut self, trades: &Trades<'_>) {
        let winners = trades.only(|trade| trade.profit_ratio > 0.0).holding();
        let losers = trades.only(|trade| trade.profit_ratio < 0.0).holding();
        self.add([
            ("holding_avg_s_freqtrade", trades.holding().mean_s as f64),
            ("winner_holding_min_s_freqtrade", winners.least_s as f64),
            ("winner_holding_avg_s_freqtrade", winners.mean_s as f64),
            ("winner_holding_max_s_freqtrade", winners.most_s as f64),
            ("loser_holding_min_s_freqtrade", losers.least_s as f64),
            ("loser_holding_avg_s_freqtrade", losers.mean_s as f64),
            ("loser_holding_max_s_freqtrade", losers.most_s as f64),
        ]);
    }

    fn add_days(&mut self, trades: &Trades<'_>) {
        let days = trades.days();
        let counts = days.map(|days| days.outcomes).unwrap_or_default();
        self.add([
            ("backtest_best_day_freqtrade", days.map_or(0.0, |days| days.best)),
            ("backtest_worst_day_freqtrade", days.map_or(0.0, |days| days.worst)),
            ("backtest_best_day_abs_freqtrade", days.map_or(0.0, |days| real(days.best_profit))),
            ("backtest_worst_day_abs_freqtrade", days.map_or(0.0, |days| real(days.worst_profit))),
            ("winning_days_freqtrade", counts.wins as f64),
            ("draw_days_freqtrade", counts.draws as f64),
            ("losing_days_freqtrade", counts.losses as f64),
        ]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::performance::freqtrade::Account;

    fn of(returns: &[f64], market: Option<&[f64]>) -> Metrics {
        let at = |day: i64| Time::from_micros(day * 86_400_000_000).expect("a time");
        let timed = |values: &[f64]| {
            Returns::new(values.iter().enumerate().map(|(day, value)| (at(day as i64), *value)))
        };
        let starting_balance = "1".parse().expect("an amount");
        let trades = Trades::new(&[], Account { starting_balance, start: at(0), end: at(1) });
        let market = market.map(timed);
        Metrics::new(&trades, &timed(returns), market.as_ref(), Period::PerYear(365.0))
    }

    fn value(metrics: &Metrics, name: &str) -> Option<f64> {
        metrics.list().iter().find(|(named, _)| *named == name).expect(name).1
    }

    #[test]
    fn each_name_has_its_metric() {
        let metrics = of(&[0.02, -0.01, 0.05], Some(&[0.01, -0.02, 0.0]));
        let near = |name, wanted: f64| {
            let value = value(&metrics, name).expect(name);
            assert!((value - wanted).abs() < 1e-9, "{name} is {value}, not {wanted}");
        };
        near("total_return_empyrical", 1.02 * 0.99 * 1.05 - 1.0);
        near("max_drawdown_empyrical", -0.01);
        near("sharpe_empyrical", 0.02 / 0.03 * 365f64.sqrt());
        near("omega_empyrical", 7.0);
        near("excess_sharpe_empyrical", (0.07 / 3.0) / (0.0016f64 / 3.0).sqrt());
        near("batting_average_empyrical", 1.0);
        near("expectancy_ratio_freqtrade", 100.0);
    }

    #[test]
    fn what_is_no_number_is_none_and_without_a_market_nothing_is_beside_it() {
        let metrics = of(&[0.01, 0.01], None);
        assert_eq!(value(&metrics, "sharpe_empyrical"), None, "infinite");
        assert_eq!(value(&metrics, "calmar_empyrical"), None, "NaN");
        assert!(metrics.list().iter().all(|(name, _)| !name.contains("capture")));
    }

    #[test]
    fn of_an_account_that_began_with_nothing_nothing_is_measured_by_that() {
        let start = Time::from_micros(0).expect("a time");
        let end = Time::from_micros(10 * 86_400_000_000).expect("a time");
        for balance in ["0", "-5"] {
            let starting_balance = balance.parse().expect("an amount");
            let trade = crate::ledger::performance::freqtrade::ClosedTrade {
                symbol: String::new(),
                enter_tag: None,
                exit_reason: String::new(),
                opened: start,
                closed: end,
                short: false,
                stake: "10".parse().expect("an amount"),
                volume: "20".parse().expect("an amount"),
                profit: "-1".parse().expect("an amount"),
                profit_ratio: -0.1,
            };
            let trades = [trade];
            let trades = Trades::new(&trades, Account { starting_balance, start, end });
            let returns = Returns::new([(start, 0.1), (end, 0.2)]);
            let metrics = Metrics::new(&trades, &returns, None, Period::Daily);
            for name in BY_BALANCE.iter().chain(&["sharpe_empyrical", "total_return_empyrical"]) {
                assert_eq!(value(&metrics, name), None, "{name}");
            }
            assert_eq!(value(&metrics, "profit_total_abs_freqtrade"), Some(-1.0));
            assert_eq!(value(&metrics, "profit_mean_freqtrade"), Some(-0.1));
        }
    }
}
