//! A client of Chandlery's API. Numbers are exact decimals, times are UTC, errors have the server's codes; what can be
//! asked again without harm is asked again where the network or the server fails.
//!
//! ```no_run
//! # async fn example() -> Result<(), chandlery_client::Error> {
//! use chandlery_client::{CandleQuery, Client, Interval};
//!
//! let client = Client::from_env()?; // CHANDLERY_URL, CHANDLERY_KEY
//! let mut pages = client.candle_pages(CandleQuery::new("binance:BTCUSDT", Interval::M1));
//! while let Some(candles) = pages.next().await? {
//!     println!("{} candles", candles.len());
//! }
//! # Ok(()) }
//! ```

mod books;
mod bots;
mod cache;
mod client;
mod error;
mod market;
mod model;
mod numbers;
mod order;
mod orders;
mod own;
mod pages;
mod retry;
mod stream;
mod trading;
mod write;

pub use books::{Balance, Entry, EntryKind, Position, RoundTrip, TradeQuery};
pub use bots::{Bot, BotQuery, BotStatus, BotType, Heartbeat, HeartbeatRecord, NewBot};
pub use cache::CachedValue;
pub use client::{Client, ClientBuilder};
pub use error::{Code, Error, Problem};
pub use jiff::Timestamp;
pub use market::{CandleQuery, TickQuery};
pub use model::{Candle, Interval, Price, Side, Symbol, Tick, TickKind};
pub use order::{
    Amendment, Fee, Fill, Mode, NewFill, NewOrder, Order, OrderKind, OrderQuery, OrderStatus,
    Report, Tags, TimeInForce,
};
pub use own::{BotState, OrderState};
pub use pages::{Page, Pages};
pub use retry::Retry;
pub use rust_decimal::Decimal;
pub use stream::{Event, Stream, Topic};
pub use trading::{Account, AccountKind, Credentials, NewVersion, Strategy, StrategyVersion};
pub use uuid::Uuid;
pub use write::{NewCandle, NewTick};

/// What calls come to.
pub type Result<T, E = Error> = std::result::Result<T, E>;
