//! What may still be asked of a venue. Weight flows in evenly; a quarter of a minute's worth may be
//! spent at once. Whoever comes first is served first, and every wait is known beforehand.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

/// Longest wait for a request; beyond it the caller is told instead.
pub(super) const MAX_WAIT: Duration = Duration::from_secs(60);
const MINUTE: Duration = Duration::from_secs(60);

/// A budget shared by all tasks that ask one venue (a virtual-time leaky bucket, "GCRA"): in any
/// minute no more than the limit is spent, however the venue's own minutes lie.
#[derive(Debug)]
pub(super) struct Budget(Mutex<State>);

#[derive(Debug)]
struct State {
    /// What one unit of weight takes.
    per_unit: Duration,
    /// How far ahead of time it may be spent.
    ahead: Duration,
    /// When everything promised is paid for.
    paid: Instant,
    /// Nothing goes out before.
    paused_until: Instant,
    /// Grows with every pause: what was promised before it is to be asked for again.
    pauses: u64,
}

impl State {
    fn new(per_minute: u32, now: Instant) -> Self {
        let mut state = Self {
            per_unit: Duration::ZERO,
            ahead: Duration::ZERO,
            paid: now,
            paused_until: now,
            pauses: 0,
        };
        state.set_limit(per_minute);
        state
    }

    fn set_limit(&mut self, per_minute: u32) {
        // Three quarters flow, one quarter is at hand: together the limit in any one minute.
        let flow = (f64::from(per_minute.max(1)) * 0.75).max(1.0);
        self.per_unit = MINUTE.div_f64(flow);
        self.ahead = self.per_unit.mul_f64(f64::from(per_minute) * 0.25);
    }

    fn pause(&mut self, time: Duration, now: Instant) {
        let until = now + time;
        if until > self.paused_until {
            self.paused_until = until;
            // What was promised is void, and nothing is at hand when the pause is over: no rush.
            self.paid = until + self.ahead;
            self.pauses += 1;
        }
    }

    /// When so much weight may go out; the error is the wait where that is too long.
    fn promise(&mut self, weight: u32, now: Instant) -> Result<Duration, Duration> {
        let cost = self.per_unit.saturating_mul(weight);
        let paid = self.paid.max(now) + cost;
        // A request heavier than what may be at hand goes out once all before it is paid for.
        let wait = paid.saturating_duration_since(now + self.ahead.max(cost));
        let wait = wait.max(self.paused_until.saturating_duration_since(now));
        if wait > MAX_WAIT {
            return Err(wait);
        }
        self.paid = paid;
        Ok(wait)
    }
}

impl Budget {
    /// A budget of so much weight a minute.
    pub(super) fn new(per_minute: u32) -> Self {
        Self(Mutex::new(State::new(per_minute, Instant::now())))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From now on so much weight a minute.
    pub(super) fn set_limit(&self, per_minute: u32) {
        self.state().set_limit(per_minute);
    }

    /// Nothing goes out for that long.
    pub(super) fn pause(&self, time: Duration) {
        self.state().pause(time, Instant::now());
    }

    /// Waits until so much weight may be spent; the error is the wait where that is too long.
    pub(super) async fn take(&self, weight: u32) -> Result<(), Duration> {
        loop {
            let (wait, pauses) = {
                let mut state = self.state();
                (state.promise(weight, Instant::now())?, state.pauses)
            };
            if !wait.is_zero() {
                sleep(wait).await;
            }
            if self.state().pauses == pauses {
                return Ok(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn no_minute_sees_more_than_the_limit() {
        let began = Instant::now();
        let mut state = State::new(120, began);
        let (mut now, mut spent) = (began, Vec::new());
        while now < began + 300 * SECOND {
            now += state.promise(2, now).unwrap();
            spent.push(now);
        }
        for (at, from) in spent.iter().enumerate() {
            let within = spent[at..].iter().take_while(|time| **time < *from + MINUTE).count();
            assert!(within * 2 <= 120 + 2, "{within} requests of weight 2 in a minute");
        }
        assert!(spent.len() > 200, "only {} requests in five minutes", spent.len());
    }

    #[test]
    fn first_come_first_served_and_too_long_is_told() {
        let now = Instant::now();
        let mut state = State::new(60, now);
        let waits = (0..40).map(|_| state.promise(1, now).unwrap()).collect::<Vec<_>>();
        assert!(waits.is_sorted());
        assert_eq!(waits.iter().filter(|wait| wait.is_zero()).count(), 15, "a quarter is at hand");
        let heavy = state.promise(1_000, now).unwrap();
        assert!(heavy >= waits[39], "what is heavy waits until all before it is paid for");
        assert!(state.promise(1, now).unwrap_err() > MAX_WAIT);
    }

    #[test]
    fn after_a_pause_there_is_no_rush() {
        let now = Instant::now();
        let mut state = State::new(60, now);
        state.promise(1, now).unwrap();
        state.pause(20 * SECOND, now);
        state.pause(5 * SECOND, now);
        assert_eq!(state.pauses, 1, "a shorter pause within a longer one changes nothing");
        let waits = (0..20).map(|_| state.promise(1, now).unwrap()).collect::<Vec<_>>();
        assert!(waits[0] >= 20 * SECOND);
        assert!(waits.windows(2).all(|two| two[1] - two[0] >= SECOND), "{waits:?}");
        state.pause(90 * SECOND, now);
        assert!(state.promise(1, now).unwrap_err() > MAX_WAIT);
    }

    #[tokio::test]
    async fn a_pause_holds_those_who_wait_already() {
        let budget = std::sync::Arc::new(Budget::new(6_000));
        budget.take(1_500).await.unwrap();
        let began = Instant::now();
        let waiting = tokio::spawn({
            let budget = std::sync::Arc::clone(&budget);
            async move { budget.take(15).await.map(|()| began.elapsed()) }
        });
        sleep(Duration::from_millis(50)).await;
        budget.pause(Duration::from_millis(400));
        let took = waiting.await.unwrap().unwrap();
        assert!(took >= Duration::from_millis(450), "{took:?}");
    }
}
