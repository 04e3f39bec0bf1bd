//! What is asked of Binance's REST interface, `/api/v3`. Weights are those of its documentation.

use std::borrow::Cow;
use std::time::Duration;

use domain::Time;
use domain::market::{BookTicker, Candle, Interval, SymbolRules, Tick, TimeRange};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::super::Now;
use super::super::http::{Manners, Rest, read, usable};
use super::super::port::{TradesFrom, VenueError};
use super::message::{AggTrade, Book, Kline, KlineRow, Trade};
use crate::market::files::binance_listing;

/// Rows of a page, the most that the venue gives.
const PAGE: usize = 1_000;
/// Weight a minute until the venue has told its own limit.
const PER_MINUTE: u32 = 6_000;
/// "Invalid symbol."
const INVALID_SYMBOL: i64 = -1121;

pub(super) fn manners(share: f64) -> Manners {
    Manners {
        per_minute: share_of(PER_MINUTE, share),
        used_header: Some("x-mbx-used-weight-1m"),
        default_pause: Duration::from_secs(30),
        refusal,
    }
}

fn share_of(limit: u32, share: f64) -> u32 {
    (f64::from(limit) * share).max(1.0) as u32
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    #[serde(default)]
    msg: String,
}

fn refusal(status: StatusCode, body: &str) -> VenueError {
    match serde_json::from_str(body) {
        Ok(Refusal { code, msg }) if code == INVALID_SYMBOL => VenueError::UnknownSymbol(msg),
        Ok(Refusal { code, msg }) => VenueError::Refused { code, message: msg },
        Err(_) => VenueError::Refused { code: status.as_u16().into(), message: body.to_owned() },
    }
}

/// Asks for something of one symbol.
async fn of_symbol(
    rest: &Rest,
    endpoint: &'static str,
    code: &str,
    query: &[(&str, String)],
    weight: u32,
) -> Result<String, VenueError> {
    let mut segments = vec!["api", "v3"];
    segments.extend(endpoint.split('/'));
    let mut all = vec![("symbol", code.to_owned())];
    all.extend_from_slice(query);
    let answer = rest.get(endpoint, &segments, &all, weight).await;
    answer.map_err(|error| match error {
        VenueError::UnknownSymbol(_) => VenueError::UnknownSymbol(code.to_owned()),
        other => other,
    })
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExchangeInfo<'a> {
    #[serde(borrow, default)]
    rate_limits: Vec<RateLimit<'a>>,
    #[serde(borrow)]
    symbols: Vec<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RateLimit<'a> {
    #[serde(borrow)]
    rate_limit_type: Cow<'a, str>,
    #[serde(borrow)]
    interval: Cow<'a, str>,
    interval_num: u32,
    limit: u32,
}

impl RateLimit<'_> {
    /// The request weight a minute, where it is that.
    fn weight_a_minute(&self) -> Option<u32> {
        let minutes = self.rate_limit_type == "REQUEST_WEIGHT" && self.interval == "MINUTE";
        minutes.then(|| self.limit / self.interval_num.max(1))
    }
}

pub(super) async fn symbols(rest: &Rest, share: f64) -> Result<Vec<SymbolRules>, VenueError> {
    let text = rest.get("exchangeInfo", &["api", "v3", "exchangeInfo"], &[], 20).await?;
    let info: ExchangeInfo<'_> = read("exchangeInfo", &text)?;
    if let Some(limit) = info.rate_limits.iter().find_map(RateLimit::weight_a_minute) {
        rest.set_limit(share_of(limit, share));
    }
    // One listing that can't be understood spoils the list: without it, its symbol would look as
    // if the venue had taken it off.
    let listed = info.symbols.into_iter().map(|listing| binance_listing(listing.get()));
    listed
        .collect::<Result<_, _>>()
        .map_err(|fault| VenueError::Malformed(format!("exchangeInfo: {fault}")))
}

pub(super) async fn server_time(rest: &Rest) -> Result<Time, VenueError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct ServerTime {
        server_time: i64,
    }
    let text = rest.get("time", &["api", "v3", "time"], &[], 1).await?;
    let ServerTime { server_time } = read("time", &text)?;
    Time::from_millis(server_time)
        .map_err(|error| VenueError::Malformed(format!("time: {server_time} {error}")))
}

pub(super) async fn agg_trades(
    rest: &Rest,
    code: &str,
    from: TradesFrom,
) -> Result<Vec<Tick>, VenueError> {
    let mut query = vec![("limit", PAGE.to_string())];
    match from {
        TradesFrom::Id(id) => query.push(("fromId", id.max(0).to_string())),
        TradesFrom::Time(time) => query.push(("startTime", millis_from(time).to_string())),
        TradesFrom::Newest => {}
    }
    let text = of_symbol(rest, "aggTrades", code, &query, 4).await?;
    let rows: Vec<AggTrade<'_>> = read("aggTrades", &text)?;
    Ok(page("aggTrades", code, rows.iter().map(|row| row.tick(None)), from))
}

pub(super) async fn trades(
    rest: &Rest,
    code: &str,
    from: TradesFrom,
) -> Result<Vec<Tick>, VenueError> {
    let limit = ("limit", PAGE.to_string());
    let mut id = match from {
        TradesFrom::Id(id) => id.max(0),
        // The newest ones: the venue's default where no id is given.
        TradesFrom::Newest => {
            let text = of_symbol(rest, "historicalTrades", code, &[limit], 25).await?;
            let rows: Vec<Trade<'_>> = read("historicalTrades", &text)?;
            return Ok(page("historicalTrades", code, rows.iter().map(|row| row.tick(None)), from));
        }
        TradesFrom::Time(time) => match first_at(rest, code, time).await? {
            Some(id) => id,
            None => return Ok(Vec::new()),
        },
    };
    loop {
        let query = [("fromId", id.to_string()), limit.clone()];
        let text = of_symbol(rest, "historicalTrades", code, &query, 25).await?;
        let rows: Vec<Trade<'_>> = read("historicalTrades", &text)?;
        let (full, last) = (rows.len() >= PAGE, rows.last().map(Trade::id));
        let found = page("historicalTrades", code, rows.iter().map(|row| row.tick(None)), from);
        // An aggregate may begin with more trades before the asked time than a page holds.
        match last {
            Some(last) if full && found.is_empty() => id = last + 1,
            _ => return Ok(found),
        }
    }
}

/// The first single trade of the first aggregate at this time or after it.
async fn first_at(rest: &Rest, code: &str, time: Time) -> Result<Option<i64>, VenueError> {
    let query = [("startTime", millis_from(time).to_string()), ("limit", "1".to_owned())];
    let text = of_symbol(rest, "aggTrades", code, &query, 4).await?;
    let rows: Vec<AggTrade<'_>> = read("aggTrades", &text)?;
    Ok(rows.first().map(|row| row.first))
}

/// Rows as ticks: in order, nothing before what was asked for.
fn page(
    endpoint: &'static str,
    code: &str,
    rows: impl Iterator<Item = Result<Tick, String>>,
    from: TradesFrom,
) -> Vec<Tick> {
    let mut ticks = usable(endpoint, code, rows);
    ticks.retain(|tick| match from {
        TradesFrom::Id(id) => tick.trade_id >= id,
        TradesFrom::Time(time) => tick.time >= time,
        TradesFrom::Newest => true,
    });
    ticks.sort_unstable_by_key(|tick| tick.trade_id);
    ticks
}

pub(super) async fn candles(
    rest: &Rest,
    code: &str,
    interval: Interval,
    range: TimeRange,
) -> Result<Vec<Candle>, VenueError> {
    let query = [
        ("interval", interval.as_str().to_owned()),
        ("startTime", millis_from(range.from).to_string()),
        // The venue counts its end in.
        ("endTime", (millis_from(range.to) - 1).to_string()),
        ("limit", PAGE.to_string()),
    ];
    let text = of_symbol(rest, "klines", code, &query, 2).await?;
    let rows: Vec<KlineRow<'_>> = read("klines", &text)?;
    let rows = rows.into_iter().map(|row| Kline::from(row).candle());
    let mut candles = usable("klines", code, rows);
    candles.retain(|candle| candle.open_time >= range.from && candle.open_time < range.to);
    Ok(candles)
}

pub(super) async fn book(rest: &Rest, code: &str, now: &Now) -> Result<BookTicker, VenueError> {
    let text = of_symbol(rest, "ticker/bookTicker", code, &[], 2).await?;
    let book = read::<Book<'_>>("ticker/bookTicker", &text)?.book(now());
    book.map_err(|why| VenueError::Malformed(format!("ticker/bookTicker: {why}")))
}

/// The first whole millisecond at this time or after it.
fn millis_from(time: Time) -> i64 {
    time.plus_micros(999).millis()
}
