//! What is told of bots.

use adapters::trading::states::BotState;
use app::trading::state;
use serde::Serialize;
use serde_json::Value;
use store::trading::bots::Bot;
use utoipa::ToSchema;
use uuid::Uuid;

/// A bot.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotBody {
    /// Number.
    id: Uuid,
    /// The account on which it trades.
    account: Uuid,
    /// What its owner calls it.
    name: String,
    /// paper or live.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The version of a strategy that it follows, if any.
    #[schema(required)]
    strategy_version: Option<Uuid>,
    /// What it is doing.
    #[serde(flatten)]
    state: BotStateBody,
    /// What it goes by.
    #[schema(value_type = Object)]
    config: Value,
    /// What other programs keep with it.
    #[schema(value_type = Object)]
    extra_metadata: Value,
    /// What it is about.
    #[schema(required)]
    description: Option<String>,
    /// After how many seconds without a heartbeat it is silent.
    silent_after_s: i32,
    /// When it was made.
    #[schema(format = DateTime)]
    created_at: String,
    /// When it was last changed or heard of.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<&Bot> for BotBody {
    fn from(bot: &Bot) -> Self {
        Self {
            id: bot.id,
            account: bot.account_id,
            name: bot.terms.name.clone(),
            kind: bot.kind.as_str(),
            strategy_version: bot.terms.strategy_version_id,
            state: state(bot).into(),
            config: bot.terms.config.clone(),
            extra_metadata: bot.terms.extra_metadata.clone(),
            description: bot.terms.description.clone(),
            silent_after_s: bot.terms.silent_after_s,
            created_at: bot.created_at.to_string(),
            updated_at: bot.updated_at.to_string(),
        }
    }
}

/// What a bot is doing.
#[derive(Serialize, ToSchema)]
pub(crate) struct BotStateBody {
    /// stopped, running, paused, silent or error.
    status: String,
    /// When it was last started.
    #[schema(required, format = DateTime)]
    started_at: Option<String>,
    /// When it was last heard of.
    #[schema(required, format = DateTime)]
    last_heartbeat: Option<String>,
    /// How many heartbeats told of an error.
    error_count: i32,
    /// What it had when it last told.
    #[schema(required)]
    balance: Option<String>,
    /// What it had won by then.
    #[schema(required)]
    total_pnl: Option<String>,
}

impl From<BotState> for BotStateBody {
    fn from(state: BotState) -> Self {
        Self {
            status: state.status,
            started_at: state.started_at,
            last_heartbeat: state.last_heartbeat,
            error_count: state.error_count,
            balance: state.balance,
            total_pnl: state.total_pnl,
        }
    }
}
