//! Binance's interface against recorded truth.

use domain::market::{Candle, Interval, TickKind};
use domain::{Amount, Time};
use serde_json::{Value, json};
use simulator::{Options, Recording};

use crate::client::{Feed, answer, captured, get, numbers, plain, real, start};

const CODE: &str = "AAAUSDT";

fn fast(recordings: Vec<Recording>) -> Options {
    Options { recordings, speed: 1e5, ..Options::default() }
}

#[tokio::test]
async fn the_recorded_minutes_come_out_as_the_venue_had_them() {
    let Some(recordings) = captured() else { return };
    let Some(candles) = real("candles/binance/BTC_USDT-1m.feather") else { return };
    let simulator = start(fast(recordings)).await;
    simulator.seek("2024-08-09T00:00:00Z".parse().unwrap());
    let rows = get(&simulator, "/api/v3/klines?symbol=BTCUSDT&interval=1m").await;
    let recorded = Recording::open(&candles, None).unwrap().remove(0);
    let Recording::Candles { candles, .. } = recorded else { panic!("no candles") };
    // The recording begins within 23:54 and ends after the first trade of 24:00.
    let cut: Time = "2024-08-08T23:55:00Z".parse().unwrap();
    let end = cut.plus_micros(5 * Interval::M1.micros());
    let mut compared = 0;
    for row in rows.as_array().unwrap() {
        let open = Time::from_millis(row[0].as_i64().unwrap()).unwrap();
        let Some(candle) =
            candles.iter().find(|c| c.open_time == open && cut <= open && open < end)
        else {
            continue;
        };
        let number = |at: usize| -> domain::Decimal { row[at].as_str().unwrap().parse().unwrap() };
        let found = [number(1), number(2), number(3), number(4)];
        assert_eq!(found, [candle.open, candle.high, candle.low, candle.close], "{open}");
        assert_eq!(number(5).normalize().to_string(), candle.volume.to_string(), "{open}");
        compared += 1;
    }
    assert_eq!(compared, 5);
}

#[tokio::test]
async fn a_stream_tells_every_trade_as_it_was_recorded() {
    let Some(recordings) = captured() else { return };
    let Some(path) = real("payloads/binance_spot_ws/btcusdt_20240808.gz") else { return };
    let simulator = start(Options { speed: 300.0, ..fast(recordings) }).await;
    simulator.pause();
    let mut feed = Feed::connect(&simulator, "/stream?streams=btcusdt@trade/ethusdt@trade").await;
    simulator.seek("2024-08-08T23:54:00Z".parse().unwrap());
    simulator.resume();
    let texts = feed.all(&simulator).await;
    // Without the event time, which the recording has from another clock, each is what came then.
    let same = |message: &Value| {
        let mut data = message["data"].clone();
        data["E"] = Value::Null;
        data
    };
    let told: Vec<Value> = texts.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    let told: Vec<Value> =
        told.iter().filter(|m| m["stream"] == "btcusdt@trade").map(same).collect();
    let recorded = lines(&path);
    let recorded: Vec<Value> =
        recorded.iter().filter(|m| m["stream"] == "btcusdt@trade").map(same).collect();
    assert_eq!(told.len(), 9_757);
    assert!(told == recorded, "the trades differ");
}

fn lines(path: &std::path::Path) -> Vec<Value> {
    let output = std::process::Command::new("gzip").arg("-dc").arg(path).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line.split_once(' ').unwrap().1).unwrap())
        .collect()
}

#[tokio::test]
async fn rest_never_shows_what_is_to_come() {
    let simulator = start(fast(vec![plain(1_000)])).await;
    simulator.pause();
    simulator.seek("2024-01-01T00:00:30Z".parse().unwrap());
    let trades = get(&simulator, "/api/v3/trades?symbol=AAAUSDT&limit=1000").await;
    assert_eq!(trades.as_array().unwrap().len(), 301);
    assert_eq!(
        trades[300],
        json!({ "id": 1_300, "price": "100.06000000", "qty": "0.00301000",
        "quoteQty": "0.30118060", "time": 1_704_067_230_000i64, "isBuyerMaker": true,
        "isBestMatch": true })
    );
    let klines = get(&simulator, "/api/v3/klines?symbol=AAAUSDT&interval=1m").await;
    assert_eq!(klines.as_array().unwrap().len(), 1);
    assert_eq!(klines[0][8], 301);
    let price = get(&simulator, "/api/v3/ticker/price?symbol=AAAUSDT").await;
    assert_eq!(price["price"], "100.06000000");
    assert_eq!(simulator.truth(CODE, TickKind::Trade).len(), 301);
}

#[tokio::test]
async fn pages_are_cut_as_binance_cuts_them() {
    let simulator = start(fast(vec![plain(3_000)])).await;
    simulator.pause();
    simulator.seek("2024-01-01T01:00:00Z".parse().unwrap());
    let ids = async |query: &str| -> Vec<i64> {
        let rows = get(&simulator, &format!("/api/v3/{query}")).await;
        let id = |row: &Value| row["a"].as_i64().or(row["id"].as_i64());
        rows.as_array().unwrap().iter().map(|row| id(row).unwrap()).collect()
    };
    assert_eq!(ids("historicalTrades?symbol=AAAUSDT&fromId=1500&limit=2").await, [1_500, 1_501]);
    assert_eq!(ids("historicalTrades?symbol=AAAUSDT&fromId=0&limit=1").await, [1_000]);
    assert_eq!(ids("historicalTrades?symbol=AAAUSDT&fromId=9999").await, [0; 0]);
    assert_eq!(ids("trades?symbol=AAAUSDT&limit=2").await, [3_998, 3_999]);
    assert_eq!(ids("aggTrades?symbol=AAAUSDT&limit=5000").await.len(), 1_000);
    let second = "startTime=1704067201000&endTime=1704067201999";
    assert_eq!(ids(&format!("aggTrades?symbol=AAAUSDT&{second}")).await.len(), 10);
    let opens = async |query: &str| -> Vec<i64> {
        let rows = get(&simulator, &format!("/api/v3/klines?symbol=AAAUSDT&{query}")).await;
        let open = |row: &Value| (row[0].as_i64().unwrap() - 1_704_067_200_000) / 60_000;
        rows.as_array().unwrap().iter().map(open).collect()
    };
    assert_eq!(opens("interval=1m").await, [0, 1, 2, 3, 4]);
    assert_eq!(opens("interval=1m&limit=2").await, [3, 4]);
    assert_eq!(opens("interval=1m&limit=2&endTime=1704067379999").await, [1, 2]);
    assert_eq!(opens("interval=1m&limit=2&startTime=1704067200001").await, [1, 2]);
    assert_eq!(opens("interval=5m").await, [0]);
}

#[tokio::test]
async fn a_minute_without_a_trade_has_a_candle_and_a_missing_one_has_none() {
    let trades = {
        let Recording::Ticks { symbol, kind, mut ticks } = plain(3_000) else { unreachable!() };
        ticks.retain(|tick| !(60_000..120_000).contains(&(tick.time.millis() - 1_704_067_200_000)));
        Recording::Ticks { symbol, kind, ticks }
    };
    let simulator = start(fast(vec![trades])).await;
    simulator.pause();
    simulator.seek("2024-01-01T01:00:00Z".parse().unwrap());
    let rows = get(&simulator, "/api/v3/klines?symbol=AAAUSDT&interval=1m").await;
    assert_eq!(rows.as_array().unwrap().len(), 5);
    let close = rows[0][4].clone();
    assert_eq!(
        rows[1],
        json!([
            1_704_067_260_000i64,
            close,
            close,
            close,
            close,
            "0.00000000",
            1_704_067_319_999i64,
            "0.00000000",
            0,
            "0.00000000",
            "0.00000000",
            "0"
        ])
    );
    let mut candles = simulator.candles(CODE, Interval::M1);
    candles.remove(2);
    let symbol = "binance:BBBUSDT".parse().unwrap();
    let recording = Recording::Candles { symbol, interval: Interval::M1, candles };
    let simulator = start(fast(vec![recording])).await;
    let rows = get(&simulator, "/api/v3/klines?symbol=BBBUSDT&interval=1m").await;
    assert_eq!(rows.as_array().unwrap().len(), 4);
    let rows = get(&simulator, "/api/v3/klines?symbol=BBBUSDT&interval=5m").await;
    assert_eq!(rows[0][8], 1_800);
}

#[tokio::test]
async fn what_is_wrong_is_said_in_binances_words() {
    let simulator = start(fast(vec![plain(10)])).await;
    let refused = async |path: &str| {
        let response = answer(&simulator, &format!("/api/v3/{path}")).await;
        let status = response.status().as_u16();
        let body: Value = response.json().await.unwrap();
        (status, body["code"].as_i64().unwrap())
    };
    assert_eq!(refused("klines?interval=1m").await, (400, -1102));
    assert_eq!(refused("klines?symbol=NOPE&interval=1m").await, (400, -1121));
    assert_eq!(refused("klines?symbol=AAAUSDT&interval=7m").await, (400, -1120));
    assert_eq!(refused("klines?symbol=AAAUSDT&interval=1m&limit=0").await, (400, -1130));
    assert_eq!(refused("trades?symbol=AAAUSDT&limit=x").await, (400, -1100));
    assert_eq!(refused("aggTrades?symbol=AAAUSDT&fromId=1&startTime=1").await, (400, -1128));
}

#[tokio::test]
async fn clients_subscribe_and_are_answered() {
    let options = Options { recordings: vec![plain(100_000)], ..Options::default() };
    let simulator = start(options).await;
    let mut feed = Feed::connect(&simulator, "/ws").await;
    feed.say(r#"{"method":"SUBSCRIBE","params":["aaausdt@aggTrade","aaausdt@bookTicker"],"id":1}"#)
        .await;
    assert_eq!(feed.json().await, json!({ "result": null, "id": 1 }));
    let mut kinds = std::collections::BTreeSet::new();
    while kinds.len() < 2 {
        let message = feed.json().await;
        kinds.insert(message["e"].as_str().unwrap_or("book").to_owned());
    }
    feed.say(r#"{"method":"LIST_SUBSCRIPTIONS","id":2}"#).await;
    let texts = feed.until(|text| text.contains(r#""id":2"#)).await;
    assert!(texts.last().unwrap().contains(r#"["aaausdt@aggTrade","aaausdt@bookTicker"]"#));
    feed.say(r#"{"method":"UNSUBSCRIBE","params":["aaausdt@bookTicker"],"id":"x"}"#).await;
    feed.until(|text| text.contains(r#""id":"x""#)).await;
    for _ in 0..5 {
        assert_eq!(feed.json().await["e"], "aggTrade");
    }
    feed.say(r#"{"method":"DANCE","id":3}"#).await;
    let texts = feed.until(|text| text.contains(r#""id":3"#)).await;
    assert!(texts.last().unwrap().contains("unknown variant `DANCE`"));
}

#[tokio::test]
async fn candles_of_a_stream_close_as_rest_tells_them() {
    let simulator = start(Options { speed: 300.0, ..fast(vec![plain(3_000)]) }).await;
    simulator.pause();
    let mut feed = Feed::connect(&simulator, "/ws/aaausdt@kline_1m").await;
    simulator.seek("2024-01-01T00:00:00Z".parse().unwrap());
    simulator.resume();
    let mut closed = Vec::new();
    let mut forming = 0;
    while closed.len() < 4 {
        let message = feed.json().await;
        let k = message["k"].clone();
        if k["x"] == true { closed.push(k) } else { forming += 1 }
    }
    assert!(forming > 4, "{forming}");
    let rows = get(&simulator, "/api/v3/klines?symbol=AAAUSDT&interval=1m").await;
    for (row, k) in rows.as_array().unwrap().iter().zip(&closed) {
        let of_stream =
            ["t", "o", "h", "l", "c", "v", "T", "q", "n", "V", "Q", "B"].map(|key| k[key].clone());
        assert_eq!(row.as_array().unwrap().as_slice(), &of_stream);
    }
    assert_eq!(numbers(&[json!({ "f": closed[1]["f"] }).to_string()], "f"), [1_600]);
}

#[tokio::test]
async fn recorded_candles_and_trades_go_together_also_in_a_loop() {
    let trades = plain(3_000);
    let whole = start(fast(vec![trades.clone()])).await;
    whole.pause();
    whole.seek("2024-01-01T02:00:00Z".parse().unwrap());
    // The hour before the trades is known by its candles alone.
    let symbol = "binance:AAAUSDT".parse().unwrap();
    let hour = 3_600_000_000;
    let earlier =
        |candle: Candle| Candle { open_time: candle.open_time.plus_micros(-hour), ..candle };
    let candles: Vec<Candle> = whole.candles(CODE, Interval::M1).into_iter().map(earlier).collect();
    let recording = Recording::Candles { symbol, interval: Interval::M1, candles };
    let options = Options { looped: true, ..fast(vec![trades, recording]) };
    let simulator = start(options).await;
    simulator.pause();
    let at = "2024-01-01T00:06:30Z".parse().unwrap();
    simulator.seek(at);
    let volume = |candles: &[Candle]| {
        candles.iter().fold(Amount::ZERO, |mut sum, candle| {
            sum += candle.volume;
            sum
        })
    };
    let minutes = simulator.candles(CODE, Interval::M1);
    assert_eq!(minutes.len(), 5 + 7);
    // The second round begins with the sixth minute, and is the first again.
    assert_eq!(minutes[5].volume, minutes[10].volume);
    for interval in [Interval::H1, Interval::D1, Interval::W1] {
        let longer = simulator.candles(CODE, interval);
        assert_eq!(volume(&longer), volume(&minutes), "{interval}");
        let (first, last) = (&longer[0], &longer[longer.len() - 1]);
        assert_eq!((first.open, last.close), (minutes[0].open, minutes[11].close), "{interval}");
    }
}
