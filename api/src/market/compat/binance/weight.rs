//! How much a client has asked for in the present minute, counted by its address as Binance counts:
//! each request has a weight, the sum is told in every answer, and beyond the limit answers are 429
//! until the minute is over.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Mutex;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use domain::Time;

use super::error::Refusal;
use super::params::{Query, Symbols};
use crate::serve::Peer;
use crate::state::ApiState;

const USED: HeaderName = HeaderName::from_static("x-mbx-used-weight");
const USED_1M: HeaderName = HeaderName::from_static("x-mbx-used-weight-1m");
const MINUTE_MS: i64 = 60_000;

/// The sums of the present minute.
#[derive(Default)]
pub(crate) struct Weights(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    number: i64,
    used: HashMap<IpAddr, u32>,
}

impl Weights {
    /// Adds a request to the sum of its client, which is returned.
    fn add(&self, client: IpAddr, weight: u32, now: Time) -> u32 {
        let number = now.millis().div_euclid(MINUTE_MS);
        let Ok(mut minute) = self.0.lock() else { return weight };
        if minute.number != number {
            *minute = Minute { number, used: HashMap::new() };
        }
        let used = minute.used.entry(client).or_default();
        *used = used.saturating_add(weight);
        *used
    }
}

/// See the head of this file.
pub(super) async fn weigh(State(state): State<ApiState>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>();
    let client = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0);
    let now = state.0.clock.now();
    let used = state.0.weights.add(client, weight(request.uri()), now);
    let limit = state.0.settings.binance_weight_per_minute;
    let mut response = if used > limit {
        let rest = MINUTE_MS - now.millis().rem_euclid(MINUTE_MS);
        let pause = Duration::from_millis(rest.unsigned_abs() + 999);
        Refusal::too_much_weight(limit, pause).into_response()
    } else {
        next.run(request).await
    };
    for name in [USED, USED_1M] {
        response.headers_mut().insert(name, HeaderValue::from(used));
    }
    response
}

/// The weight of a request, by Binance's tables of 2026-07. One that is refused for its parameters
/// weighs as one of a single symbol.
fn weight(uri: &Uri) -> u32 {
    const PARAMETERS: &[&str] = &["symbol", "symbols", "limit", "type", "symbolStatus"];
    let query = Query::read(uri, PARAMETERS).ok();
    let symbols = query.as_ref().and_then(|query| query.symbols().ok());
    let path = uri.path();
    let endpoint = path.strip_prefix("/compat/binance/api/v3").unwrap_or(path);
    match endpoint {
        "/exchangeInfo" => 20,
        "/klines" | "/uiKlines" | "/avgPrice" => 2,
        "/trades" | "/historicalTrades" => 25,
        "/account" | "/allOrders" | "/myTrades" => 20,
        "/openOrders" => match symbols {
            Some(Symbols::One(_)) => 6,
            _ => 80,
        },
        "/aggTrades" => 4,
        "/depth" => match query.and_then(|query| query.limit_within(100, 5_000).ok()) {
            None | Some(..=100) => 5,
            Some(..=500) => 25,
            Some(..=1_000) => 50,
            Some(_) => 250,
        },
        "/ticker/price" | "/ticker/bookTicker" => match symbols {
            None | Some(Symbols::One(_)) => 2,
            Some(_) => 4,
        },
        "/ticker/24hr" => match symbols {
            None | Some(Symbols::One(_)) => 2,
            Some(Symbols::All) => 80,
            Some(Symbols::Several(codes)) => match codes.len() {
                0..=20 => 2,
                21..=100 => 40,
                _ => 80,
            },
        },
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_those_of_the_tables() {
        for (uri, expected) in [
            ("/ping", 1),
            ("/exchangeInfo", 20),
            ("/klines?symbol=BTCUSDT&interval=1m", 2),
            ("/depth?symbol=BTCUSDT", 5),
            ("/depth?symbol=BTCUSDT&limit=101", 25),
            ("/depth?symbol=BTCUSDT&limit=5000", 250),
            ("/ticker/price?symbol=BTCUSDT", 2),
            ("/ticker/price", 4),
            ("/ticker/24hr?symbol=BTCUSDT&type=MINI", 2),
            ("/ticker/24hr", 80),
            ("/ticker/24hr?symbols=[%22A%22,%22B%22]", 2),
        ] {
            assert_eq!(weight(&uri.parse().unwrap()), expected, "{uri}");
        }
        let many: Vec<String> = (0..21).map(|n| format!("%22S{n}%22")).collect();
        let uri = format!("/ticker/24hr?symbols=[{}]", many.join(","));
        assert_eq!(weight(&uri.parse().unwrap()), 40);
    }

    #[test]
    fn each_client_has_a_sum_that_ends_with_the_minute() {
        let (weights, a, b) = (Weights::default(), [127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let at = |ms| Time::from_millis(ms).unwrap();
        assert_eq!(weights.add(a, 20, at(0)), 20);
        assert_eq!(weights.add(a, 2, at(59_999)), 22);
        assert_eq!(weights.add(b, 2, at(59_999)), 2);
        assert_eq!(weights.add(a, 2, at(60_000)), 2);
    }
}
