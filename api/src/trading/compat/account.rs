//! What the account has, and what it has traded.

use axum::Json;
use axum::extract::State;
use domain::auth::Scope;
use domain::trading::paper::PaperSettings;
use domain::{Amount, Decimal};
use serde_json::{Value, json};
use store::ledger::books::Balance;
use store::ledger::numbered::{NumberedFill, NumberedQuery};

use super::model::{code, commission};
use super::order::{known, range};
use super::signed::Signed;
use crate::market::compat::binance::eight;
use crate::market::compat::binance::error::Refusal;
use crate::state::ApiState;

/// Balances and permissions.
pub(super) async fn account(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(&["omitZeroBalances"])?;
    let omit = match query.text("omitZeroBalances") {
        None | Some("false") => false,
        Some("true") => true,
        Some(_) => return Err(Refusal::not_valid("omitZeroBalances")),
    };
    let balances = balances(&state, &signed).await?;
    let shown = balances.iter().filter(|balance| !(omit && is_zero(balance))).map(|balance| {
        json!({ "asset": balance.asset, "free": eight(balance.cash), "locked": eight(balance.held) })
    });
    let PaperSettings { maker_fee, taker_fee, .. } = settings(&state, &signed).await?;
    let none = eight(Amount::ZERO);
    Ok(Json(json!({
        "makerCommission": basis_points(maker_fee),
        "takerCommission": basis_points(taker_fee),
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": { "maker": eight(maker_fee), "taker": eight(taker_fee), "buyer": none, "seller": none },
        "canTrade": signed.signer.scopes.contains(&Scope::OrdersWrite),
        "canWithdraw": false,
        "canDeposit": false,
        "brokered": false,
        "requireSelfTradePrevention": false,
        "preventSor": false,
        "updateTime": state.0.clock.now().millis(),
        "accountType": "SPOT",
        "balances": shown.collect::<Vec<_>>(),
        "permissions": ["SPOT"],
        // Some whole number of this account's, as far as doubles hold one.
        "uid": signed.signer.account.as_u128() as u64 & ((1 << 53) - 1),
    })))
}

/// Under which settings the signer's account trades.
pub(super) async fn settings(state: &ApiState, signed: &Signed) -> Result<PaperSettings, Refusal> {
    Ok(state.0.trading.signers_settings(&signed.signer).await?)
}

/// A part in hundredths of a percent, whole ones as Binance has them; the exact part is in `commissionRates`.
fn basis_points(part: Decimal) -> Option<i64> {
    (part * Decimal::new(10_000, 0)).round().normalize().to_string().parse().ok()
}

/// What the signer's account has, by asset.
pub(super) async fn balances(state: &ApiState, signed: &Signed) -> Result<Vec<Balance>, Refusal> {
    Ok(state.0.ledger.balances(signed.signer.user, signed.signer.account).await?)
}

/// Whether there is nothing of an asset.
pub(super) fn is_zero(balance: &Balance) -> bool {
    balance.cash == Amount::ZERO && balance.held == Amount::ZERO
}

/// Fills of a symbol.
pub(super) async fn trades(
    State(state): State<ApiState>,
    signed: Signed,
) -> Result<Json<Value>, Refusal> {
    let query = signed.query(&["symbol", "orderId", "startTime", "endTime", "fromId", "limit"])?;
    let symbol = known(&state, &signed, &query).await?;
    let wanted = NumberedQuery {
        order: query.number("orderId")?,
        from_number: query.number("fromId")?,
        ..range(&signed, &query, symbol)?
    };
    let found = state.0.ledger.numbered_fills(signed.signer.user, &wanted).await?;
    Ok(Json(found.iter().map(|fill| told(&wanted.symbol, fill)).collect()))
}

fn told(symbol: &str, NumberedFill { order, side, fill }: &NumberedFill) -> Value {
    let (commission, asset) = commission(fill);
    json!({
        "symbol": code(symbol),
        "id": fill.position,
        "orderId": order,
        "orderListId": -1,
        "price": eight(fill.price),
        "qty": eight(fill.quantity),
        "quoteQty": eight(fill.quote),
        "commission": commission,
        "commissionAsset": asset,
        "time": fill.filled_at.millis(),
        "isBuyer": side == "buy",
        "isMaker": fill.liquidity == "maker",
        "isBestMatch": true,
    })
}
