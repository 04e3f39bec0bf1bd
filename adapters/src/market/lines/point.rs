//! A point of the line protocol: a measurement, tags in the order of their keys, fields with types,
//! and a time in nanoseconds.

use std::borrow::Cow;
use std::fmt::Write;
use std::str::FromStr;

/// A longer number is taken by the shortest decimal of the double that it stands for.
const MAX_NUMBER: usize = 64;
/// Beyond this power of ten no double reaches.
const MAX_POWER: i32 = 400;

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point<'a> {
    /// What is measured.
    pub measurement: Cow<'a, str>,
    /// What it belongs to, by key.
    pub tags: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    /// The figures.
    pub fields: Vec<(Cow<'a, str>, Field<'a>)>,
    /// Nanoseconds since 1970, where the line has a time.
    pub nanos: Option<i64>,
}

impl Point<'_> {
    /// The tag of that key.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.iter().find(|(own, _)| own == key).map(|(_, value)| value.as_ref())
    }

    /// The field of that key; of one given twice the last, as InfluxDB has it.
    #[must_use]
    pub fn field(&self, key: &str) -> Option<&Field<'_>> {
        self.fields.iter().rev().find(|(own, _)| own == key).map(|(_, value)| value)
    }
}

/// A field's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Field<'a> {
    /// A number as the client wrote it; finite as a double.
    Float(&'a str),
    /// `1i`.
    Int(i64),
    /// `1u`.
    Unsigned(u64),
    /// `t`, `true`, `f`, …
    Truth(bool),
    /// In quotes.
    Text(Cow<'a, str>),
}

impl<'a> Field<'a> {
    /// Reads what is not in quotes.
    pub(super) fn parse(text: &'a str) -> Result<Self, &'static str> {
        match text {
            "t" | "T" | "true" | "True" | "TRUE" => return Ok(Self::Truth(true)),
            "f" | "F" | "false" | "False" | "FALSE" => return Ok(Self::Truth(false)),
            _ => {}
        }
        let range = "is out of range";
        if let Some(digits) = text.strip_suffix('i') {
            let bare = digits.strip_prefix('-').unwrap_or(digits);
            return match is_digits(bare) {
                true => digits.parse().map(Self::Int).map_err(|_| range),
                false => Err("is no value; texts stand in double quotes"),
            };
        }
        if let Some(digits) = text.strip_suffix('u') {
            return match is_digits(digits) {
                true => digits.parse().map(Self::Unsigned).map_err(|_| range),
                false => Err("is no value; texts stand in double quotes"),
            };
        }
        let numeric = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
        let double = text.parse::<f64>().ok().filter(|_| text.bytes().all(numeric));
        match double {
            Some(double) if double.is_finite() => Ok(Self::Float(text)),
            Some(_) => Err(range),
            None => Err("is no value; texts stand in double quotes"),
        }
    }

    /// Writes the value as JSON. A float always has a point or a power, so that it stays one; its
    /// digits are those that the client wrote.
    pub fn write_json(&self, out: &mut String) {
        // Writing to a string can't fail.
        let _ = match self {
            Self::Float(text) => {
                out.push_str(&number(text));
                Ok(())
            }
            Self::Int(value) => write!(out, "{value}"),
            Self::Unsigned(value) => write!(out, "{value}"),
            Self::Truth(value) => write!(out, "{value}"),
            Self::Text(text) => write!(out, "{}", serde_json::Value::from(text.as_ref())),
        };
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A float in JSON's form: digits on both sides of the point, no plus sign, no needless zeros ahead.
fn number(text: &str) -> String {
    let double = || format!("{:?}", text.parse::<f64>().unwrap_or_default());
    let (digits, power) = match text.split_once(['e', 'E']) {
        Some((digits, power)) => (digits, power.parse::<i32>().ok()),
        None => (text, Some(0)),
    };
    let Some(power) = power.filter(|p| p.abs() <= MAX_POWER && text.len() <= MAX_NUMBER) else {
        return double();
    };
    let (sign, digits) = match digits.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let whole = whole.trim_start_matches('0');
    let (whole, part) =
        (if whole.is_empty() { "0" } else { whole }, if part.is_empty() { "0" } else { part });
    match power {
        0 => format!("{sign}{whole}.{part}"),
        power => format!("{sign}{whole}.{part}e{power}"),
    }
}

/// What a line's time counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// Nanoseconds.
    #[default]
    Nanos,
    /// Microseconds.
    Micros,
    /// Milliseconds.
    Millis,
    /// Seconds.
    Seconds,
    /// Minutes; version 1 only.
    Minutes,
    /// Hours; version 1 only.
    Hours,
}

impl FromStr for Precision {
    type Err = String;

    /// The names of both versions.
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "n" | "ns" => Ok(Self::Nanos),
            "u" | "us" | "µ" | "µs" => Ok(Self::Micros),
            "ms" => Ok(Self::Millis),
            "s" => Ok(Self::Seconds),
            "m" => Ok(Self::Minutes),
            "h" => Ok(Self::Hours),
            _ => Err(format!("{text:?} is no precision; there are ns, us, ms, s, m and h")),
        }
    }
}

impl Precision {
    /// Nanoseconds of a time in this unit.
    pub(super) fn nanos(self, text: &str) -> Result<i64, String> {
        let unit = match self {
            Self::Nanos => 1,
            Self::Micros => 1_000,
            Self::Millis => 1_000_000,
            Self::Seconds => 1_000_000_000,
            Self::Minutes => 60_000_000_000,
            Self::Hours => 3_600_000_000_000,
        };
        if !is_digits(text.strip_prefix('-').unwrap_or(text)) {
            return Err(format!("{text:?} is no time"));
        }
        let time = text.parse::<i64>().ok().and_then(|time| time.checked_mul(unit));
        time.ok_or_else(|| format!("the time {text} is outside the years 1677 to 2262"))
    }
}
