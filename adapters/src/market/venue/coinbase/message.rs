//! Coinbase's matches, tickers, candles and products as ours.

use std::borrow::Cow;

use domain::market::{BookTicker, Candle, SymbolRules, Tick};
use domain::{Amount, Decimal, Time, parse_decimal};
use serde::Deserialize;
use serde_json::value::RawValue;

/// A trade, of the feed and of REST alike.
#[derive(Deserialize)]
pub(super) struct Match<'a> {
    pub(super) trade_id: i64,
    #[serde(borrow)]
    price: Cow<'a, str>,
    #[serde(borrow)]
    size: Cow<'a, str>,
    /// The maker's.
    #[serde(borrow)]
    side: Cow<'a, str>,
    #[serde(borrow)]
    time: Cow<'a, str>,
}

impl Match<'_> {
    pub(super) fn tick(&self, received_at: Option<Time>) -> Result<Tick, String> {
        let id = self.trade_id;
        let buyer_is_maker = match &*self.side {
            "buy" => true,
            "sell" => false,
            other => return Err(format!("trade {id}: side {other} is neither buy nor sell")),
        };
        let tick = Tick {
            time: time(&self.time)?,
            seq: 0,
            trade_id: id,
            price: decimal("price", &self.price)?,
            quantity: decimal("size", &self.size)?,
            buyer_is_maker: Some(buyer_is_maker),
            trade_count: 1,
            received_at,
            venue_trade_id: None,
        };
        if id < 0 {
            return Err(format!("trade id {id} is negative"));
        }
        tick.check().map_err(|bad| format!("trade {id}: {bad}"))?;
        Ok(tick)
    }
}

/// What a ticker tells of the book. Old ones had no sizes, and are no use.
#[derive(Deserialize)]
pub(super) struct Ticker<'a> {
    sequence: Option<i64>,
    #[serde(borrow)]
    best_bid: Option<Cow<'a, str>>,
    #[serde(borrow)]
    best_bid_size: Option<Cow<'a, str>>,
    #[serde(borrow)]
    best_ask: Option<Cow<'a, str>>,
    #[serde(borrow)]
    best_ask_size: Option<Cow<'a, str>>,
    #[serde(borrow)]
    time: Option<Cow<'a, str>>,
}

impl Ticker<'_> {
    pub(super) fn book(&self, arrival: Time) -> Result<Option<BookTicker>, String> {
        let (Some(bid), Some(bid_size), Some(ask), Some(ask_size)) =
            (&self.best_bid, &self.best_bid_size, &self.best_ask, &self.best_ask_size)
        else {
            return Ok(None);
        };
        Ok(Some(BookTicker {
            bid: decimal("best_bid", bid)?,
            bid_quantity: decimal("best_bid_size", bid_size)?,
            ask: decimal("best_ask", ask)?,
            ask_quantity: decimal("best_ask_size", ask_size)?,
            update_id: self.sequence,
            time: self.time.as_deref().map_or(Ok(arrival), time)?,
        }))
    }
}

/// The book at level 1: price, size and number of orders of the best of each side.
#[derive(Deserialize)]
pub(super) struct Level1<'a> {
    sequence: Option<i64>,
    #[serde(borrow)]
    bids: Vec<Vec<&'a RawValue>>,
    #[serde(borrow)]
    asks: Vec<Vec<&'a RawValue>>,
    #[serde(borrow)]
    time: Option<Cow<'a, str>>,
}

impl Level1<'_> {
    pub(super) fn book(&self, arrival: Time) -> Result<BookTicker, String> {
        // A side without orders counts nothing at nothing.
        let best = |name: &str, side: &[Vec<&RawValue>]| match side.first().map(Vec::as_slice) {
            None => Ok((Decimal::ZERO, Decimal::ZERO)),
            Some([price, size, ..]) => {
                Ok((decimal(name, bare(price))?, decimal(name, bare(size))?))
            }
            Some(_) => Err(format!("{name} has neither price nor size")),
        };
        let (bid, bid_quantity) = best("bids", &self.bids)?;
        let (ask, ask_quantity) = best("asks", &self.asks)?;
        let time = self.time.as_deref().map_or(Ok(arrival), time)?;
        Ok(BookTicker { bid, bid_quantity, ask, ask_quantity, update_id: self.sequence, time })
    }
}

/// A candle: time in seconds, low, high, open, close, volume. The numbers are JSON numbers, and
/// are read from their text, never through a double.
#[derive(Deserialize)]
pub(super) struct Row<'a>(#[serde(borrow)] [&'a RawValue; 6]);

impl Row<'_> {
    pub(super) fn candle(&self) -> Result<Candle, String> {
        let [seconds, low, high, open, close, volume] = self.0.map(bare);
        let whole: i64 = seconds.parse().map_err(|_| format!("time {seconds} is not whole"))?;
        let millis = whole.checked_mul(1_000).ok_or_else(|| format!("time {whole} is too late"))?;
        let candle = Candle {
            open_time: Time::from_millis(millis).map_err(|why| format!("time {whole} {why}"))?,
            open: decimal("open", open)?,
            high: decimal("high", high)?,
            low: decimal("low", low)?,
            close: decimal("close", close)?,
            volume: volume.parse::<Amount>().map_err(|why| format!("volume {volume} {why}"))?,
            quote_volume: None,
            trade_count: None,
            taker_buy_volume: None,
            taker_buy_quote_volume: None,
        };
        candle.check().map_err(|bad| format!("candle of {}: {bad}", candle.open_time))?;
        Ok(candle)
    }
}

/// A product as the venue lists it. `base_min_size` went out of use in 2022.
#[derive(Deserialize)]
struct Product {
    id: String,
    base_currency: String,
    quote_currency: String,
    quote_increment: Option<String>,
    base_increment: Option<String>,
    base_min_size: Option<String>,
    min_market_funds: Option<String>,
    status: String,
    #[serde(default)]
    trading_disabled: bool,
}

/// The rules of one product.
pub(super) fn rules(text: &str) -> Result<SymbolRules, String> {
    let product: Product = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let id = &product.id;
    let step = |name: &str, value: &Option<String>| -> Result<Option<Decimal>, String> {
        let Some(text) = value else { return Ok(None) };
        let step = decimal(name, text).map_err(|why| format!("{id}: {why}"))?;
        Ok((!step.is_zero() && step.is_sign_positive()).then(|| step.normalize()))
    };
    let tick_size = step("quote_increment", &product.quote_increment)?;
    let lot_size = step("base_increment", &product.base_increment)?;
    let places = |step: Option<Decimal>| step.and_then(|step| u8::try_from(step.scale()).ok());
    Ok(SymbolRules {
        price_precision: places(tick_size),
        quantity_precision: places(lot_size),
        tick_size,
        lot_size,
        min_quantity: step("base_min_size", &product.base_min_size)?,
        min_notional: step("min_market_funds", &product.min_market_funds)?,
        active: product.status == "online" && !product.trading_disabled,
        listed_at: None,
        raw: text.to_owned(),
        base: product.base_currency.clone(),
        quote: product.quote_currency.clone(),
        code: product.id.clone(),
    })
}

/// A number's text, which some answers put in quotes and some don't.
fn bare(value: &RawValue) -> &str {
    value.get().trim_matches('"')
}

pub(super) fn time(text: &str) -> Result<Time, String> {
    text.parse().map_err(|error| format!("time {text} {error}"))
}

fn decimal(name: &str, text: &str) -> Result<Decimal, String> {
    parse_decimal(text).map_err(|error| format!("{name} {text} {error}"))
}
