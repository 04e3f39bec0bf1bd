//! What real venues once said, played to the clients again: every trade comes out, counted and
//! compared with a plain search of the text.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::sync::Arc;

use adapters::market::files::{Item, ReadOptions, open};
use adapters::market::venue::binance::{Binance, BinanceOptions};
use adapters::market::venue::coinbase::{Coinbase, CoinbaseOptions};
use adapters::market::venue::{VenueEvent, VenueSource};
use domain::market::{Tick, TickKind};

use super::super::real;
use super::server::{Reply, Server};
use super::{Listening, arrival, quick};

/// The text of a recording, or `None` where it is not here.
fn recording(name: &str) -> Option<String> {
    let file = std::fs::File::open(real(name)?).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    Some(text)
}

/// The messages of a recorded session, `<seconds>: <message>`.
fn messages(session: &str) -> Vec<String> {
    let message = |line: &str| {
        let (moment, message) = line.split_once(": ")?;
        moment.parse::<f64>().ok().map(|_| message.to_owned())
    };
    session.lines().filter_map(message).collect()
}

/// Plays messages to a client that wants `code`, and gathers what it tells of them.
async fn play(
    mut server: Server,
    source: Arc<dyn VenueSource>,
    acknowledge: impl FnOnce(&str) -> String,
    code: &str,
    messages: Vec<String>,
) -> Vec<VenueEvent> {
    let mut listening = Listening::to(&source, &[code], 1_000);
    let mut socket = server.socket().await;
    let done = acknowledge(&socket.request().await);
    socket.say(done).await;
    assert!(matches!(listening.next().await, VenueEvent::Connected { .. }));
    let feed = tokio::spawn(async move {
        for message in messages {
            assert!(socket.try_say(message).await, "the client broke off");
        }
        socket.cut();
    });
    let mut events = Vec::new();
    loop {
        match listening.next().await {
            VenueEvent::Disconnected { .. } => break,
            event => events.push(event),
        }
    }
    feed.await.unwrap();
    listening.stop().await;
    events
}

fn binance(server: &Server, kind: TickKind) -> Arc<dyn VenueSource> {
    let options = BinanceOptions {
        rest_url: server.rest(),
        ws_url: server.ws(),
        socket: quick(),
        kind,
        ..BinanceOptions::new(Arc::new(arrival))
    };
    Arc::new(Binance::new(options).unwrap())
}

fn acknowledge_binance(_: &str) -> String {
    r#"{"result":null,"id":1}"#.to_owned()
}

fn ticks(events: &[VenueEvent]) -> BTreeMap<String, Vec<Tick>> {
    let mut ticks = BTreeMap::<_, Vec<_>>::new();
    for event in events {
        if let VenueEvent::Tick { code, tick } = event {
            ticks.entry(code.to_string()).or_default().push(tick.clone());
        }
    }
    ticks
}

fn count(events: &[VenueEvent], is: fn(&VenueEvent) -> bool) -> usize {
    events.iter().filter(|event| is(event)).count()
}

#[tokio::test]
async fn the_combined_streams_of_two_venues_come_out_whole() {
    for (name, candles) in [("BINANCE", 0), ("BINANCE_US", 1)] {
        let file = format!("payloads/ws_sessions/{name}.ws.1.0.gz");
        let Some(session) = recording(&file) else { return };
        let server = Server::start(|_| Reply::ok("")).await;
        let source = binance(&server, TickKind::AggTrade);
        let events = play(server, source, acknowledge_binance, "BTCUSDT", messages(&session)).await;
        let lines = |what: &str| session.lines().filter(|line| line.contains(what)).count();
        let found = ticks(&events).values().map(Vec::len).sum::<usize>();
        assert_eq!(found, lines(r#""e":"aggTrade""#), "{name}");
        // The first line names the streams that were asked for.
        let books = count(&events, |event| matches!(event, VenueEvent::Book { .. }));
        assert_eq!(books, lines("@bookTicker\",\"data\""), "{name}");
        let closed = count(&events, |event| matches!(event, VenueEvent::Candle { .. }));
        assert_eq!((closed, lines(r#""x":true"#)), (candles, candles), "{name}");
    }
}

/// Six minutes of single trades and books, of which the archive's reader has its own reading.
#[tokio::test]
async fn single_trades_of_a_busy_symbol_are_those_of_the_files_reader() {
    let file = "payloads/binance_spot_ws/btcusdt_20240808.gz";
    let (Some(text), Some(path)) = (recording(file), real(file)) else { return };
    let messages = text.lines().map(|line| line.split_once(' ').unwrap().1);
    let wrapped = |message: &str| {
        if message.starts_with(r#"{"stream""#) {
            return message.to_owned();
        }
        let what = if message.contains(r#""e":"trade""#) { "trade" } else { "depth" };
        format!(r#"{{"stream":"btcusdt@{what}","data":{message}}}"#)
    };
    let messages = messages.map(wrapped).collect::<Vec<_>>();
    let server = Server::start(|_| Reply::ok("")).await;
    let source = binance(&server, TickKind::Trade);
    let events = play(server, source, acknowledge_binance, "BTCUSDT", messages).await;
    let mut heard = ticks(&events).remove("BTCUSDT").unwrap();
    assert_eq!(heard.len(), text.lines().filter(|l| l.contains(r#""e":"trade""#)).count());
    assert!(heard.windows(2).all(|two| two[1].trade_id == two[0].trade_id + 1), "ids have a hole");
    let read =
        open(&path, &ReadOptions::default()).unwrap().map(|record| match record.unwrap().item {
            Item::Tick(tick) => Tick { received_at: Some(arrival()), ..tick },
            other => panic!("{other:?} is no tick"),
        });
    let read = read.collect::<Vec<_>>();
    heard.truncate(read.len());
    assert_eq!(heard, read);
}

#[tokio::test]
async fn a_session_of_coinbase_comes_out_whole_and_its_holes_are_named() {
    let Some(session) = recording("payloads/ws_sessions/COINBASE.ws.28.0.gz") else { return };
    let server = Server::start(|_| Reply::ok("")).await;
    let options = CoinbaseOptions {
        rest_url: server.rest(),
        ws_url: server.ws(),
        socket: quick(),
        ..CoinbaseOptions::new(Arc::new(arrival))
    };
    let source = Arc::new(Coinbase::new(options).unwrap());
    let done = |_: &str| {
        let channels = ["matches", "heartbeat", "ticker"]
            .map(|name| format!(r#"{{"name":"{name}","product_ids":["SKL-USD"]}}"#));
        format!(r#"{{"type":"subscriptions","channels":[{}]}}"#, channels.join(","))
    };
    let events = play(server, source, done, "SKL-USD", messages(&session)).await;
    let found = ticks(&events);
    let lines = |what: &str| session.lines().filter(|line| line.contains(what)).count();
    let all = found.values().map(Vec::len).sum::<usize>();
    assert_eq!(all, lines(r#""type":"match""#) + lines(r#""type":"last_match""#));
    assert_eq!(all, 107);
    assert_eq!(found.len(), 10, "products");
    let mut holes = Vec::new();
    for (code, ticks) in &found {
        for two in ticks.windows(2).filter(|two| two[1].trade_id != two[0].trade_id + 1) {
            holes.push((code.as_str(), two[0].trade_id, two[1].trade_id));
        }
        assert!(lines(&format!(r#""product_id":"{code}""#)) > 0, "{code} is not in the text");
    }
    assert_eq!(holes, [], "between the ids of a product");
    // In 2021 the ticker told no sizes, so that it is no book.
    assert_eq!(count(&events, |event| matches!(event, VenueEvent::Book { .. })), 0);
    let maker_bought = |side: bool| {
        let mut all = found.values().flatten();
        all.by_ref().filter(|tick| tick.buyer_is_maker == Some(side)).count()
    };
    let matches = session.lines().filter(|line| line.contains("match\",\"trade_id"));
    assert_eq!(maker_bought(true), matches.filter(|l| l.contains(r#""side":"buy""#)).count());
}

#[tokio::test]
async fn lists_of_symbols_are_read_whole() {
    let Some(info) = recording("payloads/binance_exchange_info.json.gz") else { return };
    let listed = info.matches(r#""symbol":""#).count();
    let trading = info.matches(r#""status":"TRADING""#).count();
    let server = Server::start(move |_| Reply::ok(info.clone())).await;
    let symbols = binance(&server, TickKind::AggTrade).symbols().await.unwrap();
    assert_eq!((symbols.len(), symbols.iter().filter(|s| s.active).count()), (listed, trading));
    let one = symbols.iter().find(|s| s.code == "ETHBTC").unwrap();
    let shown = [one.tick_size, one.lot_size, one.min_quantity, one.min_notional];
    let shown = shown.map(|value| value.unwrap().to_string());
    assert_eq!(shown, ["0.000001", "0.001", "0.001", "0.0001"]);

    let Some(session) = recording("payloads/ws_sessions/COINBASE.0.gz") else { return };
    let products = session.lines().next().unwrap().split_once(": ").unwrap().1.to_owned();
    let listed = products.matches(r#""id":""#).count();
    let server = Server::start(move |_| Reply::ok(products.clone())).await;
    let options =
        CoinbaseOptions { rest_url: server.rest(), ..CoinbaseOptions::new(Arc::new(arrival)) };
    let symbols = Coinbase::new(options).unwrap().symbols().await.unwrap();
    assert!(listed > 100);
    assert_eq!(symbols.len(), listed);
    let one = symbols.iter().find(|s| s.code == "SKL-EUR").unwrap();
    assert_eq!((one.tick_size.unwrap().to_string(), one.active), ("0.0001".into(), true));
}
