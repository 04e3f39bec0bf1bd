//! The venue's clock: it runs from a moment of the recording, at a speed, and can be stopped and set.

use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::Time;
use tokio::time::Instant;

/// Tells the venue's time.
#[derive(Debug)]
pub(crate) struct Clock(Mutex<Hands>);

#[derive(Debug, Clone, Copy)]
struct Hands {
    /// The venue's time at `since`.
    at: Time,
    since: Instant,
    speed: f64,
    running: bool,
}

impl Clock {
    pub(crate) fn new(at: Time, speed: f64) -> Self {
        Self(Mutex::new(Hands { at, since: Instant::now(), speed, running: true }))
    }

    /// The venue's time.
    pub(crate) fn now(&self) -> Time {
        self.hands().now()
    }

    pub(crate) fn set(&self, at: Time) {
        let mut hands = self.hands();
        (hands.at, hands.since) = (at, Instant::now());
    }

    pub(crate) fn run(&self, running: bool) {
        let mut hands = self.hands();
        (hands.at, hands.since, hands.running) = (hands.now(), Instant::now(), running);
    }

    fn hands(&self) -> MutexGuard<'_, Hands> {
        // No step of a change can panic, so the hands are never half set.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hands {
    fn now(&self) -> Time {
        if !self.running {
            return self.at;
        }
        let elapsed = self.since.elapsed().as_secs_f64() * 1e6 * self.speed;
        self.at.plus_micros(elapsed as i64)
    }
}
