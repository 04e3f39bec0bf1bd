//! Connections that break in the middle cost time, never rows.

use std::time::Duration;

use app::market::import::ImportOptions;
use domain::market::{Interval, TickKind};

use super::{of, stored_candles, stored_ticks, take};

const NAME: &str = "kraken:BCHEUR";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_survives_cut_connections_exactly_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("trades.csv");
    let mut text = String::from("time,price,quantity\n");
    for n in 0..30_000 {
        text.push_str(&format!("{},{}.25,0.5\n", 1_700_000_000 + n / 3, 100 + n % 7));
    }
    std::fs::write(&path, text).expect("a file");
    let fresh = testkit::migrated().await;
    let (db, proxy) = fresh.behind_proxy().await;
    let options = ImportOptions { batch_rows: 500, ..of(NAME) };
    let work = tokio::spawn(async move {
        // A failure that outlasts the tries is told; running it again goes on.
        for _ in 0..50 {
            match take(&db, &path, &options).await {
                Ok(report) => return report,
                Err(error) => println!("{error}"),
            }
        }
        panic!("the import never came through");
    });
    for round in 0..12u64 {
        tokio::time::sleep(Duration::from_millis(40 + 13 * round)).await;
        proxy.cut();
        tokio::time::sleep(Duration::from_millis(30)).await;
        proxy.restore();
    }
    let report = work.await.expect("no panic");
    assert_eq!((report.progress.rows_done, report.progress.finished), (30_000, true));
    let ticks = stored_ticks(&fresh.db, NAME, TickKind::Trade).await;
    assert_eq!(ticks.len(), 30_000);
    let days = stored_candles(&fresh.db, NAME, Interval::W1, None).await;
    let volume: Vec<String> = days.iter().map(|c| c.volume.to_string()).collect();
    assert_eq!(volume, ["15000"]);
}
