//! Settings of how many requests are answered.

use std::collections::BTreeMap;

use api::rules::RULES;
use app::auth::limits::Rates;

use super::section::{Wrong, section};
use super::value::{Setting, choice, quoted, structured};

/// More is no limit; 0 says so.
const MOST: u32 = 1_000_000_000;

choice! {
    /// Where requests are counted.
    LimitsPlace {
        /// In the memory of this process.
        Memory = "memory",
        /// In Redis, for all nodes together.
        Redis = "redis",
    }
}

section! {
    /// How many requests a minute each person, each key and each address may send; beyond it answers are 429 with
    /// Retry-After. An IPv6 address counts as its whole /64. 0 is no limit. /compat/binance has Binance's
    /// weights beside these, compat.binance_weight_per_minute.
    Limits = "limits" {
        /// Where they are counted: "memory", or "redis" as redis.url says, for all nodes together. While Redis is away
        /// each node counts in its memory, with a warning and chandlery_limits_fallback_total.
        place: LimitsPlace = LimitsPlace::Memory;
        /// Requests that read.
        read_per_minute: u32 = Rates::default().read;
        /// Requests that change something.
        write_per_minute: u32 = Rates::default().write;
        /// Tries of passwords and codes, by address.
        login_per_minute: u32 = Rates::default().login;
        /// Count addresses of this machine too. Without it programs beside Chandlery have the limits of their users and
        /// keys only, and without credentials none.
        loopback: bool = Rates::default().loopback;
        /// Requests an hour to an endpoint, in the place of its own limit; 0 is none. docs/access.md has all endpoints
        /// and those with a limit of their own. In the file also as [limits.endpoints].
        endpoints: EndpointRates = EndpointRates::default(), like "{ \"POST /v1/auth/token\" = 600, \"GET /v1/market/ticks\" = 5000 }";
    }
}

/// Requests an hour by endpoint, in the file as a table and elsewhere as the same table in one line.
#[derive(Debug, Clone, Default)]
pub(crate) struct EndpointRates(BTreeMap<String, u32>);

impl Setting for EndpointRates {
    const EXPECTS: &'static str =
        "a table of endpoints and whole numbers such as { \"POST /v1/auth/token\" = 600 }";

    fn from_text(text: &str) -> Option<Self> {
        Self::from_toml(&text.into())
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        structured(value).map(Self)
    }

    fn shown(&self) -> Option<String> {
        let pairs = self.0.iter().map(|(name, rate)| format!("{} = {rate}", quoted(name)));
        let pairs: Vec<_> = pairs.collect();
        (!pairs.is_empty()).then(|| format!("{{ {} }}", pairs.join(", ")))
    }
}

impl Limits {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_within("read_per_minute", self.read_per_minute, 0, MOST);
        wrong.unless_within("write_per_minute", self.write_per_minute, 0, MOST);
        wrong.unless_within("login_per_minute", self.login_per_minute, 0, MOST);
        let names = || RULES.iter().map(|access| access.limit.name);
        for (name, rate) in &self.endpoints.0 {
            wrong.unless_within("endpoints", *rate, 0, MOST);
            if !names().any(|known| known == name) {
                let likeness = |known: &&str| strsim::normalized_damerau_levenshtein(name, known);
                let nearest = names().max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
                let nearest = nearest.unwrap_or_default();
                let why = format!("{name:?} is no endpoint; did you mean {nearest:?}?");
                wrong.0.push(("endpoints", why));
            }
        }
    }

    /// Requests a minute.
    pub(crate) fn rates(&self) -> Rates {
        Rates {
            read: self.read_per_minute,
            write: self.write_per_minute,
            login: self.login_per_minute,
            loopback: self.loopback,
            endpoints: self.endpoints.0.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_are_known_ones_and_read_as_they_are_shown() {
        let text = r#"{ "GET /v1/auth/keys" = 0, "POST /v1/auth/token" = 60 }"#;
        let endpoints = EndpointRates::from_text(text).unwrap();
        assert_eq!(endpoints.shown().as_deref(), Some(text));
        let file: toml::Table = "[endpoints]\n\"GET /docs\" = 1".parse().unwrap();
        let file = EndpointRates::from_toml(&file["endpoints"]).unwrap();
        assert_eq!(file.shown().as_deref(), Some(r#"{ "GET /docs" = 1 }"#));
        let wrong = |endpoints: EndpointRates| {
            let mut wrong = Wrong::default();
            Limits { endpoints, ..Limits::default() }.check(&mut wrong);
            wrong.0.into_iter().map(|(_, why)| why).collect::<Vec<_>>()
        };
        assert_eq!(wrong(endpoints), [] as [&str; 0]);
        let odd = r#"{ "POST /v1/auth/tokens" = 60, "GET /v1/auth/keys" = 4000000000 }"#;
        assert_eq!(
            wrong(EndpointRates::from_text(odd).unwrap()),
            [
                "must be 0 to 1000000000, not 4000000000",
                r#""POST /v1/auth/tokens" is no endpoint; did you mean "POST /v1/auth/token"?"#
            ]
        );
        for bad in ["", "60", r#"{ "POST /v1/auth/token" = -1 }"#, "{ } x = 1", "[1]"] {
            assert!(EndpointRates::from_text(bad).is_none(), "{bad}");
        }
    }
}
