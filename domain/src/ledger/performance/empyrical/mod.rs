//! Metrics of a series of simple returns as the Python library empyrical (Quantopian, continued as
//! empyrical-reloaded 0.5) defines them: <https://github.com/stefan-jansen/empyrical-reloaded>,
//! `src/empyrical/stats.py`.
//!
//! Returns are fractions (0.01 is one percent) of evenly spaced periods. One that is not known is NaN
//! and has no part in means; where there are too few, the metric is NaN too, and a ratio whose
//! denominator is zero is infinite or NaN, as there.

mod growth;
mod market;
mod risk;
mod tails;

pub use growth::{
    annual_return, cum_returns, cum_returns_final, max_drawdown, rolling, simple_returns,
};
pub use market::{Batting, batting_average, capture, down_capture, excess_sharpe, up_capture};
pub use risk::{
    annual_volatility, calmar_ratio, downside_risk, omega_ratio, sharpe_ratio, sortino_ratio,
    stability_of_timeseries,
};
pub use tails::{conditional_value_at_risk, tail_ratio, value_at_risk};
