//! How many requests whom: each user, key and address has a budget a minute for each class of endpoints, and one
//! an hour for each endpoint that has a limit of its own. Where the place that counts can't be reached, this process counts by itself, for a
//! limit that fails open is none and one that fails shut is an outage.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use adapters::auth::limits::{Counter, Limits, MemoryLimits, Window};
use uuid::Uuid;

use crate::Clock;

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

/// An endpoint's own limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Endpoint {
    /// Its name on the wire and in keys.
    pub name: &'static str,
    /// Requests an hour, where the settings say nothing else; 0 is no limit of its own.
    pub per_hour: u32,
}

/// Requests a minute; 0 is no limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    /// Of [`Class::Read`].
    pub read: u32,
    /// Of [`Class::Write`].
    pub write: u32,
    /// Of [`Class::Login`], which are counted by address.
    pub login: u32,
    /// Whether addresses of this machine have limits too.
    pub loopback: bool,
    /// Requests an hour of endpoints, by name, in the place of [`Endpoint::per_hour`].
    pub endpoints: BTreeMap<String, u32>,
}

impl Default for Rates {
    fn default() -> Self {
        Self { read: 6_000, write: 6_000, login: 30, loopback: false, endpoints: BTreeMap::new() }
    }
}

impl Rates {
    fn of(&self, class: Class) -> u32 {
        match class {
            Class::Read => self.read,
            Class::Write => self.write,
            Class::Login => self.login,
        }
    }

    fn own(&self, Endpoint { name, per_hour }: Endpoint) -> u32 {
        self.endpoints.get(name).copied().unwrap_or(per_hour)
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

/// What is left of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The class's or the endpoint's name.
    pub name: &'static str,
    /// How long the limit counts.
    pub window: Window,
    /// Requests in a window.
    pub limit: u32,
    /// How many more there may be in this one.
    pub left: u32,
    /// Whether this one was too many.
    pub exceeded: bool,
    /// Seconds until the next window.
    pub reset_s: u64,
}

impl Budget {
    /// The one that ends first; of those that have, the one that is over longest.
    pub fn nearest(budgets: impl IntoIterator<Item = Self>) -> Option<Self> {
        let place = |budget: &Self| (!budget.exceeded, budget.left, Reverse(budget.reset_s));
        budgets.into_iter().min_by_key(place)
    }
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

    /// Counts a request, and tells the budget that is nearest to its end; `None` where nothing limits it.
    pub async fn take(
        &self,
        class: Class,
        endpoint: Option<Endpoint>,
        sender: Sender,
    ) -> Option<Budget> {
        let rates = &self.0.rates;
        let of_class = (class.as_str(), Window::Minute, rates.of(class));
        let own = endpoint.map(|endpoint| (endpoint.name, Window::Hour, rates.own(endpoint)));
        let limits = [Some(of_class), own].into_iter().flatten();
        let limits: Vec<_> = limits.filter(|(.., limit)| *limit > 0).collect();
        let whose = self.whose(class, sender);
        if limits.is_empty() || whose.is_empty() {
            return None;
        }
        let counter = |name: &str, whose: &String, window| {
            let key = format!("{whose}:{name}");
            Counter { key, window }
        };
        let counters = limits.iter().flat_map(|&(name, window, _)| {
            whose.iter().map(move |whose| counter(name, whose, window))
        });
        let counters: Vec<_> = counters.collect();
        let second = self.0.clock.now().millis().div_euclid(1_000);
        let counts = self.count(&counters, second).await;
        let budgets = limits.iter().zip(counts.chunks(whose.len()));
        Budget::nearest(budgets.map(|(&(name, window, limit), counts)| {
            let count = counts.iter().copied().max().unwrap_or_default();
            let exceeded = count > limit;
            if exceeded {
                metrics::counter!("chandlery_requests_limited_total", "class" => name).increment(1);
            }
            let passed = second.rem_euclid(window.seconds());
            let reset_s = (window.seconds() - passed).unsigned_abs();
            Budget { name, window, limit, left: limit.saturating_sub(count), exceeded, reset_s }
        }))
    }

    async fn count(&self, counters: &[Counter], second: i64) -> Vec<u32> {
        if let Some(shared) = &self.0.shared {
            match shared.count(counters, second).await {
                Ok(counts) => return counts,
                Err(error) => {
                    metrics::counter!("chandlery_limits_fallback_total").increment(1);
                    let minute = second.div_euclid(Window::Minute.seconds());
                    if self.0.told.swap(minute, Ordering::Relaxed) != minute {
                        tracing::warn!(%error, "requests are counted in memory until it answers");
                    }
                }
            }
        }
        // Memory always answers.
        self.0.own.count(counters, second).await.unwrap_or_default()
    }

    /// Whose budgets a request takes from.
    fn whose(&self, class: Class, sender: Sender) -> Vec<String> {
        // A key's requests leave its user's budget alone: a bot that runs wild doesn't lock its owner out.
        let caller = match (sender.key, sender.user) {
            (Some(key), _) => Some(format!("key.{key}")),
            (None, user) => user.map(|user| format!("user.{user}")),
        };
        let caller = caller.filter(|_| class != Class::Login);
        let counted = |ip: &IpAddr| self.0.rates.loopback || !ip.is_loopback();
        let ip = sender.ip.filter(counted).map(|ip| format!("ip.{}", network(ip)));
        [caller, ip].into_iter().flatten().collect()
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

    const RATES: Rates =
        Rates { read: 3, write: 2, login: 1, loopback: false, endpoints: BTreeMap::new() };

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
            let budget: Option<Budget> = limiter.take(class, None, sender).await;
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
        let budget = limiter.take(Class::Read, None, from("192.0.2.1")).await.expect("a budget");
        assert_eq!((budget.limit, budget.reset_s), (3, 10));
        clock.set("2026-01-05T10:01:00Z".parse().expect("a time"));
        assert_eq!(left(Class::Read, somebody(1, "192.0.2.1")).await, Some((2, false)), "anew");
    }

    #[tokio::test]
    async fn an_endpoint_has_an_hour_of_its_own_and_the_nearest_end_is_told() {
        let clock = at("2026-01-05T10:58:50Z");
        let endpoints = BTreeMap::from([("GET /set".to_owned(), 1), ("GET /off".to_owned(), 0)]);
        let limiter = Limiter::new(None, Rates { endpoints, ..RATES }, clock.clone());
        let take = async |name, sender| {
            let endpoint = Some(Endpoint { name, per_hour: 4 });
            let budget = limiter.take(Class::Read, endpoint, sender).await.expect("a budget");
            (budget.name, budget.left, budget.exceeded, budget.reset_s)
        };
        let ada = Sender { user: Some(Uuid::from_u128(1)), ..Sender::default() };
        assert_eq!(take("GET /x", ada).await, ("read", 2, false, 10), "the minute ends first");
        assert_eq!(take("GET /set", ada).await, ("GET /set", 0, false, 70), "as it is set");
        assert_eq!(take("GET /off", ada).await, ("read", 0, false, 10), "no limit of its own");
        assert_eq!(take("GET /set", ada).await, ("GET /set", 0, true, 70), "both, and longer");
        clock.set("2026-01-05T10:59:00Z".parse().expect("a time"));
        for left in (0..3).rev() {
            assert_eq!(take("GET /x", ada).await, ("read", left, false, 60));
        }
        assert_eq!(take("GET /x", from("192.0.2.1")).await, ("read", 2, false, 60), "an address");
        clock.set("2026-01-05T11:00:00Z".parse().expect("a time"));
        assert_eq!(take("GET /set", ada).await, ("GET /set", 0, false, 3_600), "anew");
    }

    struct Gone;

    impl Limits for Gone {
        fn count<'a>(&'a self, _: &'a [Counter], _: i64) -> Counted<'a> {
            let error = RedisUnavailable { place: "x".to_owned(), reason: "y".to_owned() };
            Box::pin(std::future::ready(Err(error)))
        }
    }

    #[tokio::test]
    async fn without_the_shared_place_this_process_counts() {
        let limiter = Limiter::new(Some(Arc::new(Gone)), RATES, at("2026-01-05T10:00:50Z"));
        let mut left = Vec::new();
        for _ in 0..4 {
            left.push(
                limiter.take(Class::Read, None, from("192.0.2.1")).await.expect("a budget").left,
            );
        }
        assert_eq!(left, [2, 1, 0, 0]);
        assert!(
            limiter.take(Class::Read, None, from("192.0.2.1")).await.expect("a budget").exceeded
        );
    }
}
