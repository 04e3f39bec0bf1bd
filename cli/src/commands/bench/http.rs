//! `chandlery bench http`: the product's own server, asked for candles and for a constant body.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use anyhow::{Context as _, Result, bail, ensure};
use api::ApiSettings;
use app::market::live::Live;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Response};
use axum::routing::get;
use domain::market::{Interval, SymbolName};
use serde::{Deserialize, Serialize};
use store::Db;
use store::market::{holdings, symbols};

use super::load::{self, Answer, Load};
use super::server::Server;
use super::{median, rounded};
use crate::context::{Context, Database};
use crate::output::grouped;
use crate::telemetry::Metrics;

/// Beside the product's routes, and outside of everything that it does around a request.
const CONSTANT: &str = "/constant";
const WARM_UP: Duration = Duration::from_millis(500);
const ROUNDS: u32 = 3;

/// Measure requests for the last 500 candles against a constant body of the same size
///
/// Starts the server on a free port and asks it over connections that are kept, each again as soon as it has
/// its answer. The constant body has the same length and headers and comes from the same server, without
/// anything that is done around the product's requests. Both are measured in turns.
///
/// Example:
///   chandlery bench http --symbol binance:BTCUSDT --connections 50
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Whose candles, venue:CODE [default: the symbol that has most of them]
    #[arg(long, value_name = "SYMBOL")]
    symbol: Option<SymbolName>,
    /// How long a candle lasts: 1m 5m 15m 30m 1h 4h 1d 1w
    #[arg(long, default_value = "1m")]
    interval: Interval,
    /// Connections at once
    #[arg(long, default_value_t = 50, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=1_000))]
    connections: u16,
    /// How long each of the two is measured
    #[arg(long, default_value_t = 10, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=3_600))]
    seconds: u32,
}

/// What was found about one of the two.
#[derive(Debug, Serialize)]
struct Figures {
    requests: usize,
    requests_per_second: f64,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

/// What is looked at of an answer.
#[derive(Debug, Deserialize)]
struct Page {
    symbol: String,
    interval: String,
    candles: Vec<serde::de::IgnoredAny>,
}

#[derive(Debug, Serialize)]
struct Measured {
    symbol: String,
    interval: String,
    candles: usize,
    body_bytes: usize,
    connections: u16,
    requested: Figures,
    constant: Figures,
    ratios: Vec<f64>,
    median_ratio: f64,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = context.unless_stopped(serve(&args, context, &database)).await;
    let closed = database.close().await;
    let measured = result.and_then(|measured| closed.map(|()| measured))?;
    context.output.result(&measured, || words(&measured));
    Ok(())
}

/// Starts the server, measures, and stops it.
async fn serve(args: &Args, context: &Context, database: &Database) -> Result<Measured> {
    let db = &database.db;
    let symbol = symbol(args, db).await?;
    let path = format!("/v1/market/candles?symbol={symbol}&interval={}&limit=500", args.interval);
    let bytes = context.settings.market.hot_bytes();
    let (live, metrics) = (Live::new(bytes), Arc::new(Metrics::start()?));
    let constant = Arc::new(OnceLock::new());
    let given = Arc::clone(&constant);
    let server = Server {
        segments: database.segments.clone(),
        metrics: Arc::new(move || metrics.render()),
        settings: ApiSettings { hot_cache_bytes: bytes, ..ApiSettings::default() },
        beside: Router::new().route(CONSTANT, get(async move || again(&given))),
        ..Server::new(context, db, live)
    };
    server.during(context, async |address| measure(args, address, &path, &constant).await).await
}

/// The symbol asked for, or the one with most candles of the interval.
async fn symbol(args: &Args, db: &Db) -> Result<SymbolName> {
    let held = holdings::of_all(db).await?;
    let count = |id: i32| -> i64 {
        let series = held.get(&id).into_iter().flatten();
        series.filter(|s| s.interval == args.interval.as_str()).map(|s| s.row_count).sum()
    };
    let all = symbols::list(db).await?;
    let wanted =
        all.into_iter().filter(|s| args.symbol.as_ref().is_none_or(|name| s.name == *name));
    let most = wanted.max_by_key(|symbol| count(symbol.id)).filter(|symbol| count(symbol.id) > 0);
    let Some(most) = most else {
        let whose = args.symbol.as_ref().map_or_else(String::new, |name| format!(" of {name}"));
        bail!(
            "there are no {} candles{whose} to ask for: take some in with `chandlery import`, or \
             start `chandlery up --demo` once",
            args.interval
        );
    };
    Ok(most.name)
}

/// The constant answer, once it is set.
fn again(answer: &OnceLock<(HeaderMap, Bytes)>) -> Response<Body> {
    let (headers, body) = answer.get().cloned().unwrap_or_default();
    let mut response = Response::new(Body::from(body));
    *response.headers_mut() = headers;
    response
}

/// Sets the constant body, and measures the two in turns.
async fn measure(
    args: &Args,
    server: SocketAddr,
    path: &str,
    constant: &OnceLock<(HeaderMap, Bytes)>,
) -> Result<Measured> {
    let first = load::get(server, path).await?;
    let body: Page = serde_json::from_slice(&first.body)
        .with_context(|| format!("{path} answered with status {}", first.status))?;
    let bytes = first.body.len();
    constant.get_or_init(|| kept(first));
    let copied = load::get(server, CONSTANT).await?;
    ensure!(copied.body.len() == bytes, "the constant body has another length");

    let (count, each) = (usize::from(args.connections), Duration::from_secs(args.seconds.into()));
    let each = each / ROUNDS;
    for path in [path, CONSTANT] {
        load::run(server, path, count, WARM_UP.min(each)).await?;
    }
    let (mut requested, mut plain, mut ratios) = (Load::default(), Load::default(), Vec::new());
    for _ in 0..ROUNDS {
        let one = load::run(server, path, count, each).await?;
        let other = load::run(server, CONSTANT, count, each).await?;
        ratios.push(rounded(one.rate() / other.rate()));
        requested = requested.and(one);
        plain = plain.and(other);
    }
    Ok(Measured {
        symbol: body.symbol,
        interval: body.interval,
        candles: body.candles.len(),
        body_bytes: bytes,
        connections: args.connections,
        requested: Figures::of(requested),
        constant: Figures::of(plain),
        median_ratio: rounded(median(ratios.iter().copied())),
        ratios,
    })
}

/// What an answer is given again with. Length and date are the server's to add.
fn kept(answer: Answer) -> (HeaderMap, Bytes) {
    let pairs = answer.headers.into_iter().filter_map(|(name, value)| {
        let own = ["content-length", "date"].contains(&name.as_str());
        let name = HeaderName::try_from(name).ok().filter(|_| !own)?;
        Some((name, HeaderValue::try_from(value).ok()?))
    });
    (pairs.collect(), answer.body.into())
}

impl Figures {
    fn of(mut load: Load) -> Self {
        Self {
            requests: load.latencies.len(),
            requests_per_second: load.rate().round(),
            p50_ms: rounded(load.within(0.5)),
            p99_ms: rounded(load.within(0.99)),
            max_ms: rounded(load.within(1.0)),
        }
    }

    fn words(&self) -> String {
        format!(
            "{} requests/s, p50 {:.2} ms, p99 {:.2} ms, slowest {:.2} ms",
            grouped(self.requests_per_second as u64),
            self.p50_ms,
            self.p99_ms,
            self.max_ms
        )
    }
}

fn words(measured: &Measured) -> String {
    format!(
        "last {} {} candles of {}, {} bytes, {} connections\n  \
         candles   {}\n  constant  {}\n  ratio {:.2} (median of {})",
        measured.candles,
        measured.interval,
        measured.symbol,
        grouped(measured.body_bytes as u64),
        measured.connections,
        measured.requested.words(),
        measured.constant.words(),
        measured.median_ratio,
        measured.ratios.len(),
    )
}
