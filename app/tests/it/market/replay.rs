//! A replay is heard of like live data, keeps its distances, and never touches the original.

use std::time::{Duration, Instant};

use app::Clock;
use app::market::live::{Event, Live};
use app::market::replay::{ReplayError, ReplayOptions, replay};
use app::market::segments::Segments;
use domain::market::TickKind;
use tokio_util::sync::CancellationToken;

use super::{of, stored_ticks, symbol, take};

fn options(name: &str, speed: f64) -> ReplayOptions {
    ReplayOptions {
        symbol: symbol(name),
        speed,
        from: None,
        to: None,
        looped: false,
        segments: Segments::default(),
    }
}

#[tokio::test]
async fn played_ticks_are_announced_in_order_and_stored_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trades.csv");
    let mut text = String::from("time,price,quantity\n");
    for n in 0..40 {
        text.push_str(&format!("{},{},1\n", 1_700_000_000 + n / 2, 100 + n));
    }
    std::fs::write(&path, text).expect("a file");
    let fresh = testkit::migrated().await;
    take(&fresh.db, &path, &of("kraken:BCHEUR")).await.expect("an import");

    let (live, stop) = (Live::default(), CancellationToken::new());
    let mut events = live.subscribe();
    let listener = tokio::spawn({
        let (live, db, stop) = (live.clone(), fresh.db.clone(), stop.clone());
        async move { live.run(&db, stop).await }
    });
    let first = events.recv().await.expect("an event");
    assert!(matches!(*first, Event::Gap), "listening begins with a gap");

    let started = Instant::now();
    let step = replay(&fresh.db, &Clock::system(), &options("kraken:BCHEUR", 20.0), &|_| {}, &stop)
        .await
        .expect("a replay");
    assert_eq!((step.ticks, step.rounds), (40, 1));
    assert!(started.elapsed() > Duration::from_millis(900), "19 s at twentyfold speed");
    let mut prices = Vec::new();
    let mut candles = 0;
    while let Ok(Ok(event)) = tokio::time::timeout(Duration::from_millis(500), events.recv()).await
    {
        match &*event {
            Event::Tick { symbol, replay, tick, .. } => {
                assert!(*replay && symbol.to_string() == "replay-kraken:BCHEUR");
                prices.push(tick.price.to_string());
            }
            Event::Candle { .. } => candles += 1,
            _ => {}
        }
    }
    assert_eq!(prices, (100..140).map(|p| p.to_string()).collect::<Vec<_>>());
    assert!(candles >= 8, "{candles} candles");
    let price = live.price(&symbol("replay-kraken:BCHEUR")).expect("a price");
    assert_eq!((price.price.to_string(), price.replay), ("139".to_owned(), true));
    assert_eq!(stored_ticks(&fresh.db, "kraken:BCHEUR", TickKind::Trade).await.len(), 40);
    assert_eq!(stored_ticks(&fresh.db, "replay-kraken:BCHEUR", TickKind::Trade).await.len(), 40);
    stop.cancel();
    listener.await.expect("the listener ends");
}

#[tokio::test]
async fn what_cannot_be_played_says_why() {
    let fresh = testkit::migrated().await;
    let play = |options| {
        let db = fresh.db.clone();
        async move { replay(&db, &Clock::system(), &options, &|_| {}, &CancellationToken::new()).await }
    };
    assert!(matches!(play(options("kraken:NONE", 1.0)).await, Err(ReplayError::UnknownSymbol(_))));
    assert!(matches!(play(options("kraken:NONE", 0.0)).await, Err(ReplayError::Speed(_))));
    assert!(matches!(play(options("kraken:NONE", f64::NAN)).await, Err(ReplayError::Speed(_))));
}

#[tokio::test]
async fn a_symbol_has_one_player_at_a_time() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trades.csv");
    std::fs::write(&path, "time,price,quantity\n1700000000,1,1\n1700000060,2,1\n").expect("a file");
    let fresh = testkit::migrated().await;
    take(&fresh.db, &path, &of("kraken:BCHEUR")).await.expect("an import");
    let stop = CancellationToken::new();
    let first = tokio::spawn({
        let (db, stop) = (fresh.db.clone(), stop.clone());
        async move {
            replay(&db, &Clock::system(), &options("kraken:BCHEUR", 1.0), &|_| {}, &stop).await
        }
    });
    let mut refused = false;
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        if stored_any(&fresh.db).await {
            let second = options("kraken:BCHEUR", 1.0);
            let played = replay(&fresh.db, &Clock::system(), &second, &|_| {}, &stop).await;
            refused = matches!(played, Err(ReplayError::Playing(_)));
            break;
        }
    }
    stop.cancel();
    first.await.expect("no panic").expect("the first plays");
    assert!(refused, "the second player is refused");
}

/// Whether the first player has begun.
async fn stored_any(db: &store::Db) -> bool {
    let name = symbol("replay-kraken:BCHEUR");
    match store::market::symbols::get(db, &name).await.expect("a query") {
        Some(_) => !stored_ticks(db, "replay-kraken:BCHEUR", TickKind::Trade).await.is_empty(),
        None => false,
    }
}
