//! Symbols, candles, ticks and prices.

mod candles;
mod leaderboard;
mod problems;
mod symbols;
mod ticks;
