//! Accounts: people, their sessions, and the record of what they did.

pub mod audit;
pub mod codes;
pub mod fields;
pub mod keys;
pub mod oidc;
pub mod person;
pub mod preferences;
pub mod sessions;
pub mod tokens;
pub mod totp;
pub mod usage;
pub mod users;
pub mod watchlists;

/// What a session of the database runs to hear whose rights, sessions or keys changed: the notice
/// is the person's number. The tables' own triggers send it.
pub const LISTEN: &str = "LISTEN chandlery_auth";

/// Every statement of this area that runs on the migrated schema.
pub const STATEMENTS: &[&[&str]] = &[
    audit::STATEMENTS,
    codes::STATEMENTS,
    fields::STATEMENTS,
    keys::STATEMENTS,
    oidc::STATEMENTS,
    person::STATEMENTS,
    preferences::STATEMENTS,
    sessions::STATEMENTS,
    tokens::STATEMENTS,
    totp::STATEMENTS,
    usage::STATEMENTS,
    users::STATEMENTS,
    watchlists::STATEMENTS,
];
