//! Binance: the laws of the port, and what only Binance has.

use std::sync::Arc;
use std::time::Duration;

use adapters::market::venue::binance::{Binance, BinanceOptions};
use adapters::market::venue::{SocketOptions, TradesFrom, VenueError, VenueEvent, VenueSource};
use domain::Time;
use domain::market::{Interval, TickKind, TimeRange};
use serde_json::{Value, json};

use super::laws::{Dialect, laws};
use super::server::{Asked, Reply, Server};
use super::{Listening, arrival, connection, quick, set};

struct Spot;

fn options(server: &Server, socket: SocketOptions) -> BinanceOptions {
    BinanceOptions {
        rest_url: server.rest(),
        ws_url: server.ws(),
        socket,
        ..BinanceOptions::new(Arc::new(arrival))
    }
}

fn source(server: &Server, kind: TickKind) -> Arc<dyn VenueSource> {
    Arc::new(Binance::new(BinanceOptions { kind, ..options(server, quick()) }).unwrap())
}

impl Dialect for Spot {
    const CODES: [&str; 3] = ["BTCUSDT", "ETHUSDT", "NOPE"];

    fn source(server: &Server, socket: SocketOptions) -> Arc<dyn VenueSource> {
        Arc::new(Binance::new(options(server, socket)).unwrap())
    }

    fn read(request: &str) -> (bool, u64, Vec<String>) {
        let request: Value = serde_json::from_str(request).unwrap();
        let params = request["params"].as_array().unwrap();
        let mut codes = Vec::new();
        for streams in params.chunks(3) {
            let code = streams[0].as_str().unwrap().strip_suffix("@aggTrade").unwrap();
            assert_eq!(streams[1], format!("{code}@kline_1m"));
            assert_eq!(streams[2], format!("{code}@bookTicker"));
            codes.push(code.to_uppercase());
        }
        let subscribe = match request["method"].as_str().unwrap() {
            "SUBSCRIBE" => true,
            "UNSUBSCRIBE" => false,
            other => panic!("{other} is no method"),
        };
        (subscribe, request["id"].as_u64().unwrap(), codes)
    }

    fn done(id: u64, _sent: &[String]) -> String {
        json!({ "result": null, "id": id }).to_string()
    }

    fn refused(id: u64) -> String {
        let error = json!({ "code": 2, "msg": "Invalid request: unknown stream" });
        json!({ "error": error, "id": id }).to_string()
    }

    fn trade(code: &str, id: i64) -> String {
        let data = json!({ "e": "aggTrade", "E": 1, "s": code, "a": id, "p": "1.50", "q": "2",
            "f": id, "l": id, "T": 1_893_456_000_000i64 + id, "m": true, "M": true });
        json!({ "stream": format!("{}@aggTrade", code.to_lowercase()), "data": data }).to_string()
    }

    fn no_symbols() -> String {
        json!({ "rateLimits": [], "symbols": [] }).to_string()
    }
}

laws!(Spot);

#[tokio::test]
async fn a_shutdown_that_is_announced_means_a_new_connection_soon() {
    let mut server = Server::start(|_| Reply::ok("")).await;
    let mut listening = Listening::to(&Spot::source(&server, quick()), &["BTCUSDT"], 100);
    for announcement in [
        r#"{"stream":"!serverShutdown","data":{"e":"serverShutdown","E":1770123456789}}"#,
        r#"{"e":"serverShutdown","E":1770123456789}"#,
        r#"{"event":{"e":"serverShutdown","E":1770123456789}}"#,
    ] {
        let mut socket = server.socket().await;
        let (_, id, _) = Spot::read(&socket.request().await);
        socket.say(Spot::done(id, &[])).await;
        assert!(connection(&listening.next().await).0);
        let told = std::time::Instant::now();
        socket.say(announcement).await;
        assert_eq!(connection(&listening.next().await), (false, set(&["BTCUSDT"])));
        assert!(told.elapsed() < Duration::from_secs(1));
    }
    listening.stop().await;
}

#[tokio::test]
async fn many_symbols_are_spread_over_connections_and_asked_for_in_batches() {
    let codes = (0..700).map(|number| format!("S{number:03}USDT")).collect::<Vec<_>>();
    let codes = codes.iter().map(String::as_str).collect::<Vec<_>>();
    let mut server = Server::start(|_| Reply::ok("")).await;
    let socket = SocketOptions { message_gap: Duration::from_millis(60), ..quick() };
    let mut listening = Listening::to(&Spot::source(&server, socket), &codes, 100);
    let (mut connections, mut all) = (Vec::new(), 0);
    for _ in 0..3 {
        connections.push(server.socket().await);
    }
    let mut tasks = tokio::task::JoinSet::new();
    for mut socket in connections {
        tasks.spawn(async move {
            let (mut streams, mut last) = (0, None::<std::time::Instant>);
            loop {
                let Ok(text) = tokio::time::timeout(Duration::from_secs(1), socket.request()).await
                else {
                    return streams;
                };
                if let Some(last) = last {
                    assert!(last.elapsed() >= Duration::from_millis(50), "requests come too fast");
                }
                last = Some(std::time::Instant::now());
                let (subscribe, id, codes) = Spot::read(&text);
                assert!(subscribe && codes.len() * 3 <= 200);
                streams += codes.len() * 3;
                assert!(streams <= 1_024);
                socket.say(Spot::done(id, &[])).await;
            }
        });
    }
    let mut connected = set(&[]);
    while connected.len() < 700 {
        connected.extend(connection(&listening.next().await).1);
    }
    while let Some(streams) = tasks.join_next().await {
        all += streams.unwrap();
    }
    assert_eq!(all, 2_100);
    server.nobody_connects(Duration::ZERO).await;
    listening.stop().await;
}

fn trades_of(asked: &Asked, last: i64) -> Reply {
    // Trade n happened at n ms; every aggregate n holds the trades 2n and 2n + 1.
    let limit = asked.number("limit").unwrap_or(500);
    let row = |id: i64| match asked.path.as_str() {
        "/api/v3/aggTrades" => json!({ "a": id, "p": "0.10000000", "q": "3.00", "f": 2 * id,
            "l": 2 * id + 1, "T": 2 * id + 1, "m": false, "M": true }),
        "/api/v3/historicalTrades" => json!({ "id": id, "price": "0.10000000", "qty": "3.00",
            "quoteQty": "0.3", "time": id, "isBuyerMaker": true, "isBestMatch": true }),
        other => panic!("{other} is asked"),
    };
    let first = match (asked.number("fromId"), asked.number("startTime")) {
        (Some(id), None) => id,
        (None, Some(time)) => time / 2,
        (None, None) => last + 1 - limit,
        _ => panic!("an id and a time: {asked:?}"),
    };
    assert_eq!(asked.query["symbol"], "BTCUSDT");
    let rows = (first..=last).take(limit as usize).map(row).collect::<Vec<_>>();
    Reply::ok(Value::from(rows).to_string())
}

#[tokio::test]
async fn pages_of_trades_begin_where_they_should() {
    let at = |micros: i64| TradesFrom::Time(Time::from_micros(micros).unwrap());
    let server = Server::start(|asked| trades_of(asked, 5_000)).await;
    let source = source(&server, TickKind::AggTrade);
    let ids = async |from| {
        let ticks = source.trades("BTCUSDT", from).await.unwrap();
        (ticks.first().map(|tick| tick.trade_id), ticks.len())
    };
    assert_eq!(ids(TradesFrom::Id(4_500)).await, (Some(4_500), 501));
    assert_eq!(ids(TradesFrom::Id(0)).await, (Some(0), 1_000));
    assert_eq!(ids(TradesFrom::Id(5_001)).await, (None, 0));
    assert_eq!(ids(at(2_000_000)).await, (Some(1_000), 1_000));
    // 2.0005 ms: the trade at 3 ms is the first at that time or after it.
    assert_eq!(ids(at(2_000_500)).await, (Some(1_000), 1_000));
    assert_eq!(ids(at(20_000_000)).await, (None, 0));
    assert_eq!(ids(TradesFrom::Newest).await, (Some(4_001), 1_000));
    let ticks = source.trades("BTCUSDT", TradesFrom::Id(7)).await.unwrap();
    let tick = &ticks[0];
    assert_eq!((tick.trade_id, tick.time.micros(), tick.trade_count), (7, 15_000, 2));
    assert_eq!(
        (tick.price.to_string(), tick.quantity.to_string()),
        ("0.10000000".into(), "3.00".into())
    );
    assert_eq!((tick.buyer_is_maker, tick.received_at), (Some(false), Some(arrival())));
}

#[tokio::test]
async fn single_trades_are_found_by_time_through_the_aggregates() {
    let at = |micros: i64| TradesFrom::Time(Time::from_micros(micros).unwrap());
    let server = Server::start(|asked| trades_of(asked, 5_000)).await;
    let source = source(&server, TickKind::Trade);
    let ids = async |from| {
        let ticks = source.trades("BTCUSDT", from).await.unwrap();
        (ticks.first().map(|tick| tick.trade_id), ticks.len())
    };
    assert_eq!(ids(TradesFrom::Id(4_500)).await, (Some(4_500), 501));
    assert_eq!(ids(TradesFrom::Newest).await, (Some(4_001), 1_000));
    assert_eq!(ids(at(3_000_000)).await, (Some(3_000), 1_000));
    // The aggregate of trades 3,000 and 3,001 begins before the asked time.
    assert_eq!(ids(at(3_001_000)).await, (Some(3_001), 999));
    assert_eq!(ids(at(20_000_000)).await, (None, 0));
}

#[tokio::test]
async fn candles_are_asked_for_within_their_range() {
    let server = Server::start(|asked: &Asked| {
        assert_eq!((&*asked.path, &*asked.query["interval"]), ("/api/v3/klines", "1m"));
        assert_eq!(asked.number("limit"), Some(1_000));
        let (from, to) = (asked.number("startTime").unwrap(), asked.number("endTime").unwrap());
        let first = (from + 59_999) / 60_000 * 60_000;
        let row = |open: i64| {
            if open == 12 * 60_000 {
                return json!([open, "1", "3", "1", "2", "5", open, "0", 0, "0", "0", "0"]);
            }
            json!([
                open,
                "1.00",
                "3.00",
                "0.50",
                "2.00",
                "148976.11427815",
                open + 59_999,
                "2434.19055334",
                308,
                "1756.87402397",
                "28.46694368",
                "0"
            ])
        };
        let rows = (first..=to).step_by(60_000).take(1_000).map(row).collect::<Vec<_>>();
        Reply::ok(Value::from(rows).to_string())
    })
    .await;
    let source = source(&server, TickKind::AggTrade);
    let minutes = |from: i64, to: i64| TimeRange {
        from: Time::from_micros(from * 60_000_000 + 1).unwrap(),
        to: Time::from_micros(to * 60_000_000).unwrap(),
    };
    let candles = source.candles("BTCUSDT", Interval::M1, minutes(10, 15)).await.unwrap();
    let opened = candles.iter().map(|candle| candle.open_time.millis() / 60_000);
    assert_eq!(opened.collect::<Vec<_>>(), [11, 12, 13, 14]);
    let candle = &candles[0];
    assert_eq!(candle.volume.to_string(), "148976.11427815");
    assert_eq!(candle.close.to_string(), "2.00");
    assert_eq!(candle.trade_count, Some(308));
    assert_eq!(candle.taker_buy_quote_volume.unwrap().to_string(), "28.46694368");
    // A volume of no trades: the rest was not known to who wrote it.
    let vague = &candles[1];
    assert_eq!((vague.volume.to_string(), vague.trade_count), ("5".to_owned(), None));
    assert_eq!((vague.quote_volume, vague.taker_buy_volume), (None, None));
    let page = source.candles("BTCUSDT", Interval::M1, minutes(0, 5_000)).await.unwrap();
    assert_eq!(page.len(), 1_000);
}

#[tokio::test]
async fn answers_and_refusals_of_symbols_are_understood() {
    let server = Server::start(|asked| match (asked.path.as_str(), asked.query.get("symbol")) {
        ("/api/v3/time", None) => Reply::ok(r#"{"serverTime":1565246363776}"#),
        ("/api/v3/ticker/bookTicker", Some(code)) if code == "LTCBTC" => Reply::ok(
            r#"{"symbol":"LTCBTC","bidPrice":"4.00000000","bidQty":"431.00000000",
                "askPrice":"4.00000200","askQty":"9.00000000"}"#,
        ),
        (_, Some(code)) if code == "NOPE" => {
            Reply(400, Vec::new(), r#"{"code":-1121,"msg":"Invalid symbol."}"#.to_owned())
        }
        _ => Reply(400, Vec::new(), r#"{"code":-1100,"msg":"Illegal characters."}"#.to_owned()),
    })
    .await;
    let source = source(&server, TickKind::AggTrade);
    assert_eq!(source.server_time().await.unwrap().millis(), 1_565_246_363_776);
    let book = source.book("LTCBTC").await.unwrap();
    assert_eq!(
        (book.bid.to_string(), book.ask.to_string()),
        ("4.00000000".into(), "4.00000200".into())
    );
    assert_eq!((book.bid_quantity.to_string(), book.time), ("431.00000000".into(), arrival()));
    let unknown = VenueError::UnknownSymbol("NOPE".to_owned());
    assert_eq!(source.book("NOPE").await.unwrap_err(), unknown);
    assert_eq!(source.trades("NOPE", TradesFrom::Newest).await.unwrap_err(), unknown);
    let refused = source.trades("<>", TradesFrom::Newest).await.unwrap_err();
    assert_eq!(refused, VenueError::Refused { code: -1100, message: "Illegal characters.".into() });
}

#[tokio::test]
async fn the_venues_own_count_holds_requests_back() {
    let server = Server::start(|_| {
        let date = "Tue, 15 Nov 1994 08:12:58 GMT".to_owned();
        let headers = vec![("x-mbx-used-weight-1m", "3001".to_owned()), ("date", date)];
        Reply(200, headers, r#"{"serverTime":1}"#.to_owned())
    })
    .await;
    let source = source(&server, TickKind::AggTrade);
    let began = std::time::Instant::now();
    source.server_time().await.unwrap();
    assert!(began.elapsed() < Duration::from_secs(1));
    source.server_time().await.unwrap();
    assert!(began.elapsed() >= Duration::from_secs(2), "its minute had two seconds left");
}

#[tokio::test]
async fn only_closed_candles_and_known_streams_are_told() {
    let mut server = Server::start(|_| Reply::ok("")).await;
    let mut listening = Listening::to(&Spot::source(&server, quick()), &["BTCUSDT"], 100);
    let mut socket = server.socket().await;
    let (_, id, _) = Spot::read(&socket.request().await);
    socket.say(Spot::done(id, &[])).await;
    assert!(connection(&listening.next().await).0);
    let kline = |closed: bool| {
        let k = json!({ "t": 60_000, "T": 119_999, "s": "BTCUSDT", "i": "1m", "f": 1, "L": 2,
            "o": "1.0", "c": "2.0", "h": "2.5", "l": "0.5", "v": "10", "n": 2, "x": closed,
            "q": "20", "V": "4", "Q": "8", "B": "0" });
        let data = json!({ "e": "kline", "E": 1, "s": "BTCUSDT", "k": k });
        json!({ "stream": "btcusdt@kline_1m", "data": data }).to_string()
    };
    socket.say(kline(false)).await;
    socket.say(r#"{"stream":"btcusdt@depth","data":{"e":"depthUpdate","b":[],"a":[]}}"#).await;
    socket.say(r#"{"stream":"!miniTicker@arr","data":[{"e":"24hrMiniTicker"}]}"#).await;
    socket.say(kline(true)).await;
    socket
        .say(r#"{"stream":"btcusdt@bookTicker","data":{"u":9,"s":"BTCUSDT","b":"1","B":"2","a":"3","A":"4"}}"#)
        .await;
    let VenueEvent::Candle { code, interval, candle } = listening.next().await else {
        panic!("no candle")
    };
    assert_eq!((&*code, interval, candle.open_time.millis()), ("BTCUSDT", Interval::M1, 60_000));
    assert_eq!((candle.high.to_string(), candle.volume.to_string()), ("2.5".into(), "10".into()));
    let VenueEvent::Book { book, .. } = listening.next().await else { panic!("no book") };
    assert_eq!(
        (book.update_id, book.ask_quantity.to_string(), book.time),
        (Some(9), "4".into(), arrival())
    );
    listening.stop().await;
}
