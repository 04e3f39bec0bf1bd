//! What orders are made of.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::model::{Side, names};
use crate::numbers::{exact, maybe};

names! {
    /// How an order trades.
    OrderKind:
    /// At once, at any price.
    Market = "market",
    /// At its price or a better one.
    Limit = "limit",
    /// As a market order, once its stop price is hit.
    Stop = "stop",
    /// As a limit order, once its stop price is hit.
    StopLimit = "stop_limit",
    /// As a stop that follows the best price.
    TrailingStop = "trailing_stop",
}

names! {
    /// Where an order is in its life.
    OrderStatus:
    /// Written down.
    New = "new",
    /// Sent, or about to be.
    Submitted = "submitted",
    /// The venue has it.
    Open = "open",
    /// Some of it is traded.
    PartiallyFilled = "partially_filled",
    /// All of it is traded.
    Filled = "filled",
    /// It is to be cancelled.
    CancelRequested = "cancel_requested",
    /// It is cancelled.
    Cancelled = "cancelled",
    /// It was not taken.
    Rejected = "rejected",
    /// Its time is over.
    Expired = "expired",
}

names! {
    /// How long an order waits.
    TimeInForce:
    /// Until it is cancelled.
    Gtc = "gtc",
    /// Not at all: what can't be traded at once is given up.
    Ioc = "ioc",
    /// Not at all, and it trades whole or nothing.
    Fok = "fok",
}

names! {
    /// With what a position is held.
    Mode:
    /// What one has.
    Spot = "spot",
    /// What one has and more.
    Margin = "margin",
}

impl OrderStatus {
    /// Whether nothing more comes of it, but for fills that are late.
    #[must_use]
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Filled | Self::Cancelled | Self::Rejected | Self::Expired)
    }
}

/// An order that is wanted, or was sent.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewOrder {
    /// The venue account that pays.
    pub account: Uuid,
    /// The bot that it is for.
    pub bot: Option<Uuid>,
    /// Your name of it, once in an account: placed again with the same content it is the same order. Without one
    /// [`Client::place`] makes one for each call.
    pub client_order_id: Option<String>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Spot or margin.
    pub mode: Mode,
    /// Buy or sell.
    pub side: Side,
    /// How it trades.
    pub kind: OrderKind,
    /// How long it waits.
    pub time_in_force: TimeInForce,
    /// Units of base.
    pub quantity: Option<Decimal>,
    /// For a market buy instead: how much quote to spend at the most.
    pub quote_quantity: Option<Decimal>,
    /// The worst price of limit and stop limit.
    pub limit_price: Option<Decimal>,
    /// What stop and stop limit wait for.
    pub stop_price: Option<Decimal>,
    /// How far a trailing stop stays behind, in quote.
    pub trail_distance: Option<Decimal>,
    /// The same in percent of the best price.
    pub trail_percent: Option<Decimal>,
    /// Whether it may only make the position smaller.
    pub reduce_only: bool,
    /// How many times the margin the position is worth.
    pub leverage: Option<Decimal>,
    /// Whose idea it was.
    pub tags: Tags,
    /// Whether it went to the venue already.
    pub submitted: bool,
    /// The venue's number of it, where it has answered.
    pub venue_order_id: Option<String>,
    /// What the venue says of it, kept whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exchange_metadata: Option<Value>,
}

/// Why an order was sent: for the statistics.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tags {
    /// The strategy's name.
    pub strategy: Option<String>,
    /// Which of its rules opens the position.
    pub entry_logic: Option<String>,
    /// Which of its rules closes it.
    pub exit_logic: Option<String>,
    /// The candles that it looks at.
    pub interval: Option<String>,
    /// What happened that the position is closed.
    pub exit_reason: Option<String>,
}

impl NewOrder {
    /// A market order on spot.
    #[must_use]
    pub fn market(account: Uuid, symbol: &str, side: Side, quantity: Decimal) -> Self {
        Self {
            account,
            bot: None,
            client_order_id: None,
            symbol: symbol.to_owned(),
            mode: Mode::Spot,
            side,
            kind: OrderKind::Market,
            time_in_force: TimeInForce::Gtc,
            quantity: Some(quantity),
            quote_quantity: None,
            limit_price: None,
            stop_price: None,
            trail_distance: None,
            trail_percent: None,
            reduce_only: false,
            leverage: None,
            tags: Tags::default(),
            submitted: false,
            venue_order_id: None,
            exchange_metadata: None,
        }
    }

    /// A limit order on spot.
    #[must_use]
    pub fn limit(
        account: Uuid,
        symbol: &str,
        side: Side,
        quantity: Decimal,
        price: Decimal,
    ) -> Self {
        let market = Self::market(account, symbol, side, quantity);
        Self { kind: OrderKind::Limit, limit_price: Some(price), ..market }
    }
}

/// An order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Order {
    /// Number.
    pub id: Uuid,
    /// The venue account that pays.
    pub account: Uuid,
    /// The bot that it is for.
    pub bot: Option<Uuid>,
    /// Its name with whoever placed it.
    pub client_order_id: String,
    /// The venue's number of it.
    pub venue_order_id: Option<String>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Spot or margin.
    pub mode: Mode,
    /// Buy or sell.
    pub side: Side,
    /// How it trades.
    pub kind: OrderKind,
    /// Where it is in its life.
    pub status: OrderStatus,
    /// Units of base wanted.
    #[serde(deserialize_with = "maybe")]
    pub quantity: Option<Decimal>,
    /// Or how much quote to spend.
    #[serde(deserialize_with = "maybe")]
    pub quote_quantity: Option<Decimal>,
    /// The worst price.
    #[serde(deserialize_with = "maybe")]
    pub limit_price: Option<Decimal>,
    /// What it waits for.
    #[serde(deserialize_with = "maybe")]
    pub stop_price: Option<Decimal>,
    /// How far a trailing stop stays behind, in quote.
    #[serde(default, deserialize_with = "maybe")]
    pub trail_distance: Option<Decimal>,
    /// The same in percent of the best price.
    #[serde(default, deserialize_with = "maybe")]
    pub trail_percent: Option<Decimal>,
    /// How long it waits. None, as of the next two, only where the record is damaged.
    pub time_in_force: Option<TimeInForce>,
    /// Whether it may only make the position smaller.
    pub reduce_only: Option<bool>,
    /// How many times the margin the position is worth.
    #[serde(default, deserialize_with = "maybe")]
    pub leverage: Option<Decimal>,
    /// Units of base traded.
    #[serde(deserialize_with = "exact")]
    pub filled: Decimal,
    /// What they were worth in quote.
    #[serde(deserialize_with = "exact")]
    pub filled_quote: Decimal,
    /// The strategy's name.
    pub strategy: Option<String>,
    /// Which of its rules opens the position.
    pub entry_logic: Option<String>,
    /// Which of its rules closes it.
    pub exit_logic: Option<String>,
    /// The candles that it looks at.
    pub interval: Option<String>,
    /// What happened that the position is closed.
    pub exit_reason: Option<String>,
    /// Why it was rejected, in the venue's code.
    pub reject_code: Option<String>,
    /// Why it was rejected or cancelled.
    pub reason: Option<String>,
    /// What the venue says of it.
    pub exchange_metadata: Value,
    /// How many events it has had.
    pub version: i32,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
}

/// Which orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OrderQuery {
    /// Of this venue account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// In one of these states.
    pub status: Vec<OrderStatus>,
    /// Buys or sells.
    pub side: Option<Side>,
    /// That trade so.
    pub kind: Option<OrderKind>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// The one of this name; needs `account`.
    pub client_order_id: Option<String>,
    /// Placed from this time on.
    pub from: Option<Timestamp>,
    /// Placed before this time.
    pub to: Option<Timestamp>,
    /// As they were recorded at this time.
    pub as_of: Option<Timestamp>,
    /// Most orders of a page.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// A change of an order; what is none stays.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Amendment {
    /// Units of base, with what is traded.
    pub quantity: Option<Decimal>,
    /// The worst price.
    pub limit_price: Option<Decimal>,
    /// What it waits for.
    pub stop_price: Option<Decimal>,
}

/// What happened to an order, as whoever sent it reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the fields are the venue's number, code, words, and an amount of an asset"
)]
pub enum Report {
    /// It goes to the venue.
    Submitted,
    /// The venue has it.
    Accepted { venue_order_id: String },
    /// The venue doesn't take it.
    Rejected { code: String, reason: String },
    /// The price that it waits for was hit.
    Triggered,
    /// It is given up.
    Cancelled { reason: String },
    /// Its time is over.
    Expired,
    /// The venue trades no more of a market buy by amount.
    Completed,
    /// So much is held back for it.
    Reserved { asset: String, amount: Decimal },
}

/// What a trade cost; negative is a rebate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fee {
    /// In which asset.
    pub asset: String,
    /// How much.
    #[serde(deserialize_with = "exact")]
    pub amount: Decimal,
}

/// A trade of an order that is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewFill {
    /// The venue's number: told again it is the same trade.
    pub venue_trade_id: String,
    /// Price of one unit of base, in quote.
    pub price: Decimal,
    /// Units of base.
    pub quantity: Decimal,
    /// What it cost.
    pub fees: Vec<Fee>,
    /// `maker` or `taker`, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub liquidity: Option<String>,
    /// When the venue says it happened.
    pub time: Timestamp,
}

/// A trade of an order.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Fill {
    /// The venue's number.
    pub venue_trade_id: String,
    /// Price of one unit of base, in quote.
    #[serde(deserialize_with = "exact")]
    pub price: Decimal,
    /// Units of base.
    #[serde(deserialize_with = "exact")]
    pub quantity: Decimal,
    /// Price × quantity.
    #[serde(deserialize_with = "exact")]
    pub quote: Decimal,
    /// What it cost.
    pub fees: Vec<Fee>,
    /// `maker`, `taker` or `unknown`.
    pub liquidity: String,
    /// When the venue says it happened.
    pub time: Timestamp,
}
