//! What goes on beside the server for trading: who looks after bots, and the paper venue with its orders.

use app::Clock;
use app::auth::Accounts;
use app::ledger::{self, Ledger};
use app::market::live::Live;
use app::market::read::MarketReader;
use app::trading::paper::{self, PaperVenue};
use app::trading::{self, Trading};
use store::Db;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::context::{Context, Database};

/// Trading, and the tasks that look which bots are silent and hear of those that change.
pub(crate) fn start(context: &Context, db: &Db, accounts: &Accounts) -> (JoinSet<()>, Trading) {
    trading::describe_metrics();
    let trading = context.trading(db, accounts.clone());
    let mut tasks = JoinSet::new();
    let (hearing, stop) = (trading.clone(), context.stop.clone());
    tasks.spawn(async move { hearing.hear_changes(&stop).await });
    let (watching, stop) = (trading.clone(), context.stop.clone());
    tasks.spawn(async move { watching.watch(&stop).await });
    (tasks, trading)
}

/// The paper venue, and what brings orders of paper accounts to it and its reports back; and who hears of orders.
pub(crate) struct Paper {
    venue: PaperVenue,
    market: MarketReader,
    ledger: Ledger,
}

impl Paper {
    /// That of a database.
    pub(crate) fn new(database: &Database, clock: &Clock, live: &Live, ledger: Ledger) -> Self {
        let (db, segments) = (&database.db, &database.segments);
        let venue = PaperVenue::new(db.clone(), clock.clone(), live.clone(), segments.clone());
        let (live, clock) = (live.clone(), clock.clone());
        let market = MarketReader::with_segments(db.clone(), live, clock, segments.clone());
        Self { venue, market, ledger }
    }

    /// Goes on until `stop`.
    pub(crate) fn start(self, tasks: &mut JoinSet<()>, stop: &CancellationToken) {
        ledger::describe_metrics();
        paper::describe_metrics();
        let Self { venue, market, ledger } = self;
        tasks.spawn(venue.clone().run(stop.clone()));
        let (hearing, end) = (ledger.clone(), stop.clone());
        tasks.spawn(async move { hearing.hear_changes(&end).await });
        let stop = stop.clone();
        tasks.spawn(async move { ledger.drive(venue, market, &stop).await });
    }
}
