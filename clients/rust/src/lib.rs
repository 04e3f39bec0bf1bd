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
mod entries;
mod error;
mod explain;
mod history;
mod imports;
mod market;
mod model;
mod numbers;
mod order;
mod orders;
mod own;
mod pages;
mod paper;
mod performance;
mod retry;
mod signing;
mod stream;
mod templates;
mod trading;
mod webhooks;
mod worth;
mod write;

pub use books::{Balance, Position, PositionQuery, RoundTrip, TradeQuery};
pub use bots::{
    Bot, BotActivity, BotChange, BotQuery, BotStatus, BotType, Heartbeat, HeartbeatRecord, NewBot,
};
pub use cache::CachedValue;
pub use client::{Client, ClientBuilder};
pub use entries::{Entry, EntryKind, EntryQuery, LedgerEntry};
pub use error::{Code, Error, Problem};
pub use explain::{ExplainQuery, Explanation, ExplanationLine, ExplanationTotal};
pub use history::{FillQuery, OrderEvent, OwnFill};
pub use imports::{Import, ImportReport};
pub use jiff::Timestamp;
pub use market::{CandleQuery, TickQuery};
pub use model::{Candle, Interval, Price, Side, Symbol, Tick, TickKind};
pub use order::{
    Amendment, Fee, Fill, Mode, NewFill, NewOrder, Order, OrderKind, OrderQuery, OrderStatus,
    Report, Tags, TimeInForce,
};
pub use own::{BotState, OrderState};
pub use pages::{Page, PageQuery, Pages};
pub use paper::{FeeAsset, PaperSettings, Queue, Saga, SagaQuery, SagaState, Slippage};
pub use performance::{GroupBy, Performance, PerformanceGroup, PerformanceQuery, Unconverted};
pub use retry::Retry;
pub use rust_decimal::Decimal;
pub use signing::{MadeSigningKey, SigningKey};
pub use stream::{Event, Stream, Topic};
pub use templates::{NewTemplate, Template, TemplateChange};
pub use trading::{
    Account, AccountChange, AccountKind, Credentials, NewVersion, Strategy, StrategyVersion,
};
pub use uuid::Uuid;
pub use webhooks::{Alert, AlertOutcome, MadeWebhook, NewWebhook, Webhook, WebhookChange};
pub use worth::{
    AccountWorth, AssetWorth, BotWorth, CurveQuery, Equity, EquityPoint, Exposure, Portfolio,
    PortfolioQuery, Snapshot, Snapshots, Step,
};
pub use write::{NewCandle, NewTick};

/// What calls come to.
pub type Result<T, E = Error> = std::result::Result<T, E>;
