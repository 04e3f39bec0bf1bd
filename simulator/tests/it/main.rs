//! Tests of the simulator as a client sees it: over HTTP and WebSocket.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod binance;
mod client;
mod coinbase;
mod faults;
