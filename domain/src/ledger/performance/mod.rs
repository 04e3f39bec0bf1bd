//! How well something traded. The same words mean different numbers in different programs, so each
//! metric is found under the name of the program whose definition it follows: [`empyrical`]'s are
//! computed on a series of returns.
//!
//! Ratios and deviations are statistics and so doubles.

pub mod empyrical;
mod returns;
mod statistics;

pub use returns::{Period, Rate, Returns};

use crate::number::Amount;

/// An amount for statistics, off by a rounding or two of a double's last digit.
fn real(amount: Amount) -> f64 {
    amount.mantissa().as_f64() / 1e36
}
