//! How long to wait before connecting again: longer each time and never the same for two
//! connections, so that thousands of clients don't come back to a venue in one instant.

use std::time::Duration;

/// Shortest pause.
pub(super) const LEAST: Duration = Duration::from_millis(250);
/// Longest pause.
const MOST: Duration = Duration::from_secs(30);

/// Pauses with full jitter: anything between [`LEAST`] and a bound that doubles up to 30 s.
#[derive(Debug)]
pub(super) struct Backoff {
    attempt: u32,
    rng: fastrand::Rng,
}

impl Backoff {
    pub(super) fn new(seed: u64) -> Self {
        Self { attempt: 0, rng: fastrand::Rng::with_seed(seed) }
    }

    /// The next pause.
    pub(super) fn next(&mut self) -> Duration {
        self.attempt = self.attempt.saturating_add(1);
        let bound = LEAST.saturating_mul(1 << self.attempt.min(16)).min(MOST);
        let micros = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Duration::from_micros(self.rng.u64(micros(LEAST)..=micros(bound)))
    }

    /// The connection was healthy: the next pause is a short one again.
    pub(super) fn reset(&mut self) {
        self.attempt = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_within_their_bounds_and_start_anew() {
        let mut longest = Duration::ZERO;
        for seed in 0..200 {
            let mut backoff = Backoff::new(seed);
            for attempt in 1..12 {
                let pause = backoff.next();
                assert!(pause >= LEAST && pause <= (LEAST * (1 << attempt)).min(MOST));
                longest = longest.max(pause);
            }
            backoff.reset();
            assert!(backoff.next() <= LEAST * 2);
        }
        assert!(longest > MOST / 2, "the pauses never became long: {longest:?}");
        let first = |seed| Backoff::new(seed).next();
        assert_ne!(first(1), first(2), "two connections would come back together");
    }
}
