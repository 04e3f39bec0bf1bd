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
        request_share: settings.request_share,
        socket: socket.clone(),
        ..CoinbaseOptions::new(Arc::clone(now))
    };
    Ok(Coinbase::new(options)?)
}
