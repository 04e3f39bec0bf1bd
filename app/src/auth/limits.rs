//! How many requests a minute whom: each user, key and address has a budget for each class of
//! endpoints. Where the place that counts can't be reached, this process counts by itself, for a
//! limit that fails open is none and one that fails shut is an outage.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use adapters::auth::limits::{Limits, MemoryLimits};
use uuid::Uuid;

use crate::Clock;

const MINUTE: i64 = 60;

/// What kind of endpoint is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Reads.
    Read,
    /// Changes something.
    Write,
    /// Tries a password or a code.
    Login,
}

impl Class {
    /// Its name on the wire and in keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Login => "login",
        }
    }
}

/// Requests a minute; 0 is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rates {
    /// Of [`Class::Read`].
    pub read: u32,
    /// Of [`Class::Write`].
    pub write: u32,
    /// Of [`Class::Login`], which are counted by address.
    pub login: u32,
    /// Whether addresses of this machine have limits too.
    pub loopback: bool,
}

impl Default for Rates {
    fn default() -> Self {
        Self { read: 6_000, write: 600, login: 30, loopback: false }
    }
}

impl Rates {
    fn of(self, class: Class) -> u32 {
        match class {
            Class::Read => self.read,
            Class::Write => self.write,
            Class::Login => self.login,
        }
    }
}

/// Who sends a request, as far as it is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sender {
    /// The person.
    pub user: Option<Uuid>,
    /// The key that was shown.
    pub key: Option<Uuid>,
    /// The address.
    pub ip: Option<IpAddr>,
}

/// What is left of the tightest budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// Requests a minute.
    pub limit: u32,
    /// How many more there may be in this minute.
    pub left: u32,
    /// Whether this one was too many.
    pub exceeded: bool,
    /// Seconds until the next minute.
    pub reset_s: u64,
}

/// Counts requests. Cheap to clone.
#[derive(Clone)]
pub struct Limiter(Arc<Inner>);

struct Inner {
    shared: Option<Arc<dyn Limits>>,
    own: MemoryLimits,
    rates: Rates,
    clock: Clock,
    /// The minute in which it was last said that the shared place is away.
    told: AtomicI64,
}

impl Limiter {
    /// Counts in `shared`, or in memory without one.
    #[must_use]
    pub fn new(shared: Option<Arc<dyn Limits>>, rates: Rates, clock: Clock) -> Self {
        let (own, told) = (MemoryLimits::default(), AtomicI64::new(0));
        Self(Arc::new(Inner { shared, own, rates, clock, told }))
    }

    /// Counts a request; `None` where nothing limits it.
    pub async fn take(&self, class: Class, sender: Sender) -> Option<Budget> {
        let limit = self.0.rates.of(class);
        let keys = self.keys(class, sender);
        if limit == 0 || keys.is_empty() {
            return None;
        }
        let seconds = self.0.clock.now().millis().div_euclid(1_000);
        let minute = seconds.div_euclid(MINUTE);
        let count = self.count(&keys, minute).await;
        let exceeded = count > limit;
        if exceeded {
            metrics::counter!("chandlery_requests_limited_total", "class" => class.as_str())
                .increment(1);
        }
        Some(Budget {
            limit,
            left: limit.saturating_sub(count),
            exceeded,
            reset_s: (MINUTE - seconds.rem_euclid(MINUTE)).unsigned_abs(),
        })
    }

    /// The highest count of any of them.
    async fn count(&self, keys: &[String], minute: i64) -> u32 {
        let most = |counts: Vec<u32>| counts.into_iter().max().unwrap_or_default();
        if let Some(shared) = &self.0.shared {
            match shared.count(keys, minute).await {
                Ok(counts) => return most(counts),
                Err(error) => {
                    metrics::counter!("chandlery_limits_fallback_total").increment(1);
                    if self.0.told.swap(minute, Ordering::Relaxed) != minute {
                        tracing::warn!(%error, "requests are counted in memory until it answers");
                    }
                }
            }
        }
        // Memory always answers.
        self.0.own.count(keys, minute).await.map(most).unwrap_or_default()
    }

    fn keys(&self, class: Class, sender: Sender) -> Vec<String> {
        // A key's requests leave its user's budget alone: a bot that runs wild doesn't lock its owner out.
        let caller = match (sender.key, sender.user) {
            (Some(key), _) => Some(format!("key.{key}")),
            (None, user) => user.map(|user| format!("user.{user}")),
        };
        let caller = caller.filter(|_| class != Class::Login);
        let counted = |ip: &IpAddr| self.0.rates.loopback || !ip.is_loopback();
        let ip = sender.ip.filter(counted).map(|ip| format!("ip.{}", network(ip)));
        [caller, ip]
            .into_iter()
            .flatten()
            .map(|whose| format!("{whose}:{}", class.as_str()))
            .collect()
    }
}

/// Says what this module counts.
pub fn describe_metrics() {
    metrics::describe_counter!("chandlery_requests_limited_total", "Requests refused by limits");
    metrics::describe_counter!(
        "chandlery_limits_fallback_total",
        "Requests counted in memory because Redis did not answer"
    );
}

/// Whoever has an IPv6 address has its whole /64.
fn network(ip: IpAddr) -> IpAddr {
    match ip.to_canonical() {
        IpAddr::V6(ip) => Ipv6Addr::from_bits(ip.to_bits() & (u128::MAX << 64)).into(),
        ip @ IpAddr::V4(_) => ip,
    }
}

#[cfg(test)]
mod tests {
    use adapters::auth::limits::Counted;
    use adapters::ops::redis::RedisUnavailable;

    use super::*;

    const RATES: Rates = Rates { read: 3, write: 2, login: 1, loopback: false };

    fn from(ip: &str) -> Sender {
        Sender { ip: ip.parse().ok(), ..Sender::default() }
    }

    fn at(text: &str) -> Clock {
        Clock::fixed(text.parse().expect("a time"))
    }

    #[tokio::test]
    async fn each_user_key_and_address_has_a_budget_for_each_class() {
        let clock = at("2026-01-05T10:00:50Z");
        let limiter = Limiter::new(None, RATES, clock.clone());
        let left = async |class, sender| {
            let budget: Option<Budget> = limiter.take(class, sender).await;
            budget.map(|budget| (budget.left, budget.exceeded))
        };
        let somebody =
            |user: u128, ip: &str| Sender { user: Some(Uuid::from_u128(user)), ..from(ip) };
        assert_eq!(left(Class::Read, somebody(1, "192.0.2.1")).await, Some((2, false)));
        assert_eq!(left(Class::Read, somebody(1, "192.0.2.2")).await, Some((1, false)), "user");
        assert_eq!(left(Class::Read, somebody(2, "192.0.2.1")).await, Some((1, false)), "address");
        assert_eq!(left(Class::Read, somebody(1, "192.0.2.3")).await, Some((0, false)));
        assert_eq!(left(Class::Read, somebody(1, "192.0.2.4")).await, Some((0, true)));
        assert_eq!(left(Class::Write, somebody(1, "192.0.2.1")).await, Some((1, false)), "class");
        let key = Sender { key: Some(Uuid::from_u128(9)), ..somebody(1, "127.0.0.1") };
        assert_eq!(left(Class::Write, key).await, Some((1, false)), "a key has its own");
        assert_eq!(left(Class::Write, somebody(1, "127.0.0.1")).await, Some((0, false)));
        assert_eq!(left(Class::Login, somebody(1, "192.0.2.9")).await, Some((0, false)));
        assert_eq!(left(Class::Login, somebody(2, "192.0.2.9")).await, Some((0, true)));
        for own in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            assert_eq!(
                left(
                    Class::Login,
                    Sender {
                        ip: own.parse().ok().map(|ip: IpAddr| ip.to_canonical()),
                        ..Sender::default()
                    }
                )
                .await,
                None,
                "{own}"
            );
        }
        assert_eq!(left(Class::Login, from("2001:db8::1")).await, Some((0, false)));
        assert_eq!(left(Class::Login, from("2001:db8::2")).await, Some((0, true)), "the same /64");
        let budget = limiter.take(Class::Read, from("192.0.2.1")).await.expect("a budget");
        assert_eq!((budget.limit, budget.reset_s), (3, 10));
        clock.set("2026-01-05T10:01:00Z".parse().expect("a time"));
        assert_eq!(left(Class::Read, somebody(1, "192.0.2.1")).await, Some((2, false)), "anew");
    }

    struct Gone;

    impl Limits for Gone {
        fn count<'a>(&'a self, _: &'a [String], _: i64) -> Counted<'a> {
            let error = RedisUnavailable { place: "x".to_owned(), reason: "y".to_owned() };
            Box::pin(std::future::ready(Err(error)))
        }
    }

    #[tokio::test]
    async fn without_the_shared_place_this_process_counts() {
        let limiter = Limiter::new(Some(Arc::new(Gone)), RATES, at("2026-01-05T10:00:50Z"));
        let mut left = Vec::new();
        for _ in 0..4 {
            left.push(limiter.take(Class::Read, from("192.0.2.1")).await.expect("a budget").left);
        }
        assert_eq!(left, [2, 1, 0, 0]);
        assert!(limiter.take(Class::Read, from("192.0.2.1")).await.expect("a budget").exceeded);
    }
}
