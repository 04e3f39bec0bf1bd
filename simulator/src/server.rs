//! The simulator as a server, and the handle by which tests and the command line hold it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, RawQuery, Request, State as Shared, WebSocketUpgrade};
use axum::http::{StatusCode, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use domain::Time;
use domain::market::{Candle, Interval, Tick, TickKind};
use futures_util::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::binance::{self, Binance};
use crate::candles::Wanted;
use crate::clock::Clock;
use crate::coinbase::{self, Coinbase};
use crate::faults::{Counters, Dice, Fault, Faults};
use crate::market::Market;
use crate::options::Options;
use crate::session::Surface;
use crate::sessions::Sessions;
use crate::weights::Weights;
use crate::world::{State, World};
use crate::{control, player, session};

/// How long stopping waits for requests under way.
const LEAVE: Duration = Duration::from_secs(2);

/// A running simulator. Dropping it stops it.
#[derive(Debug)]
pub struct Simulator {
    world: Arc<World>,
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Simulator {
    /// Serves at `listener` and plays from now on.
    ///
    /// # Errors
    /// Where the listener doesn't tell its address.
    pub async fn start(listener: TcpListener, options: Options) -> std::io::Result<Self> {
        let address = listener.local_addr()?;
        #[allow(clippy::disallowed_methods, reason = "a recording is shifted to the real time")]
        let now = Time::from(jiff::Timestamp::now());
        // Putting large recordings together takes a while.
        let (market, options) = tokio::task::spawn_blocking(move || {
            let market = Market::new(&options, now);
            (market, Options { recordings: Vec::new(), ..options })
        })
        .await?;
        let world = Arc::new(World {
            clock: Clock::new(market.start, options.speed),
            market,
            seed: options.seed,
            sessions: Sessions::default(),
            weights: Weights::new(options.weight_limit),
            counters: Counters::default(),
            requests: AtomicU64::new(0),
            messages: AtomicU64::new(0),
            jump: None.into(),
            stop: CancellationToken::new(),
            speed: options.speed,
            faults: options.faults.into(),
        });
        let router = router(world.clone());
        let (stop, played) = (world.stop.clone(), world.clone());
        let server = tokio::spawn(async move {
            let serve = axum::serve(listener, router);
            let serve = serve.with_graceful_shutdown(stop.clone().cancelled_owned());
            let late = async {
                stop.cancelled().await;
                tokio::time::sleep(LEAVE).await;
            };
            tokio::select! {
                _ = serve => {}
                () = late => {}
                () = async { player::play(played).await; std::future::pending().await } => {}
            }
        });
        Ok(Self { world, address, server })
    }

    /// Where Binance's REST requests go: `http://127.0.0.1:9081`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where Binance's streams are: `ws://127.0.0.1:9081`, below it `/ws` and `/stream`.
    #[must_use]
    pub fn ws_url(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// Where Coinbase's REST requests go.
    #[must_use]
    pub fn coinbase_url(&self) -> String {
        format!("http://{}/coinbase", self.address)
    }

    /// Where Coinbase's feed is.
    #[must_use]
    pub fn coinbase_ws_url(&self) -> String {
        format!("ws://{}/coinbase/ws", self.address)
    }

    /// Replaces the faults in force.
    pub fn set_faults(&self, faults: Faults) {
        self.world.set_faults(faults);
    }

    /// Cuts every WebSocket connection without a word.
    pub fn disconnect_all(&self) {
        self.world.sessions.cut_all();
    }

    /// Where it stands.
    #[must_use]
    pub fn state(&self) -> State {
        self.world.state()
    }

    /// The venue's time.
    #[must_use]
    pub fn now(&self) -> Time {
        self.world.clock.now()
    }

    /// Stops the venue's clock.
    pub fn pause(&self) {
        self.world.clock.run(false);
    }

    /// Lets the venue's clock go on.
    pub fn resume(&self) {
        self.world.clock.run(true);
    }

    /// Sets the venue's clock. What is passed over is not told on streams; REST knows it.
    pub fn seek(&self, time: Time) {
        self.world.seek(time);
    }

    /// The trades of a symbol played so far, in order; empty for a symbol that isn't there.
    /// `code` is Binance's or Coinbase's.
    #[must_use]
    pub fn truth(&self, code: &str, kind: TickKind) -> Vec<Tick> {
        let tape = self.symbol(code).and_then(|symbol| symbol.tape(kind));
        let played = |tape: &crate::tape::Tape| 0..tape.played(self.now());
        tape.map(|tape| tape.ticks(played(tape)).collect()).unwrap_or_default()
    }

    /// The candles of a symbol that the venue knows now; the last one may still be forming.
    #[must_use]
    pub fn candles(&self, code: &str, interval: Interval) -> Vec<Candle> {
        let wanted =
            Wanted { interval, from: Time::MIN, to: Time::MAX, limit: usize::MAX, latest: false };
        let candles = |symbol: &crate::market::Symbol| symbol.candles(wanted, self.now());
        self.symbol(code).map(candles).unwrap_or_default()
    }

    /// Ends every connection and gives the port back.
    pub async fn stop(mut self) {
        self.world.stop.cancel();
        // It fails only if the server panicked, which its own log tells.
        let _ = (&mut self.server).await;
    }

    fn symbol(&self, code: &str) -> Option<&crate::market::Symbol> {
        let market = &self.world.market;
        market.by_code(code).or_else(|| market.by_product(code)).map(|(_, symbol)| symbol)
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        self.world.stop.cancel();
    }
}

fn router(world: Arc<World>) -> Router {
    let rest = Router::new()
        .nest("/api/v3", binance::router())
        .nest("/coinbase", coinbase::router())
        .layer(from_fn_with_state(world.clone(), spoil));
    Router::new()
        .merge(rest)
        .route("/ws", get(async |world, upgrade| single(world, Path(String::new()), upgrade)))
        .route("/ws/{*names}", get(async |world, names, upgrade| single(world, names, upgrade)))
        .route("/stream", get(combined))
        .route("/coinbase/ws", get(feed))
        .nest("/sim", control::router())
        .with_state(world)
}

fn single(
    Shared(world): Shared<Arc<World>>,
    Path(names): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    binance_stream(world, Binance::new(&names, false), upgrade)
}

async fn feed(Shared(world): Shared<Arc<World>>, upgrade: WebSocketUpgrade) -> Response {
    connect(world, Coinbase::default(), upgrade)
}

async fn combined(
    Shared(world): Shared<Arc<World>>,
    RawQuery(query): RawQuery,
    upgrade: WebSocketUpgrade,
) -> Response {
    let query = query.unwrap_or_default().replace("%2F", "/").replace("%40", "@");
    let names = query.split('&').find_map(|pair| pair.strip_prefix("streams="));
    binance_stream(world, Binance::new(names.unwrap_or_default(), true), upgrade)
}

fn binance_stream(world: Arc<World>, surface: Binance, upgrade: WebSocketUpgrade) -> Response {
    if surface.is_too_wide() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    connect(world, surface, upgrade)
}

fn connect(world: Arc<World>, surface: impl Surface, upgrade: WebSocketUpgrade) -> Response {
    if session::is_refused(&world) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    upgrade.on_upgrade(move |socket| session::serve(socket, world, surface))
}

/// Deals the faults of requests.
async fn spoil(Shared(world): Shared<Arc<World>>, request: Request, next: Next) -> Response {
    let number = world.requests.fetch_add(1, Ordering::Relaxed);
    let (faults, dice) = (world.faults(), Dice::of_number(world.seed, number));
    let falls = |fault, chance| world.counters.deal(dice, fault, chance);
    if faults.http_slow_ms > 0 {
        tokio::time::sleep(Duration::from_millis(faults.http_slow_ms)).await;
    }
    let wait = faults.retry_after_s.max(1);
    let of_coinbase = request.uri().path().starts_with("/coinbase/");
    if !of_coinbase && falls(Fault::Http418, faults.http_418) {
        let until = world.clock.now().millis() + wait as i64 * 1_000;
        let text = format!("Way too much request weight used; IP banned until {until}.");
        return binance::refused(StatusCode::IM_A_TEAPOT, text, wait);
    }
    if falls(Fault::Http429, faults.http_429) {
        if of_coinbase {
            return coinbase::too_many();
        }
        let text = "Too many requests; please use WebSocket Streams for live updates.";
        return binance::refused(StatusCode::TOO_MANY_REQUESTS, text.to_owned(), wait);
    }
    if falls(Fault::Http5xx, faults.http_5xx) {
        let which = [500, 502, 503, 504][number as usize % 4];
        let status = StatusCode::from_u16(which).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        return (status, "<html><body>out of order</body></html>").into_response();
    }
    let response = next.run(request).await;
    if !falls(Fault::HttpCut, faults.http_cut) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let whole = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let half: Bytes = whole.slice(..whole.len() / 2);
    // The announced length stays, so that the client sees that something is lacking.
    parts.headers.insert(header::CONTENT_LENGTH, whole.len().into());
    let broken = Err(std::io::Error::from(std::io::ErrorKind::ConnectionReset));
    Response::from_parts(parts, Body::from_stream(stream::iter([Ok(half), broken])))
}
