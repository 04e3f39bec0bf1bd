//! Which symbols are taken in live, beside those that the settings name.

use domain::Time;
use domain::market::SymbolName;
use postgres_types::Type;

use super::row::time;
use crate::{Db, StoreError};

const SELECT: &str = "SELECT venue, code, added_at FROM market.wanted ORDER BY venue, code";
const ADD: &str = "INSERT INTO market.wanted (venue, code) VALUES ($1, $2) ON CONFLICT DO NOTHING";
const REMOVE: &str = "DELETE FROM market.wanted WHERE venue = $1 AND code = $2";

pub(super) const STATEMENTS: &[&str] = &[SELECT, ADD, REMOVE];

/// All of them, with when they were added.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<(SymbolName, Time)>, StoreError> {
    let rows = db.query("market.wanted", SELECT, &[]).await?;
    rows.iter()
        .map(|row| {
            let name = SymbolName::new(row.try_get("venue")?, row.try_get("code")?);
            let name = name.map_err(|error| StoreError::Unexpected(error.to_string()))?;
            Ok((name, time(row, "added_at")?))
        })
        .collect()
}

/// Adds one; false if it was there.
///
/// # Errors
/// The database's.
pub async fn add(db: &Db, name: &SymbolName) -> Result<bool, StoreError> {
    change(db, ADD, name).await
}

/// Takes one off; false if it was not there. What is stored of it stays.
///
/// # Errors
/// The database's.
pub async fn remove(db: &Db, name: &SymbolName) -> Result<bool, StoreError> {
    change(db, REMOVE, name).await
}

async fn change(db: &Db, sql: &'static str, name: &SymbolName) -> Result<bool, StoreError> {
    let (venue, code) = (name.venue(), name.code());
    let (venue, code) = (&venue, &code);
    let run = |tx: crate::Tx| async move {
        tx.execute(sql, &[(venue, Type::TEXT), (code, Type::TEXT)]).await
    };
    Ok(db.run("market.change_wanted", run).await? > 0)
}
