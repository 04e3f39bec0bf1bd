//! Points of other programs' measurements. A series is a bucket, a measurement and tags; it has one
//! point at a time, and fields that come later are added to it or replace those of the same name.

use std::collections::BTreeMap;

use domain::Time;
use postgres_types::Type;

use crate::market::row::{self, At};
use crate::{Db, StoreError, Tx};

const KNOWN: &str = "SELECT id, hash FROM ops.series WHERE hash = ANY($1)";

const ADD: &str = "
INSERT INTO ops.series (hash, bucket, measurement, tags)
SELECT hash, bucket, measurement, tags::jsonb
FROM unnest($1::bytea[], $2::text[], $3::text[], $4::text[]) AS rows (hash, bucket, measurement, tags)
ORDER BY hash
ON CONFLICT (hash) DO NOTHING";

const WRITE: &str = include_str!("queries/upsert_points.sql");
const PAGE: &str = include_str!("queries/page_points.sql");

const OLD: &str = "
SELECT s.bucket, count(*) AS row_count, sum(pg_column_size(p.*))::bigint AS bytes,
       min(p.time) AS first_time
FROM ops.points p JOIN ops.series s ON s.id = p.series_id
WHERE p.time < $1 GROUP BY s.bucket ORDER BY s.bucket";

const PRUNE: &str = include_str!("queries/delete_old_points.sql");

pub(super) const STATEMENTS: &[&str] = &[KNOWN, ADD, WRITE, PAGE, OLD, PRUNE];

/// A series that points belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Series {
    /// Its own number among those that are written together.
    pub hash: [u8; 32],
    /// InfluxDB's database or bucket.
    pub bucket: String,
    /// What is measured.
    pub measurement: String,
    /// A JSON object of texts.
    pub tags: String,
}

/// One point. No two that are written together are of the same series and time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewPoint {
    /// Its series.
    pub hash: [u8; 32],
    /// When, to the microsecond.
    pub time: Time,
    /// Nanoseconds below it, 0 to 999.
    pub nanos: i16,
    /// A JSON object.
    pub fields: String,
}

/// Writes points and the series that are new; what is stored already changes nothing.
///
/// # Errors
/// The database's.
pub async fn write(tx: &Tx, series: &[Series], points: &[NewPoint]) -> Result<(), StoreError> {
    let mut ids = known(tx, series).await?;
    let new: Vec<&Series> = series.iter().filter(|one| !ids.contains_key(&one.hash[..])).collect();
    if !new.is_empty() {
        let hashes: Vec<&[u8]> = new.iter().map(|one| &one.hash[..]).collect();
        let buckets: Vec<&str> = new.iter().map(|one| one.bucket.as_str()).collect();
        let measurements: Vec<&str> = new.iter().map(|one| one.measurement.as_str()).collect();
        let tags: Vec<&str> = new.iter().map(|one| one.tags.as_str()).collect();
        tx.execute(
            ADD,
            &[
                (&hashes, Type::BYTEA_ARRAY),
                (&buckets, Type::TEXT_ARRAY),
                (&measurements, Type::TEXT_ARRAY),
                (&tags, Type::TEXT_ARRAY),
            ],
        )
        .await?;
        // Another session may have added some of them first.
        ids = known(tx, series).await?;
    }
    let missing = || StoreError::Unexpected("a series that was just added is not there".to_owned());
    let id = |point: &NewPoint| ids.get(&point.hash[..]).copied().ok_or_else(missing);
    let mut rows = Vec::with_capacity(points.len());
    for point in points {
        rows.push((id(point)?, point));
    }
    // Two writers take rows in the same order, so that neither waits for the other.
    rows.sort_by_key(|(id, point)| (*id, point.time, point.nanos));
    let ids: Vec<i64> = rows.iter().map(|(id, _)| *id).collect();
    let times: Vec<At> = rows.iter().map(|(_, point)| At(point.time)).collect();
    let nanos: Vec<i16> = rows.iter().map(|(_, point)| point.nanos).collect();
    let fields: Vec<&str> = rows.iter().map(|(_, point)| point.fields.as_str()).collect();
    tx.execute(
        WRITE,
        &[
            (&ids, Type::INT8_ARRAY),
            (&times, Type::TIMESTAMPTZ_ARRAY),
            (&nanos, Type::INT2_ARRAY),
            (&fields, Type::TEXT_ARRAY),
        ],
    )
    .await?;
    Ok(())
}

async fn known(tx: &Tx, series: &[Series]) -> Result<BTreeMap<Vec<u8>, i64>, StoreError> {
    let hashes: Vec<&[u8]> = series.iter().map(|one| &one.hash[..]).collect();
    let rows = tx.query(KNOWN, &[(&hashes, Type::BYTEA_ARRAY)]).await?;
    rows.iter().map(|row| Ok((row.try_get("hash")?, row.try_get("id")?))).collect()
}

/// A point's place in the order of pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// When.
    pub time: Time,
    /// Nanoseconds below the microsecond.
    pub nanos: i16,
    /// The number of its series.
    pub series: i64,
}

/// Which points are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointQuery {
    /// Of this measurement.
    pub measurement: String,
    /// With at least these tags: a JSON object of texts.
    pub tags: String,
    /// Of this bucket only.
    pub bucket: Option<String>,
    /// From this time on.
    pub from: Time,
    /// Before this time.
    pub to: Time,
    /// Behind this place.
    pub after: Option<Place>,
    /// Most points.
    pub limit: i64,
}

/// A stored point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredPoint {
    /// Where it stands.
    pub place: Place,
    /// InfluxDB's database or bucket.
    pub bucket: String,
    /// Its tags as a JSON object.
    pub tags: String,
    /// Its fields as a JSON object.
    pub fields: String,
}

/// Points by time, oldest first.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &PointQuery) -> Result<Vec<StoredPoint>, StoreError> {
    let after = query.after.unwrap_or(Place { time: Time::MIN, nanos: -1, series: 0 });
    let rows = db
        .query(
            "ops.points",
            PAGE,
            &[
                (&query.measurement, Type::TEXT),
                (&query.tags, Type::TEXT),
                (&query.bucket, Type::TEXT),
                (&At(query.from), Type::TIMESTAMPTZ),
                (&At(query.to), Type::TIMESTAMPTZ),
                (&At(after.time), Type::TIMESTAMPTZ),
                (&after.nanos, Type::INT2),
                (&after.series, Type::INT8),
                (&query.limit, Type::INT8),
            ],
        )
        .await?;
    rows.iter()
        .map(|row| {
            let place = Place {
                time: row::time(row, "time")?,
                nanos: row.try_get("nanos")?,
                series: row.try_get("id")?,
            };
            Ok(StoredPoint {
                place,
                bucket: row.try_get("bucket")?,
                tags: row.try_get("tags")?,
                fields: row.try_get("fields")?,
            })
        })
        .collect()
}

/// Points of a bucket before some time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldPoints {
    /// InfluxDB's database or bucket.
    pub bucket: String,
    /// How many.
    pub row_count: u64,
    /// How large they are, without indexes.
    pub bytes: u64,
    /// The first of them.
    pub first_time: Time,
}

/// What there is before `before`, by bucket.
///
/// # Errors
/// The database's.
pub async fn old(db: &Db, before: Time) -> Result<Vec<OldPoints>, StoreError> {
    let rows = db.query("ops.old_points", OLD, &[(&At(before), Type::TIMESTAMPTZ)]).await?;
    rows.iter()
        .map(|row| {
            Ok(OldPoints {
                bucket: row.try_get("bucket")?,
                row_count: row.try_get::<_, i64>("row_count")?.unsigned_abs(),
                bytes: row.try_get::<_, i64>("bytes")?.unsigned_abs(),
                first_time: row::time(row, "first_time")?,
            })
        })
        .collect()
}

/// Deletes at most `limit` points of a bucket before `before`, of the series from `series` on.
/// Returns the series to go on from, or none when that were all. Series stay, for whoever writes a
/// point may just have looked up its own.
///
/// # Errors
/// The database's.
pub async fn prune(
    tx: &Tx,
    bucket: &str,
    series: i64,
    before: Time,
    limit: i64,
) -> Result<Option<i64>, StoreError> {
    let params: [crate::Param<'_>; 4] = [
        (&bucket, Type::TEXT),
        (&series, Type::INT8),
        (&At(before), Type::TIMESTAMPTZ),
        (&limit, Type::INT8),
    ];
    let rows = tx.query(PRUNE, &params).await?;
    let Some(row) = rows.first() else { return Ok(None) };
    let full = row.try_get::<_, i64>("row_count")? == limit;
    Ok(row.try_get::<_, Option<i64>>("last_series")?.filter(|_| full))
}
