//! What somebody wants of an order.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Metadata;
use crate::market::SymbolName;
use crate::number::Decimal;
use crate::text;

/// Which way an order trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Base comes in.
    Buy,
    /// Base goes out.
    Sell,
}

/// When an order trades, and at which price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderKind {
    /// At once, at any price.
    Market,
    /// At the limit price or a better one.
    Limit,
    /// At any price, once the stop price is hit.
    Stop,
    /// At the limit price or a better one, once the stop price is hit.
    StopLimit,
    /// At any price, once the price has come back so far from its best.
    TrailingStop,
}

impl OrderKind {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Limit => "limit",
            Self::Stop => "stop",
            Self::StopLimit => "stop_limit",
            Self::TrailingStop => "trailing_stop",
        }
    }

    /// Whether it has a limit price.
    #[must_use]
    pub const fn has_limit(self) -> bool {
        matches!(self, Self::Limit | Self::StopLimit)
    }

    /// Whether it has a stop price.
    #[must_use]
    pub const fn has_stop(self) -> bool {
        matches!(self, Self::Stop | Self::StopLimit)
    }

    /// Whether it waits for a price before it trades.
    #[must_use]
    pub const fn waits(self) -> bool {
        self.has_stop() || matches!(self, Self::TrailingStop)
    }
}

/// How long an order waits. The venue holds it to that; here it is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// Until it is cancelled.
    Gtc,
    /// What can't be traded at once is given up.
    Ioc,
    /// All at once or nothing.
    Fok,
}

/// How far a trailing stop stays behind the best price.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trail {
    /// So much, in quote.
    Distance(#[serde(with = "text::decimal")] Decimal),
    /// So many hundredths of the best price.
    Percent(#[serde(with = "text::decimal")] Decimal),
}

/// What is bought: the asset itself, or a contract that pays what the asset would have gained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Base and quote change hands.
    Spot,
    /// Profit, fees and funding are settled in quote; base never moves. Linear contracts of one unit of
    /// base only: contract sizes are multiplied out before, and inverse contracts are not kept.
    Margin,
}

/// Why an order was sent, for the statistics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tags {
    /// The strategy's name.
    #[serde(deserialize_with = "Option::deserialize")]
    pub strategy: Option<String>,
    /// Which of its rules opened the position.
    #[serde(deserialize_with = "Option::deserialize")]
    pub entry_logic: Option<String>,
    /// Which of its rules closed it.
    #[serde(deserialize_with = "Option::deserialize")]
    pub exit_logic: Option<String>,
    /// The candles that it looked at.
    #[serde(deserialize_with = "Option::deserialize")]
    pub interval: Option<String>,
    /// What happened that it was closed: `roi`, `stop_loss`.
    #[serde(deserialize_with = "Option::deserialize")]
    pub exit_reason: Option<String>,
}

/// An order as it was asked for. Which fields a kind needs, [`super::Order::place`] says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Terms {
    /// The venue account that pays.
    pub account: Uuid,
    /// The bot that it is for.
    #[serde(deserialize_with = "Option::deserialize")]
    pub bot: Option<Uuid>,
    /// Its name with whoever placed it.
    pub client_order_id: String,
    /// What is traded.
    pub symbol: SymbolName,
    /// Spot or margin.
    pub mode: Mode,
    /// Buy or sell.
    pub side: Side,
    /// Its kind.
    pub kind: OrderKind,
    /// How long it waits.
    pub time_in_force: TimeInForce,
    /// Units of base; none for a market buy by quote amount.
    #[serde(with = "text::decimal_option")]
    pub quantity: Option<Decimal>,
    /// For a market buy: how much quote to spend at the most, instead of a quantity.
    #[serde(with = "text::decimal_option")]
    pub quote_quantity: Option<Decimal>,
    /// The worst price of a limit or stop-limit order.
    #[serde(with = "text::decimal_option")]
    pub limit_price: Option<Decimal>,
    /// What a stop or stop-limit order waits for.
    #[serde(with = "text::decimal_option")]
    pub stop_price: Option<Decimal>,
    /// What a trailing stop waits for.
    #[serde(deserialize_with = "Option::deserialize")]
    pub trail: Option<Trail>,
    /// Whether it may only make the position smaller.
    pub reduce_only: bool,
    /// How many times the margin the position is worth; 1 without a loan.
    #[serde(with = "text::decimal")]
    pub leverage: Decimal,
    /// Why it was sent.
    pub tags: Tags,
    /// What the venue says of it, whole.
    pub exchange_metadata: Metadata,
}

impl Side {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Buy => "buy",
            Self::Sell => "sell",
        }
    }
}

impl Mode {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Spot => "spot",
            Self::Margin => "margin",
        }
    }
}
