//! Accounts: logging in, one's own sessions and password, and managing people.
//!
//! [`caller::Caller`] is the only source of who asks: a handler that takes none is open to everybody.

pub(crate) mod audit;
mod body;
mod caller;
pub(crate) mod codes;
pub(crate) mod login;
pub(crate) mod model;
pub(crate) mod password;
pub(crate) mod sessions;
pub(crate) mod totp;
pub(crate) mod users;
