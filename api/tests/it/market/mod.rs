//! Symbols, candles, ticks and prices.

mod candles;
mod compat;
mod problems;
mod symbols;
mod ticks;
