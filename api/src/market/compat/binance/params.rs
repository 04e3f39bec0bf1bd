//! Query parameters, checked as Binance checks them and refused in its words.

use axum::http::Uri;
use domain::{Decimal, Time, parse_decimal};

use super::error::Refusal;
use super::{DEFAULT_LIMIT, MAX_LIMIT};

/// What Binance tells of a symbol's characters.
const SYMBOL_RANGE: &str = r"^[\w\-._&&[^a-z]]{1,50}$";
const SYMBOLS_RANGE: &str = r#"^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$"#;
const DECIMAL_RANGE: &str = r"^([0-9]{1,20})(\.[0-9]{1,20})?$";
const NUMBER_RANGE: &str = "^[0-9]{1,20}$";
/// A time from here on is in microseconds: in milliseconds it would be after the year 5138.
const MICROS_FROM: i64 = 100_000_000_000_000;

/// The parameters of one request.
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads a query of which only the parameters of these names are known.
    pub(crate) fn read(uri: &Uri, known: &[&str]) -> Result<Self, Refusal> {
        let given = axum::extract::Query::<Vec<(String, String)>>::try_from_uri(uri);
        let axum::extract::Query(given) = given.map_err(|_| Refusal::illegal("query", "UTF-8"))?;
        Self::of(given, known)
    }

    /// The same of parameters that were read already.
    pub(crate) fn of(given: Vec<(String, String)>, known: &[&str]) -> Result<Self, Refusal> {
        if known.is_empty() && !given.is_empty() {
            return Err(Refusal::too_many(0, given.len()));
        }
        let read = given.iter().filter(|(name, _)| known.contains(&name.as_str())).count();
        if read < given.len() {
            return Err(Refusal::unread(read, given.len()));
        }
        for (at, (name, value)) in given.iter().enumerate() {
            if given[..at].iter().any(|(other, _)| other == name) {
                return Err(Refusal::duplicate());
            }
            if value.is_empty() {
                return Err(match name.as_str() {
                    "symbol" | "interval" => Refusal::missing(name),
                    name => Refusal::empty(name),
                });
            }
        }
        Ok(Self(given))
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A symbol's code, which must be there.
    pub(crate) fn symbol(&self) -> Result<&str, Refusal> {
        self.maybe_symbol()?.ok_or_else(|| Refusal::missing("symbol"))
    }

    fn maybe_symbol(&self) -> Result<Option<&str>, Refusal> {
        let Some(code) = self.text("symbol") else { return Ok(None) };
        if is_code(code, 50) {
            Ok(Some(code))
        } else {
            Err(Refusal::illegal("symbol", SYMBOL_RANGE))
        }
    }

    /// One symbol, several, or all.
    pub(crate) fn symbols(&self) -> Result<Symbols, Refusal> {
        let one = self.maybe_symbol()?.map(str::to_owned);
        let Some(text) = self.text("symbols") else {
            return Ok(one.map_or(Symbols::All, Symbols::One));
        };
        if one.is_some() {
            return Err(Refusal::bad_combination());
        }
        let illegal = || Refusal::illegal("symbols", SYMBOLS_RANGE);
        let codes: Vec<String> = serde_json::from_str(text).map_err(|_| illegal())?;
        if !codes.iter().all(|code| is_code(code, 20)) {
            return Err(illegal());
        }
        if (1..codes.len()).any(|at| codes[..at].contains(&codes[at])) {
            return Err(Refusal::repeated_symbols());
        }
        Ok(Symbols::Several(codes))
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &'static str) -> Result<Option<i64>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        if text.len() > 20 || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(Refusal::illegal(name, NUMBER_RANGE));
        }
        text.parse().map(Some).map_err(|_| Refusal::not_valid(name))
    }

    /// A number with digits after the point.
    pub(crate) fn decimal(&self, name: &'static str) -> Result<Option<Decimal>, Refusal> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let digits =
            |text: &str| text.len() <= 20 && text.bytes().all(|byte| byte.is_ascii_digit());
        let (whole, rest) = text.split_once('.').unwrap_or((text, "0"));
        if whole.is_empty() || rest.is_empty() || !digits(whole) || !digits(rest) {
            return Err(Refusal::illegal(name, DECIMAL_RANGE));
        }
        parse_decimal(text).map(Some).map_err(|_| Refusal::too_precise(name))
    }

    /// A time in milliseconds or microseconds.
    pub(crate) fn time(&self, name: &'static str) -> Result<Option<Time>, Refusal> {
        let Some(number) = self.number(name)? else { return Ok(None) };
        let time = match number < MICROS_FROM {
            true => Time::from_millis(number),
            false => Time::from_micros(number),
        };
        time.map(Some).map_err(|_| Refusal::not_valid(name))
    }

    /// Most rows: 500 where nothing is said, never more than 1,000.
    pub(crate) fn limit(&self) -> Result<u32, Refusal> {
        self.limit_within(DEFAULT_LIMIT, MAX_LIMIT)
    }

    pub(crate) fn limit_within(&self, default: u32, most: u32) -> Result<u32, Refusal> {
        match self.number("limit")? {
            None => Ok(default),
            Some(0) => Err(Refusal::not_valid("limit")),
            Some(limit) => Ok(u32::try_from(limit).unwrap_or(most).min(most)),
        }
    }
}

/// Which symbols are asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Symbols {
    One(String),
    Several(Vec<String>),
    All,
}

impl Symbols {
    /// Whether they are so few that the venue may be asked about each.
    pub(crate) fn few(&self) -> bool {
        match self {
            Self::One(_) => true,
            Self::Several(codes) => codes.len() <= 20,
            Self::All => false,
        }
    }
}

fn is_code(code: &str, most: usize) -> bool {
    let legal = |byte: u8| {
        byte.is_ascii_uppercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_' | b'.')
    };
    (1..=most).contains(&code.len()) && code.bytes().all(legal)
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: &[&str] = &["symbol", "symbols", "limit", "startTime"];

    fn read(query: &str) -> Result<Query, Refusal> {
        Query::read(&format!("/x?{query}").parse().unwrap(), KNOWN)
    }

    fn told<T: std::fmt::Debug>(answer: Result<T, Refusal>) -> String {
        answer.unwrap_err().body().to_string()
    }

    #[test]
    fn mistakes_are_told_in_the_words_of_binance() {
        let missing = "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.";
        for (answer, code, message) in [
            (told(read("symbol=&limit=1").map(|_| ())), -1102, missing),
            (told(read("limit=").map(|_| ())), -1105, "Parameter 'limit' was empty."),
            (
                told(read("limit=1&limit=2").map(|_| ())),
                -1101,
                "Duplicate values for a parameter detected.",
            ),
            (
                told(read("limit=1&x=2").map(|_| ())),
                -1104,
                "Not all sent parameters were read; read '1' parameter(s) but was sent '2'.",
            ),
            (told(read("").unwrap().symbol().map(str::to_owned)), -1102, missing),
            (
                told(read("limit=-1").unwrap().limit()),
                -1100,
                "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'.",
            ),
            (
                told(read("limit=0").unwrap().limit()),
                -1130,
                "Data sent for parameter 'limit' is not valid.",
            ),
            (
                told(read("symbol=A&symbols=[%22B%22]").unwrap().symbols()),
                -1128,
                "Combination of optional parameters invalid.",
            ),
            (
                told(read("symbols=[%22B%22,%22B%22]").unwrap().symbols()),
                -1151,
                "Symbol is present multiple times in the list.",
            ),
        ] {
            assert_eq!(answer, serde_json::json!({ "code": code, "msg": message }).to_string());
        }
        for bad in ["btcusdt", "BTC%20USDT", "BTC/USDT"] {
            let answer = told(read(&format!("symbol={bad}")).unwrap().symbol().map(str::to_owned));
            assert!(answer.contains("-1100"), "{answer}");
        }
        for bad in ["[%22b%22]", "[1]", "B", "[%22B%22"] {
            let answer = told(read(&format!("symbols={bad}")).unwrap().symbols());
            assert!(answer.contains("-1100"), "{answer}");
        }
    }

    #[test]
    fn times_are_milliseconds_or_microseconds() {
        let time = |text: &str| read(&format!("startTime={text}")).unwrap().time("startTime");
        assert_eq!(time("1723161240000"), time("1723161240000000"));
        assert_eq!(time("0"), Ok(Some(Time::default())));
        assert!(time("99999999999999999999").is_err());
    }

    #[test]
    fn limits_are_capped() {
        let limit = |query: &str| read(query).unwrap().limit();
        assert_eq!((limit(""), limit("limit=5"), limit("limit=5000")), (Ok(500), Ok(5), Ok(1_000)));
    }
}
