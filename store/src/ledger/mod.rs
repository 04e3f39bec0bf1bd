//! The record of trading: events, and the tables made of them.

pub mod books;
pub mod commands;
pub mod curves;
pub mod details;
pub mod entries;
pub mod events;
pub mod explain;
pub mod fills;
pub mod imports;
pub mod notices;
pub mod numbered;
pub mod orders;
pub mod owners;
pub mod past;
pub mod rebuild;
pub mod snapshots;
pub mod trips;

/// Every statement of this area that runs on the migrated schema.
pub const STATEMENTS: &[&[&str]] = &[
    books::STATEMENTS,
    commands::STATEMENTS,
    curves::STATEMENTS,
    entries::STATEMENTS,
    events::STATEMENTS,
    explain::STATEMENTS,
    imports::STATEMENTS,
    fills::STATEMENTS,
    notices::STATEMENTS,
    numbered::STATEMENTS,
    orders::STATEMENTS,
    owners::STATEMENTS,
    past::STATEMENTS,
    rebuild::STATEMENTS,
    snapshots::STATEMENTS,
    trips::STATEMENTS,
];
