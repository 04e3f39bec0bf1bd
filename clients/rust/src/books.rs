//! The books: positions, round trips, balances, and what happened to accounts.

use jiff::Timestamp;
use reqwest::Method;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::client::{Call, Client};
use crate::model::names;
use crate::numbers::{exact, maybe};
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

/// Which positions or round trips.
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
    /// Opened from this time on.
    pub from: Option<Timestamp>,
    /// Opened before this time.
    pub to: Option<Timestamp>,
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

names! {
    /// What happened to an account.
    EntryKind:
    /// It was given something.
    Deposited = "deposited",
    /// Something was taken out.
    Withdrawn = "withdrawn",
    /// A margin position paid or received funding.
    FundingPaid = "funding_paid",
}

/// Something that happened to an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// What.
    pub kind: EntryKind,
    /// Its number at the venue: told again it is the same.
    pub id: String,
    /// Of which asset.
    pub asset: String,
    /// How much.
    pub amount: Decimal,
    /// When.
    pub time: Timestamp,
    /// For funding: in which symbol.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// For funding: of which bot.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bot: Option<Uuid>,
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
    pub async fn positions(&self, query: &TradeQuery) -> Result<Page<Position>> {
        self.page(POSITIONS, pairs(query)).await
    }

    /// Positions, however many, page by page.
    #[must_use]
    pub fn position_pages(&self, query: &TradeQuery) -> Pages<Position> {
        Pages::new(self, POSITIONS, pairs(query))
    }

    /// A page of round trips, the newest first.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn trades(&self, query: &TradeQuery) -> Result<Page<RoundTrip>> {
        self.page(TRADES, pairs(query)).await
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
        Ok(self.get::<Balances>(format!("/v1/ledger/accounts/{account}/balances")).await?.balances)
    }

    /// Tells what happened to an account.
    ///
    /// # Errors
    /// `unknown_account`, `key_reused`.
    pub async fn report_entry(&self, account: Uuid, entry: &Entry) -> Result<()> {
        let path = format!("/v1/ledger/accounts/{account}/entries");
        self.send(&Call::new(Method::POST, path).json(entry)?.harmless()).await.map(drop)
    }
}
