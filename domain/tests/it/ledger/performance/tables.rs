//! freqtrade's tables by pair, tag and reason, and its breakdowns by the calendar.

use std::collections::BTreeMap;

use domain::ledger::performance::freqtrade::{Calendar, ClosedTrade, Line, Tally, Trades};
use serde_json::{Map, Value};

use super::freqtrade::{Report, near, seconds};
use super::number;

/// What was compared, and what of it is not equal.
#[derive(Default)]
pub(super) struct Compared {
    pub(super) figures: usize,
    pub(super) wrong: Vec<String>,
}

type Row = Map<String, Value>;

/// Whether a trade has the key that a row is about.
type Keyed = fn(&ClosedTrade, &Value) -> bool;

const TABLES: [(&str, Keyed); 5] = [
    ("results_per_pair", of_pair),
    ("results_per_enter_tag", of_tag),
    ("exit_reason_summary", of_reason),
    ("mix_tag_stats", |trade, key| of_tag(trade, &key[0]) && of_reason(trade, &key[1])),
    ("left_open_trades", of_pair),
];

fn of_pair(trade: &ClosedTrade, key: &Value) -> bool {
    key == trade.symbol.as_str()
}

fn of_tag(trade: &ClosedTrade, key: &Value) -> bool {
    key.as_str() == trade.enter_tag.as_deref()
}

fn of_reason(trade: &ClosedTrade, key: &Value) -> bool {
    key == trade.exit_reason.as_str()
}

fn rows<'a>(report: &'a Report, table: &str) -> Vec<&'a Row> {
    let list = report.summary.get(table).and_then(Value::as_array).map(Vec::as_slice);
    list.unwrap_or_default().iter().map(|row| row.as_object().unwrap()).collect()
}

fn key(row: &Row) -> &Value {
    row.get("key").or_else(|| row.get("exit_reason")).unwrap()
}

fn money(amount: domain::Amount) -> f64 {
    amount.to_string().parse().unwrap()
}

/// Our figures of a line by freqtrade's names.
fn figures(line: &Line) -> BTreeMap<&'static str, f64> {
    BTreeMap::from([
        ("trades", line.trades as f64),
        ("profit_mean", line.profit_mean),
        ("profit_sum", line.profit_sum),
        ("profit_total_abs", money(line.profit)),
        ("profit_total", line.profit_share),
        ("duration_avg", line.holding_mean_s as f64),
        ("wins", line.outcomes.wins as f64),
        ("draws", line.outcomes.draws as f64),
        ("losses", line.outcomes.losses as f64),
        ("winrate", line.outcomes.winrate()),
        ("cagr", line.cagr),
        ("expectancy", line.expectancy),
        ("expectancy_ratio", line.expectancy_ratio),
        ("sortino", line.sortino),
        ("sharpe", line.sharpe),
        ("calmar", line.calmar),
        ("sqn", line.sqn),
        ("profit_factor", line.profit_factor),
        ("max_drawdown_account", line.max_drawdown_account),
        ("max_drawdown_abs", money(line.max_drawdown)),
    ])
}

impl Compared {
    fn check(&mut self, what: &str, ours: f64, theirs: f64, equal: bool) {
        self.figures += 1;
        if !equal {
            self.wrong.push(format!("{what}: {ours}, not {theirs}"));
        }
    }

    /// Compares all tables of the report.
    pub(super) fn report(&mut self, report: &Report) {
        for (table, keyed) in TABLES {
            let trades = match table {
                "left_open_trades" => report.all().only(|trade| trade.exit_reason == "force_exit"),
                _ => report.all(),
            };
            for row in rows(report, table) {
                let of_row = |trade: &ClosedTrade| key(row) == "TOTAL" || keyed(trade, key(row));
                self.line(&format!("{} {table}", report.name), report, row, &trades.only(of_row));
            }
        }
        self.order(report);
        self.best_and_worst(report);
        self.breakdown(report);
        self.daily(report);
    }

    fn line(&mut self, table: &str, report: &Report, row: &Row, trades: &Trades<'_>) {
        let mut figures = figures(&trades.line());
        if row.contains_key("exit_reason") {
            let slots = number(&report.summary["max_open_trades"]) as u32;
            figures.insert("profit_total", trades.profit_per_slot_before_2024_4(slots));
        }
        for (name, value) in row.iter().filter(|(name, _)| *name != "key" && *name != "exit_reason")
        {
            let what = format!("{table} {} {name}", key(row));
            // Percentages have two digits after the point, or all of them; `0:00` is what no trades last.
            let (ours, theirs, equal) = match name.strip_suffix("_pct") {
                Some(plain) => {
                    let (ours, theirs) = (100.0 * figures[plain], number(value));
                    (ours, theirs, (ours - theirs).abs() <= 0.005 + 1e-9)
                }
                None => {
                    let theirs = value.as_str().map_or_else(|| number(value), seconds);
                    let ours =
                        *figures.get(name.as_str()).unwrap_or_else(|| panic!("{what} is new"));
                    (ours, theirs, near(ours, theirs))
                }
            };
            self.check(&what, ours, theirs, equal);
        }
    }

    /// The tables have the same lines in the same order, but for pairs without trades.
    fn order(&mut self, report: &Report) {
        let all = report.all();
        let theirs = |table: &str| -> Vec<Value> {
            let rows = rows(report, table).into_iter().filter(|row| number(&row["trades"]) > 0.0);
            rows.map(|row| key(row).clone()).filter(|key| key != "TOTAL").collect()
        };
        let keys = |table: Vec<(String, Line)>| -> Vec<Value> {
            table.into_iter().map(|(key, _)| Value::from(key)).collect()
        };
        let by_pair = keys(all.table(|trade| trade.symbol.clone()));
        let mut by_reason = keys(all.table(|trade| trade.exit_reason.clone()));
        let open = all.only(|trade| trade.exit_reason == "force_exit");
        let left = keys(open.table(|trade| trade.symbol.clone()));
        if rows(report, "exit_reason_summary")[0].contains_key("exit_reason") {
            // Before 2024.4 this one stood by the count of trades.
            let count = |key: &Value| all.only(|trade| of_reason(trade, key)).count();
            by_reason.sort_by_key(|key| std::cmp::Reverse(count(key)));
        }
        let tables = [
            ("results_per_pair", by_pair),
            ("exit_reason_summary", by_reason),
            ("left_open_trades", left),
        ];
        for (table, ours) in tables {
            let theirs = theirs(table);
            self.figures += 1;
            if ours != theirs {
                self.wrong.push(format!("{} {table}: {ours:?}, not {theirs:?}", report.name));
            }
        }
    }

    fn best_and_worst(&mut self, report: &Report) {
        // By profit; until 2024, while there were sums of profit ratios, by those.
        let by = |row: &Row| number(row.get("profit_sum").unwrap_or(&row["profit_total_abs"]));
        let pairs = rows(report, "results_per_pair").into_iter().filter(|row| key(row) != "TOTAL");
        let ranks: Vec<f64> = pairs
            .map(|row| {
                let line = report.all().only(|trade| of_pair(trade, key(row))).line();
                if row.contains_key("profit_sum") { line.profit_sum } else { money(line.profit) }
            })
            .collect();
        let best = ranks.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let worst = ranks.iter().copied().fold(f64::INFINITY, f64::min);
        for (name, rank) in [("best_pair", best), ("worst_pair", worst)] {
            let row = report.summary[name].as_object().unwrap();
            self.check(&format!("{} {name}", report.name), rank, by(row), near(rank, by(row)));
            let trades = report.all().only(|trade| of_pair(trade, key(row)));
            self.line(&format!("{} {name}", report.name), report, row, &trades);
        }
    }

    /// The line of the strategy in the file's comparison; money in it has three digits after the point.
    pub(super) fn comparison(&mut self, report: &Report, strategy: &str, list: &Value) {
        let row = list.as_array().unwrap().iter().find(|row| row["key"] == strategy).unwrap();
        let mut row = row.as_object().unwrap().clone();
        let depth = row.remove("max_drawdown_abs").unwrap();
        let trades = report.by_close();
        let trades = Trades::new(&trades, report.account);
        let (ours, theirs) = (money(trades.line().max_drawdown), number(&depth));
        let equal = near(ours, theirs) || (ours - theirs).abs() <= 0.0005 + 1e-9;
        self.check(&format!("{} comparison", report.name), ours, theirs, equal);
        self.line(&format!("{} comparison", report.name), report, &row, &trades);
    }

    fn breakdown(&mut self, report: &Report) {
        let breakdown = report.summary.get("periodic_breakdown").and_then(Value::as_object);
        for (period, rows) in breakdown.into_iter().flatten() {
            let dated = |calendar| -> Vec<(String, i64, Tally)> {
                let told = report.all().breakdown(calendar).into_iter();
                let epoch =
                    |date: jiff::civil::Date| date.to_zoned(jiff::tz::TimeZone::UTC).unwrap();
                let row = |(date, tally): (jiff::civil::Date, _)| {
                    let millis = epoch(date).timestamp().as_millisecond();
                    (date.strftime("%d/%m/%Y").to_string(), millis, tally)
                };
                told.map(row).collect()
            };
            let ours = match period.as_str() {
                "day" => dated(Calendar::Day),
                "week" => dated(Calendar::Week),
                "month" => dated(Calendar::Month),
                "year" => dated(Calendar::Year),
                "weekday" => report
                    .all()
                    .weekdays()
                    .into_iter()
                    .map(|(day, tally)| {
                        (format!("{day:?}"), i64::from(day.to_monday_zero_offset()), tally)
                    })
                    .collect(),
                _ => panic!("`{period}` is new"),
            };
            let rows = rows.as_array().unwrap();
            let what = format!("{} {period}", report.name);
            self.check(&what, ours.len() as f64, rows.len() as f64, ours.len() == rows.len());
            for ((label, place, tally), row) in ours.iter().zip(rows) {
                assert_eq!(row["date"], label.as_str(), "{what}");
                self.tally(&format!("{what} {label}"), *place, tally, row.as_object().unwrap());
            }
        }
    }

    fn tally(&mut self, what: &str, place: i64, tally: &Tally, row: &Row) {
        let counts = tally.outcomes;
        for (name, value) in row.iter().filter(|(name, _)| *name != "date") {
            // Profits are rounded to ten digits after the point, profit factors to eight.
            let (ours, off) = match name.as_str() {
                "date_ts" => (place as f64, 0.0),
                "profit_abs" => (money(tally.profit), 0.5e-10),
                "wins" => (counts.wins as f64, 0.0),
                "draws" => (counts.draws as f64, 0.0),
                "losses" | "loses" => (counts.losses as f64, 0.0),
                "trades" => ((counts.wins + counts.draws + counts.losses) as f64, 0.0),
                "winrate" => (counts.winrate(), 0.0),
                "profit_factor" => (tally.profit_factor, 0.5e-8),
                _ => panic!("{what} {name} is new"),
            };
            let theirs = number(value);
            let equal = near(ours, theirs) || (ours - theirs).abs() <= off + 1e-13;
            self.check(&format!("{what} {name}"), ours, theirs, equal);
        }
    }

    fn daily(&mut self, report: &Report) {
        let names = ["daily_profit", "daily_profit_list"];
        let list = names.iter().find_map(|name| report.summary.get(*name)).unwrap();
        let (ours, theirs) = (report.all().daily(), list.as_array().unwrap());
        assert_eq!(ours.len(), theirs.len(), "{}", report.name);
        for (day, row) in ours.iter().zip(theirs) {
            assert_eq!(row[0], day.date.to_string().as_str(), "{}", report.name);
            let (ours, theirs) = (money(day.profit), number(&row[1]));
            let equal = (ours - theirs).abs() <= 0.5e-10 + 1e-13;
            self.check(&format!("{} {}", report.name, day.date), ours, theirs, equal);
        }
    }
}
