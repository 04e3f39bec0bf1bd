//! What happened to orders: all their trades, and each one's events.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::Result;
use crate::client::Client;
use crate::model::Side;
use crate::order::Fill;
use crate::pages::{Page, PageQuery, Pages, pairs};

const FILLS: &str = "/v1/ledger/fills";

/// A trade of an order, and of which one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct OwnFill {
    /// The venue account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// The order.
    pub order: Uuid,
    /// Its name with whoever placed it.
    pub client_order_id: String,
    /// `venue:CODE`.
    pub symbol: String,
    /// Buy or sell.
    pub side: Side,
    /// The trade.
    #[serde(flatten)]
    pub fill: Fill,
}

/// Which trades of one's orders.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct FillQuery {
    /// Of this venue account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// Buys or sells.
    pub side: Option<Side>,
    /// Of this time on.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Most of a page.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// What happened to an order.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct OrderEvent {
    /// Its place among all events of the ledger.
    pub event: i64,
    /// Its place in the order's history, from 1.
    pub version: i32,
    /// `placed`, `reserved`, `submitted`, `accepted`, `rejected`, `triggered`, `amended`, `cancel_requested`, `cancelled`,
    /// `expired`, `filled`, `completed` or `released`.
    pub kind: String,
    /// All that it says; times in it are the venue's.
    pub body: Value,
    /// BLAKE3 of the hash before it and of this event.
    pub hash: String,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

impl Client {
    /// A page of the trades of one's orders, the newest first.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn own_fills(&self, query: &FillQuery) -> Result<Page<OwnFill>> {
        self.query(FILLS, pairs(query)).await
    }

    /// The same, however many, page by page.
    #[must_use]
    pub fn own_fill_pages(&self, query: &FillQuery) -> Pages<OwnFill> {
        Pages::new(self, FILLS, pairs(query))
    }

    /// A page of what happened to an order, the oldest first.
    ///
    /// # Errors
    /// `unknown_order`.
    pub async fn order_events(&self, id: Uuid, query: &PageQuery) -> Result<Page<OrderEvent>> {
        self.query(&events(id), pairs(query)).await
    }

    /// The same, however much, page by page.
    #[must_use]
    pub fn order_event_pages(&self, id: Uuid, query: &PageQuery) -> Pages<OrderEvent> {
        Pages::new(self, events(id), pairs(query))
    }
}

fn events(order: Uuid) -> String {
    format!("/v1/ledger/orders/{order}/events")
}
