//! What freqtrade keeps of its trading, read and made into what the ledger is told.

use std::path::PathBuf;

use adapters::ledger::freqtrade::{BotFile, Owner, Plan, Source, plan, read};
use domain::Amount;
use domain::ledger::{Mode, OrderEvent, OrderKind, Side};
use uuid::Uuid;

const BOT: Uuid = Uuid::from_u128(21);

fn owner() -> Owner {
    let (venue, prefix) = ("kraken".to_owned(), "ft/bot".to_owned());
    Owner { account: Uuid::from_u128(11), bot: BOT, venue, prefix }
}

/// A result file with one trade of these fields.
fn file(fields: &str) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("backtest-result.json");
    let trade = format!(
        r#"{{"pair": "DOGE/USDT", "is_open": false, "fee_open": 0.001, "fee_close": 0.001, "open_rate": 0.25,
            "close_rate": 0.4, "amount": 979.02, "open_date": "2021-04-01 10:00:00", "close_date": "2021-04-02 10:00:00",
            "profit_abs": 145.5, {fields}}}"#
    );
    let text =
        format!(r#"{{"strategy": {{"Cross": {{"timeframe": "5m", "trades": [{trade}]}}}}}}"#);
    std::fs::write(&path, text).expect("a file");
    (folder, path)
}

fn only(fields: &str) -> (BotFile, Plan) {
    let (_folder, path) = file(fields);
    let found = read(&path).expect("a result file");
    assert_eq!((found.trades.len(), found.skipped.as_slice()), (1, &[][..]));
    let plan = plan(&found.trades[0], &owner()).expect("a plan");
    (found, plan)
}

const ORDERS: &str = r#""orders": [
    {"amount": 980.0, "safe_price": 0.25, "ft_order_side": "buy", "order_filled_timestamp": 1617271200000, "ft_is_entry": true},
    {"amount": 979.0, "safe_price": 0.4, "ft_order_side": "sell", "order_filled_timestamp": 1617357600000, "ft_is_entry": false}]"#;

#[test]
fn what_was_not_sold_again_is_an_order_without_the_bot() {
    let (file, plan) = only(&format!(
        r#""fee_open_cost": 0.98, "fee_open_currency": "DOGE", "fee_close_cost": 0.001, "fee_close_currency": "BNB", {ORDERS}"#
    ));
    assert_eq!(file.source, Source::Results);
    let told: Vec<_> = plan
        .orders
        .iter()
        .map(|order| {
            let traded = order.traded.as_ref().expect("traded");
            let fees: Vec<_> =
                traded.fees.iter().map(|fee| format!("{} {}", fee.amount, fee.asset)).collect();
            let terms = &order.terms;
            (
                terms.client_order_id.as_str(),
                terms.bot,
                terms.side,
                traded.quantity.to_string(),
                fees.join(" "),
            )
        })
        .collect();
    // 980 less the fee of 0.98 are 979.02, of which 979 were sold.
    assert_eq!(
        told,
        [
            ("ft/bot/1-1/1", Some(BOT), Side::Buy, "979.98".to_owned(), "0.98 DOGE".to_owned()),
            ("ft/bot/1-1/2", Some(BOT), Side::Sell, "979".to_owned(), "0.001 BNB".to_owned()),
            ("ft/bot/1-1/1/rest", None, Side::Buy, "0.02".to_owned(), String::new()),
        ]
    );
    assert_eq!(plan.notes.rest.to_string(), "0.02");
    assert_eq!(plan.symbol.to_string(), "kraken:DOGE/USDT");
}

#[test]
fn a_fee_that_cannot_be_is_counted_by_its_rate() {
    let (_, plan) = only(&format!(r#""fee_open_cost": 49, "fee_open_currency": "DOGE", {ORDERS}"#));
    let fee = &plan.orders[0].traded.as_ref().expect("traded").fees[0];
    assert_eq!((fee.asset.as_str(), fee.amount.to_string().as_str()), ("USDT", "0.245"));
    assert_eq!(plan.notes.fees_by_rate, ["entry"]);
}

#[test]
fn futures_are_margin_with_their_leverage_and_funding() {
    let told = r#""is_short": true, "leverage": 3.0, "funding_fees": -0.5, "exit_reason": "roi", "enter_tag": "x", "orders": null,
        "pair": "DOGE/USDT:USDT""#;
    let (_folder, path) = file(told);
    let text =
        std::fs::read_to_string(&path).expect("text").replacen(r#""pair": "DOGE/USDT", "#, "", 1);
    std::fs::write(&path, text).expect("a file");
    let found = read(&path).expect("a result file");
    let plan = plan(&found.trades[0], &owner()).expect("a plan");
    assert_eq!(plan.orders.len(), 2);
    let (entry, exit) = (&plan.orders[0], &plan.orders[1]);
    assert_eq!((entry.terms.side, exit.terms.side), (Side::Sell, Side::Buy));
    assert_eq!((entry.terms.mode, entry.terms.kind), (Mode::Margin, OrderKind::Market));
    assert_eq!(entry.terms.leverage.to_string(), "3");
    assert_eq!(entry.terms.tags.interval.as_deref(), Some("5m"));
    assert_eq!(entry.terms.tags.exit_reason, None);
    assert_eq!(exit.terms.tags.exit_reason.as_deref(), Some("roi"));
    assert_eq!(plan.funding.expect("funding").0.to_string(), "-0.5");
    assert_eq!(plan.notes.rest, Amount::ZERO);
}

#[test]
fn databases_of_every_schema_are_read_whole() {
    let folder =
        PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/results/bot_databases");
    if !folder.exists() {
        println!("skipped: ../shared/data/results/bot_databases is absent");
        return;
    }
    for (name, trades, orders, cancelled) in
        [("bot_1", 48, 132, 36), ("bot_2", 384, 782, 14), ("bot_3", 77, 153, 0)]
    {
        let found = read(&folder.join(format!("{name}.sqlite.gz"))).expect(name);
        assert_eq!((found.source, found.trades.len()), (Source::Database, trades), "{name}");
        assert!(found.skipped.is_empty(), "{name}");
        let all: Vec<_> = found.trades.iter().flat_map(|trade| &trade.orders).collect();
        assert_eq!(all.len(), orders, "{name}");
        let plans: Vec<Plan> =
            found.trades.iter().map(|trade| plan(trade, &owner()).expect(name)).collect();
        let ends =
            plans.iter().flat_map(|plan| &plan.orders).filter_map(|order| order.end.as_ref());
        let ends = ends.filter(|end| matches!(end, OrderEvent::Cancelled { .. })).count();
        assert_eq!(ends, cancelled, "{name}");
    }
}
