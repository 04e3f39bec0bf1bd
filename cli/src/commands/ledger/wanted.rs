//! Whose trading is looked at, and which part: parameters of the interface, as flags.

use anyhow::Result;
use api::Books;
use app::ledger::reports::Reports;
use app::market::live::Live;
use app::market::read::MarketReader;
use app::{Clock, ledger::Ledger};
use domain::Time;
use domain::auth::Email;
use domain::market::SymbolName;
use uuid::Uuid;

use super::super::time;
use crate::context::{Context, Database};

/// Whose trading, and which part of it.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// Whose
    #[arg(long, value_name = "EMAIL")]
    user: Email,
    /// Of this account only, by its number
    #[arg(long, value_name = "NUMBER")]
    account: Option<Uuid>,
    /// Of this bot only, by its number
    #[arg(long, value_name = "NUMBER")]
    bot: Option<Uuid>,
    /// In this symbol only, venue:CODE
    #[arg(long)]
    symbol: Option<SymbolName>,
    /// Of this strategy only
    #[arg(long)]
    strategy: Option<String>,
    /// long or short only
    #[arg(long)]
    direction: Option<String>,
    /// profit or loss only
    #[arg(long)]
    result: Option<String>,
    /// From this time on: 2024-08-08, 2024-08-08T12:00:00Z or epoch milliseconds
    #[arg(long, value_parser = time, value_name = "TIME")]
    from: Option<Time>,
    /// Before this time
    #[arg(long, value_parser = time, value_name = "TIME")]
    to: Option<Time>,
}

/// The parameters of a request.
pub(super) type Query = Vec<(&'static str, String)>;

/// Adds a parameter that is given.
pub(super) fn add(query: &mut Query, name: &'static str, value: Option<&impl ToString>) {
    query.extend(value.map(|value| (name, value.to_string())));
}

impl Wanted {
    /// The same as parameters.
    pub(super) fn query(&self) -> Query {
        let mut query = Query::new();
        add(&mut query, "account", self.account.as_ref());
        add(&mut query, "bot", self.bot.as_ref());
        add(&mut query, "symbol", self.symbol.as_ref());
        add(&mut query, "strategy", self.strategy.as_ref());
        add(&mut query, "direction", self.direction.as_ref());
        add(&mut query, "result", self.result.as_ref());
        add(&mut query, "from", self.from.as_ref());
        add(&mut query, "to", self.to.as_ref());
        query
    }

    /// Who it is.
    pub(super) async fn user(&self, context: &Context, database: &Database) -> Result<Uuid> {
        Ok(context.accounts(&database.db).by_email(&self.user).await?.id)
    }
}

/// The ledger and its reports, held.
pub(super) struct Desk(Ledger, Reports);

impl Desk {
    /// Those of a database.
    pub(super) fn of(context: &Context, database: &Database) -> Self {
        let (db, clock) = (database.db.clone(), Clock::system());
        let segments = database.segments.clone();
        let reader =
            MarketReader::with_segments(db.clone(), Live::default(), clock.clone(), segments);
        Self(context.ledger(&database.db), Reports::new(db, reader, clock))
    }

    /// Lent to whoever reads.
    pub(super) fn books(&self) -> Books<'_> {
        Books { ledger: &self.0, reports: &self.1 }
    }
}
