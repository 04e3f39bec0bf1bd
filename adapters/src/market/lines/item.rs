//! What a point stands for, by its measurement: a trade, a candle, or only itself.
//!
//! A trade without an id gets one made of what it says, so that a line sent twice is one trade: in
//! InfluxDB too it would be one point.

use domain::market::{Candle, Interval, SymbolName, Tick, TickKind};
use domain::{Amount, Decimal, NumberError, Time, parse_decimal};

use super::point::{Field, Point};
use crate::market::files::identity;

/// Nanoseconds of a microsecond, which is as exact as times of trades are kept.
const MICRO: i64 = 1_000;

/// One line's meaning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item<'a> {
    /// A trade: measurement `trades` or `ticks`.
    Tick(SymbolName, TickKind, Tick),
    /// A candle: measurement `candles` or `market_data`.
    Candle(SymbolName, Interval, Candle),
    /// Anything else; its time is set.
    Point(Point<'a>),
}

/// The meaning of a point; the error says what it lacks.
pub(super) fn item(mut point: Point<'_>, now: Time) -> Result<Item<'_>, String> {
    let nanos = point.nanos.unwrap_or(now.micros().saturating_mul(MICRO));
    point.nanos = Some(nanos);
    match point.measurement.as_ref() {
        "trades" | "ticks" => tick(&point, nanos),
        "candles" | "market_data" => candle(&point, nanos),
        _ => Ok(Item::Point(point)),
    }
}

fn tick<'a>(point: &Point<'_>, nanos: i64) -> Result<Item<'a>, String> {
    let below = i32::try_from(nanos.rem_euclid(MICRO)).unwrap_or_default();
    let kind = match word(point, &["kind"]).as_deref() {
        None | Some("trade") => TickKind::Trade,
        Some("agg_trade") => TickKind::AggTrade,
        Some(other) => return Err(format!("kind {other:?} is neither trade nor agg_trade")),
    };
    let mut tick = Tick {
        time: time(nanos)?,
        seq: 0,
        trade_id: 0,
        price: decimal(point, &["price"])?,
        quantity: decimal(point, &["quantity", "size", "qty", "amount"])?,
        buyer_is_maker: buyer_is_maker(point)?,
        trade_count: 1,
        received_at: None,
        venue_trade_id: None,
    };
    tick.check().map_err(|bad| bad.to_string())?;
    match word(point, &["trade_id", "id"]) {
        Some(text) => match text.parse::<i64>() {
            Ok(id) if id >= 0 && id.to_string() == text => tick.trade_id = id,
            _ => {
                tick.trade_id = identity::id_of_text(&text);
                tick.seq = below;
                tick.venue_trade_id = Some(text.into());
            }
        },
        None => {
            tick.seq = below;
            tick.trade_id = identity::derived(&tick, below.unsigned_abs());
        }
    }
    Ok(Item::Tick(symbol(point)?, kind, tick))
}

fn candle<'a>(point: &Point<'_>, nanos: i64) -> Result<Item<'a>, String> {
    let interval = word(point, &["interval", "timeframe"]).ok_or("the tag interval is missing")?;
    let interval: Interval = interval.parse().map_err(|error| format!("{error}"))?;
    let whole = |names: &[&str]| match word(point, names) {
        Some(text) => {
            text.parse().map(Some).map_err(|_| format!("{} {text:?} is no whole number", names[0]))
        }
        None => Ok(None),
    };
    let candle = Candle {
        open_time: time(nanos)?,
        open: decimal(point, &["open"])?,
        high: decimal(point, &["high"])?,
        low: decimal(point, &["low"])?,
        close: decimal(point, &["close"])?,
        volume: amount(point, "volume")?.ok_or("the field volume is missing")?,
        quote_volume: amount(point, "quote_volume")?,
        trade_count: whole(&["trade_count", "trades"])?,
        taker_buy_volume: amount(point, "taker_buy_volume")?,
        taker_buy_quote_volume: amount(point, "taker_buy_quote_volume")?,
    };
    candle.check().map_err(|bad| bad.to_string())?;
    if nanos % MICRO != 0 || interval.open_time(candle.open_time) != candle.open_time {
        return Err(format!("the time is not the beginning of a candle of {interval}"));
    }
    Ok(Item::Candle(symbol(point)?, interval, candle))
}

fn symbol(point: &Point<'_>) -> Result<SymbolName, String> {
    let missing = |tag: &str| format!("{} needs the tag {tag}", point.measurement);
    let code = point.tag("symbol").ok_or_else(|| missing("symbol"))?;
    let venue = point.tag("venue").or(point.tag("exchange")).ok_or_else(|| missing("venue"))?;
    SymbolName::new(venue, code).map_err(|error| error.to_string())
}

fn time(nanos: i64) -> Result<Time, String> {
    Time::from_micros(nanos.div_euclid(MICRO)).map_err(|error| error.to_string())
}

/// A tag or field that names something: an id, a side, an interval.
fn word(point: &Point<'_>, names: &[&str]) -> Option<String> {
    names.iter().find_map(|name| match point.field(name) {
        Some(Field::Text(text)) => Some(text.to_string()),
        Some(Field::Float(text)) => {
            // Clients without whole numbers write an id as 123.0.
            let whole = parse_decimal(text).ok().filter(|number| number.fract().is_zero());
            Some(whole.map_or_else(|| (*text).to_owned(), |number| number.normalize().to_string()))
        }
        Some(Field::Int(value)) => Some(value.to_string()),
        Some(Field::Unsigned(value)) => Some(value.to_string()),
        Some(Field::Truth(value)) => Some(value.to_string()),
        None => point.tag(name).map(str::to_owned),
    })
}

fn buyer_is_maker(point: &Point<'_>) -> Result<Option<bool>, String> {
    if let Some(text) = word(point, &["buyer_is_maker", "is_buyer_maker"]) {
        return match text.to_ascii_lowercase().as_str() {
            "true" | "t" | "1" => Ok(Some(true)),
            "false" | "f" | "0" => Ok(Some(false)),
            _ => Err(format!("buyer_is_maker {text:?} is neither true nor false")),
        };
    }
    match word(point, &["side"]).map(|side| side.to_ascii_lowercase()).as_deref() {
        None => Ok(None),
        Some("buy" | "b" | "bid") => Ok(Some(false)),
        Some("sell" | "s" | "ask") => Ok(Some(true)),
        Some(side) => Err(format!("side {side:?} is neither buy nor sell")),
    }
}

/// A price or a quantity under the first of these names that there is.
fn decimal(point: &Point<'_>, names: &[&str]) -> Result<Decimal, String> {
    let found = names.iter().find_map(|name| point.field(name).map(|field| (*name, field)));
    let (name, field) = found.ok_or_else(|| format!("the field {} is missing", names[0]))?;
    exact(name, field, parse_decimal)
}

fn amount(point: &Point<'_>, name: &str) -> Result<Option<Amount>, String> {
    point.field(name).map(|field| exact(name, field, str::parse)).transpose()
}

/// A number as the client wrote it. A float with more digits than can be held is taken by the
/// shortest decimal of the double that it is to InfluxDB.
fn exact<T>(
    name: &str,
    field: &Field<'_>,
    parse: impl Fn(&str) -> Result<T, NumberError>,
) -> Result<T, String> {
    let text = match field {
        Field::Float(text) => {
            return parse(text)
                .or_else(|_| parse(&text.parse::<f64>().unwrap_or_default().to_string()))
                .map_err(|error| format!("{name} {text} {error}"));
        }
        Field::Int(value) => value.to_string(),
        Field::Unsigned(value) => value.to_string(),
        Field::Text(text) => text.to_string(),
        Field::Truth(_) => return Err(format!("{name} is not a number")),
    };
    parse(&text).map_err(|error| format!("{name} {text:?} {error}"))
}
