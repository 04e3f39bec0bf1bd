//! Segments: rows of one series as columns in one object, to be kept outside the database.
//!
//! An object is two Arrow IPC streams, one after the other, their columns packed with LZ4. The
//! first has the columns that clients are given and is a sound file for every Arrow reader; its
//! messages go out as they are. The second has what else is stored of each row. Rows are in chunks
//! with checksums of their own, so that a part can be read and trusted without the whole.

mod decode;
mod digest;
mod encode;
mod stream;

use std::ops::Range;

use arrow_schema::SchemaRef;
use serde::{Deserialize, Serialize};

pub use decode::{CandleChunk, TickChunk, message};
pub use digest::RowDigest;
pub use encode::{Encoded, SegmentWriter};
pub use stream::CandleStream;

use crate::market::files::{CandleSchema, TickSchema, candles_schema, ticks_schema};

/// Names the encoding in the catalogue.
pub const FORMAT: &str = "arrow-lz4-1";
/// Rows of a chunk: what is decoded, and held in memory, at a time.
pub const CHUNK_ROWS: usize = 65_536;

/// What the rows are, and how exact their numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    /// Candles.
    Candles(CandleSchema),
    /// Ticks.
    Ticks(TickSchema),
}

impl Layout {
    /// The columns that clients are given.
    #[must_use]
    pub fn shown(&self) -> SchemaRef {
        match self {
            Self::Candles(schema) => candles_schema(schema),
            Self::Ticks(schema) => ticks_schema(schema),
        }
    }

    /// What else is stored.
    #[must_use]
    pub fn hidden(&self) -> SchemaRef {
        match self {
            Self::Candles(schema) => encode::hidden_candle_columns(schema),
            Self::Ticks(_) => encode::hidden_tick_columns(),
        }
    }
}

/// Where a chunk is in its object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chunk {
    /// How many rows.
    pub rows: u64,
    /// Time of the first row, microseconds since 1970.
    pub first: i64,
    /// Time of the last row.
    pub last: i64,
    /// The message with the columns that clients are given.
    pub shown: Piece,
    /// The message with the others.
    pub hidden: Piece,
}

/// Some bytes of an object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// Where they begin.
    pub at: u64,
    /// How many.
    pub bytes: u64,
    /// Their BLAKE3 in hexadecimal digits.
    pub blake3: String,
}

impl Piece {
    /// Where they are.
    #[must_use]
    pub fn range(&self) -> Range<u64> {
        self.at..self.at + self.bytes
    }

    /// Whether these are the bytes that were written.
    ///
    /// # Errors
    /// That they are not.
    pub fn check(&self, bytes: &[u8]) -> Result<(), Damage> {
        if blake3::hash(bytes).to_hex().as_str() == self.blake3 {
            return Ok(());
        }
        let Self { at, bytes, .. } = self;
        Err(Damage(format!("its {bytes} bytes from {at} on are not those that were written")))
    }
}

/// What is wrong with an object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Damage(pub String);

impl From<arrow_schema::ArrowError> for Damage {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Self(error.to_string())
    }
}
