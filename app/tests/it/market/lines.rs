//! Lines whose rows the database refuses, and a database that is away.

use adapters::market::lines::Precision;
use app::Clock;
use app::market::lines::{self, Written};
use app::market::live::Live;
use domain::Time;

#[tokio::test]
async fn what_is_refused_is_named_and_the_rest_is_kept() {
    let fresh = testkit::migrated().await;
    let client = fresh.database.connect().await;
    // Stands for any rule of the database that a row may break.
    let rule = "ALTER TABLE market.candles ADD CHECK (volume < 1000)";
    client.batch_execute(rule).await.expect("a rule");
    let body = "m v=1 1\n\
        candles,venue=a,symbol=X,interval=1m open=1,high=1,low=1,close=1,volume=5000 60000\n\
        trades,venue=a,symbol=Y price=1,size=1 60000";
    let (clock, live) = (Clock::fixed(Time::default()), Live::default());
    let write = async || {
        lines::write(&fresh.db, &clock, &live, "b", body.as_bytes(), Precision::Millis).await
    };
    let Written { lines, bad } = write().await.expect("an outcome");
    assert_eq!((lines, bad.len(), bad[0].line), (2, 1, 2));
    assert!(bad[0].reason.contains("check constraint"), "{}", bad[0].reason);
    let count = "SELECT (SELECT count(*) FROM ops.points), (SELECT count(*) FROM market.ticks)";
    let row = client.query_one(count, &[]).await.expect("counts");
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 1));
    // A table that is gone is not the lines' fault: they are to be sent again.
    client.batch_execute("DROP TABLE ops.points").await.expect("away");
    write().await.expect_err("nothing is said of the lines");
}
