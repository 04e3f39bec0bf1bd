//! `GET /v1/market/price`: a symbol's latest price.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use utoipa::IntoParams;

use super::model::Price;
use crate::params::Params;
use crate::problem::{Problem, ProblemBody};
use crate::state::ApiState;

/// Of which symbol.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "documents what the handler reads")]
pub(crate) struct PriceParams {
    /// The symbol, `venue:CODE`.
    #[param(example = "binance:BTCUSDT")]
    symbol: String,
}

/// Latest price of a symbol
///
/// What was heard last; else the last stored trade or close, at most 5 s old.
#[utoipa::path(
    get,
    path = "/v1/market/price",
    tag = "market",
    operation_id = "get_price",
    params(PriceParams),
    responses(
        (status = 200, description = "The price", body = Price),
        (status = 400, description = "invalid_symbol, missing_parameter, unknown_parameter or repeated_parameter", body = ProblemBody, content_type = "application/problem+json"),
        (status = 404, description = "unknown_symbol", body = ProblemBody, content_type = "application/problem+json"),
        (status = 503, description = "database_unavailable or timeout", body = ProblemBody, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_price(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Price>, Problem> {
    let symbol = Params::read(&uri, &["symbol"])?.symbol()?;
    let latest = state.0.reader.price(&symbol).await?;
    let price = latest.price.map(|price| price.normalize());
    Ok(Json(Price { symbol, price, time: latest.time, replay: latest.replay }))
}
