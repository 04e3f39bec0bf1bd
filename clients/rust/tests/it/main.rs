//! The client against a server that answers what it is told to.

#![allow(clippy::unwrap_used, reason = "a test that breaks has failed")]

mod ledger;
mod retries;
mod script;
mod trading;
