//! Coinbase's interface, in the form that the venue gave it.

use serde_json::{Value, json};
use simulator::Options;

use crate::client::{Feed, answer, get, plain, start};

fn options() -> Options {
    Options { recordings: vec![plain(3_000)], speed: 10.0, ..Options::default() }
}

#[tokio::test]
async fn the_feed_speaks_as_the_recorded_one_did() {
    let simulator = start(options()).await;
    simulator.pause();
    simulator.seek("2024-01-01T00:00:10.050Z".parse().unwrap());
    let mut feed = Feed::connect(&simulator, "/coinbase/ws").await;
    feed.say(r#"{"type":"subscribe","product_ids":["AAA-USDT"],"channels":["matches","heartbeat","ticker"]}"#)
        .await;
    let told = feed.json().await;
    assert_eq!(told["type"], "subscriptions");
    let names: Vec<&str> =
        told["channels"].as_array().unwrap().iter().map(|c| c["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["heartbeat", "matches", "ticker"]);
    let last = loop {
        let message = feed.json().await;
        if message["type"] == "last_match" {
            break message;
        }
    };
    assert_eq!(last["trade_id"], 1_100);
    simulator.resume();
    let first = loop {
        let message = feed.json().await;
        if message["type"] == "match" {
            break message;
        }
    };
    let mut keys: Vec<&String> = first.as_object().unwrap().keys().collect();
    keys.sort();
    let recorded = [
        "maker_order_id",
        "price",
        "product_id",
        "sequence",
        "side",
        "size",
        "taker_order_id",
        "time",
        "trade_id",
        "type",
    ];
    assert_eq!(keys, recorded);
    assert_eq!(first["trade_id"], 1_101);
    assert_eq!((&first["side"], &first["price"]), (&json!("sell"), &json!("100.03")));
    assert_eq!(first["time"], "2024-01-01T00:00:10.100000Z");
    feed.say(r#"{"type":"subscribe","product_ids":["NO-USD"],"channels":["matches"]}"#).await;
    let texts = feed.until(|text| text.contains(r#""type":"error""#)).await;
    assert!(texts.last().unwrap().contains("NO-USD is not a valid product"));
}

#[tokio::test]
async fn pages_run_backwards() {
    let simulator = start(options()).await;
    simulator.pause();
    simulator.seek("2024-01-01T01:00:00Z".parse().unwrap());
    let response = answer(&simulator, "/coinbase/products/AAA-USDT/trades?limit=2").await;
    assert_eq!(response.headers()["cb-before"], "3999");
    assert_eq!(response.headers()["cb-after"], "3998");
    let rows: Value = response.json().await.unwrap();
    assert_eq!(
        rows[1],
        json!({ "trade_id": 3_998, "side": "buy", "size": "0.02999",
        "price": "100.02", "time": "2024-01-01T00:04:59.800000Z" })
    );
    let rows = get(&simulator, "/coinbase/products/AAA-USDT/trades?limit=2&after=3998").await;
    assert_eq!((&rows[0]["trade_id"], &rows[1]["trade_id"]), (&json!(3_997), &json!(3_996)));
    let rows = get(&simulator, "/coinbase/products/AAA-USDT/trades?before=3997").await;
    assert_eq!(rows.as_array().unwrap().len(), 2);
    let span = "start=2024-01-01T00:01:00Z&end=2024-01-01T00:02:00Z&granularity=60";
    let rows = get(&simulator, &format!("/coinbase/products/AAA-USDT/candles?{span}")).await;
    assert_eq!((&rows[0][0], &rows[1][0]), (&json!(1_704_067_320), &json!(1_704_067_260)));
    assert_eq!((&rows[0][1], &rows[0][2]), (&json!(100), &json!(100.06)));
    let books = get(&simulator, "/coinbase/products/AAA-USDT/book?level=1").await;
    assert_eq!(books["asks"], json!([["100.03", "0.03", 1]]));
    let products = get(&simulator, "/coinbase/products").await;
    assert_eq!(
        (&products[0]["id"], &products[0]["quote_increment"]),
        (&json!("AAA-USDT"), &json!("0.01"))
    );
    let wide = "start=2024-01-01T00:00:00Z&end=2024-01-02T00:00:00Z&granularity=60";
    let refused = answer(&simulator, &format!("/coinbase/products/AAA-USDT/candles?{wide}")).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(answer(&simulator, "/coinbase/products/NO-USD/book").await.status(), 404);
}
