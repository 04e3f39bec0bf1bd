//! Live market data, taken in exactly once.
//!
//! A venue's stream goes through a bounded channel to lanes, each with a share of the symbols; a
//! lane orders and commits (`lane`, `shard`, `commit`). What the stream lost is known by its ids
//! and is a gap from the same commit on; the repair (`super::repair`) fetches it. The venue's own
//! candles are compared with ours (`verify`).

mod commit;
mod lane;
mod shard;
mod verify;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::market::venue::{TradesFrom, VenueEvent, VenueSource};
use futures_util::stream::{self, StreamExt};
use store::market::feeds;
use store::market::symbols::Symbol;
use store::{Db, StoreError};
use tokio::sync::{Notify, mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::market::live::Live;
use lane::{Input, Lane, Shared};
use shard::Shard;
use verify::Verifier;

/// Shares of a venue's symbols; while one waits for the disk another rolls candles.
const LANES: usize = 2;
/// Events that wait between the venue's connections and the lanes.
const QUEUE: usize = 8_192;
/// Symbols whose newest trades are asked for at a time, and how long all of them may take.
const ASKED_AT_ONCE: usize = 8;
const NEWEST_LIMIT: Duration = Duration::from_secs(10);
const RETRY: Duration = Duration::from_secs(1);

/// How live data are taken in.
#[derive(Debug, Clone, Copy)]
pub struct IngestOptions {
    /// Between two commits, at least.
    pub flush: Duration,
    /// How long a trade that is out of turn waits for those before it, until they are a gap.
    pub patience: Duration,
    /// Trades held in memory by a lane; beyond them the venue's stream waits.
    pub max_buffered: usize,
    /// After so long without a trade the venue is asked whether there was one.
    pub quiet: Duration,
}

impl Default for IngestOptions {
    fn default() -> Self {
        Self {
            flush: Duration::from_millis(200),
            patience: Duration::from_millis(500),
            max_buffered: 50_000,
            quiet: Duration::from_secs(60),
        }
    }
}

/// What a feed works with.
#[derive(Clone)]
pub struct Feed {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Who is told of commits.
    pub live: Live,
    /// The venue.
    pub source: Arc<dyn VenueSource>,
    /// How.
    pub options: IngestOptions,
}

impl Feed {
    /// Takes in the symbols of `wanted`, all of this venue, until `stop`; then what has arrived is
    /// committed and it ends. `found` is woken whenever something turns out to be missing.
    pub async fn run(
        self,
        mut wanted: watch::Receiver<Vec<Arc<Symbol>>>,
        found: Arc<Notify>,
        stop: CancellationToken,
    ) {
        let venue = self.source.venue().clone();
        let (events, mut arriving) = mpsc::channel(QUEUE);
        let (streamed, codes) = watch::channel(BTreeSet::new());
        let mut tasks = JoinSet::new();
        let (source, ending) = (Arc::clone(&self.source), stop.clone());
        tasks.spawn(async move { source.stream(codes, events, ending).await });
        let mut router = Router::start(self, &mut tasks, found, &stop);
        let first = wanted.borrow_and_update().clone();
        router.follow(&first, &streamed, &stop).await;
        loop {
            tokio::select! {
                event = arriving.recv() => match event {
                    Some(event) => router.route(event).await,
                    None => break,
                },
                changed = wanted.changed(), if !stop.is_cancelled() => {
                    // Whoever decides what is wanted is gone only at the end.
                    if changed.is_err() {
                        stop.cancelled().await;
                    }
                    let now = wanted.borrow_and_update().clone();
                    router.follow(&now, &streamed, &stop).await;
                }
            }
        }
        tracing::info!(venue = %venue.code, "the feed ends");
        drop(router);
        while tasks.join_next().await.is_some() {}
    }
}

/// Hands each event to the lane of its symbol.
struct Router {
    shared: Arc<Shared>,
    lanes: Vec<mpsc::Sender<Input>>,
    verifier: mpsc::Sender<verify::Closed>,
    symbols: HashMap<Arc<str>, Arc<Symbol>>,
}

impl Router {
    fn start(
        feed: Feed,
        tasks: &mut JoinSet<()>,
        found: Arc<Notify>,
        stop: &CancellationToken,
    ) -> Self {
        let Feed { db, clock, live, source, options } = feed;
        let stop = stop.clone();
        let shared = Arc::new(Shared { db, clock, live, source, options, found, stop });
        let mut lanes = Vec::new();
        for _ in 0..LANES {
            let (sender, input) = mpsc::channel(QUEUE);
            tasks.spawn(Lane::new(Arc::clone(&shared), input, sender.downgrade()).run());
            lanes.push(sender);
        }
        let (verifier, closed) = mpsc::channel(QUEUE);
        tasks.spawn(Verifier::new(Arc::clone(&shared)).run(closed));
        Self { shared, lanes, verifier, symbols: HashMap::new() }
    }

    fn lane(&self, code: &str) -> &mpsc::Sender<Input> {
        let sum = code.bytes().fold(0usize, |sum, byte| sum.wrapping_mul(31) + usize::from(byte));
        &self.lanes[sum % self.lanes.len()]
    }

    /// A lane ends only with the feed, so nothing is lost where it no longer listens.
    async fn tell(&self, code: &str, input: Input) {
        drop(self.lane(code).send(input).await);
    }

    /// Begins with new symbols and ends with those no longer wanted.
    async fn follow(
        &mut self,
        wanted: &[Arc<Symbol>],
        streamed: &watch::Sender<BTreeSet<String>>,
        stop: &CancellationToken,
    ) {
        let codes: BTreeSet<String> = wanted.iter().map(|s| s.name.code().to_owned()).collect();
        let gone: Vec<Arc<str>> =
            self.symbols.keys().filter(|code| !codes.contains(code.as_ref())).cloned().collect();
        for code in gone {
            self.symbols.remove(&code);
            self.tell(&code, Input::Remove(Arc::clone(&code))).await;
        }
        while !stop.is_cancelled() {
            match self.begin(wanted).await {
                Ok(()) => break,
                Err(error) => {
                    tracing::warn!(%error, "a feed can't begin; it is tried again");
                    tokio::time::sleep(RETRY).await;
                }
            }
        }
        streamed.send_replace(codes);
    }

    async fn begin(&mut self, wanted: &[Arc<Symbol>]) -> Result<(), StoreError> {
        let venue = self.shared.source.venue();
        let is_new = |symbol: &&Arc<Symbol>| !self.symbols.contains_key(symbol.name.code());
        let new: Vec<Arc<Symbol>> = wanted.iter().filter(is_new).cloned().collect();
        let ids: Vec<i32> = new.iter().map(|symbol| symbol.id).collect();
        let positions = feeds::positions(&self.shared.db, &ids).await?;
        let mut first = Vec::new();
        for symbol in new {
            let position = positions.get(&(symbol.id, venue.kind)).copied();
            let shard = Shard::new(
                Arc::clone(&symbol),
                venue.kind,
                venue.ids_without_gaps,
                position,
                Instant::now(),
            );
            let code: Arc<str> = symbol.name.code().into();
            self.tell(&code, Input::Add(Box::new(shard))).await;
            self.symbols.insert(Arc::clone(&code), symbol);
            if position.is_none() {
                first.push(code);
            }
        }
        self.tell_newest(&first).await;
        Ok(())
    }

    /// A feed that never ran begins with the venue's newest trades, so that it knows from its first
    /// moment on which id comes next.
    async fn tell_newest(&self, codes: &[Arc<str>]) {
        let source = &self.shared.source;
        let ask = |code: Arc<str>| async move {
            let newest = source.trades(&code, TradesFrom::Newest).await;
            (code, newest.unwrap_or_default())
        };
        let answers = stream::iter(codes.iter().cloned()).map(ask).buffer_unordered(ASKED_AT_ONCE);
        let mut answers = std::pin::pin!(answers);
        let all = async {
            while let Some((code, ticks)) = answers.next().await {
                for tick in ticks {
                    self.tell(&code, Input::Tick(Arc::clone(&code), tick)).await;
                }
            }
        };
        // Of those not told in time the first trade of the stream is the beginning: hundreds of
        // symbols are more than a venue's budget answers at once, and no stream is to wait for it.
        if tokio::time::timeout(NEWEST_LIMIT, all).await.is_err() {
            tracing::info!("some feeds begin with the first trade that the stream brings");
        }
    }

    async fn route(&self, event: VenueEvent) {
        match event {
            VenueEvent::Tick { code, tick } => {
                self.tell(&code, Input::Tick(Arc::clone(&code), tick)).await;
            }
            VenueEvent::Book { code, book } => {
                if let Some(symbol) = self.symbols.get(&code) {
                    self.shared.live.set_book(&symbol.name, book);
                }
            }
            VenueEvent::Candle { code, interval, candle } => {
                if let Some(symbol) = self.symbols.get(&code) {
                    let closed = verify::Closed::new(Arc::clone(symbol), interval, candle);
                    drop(self.verifier.send(closed).await);
                }
            }
            VenueEvent::Connected { codes } => {
                tracing::info!(symbols = codes.len(), "the venue's stream is connected");
            }
            VenueEvent::Disconnected { codes, reason } => {
                // What is no longer wanted was taken out by `follow` before the stream was told.
                match codes.iter().filter(|code| self.symbols.contains_key(*code)).count() {
                    0 => tracing::debug!(symbols = codes.len(), %reason, "a stream has ended"),
                    symbols => tracing::warn!(symbols, %reason, "the venue's stream is lost"),
                }
                for code in codes {
                    self.tell(&code, Input::Disconnected(Arc::clone(&code))).await;
                }
            }
        }
    }
}
