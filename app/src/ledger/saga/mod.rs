//! An order's way through the paper venue: reserve, submit, confirm, settle. What is to be done next is in
//! `trading.sagas`, written with the events that make it so; after any crash it goes on there. Asking the venue again
//! is harmless, and its reports are taken with the cursor that says how far they were.

mod ask;
mod reports;
mod steps;
mod wait;

use std::time::Duration;

use futures_util::future::join_all;
use store::trading::sagas;
use store::{Db, Tx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::{Ledger, LedgerError};
use crate::listen::listen;
use crate::market::read::MarketReader;
use crate::trading::paper::{PaperError, PaperVenue};

pub(super) use ask::ask;

/// Sagas that are looked after at the same time.
const AT_ONCE: i64 = 16;
/// Whoever takes a saga has so long for its step; then somebody else may.
const LEASE: Duration = Duration::from_secs(5);
/// Between two looks where nobody tells of anything.
const BEAT: Duration = Duration::from_secs(1);
/// Between two counts of what is on its way.
const COUNTED: Duration = Duration::from_secs(10);
/// Pauses after failures: doubled up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Most characters of an error that are kept.
const TOLD: usize = 500;

/// Why a step of a saga is not done.
#[derive(Debug, thiserror::Error)]
enum SagaError {
    #[error(transparent)]
    Ledger(#[from] LedgerError),
    #[error(transparent)]
    Venue(#[from] PaperError),
}

impl From<store::StoreError> for SagaError {
    fn from(error: store::StoreError) -> Self {
        Self::Ledger(error.into())
    }
}

/// Says what this module counts.
pub fn describe_metrics() {
    metrics::describe_gauge!(
        "chandlery_sagas",
        "Orders on their way through the paper venue, by state"
    );
    metrics::describe_counter!(
        "chandlery_saga_failures_total",
        "Steps of sagas that failed, by step"
    );
    metrics::describe_histogram!(
        "chandlery_saga_sent_seconds",
        "From the order to the venue's answer"
    );
}

impl Ledger {
    /// Brings orders of paper accounts through the venue until `stop`. Any number of processes may; each step is done by
    /// one of them. `market` tells the price that a market order is reserved at.
    pub async fn drive(&self, venue: PaperVenue, market: MarketReader, stop: &CancellationToken) {
        let (venue, market) = (&venue, &market);
        tokio::join!(
            listen(&self.0.db, sagas::LISTEN_SAGAS, stop, |_| self.0.due.notify_one()),
            self.take_steps(venue, market, stop),
            self.take_reports(venue, stop),
            count(&self.0.db, stop),
        );
    }

    async fn take_steps(
        &self,
        venue: &PaperVenue,
        market: &MarketReader,
        stop: &CancellationToken,
    ) {
        while !stop.is_cancelled() {
            let due = match self.claim().await {
                Ok(due) => due,
                Err(error) => {
                    tracing::warn!(%error, "orders can't be brought to the venue for the moment");
                    vec![]
                }
            };
            if !due.is_empty() {
                join_all(due.into_iter().map(|order| self.advance(order, venue, market))).await;
                continue;
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.due.notified() => {}
                () = tokio::time::sleep(BEAT) => {}
            }
        }
    }

    async fn claim(&self) -> Result<Vec<Uuid>, LedgerError> {
        let now = self.now();
        let work =
            |tx: Tx| async move { Ok(sagas::claim(&tx, now, now.plus(LEASE), AT_ONCE).await?) };
        self.0.db.run("ledger.saga_claim", work).await
    }

    /// Takes steps of one order until it waits for the venue or one fails.
    async fn advance(&self, order: Uuid, venue: &PaperVenue, market: &MarketReader) {
        loop {
            let step = tokio::time::timeout(LEASE, self.step(order, venue, market)).await;
            self.0.changed.notify_waiters();
            let error = match step {
                Ok(Ok(true)) => continue,
                Ok(Ok(false)) => return,
                Ok(Err(error)) => error.to_string(),
                Err(_) => format!("it took longer than {} s", LEASE.as_secs()),
            };
            tracing::warn!(%order, %error, "a step of an order failed; it is tried again");
            if let Err(error) = self.note_failure(order, &error).await {
                // Its lease ends, and it is taken again.
                tracing::warn!(%order, %error, "that can't be noted either");
            }
            return;
        }
    }

    async fn note_failure(&self, order: Uuid, error: &str) -> Result<(), LedgerError> {
        let (now, error): (_, &String) = (self.now(), &error.chars().take(TOLD).collect());
        let work = |tx: Tx| async move {
            let Some(saga) = sagas::hold(&tx, order).await? else { return Ok(()) };
            let step = saga.step.clone();
            metrics::counter!("chandlery_saga_failures_total", "step" => step).increment(1);
            let doubled = FIRST_PAUSE * 2u32.pow(saga.attempts.clamp(0, 10) as u32);
            let due = now.plus(doubled.min(LONGEST_PAUSE));
            Ok(sagas::failed(&tx, order, error, Some(due), now).await?)
        };
        self.0.db.run("ledger.saga_failed", work).await
    }
}

async fn count(db: &Db, stop: &CancellationToken) {
    loop {
        match sagas::count(db).await {
            Ok((running, stuck)) => {
                metrics::gauge!("chandlery_sagas", "state" => "running").set(running as f64);
                metrics::gauge!("chandlery_sagas", "state" => "stuck").set(stuck as f64);
            }
            Err(error) => tracing::debug!(%error, "sagas can't be counted"),
        }
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(COUNTED) => {}
        }
    }
}
