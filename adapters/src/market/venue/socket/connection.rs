//! One connection after another, for one share of the symbols.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, sleep, timeout};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async_with_config};

use super::super::backoff::Backoff;
use super::super::metrics;
use super::session::Session;
use super::{Shared, Speech};

pub(super) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// How a session ends.
pub(super) enum End {
    /// Nothing more is to be done at all.
    Over,
    /// Nothing is wanted.
    Idle,
    /// The connection is lost.
    Lost(String),
}

impl End {
    pub(super) fn lost(reason: impl Into<String>) -> Self {
        Self::Lost(reason.into())
    }
}

/// A share of the symbols, and what it takes to be connected for them.
pub(super) struct Connection<S> {
    speech: S,
    shared: Shared,
    wanted: watch::Receiver<BTreeSet<String>>,
    backoff: Backoff,
}

impl<S: Speech> Connection<S> {
    pub(super) fn new(
        speech: S,
        shared: Shared,
        wanted: watch::Receiver<BTreeSet<String>>,
        number: u64,
    ) -> Self {
        // Connections of one process must not come back in step either.
        let seed = shared.options.seed.wrapping_add(number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        Self { speech, shared, wanted, backoff: Backoff::new(seed) }
    }

    /// Connects, again and again, until the end is asked for or nobody listens.
    pub(super) async fn run(mut self) {
        let stop = self.shared.stop.clone();
        loop {
            tokio::select! {
                () = stop.cancelled() => return,
                something = self.wanted.wait_for(|wanted| !wanted.is_empty()) => {
                    if something.is_err() {
                        return;
                    }
                }
            }
            let began = Instant::now();
            let end = match tokio::select! {
                () = stop.cancelled() => return,
                opened = self.open() => opened,
            } {
                Err(reason) => End::lost(reason),
                Ok(socket) => {
                    let speech = self.speech.clone();
                    let session = Session::new(speech, &self.shared, &mut self.wanted, socket);
                    session.run().await
                }
            };
            let reason = match end {
                End::Over => return,
                End::Idle => continue,
                End::Lost(reason) => reason,
            };
            metrics::reconnected(&self.shared.venue);
            if began.elapsed() >= self.shared.options.healthy_after {
                self.backoff.reset();
            }
            let pause = self.backoff.next();
            tracing::warn!(
                venue = &*self.shared.venue,
                reason,
                pause_ms = pause.as_millis() as u64,
                "the venue's stream is lost and will be connected again"
            );
            tokio::select! {
                () = stop.cancelled() => return,
                () = sleep(pause) => {}
            }
        }
    }

    async fn open(&self) -> Result<Socket, String> {
        let url = self.speech.url();
        // Small messages must not wait for one another: Nagle's algorithm is off.
        let opened =
            timeout(self.shared.options.patience, connect_async_with_config(&url, None, true));
        match opened.await {
            Ok(Ok((socket, _))) => Ok(socket),
            Ok(Err(error)) => Err(format!("{url} can't be connected: {error}")),
            Err(_) => {
                Err(format!("{url} did not answer in {}", shown(self.shared.options.patience)))
            }
        }
    }
}

/// A time as a message shows it.
pub(super) fn shown(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}
