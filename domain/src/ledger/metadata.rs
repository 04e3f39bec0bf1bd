//! What a venue says of an order, kept whole.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Map, Value};

/// The largest exponent of a number, and the most letters of one: databases write the zeros out.
const MOST_EXPONENT: i32 = 100;
const LONGEST_NUMBER: usize = 100;
/// The longest text, in bytes.
const LONGEST: usize = 64 * 1_024;

/// A JSON object whose numbers are what was written: no double has held them. Its keys are in order, and there are no spaces
/// between, so that two of the same content are equal.
#[derive(Debug, Clone)]
pub struct Metadata(Box<RawValue>);

/// Why something is no [`Metadata`].
#[derive(Debug, thiserror::Error)]
pub enum MetadataError {
    /// An array, a text, a number or a truth value.
    #[error("is not an object")]
    NotObject,
    /// No database keeps it.
    #[error("has a text with the character U+0000")]
    Nul,
    /// No database keeps it.
    #[error("has a number beyond 1e100 or of more than 100 letters")]
    Number,
    /// It would be read with every list of orders.
    #[error("is longer than 64 KiB")]
    TooLong,
    /// No JSON, or deeper than 128 levels.
    #[error("can't be read: {0}")]
    Json(#[from] serde_json::Error),
}

impl Metadata {
    /// Reads an object; `null` is one without fields.
    ///
    /// # Errors
    /// [`MetadataError`].
    pub fn parse(text: &str) -> Result<Self, MetadataError> {
        if text.len() > LONGEST {
            return Err(MetadataError::TooLong);
        }
        // Also bounds the depth.
        match serde_json::from_str::<Value>(text)? {
            Value::Null => return Ok(Self::default()),
            Value::Object(_) => {}
            _ => return Err(MetadataError::NotObject),
        }
        let mut canonical = String::with_capacity(text.len());
        write(text.trim(), &mut canonical)?;
        Ok(Self(RawValue::from_string(canonical)?))
    }

    /// It as JSON.
    #[must_use]
    pub fn json(&self) -> &RawValue {
        &self.0
    }
}

/// Adds a value to `out`, numbers letter by letter.
fn write(text: &str, out: &mut String) -> Result<(), MetadataError> {
    match text.as_bytes().first() {
        Some(b'{') => {
            let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text)?;
            for (at, (name, value)) in fields.iter().enumerate() {
                out.push(if at == 0 { '{' } else { ',' });
                write_text(name, out)?;
                out.push(':');
                write(value.get(), out)?;
            }
            out.push_str(if fields.is_empty() { "{}" } else { "}" });
        }
        Some(b'[') => {
            let items: Vec<&RawValue> = serde_json::from_str(text)?;
            for (at, item) in items.iter().enumerate() {
                out.push(if at == 0 { '[' } else { ',' });
                write(item.get(), out)?;
            }
            out.push_str(if items.is_empty() { "[]" } else { "]" });
        }
        Some(b'"') => write_text(&serde_json::from_str::<String>(text)?, out)?,
        Some(b'-' | b'0'..=b'9') => {
            let exponent = text.split_once(['e', 'E']).map(|(_, exponent)| exponent.parse::<i32>());
            let far = exponent.is_some_and(|exponent| {
                !exponent.is_ok_and(|exponent| exponent.abs() <= MOST_EXPONENT)
            });
            if far || text.len() > LONGEST_NUMBER {
                return Err(MetadataError::Number);
            }
            out.push_str(text);
        }
        _ => out.push_str(text),
    }
    Ok(())
}

fn write_text(text: &str, out: &mut String) -> Result<(), MetadataError> {
    if text.contains('\0') {
        return Err(MetadataError::Nul);
    }
    out.push_str(&serde_json::to_string(text)?);
    Ok(())
}

impl Default for Metadata {
    fn default() -> Self {
        Value::Object(Map::new()).into()
    }
}

/// An object that this program made.
impl From<Value> for Metadata {
    fn from(fields: Value) -> Self {
        // A value always is JSON.
        Self(to_raw_value(&fields).unwrap_or_else(|_| RawValue::NULL.to_owned()))
    }
}

impl PartialEq for Metadata {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl Eq for Metadata {}

/// An object where reading it through doubles changes nothing, for that is how events are read; its text otherwise.
impl Serialize for Metadata {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let text = self.0.get();
        match serde_json::from_str::<Value>(text) {
            Ok(value) if format!("{value}") == text => value.serialize(to),
            _ => to.serialize_str(text),
        }
    }
}

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = match Value::deserialize(from)? {
            Value::String(text) if Self::parse(&text).is_ok() && text.starts_with('{') => text,
            // Earlier versions also took what is no object.
            value => value.to_string(),
        };
        RawValue::from_string(text).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use serde::de::DeserializeOwned;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(tag = "kind")]
    enum Tagged {
        It { metadata: Metadata },
    }

    fn there_and_back<T: Serialize + DeserializeOwned>(value: &T) -> (String, T) {
        let text = serde_json::to_string(value).expect("JSON");
        let back = serde_json::from_str(&text).expect("the same");
        (text, back)
    }

    #[test]
    fn nothing_of_a_number_is_lost() {
        for (given, kept, is_object) in [
            ("{}", "{}", true),
            (" null ", "{}", true),
            (r#"{ "b": [1, "x\u0041"], "a": {} }"#, r#"{"a":{},"b":[1,"xA"]}"#, true),
            (r#"{"a":1.10}"#, r#"{"a":1.10}"#, false),
            (
                r#"{"id":123456789012345678901234567890}"#,
                r#"{"id":123456789012345678901234567890}"#,
                false,
            ),
            (
                r#"{"a":[{"z":0.1234567890123456789,"b":-0}]}"#,
                r#"{"a":[{"b":-0,"z":0.1234567890123456789}]}"#,
                false,
            ),
        ] {
            let metadata = Metadata::parse(given).expect(given);
            assert_eq!(metadata.json().get(), kept);
            let (text, back) = there_and_back(&Tagged::It { metadata: metadata.clone() });
            assert_eq!(text.contains(&format!(r#""metadata":{kept}"#)), is_object, "{text}");
            assert_eq!(back, Tagged::It { metadata });
        }
    }

    #[test]
    fn what_earlier_versions_took_is_read_as_it_was() {
        for text in [r#""abc""#, r#""5""#, "7", "[1]", "null", r#""{""#, "true"] {
            let event = format!(r#"{{"kind":"It","metadata":{text}}}"#);
            let read: Tagged = serde_json::from_str(&event).expect(text);
            assert_eq!(serde_json::to_string(&read).expect("JSON"), event);
        }
    }

    #[test]
    fn what_could_not_be_kept_is_refused() {
        let deep = format!(r#"{{"a":{}1{}}}"#, "[".repeat(200), "]".repeat(200));
        let large = format!(r#"{{"a":"{}"}}"#, "x".repeat(65_536));
        let long = format!(r#"{{"a":0.{}}}"#, "1".repeat(500));
        for (given, why) in [
            ("[1]", "object"),
            ("7", "object"),
            (r#""text""#, "object"),
            ("{", "EOF"),
            (r#"{"a":1e400}"#, "out of range"),
            (r#"{"a":1e101}"#, "1e100"),
            (r#"{"a":1e-101}"#, "1e100"),
            (r#"{"a\u0000":1}"#, "U+0000"),
            (r#"{"a":["\u0000"]}"#, "U+0000"),
            (&deep, "recursion"),
            (&long, "100 letters"),
            (&large, "64 KiB"),
        ] {
            let error = Metadata::parse(given).expect_err(given).to_string();
            assert!(error.contains(why), "{given}: {error}");
        }
    }
}
