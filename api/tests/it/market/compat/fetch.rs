//! What is asked for and not stored comes from the venue, once.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use adapters::market::venue::{Answer, TradesFrom, Venue, VenueError, VenueEvent, VenueSource};
use api::ApiSettings;
use app::market::venues::Venues;
use domain::Time;
use domain::market::{BookTicker, Candle, Interval, SymbolRules, Tick, TickKind, TimeRange};
use futures_util::future::BoxFuture;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::{get, refusal};
use crate::server::{Server, at, minutes, trades};

const LISTED: &str = "2024-06-01T00:00:00Z";

/// A venue with two hours of minutes of one symbol, of which two have no candle.
struct Stub {
    venue: Venue,
    now: Time,
    candles: Vec<Candle>,
    asked: AtomicUsize,
    down: AtomicBool,
}

impl Stub {
    fn new(now: Time) -> Arc<Self> {
        let mut candles = minutes(LISTED, 121);
        candles.drain(30..32);
        Arc::new(Self {
            venue: Venue {
                code: "binance".to_owned(),
                kind: TickKind::AggTrade,
                intervals: Interval::ALL.to_vec(),
                ids_without_gaps: true,
                candles_of_empty_minutes: true,
            },
            now,
            candles,
            asked: AtomicUsize::new(0),
            down: AtomicBool::new(false),
        })
    }

    /// A request is made when its answer is waited for, not before.
    fn answer<T: Send + 'static>(&self, answer: Result<T, VenueError>) -> Answer<'_, T> {
        Box::pin(async move {
            self.asked.fetch_add(1, Ordering::SeqCst);
            // So that requests of the same time meet.
            tokio::time::sleep(Duration::from_millis(50)).await;
            match self.down.load(Ordering::SeqCst) {
                true => Err(VenueError::Unreachable("as this test wants it".to_owned())),
                false => answer,
            }
        })
    }

    fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

impl VenueSource for Stub {
    fn venue(&self) -> &Venue {
        &self.venue
    }

    fn symbols(&self) -> Answer<'_, Vec<SymbolRules>> {
        let number = |text| Some(domain::parse_decimal(text).unwrap());
        self.answer(Ok(vec![SymbolRules {
            code: "NEWUSDT".to_owned(),
            base: "NEW".to_owned(),
            quote: "USDT".to_owned(),
            price_precision: Some(2),
            quantity_precision: Some(5),
            tick_size: number("0.01"),
            lot_size: number("0.001"),
            min_quantity: number("0.002"),
            min_notional: number("5"),
            active: true,
            listed_at: None,
            raw: "{}".to_owned(),
        }]))
    }

    fn server_time(&self) -> Answer<'_, Time> {
        let now = self.now;
        Box::pin(async move { Ok(now) })
    }

    fn trades<'a>(&'a self, _: &'a str, from: TradesFrom) -> Answer<'a, Vec<Tick>> {
        let mut page = trades(LISTED, 1_000);
        page.retain(|tick| match from {
            TradesFrom::Id(id) => tick.trade_id >= id,
            TradesFrom::Time(time) => tick.time >= time,
            TradesFrom::Newest => true,
        });
        self.answer(Ok(page))
    }

    fn candles<'a>(
        &'a self,
        _: &'a str,
        interval: Interval,
        range: TimeRange,
    ) -> Answer<'a, Vec<Candle>> {
        assert_eq!(interval, Interval::M1);
        let within = |candle: &&Candle| (range.from..range.to).contains(&candle.open_time);
        let past = |candle: &&Candle| candle.open_time <= self.now;
        let page = self.candles.iter().filter(within).filter(past).take(50).cloned();
        self.answer(Ok(page.collect()))
    }

    fn book<'a>(&'a self, _: &'a str) -> Answer<'a, BookTicker> {
        let number = |text| domain::parse_decimal(text).unwrap();
        self.answer(Ok(BookTicker {
            bid: number("1"),
            bid_quantity: number("2"),
            ask: number("3"),
            ask_quantity: number("4"),
            update_id: Some(5),
            time: self.now,
        }))
    }

    fn stream<'a>(
        &'a self,
        _: watch::Receiver<BTreeSet<String>>,
        _: mpsc::Sender<VenueEvent>,
        stop: CancellationToken,
    ) -> BoxFuture<'a, ()> {
        Box::pin(async move { stop.cancelled().await })
    }
}

/// A server that knows the venue, half a minute into the last candle that there is.
async fn start() -> (Server, Arc<Stub>) {
    let now = at("2024-06-01T02:00:30Z");
    let stub = Stub::new(now);
    let venues = Venues::new([Arc::clone(&stub) as Arc<dyn VenueSource>]);
    let server = Server::start_with_venues(ApiSettings::default(), venues).await;
    server.clock.set(now);
    (server, stub)
}

fn opens(rows: &Value) -> Vec<i64> {
    let first = at(LISTED).millis();
    let minute = |row: &Value| (row[0].as_i64().unwrap() - first) / 60_000;
    rows.as_array().unwrap().iter().map(minute).collect()
}

#[tokio::test]
async fn a_symbol_and_its_candles_are_fetched_once() {
    let (server, stub) = start().await;
    let path = "/klines?symbol=NEWUSDT&interval=1m&limit=40&startTime=0";
    // Four at once: one list and one page of candles, though there is nothing of 54 years.
    let asks = [(); 4].map(|()| get(&server, path));
    let [a, b, c, d] = asks;
    let (a, b, c, d) = tokio::join!(a, b, c, d);
    assert_eq!(stub.asked(), 2);
    let expected: Vec<i64> = (0..30).chain(32..42).collect();
    for rows in [&a, &b, &c, &d] {
        assert_eq!(opens(rows), expected);
    }
    assert_eq!(get(&server, path).await, a);
    assert_eq!(stub.asked(), 0, "all is stored, and what does not exist is known");
    // Others are, too: the rest of what a page brought.
    let from = at("2024-06-01T00:45:00Z").millis();
    let path = format!("/klines?symbol=NEWUSDT&interval=1m&limit=5&startTime={from}");
    assert_eq!(opens(&get(&server, &path).await), [45, 46, 47, 48, 49]);
    assert_eq!(stub.asked(), 0);
    assert_eq!(refusal(&server, "/klines?symbol=NOPE&interval=1m").await.1, -1121);
    assert_eq!(stub.asked(), 0, "the list was read a moment ago");
}

#[tokio::test]
async fn the_newest_candles_are_fetched_with_the_one_that_is_forming() {
    let (server, stub) = start().await;
    let rows = get(&server, "/klines?symbol=NEWUSDT&interval=1m&limit=3").await;
    assert_eq!(opens(&rows), [118, 119, 120]);
    assert_eq!(rows[2][4], "220.75000000");
    // The list, the page, the forming candle; which is not stored.
    assert_eq!(stub.asked(), 3);
    let stored = "/v1/market/candles?symbol=binance:NEWUSDT&interval=1m";
    let stored = server.json(stored).await["candles"].as_array().unwrap().len();
    assert_eq!(stored, 2);
    let rows = get(&server, "/klines?symbol=NEWUSDT&interval=3m&limit=2").await;
    assert_eq!(opens(&rows), [117, 120]);
    assert_eq!((&rows[1][1], &rows[1][4]), (&json!("220.50000000"), &json!("220.75000000")));
}

#[tokio::test]
async fn a_venue_that_is_down_is_told_and_left_alone() {
    let (server, stub) = start().await;
    get(&server, "/klines?symbol=NEWUSDT&interval=1m&limit=3").await;
    stub.down.store(true, Ordering::SeqCst);
    stub.asked();
    let from = at("2024-06-01T01:00:00Z").millis();
    let path = format!("/klines?symbol=NEWUSDT&interval=1m&startTime={from}");
    let (status, code, message) = refusal(&server, &format!("{path}&endTime={from}")).await;
    assert_eq!((status, code), (503, -1001));
    assert!(message.contains("can't be reached"), "{message}");
    assert_eq!(stub.asked(), 1);
    // What is stored is served, and what may be lacking is said where it was asked for in vain.
    server.clock.set(at("2024-06-01T02:00:50Z"));
    let answer = server.get(&format!("/compat/binance/api/v3{path}")).send().await.unwrap();
    assert!(answer.headers().contains_key("x-chandlery-lacking"));
    assert_eq!(opens(&answer.json::<Value>().await.unwrap()), [118, 119]);
    assert_eq!(stub.asked(), 1, "it is left alone after that");
    stub.down.store(false, Ordering::SeqCst);
    server.clock.set(at("2024-06-01T02:00:59Z"));
    get(&server, &path).await;
    assert_eq!(stub.asked(), 0);
}

#[tokio::test]
async fn tickers_books_and_trades_of_a_symbol_that_is_not_recorded() {
    let (server, stub) = start().await;
    let price = get(&server, "/ticker/price?symbol=NEWUSDT").await;
    assert_eq!(price, json!({ "symbol": "NEWUSDT", "price": "220.75000000" }));
    let day = get(&server, "/ticker/24hr?symbol=NEWUSDT").await;
    assert_eq!(
        (&day["openPrice"], &day["askPrice"]),
        (&json!("100.50000000"), &json!("3.00000000"))
    );
    let info = get(&server, "/exchangeInfo").await;
    let filters = info["symbols"][0]["filters"].as_array().unwrap();
    let filter = |kind: &str| filters.iter().find(|filter| filter["filterType"] == kind).unwrap();
    assert_eq!(filter("LOT_SIZE")["minQty"], "0.00200000");
    assert_eq!(filter("NOTIONAL")["minNotional"], "5.00000000");
    stub.asked();
    let rows = get(&server, "/aggTrades?symbol=NEWUSDT&fromId=7&limit=2").await;
    assert_eq!((&rows[0]["a"], &rows[1]["a"]), (&json!(7), &json!(8)));
    let rows = get(&server, "/aggTrades?symbol=NEWUSDT&limit=2").await;
    assert_eq!((&rows[0]["a"], &rows[1]["a"]), (&json!(998), &json!(999)));
    assert_eq!(stub.asked(), 2);
    assert_eq!(refusal(&server, "/trades?symbol=NEWUSDT").await.1, -1020);
}

#[tokio::test]
async fn trades_are_asked_of_the_venue_once_for_all_clients() {
    let (server, stub) = start().await;
    get(&server, "/exchangeInfo").await;
    stub.asked();
    let path = "/aggTrades?symbol=NEWUSDT&fromId=600&limit=300";
    let pages = futures_util::future::join_all((0..10).map(|_| get(&server, path))).await;
    assert_eq!((&pages[0][0]["a"], &pages[0][299]["a"]), (&json!(600), &json!(899)));
    assert!(pages.iter().all(|page| *page == pages[0]));
    assert_eq!(stub.asked(), 1, "ten clients at once");
    let later = |seconds: i64| {
        let now = stub.now.plus_micros(seconds * 1_000_000);
        server.clock.set(now);
    };
    later(1_800);
    assert_eq!(get(&server, path).await, pages[0]);
    let fewer = get(&server, "/aggTrades?symbol=NEWUSDT&fromId=600&limit=7").await;
    assert_eq!(fewer.as_array().unwrap(), &pages[0].as_array().unwrap()[..7]);
    // The trades are three at a time, so the time of the first of three is a beginning.
    let (from, to) = (at(LISTED).millis() + 20_000, at(LISTED).millis() + 20_999);
    let span = format!("/aggTrades?symbol=NEWUSDT&startTime={from}&endTime={to}");
    let thirty = get(&server, &span).await;
    assert_eq!((thirty.as_array().unwrap().len(), &thirty[0]["a"]), (30, &json!(600)));
    assert_eq!(stub.asked(), 1, "the beginning at a time");
    later(3_500);
    assert_eq!(get(&server, &span).await, thirty);
    // A venue that is down changes nothing about what was traded.
    stub.down.store(true, Ordering::SeqCst);
    assert_eq!(get(&server, path).await, pages[0]);
    assert_eq!(stub.asked(), 0);
    stub.down.store(false, Ordering::SeqCst);

    // The page ends with the trade 999, which the venue may have followed by others since.
    let open = "/aggTrades?symbol=NEWUSDT&fromId=600&limit=401";
    let newest = "/aggTrades?symbol=NEWUSDT&limit=5";
    for path in [open, newest] {
        get(&server, path).await;
        get(&server, path).await;
    }
    assert_eq!(stub.asked(), 2, "each once within two seconds");
    later(3_503);
    for path in [open, newest] {
        get(&server, path).await;
    }
    assert_eq!(stub.asked(), 2, "and anew after that");
}
