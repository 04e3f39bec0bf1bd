//! `chandlery bench streams`: how late a thousand clients hear of what happens, and whether those
//! who don't read make it later for the others.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Result, ensure};
use api::ApiSettings;
use app::Clock;
use app::market::live::{Committed, Live};
use domain::market::{SymbolName, Tick, TickKind, roll_ticks};
use domain::{Decimal, Time};
use serde::Serialize;
use store::Db;
use store::market::symbols;

use super::listener::{Crowd, Heard};
use super::server::Server;
use super::{memory, rounded, scratch};
use crate::context::Context;
use crate::output::grouped;

/// Between two publishings.
const BEAT: Duration = Duration::from_millis(2);
/// Before counting begins, and after publishing ends until what is under way has arrived.
const SETTLE: Duration = Duration::from_secs(1);

/// Measure how late the clients of the stream hear, with and without some that don't read
///
/// Starts the server on a free port beside a database that is dropped afterwards, publishes trades and
/// candles as the live feed does after a commit, and lets clients of a thread of their own read them. Delays
/// are from the publishing to the reading of trades and prices. Then once more with clients that never read.
///
/// Example:
///   chandlery bench streams --clients 1000 --symbols 20 --rate 500
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Clients that read
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=20_000))]
    clients: u32,
    /// Symbols of each client
    #[arg(long, default_value_t = 20, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=66))]
    symbols: u32,
    /// Symbols there are
    #[arg(long, default_value_t = 500, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    universe: u32,
    /// Trades per second, over all symbols
    #[arg(long, default_value_t = 1_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// What a client wants of each of its symbols, of: ticks, prices, candles
    #[arg(long, default_value = "ticks,prices,candles", value_name = "LIST", value_delimiter = ',', value_parser = ["ticks", "prices", "candles"])]
    topics: Vec<String>,
    /// Clients that never read, beside the others, in the second measurement
    #[arg(long, default_value_t = 100, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=10_000))]
    slow: u32,
    /// How long each of the two is measured
    #[arg(long, default_value_t = 10, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=30))]
    seconds: u32,
}

#[derive(Debug, Serialize)]
struct Measured {
    clients: u32,
    symbols: u32,
    universe: u32,
    topics: Vec<String>,
    trades_per_second: u32,
    all_read: Figures,
    slow_clients: u32,
    beside_slow: Figures,
    peak_resident_bytes: Option<u64>,
}

/// What the clients that read heard.
#[derive(Debug, Serialize)]
struct Figures {
    messages: u64,
    messages_per_second: f64,
    trades: u64,
    /// Told as left out.
    missed: u64,
    /// Neither there nor told.
    lost: i64,
    /// Connections that ended too early.
    ended: usize,
    p50_ms: f64,
    p99_ms: f64,
    max_ms: f64,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    crate::open_files::allow(2 * (args.clients + args.slow) as usize);
    let work = async |db: &Db| serve(&args, context, db).await;
    let measured = scratch::of(context, work).await?;
    context.output.result(&measured, || words(&measured));
    Ok(())
}

/// Starts the server, measures twice, and stops it.
async fn serve(args: &Args, context: &Context, db: &Db) -> Result<Measured> {
    let market = Market::make(args, db).await?;
    let most = (args.clients + args.slow) as usize + 16;
    let server = Server {
        settings: ApiSettings {
            max_streams: most,
            max_connections: most,
            ..ApiSettings::default()
        },
        ..Server::new(context, db, market.live.clone())
    };
    memory::forget_peak();
    server.during(context, async |address| measure(args, address, market).await).await
}

async fn measure(args: &Args, server: SocketAddr, mut market: Market) -> Result<Measured> {
    while market.live.version(0).is_none() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // A price of each symbol, so that who subscribes is told it from memory.
    market.publish(args.universe as usize);
    let all_read = once(args, server, &mut market, 0).await?;
    let beside_slow = once(args, server, &mut market, args.slow).await?;
    Ok(Measured {
        clients: args.clients,
        symbols: args.symbols,
        universe: args.universe,
        topics: args.topics.clone(),
        trades_per_second: args.rate,
        all_read,
        slow_clients: args.slow,
        beside_slow,
        peak_resident_bytes: memory::peak(),
    })
}

/// Opens the clients, publishes for the time that is measured, and puts together what they heard.
async fn once(args: &Args, server: SocketAddr, market: &mut Market, slow: u32) -> Result<Figures> {
    let (clock, quick) = (market.clock.clone(), args.clients as usize);
    let topics = topics(args);
    let (opened, is_open) = tokio::sync::oneshot::channel();
    let seconds = Duration::from_secs(args.seconds.into());
    let listening = tokio::task::spawn_blocking(move || -> Result<Vec<Heard>> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let crowd = Crowd::open(server, quick, slow as usize, topics).await?;
            let from = after(clock.now(), SETTLE);
            let end = after(from, seconds + SETTLE);
            let _ = opened.send(from);
            Ok(crowd.listen(&clock, from, end).await)
        })
    });
    if let Ok(from) = is_open.await {
        market.publish_until(args.rate, after(from, seconds)).await;
    }
    let heard = listening.await??;
    ensure!(heard.iter().any(|one| !one.delays.is_empty()), "no client heard anything");
    Ok(Figures::of(heard, args.seconds))
}

/// The topics of the client of a number: its symbols follow each other, from another one on than
/// those of the client before.
fn topics(args: &Args) -> impl Fn(usize) -> String + use<> {
    let (each, all, wanted) = (args.symbols as usize, args.universe as usize, args.topics.clone());
    move |client| {
        let symbols = (0..each.min(all)).map(|n| (client * each + n) % all);
        let topics = symbols.flat_map(|symbol| {
            wanted.iter().map(move |topic| match topic.as_str() {
                "candles" => format!("candles:bench:S{symbol}:1m"),
                other => format!("{other}:bench:S{symbol}"),
            })
        });
        topics.collect::<Vec<_>>().join(",")
    }
}

fn after(time: Time, duration: Duration) -> Time {
    time.plus_micros(i64::try_from(duration.as_micros()).unwrap_or(i64::MAX))
}

/// What publishes.
struct Market {
    live: Live,
    clock: Clock,
    symbols: Vec<(SymbolName, i32)>,
    published: usize,
}

impl Market {
    /// As many symbols as asked for.
    async fn make(args: &Args, db: &Db) -> Result<Self> {
        let names: Vec<SymbolName> = (0..args.universe)
            .map(|number| SymbolName::new("bench", &format!("S{number}")))
            .collect::<Result<_, _>>()?;
        let names = &names;
        let made = db.run("bench.symbols", |tx| async move {
            let mut made = Vec::with_capacity(names.len());
            for name in names {
                made.push((name.clone(), symbols::ensure(&tx, name, None).await?.id));
            }
            Ok::<_, store::StoreError>(made)
        });
        let (live, clock) = (Live::default(), Clock::system());
        Ok(Self { live, clock, symbols: made.await?, published: 0 })
    }

    async fn publish_until(&mut self, rate: u32, end: Time) {
        let start = self.clock.now();
        let mut done = 0;
        let mut beat = tokio::time::interval(BEAT);
        loop {
            beat.tick().await;
            let now = self.clock.now();
            let due = (now.micros() - start.micros()) * i64::from(rate) / 1_000_000;
            self.publish(usize::try_from(due - done).unwrap_or(0));
            done = due;
            if now >= end {
                return;
            }
        }
    }

    /// Publishes so many trades, one a symbol in turn, each as a commit of its own.
    fn publish(&mut self, count: usize) {
        for _ in 0..count {
            let (symbol, id) = &self.symbols[self.published % self.symbols.len()];
            self.published += 1;
            let now = self.clock.now();
            let tick = Tick {
                time: now,
                seq: 0,
                trade_id: (1 + self.published / self.symbols.len()) as i64,
                price: Decimal::new(6_179_415 + (self.published % 1_000) as i64, 2),
                quantity: Decimal::new(123, 5),
                buyer_is_maker: Some(self.published.is_multiple_of(2)),
                trade_count: 1,
                received_at: Some(now),
                venue_trade_id: None,
            };
            let rolls = roll_ticks(std::iter::once(&tick));
            let (symbol, id, kind) = (symbol.clone(), *id, TickKind::Trade);
            let ticks = vec![tick];
            self.live.publish(Committed { symbol, id, kind, replay: false, ticks, rolls });
        }
    }
}

impl Figures {
    fn of(heard: Vec<Heard>, seconds: u32) -> Self {
        let sum = |of: fn(&Heard) -> u64| heard.iter().map(of).sum::<u64>();
        let (messages, trades) = (sum(|h| h.messages), sum(|h| h.ticks));
        let missed = sum(|h| h.missed);
        let (lost, ended) =
            (heard.iter().map(|h| h.lost).sum(), heard.iter().filter(|h| h.ended).count());
        let mut delays: Vec<u32> = heard.into_iter().flat_map(|h| h.delays).collect();
        delays.sort_unstable();
        let within = |share: f64| {
            let place = (delays.len().saturating_sub(1) as f64 * share).ceil() as usize;
            rounded(delays.get(place).map_or(0.0, |delay| f64::from(*delay) / 1e3))
        };
        Self {
            messages,
            messages_per_second: (messages as f64 / f64::from(seconds)).round(),
            trades,
            missed,
            lost,
            ended,
            p50_ms: within(0.5),
            p99_ms: within(0.99),
            max_ms: within(1.0),
        }
    }

    fn words(&self) -> String {
        format!(
            "{} messages/s, p50 {:.2} ms, p99 {:.2} ms, slowest {:.2} ms; {} trades missed and told, {} lost, {} ended",
            grouped(self.messages_per_second as u64),
            self.p50_ms,
            self.p99_ms,
            self.max_ms,
            grouped(self.missed),
            self.lost,
            self.ended,
        )
    }
}

fn words(measured: &Measured) -> String {
    format!(
        "{} clients of {} symbols each ({}), {} trades/s over {} symbols\n  all read            {}\n  \
         beside {} that don't  {}",
        grouped(measured.clients.into()),
        measured.symbols,
        measured.topics.join(", "),
        grouped(measured.trades_per_second.into()),
        measured.universe,
        measured.all_read.words(),
        measured.slow_clients,
        measured.beside_slow.words(),
    )
}
