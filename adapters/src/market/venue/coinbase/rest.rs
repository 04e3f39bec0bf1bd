//! What is asked of Coinbase's REST interface. Its pages of trades run backwards and its candles
//! come newest first, at most 300; both are turned round here.

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
use super::message::{Level1, Match, Row, rules, time};

/// The intervals that the venue has candles of.
pub(super) const INTERVALS: [Interval; 5] =
    [Interval::M1, Interval::M5, Interval::M15, Interval::H1, Interval::D1];
/// Trades of a page, the most that the venue gives.
const PAGE: i64 = 1_000;
/// Candles of a page; the venue refuses to give more.
const CANDLES: i64 = 300;
/// Public requests a minute: 10 in a second.
const PER_MINUTE: u32 = 600;

pub(super) fn manners(share: f64) -> Manners {
    Manners {
        per_minute: (f64::from(PER_MINUTE) * share).max(1.0) as u32,
        used_header: None,
        default_pause: Duration::from_secs(1),
        refusal,
    }
}

fn refusal(status: StatusCode, body: &str) -> VenueError {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let message =
        serde_json::from_str(body).map_or(body.to_owned(), |found: Refusal| found.message);
    VenueError::Refused { code: status.as_u16().into(), message }
}

async fn of_product(
    rest: &Rest,
    endpoint: &'static str,
    code: &str,
    query: &[(&str, String)],
) -> Result<String, VenueError> {
    let answer = rest.get(endpoint, &["products", code, endpoint], query, 1).await;
    answer.map_err(|error| match error {
        VenueError::Refused { code: 404, .. } => VenueError::UnknownSymbol(code.to_owned()),
        other => other,
    })
}

fn malformed(endpoint: &str) -> impl FnOnce(String) -> VenueError {
    move |why| VenueError::Malformed(format!("{endpoint}: {why}"))
}

pub(super) async fn symbols(rest: &Rest) -> Result<Vec<SymbolRules>, VenueError> {
    let text = rest.get("products", &["products"], &[], 1).await?;
    let products: Vec<&RawValue> = read("products", &text)?;
    let all = products.into_iter().map(|product| rules(product.get()));
    all.collect::<Result<_, _>>().map_err(malformed("products"))
}

pub(super) async fn server_time(rest: &Rest) -> Result<Time, VenueError> {
    #[derive(Deserialize)]
    struct Clock<'a> {
        #[serde(borrow)]
        iso: Cow<'a, str>,
    }
    let text = rest.get("time", &["time"], &[], 1).await?;
    let clock: Clock<'_> = read("time", &text)?;
    time(&clock.iso).map_err(malformed("time"))
}

/// The page of trades before an id (all of them without one), in ascending order.
async fn before(
    rest: &Rest,
    code: &str,
    id: Option<i64>,
    limit: i64,
) -> Result<Vec<Tick>, VenueError> {
    let mut query = vec![("limit", limit.to_string())];
    query.extend(id.map(|id| ("after", id.to_string())));
    let text = of_product(rest, "trades", code, &query).await?;
    let rows: Vec<Match<'_>> = read("trades", &text)?;
    let mut ticks = usable("trades", code, rows.iter().map(|row| row.tick(None)));
    ticks.sort_unstable_by_key(|tick| tick.trade_id);
    Ok(ticks)
}

pub(super) async fn trades(
    rest: &Rest,
    code: &str,
    from: TradesFrom,
) -> Result<Vec<Tick>, VenueError> {
    match from {
        TradesFrom::Newest => before(rest, code, None, PAGE).await,
        TradesFrom::Id(id) => from_id(rest, code, id).await,
        TradesFrom::Time(time) => match first_at(rest, code, time).await? {
            None => Ok(Vec::new()),
            Some(id) => {
                let mut ticks = from_id(rest, code, id).await?;
                ticks.retain(|tick| tick.time >= time);
                Ok(ticks)
            }
        },
    }
}

async fn from_id(rest: &Rest, code: &str, id: i64) -> Result<Vec<Tick>, VenueError> {
    let mut id = id.max(1);
    loop {
        let end = id.saturating_add(PAGE);
        let mut ticks = before(rest, code, Some(end), PAGE).await?;
        ticks.retain(|tick| tick.trade_id >= id);
        if !ticks.is_empty() {
            return Ok(ticks);
        }
        // Ids are contiguous, so this is the end; unless the venue has taken a page of trades back.
        let newest = before(rest, code, None, 1).await?;
        match newest.first() {
            Some(newest) if newest.trade_id >= end => id = end,
            _ => return Ok(ticks),
        }
    }
}

/// The id of the first trade at this time or after it, found by halving: the venue can't be asked
/// by time. Some 30 requests.
async fn first_at(rest: &Rest, code: &str, time: Time) -> Result<Option<i64>, VenueError> {
    let newest = before(rest, code, None, 1).await?;
    let Some(newest) = newest.first().filter(|tick| tick.time >= time) else { return Ok(None) };
    // Everything below `low` is earlier, `high` is not.
    let (mut low, mut high) = (1, newest.trade_id);
    while low < high {
        let middle = low + (high - low) / 2;
        match before(rest, code, Some(middle + 1), 1).await?.first() {
            Some(tick) if tick.time >= time => high = tick.trade_id.max(low),
            _ => low = middle + 1,
        }
    }
    Ok(Some(high))
}

pub(super) async fn candles(
    rest: &Rest,
    code: &str,
    interval: Interval,
    range: TimeRange,
) -> Result<Vec<Candle>, VenueError> {
    if !INTERVALS.contains(&interval) {
        let message = format!("the venue has no candles of {interval}");
        return Err(VenueError::Refused { code: 400, message });
    }
    let mut range = range;
    loop {
        let candles = window(rest, code, interval, range).await?;
        let rest_of = TimeRange::new(range.from.plus_micros(CANDLES * interval.micros()), range.to);
        let Some(next) = rest_of.filter(|_| candles.is_empty()) else { return Ok(candles) };
        // Minutes without a trade have no candle: whole days of them are passed over by days.
        range = next;
        if interval < Interval::D1 {
            let from = Interval::D1.open_time(range.from);
            let days = TimeRange { from, ..range };
            let Some(day) = first_day(rest, code, days).await? else { return Ok(Vec::new()) };
            range.from = range.from.max(day);
        }
    }
}

async fn first_day(
    rest: &Rest,
    code: &str,
    mut range: TimeRange,
) -> Result<Option<Time>, VenueError> {
    loop {
        let days = window(rest, code, Interval::D1, range).await?;
        if let Some(day) = days.first() {
            return Ok(Some(day.open_time));
        }
        let from = range.from.plus_micros(CANDLES * Interval::D1.micros());
        match TimeRange::new(from, range.to) {
            Some(next) => range = next,
            None => return Ok(None),
        }
    }
}

/// The first 300 candles of a range, ascending.
async fn window(
    rest: &Rest,
    code: &str,
    interval: Interval,
    range: TimeRange,
) -> Result<Vec<Candle>, VenueError> {
    // The first candle that opens in the range; the venue counts its end in.
    let first = interval.open_time(range.from.plus_micros(interval.micros() - 1));
    let last = first.plus_micros((CANDLES - 1) * interval.micros());
    let last = last.min(interval.open_time(range.to.plus_micros(-1)));
    if last < first {
        return Ok(Vec::new());
    }
    let query = [
        ("granularity", (interval.micros() / 1_000_000).to_string()),
        ("start", first.to_string()),
        ("end", last.to_string()),
    ];
    let text = of_product(rest, "candles", code, &query).await?;
    let rows: Vec<Row<'_>> = read("candles", &text)?;
    let mut candles = usable("candles", code, rows.iter().map(Row::candle));
    candles.retain(|candle| candle.open_time >= first && candle.open_time <= last);
    candles.sort_unstable_by_key(|candle| candle.open_time);
    Ok(candles)
}

pub(super) async fn book(rest: &Rest, code: &str, now: &Now) -> Result<BookTicker, VenueError> {
    let text = of_product(rest, "book", code, &[("level", "1".to_owned())]).await?;
    let level: Level1<'_> = read("book", &text)?;
    level.book(now()).map_err(malformed("book"))
}
