//! Importing: in pieces, again, interrupted, and with bad rows.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use app::Clock;
use app::market::import::{ImportError, ImportOptions, import};
use domain::market::{Interval, TickKind, roll_ticks};
use store::market::symbols;
use tokio_util::sync::CancellationToken;

use super::{of, stored_candles, stored_ticks, symbol_id, take};

const NAME: &str = "kraken:BCHEUR";

/// Trades without ids, several at the same time and some the same to the letter, out of order.
fn trades(folder: &std::path::Path) -> PathBuf {
    let path = folder.join("trades.csv");
    let mut text = String::from("time,price,quantity,side\n");
    for n in 0..997i64 {
        let late = if n % 10 == 9 { 90 } else { 0 };
        let time = 1_700_000_000 + n / 4 * 7 - late;
        text.push_str(&format!(
            "{time},{}.5,0.{}1,{}\n",
            100 + n % 3,
            n % 2,
            if n % 5 < 2 { "buy" } else { "sell" }
        ));
    }
    std::fs::write(&path, text).expect("a file");
    path
}

#[tokio::test]
async fn an_import_interrupted_after_any_commit_ends_as_if_it_had_not_been() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = trades(folder.path());
    let whole = testkit::migrated().await;
    take(&whole.db, &path, &of(NAME)).await.expect("an import");
    let want = stored_ticks(&whole.db, NAME, TickKind::Trade).await;
    assert_eq!(want.len(), 997);

    let pieces = testkit::migrated().await;
    let options = ImportOptions { batch_rows: 100, ..of(NAME) };
    let mut interruptions = 0;
    let report = loop {
        let stop = CancellationToken::new();
        let commits = AtomicUsize::new(0);
        let watch = |_| {
            if commits.fetch_add(1, Ordering::SeqCst) == interruptions % 3 {
                stop.cancel();
            }
        };
        match import(&pieces.db, &Clock::system(), &path, &options, &watch, &stop).await {
            Ok(report) => break report,
            Err(ImportError::Interrupted { rows_done }) => assert!(rows_done > 0),
            Err(error) => panic!("{error}"),
        }
        interruptions += 1;
    };
    assert!(interruptions > 2, "{interruptions} interruptions");
    assert_eq!((report.progress.rows_done, report.progress.rows_written), (997, 997));
    assert_eq!(stored_ticks(&pieces.db, NAME, TickKind::Trade).await, want);
    let rolls = roll_ticks(&want);
    for interval in Interval::ALL {
        let candles = stored_candles(&pieces.db, NAME, interval, None).await;
        assert_eq!(candles, stored_candles(&whole.db, NAME, interval, None).await, "{interval}");
        let rolled: Vec<_> =
            rolls.iter().filter(|r| r.interval == interval).map(|r| r.candle.clone()).collect();
        assert_eq!(candles, rolled, "{interval}");
    }
}

#[tokio::test]
async fn the_same_file_under_another_name_and_again_adds_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = trades(folder.path());
    let fresh = testkit::migrated().await;
    take(&fresh.db, &path, &of(NAME)).await.expect("an import");
    let copy = folder.path().join("copy.csv");
    std::fs::copy(&path, &copy).expect("a copy");
    assert!(take(&fresh.db, &copy, &of(NAME)).await.expect("an import").already_done);
    let again = ImportOptions { again: true, ..of(NAME) };
    let report = take(&fresh.db, &copy, &again).await.expect("an import");
    assert_eq!((report.progress.rows_done, report.progress.rows_written), (997, 0));
    assert_eq!(stored_ticks(&fresh.db, NAME, TickKind::Trade).await.len(), 997);
}

#[tokio::test]
async fn a_bad_row_is_named_and_what_came_before_it_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("candles.csv");
    let rows = [
        "time,open,high,low,close,volume",
        "1700000040000,10,12,9,11,5",
        "1700000100000,11,12,11,12,NaN",
        "1700000160000,12,11,13,12,1",
        "1700000220000,12,13,12,20,1",
        "1700000280000,12,13,12,13,1",
    ];
    std::fs::write(&path, rows.join("\n")).expect("a file");
    let fresh = testkit::migrated().await;
    let error = take(&fresh.db, &path, &of(NAME)).await.expect_err("the second row is bad");
    let text = error.to_string();
    for part in ["candles.csv", "row 2", "volume", "NaN", "1 rows before it are stored"] {
        assert!(text.contains(part), "{text}");
    }
    assert_eq!(stored_candles(&fresh.db, NAME, Interval::M1, None).await.len(), 1);
    let skipping = ImportOptions { skip_bad: true, ..of(NAME) };
    let report = take(&fresh.db, &path, &skipping).await.expect("an import");
    assert_eq!(
        (report.progress.rows_done, report.progress.rows_written, report.progress.rows_skipped),
        (5, 2, 3)
    );
    let columns: Vec<&str> = report.skipped.iter().map(|bad| bad.column.as_str()).collect();
    assert_eq!(columns, ["volume", "high", "close"]);
    assert_eq!(stored_candles(&fresh.db, NAME, Interval::M1, None).await.len(), 2);
}

#[tokio::test]
async fn a_truncated_archive_keeps_the_rows_it_holds() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let text = std::fs::read(trades(folder.path())).expect("the file");
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packed.write_all(&text).expect("packing");
    let packed = packed.finish().expect("packing");
    let path = folder.path().join("short.csv.gz");
    std::fs::write(&path, &packed[..packed.len() * 2 / 3]).expect("a file");
    let fresh = testkit::migrated().await;
    let error = take(&fresh.db, &path, &of(NAME)).await.expect_err("it ends early");
    assert!(error.to_string().contains("truncated"), "{error}");
    let kept = stored_ticks(&fresh.db, NAME, TickKind::Trade).await.len();
    assert!(kept > 100, "{kept} rows came before the end");
    let skipping = ImportOptions { skip_bad: true, ..of(NAME) };
    let report = take(&fresh.db, &path, &skipping).await.expect("passed over on request");
    assert_eq!((report.progress.rows_skipped, report.skipped.len()), (1, 1));
}

#[tokio::test]
async fn whose_data_it_is_must_be_known() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = trades(folder.path());
    let fresh = testkit::migrated().await;
    let error = take(&fresh.db, &path, &ImportOptions::default()).await.expect_err("no symbol");
    assert!(error.to_string().contains("--symbol"), "{error}");
}

#[tokio::test]
async fn the_venues_list_brings_rules_and_their_history() {
    let Some(list) = super::data("payloads/binance_exchange_info.json.gz") else { return };
    let fresh = testkit::migrated().await;
    let report = take(&fresh.db, &list, &ImportOptions::default()).await.expect("an import");
    assert!(report.progress.rows_written > 10, "{report:?}");
    let all = symbols::list(&fresh.db).await.expect("symbols");
    let one = all.iter().find(|s| s.rules.tick_size.is_some()).expect("rules");
    assert!(one.base.is_some() && one.quote.is_some());
    let history = symbols::rules(&fresh.db, symbol_id(&fresh.db, &one.name.to_string()).await)
        .await
        .expect("rules");
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].rules, one.rules);
}
