//! `chandlery simulate`: a venue on this machine, which plays recordings and misbehaves as told.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, Result};
use app::Clock;
use app::market::demo;
use domain::Time;
use domain::market::{BadSymbol, SymbolName};
use serde_json::json;
use simulator::{Faults, Options, Recording, Simulator};
use tokio::net::TcpListener;

use super::time;
use crate::context::Context;
use crate::exit::{Exit, Status};

/// Made-up symbols have a past of this length when playing starts.
const PAST: Duration = Duration::from_secs(3_600);

/// Play a venue from recordings, with its faults: for tests, and for trying things out
///
/// It speaks Binance's REST and streams, and Coinbase's under /coinbase. Without --import and --synthetic it
/// plays the demonstration's trades in a loop, as if they happened now. Ctrl-C ends it with status 0.
///
/// Faults are chances between 0 and 1, separated by commas: drop, duplicate, delay=CHANCE:MS, reorder, garbage,
/// half_message, disconnect, stall=CHANCE:MS, refuse_connections, http_429=CHANCE:SECONDS, http_418=CHANCE:SECONDS,
/// http_5xx, http_cut; and numbers: disconnect_every_s, lifetime_s, http_slow_ms, clock_offset_ms,
/// clock_drift_ppm. docs/simulator.md explains them.
///
/// Examples:
///   chandlery simulate
///   chandlery simulate --import binance:BTCUSDT=btcusdt.csv.gz --speed 60 --faults drop=0.01,disconnect=0.001
///   chandlery simulate --synthetic 500 --rate 20000
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Address and port; port 0 takes a free one
    #[arg(long, default_value = "127.0.0.1:9081", value_name = "ADDRESS")]
    listen: SocketAddr,
    /// A file of trades or candles to play, in any format of `import`; may be repeated
    #[arg(long, value_name = "[SYMBOL=]FILE")]
    import: Vec<Import>,
    /// So many made-up symbols instead of recordings, SIM001USDT and on
    #[arg(long, value_name = "COUNT", conflicts_with = "import",
        value_parser = clap::value_parser!(u16).range(1..=10_000))]
    synthetic: Option<u16>,
    /// Their trades in a second, of all together
    #[arg(long, value_name = "TRADES", default_value_t = 100.0, value_parser = positive)]
    rate: f64,
    /// Seconds of the venue in a real second
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0, value_parser = positive)]
    speed: f64,
    /// Start at this time of the recording: 2024-08-08, 2024-08-08T12:00:00Z or epoch milliseconds
    #[arg(long, value_parser = time, value_name = "TIME")]
    from: Option<Time>,
    /// Shift all times so that playing starts now
    #[arg(long)]
    now: bool,
    /// What goes wrong, and how often
    #[arg(long, value_name = "FAULTS", default_value = "", hide_default_value = true)]
    faults: Faults,
    /// What the dice of the faults and the made-up trades depend on
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Begin again at the end, with later times and higher ids
    #[arg(long = "loop")]
    looped: bool,
    /// The request weight of a minute, as Binance counts it; 0: any
    #[arg(long, value_name = "WEIGHT", default_value_t = 6_000)]
    weight_limit: u32,
}

/// A file, and whose data it holds.
#[derive(Debug, Clone)]
struct Import {
    symbol: Option<SymbolName>,
    path: PathBuf,
}

impl FromStr for Import {
    type Err = BadSymbol;

    fn from_str(text: &str) -> Result<Self, BadSymbol> {
        match text.split_once('=') {
            // A path may hold the sign too, but a symbol holds a colon and no slash before it.
            Some((symbol, path)) if !symbol.starts_with(['.', '/']) => {
                Ok(Self { symbol: Some(symbol.parse()?), path: path.into() })
            }
            _ => Ok(Self { symbol: None, path: text.into() }),
        }
    }
}

fn positive(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(number) if (1e-6..=1e9).contains(&number) => Ok(number),
        _ => Err("is no number between 0.000001 and 1,000,000,000".to_owned()),
    }
}

/// Plays until it is asked to stop.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let options = context.unless_stopped(options(&args, context)).await?;
    let symbols: Vec<SymbolName> =
        options.recordings.iter().flat_map(Recording::symbols).cloned().collect();
    let listener = TcpListener::bind(args.listen).await;
    let listener = listener.with_context(|| format!("listening on {}", args.listen))?;
    let simulator = Simulator::start(listener, options).await.context("starting the simulator")?;
    tell(&simulator, symbols, context);
    context.stop.cancelled().await;
    simulator.stop().await;
    Ok(())
}

async fn options(args: &Args, context: &Context) -> Result<Options> {
    let mut options = Options {
        speed: args.speed,
        from: args.from,
        to_now: args.now,
        looped: args.looped,
        faults: args.faults.clone(),
        seed: args.seed,
        weight_limit: (args.weight_limit > 0).then_some(args.weight_limit),
        ..Options::default()
    };
    if let Some(count) = args.synthetic {
        let start = args.from.unwrap_or_else(|| Clock::system().now());
        let from = start.plus_micros(-(PAST.as_micros() as i64));
        options.recordings = vec![Recording::synthetic(count.into(), args.rate, from)];
        options.from = Some(start);
        return Ok(options);
    }
    let mut files: Vec<(PathBuf, Option<SymbolName>)> = Vec::new();
    for import in &args.import {
        files.push((import.path.clone(), import.symbol.clone()));
    }
    if files.is_empty() {
        let laid = demo::lay_down(&context.data_dir.join("demo")).await;
        let laid = laid.context("writing the demonstration's files")?;
        files.extend(laid.into_iter().map(|(path, symbol)| (path, Some(symbol))));
        (options.to_now, options.looped) = (args.from.is_none(), true);
    }
    options.recordings = tokio::task::spawn_blocking(move || read(&files)).await??;
    Ok(options)
}

fn read(files: &[(PathBuf, Option<SymbolName>)]) -> Result<Vec<Recording>> {
    let mut recordings = Vec::new();
    for (path, symbol) in files {
        let open = |path: &Path| Recording::open(path, symbol.as_ref());
        recordings.extend(open(path).map_err(|e| Status::of(Exit::BadData, e.to_string()))?);
    }
    Ok(recordings)
}

fn tell(simulator: &Simulator, mut symbols: Vec<SymbolName>, context: &Context) {
    symbols.sort();
    symbols.dedup();
    let names: Vec<String> = symbols.iter().map(ToString::to_string).collect();
    let (url, ws_url) = (simulator.url(), simulator.ws_url());
    let event = json!({ "event": "ready", "url": url, "ws_url": ws_url,
        "coinbase_url": simulator.coinbase_url(), "coinbase_ws_url": simulator.coinbase_ws_url(),
        "venue_time": simulator.now().to_string(), "symbols": names });
    context.output.event(&event, || {
        let more = names.len().saturating_sub(5);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let shown = names[..names.len().min(5)].join(" ");
        format!(
            "a venue is at {url}, at {} of the recording: {shown}{more}\n\
             where it stands: {url}/sim/state\n\
             to record it:\n  \
             CHANDLERY_BINANCE__REST_URL={url} CHANDLERY_BINANCE__WS_URL={ws_url} \\\n  \
             CHANDLERY_INGEST__SYMBOLS={} chandlery up",
            simulator.now(),
            names.first().map_or("binance:BTCUSDT", String::as_str),
        )
    });
}
