//! The messages of the stream.

use app::ledger::OrderChange;
use app::trading::BotNow;
use domain::market::{BookTicker, SymbolName};
use domain::{Decimal, Time};
use serde::{Deserialize, Serialize};

use crate::market::model::{Candle, IntervalName, Tick, text};
use crate::problem::Code;

/// What a client says.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub(super) enum ClientMessage {
    /// Send me these.
    Subscribe { topics: Vec<String> },
    /// Don't send me these any more.
    Unsubscribe { topics: Vec<String> },
    /// Are you there?
    Ping,
}

/// What the server says.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum ServerMessage<'a> {
    /// These come from now on.
    Subscribed { topics: Vec<String> },
    /// These don't come any more.
    Unsubscribed { topics: Vec<String> },
    /// An answer to a ping.
    Pong,
    /// Messages were left out: so many of a topic, or nobody knows how many of which.
    Lagged {
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<&'a str>,
        missed: Option<u64>,
    },
    /// Something was wrong with a message of the client.
    Error {
        code: Code,
        message: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<String>,
    },
    /// A candle as it is now.
    Candle {
        topic: &'a str,
        #[serde(serialize_with = "text")]
        symbol: &'a SymbolName,
        interval: IntervalName,
        replay: bool,
        candle: Candle,
    },
    /// A trade.
    Tick {
        topic: &'a str,
        #[serde(serialize_with = "text")]
        symbol: &'a SymbolName,
        replay: bool,
        tick: Tick,
    },
    /// A latest price.
    Price {
        topic: &'a str,
        #[serde(serialize_with = "text")]
        symbol: &'a SymbolName,
        replay: bool,
        #[serde(serialize_with = "text")]
        price: Decimal,
        #[serde(serialize_with = "text")]
        time: Time,
    },
    /// The best bid and ask.
    Book {
        topic: &'a str,
        #[serde(serialize_with = "text")]
        symbol: &'a SymbolName,
        #[serde(serialize_with = "text")]
        bid: Decimal,
        #[serde(serialize_with = "text")]
        bid_quantity: Decimal,
        #[serde(serialize_with = "text")]
        ask: Decimal,
        #[serde(serialize_with = "text")]
        ask_quantity: Decimal,
        #[serde(serialize_with = "text")]
        time: Time,
    },
    /// What a bot of one's own is doing.
    Bot { topic: &'a str, bot: &'a BotNow },
    /// An order of one's own as it is now, and the fill that made it so.
    Order {
        topic: &'a str,
        #[serde(flatten)]
        change: &'a OrderChange,
    },
}

impl<'a> ServerMessage<'a> {
    /// A best bid and ask.
    pub(super) fn book(topic: &'a str, symbol: &'a SymbolName, book: &BookTicker) -> Self {
        let [bid, bid_quantity] = [book.bid, book.bid_quantity].map(|number| number.normalize());
        let [ask, ask_quantity] = [book.ask, book.ask_quantity].map(|number| number.normalize());
        Self::Book { topic, symbol, bid, bid_quantity, ask, ask_quantity, time: book.time }
    }

    /// Its JSON.
    pub(super) fn to_text(&self) -> String {
        serde_json::to_string(self).expect("a message is made of texts, numbers and lists only")
    }
}
