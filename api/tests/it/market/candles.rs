//! Candles in every format, by page and whole, and never older than what was committed.

use std::collections::HashSet;

use adapters::market::files::{Item, ReadOptions, open};
use domain::market::{Candle, Interval};
use serde_json::{Value, json};

use crate::server::{SYMBOL, Server, at, minutes, problem, wait_until};

const PATH: &str = "/v1/market/candles?symbol=binance:BTCUSDT&interval=1m";

#[tokio::test]
async fn a_candle_has_the_documented_shape() {
    let server = Server::start().await;
    let rows = minutes("2024-06-01T00:00:00Z", 11);
    server.put_candles(SYMBOL, Interval::M1, &rows).await;
    let body = server.json(&format!("{PATH}&limit=2")).await;
    let expected = json!({
        "symbol": "binance:BTCUSDT",
        "interval": "1m",
        "candles": [
            {
                "open_time": "2024-06-01T00:09:00Z", "close_time": "2024-06-01T00:10:00Z",
                "open": "109.5", "high": "109.99", "low": "109.01", "close": "109.75",
                "volume": "9.000000000000000001", "quote_volume": null, "trade_count": null,
                "taker_buy_volume": null, "closed": true,
            },
            {
                "open_time": "2024-06-01T00:10:00Z", "close_time": "2024-06-01T00:11:00Z",
                "open": "110.5", "high": "110.99", "low": "110.01", "close": "110.75",
                "volume": "10.000000000000000001", "quote_volume": "10.25", "trade_count": 10,
                "taker_buy_volume": "0", "closed": false,
            },
        ],
        "next": null,
    });
    assert_eq!(body, expected);
    // Rolled up from the venue's minutes; asked for by origin there is none from the venue.
    let hours = "/v1/market/candles?symbol=binance:BTCUSDT&interval=1h";
    let hour = &server.json(hours).await["candles"][0];
    assert_eq!((&hour["open"], &hour["close"]), (&json!("100.5"), &json!("110.75")));
    let none = server.json(&format!("{hours}&origin=venue")).await;
    assert_eq!(none["candles"], json!([]));
    let some = server.json(&format!("{hours}&origin=rollup-1m")).await;
    assert_eq!(some["candles"][0], *hour);
}

#[tokio::test]
async fn ranges_include_their_beginning_and_exclude_their_end() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 10)).await;
    let count = async |query: &str| {
        server.json(&format!("{PATH}{query}")).await["candles"].as_array().unwrap().len()
    };
    assert_eq!(count("&from=2024-06-01T00:02:00Z&to=2024-06-01T00:05:00Z").await, 3);
    assert_eq!(count("&from=2024-06-01T00:02:00.000001Z&to=2024-06-01T00:05:00Z").await, 2);
    assert_eq!(count("&from=2024-06-01T00:02:00Z&to=2024-06-01T00:02:00Z").await, 0);
    assert_eq!(count("&from=1717200120000&to=1717200300000").await, 3);
    assert_eq!(count("&to=2024-06-01T00:03:00Z").await, 3);
    assert_eq!(count("&from=2025-01-01T00:00:00Z").await, 0);
    assert_eq!(count("").await, 10);
}

#[tokio::test]
async fn pages_cover_everything_exactly_once_both_ways() {
    let server = Server::start().await;
    let rows = minutes("2024-05-31T23:00:00Z", 60);
    server.put_candles(SYMBOL, Interval::M1, &rows).await;
    for (order, limit) in [("asc", 7), ("desc", 7), ("asc", 60), ("desc", 59)] {
        // The cursor alone keeps the range: the second page doesn't repeat it.
        let range = "&from=2024-05-31T23:10:00Z&to=2024-05-31T23:50:00Z";
        for range in ["", range] {
            let mut seen: Vec<String> = Vec::new();
            let mut path = format!("{PATH}&order={order}&limit={limit}{range}");
            loop {
                let body = server.json(&path).await;
                let page = body["candles"].as_array().unwrap();
                assert!(page.len() <= limit);
                seen.extend(page.iter().map(|c| c["open_time"].as_str().unwrap().to_owned()));
                let Some(next) = body["next"].as_str() else { break };
                assert_eq!(page.len(), limit, "only the last page is shorter");
                path = format!("{PATH}&limit={limit}&cursor={next}");
            }
            let within = |row: &&Candle| {
                range.is_empty()
                    || (at("2024-05-31T23:10:00Z")..at("2024-05-31T23:50:00Z"))
                        .contains(&row.open_time)
            };
            let mut all: Vec<String> =
                rows.iter().filter(within).map(|row| row.open_time.to_string()).collect();
            if order == "desc" {
                all.reverse();
            }
            assert_eq!(seen, all, "{order} by {limit} {range}");
        }
    }
}

#[tokio::test]
async fn json_csv_and_arrow_say_the_same() {
    let server = Server::start().await;
    // More than one chunk of the database and more than one batch of Arrow.
    let rows = minutes("2024-01-01T00:00:00Z", 70_001);
    for some in rows.chunks(20_000) {
        server.put_candles(SYMBOL, Interval::M1, some).await;
    }
    for (media, suffix) in [("text/csv", "csv"), ("application/vnd.apache.arrow.stream", "arrow")] {
        let read = async |query: &str| {
            let response =
                server.get(&format!("{PATH}{query}")).header("accept", media).send().await;
            let response = response.unwrap();
            assert_eq!(response.status(), 200);
            assert_eq!(response.headers()["content-type"], media);
            let next = response
                .headers()
                .get("x-next-cursor")
                .map(|next| next.to_str().unwrap().to_owned());
            (candles_of(&response.bytes().await.unwrap(), suffix), next)
        };
        let (whole, next) = read("").await;
        assert_eq!(whole.len(), rows.len(), "{media}");
        assert_eq!(whole, rows, "{media}");
        assert_eq!(next, None);
        let (backwards, _) = read("&order=desc&from=2024-02-01T00:00:00Z").await;
        assert!(
            backwards.len() > 20_000 && backwards.is_sorted_by(|a, b| a.open_time > b.open_time)
        );
        assert_eq!(backwards[0], rows[70_000]);
        let (page, next) = read("&order=asc&limit=500").await;
        assert_eq!(page, rows[..500]);
        let (page, _) = read(&format!("&limit=500&cursor={}", next.unwrap())).await;
        assert_eq!(page, rows[500..1_000]);
        let (empty, _) = read("&from=2030-01-01T00:00:00Z").await;
        assert_eq!(empty, []);
    }
    let json = server.json(&format!("{PATH}&limit=5000")).await;
    for (told, row) in json["candles"].as_array().unwrap().iter().zip(&rows[65_001..]) {
        let text = |value: Option<String>| value.map_or(Value::Null, Value::String);
        assert_eq!(told["open_time"], row.open_time.to_string());
        assert_eq!(told["volume"], row.volume.to_string());
        assert_eq!(told["quote_volume"], text(row.quote_volume.map(|v| v.to_string())));
        assert_eq!(told["close"], row.close.normalize().to_string());
    }
}

/// Reads an answer as an import would.
fn candles_of(bytes: &[u8], suffix: &str) -> Vec<Candle> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(format!("BTCUSDT-1m.{suffix}"));
    std::fs::write(&path, bytes).unwrap();
    if suffix == "csv" && bytes.iter().filter(|byte| **byte == b'\n').count() <= 1 {
        return Vec::new();
    }
    let options = ReadOptions { interval: Some(Interval::M1), ..ReadOptions::default() };
    let mut reader = open(&path, &options).unwrap();
    std::iter::from_fn(|| reader.next())
        .map(|record| match record.unwrap().item {
            Item::Candle(candle) => candle,
            other => panic!("{other:?} is no candle"),
        })
        .collect()
}

#[tokio::test]
async fn a_cached_page_is_never_older_than_the_last_commit() {
    let server = Server::start().await;
    let rows = minutes("2024-06-01T00:00:00Z", 10);
    server.put_candles(SYMBOL, Interval::M1, &rows[..9]).await;
    let id = server.symbol(SYMBOL).await.id;
    let newest = async || {
        let body = server.json(&format!("{PATH}&limit=1")).await;
        body["candles"][0]["open_time"].as_str().unwrap().to_owned()
    };
    for _ in 0..3 {
        assert_eq!(newest().await, "2024-06-01T00:08:00Z");
    }
    let before = server.live.version(id);
    server.put_candles(SYMBOL, Interval::M1, &rows[9..]).await;
    wait_until(|| server.live.version(id) != before).await;
    assert_eq!(newest().await, "2024-06-01T00:09:00Z");
}

#[tokio::test]
async fn a_cached_candle_closes_on_time() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 11)).await;
    let closed =
        async || server.json(&format!("{PATH}&limit=1")).await["candles"][0]["closed"].clone();
    assert_eq!(closed().await, false);
    server.clock.set(at("2024-06-01T00:10:59.999999Z"));
    assert_eq!(closed().await, false);
    server.clock.set(at("2024-06-01T00:11:00Z"));
    assert_eq!(closed().await, true);
}

#[tokio::test]
async fn a_page_is_compressed_where_the_client_asks() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 10)).await;
    let plain = server.get(PATH).send().await.unwrap();
    assert_eq!(plain.headers().get("content-encoding"), None);
    let vary: HashSet<&str> = plain.headers()["vary"].to_str().unwrap().split(", ").collect();
    assert!(vary.contains("accept") && vary.contains("accept-encoding"), "{vary:?}");
    let plain = plain.bytes().await.unwrap();
    for _ in 0..2 {
        let packed = server.get(PATH).header("accept-encoding", "gzip").send().await.unwrap();
        assert_eq!(packed.headers()["content-encoding"], "gzip");
        let packed = packed.bytes().await.unwrap();
        let mut text = Vec::new();
        std::io::Read::read_to_end(&mut flate2::read::GzDecoder::new(&packed[..]), &mut text)
            .unwrap();
        assert_eq!(text, plain);
    }
}

#[tokio::test]
async fn as_of_gives_what_was_known_with_a_cursor_that_carries_it() {
    let server = Server::start().await;
    let rows = minutes("2024-06-01T00:00:00Z", 5);
    server.put_candles(SYMBOL, Interval::M1, &rows[..3]).await;
    // As if they had been written when they closed.
    let age = "UPDATE market.candles SET updated_at = open_time + INTERVAL '61 seconds'";
    server.db.query("test", age, &[]).await.unwrap();
    server.put_candles(SYMBOL, Interval::M1, &rows[3..]).await;
    let path = "/v1/market/candles?symbol=binance:BTCUSDT&interval=1m&order=asc&limit=1";
    let first = server.json(&format!("{path}&as_of=2024-06-01T00:02:30Z")).await;
    let times = |page: &Value| -> Vec<String> {
        let candles = page["candles"].as_array().unwrap().iter();
        candles.map(|candle| candle["open_time"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(times(&first), ["2024-06-01T00:00:00Z"]);
    let cursor = first["next"].as_str().unwrap();
    let second = server.json(&format!("{path}&cursor={cursor}")).await;
    assert_eq!(times(&second), ["2024-06-01T00:01:00Z"]);
    assert_eq!(second["next"], Value::Null);
    let whole = server.get(&format!("{path}&as_of=1717200210000").replace("&limit=1", ""));
    let csv = whole.header("accept", "text/csv").send().await.unwrap().text().await.unwrap();
    assert_eq!(csv.lines().count(), 1 + 3);
    let other = server.get(&format!("{path}&cursor={cursor}&as_of=2024-06-01T00:09:00Z"));
    let (status, code, _) = problem(other.send().await.unwrap()).await;
    assert_eq!((status, code.as_str()), (400, "invalid_cursor"));
}
