//! A whole server on a database of its own, and data to ask it for.

use std::sync::Arc;
use std::time::Duration;

use adapters::auth::sessions::RedisSessions;
use adapters::ops::redis::Redis;
use api::{ApiParts, ApiSettings, ApiState};
use app::auth::limits::{Limiter, Rates};
use app::auth::{AccountOptions, Accounts, PasswordCost, Usage};
use app::ledger::Ledger;
use app::market::live::{Live, announce, announce_change};
use app::market::segments::Segments;
use app::market::venues::Venues;
use app::trading::Trading;
use app::{Clock, Random};
use domain::market::{Candle, Interval, SymbolName, Tick, TickKind};
use domain::{Amount, Time, parse_decimal};
use reqwest::{RequestBuilder, Response};
use serde_json::Value;
use store::Db;
use store::market::partitions::{self, Table};
use store::market::symbols::Symbol;
use store::market::{candles, symbols};
use testkit::{FaultProxy, Migrated};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Half a minute after the tenth minute of a Saturday.
pub(crate) const NOW: &str = "2024-06-01T00:10:30Z";
pub(crate) const SYMBOL: &str = "binance:BTCUSDT";

pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) db: Db,
    pub(crate) live: Live,
    pub(crate) clock: Clock,
    pub(crate) accounts: Accounts,
    pub(crate) trading: Trading,
    /// The router as it describes itself.
    pub(crate) routes: String,
    pub(crate) usage: Usage,
    pub(crate) shutdown: CancellationToken,
    pub(crate) client: reqwest::Client,
    pub(crate) serving: tokio::task::JoinHandle<()>,
    _database: Migrated,
}

/// What is beside the database.
#[derive(Default)]
struct Beside {
    redis: Option<Redis>,
    sessions_in_redis: bool,
    rates: Rates,
}

impl Server {
    pub(crate) async fn start() -> Self {
        Self::start_with(ApiSettings::default()).await
    }

    pub(crate) async fn start_with(settings: ApiSettings) -> Self {
        let database = testkit::migrated().await;
        let db = database.db.clone();
        Self::start_on(database, db, Venues::default(), settings, Beside::default()).await
    }

    /// A server that keeps its sessions in Redis.
    pub(crate) async fn start_with_sessions_in(redis: Redis, settings: ApiSettings) -> Self {
        let database = testkit::migrated().await;
        let db = database.db.clone();
        let beside = Beside { redis: Some(redis), sessions_in_redis: true, ..Beside::default() };
        Self::start_on(database, db, Venues::default(), settings, beside).await
    }

    /// A server that uses Redis, for anything but its sessions.
    pub(crate) async fn start_beside(redis: Redis, settings: ApiSettings) -> Self {
        let database = testkit::migrated().await;
        let db = database.db.clone();
        let beside = Beside { redis: Some(redis), ..Beside::default() };
        Self::start_on(database, db, Venues::default(), settings, beside).await
    }

    /// A server whose callers have limits.
    pub(crate) async fn start_with_rates(rates: Rates) -> Self {
        let database = testkit::migrated().await;
        let db = database.db.clone();
        let (beside, settings) = (Beside { rates, ..Beside::default() }, ApiSettings::default());
        Self::start_on(database, db, Venues::default(), settings, beside).await
    }

    /// A server that can ask venues.
    pub(crate) async fn start_with_venues(settings: ApiSettings, venues: Venues) -> Self {
        let database = testkit::migrated().await;
        let db = database.db.clone();
        Self::start_on(database, db, venues, settings, Beside::default()).await
    }

    /// A server whose database can be taken away.
    pub(crate) async fn start_behind_proxy() -> (Self, FaultProxy) {
        let database = testkit::migrated().await;
        let (db, proxy) = database.behind_proxy().await;
        let settings = ApiSettings::default();
        (Self::start_on(database, db, Venues::default(), settings, Beside::default()).await, proxy)
    }

    async fn start_on(
        database: Migrated,
        db: Db,
        venues: Venues,
        settings: ApiSettings,
        beside: Beside,
    ) -> Self {
        let live = Live::default();
        let (clock, shutdown) = (Clock::fixed(at(NOW)), CancellationToken::new());
        let (listening, on, stop) = (live.clone(), db.clone(), shutdown.clone());
        tokio::spawn(async move { listening.run(&on, stop).await });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let settings = settings.for_listener(address);
        let accounts = accounts(&db, &clock, &beside);
        let (hearing, stop) = (accounts.clone(), shutdown.clone());
        tokio::spawn(async move { hearing.hear_changes(&stop).await });
        let trading = trading(&db, &clock, &accounts);
        let ledger = Ledger::new(db.clone(), clock.clone(), Random::system());
        let (orders, bots) = (ledger.changes(), trading.changes());
        let (hearing, stop) = (trading.clone(), shutdown.clone());
        tokio::spawn(async move { hearing.hear_changes(&stop).await });
        let (hearing, stop) = (ledger.clone(), shutdown.clone());
        tokio::spawn(async move { hearing.hear_changes(&stop).await });
        let usage = Usage::new(db.clone(), clock.clone());
        let state = ApiState::new(ApiParts {
            db: db.clone(),
            redis: beside.redis,
            segments: Segments::default(),
            live: live.clone(),
            venues,
            clock: clock.clone(),
            accounts: accounts.clone(),
            ledger,
            trading: trading.clone(),
            limiter: Limiter::new(None, beside.rates, clock.clone()),
            usage: usage.clone(),
            version: "1.2.3",
            metrics: Arc::new(|| "chandlery_build_info 1\n".to_owned()),
            shutdown: shutdown.clone(),
            settings: settings.clone(),
        });
        let (router, stop) = (api::router(state), shutdown.clone());
        let routes = format!("{router:?}");
        let serving =
            tokio::spawn(async move { api::serve(listener, router, &settings, None, stop).await });
        // The first news is that they are heard.
        let heard = || !orders.is_empty() && !bots.is_empty();
        wait_until(|| live.version(0).is_some() && heard()).await;
        let client = testkit::http_client();
        let (address, _database) = (address.to_string(), database);
        Self {
            address,
            db,
            live,
            clock,
            accounts,
            trading,
            routes,
            usage,
            shutdown,
            client,
            serving,
            _database,
        }
    }

    pub(crate) fn get(&self, path: &str) -> RequestBuilder {
        self.client.get(format!("http://{}{path}", self.address))
    }

    /// A good answer's JSON.
    pub(crate) async fn json(&self, path: &str) -> Value {
        let response = self.get(path).send().await.unwrap();
        let (status, text) = (response.status(), response.text().await.unwrap());
        assert_eq!(status, 200, "{path}: {text}");
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) async fn symbol(&self, name: &str) -> Symbol {
        let name: &SymbolName = &name.parse().unwrap();
        let made =
            self.db.run("test", |tx| async move { symbols::ensure(&tx, name, None).await }).await;
        made.unwrap()
    }

    pub(crate) async fn put_candles(&self, name: &str, interval: Interval, rows: &[Candle]) {
        let symbol = &self.symbol(name).await;
        self.make_partitions(Table::Candles, rows.iter().map(|row| row.open_time)).await;
        let written = self.db.run("test", |tx| async move {
            candles::write_venue(&tx, symbol, interval, rows, None).await?;
            announce_change(&tx, &symbol.name, symbol.id).await
        });
        written.await.unwrap();
    }

    /// Puts trades as a replay would: everybody who watches hears of them.
    pub(crate) async fn put_ticks(&self, name: &str, kind: TickKind, rows: &[Tick]) {
        let symbol = &self.symbol(name).await;
        self.make_partitions(Table::Ticks, rows.iter().map(|row| row.time)).await;
        self.make_partitions(Table::Candles, rows.iter().map(|row| row.time)).await;
        let written = self.db.run("test", |tx| async move {
            let written = candles::write_ticks(&tx, symbol, kind, rows, None).await?;
            let ticks: Vec<&Tick> = written.places.iter().map(|place| &rows[*place]).collect();
            announce(&tx, &symbol.name, symbol.id, kind, true, &ticks, &written.rolls).await
        });
        written.await.unwrap();
    }

    /// Also for the longest candle that holds a time, which may begin in the month before.
    async fn make_partitions(&self, table: Table, times: impl Iterator<Item = Time>) {
        let times = times.flat_map(|time| [time, Interval::W1.open_time(time)]);
        partitions::ensure(&self.db, table, times).await.unwrap();
    }
}

fn accounts(db: &Db, clock: &Clock, beside: &Beside) -> Accounts {
    let accounts = Accounts::new(
        db.clone(),
        clock.clone(),
        Random::system(),
        PasswordCost { memory_kib: 64, passes: 1, lanes: 1 },
        AccountOptions { slow_step: Duration::ZERO, ..AccountOptions::default() },
    );
    match &beside.redis {
        Some(redis) if beside.sessions_in_redis => {
            accounts.with_sessions(Arc::new(RedisSessions::new(redis.clone(), db.clone())))
        }
        _ => accounts,
    }
}

fn trading(db: &Db, clock: &Clock, accounts: &Accounts) -> Trading {
    Trading::new(db.clone(), clock.clone(), Random::system(), accounts.clone(), None)
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// A problem's status, code and parameter.
pub(crate) async fn problem(response: Response) -> (u16, String, Option<String>) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["status"], status);
    for field in ["type", "title", "detail"] {
        assert!(body[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {body}");
    }
    let text = |field: &str| body[field].as_str().map(str::to_owned);
    (status, text("code").unwrap(), text("parameter"))
}

pub(crate) async fn wait_until(done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it comes true in time");
}

pub(crate) fn at(text: &str) -> Time {
    text.parse().unwrap()
}

/// Candles of successive minutes from `first` on, no two alike.
pub(crate) fn minutes(first: &str, count: usize) -> Vec<Candle> {
    let first = at(first);
    (0..count)
        .map(|n| {
            let price = |cents: usize| parse_decimal(&format!("{}.{:02}", 100 + n, cents)).unwrap();
            let amount = |text: String| -> Amount { text.parse().unwrap() };
            Candle {
                open_time: first.plus_micros(n as i64 * Interval::M1.micros()),
                open: price(50),
                high: price(99),
                low: price(1),
                close: price(75),
                volume: amount(format!("{n}.000000000000000001")),
                quote_volume: (n % 2 == 0).then(|| amount(format!("{n}.25"))),
                trade_count: (n % 3 != 0).then_some(n as i64),
                taker_buy_volume: (n % 2 == 0).then(|| amount("0".to_owned())),
                taker_buy_quote_volume: None,
            }
        })
        .collect()
}

/// Trades, three of them at a time, 100 ms apart.
pub(crate) fn trades(first: &str, count: usize) -> Vec<Tick> {
    let first = at(first);
    (0..count)
        .map(|n| Tick {
            time: first.plus_micros((n / 3) as i64 * 100_000),
            seq: 0,
            trade_id: n as i64,
            price: parse_decimal(&format!("61794.{:02}", n % 100)).unwrap(),
            quantity: parse_decimal("0.00123").unwrap(),
            buyer_is_maker: [Some(true), Some(false), None][n % 3],
            trade_count: 1,
            received_at: (n % 2 == 0).then(|| first.plus_micros(n as i64)),
            venue_trade_id: None,
        })
        .collect()
}
