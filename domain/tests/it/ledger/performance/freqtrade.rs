//! freqtrade's summaries of back-tests, from the trades that stand beside them.

use std::collections::BTreeMap;

use domain::ledger::performance::freqtrade::{Account, ClosedTrade, FirstPeak, Trades};
use domain::ledger::performance::{Metrics, Period, Returns};
use domain::{Amount, Time};
use serde_json::{Map, Value};

use super::{number, real, tables, text};

/// What a summary says that doesn't follow from its trades: settings of the run, when it ran, what the
/// market did, and signals and orders that became no trade.
const NOT_FROM_TRADES: [&str; 36] = [
    "backtest_run_end_ts",
    "backtest_run_start_ts",
    "canceled_entry_orders",
    "canceled_trade_entries",
    "enable_protections",
    "exit_profit_offset",
    "exit_profit_only",
    "freqai_identifier",
    "freqaimodel",
    "ignore_roi_if_entry_signal",
    "locks",
    "margin_mode",
    "market_change",
    "max_open_trades",
    "max_open_trades_setting",
    "minimal_roi",
    "pairlist",
    "rejected_signals",
    "replaced_entry_orders",
    "stake_amount",
    "stake_currency",
    "stake_currency_decimals",
    "stoploss",
    "strategy_name",
    "timedout_entry_orders",
    "timedout_exit_orders",
    "timeframe",
    "timeframe_detail",
    "timerange",
    "trading_mode",
    "trailing_only_offset_is_reached",
    "trailing_stop",
    "trailing_stop_positive",
    "trailing_stop_positive_offset",
    "use_custom_stoploss",
    "use_exit_signal",
];

/// What the figures are made of.
const GIVEN: [&str; 7] = [
    "backtest_end",
    "backtest_end_ts",
    "backtest_start",
    "backtest_start_ts",
    "dry_run_wallet",
    "starting_balance",
    "trades",
];

/// What `tables` compares.
const IN_TABLES: [&str; 10] = [
    "best_pair",
    "daily_profit",
    "daily_profit_list",
    "exit_reason_summary",
    "left_open_trades",
    "mix_tag_stats",
    "periodic_breakdown",
    "results_per_enter_tag",
    "results_per_pair",
    "worst_pair",
];

/// One strategy's part of a result file.
pub(super) struct Report {
    pub(super) name: String,
    pub(super) summary: Map<String, Value>,
    pub(super) trades: Vec<ClosedTrade>,
    pub(super) account: Account,
}

impl Report {
    fn new(name: String, summary: Map<String, Value>) -> Self {
        let trades = summary["trades"].as_array().unwrap().iter().map(trade).collect();
        let account = Account {
            starting_balance: amount(&summary["starting_balance"]),
            start: millis(&summary["backtest_start_ts"]),
            end: millis(&summary["backtest_end_ts"]),
        };
        Self { name, summary, trades, account }
    }

    pub(super) fn all(&self) -> Trades<'_> {
        Trades::new(&self.trades, self.account)
    }

    /// Whether the file is of 2025.4 or later. The files don't tell their version, but SQN is in them
    /// since 2025.3, and none of those here is of that.
    pub(super) fn is_new(&self) -> bool {
        self.summary.contains_key("sqn")
    }

    /// The trades in an order in which freqtrade may have taken the drawdown. Its sort isn't stable: where the
    /// file's trades aren't already in the order of closing (one is), those that closed at the same moment
    /// come in no certain order. There the one that was opened last came first.
    pub(super) fn by_close(&self) -> Vec<ClosedTrade> {
        let mut trades = self.trades.clone();
        if !trades.is_sorted_by_key(|trade| trade.closed) {
            trades.sort_by_key(|trade| (trade.closed, std::cmp::Reverse(trade.opened)));
        }
        trades
    }
}

fn trade(value: &Value) -> ClosedTrade {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    // Orders have costs since 2025; none of what an older file says depends on them.
    let orders = value["orders"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut volume = Amount::ZERO;
    for cost in orders.iter().filter_map(|order| order.get("cost")) {
        volume += amount(cost);
    }
    ClosedTrade {
        symbol: text("pair").unwrap(),
        enter_tag: text("enter_tag"),
        exit_reason: text("exit_reason").unwrap(),
        opened: millis(&value["open_timestamp"]),
        closed: millis(&value["close_timestamp"]),
        short: value["is_short"].as_bool().unwrap(),
        stake: amount(&value["stake_amount"]),
        volume,
        profit: amount(&value["profit_abs"]),
        profit_ratio: number(&value["profit_ratio"]),
    }
}

/// The shortest decimal that gives the file's double back.
pub(super) fn amount(value: &Value) -> Amount {
    value.to_string().parse().unwrap()
}

fn millis(value: &Value) -> Time {
    Time::from_millis(number(value) as i64).unwrap()
}

/// Equal to nine digits; money of a billionth of a coin may be off by its thousandth.
pub(super) fn near(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-9 * theirs.abs() + 1e-12
}

/// Seconds of `9:46:00`, `1 day, 7:44:00`, `273 days 03:10:00` or `9d 03:00`.
pub(super) fn seconds(text: &str) -> f64 {
    let (days, clock) = match text.split_once('d') {
        Some((days, rest)) => (days.trim().parse().unwrap(), rest.rsplit_once(' ').unwrap().1),
        None => (0.0, text),
    };
    let parts = clock.split(':').map(|part| part.parse::<f64>().unwrap());
    days * 86_400.0 + parts.zip([3_600.0, 60.0, 1.0]).map(|(part, unit)| part * unit).sum::<f64>()
}

/// A date and time as reports write them.
fn moment(text: &str) -> f64 {
    let plain = text.trim_end_matches("+00:00").replace(' ', "T");
    format!("{plain}Z").parse::<Time>().unwrap().millis() as f64
}

/// What the report says under a name, as a number.
fn said(name: &str, value: &Value) -> f64 {
    match value {
        Value::String(text) if name.contains("holding") || name.contains("duration") => {
            seconds(text)
        }
        Value::String(text) => moment(text),
        _ => number(value),
    }
}

fn to_number(amount: Amount) -> f64 {
    amount.to_string().parse().unwrap()
}

/// Our figures by freqtrade's names, by the definitions of the report's version.
fn figures(report: &Report) -> BTreeMap<String, f64> {
    let trades = report.all();
    let metrics = Metrics::new(&trades, &Returns::default(), None, Period::Daily);
    let mut figures: BTreeMap<String, f64> = BTreeMap::new();
    for (name, value) in metrics.list() {
        if let Some(name) = name.strip_suffix("_freqtrade") {
            figures.insert(name.to_owned(), value.unwrap());
        }
    }
    let (long, short) = (trades.only(|trade| !trade.short), trades.only(|trade| trade.short));
    let first = if report.is_new() { FirstPeak::StartingBalance } else { FirstPeak::FirstTrade };
    let by_close = report.by_close();
    let by_close = Trades::new(&by_close, report.account);
    let fall = by_close.max_drawdown(first);
    let time = |time: Option<Time>| time.map_or(0.0, |time| time.millis() as f64);
    let (start, end) = (time(fall.map(|fall| fall.start)), time(fall.map(|fall| fall.end)));
    let amount = |amount: Option<Amount>| amount.map_or(0.0, to_number);
    let mut set = |name: &str, value| figures.insert(name.to_owned(), value);
    set("backtest_days", report.account.days() as f64);
    set("trade_count_long", long.count() as f64);
    set("trade_count_short", short.count() as f64);
    set("profit_total_long", long.profit_share());
    set("profit_total_long_abs", to_number(long.profit()));
    set("profit_total_short", short.profit_share());
    set("profit_total_short_abs", to_number(short.profit()));
    set("max_drawdown_abs", amount(fall.map(|fall| fall.depth)));
    set("max_drawdown_high", amount(fall.map(|fall| fall.high)));
    set("max_drawdown_low", amount(fall.map(|fall| fall.low)));
    set("max_drawdown_account", fall.map_or(0.0, |fall| fall.account));
    set("max_relative_drawdown", by_close.max_relative_drawdown(first));
    set("max_drawdown", by_close.max_drawdown_before_2022_1());
    for name in ["drawdown_start", "drawdown_start_ts"] {
        set(name, start);
    }
    for name in ["drawdown_end", "drawdown_end_ts"] {
        set(name, end);
    }
    for name in ["drawdown_duration", "drawdown_duration_s"] {
        set(name, (end - start) / 1e3);
    }
    if !report.is_new() {
        set("total_volume", to_number(trades.volume_before_2025()));
        set("calmar", by_close.calmar_before_2025_4());
    }
    figures
}

/// Compares everything that the report says, and tells how much that was.
fn compare(report: &Report) -> (usize, Vec<String>) {
    let (mut compared, mut wrong) = (0, Vec::new());
    let figures = figures(report);
    for (name, value) in &report.summary {
        let elsewhere = [&NOT_FROM_TRADES[..], &GIVEN[..], &IN_TABLES[..]];
        if elsewhere.iter().any(|names| names.contains(&name.as_str())) {
            continue;
        }
        let ours = figures.get(name).or_else(|| figures.get(&format!("{name}_s")));
        let (ours, theirs) = (ours.unwrap_or_else(|| panic!("`{name}` is new")), said(name, value));
        compared += 1;
        // The best and the worst day are rounded to ten digits after the point.
        let off = if name.ends_with("_day_abs") { 0.5e-10 } else { 0.0 };
        if !near(*ours, theirs) && (ours - theirs).abs() > off {
            wrong.push(format!("{}: {name}: {ours}, not {theirs}", report.name));
        }
    }
    (compared, wrong)
}

#[test]
fn every_figure_that_follows_from_trades_comes_out() {
    let Some(folder) = real("results/freqtrade") else { return };
    let mut files: Vec<_> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut strategies, mut figures, mut wrong) = (0, 0, Vec::new());
    for path in &files {
        let file: Value = serde_json::from_str(&text(path)).unwrap();
        for (strategy, summary) in file["strategy"].as_object().unwrap() {
            let name = format!("{} {strategy}", path.file_name().unwrap().display());
            let report = Report::new(name, summary.as_object().unwrap().clone());
            let mut table = tables::Compared::default();
            table.report(&report);
            table.comparison(&report, strategy, &file["strategy_comparison"]);
            let (compared, unequal) = compare(&report);
            println!("{}: {compared} figures, {} in tables", report.name, table.figures);
            wrong.extend(unequal);
            wrong.extend(table.wrong);
            figures += compared + table.figures;
            strategies += 1;
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
    println!("{strategies} strategies in {} files, {figures} figures", files.len());
    assert_eq!((files.len(), strategies), (9, 9));
}
