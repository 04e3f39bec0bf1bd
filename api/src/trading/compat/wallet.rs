//! What clients of Binance ask of `/sapi` before they trade. There are no networks, no margin and no fiat here; what is told
//! is true of the paper account.

use std::collections::{BTreeMap, BTreeSet};

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Amount;
use domain::auth::Scope;
use domain::trading::paper::PaperSettings;
use serde_json::{Value, json};

use super::account::{balances, is_zero, settings};
use super::signed::Signed;
use crate::market::compat::binance::eight;
use crate::market::compat::binance::error::Refusal;
use crate::market::compat::binance::params::Query;
use crate::state::ApiState;

/// That the venue is up.
pub(super) async fn system_status(uri: Uri) -> Result<Json<Value>, Refusal> {
    Query::read(&uri, &["timestamp", "recvWindow", "signature"])?;
    Ok(Json(json!({ "status": 0, "msg": "normal" })))
}

/// That nobody has closed the account.
pub(super) async fn account_status(signed: Signed) -> Result<Json<Value>, Refusal> {
    signed.query(&[])?;
    Ok(Json(json!({ "data": "Normal" })))
}

/// What the key may.
pub(super) async fn restrictions(signed: Signed) -> Result<Json<Value>, Refusal> {
    signed.query(&[])?;
    let may = |scope| signed.signer.scopes.contains(&scope);
    Ok(Json(json!({
        "ipRestrict": false,
        "enableReading": may(Scope::OrdersRead),
        "enableSpotAndMarginTrading": may(Scope::OrdersWrite),
        "enableWithdrawals": false,
        "enableInternalTransfer": false,
        "enableMargin": false,
        "enableFutures": false,
        "enableVanillaOptions": false,
        "permitsUniversalTransfer": false,
        "enablePortfolioMarginTrading": false,
        "enableFixApiTrade": false,
        "enableFixReadOnly": false,
    })))
}

/// Of margin: nothing.
pub(super) async fn nothing(signed: Signed) -> Result<Json<Value>, Refusal> {
    signed.query(&["symbol", "symbols", "base", "quote"])?;
    Ok(Json(json!([])))
}

/// Fees by symbol.
pub(super) async fn trade_fee(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(&["symbol"])?;
    let one = query.text("symbol");
    let all = state.0.reader.symbols_of(&signed.signer.venue).await?;
    let fees = all
        .iter()
        .map(|symbol| symbol.name.code())
        .filter(|code| one.is_none_or(|one| one == *code));
    let PaperSettings { maker_fee, taker_fee, .. } = settings(&state, &signed).await?;
    let (maker, taker) = (eight(maker_fee), eight(taker_fee));
    let fees = fees
        .map(|code| json!({ "symbol": code, "makerCommission": maker, "takerCommission": taker }));
    let fees: Vec<_> = fees.collect();
    if fees.is_empty() && one.is_some() {
        return Err(Refusal::invalid_symbol());
    }
    Ok(Json(Value::Array(fees)))
}

/// Every asset that is traded or held.
pub(super) async fn coins(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    signed.query(&[])?;
    let symbols = state.0.reader.symbols_of(&signed.signer.venue).await?;
    let held = balances(&state, &signed).await?;
    let held: BTreeMap<_, _> =
        held.iter().map(|balance| (balance.asset.as_str(), balance)).collect();
    let traded = symbols.iter().flat_map(|symbol| [&symbol.base, &symbol.quote]).flatten();
    let assets: BTreeSet<&str> = traded.map(String::as_str).chain(held.keys().copied()).collect();
    let none = eight(Amount::ZERO);
    let coins = assets.into_iter().map(|asset| {
        let balance = held.get(asset);
        json!({
            "coin": asset, "name": asset, "trading": true, "isLegalMoney": false,
            "depositAllEnable": false, "withdrawAllEnable": false, "networkList": [],
            "free": balance.map_or_else(|| none.clone(), |balance| eight(balance.cash)),
            "locked": balance.map_or_else(|| none.clone(), |balance| eight(balance.held)),
            "freeze": none, "withdrawing": none, "ipoing": none, "ipoable": none, "storage": none,
        })
    });
    Ok(Json(coins.collect()))
}

/// What is held, by asset.
pub(super) async fn user_asset(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(&["asset", "needBtcValuation"])?;
    let one = query.text("asset");
    let held = balances(&state, &signed).await?;
    let shown = held
        .iter()
        .filter(|balance| one.is_none_or(|one| one == balance.asset) && !is_zero(balance));
    let none = eight(Amount::ZERO);
    let shown = shown.map(|balance| {
        json!({
            "asset": balance.asset, "free": eight(balance.cash), "locked": eight(balance.held),
            "freeze": none, "withdrawing": none, "ipoable": none, "btcValuation": "0",
        })
    });
    Ok(Json(shown.collect()))
}
