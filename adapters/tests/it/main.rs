//! Tests of what this crate reads and writes outside itself. Modules mirror the areas.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod auth;
mod ledger;
mod market;
mod ops;
mod trading;
