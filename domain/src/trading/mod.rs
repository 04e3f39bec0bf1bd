//! Where people trade and with what: venue accounts, strategies with their versions, and bots.

mod account;
mod alert;
mod bot;
pub mod paper;
mod schema;
mod text;

use crate::number::Decimal;
pub use account::{AccountKind, Credentials};
pub use alert::{ALERT_FIELDS, Alert, AlertError, AlertTemplate, symbol_of, without_secret};
pub use bot::{BotCommand, BotKind, BotStatus, SILENT_AFTER_S, check_kinds, check_silent_after};
pub use schema::{ConfigSchema, MAX_JSON_BYTES, check_json};
pub use text::{check_description, check_message, check_name};

/// Why something of this area is not kept or not done. Each names the field that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TradingRule {
    /// Without a name it can't be chosen.
    #[error(
        "a name has 1 to 64 characters, none of them a control character, no blank at its ends"
    )]
    Name,
    /// Longer than somebody reads.
    #[error("{0} has at most {1} characters and no U+0000")]
    Text(&'static str, usize),
    /// Not a venue.
    #[error("{0:?} is not a venue: lower-case letters, digits, - and _")]
    Venue(String),
    /// Not one of the names that there are.
    #[error("{field} is {given:?}; there are {known}")]
    Unknown {
        /// Which field.
        field: &'static str,
        /// What stands there.
        given: String,
        /// What may stand there.
        known: String,
    },
    /// Not a key that a venue gave out.
    #[error("credentials.{0} has 1 to 4096 characters that can be printed")]
    Credentials(&'static str),
    /// Orders of such an account never reach a venue.
    #[error("a live bot needs an account of kind external; orders of a paper account stay here")]
    LiveOnPaper,
    /// What goes to a venue is signed by the venue's own key.
    #[error("signing keys are for accounts of kind paper; this one is external")]
    SigningOnExternal,
    /// Not a template for alerts.
    #[error("template.{field}: {reason}")]
    Alert {
        /// Which field of it; empty for the whole.
        field: String,
        /// What is wrong there.
        reason: &'static str,
    },
    /// Too short or too long a silence.
    #[error("silent_after_s is 5 to 86400, not {0}")]
    SilentAfter(i32),
    /// A setting of a paper account that makes no sense.
    #[error("{field} is {given}; it is {least} to {most}, with at most 6 digits after the point")]
    Paper {
        /// Which setting.
        field: &'static str,
        /// What was given.
        given: Decimal,
        /// The least.
        least: Decimal,
        /// The most.
        most: Decimal,
    },
    /// Longer than is kept, or with a character that no text of the database has.
    #[error("{0} has at most {max} bytes as JSON and no U+0000", max = MAX_JSON_BYTES)]
    Json(&'static str),
    /// Not a JSON Schema.
    #[error("config_schema{place}: {reason}")]
    Schema {
        /// Where, as a JSON pointer; empty for the whole.
        place: String,
        /// What is wrong there.
        reason: String,
    },
    /// A configuration that the version's schema refuses.
    #[error("config{place}: {reason}")]
    Config {
        /// Where, as a JSON pointer; empty for the whole.
        place: String,
        /// What is wrong there.
        reason: String,
    },
}

impl TradingRule {
    /// The field that is wrong.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Text(field, _)
            | Self::Unknown { field, .. }
            | Self::Json(field)
            | Self::Paper { field, .. } => field,
            Self::Venue(_) => "venue",
            Self::Credentials(_) => "credentials",
            Self::LiveOnPaper => "type",
            Self::SigningOnExternal => "account",
            Self::Alert { .. } => "template",
            Self::SilentAfter(_) => "silent_after_s",
            Self::Schema { .. } => "config_schema",
            Self::Config { .. } => "config",
        }
    }
}
