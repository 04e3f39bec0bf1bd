//! The board of the last 24 hours.

use domain::Amount;
use domain::market::{Candle, Interval, TickKind};
use serde_json::{Value, json};

use crate::server::{SYMBOL, Server, at, problem, trades};

/// A candle of every minute of two days, told by its number.
fn minutes(first: &str, price: i64) -> Vec<Candle> {
    let amount = |text: String| -> Amount { text.parse().unwrap() };
    let of = |n: i64| Candle {
        open_time: at(first).plus_micros(n * Interval::M1.micros()),
        open: (price + n).into(),
        high: (price + n + 7).into(),
        low: (price + n - 7).into(),
        close: (price + n + 1).into(),
        volume: amount(format!("{n}.25")),
        quote_volume: Some(amount(format!("{n}.5"))),
        trade_count: Some(n),
        taker_buy_volume: None,
        taker_buy_quote_volume: None,
    };
    (0..2 * 1_440).map(of).collect()
}

fn names(board: &Value) -> Vec<&str> {
    board["symbols"].as_array().unwrap().iter().map(|s| s["symbol"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn it_sums_the_last_day_to_the_minute_and_ranks_by_what_is_asked() {
    let server = Server::start().await;
    // It is 2024-06-01T00:10:30Z, so the board holds the minutes from 2024-05-31T00:11 on.
    let rows = minutes("2024-05-30T12:03:00Z", 10_000);
    server.put_candles(SYMBOL, Interval::M1, &rows).await;
    let rows: Vec<Candle> = minutes("2024-05-30T12:03:00Z", 50_000);
    let rows: Vec<Candle> = rows.into_iter().map(|r| Candle { quote_volume: None, ..r }).collect();
    server.put_candles("kraken:BCHEUR", Interval::M1, &rows).await;
    server.put_candles("binance:OLDBTC", Interval::M1, &rows[..100]).await;
    server.put_ticks("binance:ETHUSDT", TickKind::Trade, &trades("2024-06-01T00:09:00Z", 4)).await;

    let board = server.json("/v1/market/leaderboard").await;
    assert_eq!(
        (&board["from"], &board["by"]),
        (&json!("2024-05-31T00:11:00Z"), &json!("quote_volume"))
    );
    assert_eq!(board["to"], "2024-06-01T00:11:00Z");
    assert_eq!(names(&board), [SYMBOL, "binance:ETHUSDT", "kraken:BCHEUR"]);
    // The first minute of the board is number 728 of the candles, the last 2,167.
    let (first, last) = (728i64, 2_167i64);
    let count: i64 = (first..=last).sum();
    assert_eq!(last - first + 1, 1_440);
    let symbol = &board["symbols"][0];
    let expected = json!({
        "symbol": SYMBOL, "base": "BTC", "quote": "USDT", "replay": false,
        "price": (10_000 + last + 1).to_string(), "change": "1440",
        "change_percent": "13.42", "high": (10_000 + last + 7).to_string(),
        "low": (10_000 + first - 7).to_string(), "volume": (count + 360).to_string(),
        "quote_volume": (count + 720).to_string(), "trade_count": count,
    });
    assert_eq!(*symbol, expected);
    assert_eq!(board["symbols"][2]["quote_volume"], Value::Null);

    for (query, expected) in [
        ("?by=volume", vec![SYMBOL, "kraken:BCHEUR", "binance:ETHUSDT"]),
        ("?by=change&venue=binance", vec![SYMBOL, "binance:ETHUSDT"]),
        ("?by=trades&quote=EUR", vec!["kraken:BCHEUR"]),
        ("?limit=1", vec![SYMBOL]),
    ] {
        let board = server.json(&format!("/v1/market/leaderboard{query}")).await;
        assert_eq!(names(&board), expected, "{query}");
    }
    for (query, code) in
        [("by=age", "invalid_rank"), ("limit=0", "invalid_limit"), ("to=1", "unknown_parameter")]
    {
        let answer = server.get(&format!("/v1/market/leaderboard?{query}")).send().await.unwrap();
        assert_eq!(problem(answer).await.1, code);
    }
}
