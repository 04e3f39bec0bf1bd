//! Binance's interface over what is stored here: its figures, its errors, its weights; in `streams` its WebSocket.

mod fetch;
mod influx;
mod streams;
mod udf;

use api::ApiSettings;
use domain::market::{BookTicker, Interval, Tick, TickKind};
use serde_json::{Value, json};

use crate::server::{SYMBOL, Server, at, minutes, trades};

const API: &str = "/compat/binance/api/v3";

/// Status, code and message of a refusal.
async fn refusal(server: &Server, path: &str) -> (u16, i64, String) {
    let response = server.get(&format!("{API}{path}")).send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    (status, body["code"].as_i64().unwrap(), body["msg"].as_str().unwrap().to_owned())
}

async fn get(server: &Server, path: &str) -> Value {
    server.json(&format!("{API}{path}")).await
}

#[tokio::test]
async fn klines_have_binances_columns_and_ranges() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 11)).await;
    let open = |minute: i64| 1_717_200_000_000 + minute * 60_000;
    let klines = async |query: &str| {
        let rows = get(&server, &format!("/klines?symbol=BTCUSDT&interval=1m{query}")).await;
        let times = rows.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap());
        times.map(|time| (time - open(0)) / 60_000).collect::<Vec<_>>()
    };
    let last = get(&server, "/uiKlines?symbol=BTCUSDT&interval=1m&limit=1").await;
    let expected = json!([[
        open(10),
        "110.50000000",
        "110.99000000",
        "110.01000000",
        "110.75000000",
        "10.000000000000000001",
        open(11) - 1,
        "10.25000000",
        10,
        "0.00000000",
        "0.00000000",
        "0",
    ]]);
    assert_eq!(last, expected);
    assert_eq!(klines("").await, (0..11).collect::<Vec<_>>());
    assert_eq!(klines("&limit=3").await, [8, 9, 10]);
    assert_eq!(klines(&format!("&startTime={}&limit=2", open(3))).await, [3, 4]);
    assert_eq!(klines(&format!("&startTime={}&limit=2", open(3) + 1)).await, [4, 5]);
    // The end belongs to the range, and without a beginning the newest before it are given.
    assert_eq!(klines(&format!("&endTime={}&limit=2", open(3))).await, [2, 3]);
    let both = format!("&startTime={}&endTime={}", open(3), open(5));
    assert_eq!(klines(&both).await, [3, 4, 5]);
    assert_eq!(klines(&format!("&startTime={}000&endTime={}000", open(3), open(4))).await, [3, 4]);
    assert_eq!(klines(&format!("&startTime={}&endTime={}", open(5), open(3))).await, [0i64; 0]);
}

#[tokio::test]
async fn intervals_that_are_not_kept_follow_from_those_that_are() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-05-31T22:59:00Z", 69)).await;
    let klines = async |query: &str| get(&server, &format!("/klines?symbol=BTCUSDT&{query}")).await;
    let rows = klines("interval=3m&limit=2").await;
    let ms = |text: &str| at(text).millis();
    assert_eq!(rows[0][0], ms("2024-06-01T00:03:00Z"));
    assert_eq!(rows[0][6], ms("2024-06-01T00:06:00Z") - 1);
    // Minutes 64, 65 and 66 of the series.
    let figures = |row: &Value| {
        let text = |at: usize| row[at].as_str().unwrap().to_owned();
        [text(1), text(2), text(3), text(4), text(5)]
    };
    let expected =
        ["164.50000000", "166.99000000", "164.01000000", "166.75000000", "195.000000000000000003"];
    assert_eq!(figures(&rows[0]), expected);
    // The last one is forming: of its three minutes there are two.
    assert_eq!(figures(&rows[1])[3], "168.75000000");
    // Days of another zone begin at another time.
    let days = klines("interval=1d&timeZone=1").await;
    let opens: Vec<i64> =
        days.as_array().unwrap().iter().map(|row| row[0].as_i64().unwrap()).collect();
    assert_eq!(opens, [ms("2024-05-30T23:00:00Z"), ms("2024-05-31T23:00:00Z")]);
    assert_eq!(days[0][4], "100.75000000");
    let month = klines("interval=1M").await;
    assert_eq!(month[1][0], ms("2024-06-01T00:00:00Z"));
    assert_eq!(month[1][6], ms("2024-07-01T00:00:00Z") - 1);
}

#[tokio::test]
async fn refusals_are_binances() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 1)).await;
    for (path, status, code, message) in [
        ("/klines?symbol=NOPE&interval=1m", 400, -1121, "Invalid symbol."),
        ("/klines?symbol=BTCUSDT&interval=7m", 400, -1120, "Invalid interval."),
        ("/klines?symbol=BTCUSDT&interval=1s", 400, -1120, "Invalid interval."),
        (
            "/klines?symbol=BTCUSDT",
            400,
            -1102,
            "Mandatory parameter 'interval' was not sent, was empty/null, or malformed.",
        ),
        (
            "/klines?symbol=BTCUSDT&interval=1m&timeZone=15",
            400,
            -1130,
            "Data sent for parameter 'timeZone' is not valid.",
        ),
        (
            "/aggTrades?symbol=BTCUSDT&fromId=1&startTime=1",
            400,
            -1128,
            "Combination of optional parameters invalid.",
        ),
        ("/ping?x=1", 400, -1101, "Too many parameters; expected '0' and received '1'."),
        ("/ticker/24hr?symbol=BTCUSDT&type=TINY", 400, -1139, "Invalid ticker type."),
        ("/ticker/price?symbols=[%22BTCUSDT%22,%22NOPE%22]", 400, -1121, "Invalid symbol."),
        ("/exchangeInfo?symbol=NOPE", 400, -1121, "Invalid symbol."),
        ("/depth?symbol=NOPE", 400, -1121, "Invalid symbol."),
        ("/orderList", 404, -1020, "This operation is not supported."),
    ] {
        let told = refusal(&server, path).await;
        assert_eq!((told.0, told.1, told.2.as_str()), (status, code, message), "{path}");
    }
    assert_eq!(get(&server, "/ping").await, json!({}));
    assert_eq!(get(&server, "/time").await, json!({ "serverTime": server.clock.now().millis() }));
}

#[tokio::test]
async fn weights_are_counted_and_bounded() {
    let settings = ApiSettings { binance_weight_per_minute: 24, ..ApiSettings::default() };
    let server = Server::start_with(settings).await;
    let ask = async |path: &str| {
        let response = server.get(&format!("{API}{path}")).send().await.unwrap();
        let header = |name: &str| Some(response.headers().get(name)?.to_str().unwrap().to_owned());
        let used = header("x-mbx-used-weight-1m").unwrap();
        assert_eq!(header("x-mbx-used-weight").unwrap(), used);
        (response.status().as_u16(), used, header("retry-after"))
    };
    assert_eq!(ask("/exchangeInfo").await, (200, "20".into(), None));
    assert_eq!(ask("/aggTrades?symbol=NOPE").await, (400, "24".into(), None));
    // The clock stands at half past: the minute ends in 30 s.
    assert_eq!(ask("/ping").await, (429, "25".into(), Some("30".into())));
    assert_eq!(refusal(&server, "/ping").await.1, -1003);
    server.clock.set(at("2024-06-01T00:11:00Z"));
    assert_eq!(ask("/ping").await, (200, "1".into(), None));
}

#[tokio::test]
async fn the_day_goes_on_where_trades_follow_on_the_venues_candles() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 2)).await;
    server.put_ticks(SYMBOL, TickKind::Trade, &singles()).await;
    let day = get(&server, "/ticker/24hr?symbol=BTCUSDT").await;
    assert_eq!(day["volume"], "1.073800000000000002");
    assert_eq!(day["openTime"], at("2024-05-31T00:10:00Z").millis());
}

/// Single trades, some of which one taker made.
fn singles() -> Vec<Tick> {
    let mut ticks = trades("2024-06-01T00:09:00Z", 60);
    for (at, tick) in ticks.iter_mut().enumerate() {
        tick.price = domain::Decimal::new(6_179_400 + (at / 3) as i64, 2);
        tick.buyer_is_maker = Some(at / 3 % 2 == 0);
        tick.trade_id += 100;
    }
    ticks
}

#[tokio::test]
async fn single_trades_are_given_out_and_put_together() {
    let server = Server::start().await;
    server.put_ticks(SYMBOL, TickKind::Trade, &singles()).await;
    let ids = async |path: &str, key: &str| -> Vec<i64> {
        let rows = get(&server, &format!("{path}?symbol=BTCUSDT{key}")).await;
        let id = |row: &Value| row["id"].as_i64().or(row["a"].as_i64()).unwrap();
        rows.as_array().unwrap().iter().map(id).collect()
    };
    let last = get(&server, "/trades?symbol=BTCUSDT&limit=1").await;
    let expected = json!([{
        "id": 159, "price": "61794.19000000", "qty": "0.00123000", "quoteQty": "76.00685370",
        "time": at("2024-06-01T00:09:01.9Z").millis(), "isBuyerMaker": false, "isBestMatch": true,
    }]);
    assert_eq!(last, expected);
    assert_eq!(ids("/historicalTrades", "&fromId=103&limit=3").await, [103, 104, 105]);
    assert_eq!(ids("/historicalTrades", "&limit=2").await, [158, 159]);
    assert_eq!(ids("/historicalTrades", "&fromId=1000").await, [0i64; 0]);
    // Three trades at a time are one aggregate, wherever reading begins.
    assert_eq!(ids("/aggTrades", "&limit=3").await, [151, 154, 157]);
    assert_eq!(ids("/aggTrades", "&fromId=103&limit=2").await, [103, 106]);
    assert_eq!(ids("/aggTrades", "&fromId=104&limit=2").await, [106, 109]);
    assert_eq!(ids("/aggTrades", "").await.len(), 20);
    let from = at("2024-06-01T00:09:00.5Z").millis();
    let range = format!("&startTime={from}&endTime={}", from + 100);
    assert_eq!(ids("/aggTrades", &range).await, [115, 118]);
    let row = &get(&server, "/aggTrades?symbol=BTCUSDT&fromId=103&limit=1").await[0];
    let expected = json!({
        "a": 103, "p": "61794.01000000", "q": "0.00369000", "f": 103, "l": 105,
        "T": at("2024-06-01T00:09:00.1Z").millis(), "m": false, "M": true,
    });
    assert_eq!(row, &expected);
}

#[tokio::test]
async fn aggregates_of_the_venue_are_not_taken_for_single_trades() {
    let server = Server::start().await;
    server.put_ticks(SYMBOL, TickKind::AggTrade, &singles()).await;
    let rows = get(&server, "/aggTrades?symbol=BTCUSDT&fromId=104&limit=2").await;
    assert_eq!(
        (&rows[0]["a"], &rows[0]["f"], &rows[1]["a"]),
        (&json!(104), &json!(-1), &json!(105))
    );
    let (status, code, message) = refusal(&server, "/trades?symbol=BTCUSDT").await;
    assert_eq!((status, code), (400, -1020));
    assert!(message.contains("aggTrades"), "{message}");
}

#[tokio::test]
async fn tickers_tell_the_last_day() {
    let server = Server::start().await;
    let mut rows = minutes("2024-05-30T23:00:00Z", 1_511);
    for row in &mut rows {
        (row.quote_volume, row.trade_count) = (Some(row.volume), Some(2));
    }
    server.put_candles(SYMBOL, Interval::M1, &rows).await;
    server.put_candles("binance:ETHUSDT", Interval::M1, &minutes("2024-06-01T00:00:00Z", 5)).await;
    server.put_candles("other:XRPUSDT", Interval::M1, &minutes("2024-06-01T00:00:00Z", 5)).await;
    let full = get(&server, "/ticker/24hr?symbol=BTCUSDT").await;
    // The newest candle opens 00:10 and is half over: the day began at 00:11 of the day before.
    for (key, expected) in [
        ("symbol", json!("BTCUSDT")),
        ("openPrice", json!("171.50000000")),
        ("prevClosePrice", json!("170.75000000")),
        ("highPrice", json!("1610.99000000")),
        ("lowPrice", json!("171.01000000")),
        ("lastPrice", json!("1610.75000000")),
        ("priceChange", json!("1439.25000000")),
        ("priceChangePercent", json!("839.213")),
        ("volume", json!("1138320.00000000000000144")),
        ("weightedAvgPrice", json!("1.00000000")),
        ("count", json!(2_880)),
        ("openTime", json!(at("2024-05-31T00:11:00Z").millis())),
        ("closeTime", json!(server.clock.now().millis() - 1)),
        ("bidPrice", json!("0.00000000")),
    ] {
        assert_eq!(full[key], expected, "{key}");
    }
    let mini = get(&server, "/ticker/24hr?symbol=BTCUSDT&type=MINI").await;
    assert_eq!(mini["openPrice"], full["openPrice"]);
    assert_eq!(mini.get("priceChange"), None);
    let codes = |rows: &Value| -> Vec<String> {
        let rows = rows.as_array().unwrap().iter();
        rows.map(|row| row["symbol"].as_str().unwrap().to_owned()).collect()
    };
    for path in ["/ticker/24hr", "/ticker/price", "/ticker/bookTicker"] {
        assert_eq!(codes(&get(&server, path).await), ["BTCUSDT", "ETHUSDT"], "{path}");
        let some = format!("{path}?symbols=[%22ETHUSDT%22]");
        assert_eq!(codes(&get(&server, &some).await), ["ETHUSDT"], "{path}");
    }
    let price = get(&server, "/ticker/price?symbol=BTCUSDT").await;
    assert_eq!(price, json!({ "symbol": "BTCUSDT", "price": "1610.75000000" }));
    let average = get(&server, "/avgPrice?symbol=BTCUSDT").await;
    assert_eq!(average["mins"], 5);
    let listed = get(&server, "/exchangeInfo").await;
    assert_eq!(codes(&listed["symbols"]), ["BTCUSDT", "ETHUSDT"]);
    let line = &get(&server, "/exchangeInfo?symbol=BTCUSDT").await["symbols"][0];
    assert_eq!((&line["baseAsset"], &line["quoteAsset"]), (&json!("BTC"), &json!("USDT")));
    let filters = line["filters"].as_array().unwrap();
    let filter = |kind: &str| filters.iter().find(|filter| filter["filterType"] == kind).unwrap();
    // No rules are stored, so the steps are those of the stored numbers.
    assert_eq!(filter("PRICE_FILTER")["tickSize"], "0.01000000");
    assert_eq!(filter("NOTIONAL")["minNotional"], "0.00000000");
}

#[tokio::test]
async fn the_book_is_what_was_heard_last() {
    let server = Server::start().await;
    let symbol = server.symbol(SYMBOL).await.name;
    let none = get(&server, "/depth?symbol=BTCUSDT").await;
    assert_eq!(none, json!({ "lastUpdateId": 0, "bids": [], "asks": [] }));
    let number = |text| domain::parse_decimal(text).unwrap();
    let book = BookTicker {
        bid: number("61794.1"),
        bid_quantity: number("0.5"),
        ask: number("61794.2"),
        ask_quantity: number("1.25"),
        update_id: Some(77),
        time: server.clock.now(),
    };
    server.live.set_book(&symbol, book);
    let depth = get(&server, "/depth?symbol=BTCUSDT&limit=5").await;
    let expected = json!({
        "lastUpdateId": 77, "bids": [["61794.10000000", "0.50000000"]],
        "asks": [["61794.20000000", "1.25000000"]],
    });
    assert_eq!(depth, expected);
    let ticker = get(&server, "/ticker/bookTicker?symbol=BTCUSDT").await;
    let expected = json!({
        "symbol": "BTCUSDT", "bidPrice": "61794.10000000", "bidQty": "0.50000000",
        "askPrice": "61794.20000000", "askQty": "1.25000000",
    });
    assert_eq!(ticker, expected);
}
