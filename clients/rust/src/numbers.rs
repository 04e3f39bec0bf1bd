//! Decimals are read exactly or not at all: rust_decimal's own reading rounds what has more than 28 digits.

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

pub(crate) fn exact<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    parse(&String::deserialize(from)?)
}

pub(crate) fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    Option::<String>::deserialize(from)?.map(|text| parse(&text)).transpose()
}

fn parse<E: Error>(text: &str) -> Result<Decimal, E> {
    Decimal::from_str_exact(text).map_err(|error| E::custom(format!("{text:?}: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Numbers {
        #[serde(deserialize_with = "exact")]
        one: Decimal,
        #[serde(deserialize_with = "maybe")]
        other: Option<Decimal>,
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        let read = |one: &str, other: &str| {
            serde_json::from_str::<Numbers>(&format!(r#"{{"one":{one},"other":{other}}}"#))
        };
        let found = read(r#""1.000000000000000000000000001""#, "null").unwrap();
        assert_eq!(found.one.to_string(), "1.000000000000000000000000001");
        assert_eq!(found.other, None);
        assert_eq!(read("\"-3\"", "\"0.5\"").unwrap().other, Some(Decimal::new(5, 1)));
        assert!(read(r#""1.00000000000000000000000000001""#, "null").is_err());
        assert!(read(r#""79228162514264337593543950336""#, "null").is_err());
        assert!(read("0.1", "null").is_err());
    }
}
