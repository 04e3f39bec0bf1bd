//! Names of symbols. A code means something only at a venue, so a name is always `venue:CODE`.

use std::fmt;
use std::str::FromStr;

/// A symbol's full name, `binance:BTCUSDT`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SymbolName {
    venue: String,
    code: String,
}

/// A text that is no symbol name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a symbol; write venue:CODE, for example binance:BTCUSDT")]
pub struct BadSymbol(pub String);

impl SymbolName {
    /// Longest name accepted, in bytes.
    pub const MAX_LEN: usize = 128;

    /// A name from its two parts.
    ///
    /// A venue is lower-case letters, digits, `-` and `_`; a code is letters, digits and `-_./`,
    /// in the venue's own case.
    ///
    /// # Errors
    /// [`BadSymbol`] where a part is empty, too long or has another character.
    pub fn new(venue: &str, code: &str) -> Result<Self, BadSymbol> {
        let bad = || BadSymbol(format!("{venue}:{code}").chars().take(Self::MAX_LEN + 8).collect());
        let venue_ok =
            |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
        let code_ok = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'/');
        let fits =
            !venue.is_empty() && !code.is_empty() && venue.len() + code.len() < Self::MAX_LEN;
        if fits && venue.bytes().all(venue_ok) && code.bytes().all(code_ok) {
            Ok(Self { venue: venue.to_owned(), code: code.to_owned() })
        } else {
            Err(bad())
        }
    }

    /// The venue, `binance`.
    #[must_use]
    pub fn venue(&self) -> &str {
        &self.venue
    }

    /// The venue's own code, `BTCUSDT`.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }
}

impl FromStr for SymbolName {
    type Err = BadSymbol;

    fn from_str(text: &str) -> Result<Self, BadSymbol> {
        let (venue, code) =
            text.split_once(':').ok_or_else(|| BadSymbol(text.chars().take(136).collect()))?;
        Self::new(venue, code)
    }
}

impl fmt::Display for SymbolName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.venue, self.code)
    }
}

/// Splits a code into base and quote asset where that is certain: at a separator, or at one of
/// the quote assets that venues list against.
///
/// `BTC/USDT`, `BTC-USD`, `BTC_USDT` and `BTCUSDT` all have an answer; `SPY` has none.
#[must_use]
pub fn split_assets(code: &str) -> Option<(String, String)> {
    const QUOTES: [&str; 21] = [
        "FDUSD", "USDT", "USDC", "BUSD", "TUSD", "USDP", "USD", "EUR", "GBP", "JPY", "TRY", "BRL",
        "AUD", "CHF", "CAD", "KRW", "DAI", "BTC", "ETH", "BNB", "XBT",
    ];
    let upper = code.to_ascii_uppercase();
    if let Some((base, quote)) = upper.split_once(['/', '-', '_'])
        && !quote.is_empty()
        && quote.bytes().all(|b| b.is_ascii_alphanumeric())
    {
        return Some((base.to_owned(), quote.to_owned()));
    }
    QUOTES.iter().find_map(|quote| {
        let base = upper.strip_suffix(quote).filter(|base| base.len() >= 2)?;
        Some((base.to_owned(), (*quote).to_owned()))
    })
}
