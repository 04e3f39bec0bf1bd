//! Ticks by page and whole, and the latest price.

use adapters::market::files::{Item, ReadOptions, open};
use domain::market::{Interval, Tick, TickKind};
use serde_json::json;

use crate::server::{SYMBOL, Server, minutes, trades, wait_until};

const PATH: &str = "/v1/market/ticks?symbol=binance:BTCUSDT";
const PRICE: &str = "/v1/market/price?symbol=binance:BTCUSDT";

#[tokio::test]
async fn a_tick_has_the_documented_shape() {
    let server = Server::start().await;
    let mut rows = trades("2024-06-01T00:00:00Z", 4);
    rows[1].trade_id = -5;
    rows[2].trade_id = 77;
    rows[2].venue_trade_id = Some("a-b-c".into());
    server.put_ticks(SYMBOL, TickKind::Trade, &rows).await;
    let body = server.json(PATH).await;
    assert_eq!((&body["symbol"], &body["next"]), (&json!(SYMBOL), &json!(null)));
    let ticks = body["ticks"].as_array().unwrap();
    let ids: Vec<_> = ticks.iter().map(|tick| &tick["trade_id"]).collect();
    assert_eq!(ids, [&json!(null), &json!("0"), &json!("a-b-c"), &json!("3")]);
    let sides: Vec<_> = ticks.iter().map(|tick| &tick["side"]).collect();
    assert_eq!(sides, [&json!("buy"), &json!("sell"), &json!(null), &json!("sell")]);
    let last = json!({
        "time": "2024-06-01T00:00:00.1Z", "price": "61794.03", "quantity": "0.00123",
        "side": "sell", "trade_id": "3", "kind": "trade", "received_at": null,
    });
    assert_eq!(ticks[3], last);
}

#[tokio::test]
async fn pages_cover_everything_exactly_once_both_ways() {
    let server = Server::start().await;
    // Three trades a time: pages end between trades of one time.
    server.put_ticks(SYMBOL, TickKind::AggTrade, &trades("2024-06-01T00:00:00Z", 50)).await;
    for (order, limit) in [("asc", 7), ("desc", 7), ("asc", 50), ("desc", 49)] {
        let mut seen: Vec<usize> = Vec::new();
        let mut path = format!("{PATH}&order={order}&limit={limit}");
        loop {
            let body = server.json(&path).await;
            for tick in body["ticks"].as_array().unwrap() {
                assert_eq!(tick["kind"], "agg_trade");
                seen.push(tick["trade_id"].as_str().unwrap().parse().unwrap());
            }
            let Some(next) = body["next"].as_str() else { break };
            path = format!("{PATH}&limit={limit}&cursor={next}");
        }
        let mut all: Vec<usize> = (0..50).collect();
        if order == "desc" {
            all.reverse();
        }
        assert_eq!(seen, all, "{order} by {limit}");
    }
}

#[tokio::test]
async fn single_trades_go_before_aggregate_ones() {
    let server = Server::start().await;
    let rows = trades("2024-06-01T00:00:00Z", 6);
    server.put_ticks(SYMBOL, TickKind::AggTrade, &rows[..2]).await;
    let count = async |query: &str| {
        server.json(&format!("{PATH}{query}")).await["ticks"].as_array().unwrap().len()
    };
    assert_eq!(count("&kind=trade").await, 0);
    assert_eq!(count("&kind=agg_trade").await, 2);
    assert_eq!(count("").await, 2);
    let other = "/v1/market/ticks?symbol=binance:ETHUSDT";
    server.put_ticks("binance:ETHUSDT", TickKind::AggTrade, &rows[..2]).await;
    server.put_ticks("binance:ETHUSDT", TickKind::Trade, &rows).await;
    assert_eq!(server.json(other).await["ticks"].as_array().unwrap().len(), 6);
}

#[tokio::test]
async fn whole_ranges_come_as_csv_and_arrow() {
    let server = Server::start().await;
    let rows = trades("2024-06-01T00:00:00Z", 20_500);
    server.put_ticks(SYMBOL, TickKind::Trade, &rows).await;
    for (media, suffix) in [("text/csv", "csv"), ("application/vnd.apache.arrow.stream", "arrow")] {
        let response = server.get(PATH).header("accept", media).send().await.unwrap();
        assert_eq!(response.headers()["content-type"], media);
        let read = ticks_of(&response.bytes().await.unwrap(), suffix);
        assert_eq!(read.len(), rows.len(), "{media}");
        for (read, row) in read.iter().zip(&rows) {
            assert_eq!(read, row, "{media}");
        }
        let page = format!("{PATH}&order=asc&limit=10");
        let response = server.get(&page).header("accept", media).send().await.unwrap();
        assert!(response.headers().contains_key("x-next-cursor"));
        assert_eq!(ticks_of(&response.bytes().await.unwrap(), suffix).len(), 10);
    }
}

/// Reads an answer as an import would.
fn ticks_of(bytes: &[u8], suffix: &str) -> Vec<Tick> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("BTCUSDT-trades.{suffix}"));
    std::fs::write(&path, bytes).unwrap();
    let mut reader = open(&path, &ReadOptions::default()).unwrap();
    std::iter::from_fn(|| reader.next())
        .map(|record| match record.unwrap().item {
            Item::Tick(tick) => tick,
            other => panic!("{other:?} is no tick"),
        })
        .collect()
}

#[tokio::test]
async fn the_latest_price_is_the_newest_of_what_is_known() {
    let server = Server::start().await;
    let id = server.symbol(SYMBOL).await.id;
    let nothing = json!({ "symbol": SYMBOL, "price": null, "time": null, "replay": false });
    assert_eq!(server.json(PRICE).await, nothing);
    let before = server.live.version(id);
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-05-31T00:00:00Z", 10)).await;
    wait_until(|| server.live.version(id) != before).await;
    let close = json!({
        "symbol": SYMBOL, "price": "109.75", "time": "2024-05-31T00:10:00Z", "replay": false,
    });
    assert_eq!(server.json(PRICE).await, close);
    server.put_ticks(SYMBOL, TickKind::Trade, &trades("2024-06-01T00:00:00Z", 4)).await;
    let name = SYMBOL.parse().unwrap();
    wait_until(|| {
        server.live.price(&name).is_some_and(|price| price.price.to_string() == "61794.03")
    })
    .await;
    let live = json!({
        "symbol": SYMBOL, "price": "61794.03", "time": "2024-06-01T00:00:00.1Z", "replay": true,
    });
    assert_eq!(server.json(PRICE).await, live);
}
