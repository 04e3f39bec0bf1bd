//! Accounts at venues, and what opens them there.

use std::fmt;

use super::TradingRule;
use crate::auth::names;

const MAX_SECRET: usize = 4_096;
/// So much of a key is shown, and never more than a third of it.
const SHOWN: usize = 6;

/// Who fills an account's orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    /// They are filled here, from live or replayed ticks.
    Paper,
    /// Others trade, and report.
    External,
}

names!(AccountKind: Paper = "paper", External = "external");

/// What a venue gave out. [`fmt::Debug`] shows the beginning of the key only.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The key.
    pub key: String,
    /// Its secret.
    pub secret: String,
    /// A third part, where the venue has one.
    pub passphrase: Option<String>,
}

impl Credentials {
    /// The first letters of the key, by which its owner knows it.
    #[must_use]
    pub fn beginning(&self) -> String {
        let length = self.key.chars().count();
        self.key.chars().take(SHOWN.min(length / 3)).collect()
    }

    /// Checks all parts.
    ///
    /// # Errors
    /// [`TradingRule::Credentials`].
    pub fn check(&self) -> Result<(), TradingRule> {
        let parts = [
            ("key", Some(&self.key)),
            ("secret", Some(&self.secret)),
            ("passphrase", self.passphrase.as_ref()),
        ];
        for (name, part) in parts {
            // Keys of the kind of PEM have several lines.
            let odd = |c: char| c.is_control() && !c.is_ascii_whitespace();
            let sound = |part: &String| {
                !part.trim().is_empty() && part.chars().count() <= MAX_SECRET && !part.contains(odd)
            };
            if !part.is_none_or(sound) {
                return Err(TradingRule::Credentials(name));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Credentials({}…)", self.beginning())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(key: &str, secret: &str, passphrase: Option<&str>) -> Credentials {
        let passphrase = passphrase.map(str::to_owned);
        Credentials { key: key.to_owned(), secret: secret.to_owned(), passphrase }
    }

    #[test]
    fn a_key_shows_its_beginning_and_nothing_else() {
        let long = credentials("vmPUZE6mv9SD5VNHk4", "a secret", Some("a phrase"));
        assert_eq!(format!("{long:?}"), "Credentials(vmPUZE…)");
        assert_eq!(credentials("abcdef", "s", None).beginning(), "ab");
        assert_eq!(credentials("ab", "s", None).beginning(), "");
    }

    #[test]
    fn what_is_empty_or_odd_is_named() {
        let wrong = |key, secret, phrase| credentials(key, secret, phrase).check();
        assert_eq!(wrong("key", "-----BEGIN\nx\n-----END", Some("p")), Ok(()));
        assert_eq!(wrong(" ", "s", None), Err(TradingRule::Credentials("key")));
        assert_eq!(wrong("k", "a\0", None), Err(TradingRule::Credentials("secret")));
        let long = "x".repeat(4_097);
        assert_eq!(wrong("k", &long, None), Err(TradingRule::Credentials("secret")));
        assert_eq!(wrong("k", "s", Some("")), Err(TradingRule::Credentials("passphrase")));
    }
}
