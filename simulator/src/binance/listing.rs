//! Binance's list of symbols, with rules made up from the digits of what was recorded.

use domain::Decimal;
use serde_json::{Value, json};

use super::json::Fixed;
use super::rest::{Answer, Asked};
use crate::market::Symbol;

/// The whole list, or the symbols that are asked for.
pub(super) fn exchange_info(asked: &Asked<'_>) -> Answer {
    let world = asked.world;
    let (symbols, _) = asked.params.symbols(&world.market)?;
    let told = world.told(asked.now, &world.faults());
    let listed: Vec<Value> = symbols.into_iter().map(entry).collect();
    let limit = world.weights.limit().unwrap_or(6_000);
    let info = json!({
        "timezone": "UTC",
        "serverTime": told.millis(),
        "rateLimits": [
            { "rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": limit },
            { "rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 100 },
            { "rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 200_000 },
            { "rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 61_000 },
        ],
        "exchangeFilters": [],
        "symbols": listed,
    });
    Ok(info.to_string())
}

fn entry(symbol: &Symbol) -> Value {
    let text = |number: Decimal| Fixed(number).to_string();
    let (tick, step) = (symbol.tick_size(), Decimal::new(1, symbol.quantity_scale.min(8)));
    let most = Decimal::from(1_000_000);
    json!({
        "symbol": symbol.code,
        "status": "TRADING",
        "baseAsset": symbol.base,
        "baseAssetPrecision": 8,
        "quoteAsset": symbol.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"],
        "icebergAllowed": true,
        "ocoAllowed": true,
        "otoAllowed": true,
        "quoteOrderQtyMarketAllowed": true,
        "allowTrailingStop": true,
        "cancelReplaceAllowed": true,
        "isSpotTradingAllowed": true,
        "isMarginTradingAllowed": false,
        "filters": [
            { "filterType": "PRICE_FILTER", "minPrice": text(tick), "maxPrice": text(most), "tickSize": text(tick) },
            { "filterType": "LOT_SIZE", "minQty": text(step), "maxQty": text(most), "stepSize": text(step) },
            { "filterType": "ICEBERG_PARTS", "limit": 10 },
            { "filterType": "MARKET_LOT_SIZE", "minQty": text(Decimal::ZERO), "maxQty": text(most), "stepSize": text(Decimal::ZERO) },
            { "filterType": "NOTIONAL", "minNotional": text(min_notional(&symbol.quote)), "applyMinToMarket": true, "maxNotional": "9000000.00000000", "applyMaxToMarket": false, "avgPriceMins": 5 },
            { "filterType": "MAX_NUM_ORDERS", "maxNumOrders": 200 },
            { "filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": 5 },
        ],
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": "EXPIRE_MAKER",
        "allowedSelfTradePreventionModes": ["EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"],
    })
}

/// What Binance demands of an order at least: 5 dollars, or so much of a coin.
fn min_notional(quote: &str) -> Decimal {
    match quote {
        "BTC" | "XBT" => Decimal::new(1, 4),
        "ETH" => Decimal::new(1, 3),
        "BNB" => Decimal::new(1, 2),
        _ => Decimal::from(5),
    }
}
