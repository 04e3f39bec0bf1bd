//! `chandlery bot`: bots, managed by whoever runs the machine.

use anyhow::{Context as _, Result};
use app::auth::{Accounts, Actor};
use app::trading::{NewBot, NewHeartbeat, Trading};
use domain::Amount;
use domain::auth::Email;
use domain::trading::{BotCommand, BotKind, BotStatus, SILENT_AFTER_S};
use serde_json::{Map, Value, json};
use store::trading::bots::{Bot, BotQuery, BotTerms};
use uuid::Uuid;

use crate::context::Context;

/// The newest bots that are listed.
const LISTED: i64 = 1_000;

/// List and make bots, start, stop and pause them, and tell of their heartbeats
///
/// A bot belongs to a person and trades on one of their accounts at venues. One that is started and not heard of for
/// silent_after_s seconds is silent.
///
/// Examples:
///   chandlery bot list --user ada@example.com --status silent
///   chandlery bot create --user ada@example.com --account binance --name Cross --type paper --config '{"fast": 9}'
///   chandlery bot start --user ada@example.com NUMBER
///   chandlery bot heartbeat --user ada@example.com NUMBER --balance 1000.25
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List somebody's bots, the newest first
    List {
        /// Whose
        #[arg(long, value_name = "EMAIL")]
        user: Email,
        /// Of this status only: stopped, running, paused, silent or error
        #[arg(long, value_parser = status)]
        status: Option<BotStatus>,
        /// On this account only
        #[arg(long, value_name = "NUMBER")]
        account: Option<Uuid>,
    },
    /// Show a bot
    Show(Which),
    /// Make a bot; it is stopped
    Create(New),
    /// Start a bot, also one that waits
    Start(Which),
    /// Stop a bot
    Stop(Which),
    /// Have a bot wait
    Pause(Which),
    /// Tell that a bot is there
    Heartbeat {
        #[command(flatten)]
        which: Which,
        /// What it says
        #[arg(long, value_name = "TEXT")]
        message: Option<String>,
        /// What went wrong
        #[arg(long, value_name = "TEXT")]
        error: Option<String>,
        /// What it has
        #[arg(long, value_name = "DECIMAL", value_parser = amount, allow_negative_numbers = true)]
        balance: Option<Amount>,
        /// What it has won
        #[arg(long, value_name = "DECIMAL", value_parser = amount, allow_negative_numbers = true)]
        total_pnl: Option<Amount>,
    },
}

#[derive(Debug, clap::Args)]
struct Which {
    /// Whose it is
    #[arg(long, value_name = "EMAIL")]
    user: Email,
    /// Its number, as list tells it
    id: Uuid,
}

#[derive(Debug, clap::Args)]
struct New {
    /// Whose it is
    #[arg(long, value_name = "EMAIL")]
    user: Email,
    /// The account on which it is to trade, by its number or name
    #[arg(long)]
    account: String,
    /// What it is called
    #[arg(long)]
    name: String,
    /// paper, or live on an account of kind external
    #[arg(long = "type", value_parser = kind, default_value = "paper")]
    kind: BotKind,
    /// The version of a strategy that it follows, by the version's own number
    #[arg(long, value_name = "NUMBER")]
    strategy_version: Option<Uuid>,
    /// What it goes by, as the version's schema wants it
    #[arg(long, value_name = "JSON", value_parser = object, default_value = "{}")]
    config: Map<String, Value>,
    /// What it is about
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    /// After how many seconds without a heartbeat it is silent
    #[arg(long, value_name = "SECONDS", default_value_t = SILENT_AFTER_S)]
    silent_after_s: i32,
}

fn status(text: &str) -> Result<BotStatus, String> {
    let known = "there are stopped, running, paused, silent and error";
    BotStatus::parse(text).ok_or_else(|| known.to_owned())
}

fn kind(text: &str) -> Result<BotKind, String> {
    BotKind::parse(text).ok_or_else(|| "there are paper and live".to_owned())
}

fn amount(text: &str) -> Result<Amount, String> {
    text.parse().map_err(|error| format!("it {error}"))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text).map_err(|error| format!("it is no object of JSON: {error}"))
}

/// Does it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let accounts = context.accounts(&database.db);
    let trading = context.trading(&database.db, accounts.clone());
    let result = context.unless_stopped(act(args.action, context, &accounts, &trading)).await;
    drop((accounts, trading));
    let closed = database.close().await;
    result.and(closed)
}

async fn act(
    action: Action,
    context: &Context,
    accounts: &Accounts,
    trading: &Trading,
) -> Result<()> {
    let actor = Actor::default();
    let number = async |email: &Email| anyhow::Ok(accounts.by_email(email).await?.id);
    let command = async |Which { user, id }: Which, wanted| {
        anyhow::Ok(trading.command_bot(&actor, number(&user).await?, id, wanted).await?)
    };
    let bot = match action {
        Action::List { user, status, account } => {
            let user_id = number(&user).await?;
            let query =
                BotQuery { user_id, status, account_id: account, before: None, limit: LISTED };
            let bots = trading.bots(&query).await?;
            let value: Vec<Value> = bots.iter().map(body).collect();
            context.output.result(&json!({ "bots": value }), || match bots.is_empty() {
                true => "there are none; `chandlery bot create` makes one".to_owned(),
                false => bots.iter().map(|bot| line(bot) + "\n").collect(),
            });
            return Ok(());
        }
        Action::Show(Which { user, id }) => trading.bot(number(&user).await?, id).await?,
        Action::Create(new) => {
            let user = number(&new.user).await?;
            let account = trading.account_named(user, &new.account).await?;
            let account =
                account.with_context(|| format!("there is no account {:?}", new.account))?;
            let made = trading.create_bot(&actor, user, wanted(account.id, new)).await;
            made.context("making the bot")?
        }
        Action::Start(which) => command(which, BotCommand::Start).await?,
        Action::Stop(which) => command(which, BotCommand::Stop).await?,
        Action::Pause(which) => command(which, BotCommand::Pause).await?,
        Action::Heartbeat { which: Which { user, id }, message, error, balance, total_pnl } => {
            let told = NewHeartbeat { message, error, balance, total_pnl };
            trading.heartbeat(&actor, number(&user).await?, id, told).await?
        }
    };
    context.output.result(&body(&bot), || line(&bot));
    Ok(())
}

fn wanted(account: Uuid, new: New) -> NewBot {
    let terms = BotTerms {
        name: new.name,
        strategy_version_id: new.strategy_version,
        config: Value::Object(new.config),
        extra_metadata: json!({}),
        description: new.description,
        silent_after_s: new.silent_after_s,
    };
    NewBot { account, kind: new.kind, terms }
}

fn body(bot: &Bot) -> Value {
    let time = |time: Option<domain::Time>| time.map(|time| time.to_string());
    let amount = |amount: Option<Amount>| amount.map(|amount| amount.to_string());
    json!({
        "id": bot.id, "account": bot.account_id, "name": bot.terms.name, "type": bot.kind.as_str(),
        "strategy_version": bot.terms.strategy_version_id, "status": bot.status.as_str(),
        "config": bot.terms.config, "description": bot.terms.description,
        "silent_after_s": bot.terms.silent_after_s, "started_at": time(bot.started_at),
        "last_heartbeat": time(bot.last_heartbeat), "error_count": bot.error_count,
        "balance": amount(bot.balance), "total_pnl": amount(bot.total_pnl),
    })
}

fn line(bot: &Bot) -> String {
    let heard = bot.last_heartbeat.map_or_else(|| "never".to_owned(), |time| time.to_string());
    let balance = bot.balance.map_or_else(String::new, |balance| format!(", balance {balance}"));
    format!(
        "{} {}: {} ({}), last heard of {heard}, {} errors{balance}",
        bot.id, bot.terms.name, bot.status, bot.kind, bot.error_count
    )
}
