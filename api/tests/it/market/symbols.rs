//! The list of symbols and one symbol.

use domain::market::{Interval, SymbolRules, TickKind};
use serde_json::json;
use store::market::{listings, symbols};

use crate::server::{SYMBOL, Server, at, minutes, problem, trades};

#[tokio::test]
async fn a_symbol_shows_its_last_day() {
    let server = Server::start().await;
    assert_eq!(server.json("/v1/market/symbols").await, json!({ "symbols": [] }));
    let rows = minutes("2024-05-30T00:00:00Z", 2_000);
    server.put_candles(SYMBOL, Interval::M1, &rows).await;
    symbols::refresh_summaries(&server.db).await.unwrap();
    let body = server.json("/v1/market/symbols").await;
    let symbol = &body["symbols"][0];
    assert_eq!(symbol["symbol"], SYMBOL);
    assert_eq!((&symbol["base"], &symbol["quote"]), (&json!("BTC"), &json!("USDT")));
    assert_eq!((&symbol["replay"], &symbol["replay_of"]), (&json!(false), &json!(null)));
    // 1,440 minutes: from number 560, opened at 660.5, to 1,999, closed at 2,099.75.
    assert_eq!(
        (&symbol["last_price"], &symbol["change_24h"]),
        (&json!("2099.75"), &json!("1439.25"))
    );
    assert_eq!(symbol["change_24h_percent"], "217.90");
    assert_eq!(symbol["last_time"], "2024-05-31T09:20:00Z");
    assert_eq!(symbol["intervals"], json!(["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"]));
    let volume: u32 = (560..2_000).sum();
    assert_eq!(symbol["volume_24h"], format!("{volume}.00000000000000144"));
}

#[tokio::test]
async fn one_symbol_shows_its_rules_and_ranges() {
    let server = Server::start().await;
    let rules = SymbolRules {
        code: "XBT/USD".to_owned(),
        base: "XBT".to_owned(),
        quote: "USD".to_owned(),
        price_precision: Some(1),
        quantity_precision: None,
        tick_size: Some("0.10".parse().unwrap()),
        lot_size: None,
        min_quantity: None,
        min_notional: None,
        active: true,
        listed_at: None,
        raw: String::new(),
    };
    let later = SymbolRules { tick_size: Some("0.5".parse().unwrap()), ..rules.clone() };
    for (rules, time) in [(&rules, "2024-01-01T00:00:00Z"), (&later, "2024-02-01T00:00:00Z")] {
        let set = server.db.run("test", |tx| async move {
            listings::write(&tx, "kraken", std::slice::from_ref(rules), at(time)).await
        });
        set.await.unwrap();
    }
    server.put_ticks("kraken:XBT/USD", TickKind::Trade, &trades("2024-06-01T00:00:00Z", 3)).await;
    let body = server.json("/v1/market/symbols/kraken:XBT%2FUSD").await;
    assert_eq!((&body["symbol"], &body["tick_size"]), (&json!("kraken:XBT/USD"), &json!("0.5")));
    assert_eq!(body["rules"].as_array().unwrap().len(), 2);
    let first = &body["rules"][0];
    assert_eq!(
        (&first["tick_size"], &first["valid_to"]),
        (&json!("0.1"), &json!("2024-02-01T00:00:00Z"))
    );
    assert_eq!(body["rules"][1]["valid_to"], json!(null));
    let ranges = body["ranges"].as_array().unwrap();
    let ticks = json!({
        "interval": "tick", "origin": "trade", "from": "2024-06-01T00:00:00Z",
        "to": "2024-06-01T00:00:00.000001Z", "count": 3,
    });
    assert_eq!(ranges[0], ticks);
    let minute = json!({
        "interval": "1m", "origin": "trades", "from": "2024-06-01T00:00:00Z",
        "to": "2024-06-01T00:01:00Z", "count": 1,
    });
    assert_eq!((ranges.len(), &ranges[1]), (9, &minute));
}

#[tokio::test]
async fn symbols_are_those_listed_at_a_time() {
    let server = Server::start().await;
    for code in ["OLD", "NEW", "ANY"] {
        server.symbol(&format!("binance:{code}")).await;
    }
    let dates = "UPDATE market.symbols SET listed_at = '2020-01-01', delisted_at = '2022-01-01'
                 WHERE code = 'OLD';
                 UPDATE market.symbols SET listed_at = '2023-01-01' WHERE code = 'NEW'";
    server.db.run("test", |tx| async move { tx.batch(dates).await }).await.unwrap();
    for (time, codes) in [
        ("2021-06-01T00:00:00Z", vec!["ANY", "OLD"]),
        ("2022-01-01T00:00:00Z", vec!["ANY"]),
        ("2023-01-01T00:00:00Z", vec!["ANY", "NEW"]),
    ] {
        let body = server.json(&format!("/v1/market/symbols?at={time}")).await;
        let listed = body["symbols"].as_array().unwrap();
        let listed: Vec<_> = listed.iter().map(|symbol| symbol["code"].as_str().unwrap()).collect();
        assert_eq!(listed, codes, "{time}");
    }
}

#[tokio::test]
async fn a_symbol_made_a_moment_after_it_was_asked_for_is_found() {
    let server = Server::start().await;
    let path = format!("/v1/market/price?symbol={SYMBOL}");
    let (_, code, _) = problem(server.get(&path).send().await.unwrap()).await;
    assert_eq!(code, "unknown_symbol");
    server.symbol(SYMBOL).await;
    assert_eq!(server.json(&path).await["symbol"], SYMBOL);
}
