//! Candles, ticks and prices.

use std::fmt;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::numbers::{exact, maybe};

/// Gives a list of names its texts.
macro_rules! names {
    ($(#[$about:meta])* $kind:ident: $($(#[$doc:meta])* $name:ident = $text:literal),* $(,)?) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[non_exhaustive]
        pub enum $kind {
            $($(#[$doc])* #[serde(rename = $text)] $name,)*
            /// One that this client doesn't know.
            #[serde(other)]
            Unknown,
        }

        impl $kind {
            /// Its name, as the server has it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text,)* Self::Unknown => "unknown" }
            }
        }

        impl std::fmt::Display for $kind {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}

pub(crate) use names;

names! {
    /// How long a candle lasts. All begin in UTC, weeks on Monday.
    Interval:
    /// One minute.
    M1 = "1m",
    /// Five minutes.
    M5 = "5m",
    /// A quarter of an hour.
    M15 = "15m",
    /// Half an hour.
    M30 = "30m",
    /// One hour.
    H1 = "1h",
    /// Four hours.
    H4 = "4h",
    /// A day.
    D1 = "1d",
    /// Monday to Sunday.
    W1 = "1w",
}

names! {
    /// Buying or selling; of a tick, what the taker did.
    Side:
    /// It buys.
    Buy = "buy",
    /// It sells.
    Sell = "sell",
}

names! {
    /// What a tick stands for.
    TickKind:
    /// A single trade.
    Trade = "trade",
    /// Trades of one taker order at one price, put together by the venue.
    AggTrade = "agg_trade",
}

impl Side {
    /// The other one.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
            Self::Unknown => Self::Unknown,
        }
    }
}

/// Open, high, low, close and volume of one interval.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Candle {
    /// Start of the interval.
    pub open_time: Timestamp,
    /// The first moment after it.
    pub close_time: Timestamp,
    /// First price.
    #[serde(deserialize_with = "exact")]
    pub open: Decimal,
    /// Highest price.
    #[serde(deserialize_with = "exact")]
    pub high: Decimal,
    /// Lowest price.
    #[serde(deserialize_with = "exact")]
    pub low: Decimal,
    /// Last price.
    #[serde(deserialize_with = "exact")]
    pub close: Decimal,
    /// Units of base traded.
    #[serde(deserialize_with = "exact")]
    pub volume: Decimal,
    /// Units of quote traded, where the source tells.
    #[serde(deserialize_with = "maybe")]
    pub quote_volume: Option<Decimal>,
    /// Number of trades.
    pub trade_count: Option<i64>,
    /// Units of base bought by takers.
    #[serde(deserialize_with = "maybe")]
    pub taker_buy_volume: Option<Decimal>,
    /// Whether the interval was over when the server answered.
    pub closed: bool,
}

/// One trade of a market.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Tick {
    /// When the venue says it happened.
    pub time: Timestamp,
    /// Price of one unit of base, in quote.
    #[serde(deserialize_with = "exact")]
    pub price: Decimal,
    /// Units of base.
    #[serde(deserialize_with = "exact")]
    pub quantity: Decimal,
    /// The taker's side, where the source says.
    pub side: Option<Side>,
    /// The venue's id, where it gave one.
    pub trade_id: Option<String>,
    /// Single trade or several put together.
    pub kind: TickKind,
    /// When it arrived at the server or the recorder.
    pub received_at: Option<Timestamp>,
}

/// A symbol's latest price.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Price {
    /// The symbol, `venue:CODE`.
    pub symbol: String,
    /// None where nothing was ever traded.
    #[serde(deserialize_with = "maybe")]
    pub price: Option<Decimal>,
    /// When it was traded; for the close of a candle, the candle's end.
    pub time: Option<Timestamp>,
    /// Whether it is a past played again, not a market's present.
    pub replay: bool,
}

/// A symbol and the rules of its venue, as far as they are known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Symbol {
    /// `venue:CODE`.
    pub symbol: String,
    /// The asset that is traded.
    pub base: Option<String>,
    /// The asset in which prices are.
    pub quote: Option<String>,
    /// Whether it is traded.
    pub active: bool,
    /// Whether it is a past played again.
    pub replay: bool,
    /// Prices are multiples of it.
    #[serde(deserialize_with = "maybe")]
    pub tick_size: Option<Decimal>,
    /// Quantities are multiples of it.
    #[serde(deserialize_with = "maybe")]
    pub lot_size: Option<Decimal>,
    /// The smallest quantity that is taken.
    #[serde(deserialize_with = "maybe")]
    pub min_quantity: Option<Decimal>,
    /// The smallest value, price × quantity.
    #[serde(deserialize_with = "maybe")]
    pub min_notional: Option<Decimal>,
    /// The last price that is stored.
    #[serde(deserialize_with = "maybe")]
    pub last_price: Option<Decimal>,
    /// When it was.
    pub last_time: Option<Timestamp>,
}

/// What a path may have of a text.
pub(crate) struct Segment<'a>(pub(crate) &'a str);

impl fmt::Display for Segment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.bytes().try_for_each(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b':' => {
                write!(f, "{}", byte as char)
            }
            _ => write!(f, "%{byte:02X}"),
        })
    }
}
