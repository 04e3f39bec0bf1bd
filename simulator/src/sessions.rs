//! Open WebSocket connections and what each wants to hear. The player hands a step's messages to
//! all of them; a connection that doesn't read is waited for, and then cut off, as a venue would.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use domain::market::Interval;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// Steps that a connection may be behind before the others wait for it.
const QUEUED: usize = 64;
/// How long the others wait.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a stream is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Topic {
    Trade,
    AggTrade,
    Kline(Interval),
    BookTicker,
    MiniTicker,
    /// Coinbase's trades.
    Match,
    /// Coinbase's trades with the best bid and ask after each.
    Ticker,
    /// Coinbase's sign of life, once a second.
    Heartbeat,
}

/// A stream: the place of its symbol in the market, and its topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Stream {
    pub(crate) symbol: usize,
    pub(crate) topic: Topic,
}

/// A message on its way.
#[derive(Debug, Clone)]
pub(crate) struct Wire {
    pub(crate) stream: Stream,
    pub(crate) body: Utf8Bytes,
}

/// What anybody wants to hear, by symbol.
pub(crate) type Interest = HashMap<usize, BTreeSet<Topic>>;

/// All open connections.
#[derive(Debug, Default)]
pub(crate) struct Sessions(Mutex<Inner>);

#[derive(Debug, Default)]
struct Inner {
    made: u64,
    open: BTreeMap<u64, Session>,
    /// Gathered anew after each change.
    interest: Option<Arc<Interest>>,
}

#[derive(Debug)]
struct Session {
    wanted: HashSet<Stream>,
    queue: mpsc::Sender<Vec<Wire>>,
    cut: CancellationToken,
}

/// A connection's own end.
#[derive(Debug)]
pub(crate) struct Joined {
    pub(crate) number: u64,
    pub(crate) queue: mpsc::Receiver<Vec<Wire>>,
    /// Cancelled when the connection is to end without a word.
    pub(crate) cut: CancellationToken,
}

impl Sessions {
    /// Enters a connection.
    pub(crate) fn join(&self) -> Joined {
        let (sender, queue) = mpsc::channel(QUEUED);
        let cut = CancellationToken::new();
        let mut inner = self.lock();
        inner.made += 1;
        let number = inner.made;
        let session = Session { wanted: HashSet::new(), queue: sender, cut: cut.clone() };
        inner.open.insert(number, session);
        Joined { number, queue, cut }
    }

    /// Forgets a connection.
    pub(crate) fn leave(&self, number: u64) {
        let mut inner = self.lock();
        inner.open.remove(&number);
        inner.interest = None;
    }

    /// Changes what a connection hears.
    pub(crate) fn want(&self, number: u64, change: impl FnOnce(&mut HashSet<Stream>)) {
        let mut inner = self.lock();
        inner.interest = None;
        if let Some(session) = inner.open.get_mut(&number) {
            change(&mut session.wanted);
        }
    }

    /// What anybody wants to hear.
    pub(crate) fn interest(&self) -> Arc<Interest> {
        let mut inner = self.lock();
        if let Some(interest) = &inner.interest {
            return interest.clone();
        }
        let mut interest = Interest::new();
        for stream in inner.open.values().flat_map(|session| &session.wanted) {
            interest.entry(stream.symbol).or_default().insert(stream.topic);
        }
        let interest = Arc::new(interest);
        inner.interest = Some(interest.clone());
        interest
    }

    /// Open connections, and those since the start.
    pub(crate) fn counts(&self) -> (u64, u64) {
        let inner = self.lock();
        (inner.open.len() as u64, inner.made)
    }

    /// Cuts every connection.
    pub(crate) fn cut_all(&self) {
        for session in self.lock().open.values() {
            session.cut.cancel();
        }
    }

    /// Hands messages to all who want them; tells how many that were.
    pub(crate) async fn deliver(&self, wires: &[Wire]) -> u64 {
        let mut parcels = Vec::new();
        for session in self.lock().open.values() {
            let wanted = wires.iter().filter(|wire| session.wanted.contains(&wire.stream));
            let parcel: Vec<Wire> = wanted.cloned().collect();
            if !parcel.is_empty() {
                parcels.push((session.queue.clone(), session.cut.clone(), parcel));
            }
        }
        let mut sent = 0;
        for (queue, cut, parcel) in parcels {
            let count = parcel.len() as u64;
            match tokio::time::timeout(PATIENCE, queue.send(parcel)).await {
                Ok(Ok(())) => sent += count,
                // It has just ended.
                Ok(Err(_)) => {}
                Err(_) => cut.cancel(),
            }
        }
        sent
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
