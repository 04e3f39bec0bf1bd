//! Every statement of the crate fits the migrated schema, and those of lists are planned each time.

use postgres_types::Type;
use store::ledger::orders::{self, OrderQuery};
use store::{Db, DbSettings};
use uuid::Uuid;

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let fresh = testkit::migrated().await;
    let client = fresh.database.connect().await;
    let mut count = 0;
    let areas = [
        store::auth::STATEMENTS,
        store::ledger::STATEMENTS,
        store::market::STATEMENTS,
        store::ops::STATEMENTS,
        store::trading::STATEMENTS,
    ];
    for statement in areas.into_iter().flatten().flat_map(|part| part.iter()) {
        if let Err(error) = client.prepare(statement).await {
            panic!(
                "{}\n{statement}",
                error.as_db_error().map_or_else(|| error.to_string(), ToString::to_string)
            );
        }
        count += 1;
    }
    assert!(count > 20, "the list of statements is not empty");
}

/// See docs/decisions/0024: a plan for whatever may be looked for reads all of somebody's orders to find the open ones.
#[tokio::test]
async fn lists_are_planned_for_what_is_looked_for() {
    let fresh = testkit::migrated().await;
    let settings = DbSettings { pool_size: 1, ..fresh.db.settings().clone() };
    let db = Db::new(settings).expect("a pool of one connection");
    let pattern = "%FROM ledger.orders%";
    let prepared = async || {
        let sql = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE $1";
        let rows = db.query("test.prepared", sql, &[(&pattern, Type::TEXT)]).await.expect("rows");
        rows[0].get::<_, i64>(0)
    };
    let query = OrderQuery { limit: 1, ..OrderQuery::default() };
    for _ in 0..3 {
        assert_eq!(orders::page(&db, &query).await.expect("a page"), []);
    }
    assert_eq!(prepared().await, 0);
    // What has one good plan is prepared.
    assert_eq!(orders::find(&db, Uuid::nil()).await.expect("no order"), None);
    assert_eq!(prepared().await, 1);
}
