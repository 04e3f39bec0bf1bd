//! Trades that can't be kept, and trades that a venue's pages pass over: the others of the gap are
//! stored, and these stay known as missing until the venue gives them as they should be.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use domain::market::TimeRange;
use store::market::gaps::{self, Gap, NewGap};

use super::*;

const FIRST: i64 = 1_001;
const LAST: i64 = 1_250;

/// What is wrong with some trades of the venue's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fault {
    /// They have no price.
    Refused,
    /// They are not in it: the adapter could not read them.
    PassedOver,
}

fn venue(bad: &[RangeInclusive<i64>], fault: Fault) -> ScriptedVenue {
    let mut ticks = trades(LAST - FIRST + 1);
    let is_bad = |tick: &Tick| bad.iter().any(|ids| ids.contains(&tick.trade_id));
    match fault {
        Fault::Refused => {
            ticks.iter_mut().filter(|t| is_bad(t)).for_each(|t| t.price = Decimal::ZERO);
        }
        Fault::PassedOver => ticks.retain(|tick| !is_bad(tick)),
    }
    ScriptedVenue::new(ticks, Trouble::default(), 1)
}

/// Repairs everything that is due.
async fn repair(db: &Db, clock: &Clock, symbol: &Arc<Symbol>, source: ScriptedVenue) {
    let (live, source) = (Live::default(), Arc::new(source));
    let options = RepairOptions::default();
    let repair = Repair { db: db.clone(), clock: clock.clone(), live, source, options };
    let symbols = BTreeMap::from([(symbol.id, Arc::clone(symbol))]);
    let stop = CancellationToken::new();
    for _ in 0..50 {
        if !repair.step(&symbols, &stop).await.expect("a step") {
            return;
        }
    }
    panic!("the repair goes on without end");
}

async fn open_gaps(db: &Db, symbol: &Symbol) -> Vec<Gap> {
    let ever = TimeRange { from: Time::MIN, to: Time::MAX };
    gaps::list(db, &[symbol.id], true, ever, 1_000).await.expect("gaps")
}

async fn check(db: &Db, name: &str, bad: &[RangeInclusive<i64>], fault: Fault) {
    let what = format!("{fault:?} {bad:?}");
    let all = trades(LAST - FIRST + 1);
    let name = &symbol(name);
    let ensure = |tx| async move { symbols::ensure(&tx, name, None).await };
    let symbol = &Arc::new(db.run("test.symbol", ensure).await.expect("a symbol"));
    let clock = Clock::fixed(all[249].time.plus_micros(60_000_000));
    let gap = &[NewGap {
        symbol_id: symbol.id,
        series: TickKind::AggTrade.as_str(),
        ids: Some((FIRST, LAST)),
        range: TimeRange { from: all[0].time, to: all[249].time.plus_micros(1) },
        reason: "sequence",
    }];
    let now = clock.now();
    let open = |tx| async move { gaps::open(&tx, gap, now).await };
    db.run("test.gap", open).await.expect("a gap");

    repair(db, &clock, symbol, venue(bad, fault)).await;
    let is_bad = |tick: &&Tick| bad.iter().any(|ids| ids.contains(&tick.trade_id));
    let name = symbol.name.to_string();
    let stored = stored_ticks(db, &name, TickKind::AggTrade).await;
    let good: Vec<Tick> = all.iter().filter(|tick| !is_bad(tick)).cloned().collect();
    assert_eq!(stored, good, "{what}");
    let left = open_gaps(db, symbol).await;
    let mut missing: Vec<i64> = left.iter().flat_map(ids_of).collect();
    missing.sort_unstable();
    let lost: Vec<i64> = all.iter().filter(is_bad).map(|tick| tick.trade_id).collect();
    assert_eq!(missing, lost, "{what}");
    for gap in &left {
        let (first, why) = (ids_of(gap).start().to_string(), gap.last_error.clone());
        let why = why.expect("the reason of the last attempt");
        let named = fault == Fault::PassedOver || why.contains("price is zero");
        assert!(named && why.contains(&first), "{what}: {why}");
    }

    clock.set(now.plus_micros(3_600_000_000));
    repair(db, &clock, symbol, venue(&[], fault)).await;
    assert_eq!(stored_ticks(db, &name, TickKind::AggTrade).await, all, "{what}");
    assert_eq!(open_gaps(db, symbol).await, [], "{what}");
}

fn ids_of(gap: &Gap) -> RangeInclusive<i64> {
    let (first, last) = gap.ids.expect("ids");
    first..=last
}

/// The venue gives pages of a hundred.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_be_kept_stays_missing_and_hides_nothing_else() {
    let fresh = testkit::migrated().await;
    let cases: [&[RangeInclusive<i64>]; 8] = [
        &[FIRST..=FIRST],
        &[1_050..=1_052],
        &[1_100..=1_100],
        &[1_095..=1_105, 1_107..=1_107],
        &[FIRST..=1_100],
        &[1_101..=1_200],
        &[LAST..=LAST],
        &[FIRST..=LAST],
    ];
    for (at, bad) in cases.into_iter().enumerate() {
        check(&fresh.db, &format!("test:R{at}"), bad, Fault::Refused).await;
        check(&fresh.db, &format!("test:P{at}"), bad, Fault::PassedOver).await;
    }
}
