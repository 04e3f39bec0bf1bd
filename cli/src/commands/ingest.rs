//! `chandlery ingest`: which symbols are taken in live.

use anyhow::{Result, anyhow};
use app::Clock;
use domain::market::SymbolName;
use serde_json::json;
use store::market::{listings, wanted};

use crate::context::{Context, Database};
use crate::venues;

/// Add, remove or list symbols that `chandlery up` takes in live
///
/// A running `chandlery up` follows within seconds. Symbols of the settings (ingest.symbols) are taken in as
/// well and can't be removed here. What is stored of a removed symbol stays.
///
/// Examples:
///   chandlery ingest add binance:BTCUSDT binance:ETHUSDT
///   chandlery ingest list
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Take in these symbols from now on
    Add {
        /// Which, venue:CODE
        #[arg(required = true, value_name = "SYMBOL")]
        symbols: Vec<SymbolName>,
    },
    /// Take them in no longer
    Remove {
        /// Which, venue:CODE
        #[arg(required = true, value_name = "SYMBOL")]
        symbols: Vec<SymbolName>,
    },
    /// List what is taken in
    List,
}

/// Changes or lists them.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = context.unless_stopped(act(args.action, context, &database)).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn act(action: Action, context: &Context, database: &Database) -> Result<()> {
    let db = &database.db;
    match action {
        Action::Add { symbols } => {
            let venues = venues::connect(&context.settings, &Clock::system())?;
            for symbol in &symbols {
                let venue = symbol.venue();
                if venues.get(venue).is_none() {
                    let known: Vec<&str> = venues.iter().map(|v| v.venue().code.as_str()).collect();
                    let known = known.join(", ");
                    return Err(anyhow!(
                        "{symbol}: there is no source for {venue}; there are {known}"
                    ));
                }
                wanted::add(db, symbol).await?;
            }
        }
        Action::Remove { symbols } => {
            for symbol in &symbols {
                if !wanted::remove(db, symbol).await? {
                    return Err(anyhow!(
                        "{symbol} was not added by `chandlery ingest add`; what ingest.symbols of \
                         the settings names is taken off there"
                    ));
                }
            }
        }
        Action::List => {}
    }
    let settings = context.settings.ingest.symbols.0.iter().cloned().map(|name| (name, "settings"));
    let added = wanted::list(db).await?.into_iter().map(|(name, _)| (name, "database"));
    let all: Vec<(SymbolName, &str)> = settings.chain(added).collect();
    let names: Vec<SymbolName> = all.iter().map(|(name, _)| name.clone()).collect();
    let unlisted = listings::unlisted(db, &names).await?;
    let line = |(name, by): &(SymbolName, &str)| {
        let remark = if unlisted.contains(name) { "; the venue doesn't list it" } else { "" };
        format!("{name} ({by}{remark})\n")
    };
    let value = all.iter().map(|(name, by)| {
        json!({ "symbol": name.to_string(), "by": by, "unlisted": unlisted.contains(name) })
    });
    let value: Vec<_> = value.collect();
    context.output.result(&json!({ "symbols": value }), || match all.is_empty() {
        true => "no symbol was added; a running `chandlery up` may have some of its own settings \
                 (ingest.symbols)"
            .to_owned(),
        false => all.iter().map(line).collect(),
    });
    Ok(())
}
