//! Writing trades, candles and points, by the line protocol.

use std::fmt::Write as _;

use jiff::Timestamp;
use reqwest::Method;
use rust_decimal::Decimal;

use crate::Result;
use crate::client::{Call, Client};
use crate::error::Error;
use crate::model::{Interval, Side};

const BUCKET: &str = "chandlery";

/// A trade that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewTick {
    /// `venue:CODE`; one that isn't known is made.
    pub symbol: String,
    /// When it happened.
    pub time: Timestamp,
    /// Price of one unit of base, in quote.
    pub price: Decimal,
    /// Units of base.
    pub quantity: Decimal,
    /// The taker's side, where it is known.
    pub side: Option<Side>,
    /// The venue's id. Without one, two trades that agree in everything are one.
    pub trade_id: Option<String>,
}

/// A venue's candle that is to be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCandle {
    /// `venue:CODE`; one that isn't known is made.
    pub symbol: String,
    /// How long it lasts.
    pub interval: Interval,
    /// Its opening.
    pub open_time: Timestamp,
    /// First price.
    pub open: Decimal,
    /// Highest price.
    pub high: Decimal,
    /// Lowest price.
    pub low: Decimal,
    /// Last price.
    pub close: Decimal,
    /// Units of base traded.
    pub volume: Decimal,
}

impl Client {
    /// Stores trades durably, from which candles follow. Written again they are the same trades.
    ///
    /// # Errors
    /// `invalid`, which names the lines that are wrong; the others are stored.
    pub async fn write_ticks(&self, ticks: &[NewTick]) -> Result<()> {
        let mut lines = String::new();
        for tick in ticks {
            lines += &tick_line(tick)?;
        }
        self.write_lines(BUCKET, lines).await
    }

    /// Stores candles of a venue durably. Written again they replace what was there.
    ///
    /// # Errors
    /// As [`Client::write_ticks`].
    pub async fn write_candles(&self, candles: &[NewCandle]) -> Result<()> {
        let mut lines = String::new();
        for candle in candles {
            lines += &candle_line(candle)?;
        }
        self.write_lines(BUCKET, lines).await
    }

    /// Stores whatever the line protocol can say, with times in nanoseconds.
    ///
    /// # Errors
    /// As [`Client::write_ticks`].
    pub async fn write_lines(&self, bucket: &str, lines: String) -> Result<()> {
        if lines.is_empty() {
            return Ok(());
        }
        let query = [("bucket", bucket), ("precision", "ns")];
        let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        let call = Call::new(Method::POST, "/compat/influx/api/v2/write".to_owned()).query(query);
        // It is told by its content: again it changes nothing.
        let call = call.body("text/plain; charset=utf-8", lines.into_bytes()).harmless();
        self.send(&call).await.map(drop)
    }
}

fn tick_line(tick: &NewTick) -> Result<String> {
    let (venue, code) = tags(&tick.symbol)?;
    let mut line = format!("trades,venue={venue},symbol={code} ");
    let _ = write!(line, "price=\"{}\",quantity=\"{}\"", tick.price, tick.quantity);
    if let Some(side) = tick.side {
        let _ = write!(line, ",side=\"{side}\"");
    }
    if let Some(id) = &tick.trade_id {
        let _ = write!(line, ",trade_id=\"{}\"", quoted(id)?);
    }
    let _ = writeln!(line, " {}", tick.time.as_nanosecond());
    Ok(line)
}

fn candle_line(candle: &NewCandle) -> Result<String> {
    let (venue, code) = tags(&candle.symbol)?;
    let NewCandle { interval, open, high, low, close, volume, .. } = candle;
    let time = candle.open_time.as_nanosecond();
    Ok(format!(
        "candles,venue={venue},symbol={code},interval={interval} \
         open=\"{open}\",high=\"{high}\",low=\"{low}\",close=\"{close}\",volume=\"{volume}\" {time}\n"
    ))
}

fn tags(symbol: &str) -> Result<(String, String)> {
    let parts = symbol.split_once(':').filter(|_| !symbol.contains(['\n', '\r', '\\']));
    let (venue, code) =
        parts.ok_or_else(|| Error::Settings(format!("{symbol:?} is not venue:CODE")))?;
    let escaped = |text: &str| text.replace(',', "\\,").replace('=', "\\=").replace(' ', "\\ ");
    Ok((escaped(venue), escaped(code)))
}

fn quoted(text: &str) -> Result<String> {
    if text.contains(['\n', '\r']) {
        return Err(Error::Settings(format!("{text:?} has more than one line")));
    }
    Ok(text.replace('\\', "\\\\").replace('"', "\\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trade_is_a_line_that_says_nothing_else() {
        let mut tick = NewTick {
            symbol: "kraken:XBT/USD".into(),
            time: "2026-01-05T10:00:00.000000001Z".parse().unwrap(),
            price: "61794.10".parse().unwrap(),
            quantity: "0.5".parse().unwrap(),
            side: Some(Side::Sell),
            trade_id: Some("a\",price=\"1".into()),
        };
        let line = tick_line(&tick).unwrap();
        let wanted = "trades,venue=kraken,symbol=XBT/USD price=\"61794.10\",quantity=\"0.5\",side=\"sell\",\
                      trade_id=\"a\\\",price=\\\"1\" 1767607200000000001\n";
        assert_eq!(line, wanted);
        tick.trade_id = Some("a\ntrades".into());
        assert!(tick_line(&tick).is_err());
        assert!(tags("BTCUSDT").is_err() && tags("a:b\nc").is_err());
        assert_eq!(tags("a:b c").unwrap().1, "b\\ c");
    }
}
