//! Decimals are read exactly or not at all: rust_decimal's own reading rounds what has more than 28 digits.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

pub(crate) fn exact<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
    parse(&String::deserialize(from)?)
}

pub(crate) fn maybe<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Decimal>, D::Error> {
    Option::<String>::deserialize(from)?.map(|text| parse(&text)).transpose()
}

/// Amounts by asset.
pub(crate) fn by_asset<'de, D: Deserializer<'de>>(
    from: D,
) -> Result<BTreeMap<String, Decimal>, D::Error> {
    let texts = BTreeMap::<String, String>::deserialize(from)?;
    texts.into_iter().map(|(asset, text)| Ok((asset, parse(&text)?))).collect()
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
        #[serde(deserialize_with = "by_asset")]
        fees: BTreeMap<String, Decimal>,
    }

    #[test]
    fn numbers_are_exact_or_refused() {
        let told = |one: &str, other: &str, fee: &str| {
            let text = format!(r#"{{"one":{one},"other":{other},"fees":{{"BNB":{fee}}}}}"#);
            serde_json::from_str::<Numbers>(&text)
        };
        let read = |one: &str, other: &str| told(one, other, "\"0.10\"");
        let found = read(r#""1.000000000000000000000000001""#, "null").unwrap();
        assert_eq!(found.one.to_string(), "1.000000000000000000000000001");
        assert_eq!(found.other, None);
        assert_eq!(found.fees["BNB"].to_string(), "0.10");
        assert_eq!(read("\"-3\"", "\"0.5\"").unwrap().other, Some(Decimal::new(5, 1)));
        assert!(read(r#""1.00000000000000000000000000001""#, "null").is_err());
        assert!(read(r#""79228162514264337593543950336""#, "null").is_err());
        assert!(read("0.1", "null").is_err());
        assert!(told("\"1\"", "null", "0.1").is_err());
        assert!(told("\"1\"", "null", r#""1.00000000000000000000000000001""#).is_err());
    }
}
