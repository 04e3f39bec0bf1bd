//! Of what a profit is made.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::client::Client;
use crate::numbers::{exact, maybe};
use crate::pages::pairs;

/// Of what a profit is made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Explanation {
    /// The position; none of a period.
    pub position: Option<Uuid>,
    /// What each event added, as they were recorded.
    pub lines: Vec<ExplanationLine>,
    /// The sums of the lines, by quote.
    pub totals: Vec<ExplanationTotal>,
}

/// What one event added to the profit of a position.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ExplanationLine {
    /// The event's place among all of the ledger.
    pub event: i64,
    /// `fill`, `fee` or `funding`.
    pub kind: String,
    /// The position.
    pub position: Uuid,
    /// `venue:CODE`.
    pub symbol: String,
    /// What `profit` is counted in.
    pub quote: String,
    /// The order; none of funding.
    pub order: Option<Uuid>,
    /// The venue's number of the trade; none of funding.
    pub venue_trade_id: Option<String>,
    /// Of a fill: `entry` or `exit`.
    pub leg: Option<String>,
    /// Of a fill: its price.
    #[serde(deserialize_with = "maybe")]
    pub price: Option<Decimal>,
    /// Of a fill: by how many units of base the position changed.
    #[serde(deserialize_with = "maybe")]
    pub quantity: Option<Decimal>,
    /// Of a fee or funding: its asset.
    pub asset: Option<String>,
    /// Of a fee or funding: so much of it came in, negative where it was paid.
    #[serde(deserialize_with = "maybe")]
    pub amount: Option<Decimal>,
    /// None of a fee in an asset that is neither quote nor base, which is not in the profit.
    #[serde(deserialize_with = "maybe")]
    pub profit: Option<Decimal>,
    /// When the venue says it happened.
    pub time: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
}

/// The sums of the lines in one quote.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ExplanationTotal {
    /// What they are counted in.
    pub quote: String,
    /// Of fills.
    #[serde(deserialize_with = "exact")]
    pub gross_pnl: Decimal,
    /// Of fees, positive where they were paid.
    #[serde(deserialize_with = "exact")]
    pub commission: Decimal,
    /// Of funding, positive where it was received.
    #[serde(deserialize_with = "exact")]
    pub funding: Decimal,
    /// Of all; of a position its round trip's `net_pnl`.
    #[serde(deserialize_with = "exact")]
    pub total: Decimal,
}

/// The profit of what, and when.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct ExplainQuery {
    /// Of this venue account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// From this time on; without it a day before the end.
    pub from: Option<Timestamp>,
    /// Before this time; without it now.
    pub to: Option<Timestamp>,
}

impl Client {
    /// Of what the profit of a position is made; its number is its round trip's too.
    ///
    /// # Errors
    /// `unknown_position`.
    pub async fn explain_position(&self, id: Uuid) -> Result<Explanation> {
        self.get(format!("/v1/ledger/positions/{id}/explain")).await
    }

    /// Of what the profit of a time is made.
    ///
    /// # Errors
    /// `too_much_history`, `invalid_range`.
    pub async fn explain(&self, query: &ExplainQuery) -> Result<Explanation> {
        self.query("/v1/ledger/explain", pairs(query)).await
    }
}
