//! Tests of the interface over real connections, on a real PostgreSQL; the modules mirror the areas.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod auth;
mod ledger;
mod market;
mod ops;
mod serve;
mod server;
mod stream;
mod trading;
