//! Events, which are only added.

use domain::Time;
use domain::ledger::{AccountEvent, Hash, OrderEvent, chained};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, time};
use crate::{Db, Param, StoreError, Tx};

const LAST: &str =
    "SELECT version, hash FROM ledger.events WHERE stream = $1 ORDER BY version DESC LIMIT 1";
// Rows get their positions in the order in which they are given.
const APPEND: &str = "
INSERT INTO ledger.events (stream, version, stream_kind, kind, body, recorded_at, hash)
SELECT stream, version, stream_kind, kind, body::json, $6, hash
FROM unnest($1::uuid[], $2::int4[], $3::text[], $4::text[], $5::text[], $7::bytea[])
    WITH ORDINALITY AS rows (stream, version, stream_kind, kind, body, hash, place)
ORDER BY place
RETURNING position";
const OF_STREAM: &str =
    "SELECT position, stream, version, stream_kind, body::text AS body, recorded_at, hash
FROM ledger.events WHERE stream = $1 ORDER BY version";
const STREAM_PAGE: &str =
    "SELECT position, stream, version, stream_kind, body::text AS body, recorded_at, hash
FROM ledger.events WHERE stream = $1 AND version > $2 ORDER BY version LIMIT $3";
const AFTER: &str =
    "SELECT position, stream, version, stream_kind, body::text AS body, recorded_at, hash
FROM ledger.events WHERE position > $1 ORDER BY position LIMIT $2";
const COUNT: &str = "SELECT count(*) FROM ledger.events";

pub(super) const STATEMENTS: &[&str] = &[LAST, APPEND, OF_STREAM, STREAM_PAGE, AFTER, COUNT];

/// What a stream is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// An order.
    Order,
    /// A venue account.
    Account,
}

impl StreamKind {
    /// Its name in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Order => "order",
            Self::Account => "account",
        }
    }
}

/// Where a stream ends.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tip {
    /// Its events.
    pub version: i32,
    /// The hash of the last.
    pub hash: Option<Hash>,
}

/// An event that is to be added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEvent {
    /// The stream's number.
    pub stream: Uuid,
    /// What the stream is of.
    pub of: StreamKind,
    /// The event's name.
    pub kind: &'static str,
    /// All of it, as JSON.
    pub body: String,
}

impl NewEvent {
    /// Of an order.
    ///
    /// # Errors
    /// It can't be written as JSON.
    pub fn of_order(order: Uuid, event: &OrderEvent) -> Result<Self, StoreError> {
        Ok(Self { stream: order, of: StreamKind::Order, kind: event.kind(), body: json(event)? })
    }

    /// Of a venue account.
    ///
    /// # Errors
    /// It can't be written as JSON.
    pub fn of_account(account: Uuid, event: &AccountEvent) -> Result<Self, StoreError> {
        let (of, kind) = (StreamKind::Account, event.kind());
        Ok(Self { stream: account, of, kind, body: json(event)? })
    }
}

fn json(event: &impl serde::Serialize) -> Result<String, StoreError> {
    let failed = |error| StoreError::Unexpected(format!("an event: {error}"));
    serde_json::to_string(event).map_err(failed)
}

/// An event as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEvent {
    /// Its place among all events.
    pub position: i64,
    /// The stream's number.
    pub stream: Uuid,
    /// What the stream is of.
    pub of: StreamKind,
    /// Its place in the stream, from 1.
    pub version: i32,
    /// All of it, as JSON.
    pub body: String,
    /// When it was added.
    pub recorded_at: Time,
    /// See [`chained`].
    pub hash: Hash,
}

impl StoredEvent {
    /// The event itself.
    ///
    /// # Errors
    /// That no version of this program wrote it.
    pub fn read<T: serde::de::DeserializeOwned>(&self) -> Result<T, StoreError> {
        let failed = |error| {
            let (stream, version) = (self.stream, self.version);
            StoreError::Unexpected(format!("event {version} of {stream}: {error}"))
        };
        serde_json::from_str(&self.body).map_err(failed)
    }
}

/// Where a stream ends now. Whoever wants to add to it holds its row before.
///
/// # Errors
/// The database's.
pub async fn tip(tx: &Tx, stream: Uuid) -> Result<Tip, StoreError> {
    let Some(row) = tx.query_opt(LAST, &[(&stream, Type::UUID)]).await? else {
        return Ok(Tip::default());
    };
    Ok(Tip { version: row.try_get("version")?, hash: Some(hash(&row)?) })
}

/// Adds events; those of one stream, in their order, after `tip`. Gives their positions.
///
/// # Errors
/// The database's; that a stream has gone on meanwhile is a unique violation.
pub async fn append(tx: &Tx, new: &[(Tip, NewEvent)], now: Time) -> Result<Vec<i64>, StoreError> {
    let mut rows = Columns::default();
    for (tip, event) in new {
        rows.push(*tip, event, now);
    }
    let params: [Param<'_>; 7] = [
        (&rows.streams, Type::UUID_ARRAY),
        (&rows.versions, Type::INT4_ARRAY),
        (&rows.of, Type::TEXT_ARRAY),
        (&rows.kinds, Type::TEXT_ARRAY),
        (&rows.bodies, Type::TEXT_ARRAY),
        (&At(now), Type::TIMESTAMPTZ),
        (&rows.hashes, Type::BYTEA_ARRAY),
    ];
    let added = tx.query(APPEND, &params).await?;
    added.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

#[derive(Default)]
struct Columns<'a> {
    streams: Vec<Uuid>,
    versions: Vec<i32>,
    of: Vec<&'static str>,
    kinds: Vec<&'static str>,
    bodies: Vec<&'a str>,
    hashes: Vec<Vec<u8>>,
}

impl<'a> Columns<'a> {
    /// `tip` is where the stream ended before all of these.
    fn push(&mut self, tip: Tip, event: &'a NewEvent, now: Time) {
        let before = self.streams.last().filter(|last| **last == event.stream);
        let (version, hash) = match before.and(self.hashes.last()) {
            Some(hash) => {
                let version = self.versions.last().copied().unwrap_or_default();
                (version, <Hash>::try_from(hash.as_slice()).ok())
            }
            None => (tip.version, tip.hash),
        };
        let next = chained(hash.as_ref(), event.stream, version + 1, now, &event.body);
        self.streams.push(event.stream);
        self.versions.push(version + 1);
        self.of.push(event.of.as_str());
        self.kinds.push(event.kind);
        self.bodies.push(&event.body);
        self.hashes.push(next.to_vec());
    }
}

/// All events of a stream.
///
/// # Errors
/// The database's.
pub async fn of_stream(tx: &Tx, stream: Uuid) -> Result<Vec<StoredEvent>, StoreError> {
    tx.query(OF_STREAM, &[(&stream, Type::UUID)]).await?.iter().map(stored).collect()
}

/// The same outside of a transaction.
///
/// # Errors
/// The database's.
pub async fn history(db: &Db, stream: Uuid) -> Result<Vec<StoredEvent>, StoreError> {
    let rows = db.query("ledger.history", OF_STREAM, &[(&stream, Type::UUID)]).await?;
    rows.iter().map(stored).collect()
}

/// Events of a stream past a version, in their order, at most so many.
///
/// # Errors
/// The database's.
pub async fn stream_page(
    db: &Db,
    stream: Uuid,
    version: i32,
    most: i64,
) -> Result<Vec<StoredEvent>, StoreError> {
    let params: [Param<'_>; 3] =
        [(&stream, Type::UUID), (&version, Type::INT4), (&most, Type::INT8)];
    let rows = db.query("ledger.stream_page", STREAM_PAGE, &params).await?;
    rows.iter().map(stored).collect()
}

/// Events past a position, in the one order, at most so many: all of them in a transaction that sees
/// one moment only.
///
/// # Errors
/// The database's.
pub async fn all_after(tx: &Tx, position: i64, most: i64) -> Result<Vec<StoredEvent>, StoreError> {
    let params: [Param<'_>; 2] = [(&position, Type::INT8), (&most, Type::INT8)];
    tx.query(AFTER, &params).await?.iter().map(stored).collect()
}

/// How many events there are.
///
/// # Errors
/// The database's.
pub async fn count(db: &Db) -> Result<i64, StoreError> {
    let rows = db.query("ledger.count", COUNT, &[]).await?;
    rows.first().map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

fn hash(row: &Row) -> Result<Hash, StoreError> {
    let hash: &[u8] = row.try_get("hash")?;
    hash.try_into().map_err(|_| StoreError::Unexpected("a hash of ledger.events".to_owned()))
}

pub(super) fn stored(row: &Row) -> Result<StoredEvent, StoreError> {
    Ok(StoredEvent {
        position: row.try_get("position")?,
        stream: row.try_get("stream")?,
        of: match row.try_get("stream_kind")? {
            "order" => StreamKind::Order,
            _ => StreamKind::Account,
        },
        version: row.try_get("version")?,
        body: row.try_get("body")?,
        recorded_at: time(row, "recorded_at")?,
        hash: hash(row)?,
    })
}
