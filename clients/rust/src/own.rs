//! What the stream tells of one's own bots and orders.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use crate::model::Side;
use crate::numbers::{exact, maybe};
use crate::order::{Mode, OrderKind, OrderStatus};

/// What a bot is doing.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BotState {
    /// Number.
    pub id: Uuid,
    /// The account on which it trades.
    pub account: Uuid,
    /// That of [`crate::BotStatus`], or `deleted`.
    pub status: String,
    /// When it was last started.
    pub started_at: Option<Timestamp>,
    /// When it was last heard of.
    pub last_heartbeat: Option<Timestamp>,
    /// How many heartbeats told of an error.
    pub error_count: i32,
    /// What it had when it last told.
    #[serde(deserialize_with = "maybe")]
    pub balance: Option<Decimal>,
    /// What it had won by then.
    #[serde(deserialize_with = "maybe")]
    pub total_pnl: Option<Decimal>,
}

/// What may change of an order, and by what it is known.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OrderState {
    /// Number.
    pub id: Uuid,
    /// The venue account that pays.
    pub account: Uuid,
    /// The bot that it is for.
    pub bot: Option<Uuid>,
    /// Its name with whoever placed it.
    pub client_order_id: String,
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
    /// Units of base traded.
    #[serde(deserialize_with = "exact")]
    pub filled: Decimal,
    /// What they were worth in quote.
    #[serde(deserialize_with = "exact")]
    pub filled_quote: Decimal,
    /// How many events it has had: what has fewer is older.
    pub version: i32,
    /// When it changed.
    pub updated_at: Timestamp,
}
