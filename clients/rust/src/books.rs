//! The books: positions, round trips and balances.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::client::Client;
use crate::numbers::{by_asset, exact, maybe};
use crate::order::Mode;
use crate::pages::{Page, Pages, pairs};

const POSITIONS: &str = "/v1/ledger/positions";
const TRADES: &str = "/v1/ledger/trades";

/// A position, from flat to flat.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Position {
    /// Number.
    pub id: Uuid,
    /// The venue account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Spot or margin.
    pub mode: Mode,
    /// `long` or `short`.
    pub direction: String,
    /// `open` or `closed`.
    pub status: String,
    /// Units of base that are open.
    #[serde(deserialize_with = "exact")]
    pub quantity: Decimal,
    /// What one of them cost, on average.
    #[serde(deserialize_with = "maybe")]
    pub avg_price: Option<Decimal>,
    /// What was won by what is closed, before fees.
    #[serde(deserialize_with = "exact")]
    pub realized_pnl: Decimal,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
    /// The symbol's latest price, of an open position.
    #[serde(deserialize_with = "maybe")]
    pub mark_price: Option<Decimal>,
    /// When that price was.
    pub mark_time: Option<Timestamp>,
    /// How old it is, in seconds.
    pub mark_age_s: Option<i64>,
    /// Why an open position has none.
    pub mark_missing: Option<String>,
    /// What it would win at that price, before fees.
    #[serde(deserialize_with = "maybe")]
    pub unrealised_pnl: Option<Decimal>,
    /// The same of the margin.
    #[serde(deserialize_with = "maybe")]
    pub unrealised_ratio: Option<Decimal>,
    /// Where the venue would close isolated margin, where `maintenance_rate` was given.
    #[serde(deserialize_with = "maybe")]
    pub liquidation_price: Option<Decimal>,
}

/// A round trip: what a position came to.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RoundTrip {
    /// Number.
    pub id: Uuid,
    /// The venue account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// `venue:CODE`.
    pub symbol: String,
    /// `long` or `short`.
    pub direction: String,
    /// `open` or `closed`.
    pub status: String,
    /// The strategy's name.
    pub strategy: Option<String>,
    /// Which rule opened it.
    pub entry_logic: Option<String>,
    /// Which rule closed it.
    pub exit_logic: Option<String>,
    /// The candles that were looked at.
    pub interval: Option<String>,
    /// What happened that it was closed.
    pub exit_reason: Option<String>,
    /// When it was opened.
    pub entry_time: Timestamp,
    /// When it was closed.
    pub exit_time: Option<Timestamp>,
    /// The average price of its entries.
    #[serde(deserialize_with = "maybe")]
    pub entry_price: Option<Decimal>,
    /// The average price of its exits.
    #[serde(deserialize_with = "maybe")]
    pub exit_price: Option<Decimal>,
    /// Units of base that it had in all.
    #[serde(deserialize_with = "exact")]
    pub size: Decimal,
    /// Fees, in quote.
    #[serde(deserialize_with = "exact")]
    pub commission: Decimal,
    /// Fees in assets that are neither quote nor base; not in `net_pnl`.
    #[serde(deserialize_with = "by_asset")]
    pub other_fees: BTreeMap<String, Decimal>,
    /// Funding, positive where it was received.
    #[serde(deserialize_with = "exact")]
    pub funding: Decimal,
    /// What it won before fees and funding.
    #[serde(deserialize_with = "exact")]
    pub gross_pnl: Decimal,
    /// What it won.
    #[serde(deserialize_with = "exact")]
    pub net_pnl: Decimal,
    /// What it won of what it took.
    #[serde(deserialize_with = "maybe")]
    pub pnl_ratio: Option<Decimal>,
}

/// Which positions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PositionQuery {
    /// Of this venue account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// `open` or `closed`.
    pub status: Option<String>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// `long` or `short`.
    pub direction: Option<String>,
    /// Opened from this time on.
    pub from: Option<Timestamp>,
    /// Opened before this time.
    pub to: Option<Timestamp>,
    /// As they were recorded at this time.
    pub as_of: Option<Timestamp>,
    /// The venue's for margin, from which `liquidation_price` comes.
    pub maintenance_rate: Option<Decimal>,
    /// Most of a page.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// Which round trips.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct TradeQuery {
    /// Of this venue account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// `open` or `closed`.
    pub status: Option<String>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// `long` or `short`.
    pub direction: Option<String>,
    /// `profit` or `loss`, by `net_pnl`.
    pub result: Option<String>,
    /// Opened by this rule.
    pub entry_logic: Option<String>,
    /// Closed by this rule.
    pub exit_logic: Option<String>,
    /// Closed for this reason.
    pub exit_reason: Option<String>,
    /// By candles of this interval.
    pub interval: Option<String>,
    /// Opened from this time on.
    pub from: Option<Timestamp>,
    /// Opened before this time.
    pub to: Option<Timestamp>,
    /// As they were recorded at this time.
    pub as_of: Option<Timestamp>,
    /// Most of a page.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// What an account has of an asset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Balance {
    /// The asset.
    pub asset: String,
    /// What it can spend.
    #[serde(deserialize_with = "exact")]
    pub cash: Decimal,
    /// What is held back for orders.
    #[serde(deserialize_with = "exact")]
    pub held: Decimal,
}

#[derive(Deserialize)]
struct Balances {
    balances: Vec<Balance>,
}

impl Client {
    /// A page of positions, the newest first.
    ///
    /// # Errors
    /// Whatever a call may fail with; so of all below.
    pub async fn positions(&self, query: &PositionQuery) -> Result<Page<Position>> {
        self.query(POSITIONS, pairs(query)).await
    }

    /// Positions, however many, page by page.
    #[must_use]
    pub fn position_pages(&self, query: &PositionQuery) -> Pages<Position> {
        Pages::new(self, POSITIONS, pairs(query))
    }

    /// A page of round trips, the newest first.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn trades(&self, query: &TradeQuery) -> Result<Page<RoundTrip>> {
        self.query(TRADES, pairs(query)).await
    }

    /// Round trips, however many, page by page.
    #[must_use]
    pub fn trade_pages(&self, query: &TradeQuery) -> Pages<RoundTrip> {
        Pages::new(self, TRADES, pairs(query))
    }

    /// What an account has.
    ///
    /// # Errors
    /// `unknown_account`.
    pub async fn balances(&self, account: Uuid) -> Result<Vec<Balance>> {
        Ok(self.get::<Balances>(balances(account)).await?.balances)
    }

    /// What an account had, as it was recorded at a time.
    ///
    /// # Errors
    /// `unknown_account`, `too_much_history`.
    pub async fn balances_at(&self, account: Uuid, as_of: Timestamp) -> Result<Vec<Balance>> {
        let query = vec![("as_of".to_owned(), as_of.to_string())];
        Ok(self.query::<Balances>(&balances(account), query).await?.balances)
    }
}

fn balances(account: Uuid) -> String {
    format!("/v1/ledger/accounts/{account}/balances")
}
