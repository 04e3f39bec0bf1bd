//! What happens to accounts, and the postings that it is made of.

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

const ENTRIES: &str = "/v1/ledger/entries";

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

/// A posting: what a purse of an account gained by an event. Those of an event add up to nothing in every asset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct LedgerEntry {
    /// The event's place among all of the ledger.
    pub event: i64,
    /// Its place among those of the event.
    pub line: i64,
    /// `deposited`, `withdrawn`, `reserved`, `released`, `filled` or `funding_paid`.
    pub kind: String,
    /// The venue account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// `cash`, `held`, `market`, `profit`, `fees`, `funding` or `external`.
    pub purse: String,
    /// The asset.
    pub asset: String,
    /// How much came in; negative where the purse gave.
    #[serde(deserialize_with = "exact")]
    pub amount: Decimal,
    /// The order.
    pub order: Option<Uuid>,
    /// Its name with whoever placed it.
    pub client_order_id: Option<String>,
    /// The venue's number of the trade.
    pub venue_trade_id: Option<String>,
    /// `venue:CODE`.
    pub symbol: Option<String>,
    /// When the venue says it happened.
    pub time: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// Which postings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct EntryQuery {
    /// Of this venue account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this asset.
    pub asset: Option<String>,
    /// In this purse.
    pub purse: Option<String>,
    /// By events of this kind.
    pub kind: Option<String>,
    /// That happened from this time on.
    pub from: Option<Timestamp>,
    /// That happened before this time.
    pub to: Option<Timestamp>,
    /// Most of a page.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

impl Client {
    /// A page of the postings of one's accounts, the newest first.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn entries(&self, query: &EntryQuery) -> Result<Page<LedgerEntry>> {
        self.query(ENTRIES, pairs(query)).await
    }

    /// The same, however many, page by page.
    #[must_use]
    pub fn entry_pages(&self, query: &EntryQuery) -> Pages<LedgerEntry> {
        Pages::new(self, ENTRIES, pairs(query))
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
