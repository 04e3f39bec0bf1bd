//! Ticks are stored once, exactly, and come back in order.

use domain::Time;
use domain::market::{Tick, TickKind};
use store::StoreError;
use store::market::holdings;
use store::market::partitions::{self, Table};
use store::market::ticks::{self, TickQuery};
use tokio_postgres::error::SqlState;

use super::{number, partitions as make_partitions, symbol_id, tick, time, write_ticks};

fn query(symbol_id: i32, descending: bool, limit: i64) -> TickQuery {
    TickQuery {
        symbol_id,
        kind: TickKind::Trade,
        from: Time::MIN,
        to: time("2030-01-01T00:00:00Z"),
        descending,
        after: None,
        limit,
    }
}

#[tokio::test]
async fn the_same_trade_is_stored_once_however_it_comes() {
    let fresh = testkit::migrated().await;
    make_partitions(&fresh.db).await;
    let first = tick("2024-01-01T00:00:01Z", 7, "42000.5", "0.1");
    let second = tick("2024-01-01T00:00:01Z", 8, "42000.6", "0.1");
    let late = tick("2023-12-31T23:59:59Z", 5, "41999", "1");
    let twice = [first.clone(), first.clone(), second.clone()];
    assert_eq!(write_ticks(&fresh.db, &twice).await.places, vec![0, 2]);
    assert_eq!(write_ticks(&fresh.db, &twice).await.places, Vec::<usize>::new());
    assert_eq!(write_ticks(&fresh.db, &[second.clone(), late.clone()]).await.places, vec![1]);
    let id = symbol_id(&fresh.db).await;
    let stored = ticks::page(&fresh.db, &query(id, false, 10)).await.expect("ticks");
    assert_eq!(stored, vec![late, first, second]);
    let held = holdings::of_symbol(&fresh.db, id).await.expect("holdings");
    let ticks = held.iter().find(|h| h.interval == holdings::TICK).expect("ticks are held");
    assert_eq!((ticks.row_count, ticks.first_time), (3, time("2023-12-31T23:59:59Z")));
}

#[tokio::test]
async fn pages_meet_without_gap_or_overlap_both_ways() {
    let fresh = testkit::migrated().await;
    make_partitions(&fresh.db).await;
    // Many trades share a time, so the pages must break within one.
    let all: Vec<Tick> = (0..50)
        .map(|id| Tick {
            seq: id / 20,
            ..tick("2024-01-01T00:00:01Z", i64::from(id % 20), "1", "1")
        })
        .map(|t| Tick { trade_id: t.trade_id * 100 + i64::from(t.seq), ..t })
        .collect();
    write_ticks(&fresh.db, &all).await;
    let id = symbol_id(&fresh.db).await;
    for descending in [false, true] {
        let mut query = query(id, descending, 7);
        let mut seen: Vec<Tick> = Vec::new();
        loop {
            let page = ticks::page(&fresh.db, &query).await.expect("a page");
            let Some(last) = page.last() else { break };
            query.after = Some(last.order());
            seen.extend(page);
        }
        let mut want = all.clone();
        want.sort_by_key(Tick::order);
        if descending {
            want.reverse();
        }
        assert_eq!(seen, want);
    }
}

#[tokio::test]
async fn numbers_are_exact_to_the_last_of_28_digits() {
    let fresh = testkit::migrated().await;
    make_partitions(&fresh.db).await;
    let extreme = [
        tick("2024-01-01T00:00:01Z", 1, "0.000000000000000001", "9999999999999999999999999999"),
        tick("2024-01-01T00:00:02Z", 2, "1234567890.123456789012345678", "10000000000000.00000001"),
    ];
    write_ticks(&fresh.db, &extreme).await;
    let id = symbol_id(&fresh.db).await;
    let stored = ticks::page(&fresh.db, &query(id, false, 10)).await.expect("ticks");
    assert_eq!(stored, extreme);
    let client = fresh.database.connect().await;
    let shown = client
        .query_one("SELECT min(price)::text, max(quantity)::text FROM market.ticks", &[])
        .await
        .expect("sql");
    assert_eq!(shown.get::<_, String>(0), "0.000000000000000001");
    assert_eq!(shown.get::<_, String>(1), "9999999999999999999999999999");
}

#[tokio::test]
async fn sql_that_would_round_is_refused() {
    let fresh = testkit::migrated().await;
    make_partitions(&fresh.db).await;
    let client = fresh.database.connect().await;
    for price in [
        "0.0000000000000000001",
        "12345678901.123456789012345678",
        "1e28",
        "0",
        "-1",
        "'NaN'",
        "'Infinity'",
    ] {
        let sql = format!(
            "INSERT INTO market.ticks (symbol_id, time, trade_id, aggregated, seq, price, quantity, trade_count)
             VALUES (1, '2024-01-01', 1, false, 0, {price}, 1, 1)"
        );
        let error = client.batch_execute(&sql).await.expect_err(price);
        assert_eq!(error.code(), Some(&SqlState::CHECK_VIOLATION), "{price}");
    }
    assert_eq!(number("1").to_string(), "1");
}

#[tokio::test]
async fn a_missing_partition_is_an_error_not_a_loss() {
    let fresh = testkit::migrated().await;
    let one = &[tick("2024-01-01T00:00:01Z", 1, "1", "1")];
    let result = fresh
        .db
        .run("test.ticks", |tx| async move {
            let symbol = store::market::symbols::ensure(&tx, &super::name(), None).await?;
            store::market::candles::write_ticks(&tx, &symbol, TickKind::Trade, one, None).await
        })
        .await;
    assert!(matches!(result, Err(StoreError::Postgres(_))), "{result:?}");
}

#[tokio::test]
async fn partitions_are_made_once_by_many_at_once() {
    let fresh = testkit::migrated().await;
    let mut makers = Vec::new();
    for _ in 0..8 {
        let db = store::Db::new(fresh.db.settings().clone()).expect("settings");
        makers.push(tokio::spawn(async move {
            let days =
                (0..20).map(|day| time("2024-02-20T00:00:00Z").plus_micros(day * 86_400_000_000));
            partitions::ensure(&db, Table::Ticks, days).await
        }));
    }
    let mut made = 0;
    for maker in makers {
        made += maker.await.expect("no panic").expect("every maker succeeds");
    }
    assert_eq!(made, 20);
}

#[tokio::test]
async fn a_trade_in_milliseconds_and_in_microseconds_is_one() {
    let fresh = testkit::migrated().await;
    make_partitions(&fresh.db).await;
    let coarse = [
        tick("2024-01-01T00:00:01.123Z", 1, "1", "1"),
        tick("2024-01-01T00:00:01.456Z", 2, "1", "1"),
    ];
    let fine = [
        tick("2024-01-01T00:00:01.123456Z", 1, "1", "1"),
        tick("2024-01-01T00:00:01.456789Z", 2, "1", "1"),
        tick("2024-01-01T00:00:01.456999Z", 3, "1", "1"),
    ];
    assert_eq!(write_ticks(&fresh.db, &coarse).await.places, vec![0, 1]);
    assert_eq!(write_ticks(&fresh.db, &fine).await.places, vec![2]);
    assert_eq!(write_ticks(&fresh.db, &coarse).await.places, Vec::<usize>::new());
}
