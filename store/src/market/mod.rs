//! Statements of the market area: symbols, ticks, candles, what is held of each, what
//! is missing of it, and progress.

pub mod board;
pub mod candles;
pub(crate) mod copy;
pub mod coverage;
pub mod events;
pub mod feeds;
pub mod gaps;
pub mod holdings;
pub mod listings;
pub mod partitions;
pub mod progress;
pub mod retention_runs;
pub mod revisions;
pub(crate) mod row;
pub mod segments;
pub mod symbols;
pub mod ticks;
pub mod wanted;

/// Every statement of this area, for the test that prepares them against the migrated schema.
pub const STATEMENTS: &[&[&str]] = &[
    board::STATEMENTS,
    candles::STATEMENTS,
    candles::merge::STATEMENTS,
    candles::read::STATEMENTS,
    coverage::STATEMENTS,
    events::STATEMENTS,
    feeds::STATEMENTS,
    gaps::STATEMENTS,
    holdings::STATEMENTS,
    listings::STATEMENTS,
    partitions::STATEMENTS,
    progress::STATEMENTS,
    retention_runs::STATEMENTS,
    revisions::STATEMENTS,
    segments::STATEMENTS,
    segments::objects::STATEMENTS,
    segments::partitions::STATEMENTS,
    segments::rows::STATEMENTS,
    symbols::STATEMENTS,
    ticks::STATEMENTS,
    wanted::STATEMENTS,
];
