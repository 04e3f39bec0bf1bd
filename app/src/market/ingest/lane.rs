//! Some of a feed's symbols: trades in, commits out. While one commit is on its way to the disk the
//! next trades are taken in and rolled, up to a bound; beyond it nothing more is taken from the
//! venue until the database has caught up, so nothing is ever dropped here.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::market::venue::{TradesFrom, VenueSource};
use domain::market::Tick;
use store::market::candles::Written;
use store::{Db, StoreError};
use tokio::sync::{Notify, mpsc};
use tokio_util::sync::CancellationToken;

use super::IngestOptions;
use super::commit::{Commit, KnownDays};
use super::shard::{Shard, Taken};
use crate::Clock;
use crate::market::live::Live;

/// Between two attempts to commit, at most.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// Inputs taken in one go, between two looks at the clock.
const AT_ONCE: usize = 1_024;

/// What a lane is told.
pub(super) enum Input {
    /// A symbol is to be taken in from now on.
    Add(Box<Shard>),
    /// A symbol is no longer taken in.
    Remove(Arc<str>),
    /// A trade.
    Tick(Arc<str>, Tick),
    /// Nothing arrives of a symbol until further notice.
    Disconnected(Arc<str>),
}

/// What every lane of a feed shares.
pub(super) struct Shared {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) live: Live,
    pub(super) source: Arc<dyn VenueSource>,
    pub(super) options: IngestOptions,
    /// Wakes the repair when a gap was found.
    pub(super) found: Arc<Notify>,
    pub(super) stop: CancellationToken,
}

type Running = Pin<Box<dyn Future<Output = KnownDays> + Send>>;

pub(super) struct Lane {
    shared: Arc<Shared>,
    input: mpsc::Receiver<Input>,
    /// To itself, for trades that were asked of the venue.
    own: mpsc::WeakSender<Input>,
    shards: HashMap<Arc<str>, Shard>,
    buffered: usize,
    committed_at: Instant,
    checked_at: Instant,
}

impl Lane {
    pub(super) fn new(
        shared: Arc<Shared>,
        input: mpsc::Receiver<Input>,
        own: mpsc::WeakSender<Input>,
    ) -> Self {
        let now = Instant::now();
        let shards = HashMap::new();
        Self { shared, input, own, shards, buffered: 0, committed_at: now, checked_at: now }
    }

    /// Works until the input is closed and everything taken in is committed.
    pub(super) async fn run(mut self) {
        let mut running: Option<Running> = None;
        let mut days = Some(KnownDays::default());
        let (mut open, mut arrived) = (true, Vec::with_capacity(AT_ONCE));
        loop {
            let full = self.buffered >= self.shared.options.max_buffered;
            if running.is_none() {
                let due = !open || full || self.committed_at.elapsed() >= self.shared.options.flush;
                if due && let Some(commit) = self.gather(open) {
                    let known = days.take().unwrap_or_default();
                    running = Some(Box::pin(persist(Arc::clone(&self.shared), commit, known)));
                } else if !open {
                    return;
                }
            }
            let pause = self.next_pause(running.is_some());
            tokio::select! {
                count = self.input.recv_many(&mut arrived, AT_ONCE), if open && !full => {
                    open = count > 0;
                    arrived.drain(..).for_each(|input| self.take(input));
                }
                known = wait(&mut running) => {
                    (running, days) = (None, Some(known));
                    self.committed_at = Instant::now();
                }
                () = tokio::time::sleep(pause), if open => {}
            }
            self.settle();
            self.look_for_silent();
        }
    }

    fn take(&mut self, input: Input) {
        match input {
            Input::Add(shard) => {
                self.shards.insert(shard.code().into(), *shard);
            }
            Input::Remove(code) => {
                // What it holds is committed first; a shard that comes again begins at its position.
                if let Some(shard) = self.shards.get_mut(&code) {
                    shard.retire();
                }
            }
            Input::Disconnected(code) => {
                if let Some(shard) = self.shards.get_mut(&code) {
                    shard.disconnected();
                }
            }
            Input::Tick(code, tick) => self.tick(&code, tick),
        }
    }

    fn tick(&mut self, code: &Arc<str>, tick: Tick) {
        let Some(shard) = self.shards.get_mut(code) else { return };
        if let Err(error) = tick.check() {
            // Its id stays missing, so it is found as a gap.
            tracing::error!(symbol = %shard.code(), id = tick.trade_id, %error, "a trade can't be kept");
            return;
        }
        let known = shard.take(tick, Instant::now()) == Taken::Known;
        if known {
            metrics::counter!("chandlery_ingest_duplicates_total").increment(1);
        } else {
            self.buffered += 1;
        }
    }

    fn settle(&mut self) {
        let (now, patience) = (Instant::now(), self.shared.options.patience);
        for shard in self.shards.values_mut() {
            shard.settle(now, patience);
        }
    }

    /// Everything that is ready. At the end also what still waits, with the holes before it.
    fn gather(&mut self, open: bool) -> Option<Commit> {
        if !open {
            let now = Instant::now();
            self.shards.values_mut().for_each(|shard| shard.settle(now, Duration::ZERO));
        }
        let works: Vec<_> = self.shards.values_mut().filter_map(Shard::work).collect();
        self.shards.retain(|_, shard| !shard.is_done());
        self.buffered = self.shards.values().map(Shard::buffered).sum();
        (!works.is_empty()).then(|| Commit::new(works))
    }

    fn next_pause(&self, running: bool) -> Duration {
        let options = &self.shared.options;
        let flush = options.flush.saturating_sub(self.committed_at.elapsed());
        let flush = if running || self.buffered == 0 { options.flush } else { flush };
        let patience = self.shards.values().filter_map(|shard| shard.deadline(options.patience));
        let patience = patience.min().map(|at| at.saturating_duration_since(Instant::now()));
        flush.min(patience.unwrap_or(flush)).max(Duration::from_millis(1))
    }

    /// Asks the venue for later trades of symbols of which none came for long: it may be that
    /// nothing was traded, or that the last ones before the silence were lost.
    fn look_for_silent(&mut self) {
        let quiet = self.shared.options.quiet;
        if self.checked_at.elapsed() < quiet / 8 {
            return;
        }
        self.checked_at = Instant::now();
        for (code, shard) in &mut self.shards {
            let Some(position) = shard.position().filter(|_| shard.heard.elapsed() >= quiet) else {
                continue;
            };
            shard.heard = Instant::now();
            let (shared, own) = (Arc::clone(&self.shared), self.own.clone());
            tokio::spawn(ask(shared, own, Arc::clone(code), position.id + 1));
        }
    }
}

/// Asks the venue for trades from an id on, until it has no more, and hands them in as if they had
/// been streamed.
async fn ask(shared: Arc<Shared>, own: mpsc::WeakSender<Input>, code: Arc<str>, mut id: i64) {
    loop {
        let answer = tokio::select! {
            () = shared.stop.cancelled() => return,
            answer = shared.source.trades(&code, TradesFrom::Id(id)) => answer,
        };
        let ticks = match answer {
            Ok(ticks) => ticks,
            Err(error) => {
                tracing::debug!(%code, %error, "a silent symbol can't be asked about");
                return;
            }
        };
        let Some(last) = ticks.last().map(|tick| tick.trade_id).filter(|last| *last >= id) else {
            return;
        };
        for tick in ticks {
            let Some(own) = own.upgrade() else { return };
            if own.send(Input::Tick(Arc::clone(&code), tick)).await.is_err() {
                return;
            }
        }
        id = last + 1;
    }
}

async fn wait(running: &mut Option<Running>) -> KnownDays {
    match running {
        Some(running) => running.await,
        None => std::future::pending().await,
    }
}

/// Commits, however often the database fails; what it refuses for good becomes a gap.
async fn persist(shared: Arc<Shared>, commit: Commit, mut days: KnownDays) -> KnownDays {
    let mut queue = vec![commit];
    let mut attempt = 0u32;
    while let Some(commit) = queue.pop() {
        let started = Instant::now();
        match commit.write(&shared.db, &shared.clock, &mut days).await {
            Ok(written) => {
                attempt = 0;
                done(&shared, commit, written, started);
            }
            Err(error) if is_refusal(&error) => {
                tracing::error!(%error, "trades can't be stored and are noted as a gap");
                // Alone it is known which symbol it is; the others are none the worse.
                let each = commit.split();
                let one = each.len() == 1;
                queue.extend(each.into_iter().map(|c| if one { c.refused() } else { c }));
            }
            Err(error) => {
                attempt += 1;
                days = KnownDays::default();
                metrics::counter!("chandlery_ingest_commit_failures_total").increment(1);
                tracing::error!(%error, attempt, "trades can't be stored; they wait and it is tried again");
                queue.push(commit);
                tokio::time::sleep((Duration::from_millis(100) * attempt).min(LONGEST_PAUSE)).await;
                // Asked to end, with a database that doesn't come back: what waits is asked of the
                // venue after the next start.
                if shared.stop.is_cancelled() && attempt > 20 {
                    return days;
                }
            }
        }
    }
    days
}

fn done(shared: &Shared, commit: Commit, written: Vec<Written>, started: Instant) {
    metrics::counter!("chandlery_ingest_ticks_total").increment(commit.ticks() as u64);
    metrics::histogram!("chandlery_ingest_commit_seconds").record(started.elapsed().as_secs_f64());
    if commit.has_gaps() {
        shared.found.notify_one();
    }
    commit.publish(written, &shared.live);
}

/// Whether the database will never take these rows: the data are at fault, not its state.
fn is_refusal(error: &StoreError) -> bool {
    // Class 22: a value it can't hold; class 23: a rule of the schema. 23514 may also be a missing
    // partition, which the next attempt makes.
    let code = error.code().map(|code| code.code().to_owned());
    code.is_some_and(|code| code.starts_with("22") || (code.starts_with("23") && code != "23514"))
}
