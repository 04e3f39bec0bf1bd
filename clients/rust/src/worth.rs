//! What accounts, bots and everything are worth, now and over time.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::client::Client;
use crate::model::names;
use crate::numbers::{exact, maybe};
use crate::pages::pairs;

names! {
    /// How far points of a curve are apart, in UTC.
    Step:
    /// A minute; of equity alone.
    Minute = "minute",
    /// An hour.
    Hour = "hour",
    /// A day.
    Day = "day",
}

/// What something was worth when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct CurveQuery {
    /// Of this venue account; without it and `bot` equity is of all together, snapshots are of each.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// How far points are apart; without it a day.
    pub interval: Option<Step>,
    /// From this time on.
    pub from: Option<Timestamp>,
    /// The end: the last point of equity, and snapshots are before it.
    pub to: Option<Timestamp>,
    /// In what money is counted; without it USDT.
    pub currency: Option<String>,
}

/// What something was worth over time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Equity {
    /// In what money is counted.
    pub currency: String,
    /// How far points are apart.
    pub interval: Step,
    /// The points, by time.
    pub points: Vec<EquityPoint>,
    /// Assets that are left out somewhere, because no stored price says what they were worth.
    pub unpriced: Vec<String>,
}

/// What something was worth at a time.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct EquityPoint {
    /// When, by the clock of the venue.
    pub time: Timestamp,
    /// Of accounts what they had; of a bot what its account got from outside, and its profit.
    #[serde(deserialize_with = "exact")]
    pub equity: Decimal,
    /// Profit since the first point, after fees and funding.
    #[serde(deserialize_with = "exact")]
    pub realised_pnl: Decimal,
    /// What open positions would have won.
    #[serde(deserialize_with = "exact")]
    pub unrealised_pnl: Decimal,
    /// How far equity is below its highest so far.
    #[serde(deserialize_with = "exact")]
    pub drawdown: Decimal,
    /// The same of that highest; none where that isn't above nothing.
    pub drawdown_ratio: Option<f64>,
    /// Assets and symbols that are left out here, for want of a price.
    pub unpriced: Vec<String>,
}

/// What was recorded of accounts and bots at full hours.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Snapshots {
    /// The latest 10,000 of the range, by time.
    pub snapshots: Vec<Snapshot>,
    /// Hours that are left out, because no stored price says what they are in the currency.
    pub unconverted: Vec<Timestamp>,
}

/// What was recorded of an account or bot by a full hour.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Snapshot {
    /// The hour.
    pub time: Timestamp,
    /// The venue account.
    pub account: Uuid,
    /// The bot; none for the whole account.
    pub bot: Option<Uuid>,
    /// In what money is counted.
    pub currency: String,
    /// As in [`EquityPoint`].
    #[serde(deserialize_with = "exact")]
    pub equity: Decimal,
    /// Of the currency itself; none of a bot, and in other currencies.
    #[serde(deserialize_with = "maybe")]
    pub cash: Option<Decimal>,
    /// All profit by then, after fees and funding.
    #[serde(deserialize_with = "exact")]
    pub realised_pnl: Decimal,
    /// What open positions would have won.
    #[serde(deserialize_with = "exact")]
    pub unrealised_pnl: Decimal,
    /// How far equity was below that of the highest snapshot so far.
    #[serde(deserialize_with = "exact")]
    pub drawdown: Decimal,
    /// Positions that were open.
    pub open_positions: i64,
    /// Trades that were closed.
    pub closed_trades: i64,
    /// The share of them that won.
    pub win_rate: Option<f64>,
    /// Assets that are left out, because no stored price says what they were worth.
    pub unpriced: Vec<String>,
}

/// In what, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PortfolioQuery {
    /// In what money is counted; without it USDT.
    pub currency: Option<String>,
    /// As it was recorded at this time; without it now.
    pub as_of: Option<Timestamp>,
}

/// All that somebody has.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Portfolio {
    /// When.
    pub time: Timestamp,
    /// In what money is counted.
    pub currency: String,
    /// All balances, and what open margin positions would win.
    #[serde(deserialize_with = "exact")]
    pub equity: Decimal,
    /// What open positions would win.
    #[serde(deserialize_with = "exact")]
    pub unrealised_pnl: Decimal,
    /// Profit since midnight (UTC), after fees and funding.
    #[serde(deserialize_with = "exact")]
    pub pnl_today: Decimal,
    /// By asset, over all accounts.
    pub assets: Vec<AssetWorth>,
    /// By account.
    pub accounts: Vec<AccountWorth>,
    /// By bot.
    pub bots: Vec<BotWorth>,
    /// By symbol, what open positions hold.
    pub exposure: Vec<Exposure>,
    /// What is not in the sums, because no stored price says what it is worth.
    pub unpriced: Vec<String>,
}

/// What there is of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AssetWorth {
    /// The asset.
    pub asset: String,
    /// What can be spent.
    #[serde(deserialize_with = "exact")]
    pub cash: Decimal,
    /// What is held back for orders.
    #[serde(deserialize_with = "exact")]
    pub held: Decimal,
    /// One of it in the currency, where that is known.
    #[serde(deserialize_with = "maybe")]
    pub price: Option<Decimal>,
    /// When that price was.
    pub price_time: Option<Timestamp>,
    /// All of it in the currency.
    #[serde(deserialize_with = "maybe")]
    pub value: Option<Decimal>,
}

/// What an account is worth.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct AccountWorth {
    /// Its number.
    pub account: Uuid,
    /// Its name.
    pub name: String,
    /// As of all accounts.
    #[serde(deserialize_with = "exact")]
    pub equity: Decimal,
    /// What its open positions would win.
    #[serde(deserialize_with = "exact")]
    pub unrealised_pnl: Decimal,
    /// Its profit since midnight (UTC).
    #[serde(deserialize_with = "exact")]
    pub pnl_today: Decimal,
    /// By asset.
    pub assets: Vec<AssetWorth>,
}

/// What a bot won.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BotWorth {
    /// Its number.
    pub bot: Uuid,
    /// Its venue account.
    pub account: Uuid,
    /// Its name.
    pub name: String,
    /// All its profit, after fees and funding.
    #[serde(deserialize_with = "exact")]
    pub realised_pnl: Decimal,
    /// What its open positions would win.
    #[serde(deserialize_with = "exact")]
    pub unrealised_pnl: Decimal,
    /// Its profit since midnight (UTC).
    #[serde(deserialize_with = "exact")]
    pub pnl_today: Decimal,
    /// Its open positions.
    pub open_positions: i64,
}

/// What open positions hold of a symbol.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Exposure {
    /// `venue:CODE`.
    pub symbol: String,
    /// Units of base, long less short.
    #[serde(deserialize_with = "exact")]
    pub quantity: Decimal,
    /// What they are worth in the currency, negative when short.
    #[serde(deserialize_with = "maybe")]
    pub value: Option<Decimal>,
    /// What they would win, in the currency.
    #[serde(deserialize_with = "maybe")]
    pub unrealised_pnl: Option<Decimal>,
}

impl Client {
    /// What an account, a bot or everything was worth at every full minute, hour or day, and at the end.
    ///
    /// # Errors
    /// `unknown_account`, `unknown_bot`, `invalid_range`, `too_much_history`.
    pub async fn equity(&self, query: &CurveQuery) -> Result<Equity> {
        self.query("/v1/ledger/equity", pairs(query)).await
    }

    /// What was recorded of accounts or a bot at every full hour, or at midnight.
    ///
    /// # Errors
    /// `unknown_account`, `unknown_bot`.
    pub async fn snapshots(&self, query: &CurveQuery) -> Result<Snapshots> {
        self.query("/v1/ledger/snapshots", pairs(query)).await
    }

    /// All that one has, in one currency.
    ///
    /// # Errors
    /// `too_much_history`.
    pub async fn portfolio(&self, query: &PortfolioQuery) -> Result<Portfolio> {
        self.query("/v1/ledger/portfolio", pairs(query)).await
    }
}
