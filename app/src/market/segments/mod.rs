//! Old rows as objects outside the database, so that it stays small; and reading them so that
//! nobody has to ask where rows are.
//!
//! [`seal`] moves a partition of a series out, [`unseal`] brings it back, [`MarketReader`] reads
//! both. Rows are in the tables or in a segment, never in both; one snapshot of the database tells.
//!
//! [`MarketReader`]: crate::market::read::MarketReader

mod arrow;
mod read;
pub mod seal;
mod sweep;
pub mod unseal;

use std::sync::Arc;

use adapters::market::files::{CandleSchema, TickSchema, WriteError};
use adapters::market::segments::{self as encoding, CandleChunk, Chunk, Layout, Piece, TickChunk};
use adapters::ops::objects::{ObjectError, Objects};
use bytes::Bytes;
use moka::future::Cache;
use store::market::segments::{self as catalogue, Segment, Series, Tier};
use store::{AsStoreError, Db, StoreError};

pub use arrow::{ArrowPiece, CandleArrow};
pub use sweep::{Inventory, Swept};
pub use unseal::open_for_writing;

/// Why rows can't be moved or read.
#[derive(Debug, thiserror::Error)]
pub enum SegmentError {
    /// An object isn't what was written, or isn't there.
    #[error("segment {path} ({range}) can't be used: {reason}")]
    Damaged {
        /// The object.
        path: String,
        /// Whose rows, and of which time.
        range: String,
        /// What is wrong.
        reason: String,
    },
    /// The place of the objects doesn't answer.
    #[error("segment {path} can't be read now: {reason}")]
    Unavailable {
        /// The object.
        path: String,
        /// Why.
        reason: String,
    },
    /// Nothing here knows where segments are.
    #[error("rows are sealed in {path}, and no {tier} store for segments is set up here")]
    NoStore {
        /// The object.
        path: String,
        /// Which store has it.
        tier: &'static str,
    },
    /// An object can't be written.
    #[error("can't write a segment: {0}")]
    Object(#[from] ObjectError),
    /// Rows can't be encoded.
    #[error("can't encode a segment: {0}")]
    Encode(#[from] WriteError),
    /// What was read back differs from the rows.
    #[error("{path} was written and reads back otherwise: {reason}; no row was deleted")]
    NotEqual {
        /// The object.
        path: String,
        /// What is different.
        reason: String,
    },
    /// The rows change all the time.
    #[error("the rows of {0} changed while they were sealed; no row was deleted")]
    Changing(String),
    /// It was asked to stop.
    #[error("interrupted; what was done before stays done")]
    Interrupted,
    /// The database's error.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl AsStoreError for SegmentError {
    fn as_store(&self) -> Option<&StoreError> {
        match self {
            Self::Store(error) => Some(error),
            _ => None,
        }
    }
}

/// Where segments are, and what was read of them lately. Cheap to clone; the default knows no
/// place, so that reading sealed rows is an error.
#[derive(Clone, Default)]
pub struct Segments(Option<Arc<Inner>>);

struct Inner {
    warm: Arc<dyn Objects>,
    cold: Option<Arc<dyn Objects>>,
    opened: Cache<(i64, usize), Opened>,
}

/// A chunk that was read and found sound.
#[derive(Clone)]
enum Opened {
    Candles(Arc<CandleChunk>),
    Ticks(Arc<TickChunk>),
}

impl Opened {
    fn bytes(&self) -> u32 {
        let bytes = match self {
            Self::Candles(chunk) => chunk.batch().get_array_memory_size(),
            Self::Ticks(chunk) => chunk.bytes(),
        };
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }
}

impl std::fmt::Debug for Segments {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = self.0.as_ref().map(|inner| inner.warm.place());
        out.debug_tuple("Segments").field(&place).finish()
    }
}

impl Segments {
    /// Segments in these stores; `cache_bytes` of them stay in memory.
    #[must_use]
    pub fn new(warm: Arc<dyn Objects>, cold: Option<Arc<dyn Objects>>, cache_bytes: u64) -> Self {
        let weigher = |_: &(i64, usize), opened: &Opened| opened.bytes();
        let opened = Cache::builder().max_capacity(cache_bytes).weigher(weigher).build();
        Self(Some(Arc::new(Inner { warm, cold, opened })))
    }

    /// The store of a tier.
    fn store(&self, tier: Tier, path: &str) -> Result<&Arc<dyn Objects>, SegmentError> {
        let store = self.0.as_ref().and_then(|inner| match tier {
            Tier::Warm => Some(&inner.warm),
            Tier::Cold => inner.cold.as_ref(),
        });
        store.ok_or(SegmentError::NoStore { path: path.to_owned(), tier: tier.as_str() })
    }

    /// Whether there is a store for what is hardly read.
    #[must_use]
    pub fn has_cold(&self) -> bool {
        self.0.as_ref().is_some_and(|inner| inner.cold.is_some())
    }

    /// A chunk of candles.
    async fn candles(
        &self,
        db: &Db,
        segment: &Segment,
        at: usize,
        chunk: &Chunk,
    ) -> Result<Arc<CandleChunk>, SegmentError> {
        if let Some(Opened::Candles(opened)) = self.cached(segment, at).await {
            return Ok(opened);
        }
        let shown = self.piece(db, segment, &chunk.shown).await?;
        let hidden = self.piece(db, segment, &chunk.hidden).await?;
        let layout = layout(segment);
        let opened = encoding::message(&layout.shown(), shown).and_then(|shown| {
            CandleChunk::new(shown, &encoding::message(&layout.hidden(), hidden)?)
        });
        let opened = Arc::new(self.sound(db, segment, opened).await?);
        self.keep(segment, at, Opened::Candles(Arc::clone(&opened))).await;
        Ok(opened)
    }

    /// A chunk of ticks.
    async fn ticks(
        &self,
        db: &Db,
        segment: &Segment,
        at: usize,
        chunk: &Chunk,
    ) -> Result<Arc<TickChunk>, SegmentError> {
        if let Some(Opened::Ticks(opened)) = self.cached(segment, at).await {
            return Ok(opened);
        }
        let shown = self.piece(db, segment, &chunk.shown).await?;
        let hidden = self.piece(db, segment, &chunk.hidden).await?;
        let layout = layout(segment);
        let opened = encoding::message(&layout.shown(), shown).and_then(|shown| {
            TickChunk::new(&shown, &encoding::message(&layout.hidden(), hidden)?)
        });
        let opened = Arc::new(self.sound(db, segment, opened).await?);
        self.keep(segment, at, Opened::Ticks(Arc::clone(&opened))).await;
        Ok(opened)
    }

    async fn cached(&self, segment: &Segment, at: usize) -> Option<Opened> {
        self.0.as_ref()?.opened.get(&(segment.id, at)).await
    }

    async fn keep(&self, segment: &Segment, at: usize, opened: Opened) {
        if let Some(inner) = &self.0 {
            inner.opened.insert((segment.id, at), opened).await;
        }
    }

    /// The bytes of a piece, as they were written.
    async fn piece(
        &self,
        db: &Db,
        segment: &Segment,
        piece: &Piece,
    ) -> Result<Bytes, SegmentError> {
        let bytes = self.bytes(db, segment, Some(piece.range())).await?;
        let checked = piece.check(&bytes);
        self.sound(db, segment, checked).await.map(|()| bytes)
    }

    /// Bytes of a segment's object.
    async fn bytes(
        &self,
        db: &Db,
        segment: &Segment,
        range: Option<std::ops::Range<u64>>,
    ) -> Result<Bytes, SegmentError> {
        let store = self.store(segment.tier, &segment.path)?;
        match store.get(&segment.path, range).await {
            Ok(bytes) => Ok(bytes),
            Err(error) => match self.fault_of(segment, &error).await {
                Some(reason) => Err(self.damaged(db, segment, reason).await),
                None => {
                    let (path, reason) = (segment.path.clone(), error.to_string());
                    Err(SegmentError::Unavailable { path, reason })
                }
            },
        }
    }

    /// Whether an object that can't be read is missing or cut off, rather than out of reach.
    async fn fault_of(&self, segment: &Segment, error: &ObjectError) -> Option<String> {
        let store = self.store(segment.tier, &segment.path).ok()?;
        match (error, store.length(&segment.path).await) {
            (ObjectError::Missing { .. }, _) => Some(error.to_string()),
            (_, Ok(bytes)) if bytes != segment.byte_count.unsigned_abs() => {
                Some(format!("it has {bytes} bytes instead of {}", segment.byte_count))
            }
            _ => None,
        }
    }

    /// What was found sound; else the damage is noted and told.
    async fn sound<T>(
        &self,
        db: &Db,
        segment: &Segment,
        found: Result<T, encoding::Damage>,
    ) -> Result<T, SegmentError> {
        match found {
            Ok(found) => Ok(found),
            Err(damage) => Err(self.damaged(db, segment, damage.to_string()).await),
        }
    }

    async fn damaged(&self, db: &Db, segment: &Segment, reason: String) -> SegmentError {
        let (path, range) = (segment.path.clone(), about(segment));
        tracing::error!(%path, %range, %reason, "a segment can't be used");
        metrics::counter!("chandlery_segment_faults_total").increment(1);
        // The reader is told in any case.
        if let Err(error) = catalogue::note_damage(db, segment.id, Some(&reason)).await {
            tracing::warn!(%error, "the damage of a segment can't be noted");
        }
        SegmentError::Damaged { path, range, reason }
    }
}

/// What a segment holds, in words.
#[must_use]
pub fn about(segment: &Segment) -> String {
    let (from, to) = (segment.range.from, segment.range.to);
    let origin = match segment.series {
        Series::Candles(_) => format!(", {}", segment.origin),
        Series::Ticks(_) => String::new(),
    };
    format!("{}{origin}, {from} to {to}", segment.series)
}

/// How a segment's rows are encoded.
fn layout(segment: &Segment) -> Layout {
    let [price_scale, quantity_scale, quote_scale] =
        [segment.scales.price, segment.scales.quantity, segment.scales.quote]
            .map(|scale| u8::try_from(scale).unwrap_or(u8::MAX));
    match segment.series {
        Series::Candles(_) => {
            Layout::Candles(CandleSchema { price_scale, quantity_scale, quote_scale })
        }
        Series::Ticks(_) => Layout::Ticks(TickSchema { price_scale, quantity_scale }),
    }
}

/// Where a segment's chunks are.
fn chunks(segment: &Segment) -> Result<Vec<Chunk>, SegmentError> {
    let known = if segment.format == encoding::FORMAT {
        serde_json::from_value(segment.chunks.clone()).map_err(|error| error.to_string())
    } else {
        Err(format!("its format {} is unknown to this version", segment.format))
    };
    known.map_err(|reason| SegmentError::Damaged {
        path: segment.path.clone(),
        range: about(segment),
        reason,
    })
}
