//! Binance spot: `https://api.binance.com` and `wss://stream.binance.com:9443`, and whatever speaks
//! the same (Binance US, the testnet, the simulator). Sources: the venue's documentation of REST
//! and of web socket streams, and the recordings that the tests read.

mod message;
mod rest;
mod speech;

use std::collections::BTreeSet;
use std::time::Duration;

use domain::Time;
use domain::market::{BookTicker, Candle, Interval, SymbolRules, Tick, TickKind, TimeRange};
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::http::Rest;
use super::port::{Answer, TradesFrom, Venue, VenueError, VenueEvent, VenueSource};
use super::socket::{self, Shared, SocketOptions};
use super::{Now, arrived};
use speech::BinanceSpeech;

/// How Binance is reached, and what is asked of it.
#[derive(Clone)]
pub struct BinanceOptions {
    /// The venue's name in symbols.
    pub code: String,
    /// Of REST, without `/api/v3`.
    pub rest_url: String,
    /// Of the streams, without `/stream`.
    pub ws_url: String,
    /// Single trades, or the venue's aggregates.
    pub kind: TickKind,
    /// Whether closed candles of a minute are streamed too.
    pub klines: bool,
    /// Whether best bid and ask are streamed too.
    pub book: bool,
    /// The part of the venue's request weight that may be used, 0 to 1: others, such as bots on
    /// the same address, have the rest.
    pub weight_share: f64,
    /// For a whole answer.
    pub timeout: Duration,
    /// How connections to the streams are kept.
    pub socket: SocketOptions,
    /// The clock of arrivals.
    pub now: Now,
}

impl BinanceOptions {
    /// The real venue: aggregate trades, candles and books, half of the weight.
    #[must_use]
    pub fn new(now: Now) -> Self {
        Self {
            code: "binance".to_owned(),
            rest_url: "https://api.binance.com".to_owned(),
            ws_url: "wss://stream.binance.com:9443".to_owned(),
            kind: TickKind::AggTrade,
            klines: true,
            book: true,
            weight_share: 0.5,
            timeout: Duration::from_secs(20),
            socket: SocketOptions::default(),
            now,
        }
    }
}

/// Binance spot as a source.
pub struct Binance {
    venue: Venue,
    options: BinanceOptions,
    rest: Rest,
}

impl Binance {
    /// A source that asks and connects nowhere yet.
    ///
    /// # Errors
    /// [`VenueError::Unreachable`] where `rest_url` is no URL.
    pub fn new(options: BinanceOptions) -> Result<Self, VenueError> {
        let venue = Venue {
            code: options.code.clone(),
            kind: options.kind,
            intervals: Interval::ALL.to_vec(),
            ids_without_gaps: true,
            candles_of_empty_minutes: true,
        };
        let manners = rest::manners(options.weight_share);
        let rest = Rest::new(&options.code, &options.rest_url, options.timeout, manners)?;
        Ok(Self { venue, options, rest })
    }
}

impl VenueSource for Binance {
    fn venue(&self) -> &Venue {
        &self.venue
    }

    fn symbols(&self) -> Answer<'_, Vec<SymbolRules>> {
        Box::pin(rest::symbols(&self.rest, self.options.weight_share))
    }

    fn server_time(&self) -> Answer<'_, Time> {
        Box::pin(rest::server_time(&self.rest))
    }

    fn trades<'a>(&'a self, code: &'a str, from: TradesFrom) -> Answer<'a, Vec<Tick>> {
        Box::pin(async move {
            let ticks = match self.options.kind {
                TickKind::AggTrade => rest::agg_trades(&self.rest, code, from).await?,
                TickKind::Trade => rest::trades(&self.rest, code, from).await?,
            };
            Ok(arrived(ticks, &self.options.now))
        })
    }

    fn candles<'a>(
        &'a self,
        code: &'a str,
        interval: Interval,
        range: TimeRange,
    ) -> Answer<'a, Vec<Candle>> {
        Box::pin(rest::candles(&self.rest, code, interval, range))
    }

    fn book<'a>(&'a self, code: &'a str) -> Answer<'a, BookTicker> {
        Box::pin(rest::book(&self.rest, code, &self.options.now))
    }

    fn stream<'a>(
        &'a self,
        wanted: watch::Receiver<BTreeSet<String>>,
        out: mpsc::Sender<VenueEvent>,
        stop: CancellationToken,
    ) -> BoxFuture<'a, ()> {
        let shared =
            Shared::new(&self.venue.code, &self.options.socket, &self.options.now, out, stop);
        Box::pin(socket::stream(BinanceSpeech::new(&self.options), shared, wanted))
    }
}
