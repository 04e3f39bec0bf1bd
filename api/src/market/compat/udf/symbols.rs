//! `symbols` and `search`: what a symbol is called and how its prices are written.

use app::market::read::SymbolView;
use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use domain::Decimal;
use domain::market::SymbolName;
use serde_json::{Value, json};
use store::market::symbols::{Rules, Symbol};

use super::{Fault, Parameters, RESOLUTIONS, resolutions};
use crate::state::ApiState;

/// Every symbol's type.
pub(super) const TYPE: &str = "crypto";
const DEFAULT_FOUND: usize = 30;
const MOST_FOUND: usize = 1_000;
/// More digits after the point than any chart has room for.
const MOST_PLACES: u32 = 16;

/// One symbol.
pub(super) async fn symbols(State(state): State<ApiState>, uri: Uri) -> Result<Json<Value>, Fault> {
    let parameters = Parameters::read(&uri)?;
    let symbol = resolve(&state, parameters.required("symbol")?).await?;
    let Symbol { name, base, quote, rules, .. } = &symbol;
    let (pricescale, minmov) = price_step(rules, symbol.price_scale);
    let minutes: Vec<&str> = RESOLUTIONS
        .iter()
        .map(|(theirs, _)| *theirs)
        .filter(|r| r.bytes().all(|b| b.is_ascii_digit()))
        .collect();
    Ok(Json(json!({
        "name": name.code(),
        "ticker": name.to_string(),
        "full_name": name.to_string(),
        "description": description(&symbol),
        "type": TYPE,
        "session": "24x7",
        "timezone": "Etc/UTC",
        "exchange": name.venue(),
        "listed_exchange": name.venue(),
        "exchange-listed": name.venue(),
        "exchange-traded": name.venue(),
        "format": "price",
        "pricescale": pricescale,
        "minmov": minmov,
        "minmovement": minmov,
        "minmov2": 0,
        "minmovement2": 0,
        "has_intraday": true,
        "intraday_multipliers": minutes,
        "has_seconds": false,
        "has_daily": true,
        "has_weekly_and_monthly": true,
        "has_empty_bars": false,
        "supported_resolutions": resolutions(),
        "volume_precision": volume_places(rules, symbol.quantity_scale),
        "data_status": "streaming",
        "currency_code": quote,
        "base_currency": base,
    })))
}

/// Symbols whose name holds the query.
pub(super) async fn search(State(state): State<ApiState>, uri: Uri) -> Result<Json<Value>, Fault> {
    let parameters = Parameters::read(&uri)?;
    let query = parameters.text("query").unwrap_or_default().to_ascii_uppercase();
    let venue = parameters.text("exchange").map(str::to_ascii_lowercase);
    let limit = parameters.number("limit")?.map_or(DEFAULT_FOUND, |limit| {
        usize::try_from(limit).unwrap_or(DEFAULT_FOUND).min(MOST_FOUND)
    });
    let known = parameters.text("type").is_none_or(|kind| kind == TYPE);
    let mut found: Vec<(bool, Symbol)> = Vec::new();
    for SymbolView { symbol, .. } in state.0.reader.symbols(None).await? {
        let code = symbol.name.code().to_ascii_uppercase();
        let named =
            code.contains(&query) || symbol.name.to_string().to_ascii_uppercase().contains(&query);
        let there = venue.as_ref().is_none_or(|venue| symbol.name.venue() == venue);
        if known && named && there {
            found.push((!code.starts_with(&query), symbol));
        }
    }
    // Those that begin so first; else by venue and code.
    found.sort_by_key(|(inside, _)| *inside);
    let found = found.into_iter().take(limit).map(|(_, symbol)| {
        json!({
            "symbol": symbol.name.code(),
            "full_name": symbol.name.to_string(),
            "ticker": symbol.name.to_string(),
            "description": description(&symbol),
            "exchange": symbol.name.venue(),
            "type": TYPE,
        })
    });
    Ok(Json(found.collect()))
}

/// A symbol by its full name, whatever the venue's case, or by a code that only one venue has.
pub(super) async fn resolve(state: &ApiState, text: &str) -> Result<Symbol, Fault> {
    if let Some((venue, code)) = text.split_once(':') {
        let name = SymbolName::new(&venue.to_ascii_lowercase(), code);
        let name = name.map_err(|_| Fault::unknown_symbol())?;
        return Ok(state.0.reader.symbol(&name).await?.view.symbol);
    }
    let mut named: Vec<Symbol> =
        state.0.reader.symbols(None).await?.into_iter().map(|v| v.symbol).collect();
    named.retain(|symbol| symbol.name.code() == text);
    match named.len() {
        1 => named.pop().ok_or_else(Fault::unknown_symbol),
        0 => Err(Fault::unknown_symbol()),
        _ => {
            let names: Vec<String> = named.iter().map(|symbol| symbol.name.to_string()).collect();
            Err(Fault(format!("{text} is the code of several symbols: {}", names.join(", "))))
        }
    }
}

fn description(symbol: &Symbol) -> String {
    match (&symbol.base, &symbol.quote) {
        (Some(base), Some(quote)) => format!("{base} / {quote}, {}", symbol.name.venue()),
        _ => symbol.name.to_string(),
    }
}

/// The least step of a price as `minmov / pricescale`.
fn price_step(rules: &Rules, stored_places: i16) -> (i64, i64) {
    let scale = |places: u32| 10i64.pow(places.min(MOST_PLACES));
    if let Some(step) = rules.tick_size.map(|step: Decimal| step.normalize())
        && let Ok(units) = i64::try_from(step.mantissa())
        && step.scale() <= MOST_PLACES
        && units > 0
    {
        return (scale(step.scale()), units);
    }
    (scale(places(rules.price_precision.unwrap_or(stored_places))), 1)
}

fn volume_places(rules: &Rules, stored: i16) -> u32 {
    let lot = rules.lot_size.map(|lot| lot.normalize().scale());
    let known = lot.or(rules.quantity_precision.map(places));
    known.unwrap_or_else(|| places(stored)).min(MOST_PLACES)
}

fn places(number: i16) -> u32 {
    u32::try_from(number).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_step_is_a_fraction_of_whole_numbers() {
        let rules = |step: Option<&str>| Rules {
            tick_size: step.map(|step| domain::parse_decimal(step).unwrap()),
            price_precision: step.is_none().then_some(3),
            ..Rules::default()
        };
        assert_eq!(price_step(&rules(Some("0.01000000")), 8), (100, 1));
        assert_eq!(price_step(&rules(Some("0.05")), 8), (100, 5));
        assert_eq!(price_step(&rules(Some("2.5")), 8), (10, 25));
        assert_eq!(price_step(&rules(Some("10")), 8), (1, 10));
        assert_eq!(price_step(&rules(None), 8), (1_000, 1));
        assert_eq!(price_step(&Rules::default(), 2), (100, 1));
        assert_eq!(volume_places(&Rules::default(), 5), 5);
    }
}
