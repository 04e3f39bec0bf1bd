//! A database for each test.

use tokio_postgres::{Config, Error, NoTls};

use testkit::{TestDatabase, database};

async fn migrated() -> TestDatabase {
    database(migrate).await
}

/// Fails if it runs twice, since the template keeps what it made.
pub(crate) async fn migrate(config: &Config) -> Result<(), Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(connection);
    client.batch_execute("CREATE TABLE things (n int); INSERT INTO things VALUES (1)").await
}

async fn sum(database: &TestDatabase) -> i64 {
    let client = database.connect().await;
    client.query_one("SELECT sum(n) FROM things", &[]).await.unwrap().get(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_test_has_its_own_copy_of_the_template() {
    let (one, other) = tokio::join!(migrated(), migrated());
    one.connect().await.batch_execute("INSERT INTO things VALUES (41)").await.unwrap();
    assert_eq!(sum(&one).await, 42);
    assert_eq!(sum(&other).await, 1);
}

#[tokio::test]
async fn the_url_leads_to_the_database() {
    let database = migrated().await;
    let config: Config = database.url().parse().unwrap();
    let (client, connection) = config.connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    let name: String = client.query_one("SELECT current_database()", &[]).await.unwrap().get(0);
    assert_eq!(name, database.name());
}

#[tokio::test]
async fn a_dropped_database_is_gone_even_while_somebody_is_connected() {
    let (kept, dropped) = (migrated().await, migrated().await);
    let _connected = dropped.connect().await;
    let name = dropped.name().to_owned();
    drop(dropped);
    let found = "SELECT count(*) FROM pg_database WHERE datname = $1";
    let count: i64 = kept.connect().await.query_one(found, &[&name]).await.unwrap().get(0);
    assert_eq!(count, 0);
}
