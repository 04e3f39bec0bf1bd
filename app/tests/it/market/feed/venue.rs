//! A venue in memory: a fixed list of trades that its stream loses, doubles and mixes up, and that
//! its requests tell in full.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use adapters::market::venue::{Answer, TradesFrom, Venue, VenueError, VenueEvent, VenueSource};
use domain::Time;
use domain::market::{
    BookTicker, Candle, Interval, SymbolRules, Tick, TickKind, TimeRange, roll_ticks,
};
use futures_util::future::{BoxFuture, FutureExt};
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

const CODE: &str = "XY";
const PAGE: usize = 100;

/// What the stream does to each trade, by its place: a small pseudo-random number decides.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Trouble {
    /// In a thousand.
    pub(crate) dropped: u64,
    /// In a thousand.
    pub(crate) doubled: u64,
    /// In a thousand: swapped with the next one.
    pub(crate) swapped: u64,
    /// In a thousand: the connection is lost, and twenty trades with it.
    pub(crate) cut: u64,
}

pub(crate) struct ScriptedVenue {
    venue: Venue,
    pub(crate) ticks: Vec<Tick>,
    trouble: Trouble,
    seed: u64,
    /// Where a stream begins, which is where the one before was ended.
    at: std::sync::atomic::AtomicUsize,
    pub(crate) pause_every: usize,
}

impl ScriptedVenue {
    pub(crate) fn new(ticks: Vec<Tick>, trouble: Trouble, seed: u64) -> Self {
        let venue = Venue {
            code: "test".to_owned(),
            kind: TickKind::AggTrade,
            intervals: Interval::ALL.to_vec(),
            ids_without_gaps: true,
            candles_of_empty_minutes: false,
        };
        Self { venue, ticks, trouble, seed, at: 0.into(), pause_every: 50 }
    }

    fn chance(&self, place: usize, what: u64) -> u64 {
        let mut x = self.seed ^ (place as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ (what << 57);
        x ^= x >> 31;
        x = x.wrapping_mul(0xbf58_476d_1ce4_e5b9);
        (x ^ (x >> 29)) % 1_000
    }

    /// What arrives of the trade at a place.
    fn arrivals(&self, place: usize) -> Vec<usize> {
        let Trouble { dropped, doubled, swapped, .. } = self.trouble;
        if self.chance(place, 1) < dropped {
            vec![]
        } else if self.chance(place, 2) < doubled {
            vec![place, place]
        } else if self.chance(place, 3) < swapped && place + 1 < self.ticks.len() {
            vec![place + 1, place]
        } else {
            vec![place]
        }
    }
}

fn ready<T: Send + 'static>(value: Result<T, VenueError>) -> Answer<'static, T> {
    futures_util::future::ready(value).boxed()
}

impl VenueSource for ScriptedVenue {
    fn venue(&self) -> &Venue {
        &self.venue
    }

    fn symbols(&self) -> Answer<'_, Vec<SymbolRules>> {
        ready(Ok(Vec::new()))
    }

    fn server_time(&self) -> Answer<'_, Time> {
        ready(Ok(self.ticks.last().map_or(Time::default(), |tick| tick.time)))
    }

    fn trades<'a>(&'a self, _: &'a str, from: TradesFrom) -> Answer<'a, Vec<Tick>> {
        let start = match from {
            TradesFrom::Id(id) => self.ticks.partition_point(|tick| tick.trade_id < id),
            TradesFrom::Time(time) => self.ticks.partition_point(|tick| tick.time < time),
            // The newest at the beginning of the stream.
            TradesFrom::Newest => 0,
        };
        ready(Ok(self.ticks[start..].iter().take(PAGE).cloned().collect()))
    }

    fn candles<'a>(
        &'a self,
        _: &'a str,
        interval: Interval,
        range: TimeRange,
    ) -> Answer<'a, Vec<Candle>> {
        let inside = |candle: &Candle| (range.from..range.to).contains(&candle.open_time);
        let rolls = roll_ticks(&self.ticks).into_iter();
        let candles = rolls.filter(|roll| roll.interval == interval).map(|roll| roll.candle);
        ready(Ok(candles.filter(inside).take(PAGE).collect()))
    }

    fn book<'a>(&'a self, code: &'a str) -> Answer<'a, BookTicker> {
        ready(Err(VenueError::UnknownSymbol(code.to_owned())))
    }

    fn stream<'a>(
        &'a self,
        mut wanted: watch::Receiver<BTreeSet<String>>,
        out: mpsc::Sender<VenueEvent>,
        stop: CancellationToken,
    ) -> BoxFuture<'a, ()> {
        use std::sync::atomic::Ordering::SeqCst;
        let code: Arc<str> = CODE.into();
        let send = async move {
            let _ = wanted.wait_for(|wanted| wanted.contains(CODE)).await;
            let _ = out.send(VenueEvent::Connected { codes: vec![code.clone()] }).await;
            let mut place = self.at.load(SeqCst);
            while place < self.ticks.len() {
                if self.chance(place, 4) < self.trouble.cut {
                    let reason = "cut".to_owned();
                    let codes = vec![code.clone()];
                    let _ = out.send(VenueEvent::Disconnected { codes, reason }).await;
                    place += 20;
                }
                for at in self.arrivals(place) {
                    let Some(tick) = self.ticks.get(at).cloned() else { continue };
                    if out.send(VenueEvent::Tick { code: code.clone(), tick }).await.is_err() {
                        return;
                    }
                }
                place += 1;
                self.at.store(place, SeqCst);
                if place.is_multiple_of(self.pause_every) {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
            // Kept, so that the feed doesn't take the end of the recording for its own.
            let _kept = &out;
            std::future::pending::<()>().await;
        };
        async move {
            tokio::select! {
                () = send => {}
                () = stop.cancelled() => {}
            }
        }
        .boxed()
    }
}
