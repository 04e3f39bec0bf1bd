//! Live ingest against a venue that misbehaves: what is stored in the end is what was traded.

mod cuts;
mod refused;
mod seams;
mod venue;

use std::sync::Arc;
use std::time::Duration;

use app::Clock;
use app::market::coverage::{self, CoverageReport, CoverageRequest};
use app::market::ingest::{Feed, IngestOptions};
use app::market::live::Live;
use app::market::repair::{Repair, RepairOptions};
use domain::market::{CoverageStatus, Interval, Origin, Tick, TickKind, roll_ticks};
use domain::{Decimal, Time};
use store::Db;
use store::market::symbols::{self, Symbol};
use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;

use super::{stored_candles, stored_ticks, symbol};
use venue::{ScriptedVenue, Trouble};

const NAME: &str = "test:XY";
const TROUBLE: Trouble = Trouble { dropped: 30, doubled: 30, swapped: 30, cut: 5 };

/// Trades seven seconds apart, after each hundred a pause of some minutes.
fn trades(count: i64) -> Vec<Tick> {
    let start: Time = "2024-08-08T00:00:00Z".parse().expect("a time");
    (1..=count)
        .map(|id| Tick {
            time: start.plus_micros(id * 7_000_000 + (id / 100) * 400_000_000),
            seq: 0,
            trade_id: 1_000 + id,
            price: Decimal::new(6_000_000 + id * 37 % 1_000, 2),
            quantity: Decimal::new(1 + id % 977, 5),
            buyer_is_maker: Some(id % 3 == 0),
            trade_count: 1,
            received_at: None,
            venue_trade_id: None,
        })
        .collect()
}

struct Running {
    stop: CancellationToken,
    _known: watch::Sender<Vec<Arc<Symbol>>>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

async fn start(db: &Db, source: &Arc<ScriptedVenue>) -> Running {
    start_telling(db, source, Live::default()).await
}

async fn start_telling(db: &Db, source: &Arc<ScriptedVenue>, live: Live) -> Running {
    let stop = CancellationToken::new();
    let found = Arc::new(Notify::new());
    let options = IngestOptions {
        flush: Duration::from_millis(10),
        patience: Duration::from_millis(50),
        quiet: Duration::from_millis(400),
        ..IngestOptions::default()
    };
    let clock = Clock::system();
    let (db, source) = (db.clone(), Arc::clone(source));
    let feed = Feed { db: db.clone(), clock, live, source, options };
    let repair = Repair {
        db: feed.db.clone(),
        clock: feed.clock.clone(),
        live: feed.live.clone(),
        source: feed.source.clone(),
        options: RepairOptions::default(),
    };
    let name = &symbol(NAME);
    let ensure = |tx| async move { symbols::ensure(&tx, name, None).await };
    let known = Arc::new(db.run("test.symbol", ensure).await.expect("a symbol"));
    let (known, wanted) = watch::channel(vec![known]);
    let (ending, woken, repaired) = (stop.clone(), Arc::clone(&found), wanted.clone());
    let repairing = tokio::spawn(async move { repair.run(repaired, &woken, &ending).await });
    let ingesting = tokio::spawn(feed.run(wanted, found, stop.clone()));
    Running { stop, _known: known, tasks: vec![repairing, ingesting] }
}

impl Running {
    async fn end(self) {
        self.stop.cancel();
        for task in self.tasks {
            task.await.expect("a task");
        }
    }

    /// Ends it as a crash does: whatever is in memory is gone.
    fn kill(self) {
        self.tasks.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

/// Waits until everything is stored.
async fn settled(db: &Db, wanted: &[Tick]) {
    for _ in 0..400 {
        if stored_ticks(db, NAME, TickKind::AggTrade).await.len() == wanted.len() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

async fn assert_identical(db: &Db, wanted: &[Tick]) {
    let stored = stored_ticks(db, NAME, TickKind::AggTrade).await;
    assert_eq!(stored.len(), wanted.len(), "as many trades as there were");
    assert!(stored.iter().zip(wanted).all(|(a, b)| a == b), "the same trades");
    for interval in Interval::ALL {
        let ours = stored_candles(db, NAME, interval, Some(Origin::AggTrades)).await;
        let rolls = roll_ticks(wanted).into_iter().filter(|roll| roll.interval == interval);
        assert_eq!(ours, rolls.map(|roll| roll.candle).collect::<Vec<_>>(), "{interval}");
    }
}

/// What is there of the minutes.
async fn covered(db: &Db) -> CoverageReport {
    let (symbol, interval) = (symbol(NAME), Interval::M1);
    let request = CoverageRequest { symbol, interval, from: None, to: None };
    let folder = tempfile::tempdir().expect("a folder");
    let segments = super::segments::in_folder(folder.path());
    coverage::report(db, &segments, &Clock::system(), &request).await.expect("a report")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_bad_stream_lost_is_found_and_repaired() {
    let fresh = testkit::migrated().await;
    let source = Arc::new(ScriptedVenue::new(trades(3_000), TROUBLE, 7));
    let running = start(&fresh.db, &source).await;
    settled(&fresh.db, &source.ticks).await;
    running.end().await;
    assert_identical(&fresh.db, &source.ticks).await;

    let minutes = covered(&fresh.db).await;
    let counts = minutes.counts();
    assert_eq!(minutes.ratio(), Decimal::ONE, "{counts:?}");
    assert!(counts[&CoverageStatus::Repaired] > 0, "{counts:?}");
    assert!(counts[&CoverageStatus::Empty] > 0, "minutes without a trade, by the ids around them");
    let candles = stored_candles(&fresh.db, NAME, Interval::M1, None).await.len() as i64;
    let filled = counts[&CoverageStatus::Traded] + counts[&CoverageStatus::Repaired];
    assert_eq!(filled, candles);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_again_and_again_it_ends_with_every_trade_once() {
    let fresh = testkit::migrated().await;
    let source = Arc::new(ScriptedVenue::new(trades(3_000), TROUBLE, 11));
    for round in 0..12u64 {
        let running = start(&fresh.db, &source).await;
        // Before its first commit a feed has promised nothing.
        while round == 0 && stored_ticks(&fresh.db, NAME, TickKind::AggTrade).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(20 + round * 17 % 90)).await;
        running.kill();
    }
    let running = start(&fresh.db, &source).await;
    settled(&fresh.db, &source.ticks).await;
    running.end().await;
    assert_identical(&fresh.db, &source.ticks).await;
}
