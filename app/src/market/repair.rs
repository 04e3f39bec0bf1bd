//! What is missing is fetched, oldest find first: trades by their ids, candles by their times. One
//! request at a time, so that the live feed keeps most of the venue's request budget.

mod page;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::market::venue::{TradesFrom, VenueError, VenueSource};
use domain::Time;
use domain::market::{CoverageStatus, Interval, TickKind, TimeRange};
use store::market::gaps::{self, Gap, NewGap};
use store::market::partitions::{self, Table};
use store::market::symbols::Symbol;
use store::market::{candles, coverage};
use store::{Db, StoreError};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::market::fill::{FillError, FillRequest, fill};
use crate::market::live::{Committed, Live};
use page::Page;

/// Where trades come from that were missing.
pub const TRADES: &str = "venue trades";
/// Between two looks for gaps, where nothing wakes the repair earlier.
const BEAT: Duration = Duration::from_secs(2);
const FIRST_PAUSE_MICROS: i64 = 1_000_000;
const LONGEST_PAUSE_MICROS: i64 = 300_000_000;
/// Between two lines of the log that tell how many gaps were closed.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// How missing data are fetched.
#[derive(Debug, Clone, Copy)]
pub struct RepairOptions {
    /// A gap of more trades than this is filled with the venue's candles instead.
    pub max_trades: i64,
}

impl Default for RepairOptions {
    fn default() -> Self {
        Self { max_trades: 1_000_000 }
    }
}

/// What the repair works with.
#[derive(Clone)]
pub struct Repair {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// Who is told of corrected candles.
    pub live: Live,
    /// The venue.
    pub source: Arc<dyn VenueSource>,
    /// How.
    pub options: RepairOptions,
}

/// Why a gap could not be closed this time.
#[derive(Debug, thiserror::Error)]
enum RepairError {
    #[error(transparent)]
    Venue(#[from] VenueError),
    #[error(transparent)]
    Fill(#[from] FillError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{0}")]
    Odd(String),
}

impl Repair {
    /// Repairs the symbols that `symbols` tells until `stop`.
    pub async fn run(
        &self,
        symbols: tokio::sync::watch::Receiver<Vec<Arc<Symbol>>>,
        found: &Notify,
        stop: &CancellationToken,
    ) {
        let (mut repaired, mut told) = (0u64, None::<Instant>);
        while !stop.is_cancelled() {
            if repaired > 0 && told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
                let venue = &self.source.venue().code;
                tracing::info!(%venue, gaps = repaired, "gaps were repaired");
                (repaired, told) = (0, Some(Instant::now()));
            }
            let now: BTreeMap<i32, Arc<Symbol>> =
                symbols.borrow().iter().map(|symbol| (symbol.id, Arc::clone(symbol))).collect();
            let done = self.work(&now, stop).await.unwrap_or_else(|error| {
                tracing::warn!(%error, "gaps can't be looked for at the moment");
                None
            });
            if let Some(closed) = done {
                repaired += u64::from(closed);
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = found.notified() => {}
                () = tokio::time::sleep(BEAT) => {}
            }
        }
    }

    /// Works on one gap that is due; false where there is none.
    ///
    /// # Errors
    /// The database's, where it can't even be asked.
    pub async fn step(
        &self,
        symbols: &BTreeMap<i32, Arc<Symbol>>,
        stop: &CancellationToken,
    ) -> Result<bool, StoreError> {
        Ok(self.work(symbols, stop).await?.is_some())
    }

    /// The same; says whether the gap is closed.
    async fn work(
        &self,
        symbols: &BTreeMap<i32, Arc<Symbol>>,
        stop: &CancellationToken,
    ) -> Result<Option<bool>, StoreError> {
        let ids: Vec<i32> = symbols.keys().copied().collect();
        let Some(gap) = gaps::next(&self.db, &ids, self.clock.now()).await? else {
            return Ok(None);
        };
        let Some(symbol) = symbols.get(&gap.symbol_id) else { return Ok(None) };
        let outcome = match (gap.ids, gap.series.parse::<Interval>()) {
            (Some(missing), _) => self.trades(symbol, &gap, missing, stop).await,
            (None, Ok(interval)) => self.candles(symbol, &gap, interval, stop).await,
            (None, Err(_)) => Err(RepairError::Odd(format!("a gap of {} without ids", gap.series))),
        };
        let name = if outcome.is_ok() { "ok" } else { "error" };
        metrics::counter!("chandlery_repair_steps_total", "outcome" => name).increment(1);
        let closed = *outcome.as_ref().unwrap_or(&false);
        if let Err(error) = outcome
            && !stop.is_cancelled()
        {
            let pause = FIRST_PAUSE_MICROS << gap.attempts.clamp(0, 9);
            let pause = pause.min(LONGEST_PAUSE_MICROS).max(asked_to_wait(&error));
            let next = self.clock.now().plus_micros(pause);
            tracing::warn!(symbol = %symbol.name, gap = gap.id, %error, "a gap can't be repaired yet");
            gaps::fail(&self.db, gap.id, next, &error.to_string()).await?;
        }
        Ok((!stop.is_cancelled()).then_some(closed))
    }

    /// A page of missing trades; true where it was the last. So are the answers of what follows.
    async fn trades(
        &self,
        symbol: &Arc<Symbol>,
        gap: &Gap,
        (first, last): (i64, i64),
        stop: &CancellationToken,
    ) -> Result<bool, RepairError> {
        if last - first >= self.options.max_trades {
            return self.candles_instead(symbol, gap, last - first + 1).await;
        }
        let venue = self.source.venue();
        let kind = venue.kind;
        if gap.series != kind.as_str() {
            let why = format!("the venue's source gives {kind}, and {} are missing", gap.series);
            return Err(RepairError::Odd(why));
        }
        let page = tokio::select! {
            () = stop.cancelled() => return Ok(false),
            page = self.source.trades(symbol.name.code(), TradesFrom::Id(first)) => page?,
        };
        let page =
            Page::read(&page, venue, symbol, gap, (first, last)).map_err(RepairError::Odd)?;
        self.commit(symbol, gap, kind, &page).await
    }

    /// Stores missing trades, and in the same transaction how much of the gap is left.
    async fn commit(
        &self,
        symbol: &Arc<Symbol>,
        gap: &Gap,
        kind: TickKind,
        page: &Page,
    ) -> Result<bool, RepairError> {
        let Page { ticks, lacking, rest } = page;
        let times = || ticks.iter().map(|tick| tick.time);
        partitions::ensure(&self.db, Table::Ticks, times()).await?;
        let weeks = times().map(|time| Interval::W1.open_time(time));
        partitions::ensure(&self.db, Table::Candles, times().chain(weeks)).await?;
        let now = self.clock.now();
        let covered = TimeRange::new(gap.range.from, rest.map_or(gap.range.to, |rest| rest.1));
        let (id, covered) = (gap.id, &covered.into_iter().collect());
        let repaired = |tx| async move {
            let written = candles::write_ticks(&tx, symbol, kind, ticks, None).await?;
            let rows = written.places.len() as i64;
            match rest {
                Some((next, time)) => gaps::advance(&tx, id, *next, *time, rows).await?,
                None => gaps::close(&tx, id, now, TRADES, rows).await?,
            }
            // Only now: within the gap as it was they would not be noted.
            gaps::open(&tx, lacking, now).await?;
            let (series, status) = (kind.as_str(), CoverageStatus::Repaired);
            coverage::mark(&tx, symbol.id, series, status, TRADES, covered).await?;
            Ok::<_, StoreError>(written)
        };
        let written = self.db.run("market.repair", repaired).await?;
        metrics::counter!("chandlery_repaired_ticks_total").increment(written.places.len() as u64);
        // The trades are late and no news, so they are not told; the candles that they changed are,
        // unless an earlier try changed them whose answer was lost.
        if written.places.len() < ticks.len() {
            self.live.missed(symbol.id);
        } else {
            self.live.forget(symbol.id);
        }
        self.live.publish(Committed {
            symbol: symbol.name.clone(),
            id: symbol.id,
            kind,
            replay: false,
            ticks: Vec::new(),
            rolls: written.rolls,
        });
        if rest.is_none() {
            let (symbol, reason, lacking) = (&symbol.name, &gap.reason, lacking.len());
            tracing::debug!(%symbol, gap = id, reason, lacking, "a gap is repaired");
        }
        Ok(rest.is_none())
    }

    /// A gap so long that its trades would take hours: its candles are fetched, and the missing
    /// trades stay known as missing.
    async fn candles_instead(
        &self,
        symbol: &Arc<Symbol>,
        gap: &Gap,
        trades: i64,
    ) -> Result<bool, RepairError> {
        let minute = Interval::M1;
        let from = minute.open_time(gap.range.from);
        let to = minute.close_time(minute.open_time(gap.range.to.plus_micros(-1)));
        let instead = [NewGap {
            symbol_id: symbol.id,
            series: minute.as_str(),
            ids: None,
            range: TimeRange { from, to },
            reason: "too many trades",
        }];
        let (now, instead) = (self.clock.now(), &instead);
        let open = |tx| async move { gaps::open(&tx, instead, now).await };
        self.db.run("market.repair_by_candles", open).await?;
        let most = self.options.max_trades;
        let why =
            format!("{trades} trades are missing, more than {most}: candles are taken instead");
        tracing::warn!(symbol = %symbol.name, gap = gap.id, "{why}");
        gaps::fail(&self.db, gap.id, Time::MAX, &why).await?;
        Ok(false)
    }

    async fn candles(
        &self,
        symbol: &Arc<Symbol>,
        gap: &Gap,
        interval: Interval,
        stop: &CancellationToken,
    ) -> Result<bool, RepairError> {
        let request = FillRequest { symbol, interval, range: gap.range, repair: true };
        let report = match fill(&self.db, &self.source, request, &|_| {}, stop).await {
            Err(FillError::Interrupted) => return Ok(false),
            report => report?,
        };
        if report.done_to < gap.range.to {
            let why = format!("the venue's clock stands at {} only", report.done_to);
            return Err(RepairError::Odd(why));
        }
        let (id, now, rows) = (gap.id, self.clock.now(), report.written as i64);
        let source = crate::market::fill::SOURCE;
        let close = |tx| async move { gaps::close(&tx, id, now, source, rows).await };
        self.db.run("market.close_gap", close).await?;
        tracing::debug!(symbol = %symbol.name, gap = id, candles = rows, "a gap is repaired");
        Ok(true)
    }
}

/// The pause that a venue demands, in microseconds.
fn asked_to_wait(error: &RepairError) -> i64 {
    match error {
        RepairError::Venue(VenueError::RateLimited(pause))
        | RepairError::Fill(FillError::Venue(VenueError::RateLimited(pause))) => {
            i64::try_from(pause.as_micros()).unwrap_or(LONGEST_PAUSE_MICROS)
        }
        _ => 0,
    }
}
