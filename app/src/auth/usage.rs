//! Counts requests by hour, caller and endpoint. A request only adds to a number in memory; the numbers are
//! written every few seconds, and what a crash takes with it is as much.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use domain::Time;
use store::auth::usage::{self, Count};
use store::{Db, StoreError};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::limits::Sender;
use crate::Clock;

const FLUSH: Duration = Duration::from_secs(5);
const HOUR_MICROS: i64 = 3_600_000_000;
/// More different ones are not held while the database is away: their requests stay uncounted.
const MOST_HELD: usize = 100_000;

/// Counts. Cheap to clone.
#[derive(Clone)]
pub struct Usage(Arc<Inner>);

struct Inner {
    db: Db,
    clock: Clock,
    held: Mutex<HashMap<Key, i64>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
struct Key {
    hour: i64,
    user: Option<Uuid>,
    key: Option<Uuid>,
    method: String,
    path: String,
}

impl Usage {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(db: Db, clock: Clock) -> Self {
        Self(Arc::new(Inner { db, clock, held: Mutex::default() }))
    }

    /// Counts a request.
    pub fn count(&self, sender: Sender, method: &str, path: &str) {
        let hour = self.0.clock.now().micros().div_euclid(HOUR_MICROS);
        let Sender { user, key, .. } = sender;
        let key = Key { hour, user, key, method: method.to_owned(), path: path.to_owned() };
        self.add(key, 1);
    }

    /// Writes what was counted every few seconds, until `stop` and once more then.
    pub async fn run(&self, stop: &CancellationToken) {
        loop {
            let stopped = tokio::select! {
                () = stop.cancelled() => true,
                () = tokio::time::sleep(FLUSH) => false,
            };
            if let Err(error) = self.flush().await {
                tracing::warn!(%error, "counts of requests can't be written; they are held");
            }
            if stopped {
                return;
            }
        }
    }

    /// Writes what was counted. What can't be written is held for the next time.
    ///
    /// # Errors
    /// The database's.
    pub async fn flush(&self) -> Result<(), StoreError> {
        let held = std::mem::take(&mut *self.held());
        if held.is_empty() {
            return Ok(());
        }
        let count = |(key, requests): (&Key, &i64)| {
            Ok(Count {
                hour: Time::from_micros(key.hour * HOUR_MICROS)
                    .map_err(|error| StoreError::Unexpected(error.to_string()))?,
                user_id: key.user,
                key_id: key.key,
                method: key.method.clone(),
                path: key.path.clone(),
                requests: *requests,
            })
        };
        let counts = &held.iter().map(count).collect::<Result<Vec<_>, StoreError>>()?;
        let add = |tx| async move { usage::add(&tx, counts).await };
        let written = self.0.db.run("auth.count_requests", add).await;
        if written.is_err() {
            held.into_iter().for_each(|(key, requests)| self.add(key, requests));
        }
        written
    }

    fn add(&self, key: Key, requests: i64) {
        let mut held = self.held();
        if held.len() < MOST_HELD || held.contains_key(&key) {
            *held.entry(key).or_default() += requests;
        }
    }

    fn held(&self) -> std::sync::MutexGuard<'_, HashMap<Key, i64>> {
        // Nothing panics while it is held.
        self.0.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
