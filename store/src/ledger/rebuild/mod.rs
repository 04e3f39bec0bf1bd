//! The tables of the ledger made again: what is due lies in temporary tables beside them, is compared with them
//! as sets, and what differs is put right.
//!
//! Every writer of the ledger takes rows of `ledger.orders` before it adds to `ledger.events`, or no orders at all;
//! [`hold_writers`] takes the two tables in that order, so they never wait for each other in a circle.

mod rows;
mod tables;

use std::fmt::Write as _;

use postgres_types::Type;
use uuid::Uuid;

use super::events::{StoredEvent, stored};
use crate::{Db, Param, StoreError, Tx};

use tables::{TABLES, Table};

pub use rows::{Due, DueOrder, DueStep, FillOf, add};

const PAGE: &str = "
SELECT position, stream, version, stream_kind, body::text AS body, recorded_at, hash
FROM ledger.events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3";
const BEFORE: &str = "
SELECT position, stream, version, stream_kind, body::text AS body, recorded_at, hash
FROM ledger.events WHERE stream = ANY ($1) AND position <= $2 ORDER BY stream, version";
const LAST: &str = "SELECT coalesce(max(position), 0) FROM ledger.events";
// Whoever is adding events has then committed or not begun, so no lower position comes any more.
const HOLD_EVENTS: &str = "LOCK TABLE ledger.events IN SHARE MODE";
const HOLD_ORDERS: &str = "LOCK TABLE ledger.orders IN EXCLUSIVE MODE";

pub(super) const STATEMENTS: &[&str] = &[PAGE, BEFORE, LAST];

const EARLIER: &str =
    "DELETE FROM due_orders d USING due_orders l WHERE d.id = l.id AND d.version < l.version";

/// Rows that are named, of each table.
const NAMED: i64 = 20;
/// Letters of a value that are told.
const SHOWN: i64 = 60;

/// A column's value, as it is compared. There is no equality of json; its letters are what the program wrote.
fn value(of: &str, column: &str) -> String {
    match column {
        "state" => format!("{of}.state::text"),
        _ => format!("{of}.{column}"),
    }
}

impl Table {
    fn all(&self) -> String {
        [self.key, self.columns].concat().join(", ")
    }

    fn each(&self, of: &[&str], shape: impl Fn(&str) -> String, between: &str) -> String {
        of.iter().map(|column| shape(column)).collect::<Vec<_>>().join(between)
    }

    /// `d.id = l.id` of all of its key.
    fn same(&self, left: &str, right: &str) -> String {
        self.each(self.key, |column| format!("{left}.{column} = {right}.{column}"), " AND ")
    }

    fn make(&self) -> String {
        let (name, key, all) = (self.name, self.key.join(", "), self.all());
        format!(
            "CREATE TEMP TABLE due_{name} ON COMMIT DROP AS SELECT {all} FROM ledger.{name} WITH NO DATA;
             CREATE TEMP TABLE fix_{name} ON COMMIT DROP AS SELECT {all}, true AS there FROM ledger.{name} WITH NO DATA;
             CREATE TEMP TABLE extra_{name} ON COMMIT DROP AS SELECT {key} FROM ledger.{name} WITH NO DATA;"
        )
    }

    /// What is due and missing or other than it should be.
    fn differing(&self) -> String {
        let name = self.name;
        let due = self.each(self.columns, |column| value("d", column), ", ");
        let is = self.each(self.columns, |column| value("l", column), ", ");
        format!(
            "INSERT INTO fix_{name}
             SELECT d.*, l.{key} IS NOT NULL FROM due_{name} d LEFT JOIN ledger.{name} l ON {same}
             WHERE l.{key} IS NULL OR ROW({due}) IS DISTINCT FROM ROW({is})",
            key = self.key[0],
            same = self.same("d", "l"),
        )
    }

    /// What no event made.
    fn superfluous(&self, which: &str) -> String {
        let name = self.name;
        let key = self.each(self.key, |column| format!("l.{column}"), ", ");
        format!(
            "INSERT INTO extra_{name} SELECT {key} FROM ledger.{name} l
             WHERE {which} AND NOT EXISTS (SELECT FROM due_{name} d WHERE {})",
            self.same("d", "l")
        )
    }

    /// Forgets what the first comparison said of rows that are due anew.
    fn forget(&self) -> String {
        let (name, fix, extra) = (self.name, self.same("t", "d"), self.same("t", "d"));
        format!(
            "DELETE FROM fix_{name} t USING due_{name} d WHERE {fix};
             DELETE FROM extra_{name} t USING due_{name} d WHERE {extra};"
        )
    }

    fn remove(&self) -> String {
        let name = self.name;
        format!("DELETE FROM ledger.{name} t USING extra_{name} e WHERE {}", self.same("t", "e"))
    }

    fn put_right(&self) -> String {
        let (name, key, all) = (self.name, self.key.join(", "), self.all());
        let set = self.each(self.columns, |column| format!("{column} = EXCLUDED.{column}"), ", ");
        // What is closed makes room for what is open: there is one open position of a kind.
        let order = if name == "positions" { "ORDER BY status = 'open'" } else { "" };
        format!(
            "INSERT INTO ledger.{name} ({all}) SELECT {all} FROM fix_{name} {order}
             ON CONFLICT ({key}) DO UPDATE SET {set}"
        )
    }

    /// The first rows that are wrong, by key, and what is wrong with each.
    fn named(&self) -> String {
        let key = self.each(self.key, |column| format!("f.{column}::text"), " || ' ' || ");
        let differs = |column: &str| {
            let (due, is) = (value("f", column), value("l", column));
            let shown = |value: &str| format!("left(coalesce({value}::text, 'null'), {SHOWN})");
            format!(
                "CASE WHEN {due} IS DISTINCT FROM {is} THEN '{} is ' || {} || ', not ' || {} END",
                column.trim_matches('"'),
                shown(&is),
                shown(&due),
            )
        };
        let what = self.each(self.columns, differs, ", ");
        let (name, same) = (self.name, self.same("f", "l"));
        format!(
            "(SELECT {key}, CASE WHEN f.there THEN concat_ws('; ', {what}) ELSE 'is missing' END
              FROM fix_{name} f LEFT JOIN ledger.{name} l ON {same} LIMIT {NAMED})
             UNION ALL (SELECT {key}, 'no event made it' FROM extra_{name} f LIMIT {NAMED}) LIMIT {NAMED}"
        )
    }

    fn counted(&self) -> String {
        let name = self.name;
        format!(
            "SELECT count(*) FILTER (WHERE NOT there), count(*) FILTER (WHERE there),
                (SELECT count(*) FROM extra_{name}), (SELECT count(*) FROM due_{name}) FROM fix_{name}"
        )
    }
}

/// What is wrong with a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// Which.
    pub table: &'static str,
    /// Rows that were due when it was compared last.
    pub due: u64,
    /// Rows that are missing.
    pub missing: u64,
    /// Rows that say something else.
    pub differing: u64,
    /// Rows that no event made.
    pub superfluous: u64,
    /// The first of them, by key, and what is wrong.
    pub first: Vec<(String, String)>,
}

/// The last position, below which nothing comes any more.
///
/// # Errors
/// The database's.
pub async fn settled_position(tx: &Tx) -> Result<i64, StoreError> {
    tx.batch(HOLD_EVENTS).await?;
    last_position(tx).await
}

/// Makes every writer of the ledger wait until the transaction ends; gives the last position.
///
/// # Errors
/// The database's.
pub async fn hold_writers(tx: &Tx) -> Result<i64, StoreError> {
    tx.batch(HOLD_ORDERS).await?;
    settled_position(tx).await
}

async fn last_position(tx: &Tx) -> Result<i64, StoreError> {
    let row = tx.query_opt(LAST, &[]).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// At most so many events past one position up to another, in their order.
///
/// # Errors
/// The database's.
pub async fn page(
    db: &Db,
    (after, to): (i64, i64),
    most: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    let params: [Param<'_>; 3] = [(&after, Type::INT8), (&to, Type::INT8), (&most, Type::INT8)];
    db.query("ledger.rebuild_page", PAGE, &params).await?.iter().map(stored).collect()
}

/// The events of streams up to a position, stream by stream.
///
/// # Errors
/// The database's.
pub async fn before(db: &Db, streams: &[Uuid], to: i64) -> Result<Vec<StoredEvent>, StoreError> {
    let params: [Param<'_>; 2] = [(&streams, Type::UUID_ARRAY), (&to, Type::INT8)];
    db.query("ledger.rebuild_before", BEFORE, &params).await?.iter().map(stored).collect()
}

/// Makes the temporary tables, which are gone with the transaction.
///
/// # Errors
/// The database's.
pub async fn open(tx: &Tx) -> Result<(), StoreError> {
    let mut sql = "SET LOCAL statement_timeout = 0; SET LOCAL work_mem = '128MB';".to_owned();
    TABLES.iter().for_each(|table| sql.push_str(&table.make()));
    tx.batch(&sql).await
}

/// Of orders that are due several times the latest row counts.
///
/// # Errors
/// The database's.
pub async fn keep_latest(tx: &Tx) -> Result<(), StoreError> {
    tx.batch(EARLIER).await
}

/// Compares what is due so far with the tables, while others write; then nothing is due any more.
///
/// # Errors
/// The database's.
pub async fn compare(tx: &Tx) -> Result<(), StoreError> {
    for table in TABLES.iter().filter(|table| table.name != "balances") {
        // Nobody looks after temporary tables.
        tx.batch(&format!("ANALYZE due_{}", table.name)).await?;
        tx.batch(&format!("{}; {}", table.differing(), table.superfluous("true"))).await?;
    }
    let mut sql = String::new();
    TABLES.iter().for_each(|table| {
        // Writing to a String can't fail.
        let _ = write!(sql, "TRUNCATE due_{};", table.name);
    });
    tx.batch(&sql).await
}

/// Compares all that is due with the tables of the same moment, and changes nothing.
///
/// # Errors
/// The database's.
pub async fn differences(tx: &Tx) -> Result<Vec<Wrong>, StoreError> {
    let mut all = Vec::new();
    for table in &TABLES {
        tx.batch(&format!("ANALYZE due_{}", table.name)).await?;
        tx.batch(&format!("{}; {}", table.differing(), table.superfluous("true"))).await?;
        all.push(wrong(tx, table).await?);
    }
    Ok(all)
}

async fn wrong(tx: &Tx, table: &Table) -> Result<Wrong, StoreError> {
    let first = tx.query(&table.named(), &[]).await?;
    let first = first.iter().map(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
    let first = first.collect::<Result<_, StoreError>>()?;
    let row = tx.query_opt(&table.counted(), &[]).await?;
    let count = |column| -> Result<u64, StoreError> {
        row.as_ref().map_or(Ok(0), |row| Ok(row.try_get::<_, i64>(column)?.unsigned_abs()))
    };
    let (missing, differing, superfluous, due) = (count(0)?, count(1)?, count(2)?, count(3)?);
    Ok(Wrong { table: table.name, due, missing, differing, superfluous, first })
}

/// Compares what came after `position` too, and puts right whatever differs. Writers are held.
///
/// # Errors
/// The database's.
pub async fn put_right(tx: &Tx, position: i64) -> Result<Vec<Wrong>, StoreError> {
    for table in &TABLES {
        tx.batch(&table.forget()).await?;
        tx.batch(&table.differing()).await?;
        tx.execute(&table.superfluous(table.later), &[(&position, Type::INT8)]).await?;
    }
    // Each entry was added up when it was made; the trigger would look at each line once more.
    tx.batch("ALTER TABLE ledger.postings DISABLE TRIGGER postings_balance").await?;
    let mut repaired = Vec::new();
    for table in &TABLES {
        repaired.push(wrong(tx, table).await?);
        tx.execute(&table.remove(), &[]).await?;
        tx.execute(&table.put_right(), &[]).await?;
    }
    // Snapshots were sums of what was wrong; they are made again as hours end.
    let told = |one: &Wrong| matches!(one.table, "position_steps" | "postings");
    if repaired.iter().any(|one| told(one) && one.missing + one.differing + one.superfluous > 0) {
        super::snapshots::forget(tx).await?;
    }
    tx.batch("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE ledger.postings ENABLE TRIGGER postings_balance").await?;
    Ok(repaired)
}
