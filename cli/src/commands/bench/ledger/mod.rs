//! `chandlery bench ledger`: look-ups and dashboards in a ledger of many orders.

mod content;

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Result;
use app::auth::limits::{Limiter, Rates};
use app::market::live::Live;
use app::{Clock, Random};
use content::Content;
use serde::Serialize;
use store::Db;

use super::load::{self, Requests};
use super::server::Server;
use super::{rounded, scratch};
use crate::context::Context;
use crate::output::grouped;

/// Measure look-ups and dashboards in a ledger of many orders
///
/// Fills a database that is dropped afterwards with the orders of one person over two years, each eighth of which
/// buys and each eighth sells what was bought, with all that follows from them: events, fills, positions, round
/// trips, postings, hourly snapshots. Then asks the server for one order and for what pages show, every time of
/// another order, bot or account than before.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// How many orders there are
    #[arg(long, default_value_t = 10_000_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(8_000..=100_000_000))]
    orders: u32,
    /// How many bots placed them
    #[arg(long, default_value_t = 100, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    bots: u16,
    /// In how many accounts
    #[arg(long, default_value_t = 20, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=100))]
    accounts: u16,
    /// Leave the database there, and ask what an earlier run left; any other bench drops it
    #[arg(long)]
    keep: bool,
    /// How long each question is asked
    #[arg(long, default_value_t = 3, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=3_600))]
    seconds: u32,
}

#[derive(Debug, Serialize)]
struct Measured {
    orders: i64,
    fills: i64,
    trades: i64,
    postings: i64,
    database_bytes: i64,
    load_s: f64,
    questions: Vec<Question>,
}

/// How long the answers to something took, one after the other.
#[derive(Debug, Serialize)]
struct Question {
    name: &'static str,
    answers: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// What is asked, with the ids in its path still to be filled in.
const QUESTIONS: [(&str, &str); 19] = [
    ("an order", "/v1/ledger/orders/{order}"),
    ("an order by its name", "/v1/ledger/orders?account={account}&client_order_id={name}"),
    ("an order's fills", "/v1/ledger/orders/{order}/fills"),
    ("a position, explained", "/v1/ledger/positions/{position}/explain"),
    ("all orders", "/v1/ledger/orders?limit=100"),
    ("orders of a bot", "/v1/ledger/orders?bot={bot}&limit=100"),
    ("open orders", "/v1/ledger/orders?status=open,partially_filled&limit=100"),
    ("orders of a symbol at a time", "/v1/ledger/orders?symbol={symbol}&to={time}&limit=100"),
    ("fills of an account", "/v1/ledger/fills?account={account}&limit=100"),
    ("all round trips", "/v1/ledger/trades?limit=100"),
    ("round trips of a bot", "/v1/ledger/trades?bot={bot}&status=closed&limit=100"),
    ("open positions", "/v1/ledger/positions?status=open"),
    ("the portfolio", "/v1/ledger/portfolio"),
    ("balances of an account", "/v1/ledger/accounts/{account}/balances"),
    ("equity of a bot by hour", "/v1/ledger/equity?bot={bot}&interval=hour"),
    ("equity of an account by day", "/v1/ledger/equity?account={account}&from={month}"),
    ("snapshots of a bot by day", "/v1/ledger/snapshots?bot={bot}&interval=day"),
    ("performance of a bot, a month", "/v1/ledger/performance?bot={bot}&from={month}"),
    ("performance of a bot, two years", "/v1/ledger/performance?bot={bot}"),
];

/// Measures in a database of its own.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let work = async |db: &Db| measure(&args, context, db).await;
    let measured = scratch::kept(context, args.keep, work).await?;
    context.output.result(&measured, || words(&measured));
    Ok(())
}

async fn measure(args: &Args, context: &Context, db: &Db) -> Result<Measured> {
    let content = content::load(args, context, db).await?;
    let none = Rates { read: 0, write: 0, login: 0, ..Rates::default() };
    let server = Server {
        limiter: Limiter::new(None, none, Clock::system()),
        ..Server::new(context, db, Live::new(0))
    };
    let work = async |address| ask(args, context, address, &content).await;
    let questions = server.during(context, work).await?;
    Ok(Measured {
        orders: content.orders,
        fills: content.fills,
        trades: content.trades,
        postings: content.postings,
        database_bytes: content.bytes,
        load_s: rounded(content.took.as_secs_f64()),
        questions,
    })
}

async fn ask(
    args: &Args,
    context: &Context,
    server: SocketAddr,
    content: &Content,
) -> Result<Vec<Question>> {
    let each = Duration::from_secs(args.seconds.into());
    let mut asked = Vec::with_capacity(QUESTIONS.len());
    for (name, path) in QUESTIONS {
        // The first few are of statements that no connection knows yet.
        load::run_each(server, vec![requests(server, content, path)], each / 4).await?;
        let mut load = load::run_each(server, vec![requests(server, content, path)], each).await?;
        let question = Question {
            name,
            answers: load.latencies.len(),
            p50_ms: rounded(load.within(0.5)),
            p99_ms: rounded(load.within(0.99)),
            max_ms: rounded(load.within(1.0)),
        };
        context.output.note(&format!("{name}: p50 {} ms", question.p50_ms));
        asked.push(question);
    }
    Ok(asked)
}

/// The same question of something else each time.
fn requests(server: SocketAddr, content: &Content, path: &'static str) -> Requests {
    let (key, examples) = (content.key.clone(), content.examples.clone());
    let random = Random::system();
    Box::new(move || {
        let drawn = random.id(Clock::system().now()).as_u128() as usize % examples.len();
        let mut path = path.to_owned();
        for (name, value) in &examples[drawn] {
            path = path.replace(name, value);
        }
        format!(
            "GET {path} HTTP/1.1\r\nHost: {server}\r\nAuthorization: Bearer {key}\r\nAccept: application/json\r\n\r\n"
        )
    })
}

fn words(measured: &Measured) -> String {
    let mut text = format!(
        "{} orders, {} fills, {} round trips, {} postings, {} MB, loaded in {:.0} s\n",
        grouped(measured.orders as u64),
        grouped(measured.fills as u64),
        grouped(measured.trades as u64),
        grouped(measured.postings as u64),
        grouped(measured.database_bytes as u64 / 1_000_000),
        measured.load_s,
    );
    for Question { name, answers, p50_ms, p99_ms, max_ms } in &measured.questions {
        text += &format!(
            "  {name:34} p50 {p50_ms:8.2} ms, p99 {p99_ms:8.2} ms, slowest {max_ms:8.2} ms ({answers} answers)\n"
        );
    }
    text
}
