//! Migrations, up and down, on tables that hold rows, and by several processes at once.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use domain::market::{Interval, TickKind};
use store::market::candles::{self, CandleQuery};
use store::market::symbols;
use store::migrate::{self, MIGRATIONS};
use store::{Db, DbSettings, StoreError};

use super::{candle, name, partitions, symbol_id, tick, time, write_ticks};
use domain::Time;

#[tokio::test]
async fn each_step_can_be_taken_back_and_again_with_rows_in_the_tables() {
    let fresh = testkit::migrated().await;
    for (earlier, migration) in MIGRATIONS.iter().enumerate().rev() {
        let step = migration.number;
        fill(&fresh.db, step).await;
        assert_eq!(migrate::down(&fresh.db, step - 1).await.expect("down"), vec![step]);
        let state = migrate::status(&fresh.db).await.expect("status");
        assert_eq!(state.iter().filter(|s| s.applied_at.is_some()).count(), earlier);
        assert_eq!(migrate::up(&fresh.db, Some(step)).await.expect("up"), vec![step]);
        fill(&fresh.db, step).await;
        migrate::down(&fresh.db, step - 1).await.expect("down again");
    }
    let schemas = fresh
        .db
        .query("test", "SELECT nspname::text FROM pg_namespace WHERE nspname = 'market'", &[])
        .await
        .expect("a look at the schemas");
    assert!(schemas.is_empty(), "nothing of the market is left");
    migrate::up(&fresh.db, None).await.expect("all the way up");
    fill(&fresh.db, newest()).await;
}

fn newest() -> i32 {
    MIGRATIONS.last().expect("migrations").number
}

/// Rows in whatever tables step `step` has.
async fn fill(db: &Db, step: i32) {
    if step < 3 {
        let sql = "INSERT INTO market.venues (code, name) VALUES ('binance', 'Binance') ON CONFLICT DO NOTHING;
                   INSERT INTO market.symbols (venue_id, code) SELECT id, 'BTCUSDT' FROM market.venues ON CONFLICT DO NOTHING";
        db.run("test.fill", |tx| async move { tx.batch(sql).await }).await.expect("rows");
        return;
    }
    if step < newest() {
        // The program writes to the newest schema only.
        let sql = "INSERT INTO market.venues (code, name) VALUES ('binance', 'Binance') ON CONFLICT DO NOTHING;
                   INSERT INTO market.symbols (venue_id, code) SELECT id, 'BTCUSDT' FROM market.venues ON CONFLICT DO NOTHING;
                   INSERT INTO market.holdings SELECT id, '1m', 'venue', now(), now(), 1 FROM market.symbols ON CONFLICT DO NOTHING";
        db.run("test.fill", |tx| async move { tx.batch(sql).await }).await.expect("rows");
        return;
    }
    partitions(db).await;
    write_ticks(db, &[tick("2024-01-01T00:00:01Z", 1, "42000.5", "0.1")]).await;
    db.run("test.fill", |tx| async move {
        let symbol = symbols::ensure(&tx, &name(), None).await?;
        let rows = [candle("2024-01-01T00:00:00Z", ["1", "2", "1", "2"], "5")];
        candles::write_venue(&tx, &symbol, Interval::M1, &rows, None).await
    })
    .await
    .expect("candles");
    symbols::refresh_summaries(db).await.expect("a refresh");
}

#[tokio::test]
async fn processes_that_start_at_once_migrate_once() {
    let fresh = testkit::migrated().await;
    migrate::down(&fresh.db, 0).await.expect("down");
    let mut starts = Vec::new();
    for _ in 0..6 {
        let db = Db::new(DbSettings::direct(fresh.database.config().clone())).expect("settings");
        starts.push(tokio::spawn(async move { migrate::up(&db, None).await }));
    }
    let mut applied = Vec::new();
    for start in starts {
        applied.extend(start.await.expect("no panic").expect("every start succeeds"));
    }
    assert_eq!(applied, MIGRATIONS.iter().map(|each| each.number).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_newer_or_edited_database_is_refused_by_name() {
    let fresh = testkit::migrated().await;
    let client = fresh.database.connect().await;
    client
        .batch_execute("UPDATE ops.migrations SET checksum = checksum + 1 WHERE number = 2")
        .await
        .expect("an edit");
    let error = migrate::up(&fresh.db, None).await.expect_err("refused");
    assert!(
        matches!(&error, StoreError::Migration(text) if text.contains("0002_ticks")),
        "{error}"
    );
    client
        .batch_execute(
            "UPDATE ops.migrations SET checksum = checksum - 1 WHERE number = 2;
             INSERT INTO ops.migrations (number, area, name, checksum, duration_ms) VALUES (999, 'market', '0999_later', 0, 0)",
        )
        .await
        .expect("a later migration");
    let error = migrate::up(&fresh.db, None).await.expect_err("refused");
    assert!(error.to_string().contains("0999_later"), "{error}");
}

#[tokio::test]
async fn a_failed_step_leaves_nothing_behind() {
    let fresh = testkit::migrated().await;
    migrate::down(&fresh.db, 1).await.expect("down");
    let client = fresh.database.connect().await;
    client.batch_execute("CREATE TABLE market.ticks (in_the_way int)").await.expect("a table");
    let error = migrate::up(&fresh.db, None).await.expect_err("the name is taken");
    assert!(error.to_string().contains("0002_ticks"), "{error}");
    client.batch_execute("DROP TABLE market.ticks").await.expect("out of the way");
    migrate::up(&fresh.db, None).await.expect("up");
    partitions(&fresh.db).await;
    write_ticks(&fresh.db, &[tick("2024-01-01T00:00:01Z", 1, "42000.5", "0.1")]).await;
    let query = CandleQuery {
        symbol_id: symbol_id(&fresh.db).await,
        interval: Interval::D1,
        origin: Some(TickKind::Trade.into()),
        from: Time::MIN,
        to: time("2030-01-01T00:00:00Z"),
        descending: false,
        limit: 5,
    };
    assert_eq!(candles::page(&fresh.db, &query).await.expect("candles").len(), 1);
}

#[test]
fn every_file_of_a_migration_is_listed() {
    let listed: BTreeSet<String> =
        MIGRATIONS.iter().map(|step| format!("{}/{}.up.sql", step.area, step.name)).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations");
    let mut files = BTreeSet::new();
    for area in fs::read_dir(&folder).expect("the folder") {
        let area = area.expect("an area").path();
        for file in fs::read_dir(&area).expect("an area") {
            let file = file.expect("a file").path();
            files.insert(file.strip_prefix(&folder).expect("in it").display().to_string());
        }
    }
    files.retain(|file| file.ends_with(".up.sql"));
    assert_eq!(files, listed);
}
