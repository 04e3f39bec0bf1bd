//! Stored ticks, fed in again as if they were live. A replay is a venue of its own, named after
//! the one it plays (`replay-binance`), so that nothing played is ever taken for the real thing.

use std::time::Duration;

use domain::Time;
use domain::market::{Candle, Interval, Order, SymbolName, Tick, TickKind};
use store::market::partitions::{self, Table};
use store::market::symbols::{self, Symbol};
use store::market::ticks::{self, TickQuery};
use store::market::{candles, holdings};
use store::{Db, Session, StoreError};
use tokio_util::sync::CancellationToken;

use crate::Clock;
use crate::market::live;
use crate::market::segments::{SegmentError, Segments};

/// How often due ticks are committed and announced.
const BEAT: Duration = Duration::from_millis(100);
/// Ticks read from the store at a time.
const PAGE: i64 = 5_000;
/// Played ticks are kept this long; their candles stay.
const KEEP_MICROS: i64 = 3_600_000_000;
/// Between two rounds of a loop, so that the last candle is seen to end.
const PAUSE_MICROS: i64 = 1_000_000;

/// What to play, and how.
#[derive(Debug, Clone)]
pub struct ReplayOptions {
    /// The symbol whose ticks are played.
    pub symbol: SymbolName,
    /// How many times faster than they happened.
    pub speed: f64,
    /// From this time of the recording on.
    pub from: Option<Time>,
    /// Before this time of the recording.
    pub to: Option<Time>,
    /// Begin again at the end.
    pub looped: bool,
    /// Where sealed ticks are.
    pub segments: Segments,
}

/// What was played so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReplayStep {
    /// Ticks played.
    pub ticks: u64,
    /// Rounds finished.
    pub rounds: u64,
    /// Where in the recording it is.
    pub at: Time,
}

/// Why a replay can't go on.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// No such symbol is stored.
    #[error("{0} is not stored; `chandlery import` brings its trades in")]
    UnknownSymbol(SymbolName),
    /// It has no ticks in the range.
    #[error("{0} has no ticks to play in that range; candles alone can't be played")]
    NoTicks(SymbolName),
    /// Somebody plays it already; two players would mix in one series.
    #[error("{0} is being played by another process or by the demonstration; stop that first")]
    Playing(SymbolName),
    /// The speed is not a number above zero.
    #[error("the speed must be a number above 0 and at most 100000, not {0}")]
    Speed(f64),
    /// Its sealed ticks can't be read.
    #[error(transparent)]
    Segment(#[from] SegmentError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The name under which a symbol is played.
///
/// # Errors
/// [`domain::market::BadSymbol`] where the name would be too long.
pub fn replay_name(symbol: &SymbolName) -> Result<SymbolName, domain::market::BadSymbol> {
    SymbolName::new(&format!("replay-{}", symbol.venue()), symbol.code())
}

/// Plays until the end, or until `stop`. Each tick's time becomes the moment at which it is
/// played: distances between ticks are those of the recording, divided by the speed.
///
/// # Errors
/// [`ReplayError`].
pub async fn replay(
    db: &Db,
    clock: &Clock,
    options: &ReplayOptions,
    watch: &(dyn Fn(ReplayStep) + Send + Sync),
    stop: &CancellationToken,
) -> Result<ReplayStep, ReplayError> {
    if !(options.speed > 0.0 && options.speed <= 100_000.0) {
        return Err(ReplayError::Speed(options.speed));
    }
    let mut player = Player::new(db, clock, options).await?;
    let _only_one = player.lock().await?;
    let mut step = ReplayStep::default();
    while !stop.is_cancelled() {
        player.round(&mut step, watch, stop).await?;
        step.rounds += 1;
        watch(step);
        if !options.looped {
            break;
        }
        player.prune().await?;
    }
    symbols::refresh_summaries(db).await?;
    Ok(step)
}

struct Player<'a> {
    db: &'a Db,
    clock: &'a Clock,
    options: &'a ReplayOptions,
    source: Symbol,
    target: Symbol,
    kind: TickKind,
    /// Makes ids for ticks that have none of their own.
    made_ids: i64,
}

impl<'a> Player<'a> {
    async fn new(
        db: &'a Db,
        clock: &'a Clock,
        options: &'a ReplayOptions,
    ) -> Result<Self, ReplayError> {
        let unknown = || ReplayError::UnknownSymbol(options.symbol.clone());
        let source = symbols::get(db, &options.symbol).await?.ok_or_else(unknown)?;
        let held = holdings::of_symbol(db, source.id).await?;
        let kinds = [TickKind::Trade, TickKind::AggTrade];
        let has = |kind: &TickKind| {
            held.iter().any(|h| h.interval == holdings::TICK && h.origin == kind.as_str())
        };
        let kind = kinds
            .into_iter()
            .find(has)
            .ok_or_else(|| ReplayError::NoTicks(options.symbol.clone()))?;
        let target = target(db, &options.symbol).await?;
        let made_ids = -clock.now().micros().abs();
        Ok(Self { db, clock, options, source, target, kind, made_ids })
    }

    /// Holds, until it is dropped, what one player of a symbol can have at a time.
    async fn lock(&self) -> Result<Session, ReplayError> {
        let session = self.db.session().await?;
        let free = symbols::try_lock_replay(&session, self.target.id).await?;
        if free { Ok(session) } else { Err(ReplayError::Playing(self.target.name.clone())) }
    }

    /// Plays the range once.
    async fn round(
        &mut self,
        step: &mut ReplayStep,
        watch: &(dyn Fn(ReplayStep) + Send + Sync),
        stop: &CancellationToken,
    ) -> Result<(), ReplayError> {
        let mut page = self.page(None).await?;
        let first =
            page.first().ok_or_else(|| ReplayError::NoTicks(self.options.symbol.clone()))?.time;
        let start = self.clock.now();
        let moment = |time: Time| {
            let distance = (time.micros() - first.micros()) as f64 / self.options.speed;
            start.plus_micros(distance as i64)
        };
        let mut end = start;
        while !page.is_empty() {
            let last = page.last().map(Tick::order);
            let mut rest = page.as_slice();
            while !rest.is_empty() {
                let now = self.clock.now();
                let due = rest.partition_point(|tick| moment(tick.time) <= now);
                let (batch, later) = rest.split_at(due);
                if !batch.is_empty() {
                    let played: Vec<Tick> = self.shift(batch, moment);
                    self.commit(&played).await?;
                    step.ticks += batch.len() as u64;
                    step.at = batch[batch.len() - 1].time;
                    watch(*step);
                }
                rest = later;
                end = end.max(now);
                if !wait(BEAT, stop).await {
                    return Ok(());
                }
            }
            page = self.page(last).await?;
        }
        let pause = Duration::from_micros(PAUSE_MICROS as u64);
        wait(pause, stop).await;
        Ok(())
    }

    /// The ticks with the time at which they are played, in an order that their ids can't break.
    fn shift(&mut self, batch: &[Tick], moment: impl Fn(Time) -> Time) -> Vec<Tick> {
        let mut before: Option<(Time, i32)> = None;
        let mut played = Vec::with_capacity(batch.len());
        for tick in batch {
            let time = moment(tick.time);
            let seq = match before {
                Some((last, seq)) if last == time => seq + 1,
                _ => 0,
            };
            before = Some((time, seq));
            let trade_id = if tick.has_own_id() {
                tick.trade_id
            } else {
                self.made_ids -= 1;
                self.made_ids
            };
            played.push(Tick { time, seq, trade_id, received_at: None, ..tick.clone() });
        }
        played
    }

    async fn page(&self, after: Option<Order>) -> Result<Vec<Tick>, SegmentError> {
        let query = TickQuery {
            symbol_id: self.source.id,
            kind: self.kind,
            from: self.options.from.unwrap_or(Time::MIN),
            to: self.options.to.unwrap_or(Time::MAX),
            descending: false,
            after,
            limit: PAGE,
        };
        self.options.segments.tick_page(self.db, &query).await
    }

    async fn commit(&self, played: &[Tick]) -> Result<(), StoreError> {
        let times = || played.iter().map(|tick| tick.time);
        partitions::ensure(self.db, Table::Ticks, times()).await?;
        let weeks = times().map(|time| Interval::W1.open_time(time));
        partitions::ensure(self.db, Table::Candles, times().chain(weeks)).await?;
        let (symbol, kind) = (&self.target, self.kind);
        self.db
            .run("market.replay", |tx| async move {
                let written = candles::write_ticks(&tx, symbol, kind, played, None).await?;
                let new: Vec<&Tick> = written.places.iter().map(|at| &played[*at]).collect();
                live::announce(&tx, &symbol.name, symbol.id, kind, true, &new, &written.rolls).await
            })
            .await
    }

    async fn prune(&self) -> Result<(), StoreError> {
        let before = self.clock.now().plus_micros(-KEEP_MICROS);
        let id = self.target.id;
        let name = &self.target.name;
        self.db
            .run("market.prune_replay", |tx| async move {
                if ticks::prune(&tx, id, before).await? > 0 {
                    live::announce_change(&tx, name, id).await?;
                }
                Ok::<_, StoreError>(())
            })
            .await?;
        symbols::refresh_summaries(self.db).await
    }
}

/// The symbol that a replay of `symbol` feeds.
async fn target(db: &Db, symbol: &SymbolName) -> Result<Symbol, StoreError> {
    let name = replay_name(symbol).map_err(|error| StoreError::Unexpected(error.to_string()))?;
    let name = &name;
    db.run("market.replay_symbol", |tx| async move {
        symbols::ensure(&tx, name, Some(symbol.venue())).await
    })
    .await
}

/// Gives a replay a past: the candles of its source before `cut`, moved so that they end now.
///
/// # Errors
/// The database's.
pub async fn give_history(
    db: &Db,
    clock: &Clock,
    symbol: &SymbolName,
    kind: TickKind,
    cut: Time,
    count: i64,
    segments: &Segments,
) -> Result<usize, SegmentError> {
    let interval = Interval::M1;
    let Some(source) = symbols::get(db, symbol).await? else { return Ok(0) };
    let target = target(db, symbol).await?;
    let query = candles::CandleQuery {
        symbol_id: source.id,
        interval,
        origin: None,
        from: Time::MIN,
        to: interval.open_time(cut),
        descending: true,
        limit: count,
    };
    let shift = interval.open_time(clock.now()).micros() - query.to.micros();
    let mut past: Vec<Candle> = segments.candle_page(db, &query).await?;
    past.reverse();
    for candle in &mut past {
        candle.open_time = candle.open_time.plus_micros(shift);
    }
    let weeks = past.iter().flat_map(|c| [c.open_time, Interval::W1.open_time(c.open_time)]);
    partitions::ensure(db, Table::Candles, weeks).await?;
    let (target, moved) = (&target, past.as_slice());
    db.run("market.replay_history", |tx| async move {
        candles::write_history(&tx, target, kind, interval, moved).await?;
        live::announce_change(&tx, &target.name, target.id).await
    })
    .await?;
    Ok(past.len())
}

/// Waits; false if it was told to stop.
async fn wait(time: Duration, stop: &CancellationToken) -> bool {
    tokio::select! {
        () = stop.cancelled() => false,
        () = tokio::time::sleep(time) => true,
    }
}
