//! The rules of a trading record, without any I/O: no clock, no environment, no async.
//!
//! Everything that decides whether a number is exact, which candle a trade belongs to or how two
//! candles merge lives here, so that it can be proved by properties instead of by servers.

mod amount;
pub mod auth;
pub mod fixed;
pub mod ledger;
pub mod market;
pub mod number;
mod text;
pub mod time;
pub mod trading;

pub use fixed::{fixed, quotient};
pub use number::{Amount, Decimal, MAX_SCALE, NumberError, parse_decimal};
pub use time::{Time, TimeError};
