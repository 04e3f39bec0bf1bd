//! What retention plans, and does.

use std::sync::{Arc, Mutex};

use app::Clock;
use app::market::live::Live;
use app::market::read::{Direction, MarketReader, PageRequest};
use app::market::retention::{self, Action, Age, Keep, Policy};
use domain::market::{Candle, Interval, Tick};
use store::market::segments as catalogue;
use tokio_util::sync::CancellationToken;

use super::super::hot::until;
use super::super::symbol_id;
use super::{Market, NAME, all_candles, at, candle_pages, in_folder, page, tables, tick_pages};

/// Trades for 80 days, minutes as rows for a week and at hand for 60 days, longer candles as rows for 30.
pub(super) fn policy() -> Policy {
    let days = |hot, warm, total| Keep { hot, warm, total };
    Policy {
        ticks: days(Age::days(1), Age::days(1), Age::days(80)),
        minutes: days(Age::days(7), Age::days(60), Age::FOREVER),
        longer: days(Age::days(30), Age::FOREVER, Age::FOREVER),
        ..Policy::default()
    }
}

pub(super) async fn put_gap(market: &Market) {
    let gap = "INSERT INTO market.gaps (symbol_id, series, range, reason, found_at)
        SELECT id, 'trade', tstzrange('2023-12-14 10:00+00', '2023-12-14 11:00+00'), 'test', now() FROM market.symbols";
    market.db().run("test", |tx| async move { tx.batch(gap).await }).await.expect("a gap");
}

#[tokio::test]
async fn a_plan_says_what_the_policy_asks_for_and_changes_nothing() {
    let market = Market::new().await;
    let stored = tables(market.db()).await;
    let now = at("2024-03-05T00:00:00Z");
    put_gap(&market).await;
    let planned =
        retention::plan(market.db(), &market.segments, &policy(), now).await.expect("a plan");
    assert_eq!(tables(market.db()).await, stored, "a plan changes nothing");
    let of = |action: Action, series: &str| -> Vec<(String, Option<&str>)> {
        let steps = planned.iter().map(|planned| &planned.step);
        let steps = steps.filter(|step| step.action == action && step.series == series);
        steps.map(|step| (step.from[..10].to_owned(), step.kept_because)).collect()
    };
    let gap = Some("something of it is missing and may yet be repaired");
    assert_eq!(
        of(Action::Delete, "trades"),
        [
            ("2023-12-12".to_owned(), None),
            ("2023-12-13".to_owned(), None),
            ("2023-12-14".to_owned(), gap),
            ("2023-12-15".to_owned(), None)
        ]
    );
    let months: Vec<_> = of(Action::Seal, "1m candles");
    assert_eq!(months[0], ("2023-11-01".to_owned(), None));
    assert_eq!(months[1], ("2023-12-01".to_owned(), gap));
    assert_eq!(of(Action::Seal, "5m candles").last().expect("months").0, "2024-01-01");
}

#[tokio::test]
async fn retention_seals_moves_and_deletes_what_the_policy_says() {
    let market = Market::new().await;
    let before = all_candles(&market.reader(), Interval::M1, PageRequest::default()).await;
    let before = before.expect("rows");
    let clock = Clock::fixed(at("2024-03-05T00:00:00Z"));
    put_gap(&market).await;
    let stop = CancellationToken::new();
    let run = |told: Arc<Mutex<usize>>| {
        let (market, clock, stop) = (&market, clock.clone(), stop.clone());
        async move {
            let watch = |_: &retention::Step| *told.lock().expect("a lock") += 1;
            retention::run(market.db(), &clock, &market.segments, &policy(), &watch, &stop).await
        }
    };
    let told = Arc::new(Mutex::new(0));
    let report = run(Arc::clone(&told)).await.expect("a run");
    assert!(report.failed.is_empty(), "{:?}", report.failed);
    assert_eq!(report.steps.len(), *told.lock().expect("a lock"));
    let left = tick_pages(&market.reader(), Direction::Ascending).await;
    assert!(
        left.iter().all(|tick| Interval::D1.open_time(tick.time) == at("2023-12-14T00:00:00Z"))
            && !left.is_empty()
    );
    let held =
        store::market::holdings::of_symbol(market.db(), symbol_id(market.db(), NAME).await).await;
    let ticks =
        held.expect("holdings").into_iter().find(|held| held.interval == "tick").expect("ticks");
    assert_eq!((ticks.row_count, ticks.first_time), (left.len() as i64, left[0].time));

    // The second run moves what has become old enough to be far away.
    let report = run(told).await.expect("a second run");
    assert!(report.failed.is_empty(), "{:?}", report.failed);
    let moved = report.steps.iter().filter(|step| step.action == Action::Move).count();
    assert!(moved > 0, "{:?}", report.steps);
    let sealed = catalogue::all(market.db(), None).await.expect("the catalogue");
    assert!(sealed.iter().any(|segment| segment.tier == catalogue::Tier::Cold));
    let minutes = all_candles(&market.reader(), Interval::M1, PageRequest::default()).await;
    assert_eq!(minutes.expect("all"), before, "which are kept for ever");
    let runs = market.db().query("test", "SELECT count(*) FROM market.retention_runs", &[]).await;
    assert_eq!(runs.expect("runs")[0].get::<_, i64>(0), 2);
}

/// Days and trades, as memory has them.
async fn newest(reader: &MarketReader) -> (Vec<Candle>, Vec<Tick>) {
    let page = page(Direction::Descending, 300, None);
    let days = candle_pages(reader, Interval::D1, None, page).await;
    (days, tick_pages(reader, Direction::Descending).await)
}

#[tokio::test]
async fn memory_gives_nothing_that_retention_has_deleted() {
    let market = Market::new().await;
    let (live, stop) = (Live::default(), CancellationToken::new());
    let (listening, on, end) = (live.clone(), market.db().clone(), stop.clone());
    tokio::spawn(async move { listening.run(&on, end).await });
    until(|| live.version(0).is_some()).await;
    let segments = in_folder(market.folder.path());
    let (db, clock) = (market.db().clone(), Clock::system());
    let hot = &MarketReader::with_segments(db, live.clone(), clock, segments);
    let id = symbol_id(market.db(), NAME).await;
    let before = newest(hot).await;
    assert_eq!((before.0.len(), before.1.len()), (100, 600));

    let days = |hot, total| Keep { hot: Age::days(hot), warm: Age::FOREVER, total };
    let candles = |total| Policy {
        ticks: days(900, Age::FOREVER),
        longer: days(30, Age::days(total)),
        ..policy()
    };
    let ticks = Policy { ticks: days(1, Age::days(30)), ..candles(900) };
    // November's candles become a segment, which is deleted, and then the trades as rows.
    let runs = [
        ("2024-01-25T00:00:00Z", candles(900), 100, 600),
        ("2024-02-05T00:00:00Z", candles(60), 89, 600),
        ("2024-02-06T00:00:00Z", ticks, 89, 0),
    ];
    for (now, policy, candles, ticks) in runs {
        let (version, clock) = (live.version(id), Clock::fixed(at(now)));
        let report =
            retention::run(market.db(), &clock, &market.segments, &policy, &|_| {}, &stop).await;
        let report = report.expect("a run");
        assert!(report.failed.is_empty() && !report.steps.is_empty(), "{report:?}");
        if report.steps.iter().any(|step| step.action == Action::Delete) {
            until(|| live.version(id) != version).await;
        }
        let found = newest(hot).await;
        assert_eq!((found.0.len(), found.1.len()), (candles, ticks), "{now}");
        assert!(found == newest(&market.reader()).await, "{now}");
    }
    stop.cancel();
}
