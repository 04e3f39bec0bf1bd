//! How well something traded.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Result;
use crate::client::Client;
use crate::model::names;
use crate::numbers::{by_asset, exact};
use crate::pages::pairs;

names! {
    /// What trades of a group have in common.
    GroupBy:
    /// The bot.
    Bot = "bot",
    /// The symbol.
    Symbol = "symbol",
    /// The candles that were looked at.
    Interval = "interval",
    /// The rule that opened them.
    EntryLogic = "entry_logic",
    /// The rule that closed them.
    ExitLogic = "exit_logic",
    /// The strategy.
    Strategy = "strategy",
    /// What happened that they were closed.
    ExitReason = "exit_reason",
    /// Long or short.
    Direction = "direction",
}

/// Which closed trades, and how they are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct PerformanceQuery {
    /// Of this venue account.
    pub account: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// By candles of this interval.
    pub interval: Option<String>,
    /// Opened by this rule.
    pub entry_logic: Option<String>,
    /// Closed by this rule.
    pub exit_logic: Option<String>,
    /// Closed for this reason.
    pub exit_reason: Option<String>,
    /// `long` or `short`.
    pub direction: Option<String>,
    /// `profit` or `loss`, by `net_pnl`.
    pub result: Option<String>,
    /// Closed from this time on.
    pub from: Option<Timestamp>,
    /// Closed before this time.
    pub to: Option<Timestamp>,
    /// In what money is counted; without it their quote where all have the same, else USDT.
    pub currency: Option<String>,
    /// What groups have in common; without it all are one group.
    pub group_by: Option<GroupBy>,
    /// What there was before the first trade; without it what came into the accounts from outside.
    pub starting_balance: Option<Decimal>,
}

/// How well something traded.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Performance {
    /// In what money is counted.
    pub currency: String,
    /// The beginning: as asked for, else the first entry.
    pub from: Option<Timestamp>,
    /// The end: as asked for, else the last exit.
    pub to: Option<Timestamp>,
    /// What there was before the first trade.
    #[serde(deserialize_with = "exact")]
    pub starting_balance: Decimal,
    /// The most profitable first.
    pub groups: Vec<PerformanceGroup>,
    /// Trades that are in no group.
    pub unconverted: Vec<Unconverted>,
}

/// Closed trades that have something in common.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct PerformanceGroup {
    /// What `group_by` names and its value; none without it.
    pub key: Option<BTreeMap<String, Option<String>>>,
    /// How many.
    pub trades: i64,
    /// Those that won.
    pub wins: i64,
    /// Those that lost.
    pub losses: i64,
    /// Those that did neither.
    pub draws: i64,
    /// `wins` / `trades`.
    pub win_rate: Option<f64>,
    /// Profit before fees and funding.
    #[serde(deserialize_with = "exact")]
    pub gross_pnl: Decimal,
    /// `gross_pnl` − `commission` + `funding`.
    #[serde(deserialize_with = "exact")]
    pub net_pnl: Decimal,
    /// Fees in quote and base.
    #[serde(deserialize_with = "exact")]
    pub commission: Decimal,
    /// Funding, positive where it was received.
    #[serde(deserialize_with = "exact")]
    pub funding: Decimal,
    /// Fees in other assets; not in `net_pnl`.
    #[serde(deserialize_with = "by_asset")]
    pub other_fees: BTreeMap<String, Decimal>,
    /// By whose definition, then by name: `metrics["empyrical"]["sharpe_empyrical"]`. None is no number.
    pub metrics: BTreeMap<String, BTreeMap<String, Option<f64>>>,
}

/// Trades of which the profit is not known in the currency.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Unconverted {
    /// `venue:CODE`.
    pub symbol: String,
    /// What their profit is in.
    pub quote: String,
    /// How many.
    pub trades: i64,
    /// Their profit, in quote.
    #[serde(deserialize_with = "exact")]
    pub net_pnl: Decimal,
}

impl Client {
    /// How well closed trades went.
    ///
    /// # Errors
    /// `unknown_account`, `unknown_bot`, `invalid_currency`.
    pub async fn performance(&self, query: &PerformanceQuery) -> Result<Performance> {
        self.query("/v1/ledger/performance", pairs(query)).await
    }
}
