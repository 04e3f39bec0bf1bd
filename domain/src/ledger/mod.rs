//! The record of trading, and what it tells about it.

pub mod performance;
