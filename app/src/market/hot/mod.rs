//! The newest rows of the series that are asked for, in memory: filled from the database on first
//! use, kept by what commits tell, dropped when commits could not be heard of, were told without
//! their rows, or nobody asked for long. An answer from here is what the database would answer.
//!
//! Why that holds: a window is taken in only if its symbol's version did not change while it was
//! read, and a commit changes window and version with the windows locked against taking in. What
//! the reading already saw may be told again: ticks are a set, and of a candle the state with more
//! trades stays.

mod pack;
mod window;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use domain::market::{Candle, Interval, Origin, Tick, TickKind};
use store::market::candles::CandleQuery;
use store::market::ticks::TickQuery;
use tokio::time::Instant;

use pack::{PackedCandle, PackedTick};
pub(crate) use window::{Candles, Ticks};
use window::{MOST_CANDLES, MOST_TICKS};

/// A window that nobody asked for so long is dropped.
const IDLE: Duration = Duration::from_secs(120);
/// A window is read anew after so long, whatever happened: the bound of an unknown fault.
const LIFE: Duration = Duration::from_secs(600);

/// Rows a window of ticks is filled with.
pub(crate) const FILL_TICKS: i64 = MOST_TICKS as i64;
/// Candles of each origin a window is filled with.
pub(crate) const FILL_CANDLES: i64 = MOST_CANDLES as i64;

/// Which series a window is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Series {
    /// Ticks of a symbol.
    Ticks(i32, TickKind),
    /// Candles of a symbol, all origins.
    Candles(i32, Interval),
}

impl Series {
    fn symbol_id(self) -> i32 {
        match self {
            Self::Ticks(id, _) | Self::Candles(id, _) => id,
        }
    }
}

/// The newest rows of a series.
pub(crate) enum Window {
    /// Of ticks.
    Ticks(Ticks),
    /// Of candles.
    Candles(Candles),
}

impl Window {
    fn bytes(&self) -> u64 {
        let (rows, each) = match self {
            Self::Ticks(_) => (MOST_TICKS, size_of::<PackedTick>()),
            Self::Candles(window) => (window.origins() * MOST_CANDLES, size_of::<PackedCandle>()),
        };
        (rows * each) as u64
    }
}

struct Held {
    window: Mutex<Window>,
    bytes: u64,
    since: Instant,
    /// Milliseconds from `since` to the last question.
    used: AtomicU64,
    /// A row came that doesn't fit in.
    broken: AtomicBool,
}

impl Held {
    fn last_use(&self) -> Instant {
        self.since + Duration::from_millis(self.used.load(Ordering::Relaxed))
    }

    fn is_over(&self, now: Instant) -> bool {
        self.broken.load(Ordering::SeqCst)
            || now.saturating_duration_since(self.since) > LIFE
            || now.saturating_duration_since(self.last_use()) > IDLE
    }

    fn window(&self) -> MutexGuard<'_, Window> {
        self.window.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// All windows, within a budget of bytes.
pub(crate) struct Hot {
    budget: u64,
    windows: RwLock<HashMap<Series, Arc<Held>>>,
    filling: Mutex<HashSet<Series>>,
}

/// Leave to fill a window; nobody else fills the same one meanwhile.
pub(crate) struct Filling<'a> {
    hot: &'a Hot,
    series: Series,
}

impl Drop for Filling<'_> {
    fn drop(&mut self) {
        self.hot.filling.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.series);
    }
}

impl Hot {
    pub(crate) fn new(budget: u64) -> Self {
        describe_metrics();
        Self { budget, windows: RwLock::default(), filling: Mutex::default() }
    }

    /// A page of ticks, if a window knows it.
    pub(crate) fn ticks(&self, query: &TickQuery) -> Option<Vec<Tick>> {
        self.ask(Series::Ticks(query.symbol_id, query.kind), |window| match window {
            Window::Ticks(ticks) => ticks.page(query),
            Window::Candles(_) => None,
        })
    }

    /// A page of candles, if a window knows it.
    pub(crate) fn candles(&self, query: &CandleQuery) -> Option<Vec<Candle>> {
        self.ask(Series::Candles(query.symbol_id, query.interval), |window| match window {
            Window::Candles(candles) => candles.page(query),
            Window::Ticks(_) => None,
        })
    }

    fn ask<T>(&self, series: Series, answer: impl FnOnce(&Window) -> Option<T>) -> Option<T> {
        let held = self.windows.read().ok()?.get(&series).cloned();
        let now = Instant::now();
        let held = held.filter(|held| !held.is_over(now));
        let found = held.and_then(|held| {
            held.used.store((now - held.since).as_millis() as u64, Ordering::Relaxed);
            answer(&held.window())
        });
        let outcome = if found.is_some() { "hit" } else { "miss" };
        metrics::counter!("chandlery_hot_reads_total", "outcome" => outcome).increment(1);
        found
    }

    /// Leave to fill a window that is not held; none while somebody else does, or without a budget.
    pub(crate) fn fill(&self, series: Series) -> Option<Filling<'_>> {
        let over = |held: &Arc<Held>| held.is_over(Instant::now());
        if self.budget == 0 || !self.windows.read().ok()?.get(&series).is_none_or(over) {
            return None;
        }
        let mut filling = self.filling.lock().unwrap_or_else(PoisonError::into_inner);
        filling.insert(series).then_some(Filling { hot: self, series })
    }

    /// Keeps what a commit added of the windows there are, then calls `commit`, which changes the
    /// symbol's version.
    pub(crate) fn apply(
        &self,
        symbol_id: i32,
        kind: TickKind,
        ticks: &[Tick],
        candles: &[(Interval, Candle)],
        commit: impl FnOnce(),
    ) {
        let mut gone = false;
        if let Ok(windows) = self.windows.read() {
            let now = Instant::now();
            let mut keep = |series, take: &dyn Fn(&mut Window) -> bool| {
                let Some(held) = windows.get(&series) else { return };
                if held.is_over(now) || !take(&mut held.window()) {
                    held.broken.store(true, Ordering::SeqCst);
                    gone = true;
                }
            };
            keep(Series::Ticks(symbol_id, kind), &|window| match window {
                Window::Ticks(window) => window.take(ticks),
                Window::Candles(_) => false,
            });
            for interval in Interval::ALL {
                keep(Series::Candles(symbol_id, interval), &|window| match window {
                    Window::Candles(window) => {
                        let of = candles.iter().filter(|(of, _)| *of == interval);
                        window.take(Origin::from(kind), of.map(|(_, candle)| candle))
                    }
                    Window::Ticks(_) => false,
                });
            }
            commit();
        }
        if gone {
            self.remove(|_, held| held.broken.load(Ordering::SeqCst));
        }
    }

    /// Drops the windows of a symbol of which something changed that was not told, then calls
    /// `commit`, which changes the symbol's version.
    pub(crate) fn forget(&self, symbol_id: i32, commit: impl FnOnce()) {
        if let Ok(mut windows) = self.windows.write() {
            windows.retain(|series, _| series.symbol_id() != symbol_id);
            report(&windows);
            commit();
        }
    }

    /// Drops everything: commits were missed.
    pub(crate) fn clear(&self) {
        self.remove(|_, _| true);
    }

    fn remove(&self, gone: impl Fn(&Series, &Held) -> bool) {
        if let Ok(mut windows) = self.windows.write() {
            let before = windows.len();
            windows.retain(|series, held| !gone(series, held));
            if windows.len() != before {
                report(&windows);
            }
        }
    }
}

impl Filling<'_> {
    /// Takes a window in, unless `unchanged` says that its symbol changed while it was read. The
    /// windows unused for longest make room; one that alone exceeds the budget is not taken.
    pub(crate) fn done(self, window: Window, unchanged: impl FnOnce() -> bool) {
        let (bytes, now) = (window.bytes(), Instant::now());
        let Ok(mut windows) = self.hot.windows.write() else { return };
        if bytes > self.hot.budget || !unchanged() {
            return;
        }
        windows.retain(|_, held| !held.is_over(now));
        windows.remove(&self.series);
        let mut total: u64 = windows.values().map(|held| held.bytes).sum();
        while total + bytes > self.hot.budget {
            let oldest = windows.iter().min_by_key(|(_, held)| held.last_use());
            let Some(series) = oldest.map(|(series, _)| *series) else { break };
            total -= windows.remove(&series).map_or(0, |held| held.bytes);
        }
        let used = AtomicU64::new(0);
        let broken = AtomicBool::new(false);
        let held = Held { window: Mutex::new(window), bytes, since: now, used, broken };
        windows.insert(self.series, Arc::new(held));
        report(&windows);
    }
}

fn report(windows: &HashMap<Series, Arc<Held>>) {
    let bytes: u64 = windows.values().map(|held| held.bytes).sum();
    metrics::gauge!("chandlery_hot_bytes").set(bytes as f64);
    metrics::gauge!("chandlery_hot_windows").set(windows.len() as f64);
}

fn describe_metrics() {
    metrics::describe_counter!(
        "chandlery_hot_reads_total",
        "Pages of newest rows asked for, by whether memory had them"
    );
    metrics::describe_gauge!("chandlery_hot_bytes", "Memory of the newest rows kept");
    metrics::describe_gauge!("chandlery_hot_windows", "Series of which the newest rows are kept");
}
