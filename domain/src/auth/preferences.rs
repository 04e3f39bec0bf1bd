//! How somebody wants to see the page.

use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZoneDatabase;
use serde_json::{Map, Value};

use super::role::names;
use crate::market::{Interval, SymbolName};

/// Of what somebody wants to hear of, as JSON.
const MAX_NOTIFICATIONS_BYTES: usize = 8_192;
/// The object itself is the first level.
const MAX_NOTIFICATIONS_LEVELS: usize = 5;

/// The page's colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// Light on dark.
    Dark,
    /// Dark on light.
    Light,
    /// Whatever the reader's system has.
    System,
}

names!(Theme: Dark = "dark", Light = "light", System = "system");

/// The IANA name of a time zone, as that list spells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Zone(String);

/// A text that names no time zone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a time zone; write an IANA name such as UTC or Europe/Berlin")]
pub struct UnknownZone(String);

impl Zone {
    /// Its name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Zone {
    type Err = UnknownZone;

    fn from_str(text: &str) -> Result<Self, UnknownZone> {
        let unknown = || UnknownZone(text.chars().take(60).collect());
        let zone = TimeZoneDatabase::bundled().get(text).map_err(|_| unknown())?;
        zone.iana_name().map(|name| Self(name.to_owned())).ok_or_else(unknown)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

/// What somebody prefers; [`Default`] is what holds for those who chose nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// The page's colours.
    pub theme: Theme,
    /// What the chart shows first.
    pub default_symbol: SymbolName,
    /// With candles of this length.
    pub default_interval: Interval,
    /// In which times are shown.
    pub timezone: Zone,
    /// Of what they want to hear, and how: their programs know its form.
    pub notifications: Map<String, Value>,
}

impl Default for Preferences {
    fn default() -> Self {
        Self {
            theme: Theme::Dark,
            default_symbol: SymbolName::new("binance", "BTCUSDT").expect("a symbol"),
            default_interval: Interval::H1,
            timezone: Zone("UTC".to_owned()),
            notifications: Map::new(),
        }
    }
}

/// Why an object of notifications is not kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotificationsError {
    /// Too long.
    #[error("notifications may have {MAX_NOTIFICATIONS_BYTES} bytes as JSON")]
    TooLong,
    /// Objects and lists within one another.
    #[error("notifications may have {MAX_NOTIFICATIONS_LEVELS} levels")]
    TooDeep,
    /// The database keeps no text with it.
    #[error("notifications may not have the character U+0000")]
    Nul,
}

/// Checks what somebody wants to be kept of notifications.
///
/// # Errors
/// Every [`NotificationsError`].
pub fn check_notifications(wanted: &Map<String, Value>) -> Result<(), NotificationsError> {
    if Value::Object(wanted.clone()).to_string().len() > MAX_NOTIFICATIONS_BYTES {
        return Err(NotificationsError::TooLong);
    }
    check_object(wanted, MAX_NOTIFICATIONS_LEVELS)
}

fn check_object(object: &Map<String, Value>, levels: usize) -> Result<(), NotificationsError> {
    let levels = levels.checked_sub(1).ok_or(NotificationsError::TooDeep)?;
    for (name, value) in object {
        check_text(name)?;
        check_value(value, levels)?;
    }
    Ok(())
}

fn check_value(value: &Value, levels: usize) -> Result<(), NotificationsError> {
    match value {
        Value::Object(object) => check_object(object, levels),
        Value::Array(values) => {
            let levels = levels.checked_sub(1).ok_or(NotificationsError::TooDeep)?;
            values.iter().try_for_each(|value| check_value(value, levels))
        }
        Value::String(text) => check_text(text),
        _ => Ok(()),
    }
}

fn check_text(text: &str) -> Result<(), NotificationsError> {
    if text.contains('\0') { Err(NotificationsError::Nul) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn zones_are_those_of_iana_and_spelt_as_there() {
        for (text, name) in [
            ("UTC", "UTC"),
            ("europe/berlin", "Europe/Berlin"),
            ("America/Argentina/Buenos_Aires", "America/Argentina/Buenos_Aires"),
        ] {
            assert_eq!(text.parse::<Zone>().map(|zone| zone.to_string()), Ok(name.to_owned()));
        }
        for text in ["", "Mars/Olympus", "+02:00", "../UTC", "localtime", "Europe/Berlin ", "\0"] {
            assert!(text.parse::<Zone>().is_err(), "{text:?}");
        }
        assert_eq!(Preferences::default().timezone, "UTC".parse().expect("a zone"));
    }

    #[test]
    fn notifications_are_of_a_size_that_can_be_kept() {
        let check = |value: Value| check_notifications(value.as_object().expect("an object"));
        assert_eq!(check(json!({})), Ok(()));
        assert_eq!(check(json!({ "a": [{ "b": [{ "c": 1 }] }] })), Ok(()));
        let deep = check(json!({ "a": [{ "b": [{ "c": {} }] }] }));
        assert_eq!(deep, Err(NotificationsError::TooDeep));
        // {"a":"…"}
        let long = |bytes: usize| check(json!({ "a": "x".repeat(bytes - 8) }));
        assert_eq!(long(MAX_NOTIFICATIONS_BYTES), Ok(()));
        assert_eq!(long(MAX_NOTIFICATIONS_BYTES + 1), Err(NotificationsError::TooLong));
        assert_eq!(check(json!({ "a": ["\0"] })), Err(NotificationsError::Nul));
        assert_eq!(check(json!({ "\0": 1 })), Err(NotificationsError::Nul));
    }
}
