//! `exchangeInfo`: the venue's symbols with the rules that are stored of them. What is not kept of
//! a rule (largest price, largest quantity) is so wide that it refuses nothing.

use axum::Json;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use domain::Decimal;
use serde_json::{Value, json};
use store::market::symbols::Symbol;

use super::error::Refusal;
use super::params::{Query, Symbols};
use super::{PLACES, eight, known, named};
use crate::state::ApiState;

const PARAMETERS: &[&str] =
    &["symbol", "symbols", "permissions", "showPermissionSets", "symbolStatus"];
/// What Binance itself lists for symbols of the lowest prices.
const MOST_QUANTITY: &str = "92141578.00000000";
const MOST_PRICE: &str = "1000000000.00000000";
const MOST_NOTIONAL: &str = "9000000000.00000000";

/// All symbols, or those asked for.
pub(super) async fn exchange_info(
    State(state): State<ApiState>,
    uri: Uri,
) -> Result<Json<Value>, Refusal> {
    let query = Query::read(&uri, PARAMETERS)?;
    let wanted = query.symbols()?;
    let status = match query.text("symbolStatus") {
        Some(_) if wanted != Symbols::All => return Err(Refusal::bad_combination()),
        None => None,
        Some(status @ ("TRADING" | "HALT" | "BREAK")) => Some(status),
        Some(_) => {
            let text = "Invalid symbolStatus.";
            return Err(Refusal::new(StatusCode::BAD_REQUEST, -1122, text));
        }
    };
    if query.text("permissions").is_some() && wanted != Symbols::All {
        return Err(Refusal::bad_combination());
    }
    let venue = &state.0.settings.binance_venue;
    match &wanted {
        Symbols::One(code) => drop(known(&state, code).await?),
        Symbols::Several(codes) => {
            for code in codes {
                known(&state, code).await?;
            }
        }
        Symbols::All => {}
    }
    let mut all = state.0.reader.symbols_of(venue).await?;
    if all.is_empty() {
        state.0.fetcher.symbols(venue).await?;
        all = state.0.reader.symbols_of(venue).await?;
    }
    let chosen: Vec<&Symbol> = match wanted {
        Symbols::All => all.iter().collect(),
        Symbols::One(code) => vec![find(&state, &all, &code)?],
        Symbols::Several(codes) => {
            let each = codes.iter().map(|code| find(&state, &all, code));
            each.collect::<Result<_, _>>()?
        }
    };
    let listed = chosen.into_iter().filter_map(listing);
    let listed = listed.filter(|line| status.is_none_or(|status| line["status"] == status));
    Ok(Json(json!({
        "timezone": "UTC",
        "serverTime": state.0.clock.now().millis(),
        "rateLimits": [{
            "rateLimitType": "REQUEST_WEIGHT",
            "interval": "MINUTE",
            "intervalNum": 1,
            "limit": state.0.settings.binance_weight_per_minute,
        }],
        "exchangeFilters": [],
        "symbols": listed.collect::<Vec<_>>(),
    })))
}

fn find<'a>(state: &ApiState, all: &'a [Symbol], code: &str) -> Result<&'a Symbol, Refusal> {
    let name = named(state, code)?;
    all.iter().find(|symbol| symbol.name == name).ok_or_else(Refusal::invalid_symbol)
}

/// A symbol's line; none where it isn't known what it is paid with.
fn listing(symbol: &Symbol) -> Option<Value> {
    let (base, quote) = (symbol.base.as_ref()?, symbol.quote.as_ref()?);
    let rules = &symbol.rules;
    // Where the venue's steps are not known, the stored numbers show them.
    let step = |rule: Option<Decimal>, scale: i16| {
        let places = u32::try_from(scale).ok().filter(|scale| *scale > 0).unwrap_or(PLACES as u32);
        rule.unwrap_or_else(|| Decimal::new(1, places))
    };
    let tick = step(rules.tick_size, symbol.price_scale);
    let lot = step(rules.lot_size, symbol.quantity_scale);
    Some(json!({
        "symbol": symbol.name.code(),
        "status": if rules.active { "TRADING" } else { "BREAK" },
        "baseAsset": base,
        "baseAssetPrecision": PLACES,
        "quoteAsset": quote,
        "quotePrecision": PLACES,
        "quoteAssetPrecision": PLACES,
        "baseCommissionPrecision": PLACES,
        "quoteCommissionPrecision": PLACES,
        "orderTypes": crate::trading::compat::ORDER_TYPES,
        "icebergAllowed": false,
        "ocoAllowed": false,
        "otoAllowed": false,
        "opoAllowed": false,
        "quoteOrderQtyMarketAllowed": true,
        "allowTrailingStop": true,
        "cancelReplaceAllowed": false,
        "amendAllowed": false,
        "pegInstructionsAllowed": false,
        "isSpotTradingAllowed": true,
        "isMarginTradingAllowed": false,
        "filters": filters(tick, lot, rules.min_quantity, rules.min_notional),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "NONE",
        "allowedSelfTradePreventionModes": ["NONE"],
    }))
}

fn filters(
    tick: Decimal,
    lot: Decimal,
    min_quantity: Option<Decimal>,
    min_notional: Option<Decimal>,
) -> Value {
    json!([
        {
            "filterType": "PRICE_FILTER", "minPrice": eight(tick), "maxPrice": MOST_PRICE,
            "tickSize": eight(tick),
        },
        {
            "filterType": "LOT_SIZE", "minQty": eight(min_quantity.unwrap_or(lot)),
            "maxQty": MOST_QUANTITY, "stepSize": eight(lot),
        },
        {
            "filterType": "TRAILING_DELTA", "minTrailingAboveDelta": 1, "maxTrailingAboveDelta": 9_999,
            "minTrailingBelowDelta": 1, "maxTrailingBelowDelta": 9_999,
        },
        {
            "filterType": "MARKET_LOT_SIZE", "minQty": eight(Decimal::ZERO),
            "maxQty": MOST_QUANTITY, "stepSize": eight(Decimal::ZERO),
        },
        {
            "filterType": "NOTIONAL", "minNotional": eight(min_notional.unwrap_or_default()),
            "applyMinToMarket": true, "maxNotional": MOST_NOTIONAL, "applyMaxToMarket": false,
            "avgPriceMins": 5,
        },
        { "filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200 },
        { "filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5 },
    ])
}
