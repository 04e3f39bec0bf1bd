//! Other programs' protocols, so that they read the market from here without being changed.

pub(crate) mod binance;
pub(crate) mod influx;
pub(crate) mod udf;

use axum::response::{IntoResponse, Response};

use crate::problem::Problem;

/// A request that is not let in, refused in the words of the interface that it asks.
pub(crate) fn refuse(path: &str, problem: Problem) -> Response {
    match path.strip_prefix("/compat/").and_then(|rest| rest.split('/').next()) {
        Some("binance") => binance::refuse(&problem),
        Some("influx") => influx::refuse(path, problem),
        Some("udf") => udf::refuse(problem),
        _ => problem.into_response(),
    }
}
