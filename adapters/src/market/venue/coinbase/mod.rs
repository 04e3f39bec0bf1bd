//! Coinbase Exchange: `https://api.exchange.coinbase.com` and `wss://ws-feed.exchange.coinbase.com`.
//! Single trades with contiguous ids per product, no candle for a minute without a trade. Sources:
//! the venue's documentation of both interfaces, and the recording that the tests read.

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
use speech::CoinbaseSpeech;

/// How Coinbase is reached.
#[derive(Clone)]
pub struct CoinbaseOptions {
    /// The venue's name in symbols.
    pub code: String,
    /// Of REST.
    pub rest_url: String,
    /// Of the feed.
    pub ws_url: String,
    /// Whether best bid and ask are streamed too.
    pub book: bool,
    /// The part of the venue's request limit that may be used, 0 to 1.
    pub request_share: f64,
    /// For a whole answer.
    pub timeout: Duration,
    /// How connections to the feed are kept.
    pub socket: SocketOptions,
    /// The clock of arrivals.
    pub now: Now,
}

impl CoinbaseOptions {
    /// The real venue, half of its request limit.
    #[must_use]
    pub fn new(now: Now) -> Self {
        Self {
            code: "coinbase".to_owned(),
            rest_url: "https://api.exchange.coinbase.com".to_owned(),
            ws_url: "wss://ws-feed.exchange.coinbase.com".to_owned(),
            book: true,
            request_share: 0.5,
            timeout: Duration::from_secs(20),
            socket: SocketOptions::default(),
            now,
        }
    }
}

/// Coinbase Exchange as a source.
pub struct Coinbase {
    venue: Venue,
    options: CoinbaseOptions,
    rest: Rest,
}

impl Coinbase {
    /// A source that asks and connects nowhere yet.
    ///
    /// # Errors
    /// [`VenueError::Unreachable`] where `rest_url` is no URL.
    pub fn new(options: CoinbaseOptions) -> Result<Self, VenueError> {
        let venue = Venue {
            code: options.code.clone(),
            kind: TickKind::Trade,
            intervals: rest::INTERVALS.to_vec(),
            ids_without_gaps: true,
            candles_of_empty_minutes: false,
        };
        let manners = rest::manners(options.request_share);
        let rest = Rest::new(&options.code, &options.rest_url, options.timeout, manners)?;
        Ok(Self { venue, options, rest })
    }
}

impl VenueSource for Coinbase {
    fn venue(&self) -> &Venue {
        &self.venue
    }

    fn symbols(&self) -> Answer<'_, Vec<SymbolRules>> {
        Box::pin(rest::symbols(&self.rest))
    }

    fn server_time(&self) -> Answer<'_, Time> {
        Box::pin(rest::server_time(&self.rest))
    }

    fn trades<'a>(&'a self, code: &'a str, from: TradesFrom) -> Answer<'a, Vec<Tick>> {
        Box::pin(async move {
            let ticks = rest::trades(&self.rest, code, from).await?;
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
        let speech = CoinbaseSpeech::new(&self.options.ws_url, self.options.book);
        Box::pin(socket::stream(speech, shared, wanted))
    }
}
