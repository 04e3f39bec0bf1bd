//! What sealing leaves behind: objects that no entry names, and partitions that no row is in.

use std::collections::BTreeSet;

use domain::Time;
use store::Db;
use store::market::segments::partitions;
use store::market::segments::{self as catalogue, Tier};

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

impl Segments {
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
                let known: BTreeSet<(Tier, String)> = catalogue::all(db, None)
                    .await?
                    .into_iter()
                    .map(|segment| (segment.tier, segment.path))
                    .collect();
                for entry in listed {
                    if entry.modified < before && !known.contains(&(tier, entry.path.clone())) {
                        store.delete(&entry.path).await?;
                        swept.objects += 1;
                        swept.bytes += entry.bytes;
                    }
                }
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
