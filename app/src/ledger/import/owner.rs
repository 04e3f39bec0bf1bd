//! For whom a file is taken in: an account and a bot that are there, or are made.

use adapters::ledger::freqtrade::{BotFile, Owner, Source};
use domain::trading::{AccountKind, BotKind, SILENT_AFTER_S};
use serde_json::json;
use store::trading::bots::{BotQuery, BotTerms};
use store::trading::versions::VersionTerms;
use uuid::Uuid;

use super::TradeImportError;
use crate::auth::Actor;
use crate::trading::{NewAccount, NewBot, NewStrategy, Trading};

/// Names of accounts, bots and strategies are so long at the most.
const LONGEST_NAME: usize = 64;
/// A person has no more bots.
const BOTS: i64 = 1_000;

/// For whom a file is taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The person.
    pub user: Uuid,
    /// Their account.
    pub account: Uuid,
    /// Its venue.
    pub venue: String,
    /// Their bot on it.
    pub bot: Uuid,
}

impl Target {
    /// What the orders of a file are told with. Databases of one bot have the same trades under the same numbers,
    /// however often they are taken in; a result file has no numbers but those of its content.
    pub(super) fn owner(&self, file: &BotFile) -> Owner {
        let bot = self.bot.simple().to_string();
        let bot = &bot[bot.len() - 12..];
        let prefix = match file.source {
            Source::Database => format!("ft/{bot}"),
            Source::Results => format!("ft/{bot}/{}", super::note::hex(&file.digest[..6])),
        };
        Owner { account: self.account, bot: self.bot, venue: self.venue.clone(), prefix }
    }
}

/// Finds account and bot by number or name; with `create` makes those that aren't there, and the strategies of the
/// file. A new account is at the file's first venue, or at `venue`.
///
/// # Errors
/// [`TradeImportError::Target`] where one is not there and not to be made; those of making them.
pub async fn prepare(
    trading: &Trading,
    actor: &Actor,
    user: Uuid,
    file: &BotFile,
    (account, bot): (&str, &str),
    create: Option<&str>,
) -> Result<Target, TradeImportError> {
    let by = |id: Uuid, name: &str, wanted: &str| name == wanted || id.to_string() == wanted;
    let found = trading.account_named(user, account).await?;
    let (account_id, venue) = match (found, create) {
        (Some(found), _) => (found.id, found.venue),
        (None, None) => {
            let wanted = format!("there is no account {account:?}; --create makes it");
            return Err(TradeImportError::Target(wanted));
        }
        (None, Some(default)) => {
            let told = file.trades.iter().find_map(|trade| trade.venue.clone());
            let venue = told.unwrap_or_else(|| default.to_owned());
            let (name, kind) = (account.to_owned(), AccountKind::External);
            let new = NewAccount { venue: venue.clone(), name, kind, credentials: None };
            (trading.create_account(actor, user, new).await?.id, venue)
        }
    };
    let query = BotQuery {
        user_id: user,
        status: None,
        account_id: Some(account_id),
        before: None,
        limit: BOTS,
    };
    let found =
        trading.bots(&query).await?.into_iter().find(|one| by(one.id, &one.terms.name, bot));
    let bot = match (found, create) {
        (Some(found), _) => found.id,
        (None, None) => {
            let wanted = format!("account {account:?} has no bot {bot:?}; --create makes it");
            return Err(TradeImportError::Target(wanted));
        }
        (None, Some(_)) => {
            let strategy_version_id = strategies(trading, actor, user, file).await?;
            let terms = BotTerms {
                name: bot.to_owned(),
                strategy_version_id,
                config: json!({}),
                extra_metadata: json!({}),
                description: Some("made by an import of freqtrade's records".to_owned()),
                silent_after_s: SILENT_AFTER_S,
            };
            let new = NewBot { account: account_id, kind: kind(file), terms };
            trading.create_bot(actor, user, new).await?.id
        }
    };
    Ok(Target { user, account: account_id, venue, bot })
}

/// Orders of a dry run have no number of a venue's.
fn kind(file: &BotFile) -> BotKind {
    let real = |id: &String| !id.starts_with("dry_run_");
    let mut orders = file.trades.iter().flat_map(|trade| &trade.orders);
    let any_real = orders.any(|order| order.venue_order_id.as_ref().is_some_and(real));
    if any_real { BotKind::Live } else { BotKind::Paper }
}

/// Makes the strategies of a file that aren't there; gives the version of the one that traded last.
async fn strategies(
    trading: &Trading,
    actor: &Actor,
    user: Uuid,
    file: &BotFile,
) -> Result<Option<Uuid>, TradeImportError> {
    let mut names: Vec<&str> = Vec::new();
    let mut trades: Vec<_> = file.trades.iter().collect();
    trades.sort_by_key(|trade| trade.opened_at);
    for name in trades.into_iter().filter_map(|trade| trade.strategy.as_deref()) {
        names.retain(|known| *known != name);
        names.push(name);
    }
    names.retain(|name| name.chars().count() <= LONGEST_NAME);
    let mut latest = None;
    for name in names {
        let known = trading.strategies(user).await?.into_iter().find(|one| one.name == name);
        let strategy = match known {
            Some(known) => known,
            None => {
                let (name, description, template) = (name.to_owned(), None, None);
                let new = NewStrategy { name, description, template };
                trading.create_strategy(actor, user, new).await?
            }
        };
        let versions = trading.versions(user, strategy.id).await?;
        latest = match versions.into_iter().max_by_key(|version| version.version) {
            Some(version) => Some(version.id),
            None => {
                let notes = Some("as an import found it; its code is not kept here".to_owned());
                let terms = VersionTerms { config_schema: None, parameters: json!({}), notes };
                Some(trading.add_version(actor, user, strategy.id, terms).await?.id)
            }
        };
    }
    Ok(latest)
}
