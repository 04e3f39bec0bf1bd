//! When a call that failed is tried again, and after how long.

use std::time::Duration;

use crate::error::Error;

/// How failed calls are tried again: after twice as long each time, up to a longest pause, with chance in it so that
/// many clients don't come back at the same moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Retry {
    /// How often a call is tried at the most; 1 is never again.
    pub tries: u32,
    /// The pause after the first try.
    pub pause: Duration,
    /// The longest pause. A server that says `Retry-After` more is not asked again.
    pub longest: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self { tries: 5, pause: Duration::from_millis(100), longest: Duration::from_secs(10) }
    }
}

impl Retry {
    /// The pause before the next try, none where there is to be no other. `harmless`: doing it twice does it once.
    /// `luck` is between 0 and 1.
    pub(crate) fn pause(
        &self,
        error: &Error,
        harmless: bool,
        tried: u32,
        luck: f64,
    ) -> Option<Duration> {
        if tried >= self.tries {
            return None;
        }
        let own = self.back_off(tried, luck);
        match error {
            // The server did nothing yet, in either case.
            Error::Refused(problem) if problem.status == 429 => {
                self.at_least(own, problem.retry_after)
            }
            Error::Unreachable { before_sent: true, .. } => Some(own),
            _ if !harmless => None,
            Error::Refused(problem) if [502, 503, 504].contains(&problem.status) => {
                self.at_least(own, problem.retry_after)
            }
            Error::Unreachable { .. } | Error::Timeout { .. } => Some(own),
            Error::Refused(_) | Error::Answer { .. } | Error::Settings(_) => None,
        }
    }

    /// Between half of it and all of it.
    pub(crate) fn back_off(&self, tried: u32, luck: f64) -> Duration {
        let doubled = self.pause.saturating_mul(1 << tried.saturating_sub(1).min(16));
        doubled.min(self.longest).mul_f64(0.5 + luck.clamp(0.0, 1.0) / 2.0)
    }

    fn at_least(&self, own: Duration, asked: Option<Duration>) -> Option<Duration> {
        let asked = asked.unwrap_or_default();
        (asked <= self.longest).then(|| own.max(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    fn refused(status: u16, after: Option<u64>) -> Error {
        Error::Refused(Box::new(Problem::read(status, after.map(Duration::from_secs), b"{}")))
    }

    fn lost(before_sent: bool) -> Error {
        Error::Unreachable { url: String::new(), reason: String::new(), before_sent }
    }

    #[test]
    fn what_may_have_been_done_is_only_tried_again_where_that_is_harmless() {
        let retry = Retry::default();
        let again = |error: Error, harmless| retry.pause(&error, harmless, 1, 1.0).is_some();
        let timeout = || Error::Timeout { url: String::new(), after: Duration::ZERO };
        for harmless in [true, false] {
            assert!(again(refused(429, Some(1)), harmless));
            assert!(again(lost(true), harmless));
            assert!(!again(refused(409, None), harmless));
            assert_eq!(again(refused(503, Some(1)), harmless), harmless);
            assert_eq!(again(lost(false), harmless), harmless);
            assert_eq!(again(timeout(), harmless), harmless);
        }
    }

    #[test]
    fn pauses_double_up_to_the_longest_and_tries_end() {
        let retry = Retry { tries: 9, ..Retry::default() };
        let pauses: Vec<u64> = (1..=9)
            .filter_map(|tried| retry.pause(&lost(true), true, tried, 1.0))
            .map(|pause| pause.as_millis() as u64)
            .collect();
        assert_eq!(pauses, [100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000]);
        assert_eq!(retry.back_off(3, 0.0), Duration::from_millis(200));
        assert_eq!(
            retry.pause(&refused(429, Some(7)), false, 1, 0.0),
            Some(Duration::from_secs(7))
        );
        assert_eq!(retry.pause(&refused(429, Some(3_600)), false, 1, 0.0), None);
    }
}
