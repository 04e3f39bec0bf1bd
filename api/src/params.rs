//! Query parameters, read strictly: one that is misspelt, missing, given twice or not what it
//! should be is an error that names it.

use std::fmt::Display;
use std::str::FromStr;

use app::market::read::{DEFAULT_LIMIT, Direction, MAX_LIMIT, PageRequest};
use axum::extract::Query;
use axum::http::Uri;
use domain::Time;
use domain::market::SymbolName;

use crate::problem::{Code, Problem};

/// The parameters of one request.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query of which only the parameters of these names are known; one that ends in `*` stands
    /// for all that begin so.
    pub(crate) fn read(uri: &Uri, known: &[&str]) -> Result<Self, Problem> {
        let Query(given) = Query::<Vec<(String, String)>>::try_from_uri(uri)
            .map_err(|error| Problem::new(Code::InvalidRequest, error.body_text()))?;
        Self::checked(given, known)
    }

    /// The same of parameters that came by no address.
    pub(crate) fn given(given: &[(&str, String)], known: &[&str]) -> Result<Self, Problem> {
        let owned = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Self::checked(owned.collect(), known)
    }

    fn checked(given: Vec<(String, String)>, known: &[&str]) -> Result<Self, Problem> {
        for (at, (name, _)) in given.iter().enumerate() {
            let is = |known: &&str| match known.strip_suffix('*') {
                Some(prefix) => name.len() > prefix.len() && name.starts_with(prefix),
                None => known == name,
            };
            if !known.iter().any(is) {
                let detail = match known {
                    [] => format!("{name} is not a parameter; there are none"),
                    known => format!("{name} is not a parameter; there are {}", known.join(", ")),
                };
                return Err(Problem::new(Code::UnknownParameter, detail).about(name.clone()));
            }
            if given[..at].iter().any(|(other, _)| other == name) {
                let detail = format!("{name} is given more than once");
                return Err(Problem::new(Code::RepeatedParameter, detail).about(name.clone()));
            }
        }
        Ok(Self(given))
    }

    /// The parameters whose names begin so, with the rest of their names.
    pub(crate) fn starting(&self, prefix: &str) -> impl Iterator<Item = (&str, &str)> {
        let rest = move |(name, value)| Some((str::strip_prefix(name, prefix)?, value));
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())).filter_map(rest)
    }

    /// A parameter's text.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &'static str, example: &str) -> Result<&str, Problem> {
        self.text(name).ok_or_else(|| {
            let detail = format!("{name} is missing; write for example {name}={example}");
            Problem::new(Code::MissingParameter, detail).about(name)
        })
    }

    /// The symbol, which every request about one needs.
    pub(crate) fn symbol(&self) -> Result<SymbolName, Problem> {
        symbol(self.required("symbol", "binance:BTCUSDT")?)
    }

    /// A time: RFC 3339 or epoch milliseconds.
    pub(crate) fn time(&self, name: &'static str) -> Result<Option<Time>, Problem> {
        let Some(text) = self.text(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|error| {
            // An offset's plus sign means a blank in a query.
            let hint = if text.contains(' ') { " (a + in a query is written %2B)" } else { "" };
            let detail = format!(
                "{name}: {text:?} {error}; write RFC 3339, for example 2024-08-08T23:54:00Z, \
                 or milliseconds since 1970{hint}"
            );
            Problem::new(Code::InvalidTime, detail).about(name)
        })
    }

    /// A parameter that `parse` understands or explains why not.
    pub(crate) fn parsed<T, E: Display>(
        &self,
        name: &'static str,
        code: Code,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<Option<T>, Problem> {
        let read = self.text(name).map(parse).transpose();
        read.map_err(|error| Problem::new(code, format!("{name}: {error}")).about(name))
    }

    /// Range, order, limit, cursor, and for candles the time as of which. Without `limit` a page has the default, or, where `whole`,
    /// the whole range.
    pub(crate) fn page(&self, whole: bool) -> Result<PageRequest, Problem> {
        let limit = self.parsed("limit", Code::InvalidLimit, |text| {
            u32::from_str(text)
                .ok()
                .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                .ok_or_else(|| format!("{text:?} is not a whole number from 1 to {MAX_LIMIT}"))
        })?;
        let direction = self.parsed("order", Code::InvalidOrder, |text| match text {
            "asc" => Ok(Direction::Ascending),
            "desc" => Ok(Direction::Descending),
            _ => Err(format!("{text:?} is neither asc nor desc")),
        })?;
        let (from, to) = (self.time("from")?, self.time("to")?);
        let cursor = self.text("cursor").map(str::to_owned);
        let limit = if whole { limit } else { Some(limit.unwrap_or(DEFAULT_LIMIT)) };
        let as_of = self.time("as_of")?;
        Ok(PageRequest { from, to, direction, limit, cursor, as_of })
    }
}

/// A symbol's name.
pub(crate) fn symbol(text: &str) -> Result<SymbolName, Problem> {
    text.parse().map_err(|error: domain::market::BadSymbol| {
        Problem::new(Code::InvalidSymbol, error.to_string()).about("symbol")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(query: &str) -> Result<Params, Problem> {
        Params::read(&format!("/x?{query}").parse().unwrap(), &["from", "limit", "order"])
    }

    #[test]
    fn misspelt_and_repeated_parameters_are_named() {
        let problem = read("limit=1&form=2").err().unwrap();
        assert_eq!(problem.code, Code::UnknownParameter);
        assert_eq!(problem.detail, "form is not a parameter; there are from, limit, order");
        assert_eq!(read("from=1&from=1").err().unwrap().code, Code::RepeatedParameter);
    }

    #[test]
    fn times_are_rfc_3339_or_milliseconds() {
        let time = |query: &str| read(query).unwrap().time("from").unwrap().unwrap();
        assert_eq!(time("from=1723161240000"), time("from=2024-08-08T23:54:00Z"));
        assert_eq!(time("from=2024-08-09T01:54:00%2B02:00"), time("from=2024-08-08T23:54:00Z"));
        let problem = read("from=2024-08-09T01:54:00+02:00").unwrap().time("from").unwrap_err();
        assert!(problem.detail.contains("%2B"), "{}", problem.detail);
        assert_eq!(read("from=").unwrap().time("from").unwrap_err().code, Code::InvalidTime);
    }

    #[test]
    fn limits_stay_within_bounds() {
        let limit = |query: &str| read(query).unwrap().page(false).map(|page| page.limit);
        assert_eq!(limit(""), Ok(Some(500)));
        assert_eq!(limit("limit=5000"), Ok(Some(5_000)));
        for bad in ["0", "5001", "-1", "1.5", "x", ""] {
            let problem = limit(&format!("limit={bad}")).unwrap_err();
            assert_eq!(problem.code, Code::InvalidLimit, "{bad}");
        }
        assert_eq!(read("").unwrap().page(true).unwrap().limit, None);
    }
}
