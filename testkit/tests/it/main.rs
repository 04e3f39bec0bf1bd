//! What the other crates' tests rely on: databases of their own, and connections that break.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod database;
mod proxy;
