//! How well something traded. The same words mean different numbers in different programs, so each
//! metric carries the name of the program whose definition it follows: [`empyrical`]'s are computed
//! on a series of returns, [`freqtrade`]'s on closed trades. [`Metrics`] shows all of them.
//!
//! Money is summed exactly; ratios and deviations are statistics and so doubles.

pub mod empyrical;
pub mod freqtrade;
mod metrics;
mod returns;
mod statistics;

pub use metrics::Metrics;
pub use returns::{Period, Rate, Returns};

use crate::Amount;

/// An amount for statistics, off by a rounding or two of a double's last digit.
#[must_use]
pub fn real(amount: Amount) -> f64 {
    amount.mantissa().as_f64() / 1e36
}

/// One amount as a fraction of another, off by as much; infinite or NaN of nothing.
#[must_use]
pub fn ratio(part: Amount, whole: Amount) -> f64 {
    part.mantissa().as_f64() / whole.mantissa().as_f64()
}
