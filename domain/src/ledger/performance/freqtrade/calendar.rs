//! Trades by the day, week, month, year and weekday of their close, in UTC.

use std::collections::BTreeMap;

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use jiff::tz::TimeZone;

use crate::Amount;

use super::{ClosedTrade, Outcomes, Trades};

/// Periods of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Calendar {
    /// Days.
    Day,
    /// Weeks from Tuesday to Monday, for freqtrade's end on the day that pandas anchors them to.
    Week,
    /// Months.
    Month,
    /// Years (from 2025.3).
    Year,
}

impl Calendar {
    /// The last day of the period in which the date lies.
    fn last_day(self, date: Date) -> Date {
        match self {
            Self::Day => date,
            Self::Week => {
                let days = (8 - i64::from(date.weekday().to_monday_one_offset())) % 7;
                date.saturating_add(days.days())
            }
            Self::Month => date.last_of_month(),
            Self::Year => date.last_of_year(),
        }
    }
}

/// What the trades of one period came to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    /// `profit_abs`: the sum of their profits.
    pub profit: Amount,
    /// How many won and lost, by money.
    pub outcomes: Outcomes,
    /// What was won per what was lost; 0 where nothing was lost.
    pub profit_factor: f64,
}

/// What was won on one day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// The day.
    pub date: Date,
    /// `daily_profit`: in money.
    pub profit: Amount,
    /// The sum of profit ratios.
    pub ratio: f64,
}

/// What days came to. freqtrade compares after rounding to ten digits after the point, this exactly.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Days {
    /// `backtest_best_day`: the highest sum of profit ratios.
    pub best: f64,
    /// `backtest_worst_day`: the lowest one.
    pub worst: f64,
    /// `backtest_best_day_abs`: the most that was won on a day.
    pub best_profit: Amount,
    /// `backtest_worst_day_abs`: the least.
    pub worst_profit: Amount,
    /// `winning_days`, `draw_days` and `losing_days`; a day without trades is a draw.
    pub outcomes: Outcomes,
}

fn date(trade: &ClosedTrade) -> Date {
    TimeZone::UTC.to_datetime(trade.closed.timestamp()).date()
}

impl Trades<'_> {
    /// The trades of every period from the first close to the last, by the period's last day; also of those
    /// in which nothing was closed.
    fn periods(&self, calendar: Calendar) -> BTreeMap<Date, Self> {
        let mut groups = self.grouped(|trade| calendar.last_day(date(trade)));
        let ends = groups.keys().next().copied().zip(groups.keys().next_back().copied());
        let Some((mut end, last)) = ends else { return groups };
        while end < last {
            end = calendar.last_day(end.saturating_add(1.day()));
            groups.entry(end).or_insert_with(|| self.only(|_| false));
        }
        groups
    }

    fn tally(&self) -> Tally {
        Tally {
            profit: self.profit(),
            outcomes: self.outcomes(),
            profit_factor: self.profit_factor(),
        }
    }

    /// `periodic_breakdown` by the last day of each period, also of those in which nothing was closed.
    #[must_use]
    pub fn breakdown(&self, calendar: Calendar) -> Vec<(Date, Tally)> {
        self.periods(calendar).into_iter().map(|(date, trades)| (date, trades.tally())).collect()
    }

    /// `periodic_breakdown` by weekday, those on which something was closed.
    #[must_use]
    pub fn weekdays(&self) -> Vec<(Weekday, Tally)> {
        let groups = self.grouped(|trade| date(trade).weekday().to_monday_zero_offset());
        let weekday = |day| Weekday::from_monday_zero_offset(day).unwrap_or(Weekday::Monday);
        groups.into_iter().map(|(day, trades)| (weekday(day), trades.tally())).collect()
    }

    /// `daily_profit`: every day from the first close to the last.
    #[must_use]
    pub fn daily(&self) -> Vec<Day> {
        let day = |(date, trades): (Date, Self)| Day {
            date,
            profit: trades.profit(),
            ratio: trades.profit_sum(),
        };
        self.periods(Calendar::Day).into_iter().map(day).collect()
    }

    /// The best and the worst of [`Self::daily`], and how many won and lost; `None` of no trades.
    #[must_use]
    pub fn days(&self) -> Option<Days> {
        let days = self.daily();
        let ratios = || days.iter().map(|day| day.ratio);
        let profits = || days.iter().map(|day| day.profit);
        Some(Days {
            best: ratios().reduce(f64::max)?,
            worst: ratios().reduce(f64::min)?,
            best_profit: profits().max()?,
            worst_profit: profits().min()?,
            outcomes: Outcomes::of(profits().map(|profit| profit.cmp(&Amount::ZERO))),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{account, closed};
    use super::*;
    use crate::Time;

    /// Trades that close at these times, with one more profit each.
    fn at(times: &[&str]) -> Vec<ClosedTrade> {
        let profits: Vec<String> = (1..=times.len()).map(|profit| profit.to_string()).collect();
        let mut all = closed(&profits.iter().map(String::as_str).collect::<Vec<_>>());
        for (trade, time) in all.iter_mut().zip(times) {
            trade.closed = time.parse::<Time>().expect("a time");
        }
        all
    }

    #[test]
    fn periods_end_on_their_last_day_and_none_is_left_out() {
        // A Monday, the Tuesday after it, and a Monday two weeks later.
        let all = at(&["2024-01-29T23:59:59Z", "2024-01-30T00:00:00Z", "2024-02-12T12:00:00Z"]);
        let trades = Trades::new(&all, account());
        let told = |calendar| -> Vec<(String, String)> {
            let rows = trades.breakdown(calendar).into_iter();
            rows.map(|(date, tally)| (date.to_string(), tally.profit.to_string())).collect()
        };
        let pairs = |rows: &[(&str, &str)]| -> Vec<(String, String)> {
            rows.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
        };
        let weeks = [("2024-01-29", "1"), ("2024-02-05", "2"), ("2024-02-12", "3")];
        assert_eq!(told(Calendar::Week), pairs(&weeks));
        assert_eq!(told(Calendar::Month), pairs(&[("2024-01-31", "3"), ("2024-02-29", "3")]));
        assert_eq!(told(Calendar::Year), pairs(&[("2024-12-31", "6")]));
        assert_eq!(told(Calendar::Day).len(), 15);
        let weekdays: Vec<_> = trades.weekdays().into_iter().map(|(day, _)| day).collect();
        assert_eq!(weekdays, [Weekday::Monday, Weekday::Tuesday]);
    }

    #[test]
    fn days_without_trades_are_draws() {
        let all = at(&["2024-01-01T00:00:00Z", "2024-01-01T10:00:00Z", "2024-01-04T00:00:00Z"]);
        let days = Trades::new(&all, account()).days().expect("trades");
        assert_eq!(days.outcomes, Outcomes { wins: 2, draws: 2, losses: 0 });
        assert_eq!((days.best_profit.to_string(), days.worst_profit), ("3".into(), Amount::ZERO));
        assert!((days.best - 0.03).abs() < 1e-12 && days.worst.abs() < 1e-12);
        assert_eq!(Trades::new(&[], account()).days(), None);
    }
}
