//! Where recorded trades follow on the venue's candles, longer candles consist of both.

use std::collections::BTreeMap;

use app::market::coverage::find_seams;
use app::market::fill::{FillRequest, fill};
use domain::market::{Candle, TimeRange};
use store::market::candles;
use store::market::partitions::{self, Table};

use super::*;

/// The venue's candles were taken until the minute of this trade, and trades recorded from it on.
const SEAM: usize = 245;

async fn best(db: &Db, interval: Interval, before: Time) -> Vec<Candle> {
    let mut candles = stored_candles(db, NAME, interval, None).await;
    candles.retain(|candle| interval.close_time(candle.open_time) <= before);
    candles
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_candle_of_which_only_parts_are_stored_is_named_and_fetched_whole() {
    let fresh = testkit::migrated().await;
    let db = &fresh.db;
    let all = trades(600);
    let source = Arc::new(ScriptedVenue::new(all.clone(), Trouble::default(), 1));
    let name = &symbol(NAME);
    let ensure = |tx| async move { symbols::ensure(&tx, name, None).await };
    let symbol = &Arc::new(db.run("test.symbol", ensure).await.expect("a symbol"));
    let seam = Interval::M1.open_time(all[SEAM].time);
    let recorded: &[Tick] = &all[all.partition_point(|tick| tick.time < seam)..];
    partitions::ensure(db, Table::Ticks, recorded.iter().map(|tick| tick.time))
        .await
        .expect("days");
    let weeks = recorded.iter().flat_map(|t| [t.time, Interval::W1.open_time(t.time)]);
    partitions::ensure(db, Table::Candles, weeks).await.expect("months");
    let write = |tx| async move {
        candles::write_ticks(&tx, symbol, TickKind::AggTrade, recorded, None).await
    };
    db.run("test.ticks", write).await.expect("trades");
    let (interval, stop) = (Interval::M1, CancellationToken::new());
    let range = TimeRange { from: interval.open_time(all[0].time), to: seam };
    let past = FillRequest { symbol, interval, range, repair: false };
    let source: Arc<dyn adapters::market::venue::VenueSource> = source;
    fill(db, &source, past, &|_| {}, &stop).await.expect("the past");

    let now = all.last().expect("trades").time;
    let clock = Clock::fixed(now);
    let true_ones = |interval: Interval| -> Vec<Candle> {
        let rolls = roll_ticks(&all).into_iter().filter(|roll| roll.interval == interval);
        let closed = rolls.filter(|roll| interval.close_time(roll.candle.open_time) <= now);
        closed.map(|roll| roll.candle).collect()
    };
    let parts = [Interval::M5, Interval::M15, Interval::M30, Interval::H1];
    for interval in parts {
        assert_ne!(best(db, interval, now).await, true_ones(interval), "{interval}");
    }
    // One each; the day and the week are not over.
    let found = find_seams(db, &clock, symbol, &Interval::ALL, None).await.expect("seams");
    assert_eq!(found, parts.len());
    let repair = Repair {
        db: db.clone(),
        clock: clock.clone(),
        live: Live::default(),
        source,
        options: RepairOptions::default(),
    };
    let known = BTreeMap::from([(symbol.id, Arc::clone(symbol))]);
    while repair.step(&known, &stop).await.expect("a step") {}
    for interval in Interval::ALL {
        assert_eq!(best(db, interval, now).await, true_ones(interval), "{interval}");
    }
    assert_eq!(find_seams(db, &clock, symbol, &Interval::ALL, None).await.expect("seams"), 0);
}
