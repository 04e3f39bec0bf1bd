//! The worst and the best of the returns.

use super::super::statistics::{mean, percentile};

/// The 95th percentile per the 5th, both without sign: 0.25 means losses four times as large as gains.
/// NaN of no returns.
#[must_use]
pub fn tail_ratio(returns: &[f64]) -> f64 {
    let known: Vec<f64> = returns.iter().copied().filter(|value| !value.is_nan()).collect();
    percentile(&known, 95.0).abs() / percentile(&known, 5.0).abs()
}

/// The return below which the fraction `cutoff` (0 to 1, usually 0.05) of the returns lie, interpolated
/// linearly. NaN of no returns and where one isn't known.
#[must_use]
pub fn value_at_risk(returns: &[f64], cutoff: f64) -> f64 {
    percentile(returns, 100.0 * cutoff)
}

/// The mean of the worst returns, `⌊(n − 1) × cutoff⌋ + 1` of them. NaN of no returns.
#[must_use]
pub fn conditional_value_at_risk(returns: &[f64], cutoff: f64) -> f64 {
    let mut sorted = returns.to_vec();
    sorted.sort_by(f64::total_cmp);
    let worst = (returns.len().saturating_sub(1) as f64 * cutoff) as usize + 1;
    mean(&sorted[..worst.min(sorted.len())])
}
