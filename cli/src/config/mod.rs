//! Settings: defaults, then `chandlery.toml`, then the environment, then flags; the later wins.
//!
//! Everything wrong is reported at once, with the place it stands in. This folder is the one place
//! that reads the environment.

mod accounts;
mod http;
mod keys;
mod limits;
mod list;
mod load;
mod mail;
mod oidc;
mod redis;
pub(crate) mod reference;
mod section;
mod sections;
mod storage;
mod value;

pub(crate) use accounts::{Accounts, SessionsPlace};
pub(crate) use limits::LimitsPlace;
pub(crate) use load::{Inputs, Loaded, Problems, environment, load};
pub(crate) use sections::{BinanceTrades, DatabaseMode, LogFormat, Settings};
