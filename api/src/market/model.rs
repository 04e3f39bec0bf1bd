//! Candles, ticks and prices as clients see them: times in RFC 3339, numbers as decimal text
//! without loss, unknown as null.

use std::fmt::Display;

use domain::market::{self, Interval, SymbolName, TickKind};
use domain::{Amount, Decimal, Time};
use serde::{Serialize, Serializer};
use utoipa::openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type};
use utoipa::{PartialSchema, ToSchema};

/// How long a candle lasts. All begin in UTC, weeks on Monday.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[schema(as = Interval)]
pub(crate) enum IntervalName {
    /// One minute.
    #[serde(rename = "1m")]
    M1,
    /// Five minutes.
    #[serde(rename = "5m")]
    M5,
    /// A quarter of an hour.
    #[serde(rename = "15m")]
    M15,
    /// Half an hour.
    #[serde(rename = "30m")]
    M30,
    /// One hour.
    #[serde(rename = "1h")]
    H1,
    /// Four hours.
    #[serde(rename = "4h")]
    H4,
    /// A day.
    #[serde(rename = "1d")]
    D1,
    /// Monday to Sunday.
    #[serde(rename = "1w")]
    W1,
}

impl From<Interval> for IntervalName {
    fn from(interval: Interval) -> Self {
        match interval {
            Interval::M1 => Self::M1,
            Interval::M5 => Self::M5,
            Interval::M15 => Self::M15,
            Interval::M30 => Self::M30,
            Interval::H1 => Self::H1,
            Interval::H4 => Self::H4,
            Interval::D1 => Self::D1,
            Interval::W1 => Self::W1,
        }
    }
}

/// Open, high, low, close and volume of one interval.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Candle {
    /// Start of the interval.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime, examples("2024-08-08T23:54:00Z"))]
    open_time: Time,
    /// The first moment after it.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime, examples("2024-08-08T23:55:00Z"))]
    close_time: Time,
    /// First price.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("61794.15"))]
    open: Decimal,
    /// Highest price.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("61800.00"))]
    high: Decimal,
    /// Lowest price.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("61780.01"))]
    low: Decimal,
    /// Last price.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("61790.4"))]
    close: Decimal,
    /// Units of base traded.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("12.345"))]
    volume: Amount,
    /// Units of quote traded: the sum of price × quantity.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("762852.7317"))]
    quote_volume: Option<Amount>,
    /// Number of trades.
    #[schema(required)]
    trade_count: Option<i64>,
    /// Units of base bought by takers.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("6.1"))]
    taker_buy_volume: Option<Amount>,
    /// Whether the interval is over; the candle of one that isn't may still change.
    closed: bool,
}

impl Candle {
    /// A candle as it looks at `now`.
    pub(crate) fn new(candle: &market::Candle, interval: Interval, now: Time) -> Self {
        let close_time = interval.close_time(candle.open_time);
        Self {
            open_time: candle.open_time,
            close_time,
            open: candle.open.normalize(),
            high: candle.high.normalize(),
            low: candle.low.normalize(),
            close: candle.close.normalize(),
            volume: candle.volume,
            quote_volume: candle.quote_volume,
            trade_count: candle.trade_count,
            taker_buy_volume: candle.taker_buy_volume,
            closed: close_time <= now,
        }
    }
}

/// What a trade stands for.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = TickKind)]
pub(crate) enum TickKindName {
    /// A single trade.
    Trade,
    /// Trades of one taker order at one price, put together by the venue.
    AggTrade,
}

impl From<TickKind> for TickKindName {
    fn from(kind: TickKind) -> Self {
        match kind {
            TickKind::Trade => Self::Trade,
            TickKind::AggTrade => Self::AggTrade,
        }
    }
}

/// Who took the offer that was there.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Side {
    /// The taker bought.
    Buy,
    /// The taker sold.
    Sell,
}

/// One trade.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Tick {
    /// When the venue says it happened.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = DateTime, examples("2024-08-08T23:54:00.123Z"))]
    time: Time,
    /// Price of one unit of base, in quote.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("61794.15"))]
    price: Decimal,
    /// Units of base.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, format = "decimal", examples("0.00123"))]
    quantity: Decimal,
    /// The taker's side, where the source says.
    #[schema(required)]
    side: Option<Side>,
    /// The venue's id, where it gave one.
    #[schema(required, examples("3718472321"))]
    trade_id: Option<String>,
    /// Single trade or several put together.
    kind: TickKindName,
    /// When it arrived here or at the recorder, by that machine's clock.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = DateTime)]
    received_at: Option<Time>,
}

impl Tick {
    pub(crate) fn new(tick: &market::Tick, kind: TickKind) -> Self {
        let number = || tick.has_own_id().then(|| tick.trade_id.to_string());
        Self {
            time: tick.time,
            price: tick.price.normalize(),
            quantity: tick.quantity.normalize(),
            side: tick.buyer_is_maker.map(|maker| if maker { Side::Sell } else { Side::Buy }),
            trade_id: tick.venue_trade_id.as_deref().map(str::to_owned).or_else(number),
            kind: kind.into(),
            received_at: tick.received_at,
        }
    }
}

/// A symbol's latest price.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Price {
    /// The symbol.
    #[serde(serialize_with = "text")]
    #[schema(value_type = String, examples("binance:BTCUSDT"))]
    pub(crate) symbol: SymbolName,
    /// The price; null where nothing was ever traded.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = "decimal", examples("61794.15"))]
    pub(crate) price: Option<Decimal>,
    /// When it was traded; for the close of a candle, the candle's end.
    #[serde(serialize_with = "maybe_text")]
    #[schema(value_type = Option<String>, required, format = DateTime)]
    pub(crate) time: Option<Time>,
    /// Whether it is a past played again, not a market's present.
    pub(crate) replay: bool,
}

/// A body that is no text, for the description.
pub(crate) enum Binary {}

impl PartialSchema for Binary {
    fn schema() -> RefOr<Schema> {
        let format = SchemaFormat::KnownFormat(KnownFormat::Binary);
        ObjectBuilder::new().schema_type(Type::String).format(Some(format)).into()
    }
}

impl ToSchema for Binary {}

/// Writes a value as its text, without a copy in between.
pub(crate) fn text<T: Display, S: Serializer>(value: &T, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(value)
}

/// As [`text`], null for nothing.
pub(crate) fn maybe_text<T, S>(value: &Option<T>, to: S) -> Result<S::Ok, S::Error>
where
    T: Display,
    S: Serializer,
{
    match value {
        Some(value) => to.collect_str(value),
        None => to.serialize_none(),
    }
}
