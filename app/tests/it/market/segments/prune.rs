//! What retention deletes row by row: revisions of candles, and other programs' points.

use std::time::Duration;

use app::Clock;
use app::market::retention::{self, Age, Keep, Policy, Report};
use app::market::segments::SegmentError;
use store::Db;
use tokio_util::sync::CancellationToken;

use super::retention::{policy, put_gap};
use super::{Market, at};

/// Each of the venue's minutes said something else for a day.
const REVISIONS: &str = "
INSERT INTO market.candle_revisions
    (symbol_id, interval, open_time, origin, valid_from, valid_to, open, high, low, close, volume)
SELECT symbol_id, interval, open_time, origin, open_time + INTERVAL '1 day', open_time + INTERVAL '2 days',
       open, high, low, close, 7
FROM market.candles WHERE origin = 'venue'";

/// 45,000 points of January and 10 of March in one bucket, 100 of January in another.
const POINTS: &str = "
INSERT INTO ops.series (hash, bucket, measurement, tags)
SELECT decode(lpad(to_hex(n), 64, '0'), 'hex'), CASE WHEN n < 6 THEN 'metrics' ELSE 'other' END, 'cpu', '{}'
FROM generate_series(1, 6) n;
INSERT INTO ops.points SELECT id, '2024-01-01Z'::timestamptz + n * INTERVAL '1 minute', 0, '{\"v\": 1}'
FROM ops.series, generate_series(1, 9000) n WHERE bucket = 'metrics';
INSERT INTO ops.points SELECT id, '2024-03-01Z'::timestamptz + n * INTERVAL '1 minute', 0, '{\"v\": 1}'
FROM ops.series, generate_series(1, 2) n WHERE bucket = 'metrics';
INSERT INTO ops.points SELECT id, '2024-01-01Z'::timestamptz + n * INTERVAL '1 minute', 0, '{\"v\": 1}'
FROM ops.series, generate_series(1, 100) n WHERE bucket = 'other'";

const NOW: &str = "2024-03-05T00:00:00Z";

async fn batch(db: &Db, sql: &str) {
    db.run("test", |tx| async move { tx.batch(sql).await }).await.expect(sql);
}

async fn count(db: &Db, of: &str) -> i64 {
    let rows = db.query("test", &format!("SELECT count(*) FROM {of}"), &[]).await;
    rows.expect(of)[0].get(0)
}

/// What is planned of a kind: month or bucket, and rows.
async fn planned(market: &Market, policy: &Policy, series: &str) -> Vec<(String, u64)> {
    let planned = retention::plan(market.db(), &market.segments, policy, at(NOW)).await;
    let steps = planned.expect("a plan").into_iter().map(|planned| planned.step);
    let steps = steps.filter(|step| step.series == series);
    steps
        .map(|step| (format!("{} {}", &step.from[..7], step.origins.join("+")), step.rows))
        .collect()
}

async fn run(
    market: &Market,
    policy: &Policy,
    stop: &CancellationToken,
) -> Result<Report, SegmentError> {
    let clock = Clock::fixed(at(NOW));
    retention::run(market.db(), &clock, &market.segments, policy, &|_| {}, stop).await
}

#[tokio::test]
async fn revisions_go_with_their_candles_or_some_time_after_the_correction() {
    let market = Market::new().await;
    batch(market.db(), REVISIONS).await;
    put_gap(&market).await;
    let all = count(market.db(), "market.candle_revisions").await;
    let stop = CancellationToken::new();
    // December waits for a repair, and its revisions with it.
    let minutes = Keep { hot: Age::days(7), warm: Age::days(30), total: Age::days(60) };
    let with_candles = Policy { minutes, ..policy() };
    let of_november = "market.candle_revisions WHERE open_time < '2023-12-01Z'";
    let november = count(market.db(), of_november).await;
    let expected = [("2023-11 venue".to_owned(), november.unsigned_abs())];
    assert!(november > 100);
    assert_eq!(planned(&market, &with_candles, "revisions of 1m candles").await, expected);
    assert_eq!(count(market.db(), "market.candle_revisions").await, all, "only planned");
    let report = run(&market, &with_candles, &stop).await.expect("a run");
    assert!(report.failed.is_empty(), "{:?}", report.failed);
    assert!(report.steps.iter().any(|step| step.series == "revisions of 1m candles"));
    assert_eq!(count(market.db(), of_november).await, 0);
    assert_eq!(count(market.db(), "market.candle_revisions").await, all - november);
    assert_eq!(planned(&market, &with_candles, "revisions of 1m candles").await, []);

    // 40 days after the correction is the 25th of January.
    let some_days = Policy { revisions: Age::days(40), ..with_candles };
    let old = "market.candle_revisions WHERE valid_to <= '2024-01-25Z'";
    let (were_old, left) = (count(market.db(), old).await, all - november);
    assert!(were_old > 100 && were_old < left);
    let months = planned(&market, &some_days, "revisions of 1m candles").await;
    let names: Vec<&str> = months.iter().map(|(month, _)| month.as_str()).collect();
    assert_eq!(names, ["2023-12 venue", "2024-01 venue"]);
    assert_eq!(months.iter().map(|(_, rows)| rows).sum::<u64>(), were_old.unsigned_abs());
    run(&market, &some_days, &stop).await.expect("a run");
    assert_eq!(count(market.db(), old).await, 0);
    assert_eq!(count(market.db(), "market.candle_revisions").await, left - were_old);
}

#[tokio::test]
async fn points_are_deleted_in_batches_between_which_it_can_be_stopped() {
    let market = Market::new().await;
    batch(market.db(), POINTS).await;
    let forever = Policy { points: Age::FOREVER, ..policy() };
    assert_eq!(planned(&market, &forever, "points").await, []);
    let month = Policy { points: Age::days(30), ..forever };
    let expected = [("2024-01 metrics".to_owned(), 45_000), ("2024-01 other".to_owned(), 100)];
    assert_eq!(planned(&market, &month, "points").await, expected);
    let slow = "
        CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END';
        CREATE TRIGGER slow AFTER DELETE ON ops.points EXECUTE FUNCTION slow()";
    batch(market.db(), slow).await;
    let (stop, whole) = (CancellationToken::new(), count(market.db(), "ops.points").await);
    let after_one = async {
        while count(market.db(), "ops.points").await == whole {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        stop.cancel();
    };
    let (stopped, ()) = tokio::join!(run(&market, &month, &stop), after_one);
    assert!(matches!(stopped, Err(SegmentError::Interrupted)), "{stopped:?}");
    let left = count(market.db(), "ops.points").await;
    assert!(left < whole && left > 10_000, "{left} of {whole}");
    let report = run(&market, &month, &CancellationToken::new()).await.expect("the rest");
    let deleted: u64 =
        report.steps.iter().filter(|step| step.series == "points").map(|step| step.rows).sum();
    assert_eq!(deleted as i64, left - 10);
    assert_eq!(count(market.db(), "ops.points WHERE time >= '2024-03-01Z'").await, 10);
    assert_eq!(count(market.db(), "ops.points").await, 10);
}
