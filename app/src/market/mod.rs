//! Market data: taking it in, giving it out, playing it again.

pub mod backfill;
pub mod coverage;
pub mod demo;
pub mod export;
pub mod feeds;
pub mod fetch;
pub mod fill;
pub(crate) mod hot;
pub mod import;
pub mod ingest;
pub mod lines;
pub mod live;
pub mod read;
pub mod repair;
pub mod replay;
pub mod retention;
pub mod segments;
pub mod symbols;
pub mod upkeep;
pub mod venues;
