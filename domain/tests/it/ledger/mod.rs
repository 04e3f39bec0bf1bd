//! The record of trading.

mod performance;
