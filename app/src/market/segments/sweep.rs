//! What sealing leaves behind: objects that no entry names, and partitions that no row is in.

use domain::Time;
use store::market::segments::{self as catalogue, Segment, Tier};
use store::market::segments::{objects, partitions};
use store::{Db, StoreError};

use super::seal::verify;
use super::{SegmentError, Segments};
use crate::Clock;

/// An object or a partition is left alone for so long after it was last needed: somebody who reads
/// by an older state of the catalogue may still want it.
const LEAVE_MICROS: i64 = 3_600_000_000;
/// Partitions of the last days are about to be written to.
const RECENT_MICROS: i64 = 3 * 86_400_000_000;

/// What was swept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Swept {
    /// Objects removed.
    pub objects: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Partitions dropped.
    pub partitions: u64,
}

/// What there is of segments, and which of them can't be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Inventory {
    /// How many.
    pub count: usize,
    /// Their bytes.
    pub bytes: u64,
    /// What is wrong with which.
    pub faults: Vec<String>,
}

impl Segments {
    /// Looks for every object of the catalogue, and tells those that are missing, that have another
    /// length, or that a reader found damaged. Their bytes are not read.
    ///
    /// # Errors
    /// The database's.
    pub async fn inventory(&self, db: &Db) -> Result<Inventory, SegmentError> {
        let mut found = Inventory::default();
        for segment in catalogue::all(db, None).await? {
            found.count += 1;
            found.bytes += segment.byte_count.unsigned_abs();
            let length = match self.store(segment.tier, &segment.path) {
                Ok(store) => store.length(&segment.path).await.map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            let expected = segment.byte_count.unsigned_abs();
            let fault = match (segment.damage, length) {
                (_, Err(error)) => Some(error),
                (Some(damage), _) => Some(format!("{}: {damage}", segment.path)),
                (None, Ok(length)) if length != expected => {
                    Some(format!("{} has {length} bytes instead of {expected}", segment.path))
                }
                (None, Ok(_)) => None,
            };
            found.faults.extend(fault);
        }
        Ok(found)
    }

    /// Copies a segment's object to the cold store, reads it back there, and enters that place into
    /// the catalogue. The old object is swept later.
    ///
    /// # Errors
    /// The stores' and the database's; the segment is then where it was.
    pub async fn move_to_cold(&self, db: &Db, segment: &Segment) -> Result<(), SegmentError> {
        let bytes = self.bytes(db, segment, None).await?;
        self.store(Tier::Cold, &segment.path)?.put(&segment.path, bytes).await?;
        verify(self, segment, Tier::Cold).await?;
        db.run("market.move_segment", |tx| async move {
            catalogue::moved(&tx, segment, Tier::Cold).await.map(drop)
        })
        .await
        .map_err(|error: StoreError| error.into())
    }

    /// Removes objects that no entry of the catalogue names, and drops empty partitions, both only
    /// an hour after anybody needed them.
    ///
    /// # Errors
    /// The stores' and the database's.
    pub async fn sweep(&self, db: &Db, clock: &Clock) -> Result<Swept, SegmentError> {
        let mut swept = Swept::default();
        let before = clock.now().plus_micros(-LEAVE_MICROS);
        for tier in [Tier::Warm, Tier::Cold] {
            let Ok(store) = self.store(tier, "") else { continue };
            for area in ["candles/", "ticks/"] {
                // Listed before the catalogue is asked, or an object sealed in between seems unneeded.
                let listed = store.list(area).await?;
                let needed = objects::needed(db, tier, before).await?;
                let mut gone = Vec::new();
                for entry in listed {
                    if entry.modified < before && !needed.contains(&entry.path) {
                        store.delete(&entry.path).await?;
                        swept.objects += 1;
                        swept.bytes += entry.bytes;
                        gone.push(entry.path);
                    }
                }
                objects::swept(db, tier, &gone).await?;
            }
        }
        let newest = catalogue::all(db, None).await?.into_iter().map(|s| s.sealed_at).max();
        if newest.is_none_or(|newest: Time| newest < before) {
            let over = clock.now().plus_micros(-RECENT_MICROS);
            swept.partitions = partitions::drop_empty(db, over).await?.len() as u64;
        }
        Ok(swept)
    }
}
