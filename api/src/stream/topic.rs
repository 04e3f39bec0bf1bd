//! What can be subscribed to.

use std::fmt;
use std::str::FromStr;

use domain::market::{Interval, SymbolName};

/// One series of messages.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Topic {
    /// `candles:venue:CODE:1m`.
    Candles(SymbolName, Interval),
    /// `ticks:venue:CODE`.
    Ticks(SymbolName),
    /// `prices:venue:CODE`.
    Prices(SymbolName),
    /// `books:venue:CODE`, the best bid and ask.
    Books(SymbolName),
    /// `prices:*`, the prices of all symbols.
    AllPrices,
}

impl Topic {
    /// The symbol, where it is of one.
    pub(crate) fn symbol(&self) -> Option<&SymbolName> {
        match self {
            Self::Candles(symbol, _)
            | Self::Ticks(symbol)
            | Self::Prices(symbol)
            | Self::Books(symbol) => Some(symbol),
            Self::AllPrices => None,
        }
    }
}

impl FromStr for Topic {
    /// What is wrong with it.
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let shown: String = text.chars().take(SymbolName::MAX_LEN + 16).collect();
        let unknown = || {
            format!(
                "{shown:?} is no topic; there are candles:venue:CODE:interval, ticks:venue:CODE, \
                 prices:venue:CODE, prices:* and books:venue:CODE"
            )
        };
        let (series, of) = text.split_once(':').ok_or_else(unknown)?;
        let symbol = |text: &str| text.parse::<SymbolName>().map_err(|error| error.to_string());
        match series {
            "candles" => {
                let (name, interval) = of.rsplit_once(':').ok_or_else(unknown)?;
                let interval = interval.parse::<Interval>().map_err(|error| error.to_string())?;
                Ok(Self::Candles(symbol(name)?, interval))
            }
            "ticks" => Ok(Self::Ticks(symbol(of)?)),
            "prices" if of == "*" => Ok(Self::AllPrices),
            "prices" => Ok(Self::Prices(symbol(of)?)),
            "books" => Ok(Self::Books(symbol(of)?)),
            _ => Err(unknown()),
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Candles(symbol, interval) => write!(out, "candles:{symbol}:{interval}"),
            Self::Ticks(symbol) => write!(out, "ticks:{symbol}"),
            Self::Prices(symbol) => write!(out, "prices:{symbol}"),
            Self::AllPrices => out.write_str("prices:*"),
            Self::Books(symbol) => write!(out, "books:{symbol}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_read_back_as_written() {
        let good = [
            "candles:binance:BTCUSDT:1m",
            "ticks:kraken:XBT/USD",
            "prices:binance:BTCUSDT",
            "prices:*",
            "books:binance:BTCUSDT",
        ];
        for text in good {
            assert_eq!(text.parse::<Topic>().unwrap().to_string(), text);
        }
        let bad = [
            "",
            "prices",
            "candles:binance:BTCUSDT",
            "candles:binance:BTCUSDT:3m",
            "ticks:*",
            "trades:a:B",
        ];
        for text in bad {
            assert!(text.parse::<Topic>().is_err(), "{text}");
        }
    }
}
