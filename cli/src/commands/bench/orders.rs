//! `chandlery bench orders`: durable orders over HTTP, beside pgbench writing the same rows.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use app::auth::limits::{Limiter, Rates};
use app::auth::{Actor, NewKey};
use app::market::live::Live;
use app::trading::NewAccount;
use app::{Clock, Random};
use domain::auth::{Role, Scope};
use domain::market::SymbolName;
use domain::trading::AccountKind;
use serde::Serialize;
use store::Db;
use store::market::symbols;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio_postgres::Config;
use tokio_postgres::config::Host;
use uuid::Uuid;

use super::load::{self, Load, Requests};
use super::server::Server;
use super::{median, rounded, scratch};
use crate::context::Context;
use crate::output::grouped;

const PASSWORD: &str = "correct horse battery";
const EMAIL: &str = "bench@example.com";
const SYMBOL: &str = "bench:BTCUSDT";
const WARM_UP: Duration = Duration::from_secs(1);

/// What one order comes to, in one statement and so in one commit and one way to the server: there is nothing
/// faster that pgbench could do one order at a time.
const PGBENCH: &str = "\\set n :n + 1
WITH new AS (SELECT lpad(to_hex((:client_id::bigint + 1 << 40) + (:round::bigint << 32) + :n), 32, '0')::uuid AS id),
command AS (INSERT INTO ledger.commands (account_id, key, request, stream, recorded_at)
    SELECT '{account}', 'order/pgbench-' || id, sha256('x'), id, now() FROM new),
event AS (INSERT INTO ledger.events (stream, version, stream_kind, kind, body, recorded_at, hash)
    SELECT id, 1, 'order', 'placed', U&'{body}', now(), sha256('x') FROM new)
INSERT INTO ledger.orders (id, account_id, client_order_id, symbol, mode, side, kind, status, quantity, limit_price,
    filled, filled_quote, exchange_metadata, version, placed_at, updated_at)
SELECT id, '{account}', 'pgbench-' || id, U&'bench\\003ABTCUSDT', 'spot', 'buy', 'limit', 'new', 0.25, 40000.5, 0, 0, '{}', 1, now(), now()
FROM new;
";

/// Measure orders over HTTP, each durable before its answer, beside pgbench
///
/// Starts the server on a free port beside a database that is dropped afterwards, and places orders over
/// connections that are kept, each the next as soon as it has its answer. Beside it, in turns, pgbench writes what
/// an order comes to (command, event, order) by as many connections, one prepared statement and one commit each.
/// Then, by itself, how long orders take that come evenly at each of some rates below the highest.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Connections at once
    #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    connections: u16,
    /// How long each of the two is measured in a round
    #[arg(long, default_value_t = 5, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=3_600))]
    seconds: u32,
    /// How often it is measured
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
    /// Orders a second that come evenly, each measured as long as a round
    #[arg(long, default_value = "250,500,1000,1500", value_name = "NUMBERS", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=100_000))]
    paces: Vec<u32>,
    /// Where pgbench is; it comes with PostgreSQL
    #[arg(long, default_value = "pgbench", value_name = "FILE")]
    pgbench: PathBuf,
}

#[derive(Debug, Serialize)]
struct Measured {
    connections: u16,
    orders: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
    rounds: Vec<Round>,
    median_ratio: f64,
    paced: Vec<Paced>,
}

#[derive(Debug, Serialize)]
struct Round {
    orders_per_second: f64,
    pgbench_per_second: f64,
    ratio: f64,
}

/// Orders that came evenly.
#[derive(Debug, Serialize)]
struct Paced {
    orders_per_second: u32,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// Measures in a database of its own.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let work = async |db: &Db| serve(&args, context, db).await;
    let measured = scratch::of(context, work).await?;
    context.output.result(&measured, || words(&measured));
    Ok(())
}

/// Somebody who may place orders, and where.
pub(super) struct Trader {
    key: String,
    pub(super) account: Uuid,
}

async fn serve(args: &Args, context: &Context, db: &Db) -> Result<Measured> {
    let trader = trader(context, db).await?;
    let none = Rates { read: 0, write: 0, login: 0, ..Rates::default() };
    let server = Server {
        limiter: Limiter::new(None, none, Clock::system()),
        ..Server::new(context, db, Live::new(0))
    };
    let work = async |address| measure(args, address, db, &trader).await;
    server.during(context, work).await
}

pub(super) async fn trader(context: &Context, db: &Db) -> Result<Trader> {
    let accounts = context.accounts(db);
    let actor = Actor::default();
    let user = accounts.create(&actor, EMAIL.parse()?, None, Role::Trader, PASSWORD).await?;
    let new = NewKey {
        name: "bench".to_owned(),
        scopes: vec![Scope::OrdersWrite],
        networks: Vec::new(),
        expires_at: None,
    };
    let (key, _) = accounts.create_key(&actor, &user, new).await?;
    let name: SymbolName = SYMBOL.parse()?;
    db.run("bench.symbol", async |tx| symbols::ensure(&tx, &name, None).await).await?;
    let new = NewAccount {
        venue: name.venue().to_owned(),
        name: "bench".to_owned(),
        kind: AccountKind::External,
        credentials: None,
    };
    let account =
        context.trading(db, accounts.clone()).create_account(&actor, user.id, new).await?;
    Ok(Trader { key: key.reveal().to_owned(), account: account.id })
}

/// The two in turns.
async fn measure(args: &Args, server: SocketAddr, db: &Db, trader: &Trader) -> Result<Measured> {
    place(args, server, trader, WARM_UP).await?;
    let script = script(db, trader).await?;
    let each = Duration::from_secs(args.seconds.into());
    let (mut all, mut rounds) = (Load::default(), Vec::new());
    for number in 0..args.rounds {
        let before = count(db).await?;
        let load = place(args, server, trader, each).await?;
        let written = count(db).await? - before;
        ensure!(
            written == load.latencies.len() as i64,
            "{} orders were answered, {written} are there",
            load.latencies.len()
        );
        let plain = pgbench(args, db, &script, number).await?;
        rounds.push(Round {
            orders_per_second: rounded(load.rate()),
            pgbench_per_second: rounded(plain),
            ratio: rounded(load.rate() / plain),
        });
        all = all.and(load);
    }
    let mut paced = Vec::new();
    for rate in &args.paces {
        let mut load = load::run_paced(server, many(args, server, trader), each, *rate).await?;
        paced.push(Paced {
            orders_per_second: *rate,
            p50_ms: rounded(load.within(0.5)),
            p99_ms: rounded(load.within(0.99)),
            max_ms: rounded(load.within(1.0)),
        });
    }
    Ok(Measured {
        connections: args.connections,
        orders: all.latencies.len(),
        p50_ms: rounded(all.within(0.5)),
        p99_ms: rounded(all.within(0.99)),
        max_ms: rounded(all.within(1.0)),
        median_ratio: rounded(median(rounds.iter().map(|round| round.ratio))),
        rounds,
        paced,
    })
}

/// Orders over HTTP.
async fn place(
    args: &Args,
    server: SocketAddr,
    trader: &Trader,
    duration: Duration,
) -> Result<Load> {
    load::run_each(server, many(args, server, trader), duration).await
}

/// What each of the connections asks.
fn many(args: &Args, server: SocketAddr, trader: &Trader) -> Vec<Requests> {
    (0..args.connections).map(|_| requests(server, trader)).collect()
}

fn requests(server: SocketAddr, trader: &Trader) -> Requests {
    let (key, account, run, mut number) =
        (trader.key.clone(), trader.account, Random::system().id(Clock::system().now()), 0);
    Box::new(move || {
        number += 1;
        let body = format!(
            "{{\"account\":\"{account}\",\"client_order_id\":\"{}-{number}\",\"symbol\":\"{SYMBOL}\",\
             \"side\":\"buy\",\"kind\":\"limit\",\"quantity\":\"0.25\",\"limit_price\":\"40000.5\"}}",
            run.simple()
        );
        format!(
            "POST /v1/ledger/orders HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {key}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    })
}

async fn count(db: &Db) -> Result<i64> {
    let rows = db.query("bench.count", "SELECT count(*) FROM ledger.orders", &[]).await?;
    Ok(rows[0].try_get(0)?)
}

/// What pgbench runs, with the event of an order that was placed.
async fn script(db: &Db, trader: &Trader) -> Result<String> {
    let rows = db.query("bench.event", "SELECT body::text FROM ledger.events LIMIT 1", &[]).await?;
    let body: &str = rows.first().context("no order was written")?.try_get(0)?;
    // A colon begins a variable, also within quotes.
    let body = body.replace(':', "\\003A");
    Ok(PGBENCH.replace("{account}", &trader.account.to_string()).replace("{body}", &body))
}

/// Transactions a second.
async fn pgbench(args: &Args, db: &Db, script: &str, round: u32) -> Result<f64> {
    let config = &db.settings().direct;
    let (host, port) = place_of(config)?;
    let mut command = Command::new(&args.pgbench);
    command
        .args(["--no-vacuum", "--protocol=prepared", "--jobs=2", "--file=-", "--define=n=0"])
        .arg(format!("--define=round={round}"))
        .arg(format!("--client={}", args.connections))
        .arg(format!("--time={}", args.seconds))
        .arg(format!("--host={host}"))
        .arg(format!("--port={port}"))
        .args(config.get_user().map(|user| format!("--username={user}")))
        .arg(config.get_dbname().unwrap_or_default())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    if let Some(password) = config.get_password() {
        command.env("PGPASSWORD", String::from_utf8_lossy(password).as_ref());
    }
    let started = command.spawn();
    let mut child = started
        .with_context(|| format!("starting {}; --pgbench names it", args.pgbench.display()))?;
    let mut input = child.stdin.take().context("pgbench takes no script")?;
    input.write_all(script.as_bytes()).await?;
    drop(input);
    let done = child.wait_with_output().await?;
    let (told, failed) =
        (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    ensure!(done.status.success(), "pgbench: {}", failed.trim());
    let rate = told.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next());
    Ok(rate.context("pgbench told no rate")?.parse()?)
}

/// The first of a server's addresses.
fn place_of(config: &Config) -> Result<(String, u16)> {
    let host = match config.get_hosts().first().context("the database has no address")? {
        Host::Tcp(name) => name.clone(),
        Host::Unix(folder) => folder.display().to_string(),
    };
    Ok((host, config.get_ports().first().copied().unwrap_or(5432)))
}

fn words(measured: &Measured) -> String {
    let mut text = format!(
        "{} orders over {} connections: p50 {:.2} ms, p99 {:.2} ms, slowest {:.2} ms\n",
        grouped(measured.orders as u64),
        measured.connections,
        measured.p50_ms,
        measured.p99_ms,
        measured.max_ms
    );
    for round in &measured.rounds {
        text += &format!(
            "  {} orders/s, pgbench {}/s, ratio {:.2}\n",
            grouped(round.orders_per_second as u64),
            grouped(round.pgbench_per_second as u64),
            round.ratio
        );
    }
    text += &format!("  ratio {:.2} (median of {})", measured.median_ratio, measured.rounds.len());
    for Paced { orders_per_second, p50_ms, p99_ms, max_ms } in &measured.paced {
        text += &format!(
            "\n  {orders_per_second} orders/s evenly: p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms, slowest {max_ms:.2} ms"
        );
    }
    text
}
