//! Market data over REST: one file per endpoint, the shapes they answer with, and how many rows
//! are given out without holding them all.

pub(crate) mod candles;
pub(crate) mod compat;
pub(crate) mod coverage;
pub(crate) mod export;
mod hot;
pub(crate) mod leaderboard;
pub(crate) mod model;
pub(crate) mod price;
pub(crate) mod symbol;
pub(crate) mod symbols;
pub(crate) mod ticks;

pub(crate) use hot::HotBodies;
