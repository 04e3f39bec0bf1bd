//! What the bot needs: a paper account with a deposit, a strategy with a schema, and the bot itself. All are found by their
//! names, so that asking again makes nothing twice.

use chandlery_client::{
    AccountKind, BotQuery, BotType, Client, Decimal, Entry, EntryKind, NewBot, NewVersion, Result,
    Uuid,
};
use serde_json::{Value, json};

use crate::cross::Settings;

const STRATEGY: &str = "Moving-average cross";

/// What is to be there.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The account's name.
    pub account: String,
    /// In which asset it has how much at first.
    pub deposit: (String, Decimal),
    /// The bot's name.
    pub bot: String,
    /// What the bot goes by.
    pub settings: Settings,
}

/// Makes what isn't there yet, and starts the bot where it was never started: one that somebody stopped stays so.
///
/// # Errors
/// Whatever a call may fail with.
pub async fn prepare(client: &Client, plan: &Plan) -> Result<Uuid> {
    let account = account(client, plan).await?;
    let version = version(client, account).await?;
    let of_account = BotQuery { account: Some(account), ..BotQuery::default() };
    let bots = client.bot_pages(&of_account).all().await?;
    let bot = match bots.into_iter().find(|bot| bot.name == plan.bot) {
        Some(bot) => bot,
        None => {
            let new = NewBot {
                account,
                name: plan.bot.clone(),
                kind: BotType::Paper,
                strategy_version: Some(version),
                config: Some(json!(plan.settings)),
                description: Some("The example in examples/moving-average-cross".to_owned()),
                silent_after_s: Some(30),
                extra_metadata: None,
            };
            client.create_bot(&new).await?
        }
    };
    if bot.started_at.is_none() {
        client.start_bot(bot.id).await?;
    }
    Ok(bot.id)
}

async fn account(client: &Client, plan: &Plan) -> Result<Uuid> {
    let accounts = client.accounts().await?;
    let found =
        accounts.into_iter().find(|one| one.name == plan.account && one.archived_at.is_none());
    let account = match found {
        Some(account) => account,
        None => {
            let venue = plan.settings.symbol.split(':').next().unwrap_or_default();
            client.create_account(venue, &plan.account, AccountKind::Paper, None).await?
        }
    };
    let (asset, amount) = plan.deposit.clone();
    let first = Entry {
        kind: EntryKind::Deposited,
        id: "first".to_owned(),
        asset,
        amount,
        time: account.created_at,
        symbol: None,
        bot: None,
    };
    client.report_entry(account.id, &first).await?;
    Ok(account.id)
}

async fn version(client: &Client, account: Uuid) -> Result<Uuid> {
    let strategies = client.strategies().await?;
    let strategy = match strategies.into_iter().find(|one| one.name == STRATEGY) {
        Some(strategy) => strategy,
        None => {
            let about = "Holds while the fast average of closes is above the slow one";
            client.create_strategy(STRATEGY, Some(about)).await?
        }
    };
    if !strategy.accounts.contains(&account) {
        client.link_account(strategy.id, account).await?;
    }
    let versions = client.versions(strategy.id).await?;
    if let Some(version) = versions.into_iter().max_by_key(|version| version.version) {
        return Ok(version.id);
    }
    let new = NewVersion { config_schema: Some(schema()), ..NewVersion::default() };
    Ok(client.add_version(strategy.id, &new).await?.id)
}

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["symbol", "interval", "fast", "slow", "quantity", "only_closed"],
        "additionalProperties": false,
        "properties": {
            "symbol": { "type": "string", "pattern": "^[^:]+:.+$" },
            "interval": { "enum": ["1m", "5m", "15m", "30m", "1h", "4h", "1d", "1w"] },
            "fast": { "type": "integer", "minimum": 1, "maximum": 999 },
            "slow": { "type": "integer", "minimum": 2, "maximum": 1000 },
            "quantity": { "type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?$" },
            "only_closed": { "type": "boolean" }
        }
    })
}
