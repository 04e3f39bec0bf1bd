//! Binance's spot market: REST under `/api/v3`, streams under `/ws` and `/stream`.

pub(crate) mod json;
mod listing;
mod params;
mod rest;
mod streams;
mod tickers;

pub(crate) use rest::{refused, router};
pub(crate) use streams::Binance;
