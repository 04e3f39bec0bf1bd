//! Symbols, candles, ticks and prices.

mod candles;
mod compat;
mod leaderboard;
mod problems;
mod symbols;
mod ticks;
