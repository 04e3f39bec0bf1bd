//! What returns add up to.

use super::super::Period;

/// `p[i] / p[i - 1] - 1`: one return less than prices.
#[must_use]
pub fn simple_returns(prices: &[f64]) -> Vec<f64> {
    prices.windows(2).map(|pair| (pair[1] - pair[0]) / pair[0]).collect()
}

/// What one unit has become after each return: `∏ (1 + r)`. An unknown return changes nothing.
fn growth(returns: &[f64]) -> impl Iterator<Item = f64> {
    returns.iter().scan(1.0, |value, step| {
        *value *= 1.0 + if step.is_nan() { 0.0 } else { *step };
        Some(*value)
    })
}

fn started(growth: f64, starting_value: f64) -> f64 {
    if starting_value == 0.0 { growth - 1.0 } else { growth * starting_value }
}

/// Cumulative returns, `∏ (1 + r) - 1` up to each period, or with a starting value other than zero
/// what that has become.
#[must_use]
pub fn cum_returns(returns: &[f64], starting_value: f64) -> Vec<f64> {
    growth(returns).map(|value| started(value, starting_value)).collect()
}

/// The last of [`cum_returns`]; NaN of no returns.
#[must_use]
pub fn cum_returns_final(returns: &[f64], starting_value: f64) -> f64 {
    growth(returns).last().map_or(f64::NAN, |value| started(value, starting_value))
}

/// The largest fall below a peak as a fraction of the peak, at most zero; the start is a peak too.
/// NaN of no returns.
#[must_use]
pub fn max_drawdown(returns: &[f64]) -> f64 {
    if returns.is_empty() {
        return f64::NAN;
    }
    let (mut peak, mut deepest) = (1.0f64, 0.0f64);
    for value in growth(returns) {
        peak = peak.max(value);
        deepest = deepest.min((value - peak) / peak);
    }
    deepest
}

/// The mean growth per year, compounded: `(∏ (1 + r)) ^ (periods per year / periods) - 1`. empyrical
/// gives it the name `cagr` too. NaN of no returns.
#[must_use]
pub fn annual_return(returns: &[f64], period: Period) -> f64 {
    let years = returns.len() as f64 / period.per_year();
    cum_returns_final(returns, 1.0).powf(1.0 / years) - 1.0
}

/// A metric of every `window` successive returns, or once of all where there are fewer: `roll_sharpe_ratio`,
/// `roll_max_drawdown` and the like.
pub fn rolling(returns: &[f64], window: usize, metric: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let window = window.min(returns.len()).max(1);
    returns.windows(window).map(metric).collect()
}
