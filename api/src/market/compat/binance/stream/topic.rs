//! Names of streams: `btcusdt@kline_1m`, `btcusdt@trade`, `!miniTicker@arr`.

use domain::market::{Frame, SymbolName};

/// One stream, as one client wants it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Topic {
    /// What is told.
    pub(super) channel: Channel,
    /// Whether each message is to come with the stream's name around it.
    pub(super) combined: bool,
}

/// What is told on a stream.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Channel {
    Kline(SymbolName, Frame),
    Trade(SymbolName),
    AggTrade(SymbolName),
    BookTicker(SymbolName),
    MiniTicker(SymbolName),
    Ticker(SymbolName),
    AllMiniTickers,
    AllTickers,
}

impl Channel {
    /// The stream of that name for a venue; `None` where there is no such stream. Names are in
    /// lower case; a symbol's code is in upper case as the venue lists it.
    pub(super) fn parse(venue: &str, name: &str) -> Option<Self> {
        match name {
            "!miniTicker@arr" => return Some(Self::AllMiniTickers),
            "!ticker@arr" => return Some(Self::AllTickers),
            _ => {}
        }
        let (code, what) = name.split_once('@')?;
        let symbol = SymbolName::new(venue, &code.to_ascii_uppercase()).ok()?;
        Some(match what {
            "trade" => Self::Trade(symbol),
            "aggTrade" => Self::AggTrade(symbol),
            "bookTicker" => Self::BookTicker(symbol),
            "miniTicker" => Self::MiniTicker(symbol),
            "ticker" => Self::Ticker(symbol),
            _ => {
                let frame = what.strip_prefix("kline_")?;
                let (frame, offset) = match frame.split_once('@') {
                    // The only other zone that Binance streams.
                    Some((frame, "+08:00")) => (frame, 480),
                    Some(_) => return None,
                    None => (frame, 0),
                };
                Self::Kline(symbol, frame.parse::<Frame>().ok()?.at_offset(offset))
            }
        })
    }

    /// Its name.
    pub(super) fn name(&self) -> String {
        let of = |symbol: &SymbolName, what: &str| {
            format!("{}@{what}", symbol.code().to_ascii_lowercase())
        };
        match self {
            Self::Kline(symbol, frame) if *frame == frame.at_offset(0) => {
                of(symbol, &format!("kline_{frame}"))
            }
            Self::Kline(symbol, frame) => of(symbol, &format!("kline_{frame}@+08:00")),
            Self::Trade(symbol) => of(symbol, "trade"),
            Self::AggTrade(symbol) => of(symbol, "aggTrade"),
            Self::BookTicker(symbol) => of(symbol, "bookTicker"),
            Self::MiniTicker(symbol) => of(symbol, "miniTicker"),
            Self::Ticker(symbol) => of(symbol, "ticker"),
            Self::AllMiniTickers => "!miniTicker@arr".to_owned(),
            Self::AllTickers => "!ticker@arr".to_owned(),
        }
    }

    /// Whether each message counts, so that one that is left out is a loss.
    pub(super) fn counts_each(&self) -> bool {
        matches!(self, Self::Trade(_) | Self::AggTrade(_))
    }

    /// Both ways in which clients may want it.
    pub(super) fn topics(&self) -> [Topic; 2] {
        [false, true].map(|combined| Topic { channel: self.clone(), combined })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_written() {
        for name in [
            "btcusdt@kline_1m",
            "btcusdt@kline_1M",
            "btcusdt@kline_3d@+08:00",
            "btcusdt@trade",
            "btcusdt@aggTrade",
            "btcusdt@bookTicker",
            "btcusdt@miniTicker",
            "btcusdt@ticker",
            "!miniTicker@arr",
            "!ticker@arr",
        ] {
            assert_eq!(Channel::parse("binance", name).expect(name).name(), name);
        }
        for name in ["0", "", "btcusdt", "@trade", "btcusdt@kline_1s", "btcusdt@depth", "b t@trade"]
        {
            assert_eq!(Channel::parse("binance", name), None, "{name}");
        }
    }
}
