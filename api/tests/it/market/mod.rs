//! Symbols, candles, ticks and prices.

mod candles;
mod problems;
mod symbols;
mod ticks;
