//! Returns beside those of a market. Both series are of the same periods, as
//! [`Returns::aligned`](super::super::Returns::aligned) gives them.

use super::super::statistics::{deviation, mean};
use super::super::{Period, Rate};
use super::annual_return;

/// The mean of what the returns are above the market's, per its deviation (n − 1): an information ratio,
/// not annualised. NaN of fewer than two returns.
#[must_use]
pub fn excess_sharpe(returns: &[f64], market: Rate<'_>) -> f64 {
    let above = market.below(returns);
    mean(&above) / deviation(&above, 1)
}

/// [`annual_return`] per the market's.
#[must_use]
pub fn capture(returns: &[f64], market: &[f64], period: Period) -> f64 {
    annual_return(returns, period) / annual_return(market, period)
}

/// [`capture`] of the periods in which the market rose.
#[must_use]
pub fn up_capture(returns: &[f64], market: &[f64], period: Period) -> f64 {
    capture_where(returns, market, period, |rate| rate > 0.0)
}

/// [`capture`] of the periods in which the market fell.
#[must_use]
pub fn down_capture(returns: &[f64], market: &[f64], period: Period) -> f64 {
    capture_where(returns, market, period, |rate| rate < 0.0)
}

fn capture_where(returns: &[f64], market: &[f64], period: Period, is: fn(f64) -> bool) -> f64 {
    let (ours, theirs): (Vec<f64>, Vec<f64>) =
        returns.iter().zip(market).filter(|(_, rate)| is(**rate)).unzip();
    capture(&ours, &theirs, period)
}

/// In which fraction of the periods the returns were above the market's; NaN where there are none.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Batting {
    /// Of all periods.
    pub all: f64,
    /// Of those in which the market didn't fall.
    pub up: f64,
    /// Of those in which it fell.
    pub down: f64,
}

/// How often the returns beat the market. A period in which either isn't known counts as not beaten.
#[must_use]
pub fn batting_average(returns: &[f64], market: &[f64]) -> Batting {
    let share = |is: fn(f64) -> bool| {
        let periods = || returns.iter().zip(market).filter(|(_, rate)| is(**rate));
        periods().filter(|(value, rate)| value > rate).count() as f64 / periods().count() as f64
    };
    Batting { all: share(|_| true), up: share(|rate| rate >= 0.0), down: share(|rate| rate < 0.0) }
}
