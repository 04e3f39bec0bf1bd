//! Settings of how many requests are answered.

use app::auth::limits::Rates;

use super::section::{Wrong, section};
use super::value::choice;

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
    }
}

impl Limits {
    fn check(&self, wrong: &mut Wrong) {
        const MOST: u32 = 1_000_000_000;
        wrong.unless_within("read_per_minute", self.read_per_minute, 0, MOST);
        wrong.unless_within("write_per_minute", self.write_per_minute, 0, MOST);
        wrong.unless_within("login_per_minute", self.login_per_minute, 0, MOST);
    }

    /// Requests a minute.
    pub(crate) fn rates(&self) -> Rates {
        Rates {
            read: self.read_per_minute,
            write: self.write_per_minute,
            login: self.login_per_minute,
            loopback: self.loopback,
        }
    }
}
