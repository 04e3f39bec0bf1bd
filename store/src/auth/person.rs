//! Everything that is held on a person, wherever it is: every table with a column `user_id` counts, so
//! that one which comes later is not forgotten.

use domain::auth::Email;
use postgres_types::Type;
use serde_json::Value;
use uuid::Uuid;

use crate::trading::erasure;
use crate::{Param, StoreError, Tx};

/// The record is kept; see [`forget_in_audit`].
const AUDIT: &str = "auth.audit_log";
// Secrets and hashes of secrets are told to nobody: the columns of bytes, and the password's.
const TABLES: &str = "
SELECT format('%I.%I', n.nspname, c.relname) AS name,
    array(SELECT a.attname::text FROM pg_attribute a
          WHERE a.attrelid = c.oid AND (a.atttypid = 'bytea'::regtype OR a.attname LIKE '%hash')) AS secrets
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute k ON k.attrelid = c.oid AND k.attname = 'user_id' AND k.atttypid = 'uuid'::regtype
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND NOT k.attisdropped
ORDER BY 1";
const USER: &str = "SELECT to_jsonb(u) - 'password_hash' AS held FROM auth.users u WHERE id = $1";
const AUDIT_LINES: &str = "
SELECT to_jsonb(a) - CASE WHEN user_id <> $1 THEN '{user_id,session_id,ip,user_agent}'::text[] ELSE '{}' END AS held
FROM auth.audit_log a WHERE user_id = $1 OR resource IN ($2, $1::text) ORDER BY at, id";
const REQUESTS: &str =
    "SELECT to_jsonb(r) AS held FROM auth.code_requests r WHERE email = $1 ORDER BY created_at";
const FORGET_REQUESTS: &str = "DELETE FROM auth.code_requests WHERE email = $1";
const FORGET_USER: &str = "DELETE FROM auth.users WHERE id = $1";
const FORGET_IN_AUDIT: &str = "SELECT auth.forget_in_audit($1, $2)";

pub(super) const STATEMENTS: &[&str] =
    &[TABLES, USER, AUDIT_LINES, REQUESTS, FORGET_REQUESTS, FORGET_USER, FORGET_IN_AUDIT];

/// A table with rows of people.
struct Table {
    /// With its schema, quoted by the server.
    name: String,
    secrets: Vec<String>,
}

/// What is held on a person: tables with their rows.
///
/// # Errors
/// The database's.
pub async fn held(
    tx: &Tx,
    id: Uuid,
    email: &Email,
) -> Result<Vec<(String, Vec<Value>)>, StoreError> {
    let person: [Param<'_>; 1] = [(&id, Type::UUID)];
    let address: [Param<'_>; 1] = [(&email.as_str(), Type::TEXT)];
    let [both_id, both_email] = [person[0].clone(), address[0].clone()];
    let mut held = vec![
        ("auth.users".to_owned(), rows(tx, USER, &person).await?),
        ("auth.code_requests".to_owned(), rows(tx, REQUESTS, &address).await?),
        (AUDIT.to_owned(), rows(tx, AUDIT_LINES, &[both_id, both_email]).await?),
    ];
    for Table { name, secrets } in tables(tx).await? {
        let sql =
            format!("SELECT to_jsonb(t) - $2::text[] AS held FROM {name} t WHERE user_id = $1");
        let params = [person[0].clone(), (&secrets as _, Type::TEXT_ARRAY)];
        held.push((name.clone(), rows(tx, &sql, &params).await?));
    }
    held.extend(erasure::held(tx, id).await?);
    held.retain(|(_, rows)| !rows.is_empty());
    Ok(held)
}

/// The tables that [`held`] looks into.
///
/// # Errors
/// The database's.
pub async fn looked_into(tx: &Tx) -> Result<Vec<String>, StoreError> {
    let fixed = ["auth.users", "auth.code_requests", AUDIT].into_iter().chain(erasure::tables());
    let by_column = tables(tx).await?.into_iter().map(|table| table.name);
    Ok(by_column.chain(fixed.map(str::to_owned)).collect())
}

/// Deletes a person and all that is theirs but the books of their trading, which are nobody's then, and puts their
/// number in the place of their address in the record; tells how many lines of it were changed.
///
/// # Errors
/// The database's.
pub async fn erase(tx: &Tx, id: Uuid, email: &Email) -> Result<i64, StoreError> {
    let person: [Param<'_>; 1] = [(&id, Type::UUID)];
    let address: [Param<'_>; 1] = [(&email.as_str(), Type::TEXT)];
    let [both_id, both_email] = [person[0].clone(), address[0].clone()];
    erasure::forget(tx, id).await?;
    for Table { name, .. } in tables(tx).await? {
        tx.execute(&format!("DELETE FROM {name} WHERE user_id = $1"), &person).await?;
    }
    tx.execute(FORGET_REQUESTS, &address).await?;
    tx.execute(FORGET_USER, &person).await?;
    let changed = tx.query_opt(FORGET_IN_AUDIT, &[both_id, both_email]).await?;
    changed.map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

async fn tables(tx: &Tx) -> Result<Vec<Table>, StoreError> {
    let rows = tx.query(TABLES, &[]).await?;
    let tables = rows
        .iter()
        .map(|row| Ok(Table { name: row.try_get("name")?, secrets: row.try_get("secrets")? }));
    let tables: Vec<Table> = tables.collect::<Result<_, StoreError>>()?;
    Ok(tables.into_iter().filter(|table| table.name != AUDIT).collect())
}

async fn rows(tx: &Tx, sql: &str, params: &[crate::Param<'_>]) -> Result<Vec<Value>, StoreError> {
    tx.query(sql, params).await?.iter().map(|row| Ok(row.try_get("held")?)).collect()
}
