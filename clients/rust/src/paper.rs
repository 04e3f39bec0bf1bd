//! What paper accounts pay, how their orders meet the market, and which are on their way.

use jiff::Timestamp;
use reqwest::Method;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::client::{Call, Client};
use crate::model::names;
use crate::numbers::exact;
use crate::pages::{Page, Pages, pairs};

const SAGAS: &str = "/v1/trading/sagas";

names! {
    /// In what a paper account pays fees.
    FeeAsset:
    /// In quote.
    Quote = "quote",
    /// Of spot in what comes in.
    Received = "received",
}

names! {
    /// How an order's way goes.
    SagaState:
    /// It goes on.
    Running = "running",
    /// One step failed several times.
    Stuck = "stuck",
}

/// What a paper account pays, and how its orders meet the market.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperSettings {
    /// The part of the value that a maker pays; below zero it is a rebate.
    #[serde(deserialize_with = "exact")]
    pub maker_fee: Decimal,
    /// The part of the value that a taker pays.
    #[serde(deserialize_with = "exact")]
    pub taker_fee: Decimal,
    /// In what.
    pub fee_asset: FeeAsset,
    /// What a taker loses.
    pub slippage: Slippage,
    /// What a maker waits for.
    pub queue: Queue,
}

/// What a taker loses against the price of the last trade.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Slippage {
    /// The same part of the price, whatever is traded.
    Fixed {
        /// Hundredths of a percent.
        #[serde(deserialize_with = "exact")]
        bps: Decimal,
    },
    /// `impact` × share² of the price, where share is the order's part of the last minute's volume.
    VolumeShare {
        /// The part of the price that all of the volume would cost.
        #[serde(deserialize_with = "exact")]
        impact: Decimal,
        /// The most that is taken at once, as a part of the volume.
        #[serde(deserialize_with = "exact")]
        limit: Decimal,
    },
}

/// What stands before an order that begins to wait, at its price.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Queue {
    /// A part of the last minute's volume.
    Share {
        /// That part; 1 is all of it.
        #[serde(deserialize_with = "exact")]
        share: Decimal,
    },
    /// As much as an amount of quote buys at that price.
    Quote {
        /// The amount.
        #[serde(deserialize_with = "exact")]
        amount: Decimal,
    },
}

/// An order on its way through the paper venue.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Saga {
    /// The order.
    pub order: Uuid,
    /// What is done next: `reserve`, `submit` or `settle`.
    pub step: String,
    /// How it goes.
    pub state: SagaState,
    /// Failures of this step in a row.
    pub attempts: i32,
    /// The last failure, or what the venue refused to change.
    pub last_error: Option<String>,
    /// When something was done about it last.
    pub updated_at: Timestamp,
}

/// Which orders on their way.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct SagaQuery {
    /// Running or stuck ones.
    pub state: Option<SagaState>,
    /// Most of a page.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl Client {
    /// What a paper account pays, and how its orders meet the market.
    ///
    /// # Errors
    /// `unknown_account`, `account_not_paper`.
    pub async fn paper_settings(&self, account: Uuid) -> Result<PaperSettings> {
        self.get(path(account)).await
    }

    /// Sets all of it; orders that wait keep what they came under.
    ///
    /// # Errors
    /// `unknown_account`, `account_not_paper`, `account_archived`, `invalid_paper_settings`.
    pub async fn set_paper_settings(
        &self,
        account: Uuid,
        settings: &PaperSettings,
    ) -> Result<PaperSettings> {
        self.ask(Call::new(Method::PUT, path(account)).json(settings)?).await
    }

    /// A page of one's orders on their way through the paper venue.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn sagas(&self, query: &SagaQuery) -> Result<Page<Saga>> {
        self.query(SAGAS, pairs(query)).await
    }

    /// The same, however many, page by page.
    #[must_use]
    pub fn saga_pages(&self, query: &SagaQuery) -> Pages<Saga> {
        Pages::new(self, SAGAS, pairs(query))
    }
}

fn path(account: Uuid) -> String {
    format!("/v1/trading/accounts/{account}/paper")
}
