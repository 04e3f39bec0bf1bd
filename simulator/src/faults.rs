//! How the simulator misbehaves: what may go wrong, how often, and the dice. A throw depends on the
//! seed and on the message (or the number of the request) alone, so the same recording played with
//! the same seed loses the same messages on every machine and at every speed.

use std::str::FromStr;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::{Deserialize, Serialize};

/// What goes wrong. Chances are between 0 (never) and 1 (always), per message, connection or request.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Chance that a stream's message is lost.
    pub drop: f64,
    /// Chance that it is sent twice.
    pub duplicate: f64,
    /// Chance that it comes late, by `delay_ms`; those behind it overtake it.
    pub delay: f64,
    /// How late, in milliseconds of real time.
    pub delay_ms: u64,
    /// Chance that it changes places with the one behind it.
    pub reorder: f64,
    /// Chance that something that is no JSON comes instead of it.
    pub garbage: f64,
    /// Chance that half of it comes, and the connection ends.
    pub half_message: f64,
    /// Chance that the connection ends without a word before it.
    pub disconnect: f64,
    /// Mean seconds of real time until a connection ends without a word; 0: never.
    pub disconnect_every_s: f64,
    /// Seconds of real time after which the venue closes a connection, as Binance does after
    /// 24 hours; 0: never.
    pub lifetime_s: f64,
    /// Chance that from this message on the connection is open but silent, for `stall_ms`; what
    /// would have come meanwhile is lost.
    pub stall: f64,
    /// How long the silence lasts in milliseconds; 0: until the client gives up.
    pub stall_ms: u64,
    /// Chance that a WebSocket connection is refused (503).
    pub refuse_connections: f64,
    /// Chance that a request is answered with 429.
    pub http_429: f64,
    /// Chance that it is answered with 418, a ban.
    pub http_418: f64,
    /// What such answers say in `Retry-After`, in seconds.
    pub retry_after_s: u64,
    /// Chance that it is answered with 500, 502, 503 or 504.
    pub http_5xx: f64,
    /// Chance that the connection ends in the middle of the answer.
    pub http_cut: f64,
    /// Every answer comes this much later, in milliseconds.
    pub http_slow_ms: u64,
    /// How far the venue's clock is ahead, in milliseconds: its time and the times of its events
    /// lie, the times of its trades don't.
    pub clock_offset_ms: i64,
    /// How much its clock gains, in millionths of the venue's time.
    pub clock_drift_ppm: i64,
}

/// Why a text or a set of values is no list of faults.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadFaults {
    /// A part is no `name=value`.
    #[error("`{0}` is not name=value")]
    NotAPair(String),
    /// A name that doesn't exist, or a value of the wrong kind.
    #[error("faults: {0}")]
    Value(String),
    /// A chance outside 0 to 1.
    #[error("{0} is a chance and lies between 0 and 1")]
    Chance(&'static str),
    /// A number of seconds that is negative or endless.
    #[error("{0} is a number of seconds, 0 or more")]
    Seconds(&'static str),
}

impl Faults {
    /// Checks that chances are chances.
    ///
    /// # Errors
    /// [`BadFaults`] with the name of the first that isn't.
    pub fn check(&self) -> Result<(), BadFaults> {
        let chances = [
            ("drop", self.drop),
            ("duplicate", self.duplicate),
            ("delay", self.delay),
            ("reorder", self.reorder),
            ("garbage", self.garbage),
            ("half_message", self.half_message),
            ("disconnect", self.disconnect),
            ("stall", self.stall),
            ("refuse_connections", self.refuse_connections),
            ("http_429", self.http_429),
            ("http_418", self.http_418),
            ("http_5xx", self.http_5xx),
            ("http_cut", self.http_cut),
        ];
        if let Some((name, _)) = chances.into_iter().find(|(_, c)| !(0.0..=1.0).contains(c)) {
            return Err(BadFaults::Chance(name));
        }
        let seconds =
            [("disconnect_every_s", self.disconnect_every_s), ("lifetime_s", self.lifetime_s)];
        match seconds.into_iter().find(|(_, s)| !(0.0..=1e9).contains(s)) {
            Some((name, _)) => Err(BadFaults::Seconds(name)),
            None => Ok(()),
        }
    }
}

impl FromStr for Faults {
    type Err = BadFaults;

    /// `drop=0.01,delay=0.02:500,http_429=0.1:5`. After a colon stands what belongs to the chance:
    /// milliseconds for `delay` and `stall`, seconds of `Retry-After` for `http_429` and `http_418`.
    fn from_str(text: &str) -> Result<Self, BadFaults> {
        let mut values = serde_json::Map::new();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let not_a_pair = || BadFaults::NotAPair(part.to_owned());
            let (name, value) = part.split_once('=').ok_or_else(not_a_pair)?;
            let (value, more) = match value.split_once(':') {
                Some((value, more)) => (value, Some(more)),
                None => (value, None),
            };
            let mut put = |name: &str, value: &str| {
                let value = value.parse::<serde_json::Number>().map_err(|_| not_a_pair())?;
                values.insert(name.to_owned(), value.into());
                Ok::<(), BadFaults>(())
            };
            put(name, value)?;
            if let Some(more) = more {
                let of = match name {
                    "delay" => "delay_ms",
                    "stall" => "stall_ms",
                    "http_429" | "http_418" => "retry_after_s",
                    _ => return Err(not_a_pair()),
                };
                put(of, more)?;
            }
        }
        let faults: Self = serde_json::from_value(values.into())
            .map_err(|error| BadFaults::Value(error.to_string()))?;
        faults.check()?;
        Ok(faults)
    }
}

/// One throw of the dice for each kind of fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Dice(u64);

impl Dice {
    /// For a message.
    pub(crate) fn of_text(seed: u64, text: &str) -> Self {
        // FNV-1a, eight bytes at a time; `mix` spreads what it leaves.
        let word = |part: &[u8]| part.iter().fold(0, |word, b| (word << 8) | u64::from(*b));
        let fold = |hash: u64, part| (hash ^ word(part)).wrapping_mul(0x0100_0000_01b3);
        Self(text.as_bytes().chunks(8).fold(mix(seed), |hash, part| mix(fold(hash, part))))
    }

    /// For the n-th of something.
    pub(crate) fn of_number(seed: u64, number: u64) -> Self {
        Self(mix(mix(seed) ^ number))
    }

    /// Whether what has this chance happens. Each `fault` is a throw of its own.
    pub(crate) fn falls(self, fault: Fault, chance: f64) -> bool {
        chance > 0.0 && self.share(fault) < chance
    }

    /// A number from 0 to below 1.
    pub(crate) fn share(self, fault: Fault) -> f64 {
        let bits = mix(self.0 ^ (fault as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)) >> 11;
        bits as f64 / (1u64 << 53) as f64
    }
}

/// Spreads a number over 64 bits: the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
pub(crate) const fn mix(number: u64) -> u64 {
    let number = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

macro_rules! faults {
    ($($name:ident $text:ident),+ $(,)?) => {
        /// The kinds of fault that are counted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Fault { $($name),+ }

        const FAULTS: usize = [$(Fault::$name),+].len();

        /// How many faults were dealt, by kind.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[allow(missing_docs, reason = "named as in `Faults`")]
        pub struct Dealt { $(pub $text: u64),+ }

        impl Counters {
            pub(crate) fn dealt(&self) -> Dealt {
                Dealt { $($text: self.0[Fault::$name as usize].load(Ordering::Relaxed)),+ }
            }
        }
    };
}

faults! {
    Drop drop, Duplicate duplicate, Delay delay, Reorder reorder, Garbage garbage,
    HalfMessage half_message, Disconnect disconnect, Stall stall, Refuse refuse_connections,
    Http429 http_429, Http418 http_418, Http5xx http_5xx, HttpCut http_cut,
}

/// Counts the faults dealt.
#[derive(Debug, Default)]
pub(crate) struct Counters([AtomicU64; FAULTS]);

impl Counters {
    /// Throws for a fault and counts it if it falls.
    pub(crate) fn deal(&self, dice: Dice, fault: Fault, chance: f64) -> bool {
        let falls = dice.falls(fault, chance);
        if falls {
            self.count(fault);
        }
        falls
    }

    /// Counts a fault that was dealt.
    pub(crate) fn count(&self, fault: Fault) {
        self.0[fault as usize].fetch_add(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_faults_is_read() {
        let faults: Faults =
            "drop=0.25, delay=1:500,http_429=0.5:7,clock_offset_ms=-1200".parse().unwrap();
        let expected = Faults {
            drop: 0.25,
            delay: 1.0,
            delay_ms: 500,
            http_429: 0.5,
            retry_after_s: 7,
            clock_offset_ms: -1200,
            ..Faults::default()
        };
        assert_eq!(faults, expected);
        assert_eq!("".parse(), Ok(Faults::default()));
    }

    #[test]
    fn a_wrong_list_is_refused_by_name() {
        let error = |text: &str| text.parse::<Faults>().unwrap_err().to_string();
        assert_eq!(error("drop"), "`drop` is not name=value");
        assert_eq!(error("drop=2"), "drop is a chance and lies between 0 and 1");
        assert_eq!(error("drop=often"), "`drop=often` is not name=value");
        assert_eq!(error("drop=0.1:3"), "`drop=0.1:3` is not name=value");
        assert!(error("dorp=0.1").contains("unknown field `dorp`"), "{}", error("dorp=0.1"));
        assert!(error("delay_ms=-1").contains("-1"), "{}", error("delay_ms=-1"));
    }

    #[test]
    fn dice_keep_to_their_chance_and_to_the_seed() {
        let fallen = |seed: u64, fault| {
            let dice = (0..100_000).map(|n| Dice::of_text(seed, &format!("message {n}")));
            dice.filter(|dice| dice.falls(fault, 0.1)).count()
        };
        assert!((9_600..10_400).contains(&fallen(1, Fault::Drop)), "{}", fallen(1, Fault::Drop));
        assert_eq!(fallen(1, Fault::Drop), fallen(1, Fault::Drop));
        assert_ne!(fallen(1, Fault::Drop), fallen(2, Fault::Drop));
        assert_ne!(fallen(1, Fault::Drop), fallen(1, Fault::Delay));
    }
}
