//! The record of trading: events, and the tables made of them.

pub mod books;
pub mod commands;
pub mod events;
pub mod imports;
pub mod orders;
pub mod owners;
pub mod rebuild;
pub mod trips;
pub mod verify;

/// Every statement of this area that runs on the migrated schema.
pub const STATEMENTS: &[&[&str]] = &[
    books::STATEMENTS,
    commands::STATEMENTS,
    events::STATEMENTS,
    imports::STATEMENTS,
    orders::STATEMENTS,
    owners::STATEMENTS,
    rebuild::STATEMENTS,
    trips::STATEMENTS,
    verify::STATEMENTS,
];
