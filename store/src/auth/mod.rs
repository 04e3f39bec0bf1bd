//! Accounts: people, their sessions, and the record of what they did.

pub mod audit;
pub mod sessions;
pub mod users;

/// Every statement of this area that runs on the migrated schema.
pub const STATEMENTS: &[&[&str]] = &[audit::STATEMENTS, sessions::STATEMENTS, users::STATEMENTS];
