//! Every statement of the crate fits the migrated schema.

#[tokio::test]
async fn every_statement_can_be_prepared() {
    let fresh = testkit::migrated().await;
    let client = fresh.database.connect().await;
    let mut count = 0;
    for statement in store::market::STATEMENTS.iter().flat_map(|area| area.iter()) {
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
