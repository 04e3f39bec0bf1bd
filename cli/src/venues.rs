//! The venues that the settings name, made as sources. None is asked anything before somebody wants
//! something of it.

use std::sync::Arc;

use adapters::market::venue::binance::{Binance, BinanceOptions};
use adapters::market::venue::coinbase::{Coinbase, CoinbaseOptions};
use adapters::market::venue::{Now, SocketOptions, VenueSource};
use anyhow::{Context as _, Result};
use app::Clock;
use app::market::venues::Venues;
use domain::market::TickKind;

use crate::config::{BinanceTrades, Settings};

/// Every venue that this version knows.
pub(crate) fn connect(settings: &Settings, clock: &Clock) -> Result<Venues> {
    adapters::market::venue::describe_metrics();
    let now: Now = {
        let clock = clock.clone();
        Arc::new(move || clock.now())
    };
    // Two processes that are started together must not come back to a venue together.
    let seed = u64::from(std::process::id()) ^ clock.now().micros().cast_unsigned();
    let socket = SocketOptions { seed, ..SocketOptions::default() };
    let sources: [Arc<dyn VenueSource>; 2] = [
        Arc::new(binance(settings, &now, &socket).context("binance")?),
        Arc::new(coinbase(settings, &now, &socket).context("coinbase")?),
    ];
    Ok(Venues::new(sources))
}

fn binance(settings: &Settings, now: &Now, socket: &SocketOptions) -> Result<Binance> {
    let settings = &settings.binance;
    let options = BinanceOptions {
        rest_url: settings.rest_url.clone(),
        ws_url: settings.ws_url.clone(),
        kind: match settings.trades {
            BinanceTrades::Aggregate => TickKind::AggTrade,
            BinanceTrades::Single => TickKind::Trade,
        },
        klines: settings.klines,
        book: settings.book,
        weight_share: settings.weight_share,
        socket: socket.clone(),
        ..BinanceOptions::new(Arc::clone(now))
    };
    Ok(Binance::new(options)?)
}

fn coinbase(settings: &Settings, now: &Now, socket: &SocketOptions) -> Result<Coinbase> {
    let settings = &settings.coinbase;
    let options = CoinbaseOptions {
        rest_url: settings.rest_url.clone(),
        ws_url: settings.ws_url.clone(),
        book: settings.book,
        request_share: settings.request_share,
        socket: socket.clone(),
        ..CoinbaseOptions::new(Arc::clone(now))
    };
    Ok(Coinbase::new(options)?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use adapters::market::venue::VenueEvent;
    use simulator::{Options, Recording, Simulator};
    use tokio::sync::{mpsc, watch};
    use tokio_util::sync::CancellationToken;

    use super::*;

    const TRADES: usize = 60;

    /// How many candles and books a venue's stream tells beside its trades of five minutes.
    async fn beside_trades(source: &Arc<dyn VenueSource>, code: &str) -> (usize, usize) {
        let (_wanted, codes) = watch::channel(BTreeSet::from([code.to_owned()]));
        let (out, mut events) = mpsc::channel(100);
        let (stop, source) = (CancellationToken::new(), Arc::clone(source));
        let ending = stop.clone();
        let streaming = tokio::spawn(async move { source.stream(codes, out, ending).await });
        let (mut trades, mut candles, mut books) = (0, 0, 0);
        while trades < TRADES {
            let event = tokio::time::timeout(std::time::Duration::from_secs(20), events.recv());
            match event.await.expect("the venue goes on").expect("the stream goes on") {
                VenueEvent::Tick { .. } => trades += 1,
                VenueEvent::Candle { .. } => candles += 1,
                VenueEvent::Book { .. } => books += 1,
                VenueEvent::Connected { .. } | VenueEvent::Disconnected { .. } => {}
            }
        }
        stop.cancel();
        streaming.await.expect("the stream ends");
        (candles, books)
    }

    #[tokio::test]
    async fn streams_are_those_of_the_settings() {
        drop(rustls::crypto::ring::default_provider().install_default());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let from = "2024-01-01T00:00:00Z".parse().expect("a time");
        let recordings = vec![Recording::synthetic(1, 0.2, from)];
        let options = Options { recordings, speed: 600.0, ..Options::default() };
        let simulator = Simulator::start(listener, options).await.expect("a venue");
        let mut settings = Settings::default();
        settings.binance.rest_url = simulator.url();
        settings.binance.ws_url = simulator.ws_url();
        settings.coinbase.rest_url = simulator.coinbase_url();
        settings.coinbase.ws_url = simulator.coinbase_ws_url();
        for (klines, book) in [(true, true), (true, false), (false, true), (false, false)] {
            (settings.binance.klines, settings.binance.book) = (klines, book);
            settings.coinbase.book = book;
            let venues = connect(&settings, &Clock::system()).expect("sound settings");
            let binance = venues.get("binance").expect("Binance");
            let (candles, books) = beside_trades(binance, "SIM001USDT").await;
            assert_eq!((candles > 1, books > 1), (klines, book), "binance");
            let coinbase = venues.get("coinbase").expect("Coinbase");
            let (candles, books) = beside_trades(coinbase, "SIM001-USDT").await;
            assert_eq!((candles, books > 1), (0, book), "coinbase");
        }
    }
}
