//! Connections between the feed and PostgreSQL that break at any moment, also between a commit and
//! its answer: everything is stored once, told once, and remembered as it is stored.

use std::collections::BTreeSet;
use std::time::Instant;

use app::market::live::Event;
use app::market::read::{CandleRequest, Direction, MarketReader, PageRequest, TickRequest};
use domain::market::{Candle, TimeRange};
use store::market::{feeds, gaps};
use testkit::FaultProxy;
use tokio::sync::broadcast::error::RecvError;

use super::*;
use crate::market::symbol_id;

/// As a client of the database says it.
const COMMIT: &[u8] = b"COMMIT\0";
const REMEMBERED: u32 = 500;

/// Breaks connections for some seconds, each time in another way, after another pause.
async fn misbehave(proxy: &FaultProxy) {
    for round in 0..30u64 {
        tokio::time::sleep(Duration::from_millis(20 + round * 37 % 90)).await;
        match round % 3 {
            0 => lose_an_answer(proxy).await,
            1 => proxy.delay(Duration::from_millis(5)),
            _ => {}
        }
        tokio::time::sleep(Duration::from_millis(10 + round * 53 % 120)).await;
        proxy.cut();
        tokio::time::sleep(Duration::from_millis(round * 29 % 60)).await;
        proxy.delay(Duration::ZERO);
        proxy.restore();
    }
}

/// Until a commit's, or for a while: the feed may have nothing to commit just then.
async fn lose_an_answer(proxy: &FaultProxy) {
    let before = proxy.answers_lost();
    proxy.lose_answers(Some(COMMIT));
    for _ in 0..100 {
        if proxy.answers_lost() > before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    proxy.lose_answers(None);
}

fn newest() -> PageRequest {
    let (direction, limit) = (Some(Direction::Descending), Some(REMEMBERED));
    PageRequest { direction, limit, ..PageRequest::default() }
}

async fn newest_ticks(reader: &MarketReader) -> Vec<Tick> {
    let request =
        TickRequest { symbol: symbol(NAME), kind: Some(TickKind::AggTrade), page: newest() };
    let plan = reader.plan_ticks(&request).await.expect("a plan");
    reader.ticks(&request.symbol, &plan).await.expect("ticks").ticks
}

async fn newest_minutes(reader: &MarketReader) -> Vec<Candle> {
    let (symbol, interval) = (symbol(NAME), Interval::M1);
    let request = CandleRequest { symbol, interval, origin: None, page: newest() };
    let plan = reader.plan_candles(&request).await.expect("a plan");
    reader.candles(&request.symbol, &plan).await.expect("candles").candles
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn cut_off_from_the_database_again_and_again_it_stores_every_trade_once() {
    check(TROUBLE).await;
}

/// Nothing is repaired, so what memory knows it knows by the feed alone.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_told_of_commits_without_an_answer_is_what_was_stored() {
    check(Trouble::default()).await;
}

async fn check(trouble: Trouble) {
    let fresh = testkit::migrated().await;
    let (db, proxy) = fresh.behind_proxy().await;
    let mut source = ScriptedVenue::new(trades(6_000), trouble, 13);
    source.pause_every = 4;
    let source = Arc::new(source);
    let live = Live::default();
    // Hears of commits by a connection that holds, so that nothing but what the feed tells of its
    // own commits keeps memory up to date.
    let (hearing, stop) = (live.clone(), CancellationToken::new());
    let (on, end) = (fresh.db.clone(), stop.clone());
    let hearing = tokio::spawn(async move { hearing.run(&on, end).await });
    let mut events = live.subscribe();
    let telling = tokio::spawn(async move {
        let (mut told, mut gaps) = (Vec::new(), 0);
        loop {
            match events.recv().await.as_deref() {
                Ok(Event::Tick { tick, .. }) => told.push(tick.trade_id),
                Ok(Event::Gap) => gaps += 1,
                Ok(_) => {}
                Err(RecvError::Closed) => return (told, gaps),
                Err(error) => panic!("{error}"),
            }
        }
    });
    let running = start_telling(&db, &source, live.clone()).await;
    let hot = MarketReader::new(fresh.db.clone(), live.clone(), Clock::system());
    let (watched, end) = (hot.clone(), stop.clone());
    let watching = tokio::spawn(async move {
        while !end.is_cancelled() {
            newest_ticks(&watched).await;
            newest_minutes(&watched).await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    });
    let started = Instant::now();
    misbehave(&proxy).await;
    settled(&fresh.db, &source.ticks).await;
    running.end().await;
    assert!(started.elapsed() < Duration::from_secs(180), "{:?}", started.elapsed());

    assert_identical(&fresh.db, &source.ticks).await;
    let last = source.ticks.last().expect("trades");
    let id = symbol_id(&fresh.db, NAME).await;
    let position = feeds::positions(&fresh.db, &[id]).await.expect("positions");
    let position = position[&(id, TickKind::AggTrade)];
    assert_eq!((position.id, position.time), (last.trade_id, last.time));
    let ever = TimeRange { from: Time::MIN, to: Time::MAX };
    assert_eq!(gaps::list(&fresh.db, &[id], true, ever, 10).await.expect("gaps"), []);
    assert_eq!(covered(&fresh.db).await.ratio(), Decimal::ONE);

    stop.cancel();
    watching.await.expect("a reader");
    let remembered = newest_ticks(&hot).await;
    assert!(remembered.iter().eq(source.ticks.iter().rev().take(REMEMBERED as usize)), "memory");
    let cold = MarketReader::new(fresh.db.clone(), Live::default(), Clock::system());
    assert_eq!(newest_minutes(&hot).await, newest_minutes(&cold).await);
    hearing.await.expect("the listener");
    drop((hot, live));
    let (told, gaps) = telling.await.expect("events");
    let each: BTreeSet<i64> = told.iter().copied().collect();
    assert_eq!(told.len(), each.len(), "a trade was told twice");
    // One is that of the beginning.
    assert!(gaps > 1, "no commit lost its answer");
}
