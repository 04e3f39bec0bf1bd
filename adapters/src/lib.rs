//! Everything outside PostgreSQL that the product reads or writes: files, venues and the optional
//! engines behind ports. Each area is a folder; nothing here knows a use case.

pub mod auth;
pub mod ledger;
pub mod market;
pub mod notify;
pub mod ops;
pub mod trading;
