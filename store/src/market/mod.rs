//! Statements of the market area: symbols, ticks, candles, what is held of each, and progress.

pub mod candles;
mod copy;
pub mod events;
pub mod holdings;
pub mod partitions;
pub mod progress;
mod row;
pub mod symbols;
pub mod ticks;

/// Every statement of this area, for the test that prepares them against the migrated schema.
pub const STATEMENTS: &[&[&str]] = &[
    candles::STATEMENTS,
    candles::read::STATEMENTS,
    events::STATEMENTS,
    holdings::STATEMENTS,
    partitions::STATEMENTS,
    progress::STATEMENTS,
    symbols::STATEMENTS,
    ticks::STATEMENTS,
];
