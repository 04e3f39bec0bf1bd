//! Alerts of other programs, and templates that say what of an alert becomes which field of an order.
//!
//! An alert is a JSON object, or text with `name=value` or `name: value` on lines or between `,` and `;`. A template has
//! texts with places like `{{strategy.order.action}}`: a field of that name, or one within others. `{{a|b}}` is the first
//! of them that the alert has, and with `?` before the braces, `{{a|b?}}`, nothing where it has none of them.

use std::collections::BTreeMap;

use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};

use super::TradingRule;
use crate::{Decimal, parse_decimal};

/// The field that a sender may put its secret into.
const SECRET: &str = "secret";
/// The field that makes an alert the same as another.
const ID: &str = "id";
const MAX_TEMPLATE: usize = 4_096;

/// What an order is made of, by the names of the interface; `id` is the alert's own.
pub const ALERT_FIELDS: &[&str] = &[
    "id",
    "symbol",
    "side",
    "kind",
    "time_in_force",
    "quantity",
    "quote_quantity",
    "limit_price",
    "stop_price",
    "trail_percent",
    "reduce_only",
    "entry_logic",
    "exit_logic",
    "exit_reason",
    "interval",
];
const NEEDED: [&str; 2] = ["symbol", "side"];

/// For what TradingView's strategies usually send.
const USUAL: &[(&str, &str)] = &[
    ("id", "{{id|alert_id?}}"),
    ("symbol", "{{ticker|symbol}}"),
    ("side", "{{strategy.order.action|action|side}}"),
    ("kind", "{{kind|type?}}"),
    ("time_in_force", "{{time_in_force?}}"),
    ("quantity", "{{strategy.order.contracts|contracts|quantity|qty?}}"),
    ("quote_quantity", "{{quote_quantity?}}"),
    ("limit_price", "{{limit_price?}}"),
    ("stop_price", "{{stop_price?}}"),
    ("interval", "{{interval?}}"),
];

/// What of an alert becomes which field of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertTemplate(BTreeMap<String, String>);

/// An alert without its secret.
#[derive(Debug, Clone)]
pub struct Alert(Fields);

/// By name, as they were written: no double has held a number.
type Fields = BTreeMap<String, Box<RawValue>>;

/// Why an alert makes no order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AlertError {
    /// It begins as JSON does, and can't be read as that.
    #[error("the alert is no JSON object: {0}")]
    Json(String),
    /// Neither JSON nor named values.
    #[error("the alert is neither a JSON object nor text with name=value")]
    Form,
    /// The template asks for what the alert hasn't got.
    #[error("the alert has no {0}, which the template's {1} needs")]
    Missing(String, String),
    /// A field that can't be understood.
    #[error("{0} is {1:?}, {2}")]
    Odd(&'static str, String, &'static str),
}

impl Default for AlertTemplate {
    fn default() -> Self {
        Self(USUAL.iter().map(|(field, text)| ((*field).into(), (*text).into())).collect())
    }
}

impl AlertTemplate {
    /// A template that somebody wrote: an object of texts.
    ///
    /// # Errors
    /// [`TradingRule::Alert`].
    pub fn read(template: &Value) -> Result<Self, TradingRule> {
        let wrong = |field: &str, reason: &'static str| TradingRule::Alert {
            field: field.chars().take(60).collect(),
            reason,
        };
        let object = template.as_object().ok_or_else(|| wrong("", "it is to be an object"))?;
        if template.to_string().len() > MAX_TEMPLATE {
            return Err(wrong("", "it is longer than 4096 bytes"));
        }
        for (field, value) in object {
            if !ALERT_FIELDS.contains(&field.as_str()) {
                return Err(wrong(field, "an order has no such field"));
            }
            let text = value.as_str().ok_or_else(|| wrong(field, "it is to be a text"))?;
            pieces(text).ok_or_else(|| wrong(field, "{{ and }} are to be around names"))?;
        }
        if let Some(field) = NEEDED.iter().find(|field| !object.contains_key(**field)) {
            return Err(wrong(field, "an order needs it"));
        }
        let texts = object.iter().filter_map(|(field, value)| {
            value.as_str().map(|text| (field.clone(), text.to_owned()))
        });
        Ok(Self(texts.collect()))
    }

    /// As it is kept and told.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.0.iter().map(|(field, text)| (field.clone(), Value::from(text.as_str()))).collect()
    }

    /// The fields of an order; those for which the alert has nothing are left out.
    ///
    /// # Errors
    /// [`AlertError::Missing`].
    pub fn fill(&self, alert: &Alert) -> Result<BTreeMap<&str, String>, AlertError> {
        let filled =
            self.0.iter().map(|(field, text)| Ok((field.as_str(), put(field, text, alert)?)));
        let mut filled = filled.collect::<Result<BTreeMap<_, _>, AlertError>>()?;
        filled.retain(|_, value| !value.is_empty());
        Ok(filled)
    }

    /// The alert's own id, where it has one.
    #[must_use]
    pub fn id_of(&self, alert: &Alert) -> Option<String> {
        let id = put(ID, self.0.get(ID)?, alert).ok()?;
        Some(id).filter(|id| !id.is_empty())
    }
}

/// A field's text with what the alert has in its places.
fn put(field: &str, text: &str, alert: &Alert) -> Result<String, AlertError> {
    let mut value = String::new();
    for piece in pieces(text).unwrap_or_default() {
        match piece {
            Piece::Text(text) => value += text,
            Piece::Place { names, optional } => match alert.first(names) {
                Some(found) => value += &found,
                None if optional => {}
                None => return Err(AlertError::Missing(names.to_owned(), field.to_owned())),
            },
        }
    }
    Ok(value.trim().to_owned())
}

/// A part of a template's text.
enum Piece<'a> {
    Text(&'a str),
    Place { names: &'a str, optional: bool },
}

/// The parts of a text; none where braces don't belong together.
fn pieces(text: &str) -> Option<Vec<Piece<'_>>> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, behind) = after.split_once("}}")?;
        let (names, optional) = match inner.trim().strip_suffix('?') {
            Some(names) => (names, true),
            None => (inner.trim(), false),
        };
        if inner.contains("{{") || names.split('|').any(|name| name.trim().is_empty()) {
            return None;
        }
        found.push(Piece::Text(before));
        found.push(Piece::Place { names, optional });
        rest = behind;
    }
    found.push(Piece::Text(rest));
    (!rest.contains("}}")).then_some(found)
}

impl Alert {
    /// Reads an alert, and gives the secret that stood in it.
    ///
    /// # Errors
    /// [`AlertError::Json`], [`AlertError::Form`].
    pub fn read(body: &str) -> Result<(Self, Option<String>), AlertError> {
        let mut fields: Fields = if body.trim_start().starts_with('{') {
            serde_json::from_str(body).map_err(|error| AlertError::Json(error.to_string()))?
        } else {
            let named = pairs(body)
                .map(|(name, value)| Ok((name.to_owned(), to_raw_value(value)?)))
                .collect::<serde_json::Result<_>>();
            named.map_err(|_| AlertError::Form)?
        };
        let secret = fields.remove(SECRET).and_then(|text| serde_json::from_str(text.get()).ok());
        if fields.is_empty() { Err(AlertError::Form) } else { Ok((Self(fields), secret)) }
    }

    /// The first of several names, with `|` between, that has a text or number.
    fn first(&self, names: &str) -> Option<String> {
        names.split('|').find_map(|name| self.named(name.trim()))
    }

    fn named(&self, name: &str) -> Option<String> {
        let Some(found) = self.0.get(name) else {
            let (first, rest) = name.split_once('.')?;
            let inner = |within: Box<RawValue>, part: &str| {
                serde_json::from_str::<Fields>(within.get()).ok()?.remove(part)
            };
            return plain(&rest.split('.').try_fold(self.0.get(first)?.clone(), inner)?);
        };
        plain(found)
    }
}

/// A text, a number with all its digits, or true or false.
fn plain(value: &RawValue) -> Option<String> {
    match value.get().as_bytes().first()? {
        // No text that is kept has that character.
        b'"' => serde_json::from_str(value.get()).ok().filter(|text: &String| !text.contains('\0')),
        b'{' | b'[' | b'n' => None,
        b't' | b'f' => Some(value.get().to_owned()),
        _ => {
            let read =
                parse_decimal(value.get()).or_else(|_| Decimal::from_scientific(value.get()));
            Some(read.map_or(value.get().to_owned(), |number| number.normalize().to_string()))
        }
    }
}

fn pairs(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let parts = text.split(['\n', ',', ';']);
    parts
        .filter_map(|part| part.split_once(['=', ':']))
        .map(|(name, value)| (name.trim(), value.trim()))
}

/// A body without the value of its secret, to be kept.
#[must_use]
pub fn without_secret(body: &str, secret: &str) -> String {
    if secret.is_empty() { body.to_owned() } else { body.replace(secret, "…") }
}

/// A symbol as charts write it, by the names of ours: `BINANCE:BTCUSDT`, or a code of the account's venue.
#[must_use]
pub fn symbol_of(text: &str, venue: &str) -> String {
    match text.split_once(':') {
        Some((venue, code)) => format!("{}:{code}", venue.to_ascii_lowercase()),
        None => format!("{venue}:{text}"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn filled(template: &AlertTemplate, body: &str) -> BTreeMap<String, String> {
        let (alert, _) = Alert::read(body).expect("an alert");
        let filled = template.fill(&alert).expect("it fits");
        filled.into_iter().map(|(field, value)| (field.to_owned(), value)).collect()
    }

    #[test]
    fn json_and_text_become_the_same_order() {
        let usual = AlertTemplate::default();
        let due: BTreeMap<String, String> =
            [("symbol", "BINANCE:BTCUSDT"), ("side", "buy"), ("quantity", "0.01"), ("id", "7")]
                .map(|(field, value)| (field.to_owned(), value.to_owned()))
                .into();
        for body in [
            r#"{"ticker":"BINANCE:BTCUSDT","action":"buy","contracts":0.01,"id":7}"#,
            r#"{"ticker":"BINANCE:BTCUSDT","strategy":{"order":{"action":"buy","contracts":"0.01"}},"alert_id":"7"}"#,
            r#"{"ticker":"BINANCE:BTCUSDT","strategy.order.action":"buy","qty":"0.01","id":"7","secret":"x"}"#,
            "ticker=BINANCE:BTCUSDT, action=buy; quantity=0.01\nid=7",
            "ticker: BINANCE:BTCUSDT\naction: buy\nqty: 0.01\nid: 7\nsecret: x",
        ] {
            assert_eq!(filled(&usual, body), due, "{body}");
        }
        let own = json!({ "symbol": "binance:{{base}}USDT", "side": "{{dir}}", "exit_reason": "tv {{why?}}" });
        let own = AlertTemplate::read(&own).expect("a template");
        let order = filled(&own, r#"{"base":"ETH","dir":"sell"}"#);
        assert_eq!(
            (order["symbol"].as_str(), order["exit_reason"].as_str()),
            ("binance:ETHUSDT", "tv")
        );
        assert_eq!(symbol_of("BINANCE:BTCUSDT", "x"), "binance:BTCUSDT");
        assert_eq!(symbol_of("BTCUSDT", "binance"), "binance:BTCUSDT");
    }

    #[test]
    fn what_lacks_something_is_refused_by_its_name() {
        let (alert, secret) = Alert::read("ticker=A,secret=hush").expect("an alert");
        assert_eq!(secret.as_deref(), Some("hush"));
        let error = AlertTemplate::default().fill(&alert).expect_err("no side");
        assert!(error.to_string().contains("strategy.order.action|action|side"), "{error}");
        for body in ["", "hello", "[1]", "7", "{}", r#"{"secret":"x"}"#] {
            assert_eq!(Alert::read(body).err(), Some(AlertError::Form), "{body}");
        }
        for body in [r#"{"ticker":"A""#, r#" {"ticker":A}"#, r#"{"a":1},"b":2"#] {
            let error = Alert::read(body).expect_err("no JSON").to_string();
            assert!(error.contains("line 1 column"), "{body}: {error}");
        }
        assert_eq!(without_secret("a=1,secret=hush", "hush"), "a=1,secret=…");
    }

    #[test]
    fn numbers_keep_their_digits() {
        let own = json!({ "symbol": "{{order.n}}", "side": "{{n}}" });
        let own = AlertTemplate::read(&own).expect("a template");
        for (written, due) in [
            ("61874.10", "61874.1"),
            ("0.123456789012345678", "0.123456789012345678"),
            ("12345678901234567890123", "12345678901234567890123"),
            ("1e-07", "0.0000001"),
        ] {
            let order = filled(&own, &format!(r#"{{"n":{written},"order":{{"n":{written}}}}}"#));
            assert_eq!((order["side"].as_str(), order["symbol"].as_str()), (due, due));
        }
    }

    #[test]
    fn templates_are_checked_when_they_are_written() {
        for (wrong, field) in [
            (json!([]), ""),
            (json!({ "symbol": "{{a}}" }), "side"),
            (json!({ "symbol": "{{a}}", "side": "{{b" }), "side"),
            (json!({ "symbol": "{{a}}", "side": "b}}" }), "side"),
            (json!({ "symbol": "{{}}", "side": "b" }), "symbol"),
            (json!({ "symbol": "{{a|}}", "side": "b" }), "symbol"),
            (json!({ "symbol": "a", "side": 1 }), "side"),
            (json!({ "symbol": "a", "side": "b", "price": "c" }), "price"),
        ] {
            match AlertTemplate::read(&wrong) {
                Err(TradingRule::Alert { field: told, .. }) => assert_eq!(told, field, "{wrong}"),
                other => panic!("{wrong}: {other:?}"),
            }
        }
        let usual = AlertTemplate::default();
        assert_eq!(AlertTemplate::read(&usual.to_json()), Ok(usual));
    }
}
