//! Values as JSON strings: what is read is what was written, or an error. A decimal's own reader
//! would round the 29th digit without a word.

use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::market::SymbolName;
use crate::{Amount, Time};

/// Reads a string by `parse`; an error tells the text.
fn read<'de, D: Deserializer<'de>, T, E: Display>(
    from: D,
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> Result<T, D::Error> {
    struct Text<T, F>(F, PhantomData<T>);

    impl<T, E: Display, F: FnOnce(&str) -> Result<T, E>> Visitor<'_> for Text<T, F> {
        type Value = T;

        fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
            out.write_str("a string")
        }

        fn visit_str<R: Error>(self, text: &str) -> Result<T, R> {
            (self.0)(text).map_err(|error| R::custom(format_args!("`{text}` {error}")))
        }
    }

    from.deserialize_str(Text(parse, PhantomData))
}

macro_rules! as_text {
    ($($type:ty),*) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                read(from, <$type>::from_str)
            }
        }
    )*};
}

as_text!(Amount, Time, SymbolName);

/// A decimal, for `#[serde(with)]`.
pub(crate) mod decimal {
    use serde::{Deserializer, Serializer};

    use crate::{Decimal, parse_decimal};

    pub(crate) fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(value)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        super::read(from, parse_decimal)
    }
}

/// A decimal or null, for `#[serde(with)]`. The field may not be left out.
pub(crate) mod decimal_option {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::Decimal;

    #[derive(Serialize, Deserialize)]
    struct Text(#[serde(with = "super::decimal")] Decimal);

    pub(crate) fn serialize<S: Serializer>(
        value: &Option<Decimal>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Text).serialize(to)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<Decimal>, D::Error> {
        Ok(Option::<Text>::deserialize(from)?.map(|text| text.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_strings_and_nothing_is_rounded() {
        #[derive(Debug, PartialEq, Serialize, Deserialize)]
        struct All {
            amount: Amount,
            time: Time,
            symbol: SymbolName,
            #[serde(with = "decimal")]
            price: crate::Decimal,
            #[serde(with = "decimal_option")]
            stop: Option<crate::Decimal>,
        }
        let text = r#"{"amount":"0.000000000000000000000000000000000001","time":"2024-08-25T13:50:45.123456Z","symbol":"binance:BTCUSDT","price":"1234567890.123456789012345678","stop":null}"#;
        let all: All = serde_json::from_str(text).expect("as written");
        assert_eq!(serde_json::to_string(&all).expect("JSON"), text);
        for (field, wrong) in [
            (r#""1234567890.123456789012345678""#, r#""1234567890.1234567890123456789""#),
            (r#""1234567890.123456789012345678""#, "12"),
            (r#","stop":null"#, ""),
            ("null", r#""NaN""#),
            ("binance:", ""),
            ("2024-08-25T13:50:45.123456Z", "yesterday"),
        ] {
            let wrong = text.replace(field, wrong);
            assert!(serde_json::from_str::<All>(&wrong).is_err(), "{wrong}");
        }
    }
}
