//! Configurations of bots, and the JSON Schemas that they keep to.

use jsonschema::{PatternOptions, Validator};
use serde_json::Value;

use super::TradingRule;

/// Of a configuration, a schema or a template, written as JSON.
pub const MAX_JSON_BYTES: usize = 65_536;
/// Of a pattern, compiled: many of them must not fill the memory.
const MAX_PATTERN_BYTES: usize = 1 << 20;
/// Of what a schema says of a value; values can be long.
const MAX_REASON: usize = 300;

/// The schema of a strategy's configurations.
pub struct ConfigSchema(Validator);

impl ConfigSchema {
    /// Reads a schema, of whichever draft it names. It is refused where it is no schema, or needs one from elsewhere:
    /// nothing is fetched.
    ///
    /// # Errors
    /// [`TradingRule::Json`], [`TradingRule::Schema`].
    pub fn parse(schema: &Value) -> Result<Self, TradingRule> {
        check_json("config_schema", schema)?;
        // The engine without backtracking: whoever writes a pattern must not keep the server busy for ever.
        let patterns = PatternOptions::regex().size_limit(MAX_PATTERN_BYTES);
        let options = jsonschema::options().with_pattern_options(patterns).offline();
        let validator = options.build(schema).map_err(|error| TradingRule::Schema {
            place: error.instance_path().as_str().to_owned(),
            reason: shortened(&error.to_string()),
        })?;
        Ok(Self(validator))
    }

    /// Checks a configuration.
    ///
    /// # Errors
    /// [`TradingRule::Config`], of the first place that is wrong.
    pub fn check(&self, config: &Value) -> Result<(), TradingRule> {
        self.0.validate(config).map_err(|error| TradingRule::Config {
            place: error.instance_path().as_str().to_owned(),
            // The value may be a secret; the log and the record are not to have it.
            reason: shortened(&error.masked_with("the value").to_string()),
        })
    }
}

/// Checks that an object can be kept, as `field` is called.
///
/// # Errors
/// [`TradingRule::Json`].
pub fn check_json(field: &'static str, value: &Value) -> Result<(), TradingRule> {
    let odd = value.to_string().len() > MAX_JSON_BYTES || has_nul(value);
    if odd { Err(TradingRule::Json(field)) } else { Ok(()) }
}

/// The database keeps no text with U+0000.
fn has_nul(value: &Value) -> bool {
    match value {
        Value::String(text) => text.contains('\0'),
        Value::Array(values) => values.iter().any(has_nul),
        Value::Object(fields) => {
            fields.iter().any(|(name, value)| name.contains('\0') || has_nul(value))
        }
        _ => false,
    }
}

fn shortened(reason: &str) -> String {
    reason.chars().take(MAX_REASON).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(schema: Value) -> (String, String) {
        match ConfigSchema::parse(&schema).err() {
            Some(TradingRule::Schema { place, reason }) => (place, reason),
            other => panic!("{schema}: {other:?}"),
        }
    }

    #[test]
    fn a_configuration_keeps_to_its_schema_or_the_place_is_named() {
        let schema = ConfigSchema::parse(&json!({
            "type": "object",
            "required": ["pairs"],
            "additionalProperties": false,
            "properties": {
                "pairs": { "type": "array", "items": { "type": "string", "pattern": "^[A-Z]+$" } },
                "stake": { "$ref": "#/$defs/amount" },
            },
            "$defs": { "amount": { "type": "number", "exclusiveMinimum": 0 } },
        }))
        .expect("a schema");
        let check = |config: Value| match schema.check(&config) {
            Ok(()) => None,
            Err(TradingRule::Config { place, reason }) => Some((place, reason)),
            Err(other) => panic!("{other}"),
        };
        assert_eq!(check(json!({ "pairs": ["BTCUSDT"], "stake": 0.5 })), None);
        for (config, wrong, why) in [
            (json!({}), "", "pairs"),
            (json!({ "pairs": ["BTC", "eth"] }), "/pairs/1", "^[A-Z]+$"),
            (json!({ "pairs": [], "stake": 0 }), "/stake", "0"),
            (json!({ "pairs": [], "more": 1 }), "", "more"),
            (json!([]), "", "object"),
        ] {
            let (place, reason) = check(config.clone()).expect("refused");
            assert_eq!(place, wrong, "{config}: {reason}");
            assert!(reason.contains(why), "{config}: {reason}");
        }
        let (_, reason) = check(json!({ "pairs": ["my-secret"] })).expect("refused");
        assert!(!reason.contains("my-secret"), "{reason}");
    }

    #[test]
    fn a_schema_that_is_wrong_is_refused_with_the_place() {
        assert_eq!(refused(json!({ "type": "objekt" })).0, "/type");
        assert_eq!(
            refused(json!({ "properties": { "a": { "minimum": "1" } } })).0,
            "/properties/a/minimum"
        );
        assert_eq!(
            refused(json!({ "properties": { "a": { "pattern": "(" } } })).0,
            "/properties/a/pattern"
        );
        // Backtracking, another server, and a file.
        refused(json!({ "pattern": "(a)\\1" }));
        for elsewhere in ["http://127.0.0.1:9/a.json", "file:///etc/passwd", "other.json"] {
            let (_, reason) = refused(json!({ "$ref": elsewhere }));
            assert!(!reason.is_empty(), "{elsewhere}");
        }
        let long = json!({ "description": "x".repeat(MAX_JSON_BYTES) });
        assert_eq!(ConfigSchema::parse(&long).err(), Some(TradingRule::Json("config_schema")));
    }

    #[test]
    fn what_the_database_keeps_not_is_refused() {
        assert!(check_json("config", &json!({ "a": ["b", { "c": "\\u0000" }] })).is_ok());
        for wrong in [json!({ "a\0": 1 }), json!([{ "a": ["\0"] }])] {
            assert_eq!(check_json("config", &wrong), Err(TradingRule::Json("config")));
        }
    }
}
