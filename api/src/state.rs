//! What every handler shares, and the settings it was made with.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use adapters::ops::redis::Redis;
use adapters::trading::values::{MemoryValues, RedisValues, Values};
use app::Clock;
use app::auth::limits::Limiter;
use app::auth::{Accounts, Usage};
use app::ledger::Ledger;
use app::ledger::reports::Reports;
use app::market::fetch::Fetcher;
use app::market::live::Live;
use app::market::read::MarketReader;
use app::market::segments::Segments;
use app::market::venues::Venues;
use app::trading::{Cache, Trading};
use domain::auth::{Network, Scope};
use store::Db;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::market::HotBodies;
use crate::market::compat::binance;
use crate::market::compat::influx::WriteToken;
use crate::stream::Hub;

/// Renders all metrics in Prometheus' text format.
pub type RenderMetrics = Arc<dyn Fn() -> String + Send + Sync>;

/// Whole ranges that are given out at a time; more wait. Each holds some 30 MB.
const MAX_EXPORTS: usize = 8;
/// Bodies of lines that are taken in at a time; more wait.
const MAX_WRITES: usize = 4;

/// What the API is made of.
pub struct ApiParts {
    /// The database.
    pub db: Db,
    /// Redis, where one is used.
    pub redis: Option<Redis>,
    /// What is sealed outside the database.
    pub segments: Segments,
    /// What was just committed; somebody else runs it.
    pub live: Live,
    /// The venues that can be asked.
    pub venues: Venues,
    /// The clock.
    pub clock: Clock,
    /// People and their sessions.
    pub accounts: Accounts,
    /// Orders and what becomes of them.
    pub ledger: Ledger,
    /// Venue accounts, strategies and bots; somebody else watches them.
    pub trading: Trading,
    /// Counts requests against their limits.
    pub limiter: Limiter,
    /// Counts them for administrators; somebody else runs it.
    pub usage: Usage,
    /// The program's version.
    pub version: &'static str,
    /// Renders `/metrics`.
    pub metrics: RenderMetrics,
    /// Ends the streams when it is cancelled.
    pub shutdown: CancellationToken,
    /// The settings.
    pub settings: ApiSettings,
}

/// Limits of the API.
#[derive(Debug, Clone)]
pub struct ApiSettings {
    /// Connections served at a time; more wait.
    pub max_connections: usize,
    /// Time for the head of a request, from the last answer on.
    pub head_timeout: Duration,
    /// A request that has no answer by then gets status 503. Streams are not limited.
    pub request_timeout: Duration,
    /// Longest request body.
    pub body_limit_bytes: usize,
    /// Memory for rendered candles.
    pub hot_cache_bytes: u64,
    /// WebSocket connections at a time; more are refused.
    pub max_streams: usize,
    /// A stream's client that takes nothing for so long is given up.
    pub stream_send_limit: Duration,
    /// Names and addresses by which this server may be called; `None` accepts every `Host`.
    pub allowed_hosts: Option<Vec<String>>,
    /// The venue that `/compat/binance` answers for.
    pub binance_venue: String,
    /// Request weight that a client of `/compat/binance` may use in a minute.
    pub binance_weight_per_minute: u32,
    /// What a program must know to write through `/compat/influx`; without it nobody may.
    pub influx_token: Option<WriteToken>,
    /// What callers without credentials may, where they sit at this machine and nobody else can connect.
    pub anonymous: Vec<Scope>,
    /// Browsers come over TLS, which ends here or before this server: session cookies go over it only, and
    /// names once asked for over TLS are asked for so from then on.
    pub secure_cookies: bool,
    /// Proxies whose word on whose request they hand on is taken.
    pub trusted_proxies: Vec<Network>,
    /// Pages of these origins may read `/compat/udf`; `*` is every one.
    pub udf_origins: Vec<String>,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            max_connections: 4_096,
            head_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(30),
            body_limit_bytes: 2 * 1024 * 1024,
            hot_cache_bytes: 32 * 1024 * 1024,
            max_streams: 2_048,
            stream_send_limit: Duration::from_secs(10),
            allowed_hosts: None,
            binance_venue: "binance".to_owned(),
            binance_weight_per_minute: 6_000,
            influx_token: None,
            anonymous: vec![Scope::MarketRead, Scope::OpsRead],
            secure_cookies: false,
            trusted_proxies: Vec::new(),
            udf_origins: Vec::new(),
        }
    }
}

impl ApiSettings {
    /// Against DNS rebinding: where only this machine can connect, a request that calls it by any
    /// other name comes from a page that had its own name resolve to this machine. Where others can
    /// connect, nobody is let in without credentials.
    #[must_use]
    pub fn for_listener(self, address: SocketAddr) -> Self {
        let local = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned).to_vec();
        let is_local = address.ip().is_loopback();
        let anonymous = if is_local { self.anonymous } else { Vec::new() };
        let allowed_hosts = if is_local {
            let mut hosts = local;
            hosts.push(match address {
                SocketAddr::V4(v4) => v4.ip().to_string(),
                SocketAddr::V6(v6) => format!("[{}]", v6.ip()),
            });
            Some(hosts)
        } else {
            self.allowed_hosts
        };
        Self { allowed_hosts, anonymous, ..self }
    }
}

/// What every handler shares. Cheap to clone.
#[derive(Clone)]
pub struct ApiState(pub(crate) Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) db: Db,
    pub(crate) redis: Option<Redis>,
    pub(crate) segments: Segments,
    pub(crate) live: Live,
    pub(crate) fetcher: Fetcher,
    pub(crate) clock: Clock,
    pub(crate) accounts: Accounts,
    pub(crate) ledger: Ledger,
    pub(crate) reports: Reports,
    pub(crate) trading: Trading,
    pub(crate) cache: Cache,
    pub(crate) limiter: Limiter,
    pub(crate) usage: Usage,
    pub(crate) version: &'static str,
    pub(crate) metrics: RenderMetrics,
    pub(crate) shutdown: CancellationToken,
    pub(crate) settings: ApiSettings,
    pub(crate) reader: MarketReader,
    pub(crate) hot: HotBodies,
    pub(crate) hub: Hub,
    pub(crate) streams: Arc<Semaphore>,
    pub(crate) exports: Arc<Semaphore>,
    pub(crate) writes: Semaphore,
    pub(crate) weights: binance::Weights,
    pub(crate) binance: binance::Streams,
    /// Distinguishes request ids of this process from those of the one before.
    started: i64,
    requests: AtomicU64,
}

impl ApiState {
    /// The state of one server.
    #[must_use]
    pub fn new(parts: ApiParts) -> Self {
        let ApiParts {
            db,
            redis,
            segments,
            live,
            venues,
            clock,
            accounts,
            ledger,
            trading,
            limiter,
            usage,
            version,
            metrics,
            shutdown,
            settings,
        } = parts;
        let values: Arc<dyn Values> = match redis.clone() {
            Some(redis) => Arc::new(RedisValues::new(redis)),
            None => Arc::new(MemoryValues::default()),
        };
        let reader =
            MarketReader::with_segments(db.clone(), live.clone(), clock.clone(), segments.clone());
        Self(Arc::new(Shared {
            cache: Cache::new(values, clock.clone()),
            reports: Reports::new(db.clone(), reader.clone(), clock.clone()),
            reader,
            fetcher: Fetcher::new(db.clone(), segments.clone(), clock.clone(), venues),
            segments,
            hot: HotBodies::new(settings.hot_cache_bytes),
            hub: Hub::default(),
            streams: Arc::new(Semaphore::new(settings.max_streams)),
            exports: Arc::new(Semaphore::new(MAX_EXPORTS)),
            writes: Semaphore::new(MAX_WRITES),
            weights: binance::Weights::default(),
            binance: binance::Streams::default(),
            started: clock.now().millis(),
            requests: AtomicU64::new(0),
            db,
            redis,
            live,
            clock,
            accounts,
            ledger,
            trading,
            limiter,
            usage,
            version,
            metrics,
            shutdown,
            settings,
        }))
    }

    /// An id for a request that came without one.
    pub(crate) fn next_request_id(&self) -> String {
        let number = self.0.requests.fetch_add(1, Ordering::Relaxed);
        format!("{:x}-{number:x}", self.0.started)
    }
}
