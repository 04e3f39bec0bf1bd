//! Binance's request limit: every request has a weight, and a minute has room for so much. Who
//! asks on beyond it is answered with 429 until the minute is over, and is banned with 418 when
//! that is ignored.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

const MINUTE: Duration = Duration::from_secs(60);
/// Requests after a 429 within the same minute that are forgiven.
const PATIENCE: u32 = 10;
/// How long the first ban lasts, as Binance documents it.
const BAN: Duration = Duration::from_secs(120);

/// Counts weights. All clients of a simulator count as one address.
#[derive(Debug)]
pub(crate) struct Weights {
    limit: Option<u32>,
    minute: Mutex<Minute>,
}

#[derive(Debug)]
struct Minute {
    since: Instant,
    used: u32,
    /// Requests made after the limit was reached.
    ignored: u32,
    banned_until: Option<Instant>,
    refused: u64,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is answered; so much was used in this minute.
    Fine(u32),
    /// 429; the minute ends after this time.
    TooMany(Duration),
    /// 418; the ban ends after this time.
    Banned(Duration),
}

impl Weights {
    pub(crate) fn new(limit: Option<u32>) -> Self {
        let minute =
            Minute { since: Instant::now(), used: 0, ignored: 0, banned_until: None, refused: 0 };
        Self { limit, minute: Mutex::new(minute) }
    }

    /// The limit of a minute.
    pub(crate) fn limit(&self) -> Option<u32> {
        self.limit
    }

    /// How many requests were refused.
    pub(crate) fn refused(&self) -> u64 {
        self.minute.lock().unwrap_or_else(PoisonError::into_inner).refused
    }

    /// Counts a request of this weight, made `now`.
    pub(crate) fn spend(&self, weight: u32, now: Instant) -> Verdict {
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(until) = minute.banned_until {
            if now < until {
                minute.refused += 1;
                return Verdict::Banned(until - now);
            }
            minute.banned_until = None;
        }
        if now - minute.since >= MINUTE {
            (minute.since, minute.used, minute.ignored) = (now, 0, 0);
        }
        if self.limit.is_none_or(|limit| minute.used + weight <= limit) {
            minute.used += weight;
            return Verdict::Fine(minute.used);
        }
        minute.refused += 1;
        minute.ignored += 1;
        if minute.ignored > PATIENCE {
            minute.banned_until = Some(now + BAN);
            return Verdict::Banned(BAN);
        }
        Verdict::TooMany(MINUTE - (now - minute.since))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_goes_on_is_banned() {
        let weights = Weights::new(Some(100));
        let start = weights.minute.lock().unwrap().since;
        let spend = |weight, after| weights.spend(weight, start + Duration::from_secs(after));
        assert_eq!(spend(60, 0), Verdict::Fine(60));
        assert_eq!(spend(40, 1), Verdict::Fine(100));
        for _ in 0..PATIENCE {
            assert_eq!(spend(1, 20), Verdict::TooMany(Duration::from_secs(40)));
        }
        assert_eq!(spend(1, 20), Verdict::Banned(BAN));
        assert_eq!(spend(1, 80), Verdict::Banned(Duration::from_secs(60)));
        assert_eq!(spend(1, 140), Verdict::Fine(1));
        assert_eq!(weights.refused(), 12);
    }
}
