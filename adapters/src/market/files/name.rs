//! What a file's name tells. Only names built as Binance's archive and freqtrade build them are
//! trusted with a symbol: `BTCUSDT-1m-2024-01.zip`, `BTC_USDT-1m.feather`, `BTC_USDT-trades.json.gz`.

use domain::market::Interval;

/// Facts from a name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Named {
    /// The symbol's code.
    pub(super) code: Option<String>,
    /// The interval of its candles.
    pub(super) interval: Option<Interval>,
    /// Funding rates or mark prices: they look like candles and are none.
    pub(super) no_candles: bool,
    /// Written `BASE_QUOTE-…`, as freqtrade does.
    pub(super) freqtrade: bool,
}

/// Reads a name without directories.
pub(super) fn read(name: &str) -> Named {
    let stem = name.split('.').next().unwrap_or_default();
    let no_candles = ["funding_rate", "fundingRate", "-mark", "premiumIndex"];
    let mut named = Named {
        interval: stem.split(['-', '_']).find_map(|part| part.parse().ok()),
        no_candles: no_candles.iter().any(|part| stem.contains(part)),
        ..Named::default()
    };
    let Some((symbol, rest)) = stem.split_once('-') else { return named };
    let what = rest.split('-').next().unwrap_or_default();
    let is_code = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_';
    let length = what.strip_suffix(['s', 'm', 'h', 'd', 'w', 'M']).unwrap_or_default();
    let is_interval = !length.is_empty() && length.bytes().all(|b| b.is_ascii_digit());
    let known = is_interval || matches!(what, "trades" | "aggTrades");
    if symbol.is_empty() || !symbol.bytes().all(is_code) || !known {
        return named;
    }
    let parts: Vec<&str> = symbol.split('_').collect();
    // Binance's own codes hold an underscore only before the month or PERP of a future.
    let future =
        parts.len() == 2 && (parts[1] == "PERP" || parts[1].bytes().all(|b| b.is_ascii_digit()));
    named.freqtrade = parts.len() > 1 && !future;
    named.code = Some(if named.freqtrade { parts[..2].concat() } else { symbol.to_owned() });
    named
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let facts = |name| {
            let named = read(name);
            (named.code.unwrap_or_default(), named.interval.map(Interval::as_str), named.freqtrade)
        };
        assert_eq!(facts("BTCUSDT-1m-2024-01.zip"), ("BTCUSDT".into(), Some("1m"), false));
        assert_eq!(facts("BTCUSDT-aggTrades-2024-01-01.csv"), ("BTCUSDT".into(), None, false));
        assert_eq!(facts("BTCUSD_PERP-1h-2024-01.csv"), ("BTCUSD_PERP".into(), Some("1h"), false));
        assert_eq!(facts("BTC_USDT-1m.feather"), ("BTCUSDT".into(), Some("1m"), true));
        assert_eq!(facts("BTC_USDT_USDT-1h-futures.feather"), ("BTCUSDT".into(), Some("1h"), true));
        assert_eq!(facts("BTC_USDT-trades.json.gz"), ("BTCUSDT".into(), None, true));
        assert_eq!(facts("bitfinex_BTCUSD_1m_2018.csv.gz"), (String::new(), Some("1m"), false));
        assert_eq!(facts("bitmex_XBTUSD_1M_2018-01.csv.gz"), (String::new(), None, false));
        assert_eq!(facts("BTCUSDT-3m-2024-01.zip"), ("BTCUSDT".into(), None, false));
        assert_eq!(facts(""), (String::new(), None, false));
        assert!(read("XRP_USDT_USDT-8h-funding_rate.feather").no_candles);
    }
}
