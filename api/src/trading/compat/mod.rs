//! Binance's account and orders, on the paper account of whoever signs; [`crate::market::compat::binance`] has its market
//! data. docs/compatibility.md says where the answers differ from Binance's own.

mod account;
mod cancel;
mod model;
mod order;
mod place;
mod refusal;
mod signed;
mod wallet;

use axum::Router;
use axum::routing::{get, post};

use crate::market::compat::binance::unknown;
use crate::state::ApiState;

/// Kinds of orders that are taken.
pub(crate) const ORDER_TYPES: [&str; 4] = ["LIMIT", "MARKET", "STOP_LOSS", "STOP_LOSS_LIMIT"];

/// What there is of `/api/v3`.
pub(crate) fn orders() -> Router<ApiState> {
    Router::new()
        .route("/account", get(account::account))
        .route("/order", post(place::place).get(order::get).delete(cancel::cancel))
        .route("/order/test", post(place::test))
        .route("/openOrders", get(order::open).delete(cancel::cancel_all))
        .route("/allOrders", get(order::all))
        .route("/myTrades", get(account::trades))
}

/// What clients ask of `/sapi` without being told to.
pub(crate) fn wallet() -> Router<ApiState> {
    Router::new()
        .route("/v1/system/status", get(wallet::system_status))
        .route("/v1/account/status", get(wallet::account_status))
        .route("/v1/account/apiRestrictions", get(wallet::restrictions))
        .route("/v1/asset/tradeFee", get(wallet::trade_fee))
        .route("/v1/capital/config/getall", get(wallet::coins))
        .route("/v1/margin/allPairs", get(wallet::nothing))
        .route("/v1/margin/isolated/allPairs", get(wallet::nothing))
        .route("/v3/asset/getUserAsset", post(wallet::user_asset))
        .fallback(unknown)
        .method_not_allowed_fallback(unknown)
}
