//! The rules against what others computed from real data.

#![allow(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod ledger;
mod trading;
