//! InfluxDB's line protocol: what is trades or candles becomes that, everything else stays a point.

mod item;
mod parse;
mod point;
#[cfg(test)]
mod tests;

pub use item::Item;
pub use point::{Field, Point, Precision};

use domain::Time;

/// A line that can't be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct BadLine {
    /// Its number from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: String,
}

/// Reads a body line by line, each with its number; a line without a time has that of `now`.
pub fn read(
    body: &[u8],
    precision: Precision,
    now: Time,
) -> impl Iterator<Item = Result<(usize, Item<'_>), BadLine>> {
    parse::Lines::new(body).map(move |(line, text)| {
        let item = parse::point(text, precision).and_then(|point| item::item(point, now));
        item.map(|item| (line, item)).map_err(|reason| BadLine { line, reason })
    })
}
