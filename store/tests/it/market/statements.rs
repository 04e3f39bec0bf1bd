//! Every statement of the crate fits the migrated schema.

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
