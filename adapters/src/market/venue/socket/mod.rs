//! The life of a venue's WebSocket, the same for every venue: symbols spread over connections,
//! subscriptions one at a time and acknowledged, silence noticed, and connecting again. What is
//! said and heard on it is the venue's [`Speech`].

mod complaints;
mod connection;
mod session;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use domain::Time;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::Now;
use super::port::VenueEvent;
use connection::Connection;

/// How one venue is spoken to. A new connection begins with a clone that has heard nothing.
pub(super) trait Speech: Clone + Send + Sync + 'static {
    /// Where to connect.
    fn url(&self) -> String;

    /// Most symbols on one connection.
    fn most_codes(&self) -> usize;

    /// Most symbols in one request.
    fn codes_a_request(&self) -> usize;

    /// The request that begins or ends the streams of these symbols.
    fn request(&self, what: Request, id: u64, codes: &[String]) -> String;

    /// What a message tells; the error says why it can't be understood.
    fn hear(&mut self, message: &str, arrival: Time) -> Result<Heard, String>;
}

/// What a subscription request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Request {
    Subscribe,
    Unsubscribe,
}

/// What a message told.
#[derive(Debug, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "nearly every message is an event")]
pub(super) enum Heard {
    /// A tick, a candle or a book.
    Event(VenueEvent),
    /// The request of that number is done; without a number, the one that waits.
    Done(Option<u64>),
    /// The same, where the venue lists what it sends now.
    Sends(BTreeSet<String>),
    /// The request of that number, or the one that waits, is refused.
    Refused(Option<u64>, String),
    /// The venue names a trade of this symbol that never arrived.
    Missed(Arc<str>, String),
    /// The venue is about to close the connection.
    Leaving(String),
    /// Nothing that matters here.
    Nothing,
}

/// How connections are kept.
#[derive(Debug, Clone)]
pub struct SocketOptions {
    /// A connection that says nothing for so long is given up; it is pinged at half the time.
    pub silent_after: Duration,
    /// Between two messages of ours on one connection.
    pub message_gap: Duration,
    /// How long a request may wait for its acknowledgement, and a connection for its opening.
    pub patience: Duration,
    /// A connection of this age is replaced, before the venue ends it.
    pub most_age: Duration,
    /// A connection that lasted so long was healthy: the next pause is short again.
    pub healthy_after: Duration,
    /// What the jitter of pauses is made of.
    pub seed: u64,
}

impl Default for SocketOptions {
    fn default() -> Self {
        Self {
            silent_after: Duration::from_secs(60),
            // Binance allows 5 a second, pongs counted, and others report being cut off at 4.
            message_gap: Duration::from_millis(500),
            patience: Duration::from_secs(10),
            // Binance ends every connection after 24 hours.
            most_age: Duration::from_secs(23 * 3_600 + 50 * 60),
            healthy_after: Duration::from_secs(60),
            seed: 0,
        }
    }
}

/// What all connections of a venue share.
#[derive(Clone)]
pub(super) struct Shared {
    venue: Arc<str>,
    options: SocketOptions,
    now: Now,
    out: mpsc::Sender<VenueEvent>,
    stop: CancellationToken,
}

impl Shared {
    pub(super) fn new(
        venue: &str,
        options: &SocketOptions,
        now: &Now,
        out: mpsc::Sender<VenueEvent>,
        stop: CancellationToken,
    ) -> Self {
        Self { venue: venue.into(), options: options.clone(), now: Arc::clone(now), out, stop }
    }
}

/// Follows `wanted` over as many connections as it takes, until `stop` or until nobody listens.
pub(super) async fn stream<S: Speech>(
    speech: S,
    shared: Shared,
    mut wanted: watch::Receiver<BTreeSet<String>>,
) {
    let mut connections: Vec<watch::Sender<BTreeSet<String>>> = Vec::new();
    let mut tasks = JoinSet::new();
    let mut followed = true;
    // Whatever ends this function, or drops its future, ends the connections too.
    let shared = Shared { stop: shared.stop.child_token(), ..shared };
    let _guard = shared.stop.clone().drop_guard();
    loop {
        let now = wanted.borrow_and_update().clone();
        for wanted in spread(&connections, &now, speech.most_codes()) {
            let (sender, receiver) = watch::channel(wanted);
            let number = connections.len() as u64;
            connections.push(sender);
            let connection = Connection::new(speech.clone(), shared.clone(), receiver, number);
            tasks.spawn(connection.run());
        }
        tokio::select! {
            () = shared.stop.cancelled() => break,
            () = shared.out.closed() => break,
            changed = wanted.changed(), if followed => followed = changed.is_ok(),
        }
    }
    shared.stop.cancel();
    while tasks.join_next().await.is_some() {}
}

/// Takes off the connections what is no longer wanted, gives what is new to those with room, and
/// tells what is left for new ones. A symbol never moves: that would cut its stream.
fn spread(
    connections: &[watch::Sender<BTreeSet<String>>],
    wanted: &BTreeSet<String>,
    most: usize,
) -> Vec<BTreeSet<String>> {
    let mut new = wanted.clone();
    for connection in connections {
        new.retain(|code| !connection.borrow().contains(code));
    }
    let mut new = new.into_iter().peekable();
    for connection in connections {
        connection.send_if_modified(|held| {
            let before = held.len();
            held.retain(|code| wanted.contains(code));
            let kept = held.len();
            held.extend(new.by_ref().take(most.saturating_sub(kept)));
            kept != before || held.len() != kept
        });
    }
    let mut rest = Vec::new();
    while new.peek().is_some() {
        rest.push(new.by_ref().take(most.max(1)).collect());
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(codes: &[&str]) -> BTreeSet<String> {
        codes.iter().map(|code| (*code).to_owned()).collect()
    }

    #[test]
    fn symbols_fill_connections_and_never_move() {
        let mut connections = Vec::new();
        let mut follow = |codes: &[&str]| {
            for new in spread(&connections, &set(codes), 2) {
                connections.push(watch::channel(new).0);
            }
            connections.iter().map(|held| held.borrow().clone()).collect::<Vec<_>>()
        };
        assert_eq!(
            follow(&["A", "B", "C", "D", "E"]),
            [set(&["A", "B"]), set(&["C", "D"]), set(&["E"])]
        );
        assert_eq!(follow(&["B", "C", "D", "E"]), [set(&["B"]), set(&["C", "D"]), set(&["E"])]);
        let grown = [set(&["B", "X"]), set(&["C", "D"]), set(&["E", "Y"]), set(&["Z"])];
        assert_eq!(follow(&["B", "C", "D", "E", "X", "Y", "Z"]), grown);
        assert_eq!(follow(&[]), [set(&[]), set(&[]), set(&[]), set(&[])]);
    }
}
