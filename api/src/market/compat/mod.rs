//! Other programs' protocols, so that they read the market from here without being changed.

pub(crate) mod binance;
pub(crate) mod influx;
pub(crate) mod udf;
