//! Binance's list of symbols, `exchangeInfo`, of spot and of futures. The whole list is one JSON
//! object of some 15 MB at most, so it is read in one piece.

use std::io::Read;

use domain::market::SymbolRules;
use domain::{Decimal, Time, parse_decimal};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::error::{Fault, Refusal};
use super::input::Input;
use super::reader::{Decoded, Decoder, Opened};
use super::{Format, Item, Kind, ReadOptions};

/// Longest list read.
const MAX_BYTES: u64 = 256 << 20;

/// Whether a text that begins with `{` is such a list.
pub(super) fn are_in(text: &[u8]) -> bool {
    let has = |key: &[u8]| text.windows(key.len()).any(|window| window == key);
    has(b"\"symbols\"") || (has(b"\"serverTime\"") && has(b"\"rateLimits\""))
}

/// Reads the list.
pub(super) fn open(input: &Input, options: &ReadOptions) -> Result<Opened, Refusal> {
    if let Some(kind) = options.kind.filter(|kind| *kind != Kind::Symbols) {
        return Err(Refusal::because(format!("holds symbols, not {kind}")));
    }
    let mut text = String::new();
    let read = input.open()?.take(MAX_BYTES + 1).read_to_string(&mut text);
    let list = match read {
        // Nothing can be read out of a list that is cut: its rows come from the whole.
        Err(error) => Err(Fault::from(error)),
        Ok(read) if read as u64 > MAX_BYTES => Err(Fault::fatal("the list is longer than 256 MB")),
        Ok(_) => split(&text),
    };
    let listings = match list {
        Ok(listings) => listings.into_iter().map(Ok).collect(),
        Err(fault) => vec![Err(fault)],
    };
    Ok(Opened {
        format: Format::BinanceExchangeInfo,
        kind: Kind::Symbols,
        interval: None,
        code: None,
        notes: Vec::new(),
        decoder: Box::new(Listings(listings.into_iter())),
    })
}

#[derive(Deserialize)]
struct List {
    symbols: Vec<Box<RawValue>>,
}

fn split(text: &str) -> Result<Vec<Box<RawValue>>, Fault> {
    let list: Result<List, _> = serde_json::from_str(text.trim_start_matches('\u{feff}'));
    list.map(|list| list.symbols)
        .map_err(|error| Fault::fatal(format!("the list is not whole or not JSON: {error}")))
}

struct Listings(std::vec::IntoIter<Result<Box<RawValue>, Fault>>);

impl Decoder for Listings {
    fn next(&mut self) -> Option<Result<Decoded, Fault>> {
        let listing = self.0.next()?;
        let rules = listing.and_then(|listing| rules(listing.get()));
        Some(rules.map(|rules| (None, Item::Symbol(Box::new(rules)))))
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Listing {
    symbol: String,
    base_asset: String,
    quote_asset: String,
    /// Coin-margined futures call it `contractStatus`.
    #[serde(alias = "contractStatus")]
    status: String,
    onboard_date: Option<i64>,
    price_precision: Option<u8>,
    quantity_precision: Option<u8>,
    base_asset_precision: Option<u8>,
    quote_precision: Option<u8>,
    #[serde(default)]
    filters: Vec<Filter>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    filter_type: String,
    tick_size: Option<String>,
    step_size: Option<String>,
    min_qty: Option<String>,
    min_notional: Option<String>,
    /// What futures call the least notional.
    notional: Option<String>,
}

/// The rules of one listing, or what is wrong with it.
pub(in crate::market) fn binance_listing(text: &str) -> Result<SymbolRules, String> {
    rules(text).map_err(|fault| {
        let words = [&*fault.column, &*fault.value, &*fault.reason];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
    })
}

fn rules(text: &str) -> Result<SymbolRules, Fault> {
    let listing: Listing = serde_json::from_str(text).map_err(|error| {
        Fault::row(text, format!("is not a symbol as Binance lists it: {error}"))
    })?;
    let filter = |names: &[&str]| {
        listing.filters.iter().find(|filter| names.contains(&filter.filter_type.as_str()))
    };
    let price = filter(&["PRICE_FILTER"]);
    let lot = filter(&["LOT_SIZE"]);
    let notional = filter(&["MIN_NOTIONAL", "NOTIONAL"]);
    let tick_size = decimal("tickSize", price.and_then(|filter| filter.tick_size.as_deref()))?;
    let lot_size = decimal("stepSize", lot.and_then(|filter| filter.step_size.as_deref()))?;
    let least =
        notional.and_then(|filter| filter.min_notional.as_deref().or(filter.notional.as_deref()));
    let listed_at = listing.onboard_date.map(Time::from_millis).transpose();
    let places = |step: Option<Decimal>| step.and_then(|step| u8::try_from(step.scale()).ok());
    Ok(SymbolRules {
        price_precision: places(tick_size).or(listing.price_precision).or(listing.quote_precision),
        quantity_precision: places(lot_size)
            .or(listing.quantity_precision)
            .or(listing.base_asset_precision),
        tick_size,
        lot_size,
        min_quantity: decimal("minQty", lot.and_then(|filter| filter.min_qty.as_deref()))?,
        min_notional: decimal("minNotional", least)?,
        active: listing.status == "TRADING",
        listed_at: listed_at.map_err(|error| Fault::of("onboardDate", text, error.to_string()))?,
        code: listing.symbol,
        base: listing.base_asset,
        quote: listing.quote_asset,
        raw: text.to_owned(),
    })
}

/// A step or a least value; zero is how Binance says that there is none.
fn decimal(name: &str, text: Option<&str>) -> Result<Option<Decimal>, Fault> {
    let Some(text) = text else { return Ok(None) };
    let value = parse_decimal(text).map_err(|error| Fault::of(name, text, error.to_string()))?;
    if value.is_sign_negative() && !value.is_zero() {
        return Err(Fault::of(name, text, "is negative"));
    }
    Ok((!value.is_zero()).then(|| value.normalize()))
}
