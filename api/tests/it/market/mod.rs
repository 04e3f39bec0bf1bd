//! Symbols, candles, ticks and prices.

mod candles;
mod compat;
mod coverage;
mod leaderboard;
mod problems;
mod symbols;
mod ticks;
