//! `chandlery ledger performance`: how well somebody traded.

use anyhow::Result;
use app::ledger::reports::GroupBy;
use serde_json::Value;

use super::wanted::{Desk, Wanted, add};
use crate::context::{Context, Database};
use crate::output::table;

/// Which trades, and how they are put together.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    wanted: Wanted,
    /// Of this interval only
    #[arg(long)]
    interval: Option<String>,
    /// Opened by this rule only
    #[arg(long, value_name = "RULE")]
    entry_logic: Option<String>,
    /// Closed by this rule only
    #[arg(long, value_name = "RULE")]
    exit_logic: Option<String>,
    /// Closed for this reason only
    #[arg(long, value_name = "REASON")]
    exit_reason: Option<String>,
    /// In groups by bot, symbol, interval, entry_logic, exit_logic, strategy, exit_reason or direction
    #[arg(long, value_parser = group, value_name = "WHAT")]
    by: Option<GroupBy>,
    /// In what money is counted; without it the quote of the trades where all have the same, else USDT
    #[arg(long, value_name = "ASSET")]
    currency: Option<String>,
    /// What there was before the first trade, in the currency
    #[arg(long, value_name = "DECIMAL")]
    starting_balance: Option<String>,
}

fn group(text: &str) -> Result<GroupBy, String> {
    let known = GroupBy::ALL.into_iter().find(|by| by.as_str() == text);
    known.ok_or_else(|| format!("there are {}", GroupBy::ALL.map(GroupBy::as_str).join(", ")))
}

/// Tells it.
pub(super) async fn run(args: &Args, context: &Context, database: &Database) -> Result<()> {
    let user = args.wanted.user(context, database).await?;
    let mut query = args.wanted.query();
    add(&mut query, "interval", args.interval.as_ref());
    add(&mut query, "entry_logic", args.entry_logic.as_ref());
    add(&mut query, "exit_logic", args.exit_logic.as_ref());
    add(&mut query, "exit_reason", args.exit_reason.as_ref());
    add(&mut query, "group_by", args.by.map(GroupBy::as_str).as_ref());
    add(&mut query, "currency", args.currency.as_ref());
    add(&mut query, "starting_balance", args.starting_balance.as_ref());
    let told = api::performance(Desk::of(context, database).books(), user, &query).await?;
    context.output.result(&told, || human(&told, args.by));
    Ok(())
}

/// The figures that are looked at first; the JSON has all.
fn human(told: &Value, by: Option<GroupBy>) -> String {
    let text = |value: &Value| match value {
        Value::Null => "–".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let rounded = |value: &Value, factor: f64| {
        value.as_f64().map_or_else(|| "–".to_owned(), |number| format!("{:.2}", number * factor))
    };
    let of = by.map_or("", GroupBy::as_str);
    let mut rows = table([
        of,
        "trades",
        "won %",
        "gross",
        "fees",
        "funding",
        "net",
        "profit factor",
        "sharpe",
        "drawdown %",
    ]);
    for group in told["groups"].as_array().into_iter().flatten() {
        let metrics = &group["metrics"]["freqtrade"];
        rows.add_row([
            if by.is_some() { text(&group["key"][of]) } else { "all".to_owned() },
            text(&group["trades"]),
            rounded(&group["win_rate"], 100.0),
            text(&group["gross_pnl"]),
            text(&group["commission"]),
            text(&group["funding"]),
            text(&group["net_pnl"]),
            rounded(&metrics["profit_factor_freqtrade"], 1.0),
            rounded(&metrics["sharpe_freqtrade"], 1.0),
            rounded(&metrics["max_drawdown_account_freqtrade"], 100.0),
        ]);
    }
    let (from, to) = (text(&told["from"]), text(&told["to"]));
    let mut words = format!("closed trades from {from} to {to}, in {}\n", text(&told["currency"]));
    words += &rows.trim_fmt();
    for left in told["unconverted"].as_array().into_iter().flatten() {
        let [trades, symbol, net, quote] =
            ["trades", "symbol", "net_pnl", "quote"].map(|name| text(&left[name]));
        words += &format!(
            "\nleft out: {trades} of {symbol}, net {net} {quote}, for which no price is stored"
        );
    }
    words
}
