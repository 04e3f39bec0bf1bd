//! What can be subscribed to.

use std::fmt;
use std::str::FromStr;

use domain::auth::Scope;
use domain::market::{Interval, SymbolName};
use uuid::Uuid;

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
    /// One's own.
    Own(Own, Mine),
}

/// What is told to whoever it belongs to alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Own {
    /// Bots.
    Bots,
    /// Orders with their fills.
    Orders,
}

/// Which of one's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Mine {
    /// Whose; nobody's until the caller is known.
    pub(crate) user: Uuid,
    /// `bots:<bot>` or `orders:<account>`; none of `bots:all` and `orders:all`.
    pub(crate) id: Option<Uuid>,
}

impl Topic {
    /// The symbol, where it is of one.
    pub(crate) fn symbol(&self) -> Option<&SymbolName> {
        match self {
            Self::Candles(symbol, _)
            | Self::Ticks(symbol)
            | Self::Prices(symbol)
            | Self::Books(symbol) => Some(symbol),
            Self::AllPrices | Self::Own(..) => None,
        }
    }

    /// What callers need beyond the market, where it is of their own.
    pub(super) fn scope(&self) -> Option<Scope> {
        match self {
            Self::Own(Own::Bots, _) => Some(Scope::BotsRead),
            Self::Own(Own::Orders, _) => Some(Scope::OrdersRead),
            _ => None,
        }
    }

    /// The same of somebody's, where it is of one's own.
    pub(super) fn of(self, user: Uuid) -> Self {
        match self {
            Self::Own(own, Mine { id, .. }) => Self::Own(own, Mine { user, id }),
            topic => topic,
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
                 prices:venue:CODE, prices:*, books:venue:CODE, bots:all, bots:BOT, orders:all and \
                 orders:ACCOUNT"
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
            "bots" => Ok(Self::Own(Own::Bots, mine(of).ok_or_else(unknown)?)),
            "orders" => Ok(Self::Own(Own::Orders, mine(of).ok_or_else(unknown)?)),
            _ => Err(unknown()),
        }
    }
}

/// `all`, or a number; nobody's so far.
fn mine(text: &str) -> Option<Mine> {
    let id = if text == "all" { None } else { Some(text.parse().ok()?) };
    Some(Mine { user: Uuid::nil(), id })
}

impl fmt::Display for Topic {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Candles(symbol, interval) => write!(out, "candles:{symbol}:{interval}"),
            Self::Ticks(symbol) => write!(out, "ticks:{symbol}"),
            Self::Prices(symbol) => write!(out, "prices:{symbol}"),
            Self::AllPrices => out.write_str("prices:*"),
            Self::Books(symbol) => write!(out, "books:{symbol}"),
            Self::Own(own, mine) => {
                out.write_str(if *own == Own::Bots { "bots:" } else { "orders:" })?;
                match mine.id {
                    Some(id) => write!(out, "{id}"),
                    None => out.write_str("all"),
                }
            }
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
            "bots:all",
            "orders:019ae3b0-0000-7000-8000-000000000001",
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
            "bots:*",
            "orders:binance:BTCUSDT",
        ];
        for text in bad {
            assert!(text.parse::<Topic>().is_err(), "{text}");
        }
    }
}
