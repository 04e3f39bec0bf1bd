//! Venues against a server that the tests play themselves, and against what real ones once said.

mod binance;
mod coinbase;
mod laws;
mod recorded;
mod server;
mod simulated;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use adapters::market::venue::{SocketOptions, VenueEvent, VenueSource};
use domain::Time;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

/// The arrival of everything: a clock that stands still.
fn arrival() -> Time {
    Time::from_millis(1_700_000_000_123).unwrap()
}

/// Options that don't let a test wait.
fn quick() -> SocketOptions {
    SocketOptions {
        silent_after: Duration::from_secs(5),
        message_gap: Duration::from_millis(5),
        patience: Duration::from_secs(5),
        ..SocketOptions::default()
    }
}

/// A running stream.
struct Listening {
    wanted: watch::Sender<BTreeSet<String>>,
    events: mpsc::Receiver<VenueEvent>,
    stop: CancellationToken,
    task: tokio::task::JoinHandle<()>,
}

impl Listening {
    fn to(source: &Arc<dyn VenueSource>, codes: &[&str], room: usize) -> Self {
        let (wanted, followed) = watch::channel(set(codes));
        let (out, events) = mpsc::channel(room);
        let (stop, source) = (CancellationToken::new(), Arc::clone(source));
        let task = tokio::spawn({
            let stop = stop.clone();
            async move { source.stream(followed, out, stop).await }
        });
        Self { wanted, events, stop, task }
    }

    async fn next(&mut self) -> VenueEvent {
        let event = tokio::time::timeout(Duration::from_secs(10), self.events.recv()).await;
        event.expect("nothing is told").expect("the stream goes on")
    }

    fn want(&self, codes: &[&str]) {
        self.wanted.send_replace(set(codes));
    }

    async fn stop(self) {
        self.stop.cancel();
        tokio::time::timeout(Duration::from_secs(5), self.task).await.expect("it stops").unwrap();
    }
}

fn set(codes: &[&str]) -> BTreeSet<String> {
    codes.iter().map(|code| (*code).to_owned()).collect()
}

/// The codes of an event that tells of connection, and whether they are connected.
fn connection(event: &VenueEvent) -> (bool, BTreeSet<String>) {
    let (connected, codes) = match event {
        VenueEvent::Connected { codes } => (true, codes),
        VenueEvent::Disconnected { codes, .. } => (false, codes),
        other => panic!("{other:?} does not tell of the connection"),
    };
    (connected, codes.iter().map(ToString::to_string).collect())
}

/// The code and id of a tick.
fn tick(event: &VenueEvent) -> (String, i64) {
    match event {
        VenueEvent::Tick { code, tick } => (code.to_string(), tick.trade_id),
        other => panic!("{other:?} is no tick"),
    }
}
