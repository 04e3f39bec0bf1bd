//! What may go wrong, told apart by the server's codes.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::Deserialize;

/// Why a call failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The server refused it; [`Problem::code`] says why.
    #[error("{0}")]
    Refused(Box<Problem>),
    /// No answer came: the server can't be reached, or the connection broke.
    #[error("{url}: {reason}")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What happened, cause by cause.
        reason: String,
        /// Whether the request can't have reached the server.
        before_sent: bool,
    },
    /// No answer came in time. The server may have done what it was asked.
    #[error("{url}: no answer within {} s", after.as_secs_f64())]
    Timeout {
        /// What was asked.
        url: String,
        /// How long it was waited for.
        after: Duration,
    },
    /// The answer is none that this client knows, or has a number that 96 bits can't hold.
    #[error("{what} is not understood: {source}")]
    Answer {
        /// Of what.
        what: String,
        /// Where it is wrong.
        source: serde_json::Error,
    },
    /// The client can't be made like this, or a value can't be sent.
    #[error("{0}")]
    Settings(String),
}

impl Error {
    /// The server's code, where it refused the call.
    #[must_use]
    pub fn code(&self) -> Option<&Code> {
        match self {
            Self::Refused(problem) => Some(&problem.code),
            _ => None,
        }
    }

    /// Whether the server refused the call with this code.
    #[must_use]
    pub fn is(&self, code: &Code) -> bool {
        self.code() == Some(code)
    }
}

/// What the server says of a call that it refuses (RFC 9457).
#[derive(Debug, Clone)]
pub struct Problem {
    /// Tells problems apart; stable.
    pub code: Code,
    /// The HTTP status.
    pub status: u16,
    /// What exactly is wrong, for people.
    pub detail: String,
    /// The parameter or field that is wrong, where it is one.
    pub parameter: Option<String>,
    /// After how long another try makes sense.
    pub retry_after: Option<Duration>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status, self.detail)
    }
}

/// The fields of a problem, and of the errors of `/compat/influx` and of the stream.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Body {
    code: Option<String>,
    #[serde(alias = "message", alias = "error")]
    detail: Option<String>,
    parameter: Option<String>,
}

impl Problem {
    /// What an answer with a status that is no success says.
    pub(crate) fn read(status: u16, retry_after: Option<Duration>, body: &[u8]) -> Self {
        let Body { code, detail, parameter } = serde_json::from_slice(body).unwrap_or_default();
        let text = || String::from_utf8_lossy(&body[..body.len().min(300)]).into_owned();
        Self {
            code: Code(code.map_or(Cow::Borrowed("unknown"), Cow::Owned)),
            status,
            detail: detail.unwrap_or_else(text),
            parameter,
            retry_after,
        }
    }
}

/// Tells problems apart. `/docs` of the server lists all; those that programs react to have a name here.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Code(Cow<'static, str>);

macro_rules! codes {
    ($($name:ident = $code:literal;)*) => {
        impl Code {
            $(#[doc = concat!("`", $code, "`")] pub const $name: Self = Self(Cow::Borrowed($code));)*

            /// Those that have a name here.
            pub const NAMED: &[Self] = &[$(Self::$name),*];
        }
    };
}

codes! {
    ACCOUNT_ARCHIVED = "account_archived";
    BELOW_MIN_NOTIONAL = "below_min_notional";
    BELOW_MIN_QUANTITY = "below_min_quantity";
    BOT_RUNNING = "bot_running";
    BOT_STOPPED = "bot_stopped";
    COVERAGE_TOO_LOW = "coverage_too_low";
    DATABASE_UNAVAILABLE = "database_unavailable";
    FILL_DIFFERS = "fill_differs";
    FORBIDDEN = "forbidden";
    INACTIVE_SYMBOL = "inactive_symbol";
    INSUFFICIENT_FUNDS = "insufficient_funds";
    INVALID_CONFIG = "invalid_config";
    KEY_REUSED = "key_reused";
    NAME_TAKEN = "name_taken";
    OVER_FILL = "over_fill";
    PRICE_OFF_TICK = "price_off_tick";
    QUANTITY_OFF_LOT = "quantity_off_lot";
    RATE_LIMITED = "rate_limited";
    REDUCE_ONLY = "reduce_only";
    TIMEOUT = "timeout";
    TOO_MANY = "too_many";
    UNAUTHORIZED = "unauthorized";
    UNKNOWN_ACCOUNT = "unknown_account";
    UNKNOWN_CACHE_KEY = "unknown_cache_key";
    UNKNOWN_BOT = "unknown_bot";
    UNKNOWN_ORDER = "unknown_order";
    UNKNOWN_STRATEGY = "unknown_strategy";
    UNKNOWN_SYMBOL = "unknown_symbol";
    WRONG_STATE = "wrong_state";
}

impl Code {
    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_read_whatever_the_server_answers() {
        let body =
            br#"{"type":"/docs#x","code":"unknown_symbol","detail":"no x:Y","parameter":"symbol"}"#;
        let problem = Problem::read(404, None, body);
        assert_eq!((&problem.code, problem.detail.as_str()), (&Code::UNKNOWN_SYMBOL, "no x:Y"));
        assert_eq!(problem.parameter.as_deref(), Some("symbol"));
        let influx =
            Problem::read(400, None, br#"{"code":"invalid","message":"line 2: no price"}"#);
        assert_eq!((influx.code.as_str(), influx.detail.as_str()), ("invalid", "line 2: no price"));
        let proxy = Problem::read(502, None, b"<html>Bad gateway</html>");
        assert_eq!(
            (proxy.code.as_str(), proxy.detail.as_str()),
            ("unknown", "<html>Bad gateway</html>")
        );
    }

    #[test]
    fn named_codes_are_the_servers() {
        let api = include_str!("../../../api/src/code.rs");
        for code in Code::NAMED {
            assert!(api.contains(&format!("= \"{code}\", ")), "{code}");
        }
    }
}
