//! What `chandlery bench ledger` looks things up in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use app::Clock;
use app::auth::{AccountError, Actor, NewKey};
use domain::auth::{Role, Scope};
use domain::market::{Candle, Interval, SymbolName};
use domain::{Amount, Decimal};
use store::market::partitions::{self, Table};
use store::market::{candles, symbols};
use store::{Db, Session};
use uuid::Uuid;

use super::Args;
use crate::context::Context;
use crate::output::grouped;

const OWNERS: &str = include_str!("owners.sql");
const BOTS: &str = include_str!("bots.sql");
const ORDERS: &str = include_str!("orders.sql");
const FILLS: &str = include_str!("fills.sql");
const TRIPS: &str = include_str!("trips.sql");
const REST: &str = include_str!("rest.sql");
const COUNT: &str = "
SELECT (SELECT count(*) FROM ledger.orders), (SELECT count(*) FROM ledger.fills), (SELECT count(*) FROM ledger.trades),
    (SELECT count(*) FROM ledger.postings), pg_database_size(current_database())";
/// Whether something is there already, and what is written last.
const KEPT: &str = "
SELECT EXISTS (SELECT FROM ledger.orders), EXISTS (SELECT FROM ledger.performance_snapshots)";
const LAST_EVENT: &str = "SELECT coalesce(max(position), 0) FROM ledger.events";
/// The names of what is drawn are those of the columns.
const EXAMPLES: &str = "
SELECT id::text AS \"{order}\", id::text AS \"{position}\", account_id::text AS \"{account}\", bot_id::text AS \"{bot}\",
    client_order_id AS \"{name}\", symbol AS \"{symbol}\", (extract(epoch FROM placed_at) * 1000)::bigint::text AS \"{time}\",
    (extract(epoch FROM now() - interval '30 days') * 1000)::bigint::text AS \"{month}\"
FROM ledger.orders WHERE status = 'filled' AND side = 'buy' ORDER BY random() LIMIT 1000";
/// Orders of a bot that are written at once; eight of them are a round trip.
const PIECE: i32 = 1_000;
const HOURS: i64 = 730 * 24;
const SYMBOLS: u32 = 10;

/// What there is.
pub(super) struct Content {
    pub(super) key: String,
    pub(super) orders: i64,
    pub(super) fills: i64,
    pub(super) trades: i64,
    pub(super) postings: i64,
    pub(super) bytes: i64,
    pub(super) took: Duration,
    /// Names in a question's path, and what they stand for.
    pub(super) examples: Arc<Vec<Vec<(String, String)>>>,
}

/// Fills the database.
pub(super) async fn load(args: &Args, context: &Context, db: &Db) -> Result<Content> {
    let started = Instant::now();
    let (user, key) = owner(context, db).await?;
    let session = db.session().await?;
    let client = session.client();
    let kept = client.query_one(KEPT, &[]).await?;
    let (begun, whole): (bool, bool) = (kept.try_get(0)?, kept.try_get(1)?);
    if !begun {
        fill(args, context, db, &session, user).await?;
    }
    client.batch_execute("CHECKPOINT").await?;
    let count = client.query_one(COUNT, &[]).await?;
    let (there, wanted): (i64, _) =
        (count.try_get(0)?, i64::from(each(args)) * i64::from(args.bots));
    ensure!(
        there == wanted && whole == begun,
        "what an earlier run kept is {there} orders, not all of {wanted}; a run without --keep drops it"
    );
    let examples = client.query(EXAMPLES, &[]).await?;
    let example = |row: &tokio_postgres::Row| {
        let names = row.columns().iter().map(tokio_postgres::Column::name);
        names.enumerate().map(|(at, name)| (name.to_owned(), row.get(at))).collect()
    };
    Ok(Content {
        key,
        orders: there,
        fills: count.try_get(1)?,
        trades: count.try_get(2)?,
        postings: count.try_get(3)?,
        bytes: count.try_get(4)?,
        took: started.elapsed(),
        examples: Arc::new(examples.iter().map(example).collect()),
    })
}

async fn fill(
    args: &Args,
    context: &Context,
    db: &Db,
    session: &Session,
    user: Uuid,
) -> Result<()> {
    prices(db).await?;
    let client = session.client();
    client.execute(OWNERS, &[&user, &i32::from(args.accounts)]).await?;
    client.execute(BOTS, &[&user, &i32::from(args.bots)]).await?;
    // What they see to is right by the way it is written, and takes most of the time.
    client.batch_execute("ALTER TABLE ledger.postings DISABLE TRIGGER USER").await?;
    orders(args, context, session).await?;
    client.batch_execute(REST).await.context("balances and snapshots")?;
    client.batch_execute("ALTER TABLE ledger.postings ENABLE TRIGGER USER").await?;
    client.batch_execute("VACUUM ANALYZE").await?;
    Ok(())
}

/// Orders of each bot.
fn each(args: &Args) -> u32 {
    args.orders / u32::from(args.bots) / 8 * 8
}

async fn owner(context: &Context, db: &Db) -> Result<(Uuid, String)> {
    let accounts = context.accounts(db);
    let actor = Actor::default();
    let (email, password) = ("bench@example.com".parse()?, "correct horse battery");
    let user = match accounts.by_email(&email).await {
        Err(AccountError::UnknownUser(_)) => {
            accounts.create(&actor, email, None, Role::Trader, password).await?
        }
        kept => kept?,
    };
    let new = NewKey {
        name: "bench".to_owned(),
        scopes: vec![Scope::OrdersRead, Scope::BotsRead],
        networks: Vec::new(),
        expires_at: None,
    };
    let (key, _) = accounts.create_key(&actor, &user, new).await?;
    Ok((user.id, key.reveal().to_owned()))
}

/// Hourly candles of each symbol, by which positions are worth something.
async fn prices(db: &Db) -> Result<()> {
    let now = Interval::H1.open_time(Clock::system().now());
    let times: Vec<_> =
        (1..=HOURS).rev().map(|hour| now.plus_micros(-hour * Interval::H1.micros())).collect();
    partitions::ensure(db, Table::Candles, times.iter().map(|time| Interval::W1.open_time(*time)))
        .await?;
    for number in 0..SYMBOLS {
        let name: SymbolName = format!("bench:S{number}USDT").parse()?;
        let candle = |hour: usize| {
            let price = Decimal::from(30_000 + (hour as u32 * 37 + number * 101) % 5_000);
            Candle {
                open_time: times[hour],
                open: price,
                high: price,
                low: price,
                close: price,
                volume: Amount::ZERO,
                quote_volume: None,
                trade_count: None,
                taker_buy_volume: None,
                taker_buy_quote_volume: None,
            }
        };
        let batch: Vec<Candle> = (0..times.len()).map(candle).collect();
        let (name, batch) = (&name, &batch);
        db.run("bench.prices", |tx| async move {
            let symbol = symbols::ensure(&tx, name, None).await?;
            candles::write_venue(&tx, &symbol, Interval::H1, batch, None).await
        })
        .await?;
    }
    Ok(())
}

async fn orders(args: &Args, context: &Context, session: &Session) -> Result<()> {
    let client = session.client();
    let each = i32::try_from(each(args))?;
    let progress = context.output.counted("orders of each bot", each.unsigned_abs().into());
    for from in (0..each).step_by(PIECE as usize) {
        let to = each.min(from + PIECE);
        let last: i64 = client.query_one(LAST_EVENT, &[]).await?.try_get(0)?;
        client.execute(ORDERS, &[&from, &to, &each]).await.context("orders")?;
        client.execute(FILLS, &[&last]).await.context("fills and postings")?;
        client.execute(TRIPS, &[&last]).await.context("positions and round trips")?;
        if from == 0 {
            // Or the rest is planned as if there were nothing.
            client.batch_execute("ANALYZE").await?;
        }
        let written = u64::from(to.unsigned_abs()) * u64::from(args.bots);
        progress.at(to.unsigned_abs().into(), format!("{} orders", grouped(written)));
    }
    Ok(())
}
