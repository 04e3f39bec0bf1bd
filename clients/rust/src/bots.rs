//! Bots: made, started and stopped, and telling that they are there.

use jiff::Timestamp;
use reqwest::Method;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use crate::Result;
use crate::client::{Call, Client};
use crate::model::names;
use crate::numbers::maybe;
use crate::pages::{Page, PageQuery, Pages, pairs};

const BOTS: &str = "/v1/trading/bots";

names! {
    /// With whose money a bot trades.
    BotType:
    /// With nobody's.
    Paper = "paper",
    /// With its owner's.
    Live = "live",
}

names! {
    /// What a bot is doing.
    BotStatus:
    /// Nothing.
    Stopped = "stopped",
    /// It trades.
    Running = "running",
    /// It waits.
    Paused = "paused",
    /// It should run and is not heard of.
    Silent = "silent",
    /// It runs, and told of an error last.
    Error = "error",
}

impl BotStatus {
    /// Whether it is to trade.
    #[must_use]
    pub const fn trades(self) -> bool {
        matches!(self, Self::Running | Self::Silent | Self::Error)
    }
}

/// A bot that is to be made.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewBot {
    /// The account on which it trades.
    pub account: Uuid,
    /// What it is called.
    pub name: String,
    /// With whose money.
    #[serde(rename = "type")]
    pub kind: BotType,
    /// The version of a strategy that it follows, by the version's own number.
    pub strategy_version: Option<Uuid>,
    /// What it goes by.
    pub config: Option<Value>,
    /// What it is about.
    pub description: Option<String>,
    /// After how many seconds without a heartbeat it is silent.
    pub silent_after_s: Option<i32>,
    /// What other programs keep with it.
    pub extra_metadata: Option<Value>,
}

/// A change of a bot; what is none stays. While it is started, so does what it trades by: `strategy_version`, `config`
/// and `silent_after_s`.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct BotChange {
    /// What it is called.
    pub name: Option<String>,
    /// The version of a strategy that it follows, by the version's own number.
    pub strategy_version: Option<Uuid>,
    /// All of what it goes by.
    pub config: Option<Value>,
    /// What it is about.
    pub description: Option<String>,
    /// After how many seconds without a heartbeat it is silent.
    pub silent_after_s: Option<i32>,
    /// All of what other programs keep with it.
    pub extra_metadata: Option<Value>,
}

/// A bot.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Bot {
    /// Number.
    pub id: Uuid,
    /// The account on which it trades.
    pub account: Uuid,
    /// What it is called.
    pub name: String,
    /// With whose money.
    #[serde(rename = "type")]
    pub kind: BotType,
    /// The version of a strategy that it follows.
    pub strategy_version: Option<Uuid>,
    /// What it is doing.
    pub status: BotStatus,
    /// When it was last started.
    pub started_at: Option<Timestamp>,
    /// When it was last heard of.
    pub last_heartbeat: Option<Timestamp>,
    /// How many heartbeats told of an error.
    pub error_count: i32,
    /// What it had when it last told.
    #[serde(deserialize_with = "maybe")]
    pub balance: Option<Decimal>,
    /// What it had won by then.
    #[serde(deserialize_with = "maybe")]
    pub total_pnl: Option<Decimal>,
    /// What it goes by.
    pub config: Value,
    /// What it is about.
    pub description: Option<String>,
    /// What other programs keep with it.
    pub extra_metadata: Value,
    /// After how many seconds without a heartbeat it is silent.
    pub silent_after_s: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed or heard of.
    pub updated_at: Timestamp,
}

/// What a bot is doing, for whoever asks often.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BotActivity {
    /// What it is doing.
    pub status: BotStatus,
    /// When it was last started.
    pub started_at: Option<Timestamp>,
    /// When it was last heard of.
    pub last_heartbeat: Option<Timestamp>,
    /// How many heartbeats told of an error.
    pub error_count: i32,
    /// What it had when it last told.
    #[serde(deserialize_with = "maybe")]
    pub balance: Option<Decimal>,
    /// What it had won by then.
    #[serde(deserialize_with = "maybe")]
    pub total_pnl: Option<Decimal>,
}

/// Which bots.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct BotQuery {
    /// On this account.
    pub account: Option<Uuid>,
    /// Of this status.
    pub status: Option<BotStatus>,
    /// Of this person, for administrators: the client's key is the secret of their session.
    pub user: Option<Uuid>,
    /// Most bots of a page.
    pub limit: Option<u32>,
    /// `next` of the page before.
    pub cursor: Option<String>,
}

/// What a bot tells of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Heartbeat {
    /// In its own words.
    pub message: Option<String>,
    /// What went wrong, where something did.
    pub error: Option<String>,
    /// What it has.
    pub balance: Option<Decimal>,
    /// What it has won.
    pub total_pnl: Option<Decimal>,
}

/// What a bot told of itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HeartbeatRecord {
    /// When.
    pub at: Timestamp,
    /// In its own words.
    pub message: Option<String>,
    /// What went wrong, where something did.
    pub error: Option<String>,
    /// What it had.
    #[serde(deserialize_with = "maybe")]
    pub balance: Option<Decimal>,
}

impl Client {
    /// Makes a bot. Its name is one's own, once: after an answer that was lost, a second try is `name_taken`.
    ///
    /// # Errors
    /// `name_taken`, `invalid_config`, `unknown_account`.
    pub async fn create_bot(&self, new: &NewBot) -> Result<Bot> {
        self.ask(Call::new(Method::POST, BOTS.to_owned()).json(new)?).await
    }

    /// A bot.
    ///
    /// # Errors
    /// `unknown_bot`; so of all below.
    pub async fn bot(&self, id: Uuid) -> Result<Bot> {
        self.get(format!("{BOTS}/{id}")).await
    }

    /// What a bot is doing; it may be asked often.
    ///
    /// # Errors
    /// `unknown_bot`.
    pub async fn bot_status(&self, id: Uuid) -> Result<BotActivity> {
        self.get(format!("{BOTS}/{id}/status")).await
    }

    /// A page of one's bots.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn bots(&self, query: &BotQuery) -> Result<Page<Bot>> {
        self.query(BOTS, pairs(query)).await
    }

    /// One's bots, however many, page by page.
    #[must_use]
    pub fn bot_pages(&self, query: &BotQuery) -> Pages<Bot> {
        Pages::new(self, BOTS, pairs(query))
    }

    /// Changes a bot.
    ///
    /// # Errors
    /// `unknown_bot`, `name_taken`, `invalid_config`, `bot_running`.
    pub async fn change_bot(&self, id: Uuid, change: &BotChange) -> Result<Bot> {
        let call = Call::new(Method::PATCH, format!("{BOTS}/{id}")).json(change)?;
        self.ask(call.harmless()).await
    }

    /// Starts a bot; one that runs already goes on.
    ///
    /// # Errors
    /// `unknown_bot`, `account_archived`.
    pub async fn start_bot(&self, id: Uuid) -> Result<Bot> {
        self.command(id, "start").await
    }

    /// Stops a bot.
    ///
    /// # Errors
    /// `unknown_bot`.
    pub async fn stop_bot(&self, id: Uuid) -> Result<Bot> {
        self.command(id, "stop").await
    }

    /// Has a bot wait.
    ///
    /// # Errors
    /// `unknown_bot`, `bot_stopped`.
    pub async fn pause_bot(&self, id: Uuid) -> Result<Bot> {
        self.command(id, "pause").await
    }

    /// Deletes a bot that never traded.
    ///
    /// # Errors
    /// `unknown_bot`, `bot_running`, `bot_has_orders`.
    pub async fn delete_bot(&self, id: Uuid) -> Result<()> {
        self.send(&Call::new(Method::DELETE, format!("{BOTS}/{id}"))).await.map(drop)
    }

    /// Tells that a bot is there; the answer says whether it is to stop or wait. It is sent once, for one with an error
    /// counts, and the next one follows anyway.
    ///
    /// # Errors
    /// `unknown_bot`, `invalid_heartbeat`.
    pub async fn heartbeat(&self, id: Uuid, told: &Heartbeat) -> Result<Bot> {
        self.ask(Call::new(Method::POST, format!("{BOTS}/{id}/heartbeat")).json(told)?).await
    }

    /// What a bot told of itself last, the newest first.
    ///
    /// # Errors
    /// `unknown_bot`.
    pub async fn heartbeats(&self, id: Uuid) -> Result<Page<HeartbeatRecord>> {
        self.get(format!("{BOTS}/{id}/heartbeats")).await
    }

    /// The same, however much, page by page.
    #[must_use]
    pub fn heartbeat_pages(&self, id: Uuid, query: &PageQuery) -> Pages<HeartbeatRecord> {
        Pages::new(self, format!("{BOTS}/{id}/heartbeats"), pairs(query))
    }

    /// What is so already stays so, so asking again is harmless.
    async fn command(&self, id: Uuid, command: &str) -> Result<Bot> {
        self.ask(Call::new(Method::POST, format!("{BOTS}/{id}/{command}")).harmless()).await
    }
}
