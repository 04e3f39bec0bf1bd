//! All live feeds of this program: a feed, a repair and a look for holes for each venue, for the
//! symbols that the settings and the database name, which may change at any time.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapters::market::venue::VenueSource;
use domain::market::SymbolName;
use store::market::symbols::{self, Symbol};
use store::market::{gaps, listings, wanted};
use store::{Db, StoreError};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::market::coverage;
use crate::market::ingest::{Feed, IngestOptions};
use crate::market::live::Live;
use crate::market::repair::{Repair, RepairOptions};
use crate::market::segments::{SegmentError, Segments};
use crate::market::symbols as listed;
use crate::market::venues::Venues;

/// Between two looks at which symbols are wanted and at the state of the gaps.
const BEAT: Duration = Duration::from_secs(2);
/// The part of a series that is looked at for holes in every round; the whole of it only sometimes.
const RECENT_MICROS: i64 = 2 * 86_400_000_000;
const WHOLE_EVERY: Duration = Duration::from_secs(86_400);
/// A gap that is open for so long is an alarm.
const ALARM_MICROS: i64 = 600_000_000;
/// Between two looks at what a venue lists.
const LISTED_EVERY: Duration = Duration::from_secs(3_600);
const TELL_EVERY: Duration = Duration::from_secs(60);

/// Which feeds, and how.
#[derive(Debug, Clone)]
pub struct FeedsOptions {
    /// The symbols of the settings.
    pub symbols: BTreeSet<SymbolName>,
    /// How trades are taken in.
    pub ingest: IngestOptions,
    /// How missing ones are fetched.
    pub repair: RepairOptions,
    /// Between two looks for holes.
    pub scan_every: Duration,
}

/// Everything that feeds need.
#[derive(Clone)]
pub struct Feeds {
    /// The database.
    pub db: Db,
    /// The clock.
    pub clock: Clock,
    /// What is sealed outside the database.
    pub segments: Segments,
    /// Who is told of commits.
    pub live: Live,
    /// The venues.
    pub venues: Venues,
    /// Which and how.
    pub options: FeedsOptions,
}

/// The symbols of each venue's feed, which follows them as it runs.
type Running = BTreeMap<String, watch::Sender<Vec<Arc<Symbol>>>>;

impl Feeds {
    /// Runs until `stop`, and ends when everything that arrived is committed.
    pub async fn run(self, stop: CancellationToken) {
        let mut tasks = JoinSet::new();
        let mut running = Running::new();
        let (mut before, mut told) = (None, None);
        while !stop.is_cancelled() {
            match self.wanted().await {
                Ok(now) if before.as_ref() != Some(&now) => {
                    match self.follow(&now, &mut running, &mut tasks, &stop).await {
                        Ok(()) => before = Some(now),
                        Err(error) => tracing::warn!(%error, "feeds can't be changed yet"),
                    }
                }
                Ok(_) => {}
                Err(error) => tracing::warn!(%error, "which symbols are wanted can't be read"),
            }
            self.watch_gaps(&mut told).await;
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(BEAT) => {}
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn wanted(&self) -> Result<BTreeSet<SymbolName>, StoreError> {
        let mut all = self.options.symbols.clone();
        all.extend(wanted::list(&self.db).await?.into_iter().map(|(name, _)| name));
        Ok(all)
    }

    async fn follow(
        &self,
        wanted: &BTreeSet<SymbolName>,
        running: &mut Running,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> Result<(), StoreError> {
        let mut by_venue: BTreeMap<&str, Vec<&SymbolName>> = BTreeMap::new();
        for name in wanted {
            by_venue.entry(name.venue()).or_default().push(name);
        }
        for (venue, names) in &by_venue {
            let Some(source) = self.venues.get(venue) else {
                let symbols = names.len();
                tracing::error!(venue, symbols, "there is no connection to this venue");
                continue;
            };
            let mut symbols = Vec::with_capacity(names.len());
            for name in names {
                let ensure = |tx| async move { symbols::ensure(&tx, name, None).await };
                symbols.push(Arc::new(self.db.run("market.feed_symbol", ensure).await?));
            }
            if !running.contains_key(*venue) {
                running.insert((*venue).to_owned(), self.start(source, tasks, stop));
            }
            if let Some(feed) = running.get(*venue) {
                feed.send_replace(symbols);
            }
        }
        for (venue, feed) in running.iter() {
            if !by_venue.contains_key(venue.as_str()) {
                feed.send_replace(Vec::new());
            }
        }
        Ok(())
    }

    /// Starts what a venue needs.
    fn start(
        &self,
        source: &Arc<dyn VenueSource>,
        tasks: &mut JoinSet<()>,
        stop: &CancellationToken,
    ) -> watch::Sender<Vec<Arc<Symbol>>> {
        let (symbols, known) = watch::channel(Vec::new());
        let found = Arc::new(Notify::new());
        let (db, clock, live) = (self.db.clone(), self.clock.clone(), self.live.clone());
        let (source, options) = (Arc::clone(source), self.options.ingest);
        let repair = Repair {
            db: db.clone(),
            clock: clock.clone(),
            live: live.clone(),
            source: Arc::clone(&source),
            options: self.options.repair,
        };
        let feed = Feed { db, clock, live, source, options };
        tasks.spawn(feed.run(known.clone(), Arc::clone(&found), stop.clone()));
        let (db, clock) = (self.db.clone(), self.clock.clone());
        let (source, ending) = (Arc::clone(&repair.source), stop.clone());
        tasks.spawn(async move {
            listed::run(&db, &clock, source.as_ref(), LISTED_EVERY, &ending).await;
        });
        let (scanner, scanned) = (self.clone(), known.clone());
        let (woken, ending) = (Arc::clone(&found), stop.clone());
        tasks.spawn(async move { scanner.scan(scanned, &woken, &ending).await });
        let ending = stop.clone();
        tasks.spawn(async move { repair.run(known, &found, &ending).await });
        symbols
    }

    /// Looks for holes: in whole series at the beginning and daily, in the last days in between.
    async fn scan(
        &self,
        mut symbols: watch::Receiver<Vec<Arc<Symbol>>>,
        found: &Notify,
        stop: &CancellationToken,
    ) {
        let mut whole: BTreeMap<i32, Instant> = BTreeMap::new();
        let mut unlisted = BTreeSet::new();
        loop {
            let now = symbols.borrow_and_update().clone();
            self.look_up(&now, &mut unlisted).await;
            for symbol in now {
                if stop.is_cancelled() {
                    return;
                }
                let fresh = whole.get(&symbol.id).is_some_and(|at| at.elapsed() < WHOLE_EVERY);
                let recent = self.clock.now().plus_micros(-RECENT_MICROS);
                match self.look(&symbol, fresh.then_some(recent)).await {
                    Ok(holes) => {
                        if !fresh {
                            whole.insert(symbol.id, Instant::now());
                        }
                        if holes > 0 {
                            tracing::warn!(symbol = %symbol.name, holes, "candles are missing");
                            found.notify_one();
                        }
                    }
                    Err(error) => {
                        tracing::warn!(symbol = %symbol.name, %error, "holes can't be looked for");
                    }
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                _ = symbols.changed() => {}
                () = tokio::time::sleep(self.options.scan_every) => {}
            }
        }
    }

    /// Warns of symbols that their venue doesn't list, of each once: nothing will come of them.
    async fn look_up(&self, symbols: &[Arc<Symbol>], told: &mut BTreeSet<SymbolName>) {
        let names: Vec<SymbolName> = symbols.iter().map(|symbol| symbol.name.clone()).collect();
        // Where the database can't be asked, the next round asks.
        let Ok(unlisted) = listings::unlisted(&self.db, &names).await else { return };
        for symbol in unlisted.iter().filter(|name| !told.contains(*name)) {
            tracing::warn!(%symbol, "the venue doesn't list this symbol; check how it is written");
        }
        *told = unlisted.into_iter().collect();
    }

    async fn look(
        &self,
        symbol: &Symbol,
        since: Option<domain::Time>,
    ) -> Result<usize, SegmentError> {
        let Some(interval) = coverage::finest(&self.db, symbol.id).await? else { return Ok(0) };
        let (db, segments) = (&self.db, &self.segments);
        let holes = coverage::find_gaps(db, segments, &self.clock, symbol, interval, since).await?;
        let Some(source) = self.venues.get(symbol.name.venue()) else { return Ok(holes) };
        let intervals = &source.venue().intervals;
        let seams = coverage::find_seams(db, &self.clock, symbol, intervals, since).await?;
        Ok(holes + seams)
    }

    /// Tells how many gaps are open; an old one is an alarm.
    async fn watch_gaps(&self, told: &mut Option<Instant>) {
        let Ok((open, oldest)) = gaps::open_count(&self.db).await else { return };
        let age = oldest.map_or(0, |at| self.clock.now().micros() - at.micros());
        metrics::gauge!("chandlery_gaps_open").set(open as f64);
        metrics::gauge!("chandlery_gaps_oldest_seconds").set(age as f64 / 1e6);
        let alarm = age > ALARM_MICROS;
        metrics::gauge!("chandlery_alarm", "name" => "gap").set(if alarm { 1.0 } else { 0.0 });
        if alarm && told.is_none_or(|at| at.elapsed() >= TELL_EVERY) {
            *told = Some(Instant::now());
            let seconds = age / 1_000_000;
            tracing::error!(open, seconds, "data have been missing for long; `chandlery coverage`");
        }
    }
}
