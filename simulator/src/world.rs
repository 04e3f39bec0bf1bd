//! What all parts of one simulator share: the market, the clock, the faults, the connections and
//! the counts of what was done.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use domain::Time;
use domain::market::TickKind;
use serde::Serialize;
use tokio_util::sync::CancellationToken;

use crate::Faults;
use crate::clock::Clock;
use crate::faults::{Counters, Dealt};
use crate::market::{Market, Symbol};
use crate::sessions::Sessions;
use crate::weights::Weights;

/// One simulated venue.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) market: Market,
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    pub(crate) sessions: Sessions,
    pub(crate) weights: Weights,
    pub(crate) counters: Counters,
    pub(crate) requests: AtomicU64,
    pub(crate) messages: AtomicU64,
    /// Where the clock was set to, until streams go on from there.
    pub(crate) jump: Mutex<Option<Time>>,
    pub(crate) stop: CancellationToken,
    pub(crate) speed: f64,
    pub(crate) faults: Mutex<Faults>,
}

/// Where a simulator stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct State {
    /// The venue's time, RFC 3339.
    pub venue_time: String,
    /// Seconds of the venue in a real second.
    pub speed: f64,
    /// Open WebSocket connections.
    pub connections: u64,
    /// WebSocket connections since the start.
    pub connections_made: u64,
    /// Requests answered, be it with an error.
    pub requests: u64,
    /// Requests refused because too much was asked for in a minute.
    pub over_limit: u64,
    /// Messages sent on streams, without acknowledgements.
    pub messages: u64,
    /// Whether every recorded trade was played.
    pub finished: bool,
    /// Each symbol.
    pub symbols: Vec<SymbolState>,
    /// The faults in force.
    pub faults: Faults,
    /// The faults dealt since the start.
    pub dealt: Dealt,
}

/// Where a symbol stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SymbolState {
    /// As it was recorded, `binance:BTCUSDT`.
    pub symbol: String,
    /// What Binance calls it.
    pub code: String,
    /// What Coinbase calls it.
    pub product: String,
    /// Its trades.
    pub trades: Option<Played>,
    /// Its aggregate trades.
    pub agg_trades: Option<Played>,
}

/// How far a symbol's trades were played.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Played {
    /// How many.
    pub count: u64,
    /// Id of the first of them.
    pub first_id: Option<i64>,
    /// Id of the last of them.
    pub last_id: Option<i64>,
    /// Whether there are no more.
    pub finished: bool,
}

impl World {
    /// What the venue says the time is; `time` is the real one there.
    pub(crate) fn told(&self, time: Time, faults: &Faults) -> Time {
        let run = time.micros() - self.market.start.micros();
        let drift = i128::from(run) * i128::from(faults.clock_drift_ppm) / 1_000_000;
        time.plus_micros(faults.clock_offset_ms * 1_000 + drift as i64)
    }

    pub(crate) fn faults(&self) -> Faults {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_faults(&self, faults: Faults) {
        *self.faults.lock().unwrap_or_else(PoisonError::into_inner) = faults;
    }

    pub(crate) fn seek(&self, time: Time) {
        // Under the lock, so that nobody sees the new time without the jump.
        let mut jump = self.jump.lock().unwrap_or_else(PoisonError::into_inner);
        *jump = Some(time);
        self.clock.set(time);
    }

    /// The venue's time, and where it was set to since the last look.
    pub(crate) fn look(&self) -> (Time, Option<Time>) {
        let mut jump = self.jump.lock().unwrap_or_else(PoisonError::into_inner);
        (self.clock.now(), jump.take())
    }

    pub(crate) fn state(&self) -> State {
        let now = self.clock.now();
        let symbols: Vec<SymbolState> =
            self.market.symbols.iter().map(|symbol| symbol_state(symbol, now)).collect();
        let done = |played: &Option<Played>| played.as_ref().is_none_or(|played| played.finished);
        let finished = symbols.iter().all(|s| done(&s.trades) && done(&s.agg_trades));
        let (connections, connections_made) = self.sessions.counts();
        State {
            venue_time: now.to_string(),
            speed: self.speed,
            connections,
            connections_made,
            requests: self.requests.load(Ordering::Relaxed),
            over_limit: self.weights.refused(),
            messages: self.messages.load(Ordering::Relaxed),
            finished,
            symbols,
            faults: self.faults(),
            dealt: self.counters.dealt(),
        }
    }
}

fn symbol_state(symbol: &Symbol, now: Time) -> SymbolState {
    let played = |kind: TickKind| {
        let tape = symbol.tape(kind)?;
        let count = tape.played(now);
        Some(Played {
            count,
            first_id: (count > 0).then(|| tape.tick(0).trade_id),
            last_id: count.checked_sub(1).map(|at| tape.tick(at).trade_id),
            finished: tape.len().is_some_and(|all| count >= all),
        })
    };
    SymbolState {
        symbol: symbol.name.to_string(),
        code: symbol.code.clone(),
        product: symbol.product.clone(),
        trades: played(TickKind::Trade),
        agg_trades: played(TickKind::AggTrade),
    }
}
