//! The parameters of a request, and Binance's words for what is wrong with them.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use domain::Time;
use domain::market::Interval;

use crate::market::{Market, Symbol};

/// A refusal: status, code and text as Binance gives them.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    code: i32,
    text: String,
}

impl Refusal {
    pub(crate) fn new(code: i32, text: impl Into<String>) -> Self {
        Self { status: StatusCode::BAD_REQUEST, code, text: text.into() }
    }

    pub(crate) fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }

    fn malformed(name: &str) -> Self {
        let text = format!(
            "Illegal characters found in parameter '{name}'; legal range is '^[0-9]{{1,20}}$'."
        );
        Self::new(-1100, text)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = serde_json::json!({ "code": self.code, "msg": self.text });
        (self.status, axum::Json(body)).into_response()
    }
}

/// The parameters of one request.
#[derive(Debug)]
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// From a query text.
    pub(crate) fn of(query: &str) -> Self {
        // Binance's values need no more of URL encoding than brackets, quotes and commas.
        let decode = |text: &str| {
            let (mut out, mut bytes) = (Vec::new(), text.bytes());
            while let Some(byte) = bytes.next() {
                let hex = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
                match byte {
                    b'%' => match hex(bytes.next()).zip(hex(bytes.next())) {
                        Some((high, low)) => out.push((high * 16 + low) as u8),
                        None => out.push(b'%'),
                    },
                    byte => out.push(byte),
                }
            }
            String::from_utf8_lossy(&out).into_owned()
        };
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        Self(pairs.map(|(name, value)| (decode(name), decode(value))).collect())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The symbol, which must be given.
    pub(crate) fn symbol<'a>(&self, market: &'a Market) -> Result<&'a Symbol, Refusal> {
        let code = self.get("symbol").filter(|code| !code.is_empty()).ok_or_else(|| {
            Refusal::new(
                -1102,
                "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed.",
            )
        })?;
        listed(market, code)
    }

    /// The symbols that are asked for: one, several, or `None` for all. Also whether it is one.
    pub(crate) fn symbols<'a>(
        &self,
        market: &'a Market,
    ) -> Result<(Vec<&'a Symbol>, bool), Refusal> {
        if let Some(code) = self.get("symbol") {
            return Ok((vec![listed(market, code)?], true));
        }
        let Some(list) = self.get("symbols") else {
            return Ok((market.symbols.iter().collect(), false));
        };
        let codes: Vec<String> = serde_json::from_str(list).map_err(|_| {
            let legal =
                "legal range is '^\\[(\"[A-Z0-9-_.]{1,20}\"(,\"[A-Z0-9-_.]{1,20}\"){0,}){0,1}\\]$'";
            let text = format!("Illegal characters found in parameter 'symbols'; {legal}.");
            Refusal::new(-1100, text)
        })?;
        let symbols = codes.iter().map(|code| listed(market, code));
        Ok((symbols.collect::<Result<_, _>>()?, false))
    }

    pub(crate) fn whole(&self, name: &str) -> Result<Option<i64>, Refusal> {
        self.get(name).map(|text| text.parse().map_err(|_| Refusal::malformed(name))).transpose()
    }

    /// A time in milliseconds.
    pub(crate) fn time(&self, name: &str) -> Result<Option<Time>, Refusal> {
        let millis = self.whole(name)?;
        millis
            .map(|millis| Time::from_millis(millis).map_err(|_| Refusal::malformed(name)))
            .transpose()
    }

    /// How many rows; more than `most` are cut to it.
    pub(crate) fn limit(&self, usual: usize, most: usize) -> Result<usize, Refusal> {
        match self.whole("limit")? {
            None => Ok(usual),
            Some(limit @ 1..) => Ok(usize::try_from(limit).unwrap_or(most).min(most)),
            Some(_) => Err(Refusal::new(-1130, "Data sent for parameter 'limit' is not valid.")),
        }
    }

    pub(crate) fn interval(&self) -> Result<Interval, Refusal> {
        let text = self.get("interval").ok_or_else(|| {
            Refusal::new(
                -1102,
                "Mandatory parameter 'interval' was not sent, was empty/null, or malformed.",
            )
        })?;
        text.parse().map_err(|_| Refusal::new(-1120, "Invalid interval."))
    }
}

fn listed<'a>(market: &'a Market, code: &str) -> Result<&'a Symbol, Refusal> {
    let found = market.by_code(code).map(|(_, symbol)| symbol);
    found.ok_or_else(|| Refusal::new(-1121, "Invalid symbol."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_symbols_are_decoded() {
        let params = Params::of("symbols=%5B%22BTCUSDT%22,%22ETHUSDT%22%5D");
        assert_eq!(params.get("symbols"), Some(r#"["BTCUSDT","ETHUSDT"]"#));
    }
}
