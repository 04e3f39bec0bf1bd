//! Binance's REST requests about the market, their weights and limits.
//! <https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints>

use std::sync::Arc;

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Time;
use domain::market::TickKind;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use super::params::{Params, Refusal};
use super::{json, listing, tickers};
use crate::candles::Wanted;
use crate::tape::Tape;
use crate::weights::Verdict;
use crate::world::World;

/// Longest page of trades and of candles.
const PAGE: usize = 1_000;
const USUAL: usize = 500;

/// What a request is answered with: JSON, or a refusal.
pub(super) type Answer = Result<String, Refusal>;

/// A request: what is asked, and when.
pub(super) struct Asked<'a> {
    pub(super) world: &'a World,
    pub(super) params: Params,
    pub(super) now: Time,
}

type Weight = fn(&Params) -> u32;
type Handler = fn(&Asked<'_>) -> Answer;

/// All requests: path, weight as a function of the parameters, and what answers.
const ROUTES: [(&str, Weight, Handler); 13] = [
    ("/ping", |_| 1, |_| Ok("{}".to_owned())),
    ("/time", |_| 1, time),
    ("/exchangeInfo", |_| 20, listing::exchange_info),
    ("/klines", |_| 2, klines),
    ("/uiKlines", |_| 2, klines),
    ("/aggTrades", |_| 4, agg_trades),
    ("/trades", |_| 25, trades),
    ("/historicalTrades", |_| 25, trades),
    ("/depth", depth_weight, tickers::depth),
    ("/avgPrice", |_| 2, tickers::average),
    ("/ticker/price", |p| weight_of(p, 2, 4), tickers::price),
    ("/ticker/bookTicker", |p| weight_of(p, 2, 4), tickers::book),
    ("/ticker/24hr", |p| weight_of(p, 2, 80), tickers::day),
];

/// The requests under `/api/v3`.
pub(crate) fn router() -> Router<Arc<World>> {
    let mut router = Router::new();
    for (path, weight, handler) in ROUTES {
        let answer = move |State(world): State<Arc<World>>, RawQuery(query): RawQuery| async move {
            let params = Params::of(query.as_deref().unwrap_or_default());
            // A page of candles of a busy symbol is made from millions of trades.
            let made = spawn_blocking(move || respond(&world, params, weight, handler)).await;
            made.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
        };
        router = router.route(path, get(answer));
    }
    router
}

fn respond(world: &World, params: Params, weight: Weight, handler: Handler) -> Response {
    let limit = world.weights.limit().unwrap_or(0);
    let used = match world.weights.spend(weight(&params), Instant::now()) {
        Verdict::Fine(used) => used,
        Verdict::TooMany(wait) => {
            let text = format!(
                "Too much request weight used; current limit is {limit} request weight per 1 \
                 MINUTE. Please use WebSocket Streams for live updates to avoid polling the API."
            );
            return refused(StatusCode::TOO_MANY_REQUESTS, text, wait.as_secs() + 1);
        }
        Verdict::Banned(wait) => {
            let until = world.clock.now().millis() + wait.as_millis() as i64;
            let text = format!(
                "Way too much request weight used; IP banned until {until}. Please use WebSocket \
                 Streams for live updates to avoid bans."
            );
            return refused(StatusCode::IM_A_TEAPOT, text, wait.as_secs() + 1);
        }
    };
    let asked = Asked { world, params, now: world.clock.now() };
    let mut response = match handler(&asked) {
        Ok(body) => {
            ([(header::CONTENT_TYPE, "application/json;charset=UTF-8")], body).into_response()
        }
        Err(refusal) => refusal.into_response(),
    };
    let headers = response.headers_mut();
    headers.insert("x-mbx-used-weight", HeaderValue::from(used));
    headers.insert("x-mbx-used-weight-1m", HeaderValue::from(used));
    response
}

/// Binance's answer to who asks too much.
pub(crate) fn refused(status: StatusCode, text: String, retry_after_s: u64) -> Response {
    let refusal = Refusal::new(-1003, text).with_status(status);
    ([(header::RETRY_AFTER, retry_after_s.to_string())], refusal).into_response()
}

fn weight_of(params: &Params, one: u32, all: u32) -> u32 {
    match (params.get("symbol"), params.get("symbols")) {
        (Some(_), _) => one,
        (None, Some(list)) if list.matches(',').count() < 20 => one.max(all.min(4)),
        (None, Some(list)) if list.matches(',').count() < 100 => all.min(40),
        _ => all,
    }
}

fn depth_weight(params: &Params) -> u32 {
    match params.whole("limit").ok().flatten().unwrap_or(100) {
        ..=100 => 5,
        101..=500 => 25,
        501..=1_000 => 50,
        _ => 250,
    }
}

fn time(asked: &Asked<'_>) -> Answer {
    let told = asked.world.told(asked.now, &asked.world.faults());
    Ok(format!(r#"{{"serverTime":{}}}"#, told.millis()))
}

fn klines(asked: &Asked<'_>) -> Answer {
    let symbol = asked.params.symbol(&asked.world.market)?;
    let interval = asked.params.interval()?;
    let limit = asked.params.limit(USUAL, PAGE)?;
    let (from, to) = (asked.params.time("startTime")?, asked.params.time("endTime")?);
    let wanted = Wanted {
        interval,
        from: from.unwrap_or(Time::MIN),
        to: to.map_or(Time::MAX, |to| to.plus_micros(1)),
        limit,
        latest: from.is_none(),
    };
    let candles = symbol.candles(wanted, asked.now);
    Ok(json::array(candles, |out, candle| json::rest_kline(out, interval, candle)))
}

fn trades(asked: &Asked<'_>) -> Answer {
    let symbol = asked.params.symbol(&asked.world.market)?;
    let limit = asked.params.limit(USUAL, PAGE)? as u64;
    let from = asked.params.whole("fromId")?;
    let Some(tape) = symbol.tape(TickKind::Trade) else { return Ok("[]".to_owned()) };
    let places = page(tape, asked.now, limit, from.map(|id| tape.first_with_id(id)));
    Ok(json::array(tape.ticks(places), json::rest_trade))
}

fn agg_trades(asked: &Asked<'_>) -> Answer {
    let symbol = asked.params.symbol(&asked.world.market)?;
    let limit = asked.params.limit(USUAL, PAGE)? as u64;
    let from_id = asked.params.whole("fromId")?;
    let (from, to) = (asked.params.time("startTime")?, asked.params.time("endTime")?);
    if from_id.is_some() && (from.is_some() || to.is_some()) {
        let text = "Combination of optional parameters invalid. Recommendation: 'fromId' and \
                    'startTime'/'endTime' can't be sent together.";
        return Err(Refusal::new(-1128, text));
    }
    let Some(tape) = symbol.tape(TickKind::AggTrade) else { return Ok("[]".to_owned()) };
    let now = to.map_or(asked.now, |to| asked.now.min(to.plus_micros(999)));
    let first = from_id.map(|id| tape.first_with_id(id)).or(from.map(|from| tape.first_at(from)));
    let places = page(tape, now, limit, first);
    Ok(json::array(places.map(|at| tape.aggregate(at)), json::rest_agg_trade))
}

/// The places of a page: from `first` on, or the last ones.
fn page(tape: &Tape, now: Time, limit: u64, first: Option<u64>) -> std::ops::Range<u64> {
    let played = tape.played(now);
    match first {
        Some(first) => first..first.saturating_add(limit).min(played).max(first),
        None => played.saturating_sub(limit)..played,
    }
}
