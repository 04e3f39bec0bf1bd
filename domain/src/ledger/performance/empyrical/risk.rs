//! Deviations, and returns per unit of them.

use super::super::statistics::{deviation, mean};
use super::super::{Period, Rate};
use super::{annual_return, max_drawdown};

/// The standard deviation of the sample times the root of the periods per year. NaN of fewer than two
/// returns.
#[must_use]
pub fn annual_volatility(returns: &[f64], period: Period) -> f64 {
    deviation(returns, 1) * period.per_year().sqrt()
}

/// `√(periods per year) × mean / deviation` of the returns above the risk-free rate, with the deviation
/// of the sample (n − 1). NaN of fewer than two returns.
///
/// freqtrade's has profit per day in the numerator and the deviation of single trades in the denominator.
#[must_use]
pub fn sharpe_ratio(returns: &[f64], risk_free: Rate<'_>, period: Period) -> f64 {
    let above = risk_free.below(returns);
    mean(&above) / deviation(&above, 1) * period.per_year().sqrt()
}

/// The root of the mean square of what returns fall short of the required one, times the root of the
/// periods per year; returns above it count as zero. NaN of no returns.
#[must_use]
pub fn downside_risk(returns: &[f64], required: Rate<'_>, period: Period) -> f64 {
    // `f64::min` would make a number of one that is not known.
    let square = |above: f64| if above > 0.0 { 0.0 } else { above * above };
    let squares: Vec<f64> = required.below(returns).into_iter().map(square).collect();
    mean(&squares).sqrt() * period.per_year().sqrt()
}

/// The yearly mean of returns above the required one, per [`downside_risk`]. NaN of fewer than two returns.
///
/// freqtrade's divides by the deviation of losing trades about their own mean instead.
#[must_use]
pub fn sortino_ratio(returns: &[f64], required: Rate<'_>, period: Period) -> f64 {
    if returns.len() < 2 {
        return f64::NAN;
    }
    let yearly = mean(&required.below(returns)) * period.per_year();
    yearly / downside_risk(returns, required, period)
}

/// [`annual_return`] per [`max_drawdown`]; NaN without a drawdown.
///
/// freqtrade's has mean daily profit × √365 × 100 in the numerator, and nothing compounds.
#[must_use]
pub fn calmar_ratio(returns: &[f64], period: Period) -> f64 {
    let drawdown = max_drawdown(returns);
    let ratio = annual_return(returns, period) / drawdown.abs();
    if drawdown < 0.0 && ratio.is_finite() { ratio } else { f64::NAN }
}

/// What returns are above a threshold in sum, per what others are below it. The required return is a
/// yearly one: the threshold is the risk-free rate plus `(1 + required) ^ (1 / periods per year) - 1`.
/// NaN of fewer than two returns, where nothing is below, and for a required return of −1 or less, unless
/// periods are years.
#[must_use]
pub fn omega_ratio(returns: &[f64], risk_free: Rate<'_>, required: f64, period: Period) -> f64 {
    let periods = period.per_year();
    let threshold = (1.0 + required).powf(1.0 / periods) - 1.0;
    if returns.len() < 2 || (required <= -1.0 && periods > 1.0) {
        return f64::NAN;
    }
    let (mut above, mut below) = (0.0, 0.0);
    for value in risk_free.below(returns) {
        let value = value - threshold;
        if value > 0.0 {
            above += value;
        } else if value < 0.0 {
            below -= value;
        }
    }
    if below > 0.0 { above / below } else { f64::NAN }
}

/// R² of a straight line through the cumulative logarithmic returns: 1 is steady growth (or decline). NaN of
/// fewer than two returns.
#[must_use]
pub fn stability_of_timeseries(returns: &[f64]) -> f64 {
    if returns.len() < 2 {
        return f64::NAN;
    }
    let mut sum = 0.0;
    let mut add = |value: &f64| {
        sum += value.ln_1p();
        sum
    };
    let logs: Vec<f64> = returns.iter().filter(|value| !value.is_nan()).map(&mut add).collect();
    let middle = (logs.len() as f64 - 1.0) / 2.0;
    let average = mean(&logs);
    let (mut both, mut across, mut up) = (0.0, 0.0, 0.0);
    for (place, value) in logs.iter().enumerate() {
        let (x, y) = (place as f64 - middle, value - average);
        both += x * y;
        across += x * x;
        up += y * y;
    }
    if across * up > 0.0 { both * both / (across * up) } else { 0.0 }
}
