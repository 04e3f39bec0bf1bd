//! Partitions by time: ticks a day each, candles a month each, made before rows need them.

use std::collections::BTreeSet;

use domain::Time;
use domain::market::{Interval, TimeRange};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use postgres_types::Type;

use crate::{Db, StoreError, Tx};

// A look into the table of tables: `to_regclass` may answer from a cache that a wait for the lock
// below does not refresh.
const MISSING: &str = "
SELECT name FROM unnest($1::text[]) AS name
WHERE NOT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = 'market'::regnamespace AND c.relname = name)";

/// Partitions made in one transaction: each takes several of the server's locks until it ends.
const AT_ONCE: usize = 100;

/// "part": partitions are made by one process at a time.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1885434484)";
const MAKE: &str = "SELECT market.make_partition($1, ($2::text)::date)";

pub(super) const STATEMENTS: &[&str] = &[MISSING, LOCK, MAKE];

/// A table that is cut by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// `market.ticks`, by day.
    Ticks,
    /// `market.candles`, by month.
    Candles,
}

impl Table {
    pub(super) fn name(self) -> &'static str {
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

    /// The time that the partition of `time` covers.
    ///
    /// # Errors
    /// A time at the end of all calendars.
    pub fn range(self, time: Time) -> Result<TimeRange, StoreError> {
        let (first, next) = self.bounds(time)?;
        let out_of_range = |error: jiff::Error| StoreError::Unexpected(error.to_string());
        let midnight = |date: Date| {
            date.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp().into()).map_err(out_of_range)
        };
        let empty = || StoreError::Unexpected("a partition of no time".to_owned());
        TimeRange::new(midnight(first)?, midnight(next)?).ok_or_else(empty)
    }

    /// When the partition of that name ends, if it is one of this table's.
    pub(super) fn ends(self, partition: &str) -> Option<Time> {
        let digits = partition.strip_prefix(self.name())?.strip_prefix('_')?;
        let number = |at: std::ops::Range<usize>| digits.get(at)?.parse::<i16>().ok();
        let day = if self == Self::Ticks { number(6..8)? } else { 1 };
        let date = Date::new(number(0..4)?, number(4..6)? as i8, day as i8).ok()?;
        let first: Time = date.to_zoned(TimeZone::UTC).ok()?.timestamp().into();
        (self.partition(date) == partition).then(|| self.range(first).ok()).flatten().map(|r| r.to)
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
        lock(&tx).await?;
        let missing = tx.query(MISSING, &[(names, Type::TEXT_ARRAY)]).await?;
        let missing: BTreeSet<String> = missing.iter().map(|row| row.get(0)).collect();
        for (first, _) in wanted {
            let name = table.partition(*first);
            if missing.contains(&name) {
                let (parent, first) = (table.name(), first.to_string());
                tx.query(MAKE, &[(&parent, Type::TEXT), (&first, Type::TEXT)]).await?;
            }
        }
        Ok(missing.len())
    })
    .await
}

/// One maker (or dropper) of partitions at a time, until the transaction ends.
pub(super) async fn lock(tx: &Tx) -> Result<(), StoreError> {
    tx.query(LOCK, &[]).await.map(drop)
}
