//! The clients against a venue that misbehaves: what its stream loses is seen in the ids, and what
//! REST fills in makes the venue's own trades of it, every one, once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use adapters::market::venue::binance::{Binance, BinanceOptions};
use adapters::market::venue::coinbase::{Coinbase, CoinbaseOptions};
use adapters::market::venue::{SocketOptions, TradesFrom, VenueEvent, VenueSource};
use domain::Time;
use domain::market::{Interval, Tick, TickKind, TimeRange};
use simulator::{Faults, Options, Recording, Simulator};

use super::{Listening, arrival, quick};

async fn start(faults: Faults) -> Simulator {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let from: Time = "2024-01-01T00:00:00Z".parse().unwrap();
    let recordings = vec![Recording::synthetic(3, 200.0, from)];
    // The venue's minutes pass quickly; its limit of weight counts in real ones.
    let options =
        Options { recordings, speed: 20.0, faults, weight_limit: None, ..Options::default() };
    Simulator::start(listener, options).await.unwrap()
}

fn impatient() -> SocketOptions {
    SocketOptions { silent_after: Duration::from_secs(1), ..quick() }
}

fn coinbase(simulator: &Simulator) -> Arc<dyn VenueSource> {
    let options = CoinbaseOptions {
        rest_url: simulator.coinbase_url(),
        ws_url: simulator.coinbase_ws_url(),
        socket: impatient(),
        request_share: 1.0,
        ..CoinbaseOptions::new(Arc::new(arrival))
    };
    Arc::new(Coinbase::new(options).unwrap())
}

fn binance(simulator: &Simulator, kind: TickKind) -> Arc<dyn VenueSource> {
    let options = BinanceOptions {
        rest_url: simulator.url(),
        ws_url: simulator.ws_url(),
        kind,
        socket: impatient(),
        weight_share: 1.0,
        ..BinanceOptions::new(Arc::new(arrival))
    };
    Arc::new(Binance::new(options).unwrap())
}

/// Asks until the venue is well enough to answer.
async fn page(source: &Arc<dyn VenueSource>, code: &str, from: TradesFrom) -> Vec<Tick> {
    loop {
        match source.trades(code, from).await {
            Ok(ticks) => return ticks,
            Err(error) => assert!(error.is_transient(), "{error}"),
        }
    }
}

fn misbehaving() -> Faults {
    Faults {
        drop: 0.01,
        duplicate: 0.01,
        reorder: 0.01,
        garbage: 0.01,
        half_message: 0.0005,
        disconnect: 0.0005,
        refuse_connections: 0.2,
        http_429: 0.1,
        http_5xx: 0.2,
        http_cut: 0.1,
        clock_offset_ms: 86_400_000,
        ..Faults::default()
    }
}

async fn every_trade_once(simulator: &Simulator, source: Arc<dyn VenueSource>, codes: [&str; 3]) {
    let kind = source.venue().kind;
    let mut listening = Listening::to(&source, &codes, 10);
    let mut heard = codes
        .map(|code| (code.to_owned(), BTreeMap::new()))
        .into_iter()
        .collect::<BTreeMap<_, _>>();
    let (mut losses, mut told) = (0, 0);
    let listen = async {
        loop {
            match listening.next().await {
                VenueEvent::Tick { code, tick } => {
                    told += 1;
                    heard.get_mut(&*code).unwrap().insert(tick.trade_id, tick);
                }
                VenueEvent::Disconnected { .. } => losses += 1,
                _ => {}
            }
        }
    };
    let _ = tokio::time::timeout(Duration::from_secs(4), listen).await;
    simulator.pause();
    assert!(losses > 0 && told > 1_000, "{losses} losses, {told} trades told");
    listening.stop().await;
    for (code, mut heard) in heard {
        let truth = simulator.truth(&code, kind);
        let mut next = truth[0].trade_id;
        let mut filled = 0;
        while next <= truth.last().unwrap().trade_id {
            if heard.contains_key(&next) {
                next += 1;
                continue;
            }
            let found = page(&source, &code, TradesFrom::Id(next)).await;
            assert_eq!(found[0].trade_id, next, "the page begins elsewhere");
            filled += found.iter().filter(|tick| !heard.contains_key(&tick.trade_id)).count();
            heard.extend(found.into_iter().map(|tick| (tick.trade_id, tick)));
        }
        let same = |tick: &Tick| Tick {
            price: tick.price.normalize(),
            quantity: tick.quantity.normalize(),
            received_at: None,
            ..tick.clone()
        };
        let heard = heard.values().map(same).collect::<Vec<_>>();
        assert!(heard == truth.iter().map(same).collect::<Vec<_>>(), "{code}: not the venue's");
        assert!(filled > 0 && filled < truth.len(), "{code}: {filled} of {}", truth.len());
    }
}

const BINANCE: [&str; 3] = ["SIM001USDT", "SIM002USDT", "SIM003USDT"];

#[tokio::test]
async fn aggregate_trades_of_binance_come_out_every_one_once() {
    let simulator = start(misbehaving()).await;
    every_trade_once(&simulator, binance(&simulator, TickKind::AggTrade), BINANCE).await;
}

#[tokio::test]
async fn single_trades_of_binance_come_out_every_one_once() {
    let simulator = start(misbehaving()).await;
    every_trade_once(&simulator, binance(&simulator, TickKind::Trade), BINANCE).await;
}

#[tokio::test]
async fn trades_of_coinbase_come_out_every_one_once() {
    let simulator = start(misbehaving()).await;
    let codes = ["SIM001-USDT", "SIM002-USDT", "SIM003-USDT"];
    every_trade_once(&simulator, coinbase(&simulator), codes).await;
}

#[tokio::test]
async fn what_rest_tells_is_what_the_venue_knows() {
    let simulator = start(Faults::default()).await;
    let source = binance(&simulator, TickKind::AggTrade);
    tokio::time::sleep(Duration::from_secs(1)).await;
    simulator.pause();
    let symbols = source.symbols().await.unwrap();
    assert_eq!(symbols.iter().filter(|s| s.active && s.code.starts_with("SIM")).count(), 3);
    let off = source.server_time().await.unwrap().micros() - simulator.now().micros();
    assert!(off.abs() < 1_000_000, "{off} µs");
    let code = "SIM002USDT";
    let range = TimeRange { from: Time::default(), to: simulator.now() };
    let candles = source.candles(code, Interval::M1, range).await.unwrap();
    assert_eq!(candles, simulator.candles(code, Interval::M1));
    let truth = simulator.truth(code, TickKind::AggTrade);
    let middle = truth[truth.len() / 2].time;
    let found = source.trades(code, TradesFrom::Time(middle)).await.unwrap();
    let first = truth.iter().find(|tick| tick.time >= middle).unwrap();
    assert_eq!(found[0].trade_id, first.trade_id);
    assert!(source.book(code).await.unwrap().bid < source.book(code).await.unwrap().ask);
    let unknown = source.candles("NOPE", Interval::M1, range).await.unwrap_err();
    assert_eq!(unknown.to_string(), "the venue does not know NOPE");
}
