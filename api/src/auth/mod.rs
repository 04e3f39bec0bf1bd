//! Accounts: logging in, one's own sessions and password, and managing people.
//!
//! [`gate`] asks of every request who sends it and whether [`rules`] let them in; handlers take the
//! person from [`caller::Caller`], which has it from there.

pub(crate) mod admission;
pub(crate) mod audit;
pub(crate) mod body;
pub(crate) mod caller;
pub(crate) mod codes;
mod credentials;
pub(crate) mod describe;
pub(crate) mod gate;
pub(crate) mod identities;
pub(crate) mod keys;
mod limits;
pub(crate) mod login;
pub(crate) mod model;
pub(crate) mod oidc;
pub(crate) mod password;
pub(crate) mod preferences;
mod problem;
pub mod rules;
pub(crate) mod sessions;
pub(crate) mod tokens;
pub(crate) mod totp;
pub(crate) mod usage;
pub(crate) mod users;
pub(crate) mod watchlists;
