//! Partitions by time: ticks a day each, candles a month each, made before rows need them.

use std::collections::BTreeSet;

use domain::Time;
use domain::market::Interval;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use postgres_types::Type;

use crate::{Db, StoreError};

// A look into the table of tables: `to_regclass` may answer from a cache that a wait for the lock
// below does not refresh.
const MISSING: &str = "
SELECT name FROM unnest($1::text[]) AS name
WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'market'::regnamespace AND c.relname = name)";

/// Partitions made in one transaction: each takes several of the server's locks until it ends.
const AT_ONCE: usize = 100;

/// "part": partitions are made by one process at a time.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1885434484)";

pub(super) const STATEMENTS: &[&str] = &[MISSING, LOCK];

/// A table that is cut by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `market.ticks`, by day.
    Ticks,
    /// `market.candles`, by month.
    Candles,
}

impl Table {
    fn name(self) -> &'static str {
        match self {
            Self::Ticks => "ticks",
            Self::Candles => "candles",
        }
    }

    /// First day of the partition that holds `time`, and of the next one.
    fn bounds(self, time: Time) -> Result<(Date, Date), StoreError> {
        let date = time.timestamp().to_zoned(TimeZone::UTC).date();
        let out_of_range = |error: jiff::Error| StoreError::Unexpected(error.to_string());
        match self {
            Self::Ticks => Ok((date, date.tomorrow().map_err(out_of_range)?)),
            Self::Candles => {
                let first = date.first_of_month();
                Ok((first, first.last_of_month().tomorrow().map_err(out_of_range)?))
            }
        }
    }

    fn partition(self, first: Date) -> String {
        match self {
            Self::Ticks => {
                format!("ticks_{:04}{:02}{:02}", first.year(), first.month(), first.day())
            }
            Self::Candles => format!("candles_{:04}{:02}", first.year(), first.month()),
        }
    }
}

/// Makes the partitions that rows of these times need; returns how many were missing.
///
/// # Errors
/// The database's.
pub async fn ensure(
    db: &Db,
    table: Table,
    times: impl IntoIterator<Item = Time>,
) -> Result<usize, StoreError> {
    // Of a million rows few begin another day, and finding a day's bounds costs more than a look.
    let (mut wanted, mut days) = (BTreeSet::new(), BTreeSet::new());
    for time in times {
        if days.insert(Interval::D1.open_time(time)) {
            wanted.insert(table.bounds(time)?);
        }
    }
    let wanted: Vec<(Date, Date)> = wanted.into_iter().collect();
    let mut made = 0;
    for some in wanted.chunks(AT_ONCE) {
        made += make_missing(db, table, some).await?;
    }
    Ok(made)
}

async fn make_missing(db: &Db, table: Table, wanted: &[(Date, Date)]) -> Result<usize, StoreError> {
    let names: Vec<String> = wanted.iter().map(|(first, _)| table.partition(*first)).collect();
    let names = &names;
    let missing =
        db.query("market.missing_partitions", MISSING, &[(names, Type::TEXT_ARRAY)]).await?;
    if missing.is_empty() {
        return Ok(0);
    }
    db.run("market.make_partitions", |tx| async move {
        tx.query(LOCK, &[]).await?;
        let missing = tx.query(MISSING, &[(names, Type::TEXT_ARRAY)]).await?;
        let missing: BTreeSet<String> = missing.iter().map(|row| row.get(0)).collect();
        for (first, next) in wanted {
            let name = table.partition(*first);
            if missing.contains(&name) {
                tx.batch(&make(table, &name, *first, *next)).await?;
            }
        }
        Ok(missing.len())
    })
    .await
}

/// Attaching an empty table locks out writers of the same partition only; `CREATE TABLE …
/// PARTITION OF` would lock out everybody who reads the whole.
fn make(table: Table, name: &str, first: Date, next: Date) -> String {
    let parent = table.name();
    format!(
        "CREATE TABLE market.{name} (LIKE market.{parent} INCLUDING ALL);
         ALTER TABLE market.{parent} ATTACH PARTITION market.{name}
         FOR VALUES FROM ('{first} 00:00:00+00') TO ('{next} 00:00:00+00')"
    )
}
