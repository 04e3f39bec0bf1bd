//! Coinbase: the laws of the port, and what only Coinbase has.

use std::sync::Arc;

use adapters::market::venue::coinbase::{Coinbase, CoinbaseOptions};
use adapters::market::venue::{SocketOptions, TradesFrom, VenueError, VenueEvent, VenueSource};
use domain::Time;
use domain::market::{Interval, TickKind, TimeRange};
use serde_json::{Value, json};

use super::laws::{Dialect, laws};
use super::server::{Asked, Reply, Server};
use super::{Listening, arrival, connection, quick, set, tick};

struct Exchange;

impl Dialect for Exchange {
    const CODES: [&str; 3] = ["BTC-USD", "ETH-USD", "NO-PE"];

    fn source(server: &Server, socket: SocketOptions) -> Arc<dyn VenueSource> {
        let options = CoinbaseOptions {
            rest_url: server.rest(),
            ws_url: server.ws(),
            socket,
            request_share: 1.0,
            ..CoinbaseOptions::new(Arc::new(arrival))
        };
        Arc::new(Coinbase::new(options).unwrap())
    }

    fn read(request: &str) -> (bool, u64, Vec<String>) {
        let request: Value = serde_json::from_str(request).unwrap();
        assert_eq!(request["channels"], json!(["matches", "heartbeat", "ticker"]));
        let codes = request["product_ids"].as_array().unwrap();
        let codes = codes.iter().map(|code| code.as_str().unwrap().to_owned()).collect();
        (request["type"] == "subscribe", 0, codes)
    }

    fn done(_id: u64, sent: &[String]) -> String {
        let channel = |name: &str| json!({ "name": name, "product_ids": sent });
        let channels = ["ticker", "matches", "heartbeat"].map(channel);
        json!({ "type": "subscriptions", "channels": channels }).to_string()
    }

    fn refused(_id: u64) -> String {
        json!({ "type": "error", "message": "Failed to subscribe",
            "reason": "NO-PE is not a valid product" })
        .to_string()
    }

    fn trade(code: &str, id: i64) -> String {
        let time = Time::from_millis(1_893_456_000_000 + id).unwrap().to_string();
        json!({ "type": "match", "trade_id": id, "maker_order_id": "m", "taker_order_id": "t",
            "side": "buy", "size": "2", "price": "1.50", "product_id": code, "sequence": id,
            "time": time })
        .to_string()
    }

    fn no_symbols() -> String {
        "[]".to_owned()
    }
}

laws!(Exchange);

#[tokio::test]
async fn a_heartbeat_reveals_a_trade_that_did_not_arrive() {
    let mut server = Server::start(|_| Reply::ok("")).await;
    let mut listening = Listening::to(&Exchange::source(&server, quick()), &["BTC-USD"], 100);
    let mut socket = server.socket().await;
    socket.request().await;
    socket.say(Exchange::done(0, &["BTC-USD".to_owned()])).await;
    assert!(connection(&listening.next().await).0);
    let heartbeat = |last: i64| {
        json!({ "type": "heartbeat", "sequence": 90, "last_trade_id": last,
            "product_id": "BTC-USD", "time": "2014-11-07T08:19:28.464459Z" })
        .to_string()
    };
    // Before any trade is heard there is nothing to compare with.
    socket.say(heartbeat(5)).await;
    socket.say(Exchange::trade("BTC-USD", 5).replace("\"match\"", "\"last_match\"")).await;
    socket.say(heartbeat(5)).await;
    socket.say(heartbeat(7)).await;
    socket.say(heartbeat(7)).await;
    socket.say(Exchange::trade("BTC-USD", 8)).await;
    assert_eq!(tick(&listening.next().await), ("BTC-USD".to_owned(), 5));
    let lost = listening.next().await;
    assert_eq!(connection(&lost), (false, set(&["BTC-USD"])));
    assert!(matches!(lost, VenueEvent::Disconnected { reason, .. } if reason.contains("trade 7")));
    assert_eq!(connection(&listening.next().await), (true, set(&["BTC-USD"])));
    assert_eq!(tick(&listening.next().await), ("BTC-USD".to_owned(), 8));
    listening.stop().await;
}

#[tokio::test]
async fn an_acknowledgement_that_lacks_a_product_is_none() {
    let mut server = Server::start(|_| Reply::ok("")).await;
    let codes = ["BTC-USD", "ETH-USD"];
    let mut listening = Listening::to(&Exchange::source(&server, quick()), &codes, 100);
    let mut socket = server.socket().await;
    let sends = |codes: &[&str]| {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
        Exchange::done(0, &codes)
    };
    assert_eq!(Exchange::read(&socket.request().await).2, codes);
    socket.say(sends(&["ETH-USD"])).await;
    assert_eq!(Exchange::read(&socket.request().await).2, ["BTC-USD"]);
    socket.say(sends(&["ETH-USD"])).await;
    assert_eq!(Exchange::read(&socket.request().await).2, ["ETH-USD"]);
    socket.say(sends(&["ETH-USD"])).await;
    assert_eq!(connection(&listening.next().await), (true, set(&["ETH-USD"])));
    listening.stop().await;
}

/// Trades 1 to `last`, one a second, newest first, as the venue pages them.
fn trades_of(asked: &Asked, last: i64) -> Reply {
    assert_eq!(asked.path, "/products/BTC-USD/trades");
    let limit = asked.number("limit").unwrap();
    let end = asked.number("after").map_or(last, |after| last.min(after - 1));
    let row = |id: i64| {
        let time = Time::from_millis(id * 1_000).unwrap().to_string();
        json!({ "trade_id": id, "side": "sell", "size": "0.10000000", "price": "61000.01",
            "time": time })
    };
    let rows = (1..=end).rev().take(limit as usize).map(row).collect::<Vec<_>>();
    Reply::ok(Value::from(rows).to_string())
}

#[tokio::test]
async fn pages_of_trades_ascend_from_where_they_should() {
    let server = Server::start(|asked| trades_of(asked, 2_500)).await;
    let source = Exchange::source(&server, quick());
    let at = |micros: i64| TradesFrom::Time(Time::from_micros(micros).unwrap());
    let ids = async |from| {
        let ticks = source.trades("BTC-USD", from).await.unwrap();
        assert!(ticks.is_sorted_by_key(|tick| tick.trade_id));
        (ticks.first().map(|tick| tick.trade_id), ticks.len())
    };
    assert_eq!(ids(TradesFrom::Id(1)).await, (Some(1), 1_000));
    assert_eq!(ids(TradesFrom::Id(1_001)).await, (Some(1_001), 1_000));
    assert_eq!(ids(TradesFrom::Id(2_001)).await, (Some(2_001), 500));
    assert_eq!(ids(TradesFrom::Id(2_501)).await, (None, 0));
    assert_eq!(ids(TradesFrom::Newest).await, (Some(1_501), 1_000));
    assert_eq!(ids(at(0)).await, (Some(1), 1_000));
    assert_eq!(ids(at(1_733_000_000)).await, (Some(1_733), 768));
    assert_eq!(ids(at(1_733_000_001)).await, (Some(1_734), 767));
    assert_eq!(ids(at(2_500_000_001)).await, (None, 0));
    assert!(server.asked.lock().unwrap().len() < 60, "halving takes few requests");
    assert_eq!(source.venue().kind, TickKind::Trade);
    let tick = &source.trades("BTC-USD", TradesFrom::Id(9)).await.unwrap()[0];
    assert_eq!((tick.buyer_is_maker, tick.price.to_string()), (Some(false), "61000.01".into()));
}

/// Candles of the minutes that are in `held`, newest first, numbers as JSON numbers.
fn candles_of(asked: &Asked, held: &[i64]) -> Reply {
    let seconds = asked.number("granularity").unwrap();
    let moment = |key: &str| asked.query[key].parse::<Time>().unwrap().millis() / 1_000;
    let (start, end) = (moment("start"), moment("end"));
    assert!((end - start) / seconds < 300, "the venue refuses more than 300 candles");
    let mut opens = held.iter().map(|minute| minute * 60 / seconds * seconds).collect::<Vec<_>>();
    opens.dedup();
    let rows = opens.iter().rev().filter(|open| (start..=end).contains(*open));
    let rows = rows.map(|open| format!("[{open},0.1,1e1,0.30,9.9,1234.56789012345678]"));
    Reply::ok(format!("[{}]", rows.collect::<Vec<_>>().join(",")))
}

#[tokio::test]
async fn candles_are_exact_and_stretches_without_trades_are_passed_over() {
    let minute = |number: i64| Time::from_millis(number * 60_000).unwrap();
    let day = 1_440;
    let held = [5, 6, 400 * day + 3, 400 * day + 700];
    let server = Server::start(move |asked| candles_of(asked, &held)).await;
    let source = Exchange::source(&server, quick());
    let page = async |from: i64, to: i64| {
        let range = TimeRange { from: minute(from), to: minute(to) };
        let candles = source.candles("BTC-USD", Interval::M1, range).await.unwrap();
        candles.iter().map(|candle| candle.open_time.millis() / 60_000).collect::<Vec<_>>()
    };
    assert_eq!(page(0, 300).await, [5, 6]);
    assert_eq!(page(6, 7).await, [6]);
    assert_eq!(page(7, 300).await, [0i64; 0]);
    let before = server.asked.lock().unwrap().len();
    assert_eq!(page(7, 500 * day).await, [400 * day + 3]);
    assert_eq!(page(400 * day + 4, 500 * day).await, [400 * day + 700]);
    assert_eq!(page(400 * day + 701, 500 * day).await, [0i64; 0]);
    let asked = server.asked.lock().unwrap().len() - before;
    assert!(asked < 30, "{asked} requests to pass over {day} empty minutes");
    let range = TimeRange { from: minute(0), to: minute(6) };
    let candle = &source.candles("BTC-USD", Interval::M1, range).await.unwrap()[0];
    let prices =
        [candle.open, candle.high, candle.low, candle.close].map(|price| price.to_string());
    assert_eq!(prices, ["0.30", "10", "0.1", "9.9"]);
    assert_eq!(candle.volume.to_string(), "1234.56789012345678");
    assert_eq!(candle.trade_count, None);
    let error = source.candles("BTC-USD", Interval::W1, range).await.unwrap_err();
    assert!(matches!(error, VenueError::Refused { .. }), "{error}");
}

#[tokio::test]
async fn products_clock_and_book_are_read() {
    let server = Server::start(|asked| match asked.path.as_str() {
        "/time" => Reply::ok(r#"{"iso":"2021-04-17T16:43:37.5Z","epoch":1618677817.5}"#),
        "/products/BTC-USD/book" => Reply::ok(
            r#"{"sequence":3,"bids":[["295.96","4.39088265",2]],"asks":[["295.97",25.2,12]],
                "time":"2021-04-17T16:43:37.123456Z"}"#,
        ),
        "/products" => Reply::ok(
            r#"[{"id":"BTC-USD","base_currency":"BTC","quote_currency":"USD",
                "quote_increment":"0.01","base_increment":"0.00000001","min_market_funds":"1",
                "status":"online","trading_disabled":false},
                {"id":"OLD-USD","base_currency":"OLD","quote_currency":"USD",
                "quote_increment":"0.1000","base_increment":"1","base_min_size":"5",
                "status":"delisted"}]"#,
        ),
        _ => Reply(404, Vec::new(), r#"{"message":"NotFound"}"#.to_owned()),
    })
    .await;
    let source = Exchange::source(&server, quick());
    assert_eq!(source.server_time().await.unwrap().to_string(), "2021-04-17T16:43:37.5Z");
    let book = source.book("BTC-USD").await.unwrap();
    assert_eq!(
        (book.bid.to_string(), book.ask_quantity.to_string()),
        ("295.96".into(), "25.2".into())
    );
    assert_eq!(
        (book.update_id, book.time.to_string()),
        (Some(3), "2021-04-17T16:43:37.123456Z".into())
    );
    let unknown = VenueError::UnknownSymbol("NO-PE".to_owned());
    assert_eq!(source.book("NO-PE").await.unwrap_err(), unknown);
    let symbols = source.symbols().await.unwrap();
    assert_eq!(
        symbols.iter().map(|s| (&*s.code, s.active)).collect::<Vec<_>>(),
        [("BTC-USD", true), ("OLD-USD", false)]
    );
    assert_eq!((symbols[0].price_precision, symbols[0].quantity_precision), (Some(2), Some(8)));
    assert_eq!(symbols[1].tick_size.unwrap().to_string(), "0.1");
    assert_eq!(symbols[1].min_quantity.unwrap().to_string(), "5");
}
