//! Requests to a venue: within its budget, with its pauses kept, and every failure named as what it
//! means for the caller.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use reqwest::{Client, StatusCode, Url};
use serde::Deserialize;
use tokio::time::Instant;

use super::budget::{Budget, MAX_WAIT};
use super::metrics;
use super::port::VenueError;

/// How often a request that the venue put off is sent in all.
const ATTEMPTS: u32 = 4;
/// Longest refusal that is repeated in an error.
const MAX_SHOWN: usize = 300;

/// What differs between venues.
pub(super) struct Manners {
    /// Weight that may be spent in a minute.
    pub(super) per_minute: u32,
    /// The header in which the venue tells the weight it counted in its present minute.
    pub(super) used_header: Option<&'static str>,
    /// The pause after "too many requests" where the venue names none.
    pub(super) default_pause: Duration,
    /// What a refusal (4xx) means.
    pub(super) refusal: fn(StatusCode, &str) -> VenueError,
}

/// A venue's REST interface.
pub(super) struct Rest {
    venue: String,
    client: Client,
    base: Url,
    budget: Budget,
    manners: Manners,
    /// The most that the venue may have counted before we hold back.
    most_used: std::sync::atomic::AtomicU32,
}

impl Rest {
    /// The interface at `base`. `timeout` is for a whole answer.
    pub(super) fn new(
        venue: &str,
        base: &str,
        timeout: Duration,
        manners: Manners,
    ) -> Result<Self, VenueError> {
        let bad = |error: &dyn std::fmt::Display| {
            VenueError::Unreachable(format!("{base} can't be asked: {error}"))
        };
        let client = Client::builder()
            .user_agent(concat!("chandlery/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(timeout.min(Duration::from_secs(10)))
            .timeout(timeout)
            .build()
            .map_err(|error| bad(&error))?;
        Ok(Self {
            venue: venue.to_owned(),
            client,
            base: Url::parse(base.trim_end_matches('/')).map_err(|error| bad(&error))?,
            budget: Budget::new(manners.per_minute),
            most_used: manners.per_minute.into(),
            manners,
        })
    }

    /// From now on so much weight a minute.
    pub(super) fn set_limit(&self, per_minute: u32) {
        self.most_used.store(per_minute, std::sync::atomic::Ordering::Relaxed);
        self.budget.set_limit(per_minute);
    }

    /// Asks and gives the text of the answer. `endpoint` names the request in the metrics,
    /// `segments` are the path's.
    pub(super) async fn get(
        &self,
        endpoint: &'static str,
        segments: &[&str],
        query: &[(&str, String)],
        weight: u32,
    ) -> Result<String, VenueError> {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        for attempt in 1.. {
            self.budget.take(weight).await.map_err(VenueError::RateLimited)?;
            let began = Instant::now();
            let result = self.once(&url, query).await;
            let outcome = match &result {
                Ok(_) => "ok",
                Err(VenueError::RateLimited(_)) => "rate_limited",
                Err(VenueError::Unreachable(_)) => "unreachable",
                Err(_) => "refused",
            };
            metrics::requested(&self.venue, endpoint, outcome, began.elapsed().as_secs_f64());
            match result {
                Err(VenueError::RateLimited(pause)) => {
                    tracing::warn!(
                        venue = self.venue,
                        endpoint,
                        seconds = pause.as_secs(),
                        "the venue was asked too much; nothing more is asked for a while"
                    );
                    if pause > MAX_WAIT || attempt >= ATTEMPTS {
                        return Err(VenueError::RateLimited(pause));
                    }
                }
                other => return other,
            }
        }
        unreachable!("the loop above returns")
    }

    async fn once(&self, url: &Url, query: &[(&str, String)]) -> Result<String, VenueError> {
        let lost = |error: reqwest::Error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let error = error.without_url();
            VenueError::Unreachable(
                cause.map_or(error.to_string(), |why| format!("{error}: {why}")),
            )
        };
        let sent = self.client.get(url.clone()).query(query).send().await;
        let answer = sent.map_err(lost)?;
        let status = answer.status();
        self.heed(answer.headers());
        if matches!(status.as_u16(), 429 | 418) {
            let pause = seconds(answer.headers()).unwrap_or(self.manners.default_pause);
            self.budget.pause(pause);
            return Err(VenueError::RateLimited(pause));
        }
        let text = answer.text().await.map_err(lost)?;
        if status.is_success() {
            return Ok(text);
        }
        let shown: String = text.chars().take(MAX_SHOWN).collect();
        if status.is_client_error() && status != StatusCode::REQUEST_TIMEOUT {
            return Err((self.manners.refusal)(status, &shown));
        }
        Err(VenueError::Unreachable(format!("it answers {status}: {shown}")))
    }

    /// Holds back until the venue's next minute where it has counted more than our share: then
    /// others use the same address, or its weights have changed.
    fn heed(&self, headers: &HeaderMap) {
        let Some(name) = self.manners.used_header else { return };
        let used = headers.get(name).and_then(|value| value.to_str().ok()?.parse::<u32>().ok());
        let Some(used) = used else { return };
        metrics::weight_used(&self.venue, used);
        if used > self.most_used.load(std::sync::atomic::Ordering::Relaxed) {
            self.budget.pause(rest_of_minute(headers).unwrap_or(Duration::from_secs(10)));
        }
    }
}

/// An answer's text as what it should be.
pub(super) fn read<'a, T: Deserialize<'a>>(
    endpoint: &'static str,
    text: &'a str,
) -> Result<T, VenueError> {
    serde_json::from_str(text)
        .map_err(|error| VenueError::Malformed(format!("{endpoint}: {error}")))
}

/// The rows that can be used. One that breaks a rule of ours is left out and named in the log; that
/// it is missing is then seen, while a page refused for its sake would hide all others.
pub(super) fn usable<T>(
    endpoint: &'static str,
    code: &str,
    rows: impl Iterator<Item = Result<T, String>>,
) -> Vec<T> {
    let named = |reason: &String| {
        tracing::warn!(endpoint, code, reason, "a row of the venue's answer is left out");
    };
    rows.filter_map(|row| row.inspect_err(named).ok()).collect()
}

/// `Retry-After` in seconds; venues don't write dates there.
fn seconds(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?;
    value.trim().parse().ok().map(Duration::from_secs)
}

/// What is left of the minute on the venue's own clock, by `Date: Tue, 15 Nov 1994 08:12:31 GMT`.
fn rest_of_minute(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(DATE)?.to_str().ok()?.get(23..25)?.parse().ok()?;
    Some(Duration::from_secs(60 - seconds.min(59)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read() {
        let mut headers = HeaderMap::new();
        assert_eq!((seconds(&headers), rest_of_minute(&headers)), (None, None));
        headers.insert(RETRY_AFTER, "7".parse().unwrap());
        headers.insert(DATE, "Tue, 15 Nov 1994 08:12:31 GMT".parse().unwrap());
        assert_eq!(seconds(&headers), Some(Duration::from_secs(7)));
        assert_eq!(rest_of_minute(&headers), Some(Duration::from_secs(29)));
    }
}
