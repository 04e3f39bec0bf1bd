//! What a venue lists, kept with its history.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use adapters::market::venue::{Answer, TradesFrom, Venue, VenueError, VenueEvent, VenueSource};
use app::Clock;
use app::market::symbols::{SyncError, run, sync};
use domain::Time;
use domain::market::{BookTicker, Candle, Interval, SymbolRules, Tick, TickKind, TimeRange};
use futures_util::future::BoxFuture;
use store::market::{listings, symbols};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// A venue that only has a list.
struct Lists {
    venue: Venue,
    next: Mutex<Vec<Result<Vec<SymbolRules>, VenueError>>>,
}

impl Lists {
    fn of(lists: impl IntoIterator<Item = Result<Vec<SymbolRules>, VenueError>>) -> Self {
        let venue = Venue {
            code: "binance".to_owned(),
            kind: TickKind::Trade,
            intervals: Vec::new(),
            ids_without_gaps: true,
            candles_of_empty_minutes: true,
        };
        let mut next = lists.into_iter().collect::<Vec<_>>();
        next.reverse();
        Self { venue, next: Mutex::new(next) }
    }
}

fn none<T>() -> Answer<'static, T> {
    Box::pin(async { Err(VenueError::Unreachable("it only has a list".to_owned())) })
}

impl VenueSource for Lists {
    fn venue(&self) -> &Venue {
        &self.venue
    }

    fn symbols(&self) -> Answer<'_, Vec<SymbolRules>> {
        let next = self.next.lock().expect("a value").pop();
        Box::pin(async move { next.unwrap_or_else(|| Ok(Vec::new())) })
    }

    fn server_time(&self) -> Answer<'_, Time> {
        none()
    }

    fn trades<'a>(&'a self, _: &'a str, _: TradesFrom) -> Answer<'a, Vec<Tick>> {
        none()
    }

    fn candles<'a>(&'a self, _: &'a str, _: Interval, _: TimeRange) -> Answer<'a, Vec<Candle>> {
        none()
    }

    fn book<'a>(&'a self, _: &'a str) -> Answer<'a, BookTicker> {
        none()
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

fn listed(code: &str, tick_size: &str, active: bool) -> SymbolRules {
    SymbolRules {
        code: code.to_owned(),
        base: "B".to_owned(),
        quote: "Q".to_owned(),
        price_precision: Some(2),
        quantity_precision: None,
        tick_size: Some(tick_size.parse().expect("a value")),
        lot_size: None,
        min_quantity: None,
        min_notional: Some("10".parse().expect("a value")),
        active,
        listed_at: None,
        raw: "{}".to_owned(),
    }
}

fn day(day: u32) -> Time {
    format!("2024-03-{day:02}T00:00:00Z").parse().expect("a value")
}

#[tokio::test]
async fn what_was_listed_on_a_day_can_be_told() {
    let database = testkit::migrated().await;
    let db = &database.db;
    // An import made this one: that the venue does not list it says nothing of when it went.
    db.run("test", |tx| async move {
        symbols::ensure(&tx, &"binance:OLDUSDT".parse().expect("a value"), None).await
    })
    .await
    .expect("a value");
    let (a, b) = (listed("AUSDT", "0.01", true), listed("BUSDT", "0.1", true));
    let odd = listed("币安人生USDT", "0.1", true);
    let finer = listed("AUSDT", "0.001", true);
    let days = [
        (1, vec![a.clone(), b.clone(), odd]),
        (2, vec![a, listed("BUSDT", "0.1", false)]),
        (3, vec![finer.clone()]),
        (4, vec![finer.clone()]),
        (5, vec![finer, b]),
    ];
    let source = Lists::of(days.iter().map(|(_, list)| Ok(list.clone())));
    let clock = Clock::fixed(day(1));
    let mut told = Vec::new();
    for (number, _) in &days {
        clock.set(day(*number));
        let synced = sync(db, &clock, &source).await.expect("a value");
        told.push((synced.listed, synced.changed, synced.delisted, synced.skipped.len()));
    }
    let gone = vec!["BUSDT".to_owned()];
    let quiet = Vec::<String>::new;
    assert_eq!(
        told,
        [
            (2, 2, quiet(), 1),
            (2, 1, quiet(), 0),
            (1, 1, gone, 0),
            (1, 0, quiet(), 0),
            (2, 1, quiet(), 0)
        ]
    );

    let on = async |moment: Time| {
        let listed = listings::at(db, "binance", moment).await.expect("a value");
        let shown = listed.into_iter().map(|(name, rules)| {
            (name.code().to_owned(), rules.tick_size.expect("a value").to_string(), rules.active)
        });
        shown.collect::<Vec<_>>()
    };
    let line = |code: &str, size: &str, active| (code.to_owned(), size.to_owned(), active);
    assert_eq!(on(day(1).plus_micros(-1)).await, []);
    assert_eq!(on(day(1)).await, [line("AUSDT", "0.01", true), line("BUSDT", "0.1", true)]);
    assert_eq!(on(day(2)).await, [line("AUSDT", "0.01", true), line("BUSDT", "0.1", false)]);
    assert_eq!(on(day(5)).await, [line("AUSDT", "0.001", true), line("BUSDT", "0.1", true)]);
    assert_eq!(on(day(3)).await[0], line("AUSDT", "0.001", true));
    let old =
        symbols::get(db, &"binance:OLDUSDT".parse().expect("a value")).await.unwrap().unwrap();
    assert_eq!((old.rules.active, old.delisted_at), (true, None));
}

#[tokio::test]
async fn a_symbol_that_vanished_is_marked_once_and_may_come_back() {
    let database = testkit::migrated().await;
    let db = &database.db;
    let (a, b) = (listed("AUSDT", "0.01", true), listed("BUSDT", "0.1", true));
    let lists = [vec![a.clone(), b.clone()], vec![a.clone()], vec![a.clone()], vec![a, b]];
    let source = Lists::of(lists.into_iter().map(Ok));
    let clock = Clock::fixed(day(1));
    let name = &"binance:BUSDT".parse().expect("a value");
    let mut seen = Vec::new();
    for number in 1..=4 {
        clock.set(day(number));
        sync(db, &clock, &source).await.expect("a value");
        let symbol = symbols::get(db, name).await.expect("a value").unwrap();
        let asked = [name.clone(), "binance:AUSDT".parse().unwrap(), "other:XY".parse().unwrap()];
        let unlisted = listings::unlisted(db, &asked).await.expect("a value");
        // Of a venue whose list was never read nothing is known.
        assert_eq!(unlisted, asked[..unlisted.len()]);
        seen.push((symbol.rules.active, symbol.delisted_at, unlisted.len()));
    }
    let (there, gone) = ((true, None, 0), (false, Some(day(2)), 1));
    assert_eq!(seen, [there, gone, gone, there]);
    let id = symbols::get(db, name).await.expect("a value").unwrap().id;
    let periods = symbols::rules(db, id).await.expect("a value");
    let periods = periods.iter().map(|period| (period.valid_from, period.rules.active));
    assert_eq!(periods.collect::<Vec<_>>(), [(day(1), true), (day(2), false), (day(4), true)]);
}

#[tokio::test]
async fn an_empty_list_is_not_believed_and_a_failure_is_tried_again() {
    let database = testkit::migrated().await;
    let db = &database.db;
    let a = listed("AUSDT", "0.01", true);
    let down = VenueError::Unreachable("maintenance".to_owned());
    let source = Lists::of([Ok(vec![a.clone()]), Ok(Vec::new()), Err(down), Ok(vec![a])]);
    let clock = Clock::fixed(day(1));
    sync(db, &clock, &source).await.expect("a value");
    assert!(matches!(sync(db, &clock, &source).await, Err(SyncError::Empty)));
    let symbol =
        symbols::get(db, &"binance:AUSDT".parse().expect("a value")).await.unwrap().unwrap();
    assert_eq!((symbol.rules.active, symbol.delisted_at), (true, None));
    let stop = CancellationToken::new();
    let watched = async {
        while !source.next.lock().expect("a value").is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        stop.cancel();
    };
    let running = run(db, &clock, &source, Duration::from_millis(20), &stop);
    let both = async { tokio::join!(running, watched) };
    tokio::time::timeout(Duration::from_secs(20), both).await.expect("it goes on and stops");
}

#[tokio::test]
async fn three_thousand_symbols_are_kept_within_seconds() {
    let database = testkit::migrated().await;
    let list = (0..3_000).map(|number| listed(&format!("S{number}USDT"), "0.01", true));
    let list = list.collect::<Vec<_>>();
    let source = Lists::of([Ok(list.clone()), Ok(list)]);
    let clock = Clock::fixed(day(1));
    let began = Instant::now();
    let first = sync(&database.db, &clock, &source).await.expect("a value");
    clock.set(day(2));
    let again = sync(&database.db, &clock, &source).await.expect("a value");
    assert_eq!((first.changed, again.changed), (3_000, 0));
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
    println!("two lists of 3,000 symbols were kept in {:?}", began.elapsed());
}
