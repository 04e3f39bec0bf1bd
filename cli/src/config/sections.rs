//! Every setting there is. Each does something today; what a later version needs comes with it.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::accounts::{Accounts, SessionsPlace};
use super::http::Http;
use super::keys::Keys;
use super::limits::{Limits, LimitsPlace};
use super::list::{List, PageOrigin};
use super::mail::Mail;
use super::oidc::Oidc;
use super::redis::RedisServer;
use super::section::{Section, Wrong, section};
use super::storage::{Retention, Segments};
use super::value::{SymbolList, Token, choice};

/// All sections.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// PostgreSQL.
    pub(crate) database: Database,
    /// Redis.
    pub(crate) redis: RedisServer,
    /// The API and the page.
    pub(crate) http: Http,
    /// People.
    pub(crate) accounts: Accounts,
    /// Logins at other providers.
    pub(crate) oidc: Oidc,
    /// Keys of encrypted fields.
    pub(crate) keys: Keys,
    /// The mail server.
    pub(crate) mail: Mail,
    /// Requests.
    pub(crate) limits: Limits,
    /// Logs.
    pub(crate) telemetry: Telemetry,
    /// Ticks and candles.
    pub(crate) market: Market,
    /// Live data.
    pub(crate) ingest: Ingest,
    /// Old rows as files.
    pub(crate) segments: Segments,
    /// How long data stay.
    pub(crate) retention: Retention,
    /// Stored ticks fed as live ones.
    pub(crate) replay: Replay,
    /// Binance spot.
    pub(crate) binance: Binance,
    /// Coinbase Exchange.
    pub(crate) coinbase: Coinbase,
    /// Other programs' protocols.
    pub(crate) compat: Compat,
}

impl Settings {
    /// The sections in the order of the reference.
    pub(crate) fn sections(&self) -> [&dyn Section; 17] {
        [
            &self.database,
            &self.redis,
            &self.http,
            &self.accounts,
            &self.oidc,
            &self.keys,
            &self.mail,
            &self.limits,
            &self.telemetry,
            &self.market,
            &self.ingest,
            &self.segments,
            &self.retention,
            &self.replay,
            &self.binance,
            &self.coinbase,
            &self.compat,
        ]
    }

    /// What one section wants of another and is not there: the key and why.
    pub(super) fn contradictions(&self) -> Vec<(&'static str, &'static str)> {
        let mut found = Vec::new();
        if self.accounts.sessions == SessionsPlace::Redis && self.redis.url.is_none() {
            found.push(("accounts.sessions", "\"redis\" needs redis.url"));
        }
        if self.limits.place == LimitsPlace::Redis && self.redis.url.is_none() {
            found.push(("limits.place", "\"redis\" needs redis.url"));
        }
        found
    }

    /// The same, to be changed.
    pub(crate) fn sections_mut(&mut self) -> [&mut dyn Section; 17] {
        [
            &mut self.database,
            &mut self.redis,
            &mut self.http,
            &mut self.accounts,
            &mut self.oidc,
            &mut self.keys,
            &mut self.mail,
            &mut self.limits,
            &mut self.telemetry,
            &mut self.market,
            &mut self.ingest,
            &mut self.segments,
            &mut self.retention,
            &mut self.replay,
            &mut self.binance,
            &mut self.coinbase,
            &mut self.compat,
        ]
    }
}

choice! {
    /// What stands between Chandlery and PostgreSQL.
    DatabaseMode {
        /// Nothing.
        Direct = "direct",
        /// A pooler in transaction mode.
        Pooled = "pooled",
    }
}

section! {
    /// PostgreSQL, the truth. Without a URL Chandlery runs one of its own in the data folder, from the
    /// binaries that are installed on the machine.
    Database = "database" {
        /// Where an existing PostgreSQL is; then no own one is started. A driver's name as SQLAlchemy
        /// writes it (postgresql+asyncpg://…) is passed over.
        url: Option<SecretString> = None, like "postgresql://user:password@host:5432/chandlery";
        /// With mode = "pooled": PostgreSQL itself, past the pooler, for migrations and notifications.
        direct_url: Option<SecretString> = None, like "postgresql://user:password@host:5432/chandlery";
        /// PostgreSQL as the owner of the schema, who migrates and deletes whole months of the record; without it that is
        /// `url`. With it `url` may be a role of least rights, a member of chandlery_serve.
        owner_url: Option<SecretString> = None, like "postgresql://owner:password@host:5432/chandlery";
        /// What `url` points at: "direct" PostgreSQL, or a "pooled" way to it (PgBouncer in transaction mode).
        mode: DatabaseMode = DatabaseMode::Direct;
        /// Most connections that one process opens.
        pool_size: usize = 10;
        /// A statement that takes longer is cancelled; 0 never cancels.
        statement_timeout_ms: u64 = 60_000;
        /// The folder with `postgres` and `initdb` for the own PostgreSQL; found by itself where not given.
        bin_dir: Option<PathBuf> = None, like "/usr/lib/postgresql/15/bin";
    }
}

impl Database {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_within("pool_size", self.pool_size, 1, 1_000);
        wrong.unless_within("statement_timeout_ms", self.statement_timeout_ms, 0, 86_400_000);
        for (key, url) in
            [("url", &self.url), ("direct_url", &self.direct_url), ("owner_url", &self.owner_url)]
        {
            if let Some(url) = url
                && let Err(error) = store::DbSettings::parse_url(url.expose_secret())
            {
                wrong.0.push((key, error.to_string()));
            }
        }
        if self.mode == DatabaseMode::Pooled && self.direct_url.is_none() {
            let why = "is needed with mode = \"pooled\": migrations can't go through the pooler";
            wrong.0.push(("direct_url", why.to_owned()));
        }
        if self.mode == DatabaseMode::Pooled && self.url.is_none() {
            wrong.0.push(("url", "is needed with mode = \"pooled\": the pooler's URL".to_owned()));
        }
    }
}

choice! {
    /// How a line of the log looks.
    LogFormat {
        /// For people.
        Human = "human",
        /// One JSON object.
        Json = "json",
    }
}

section! {
    /// The log, which goes to standard error.
    Telemetry = "telemetry" {
        /// What is logged: error, warn, info, debug or trace, also per part ("info,store=debug").
        log: String = "info".to_owned();
        /// How a line looks: "human", or "json" for a log collector.
        format: LogFormat = LogFormat::Human;
    }
}

impl Telemetry {
    fn check(&self, wrong: &mut Wrong) {
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&self.log) {
            let why = format!("{:?} is no filter: {error}; write for example \"info\"", self.log);
            wrong.0.push(("log", why));
        }
    }
}

section! {
    /// Ticks and candles.
    Market = "market" {
        /// Daily tick partitions that are made ahead of time.
        tick_partition_days_ahead: u32 = 7;
        /// Monthly candle partitions that are made ahead of time.
        candle_partition_months_ahead: u32 = 3;
        /// Memory for what is asked for again and again, in megabytes: half of it for the newest ticks and
        /// candles, half for pages as they were sent.
        hot_cache_mb: u64 = 32;
        /// Rows that an import commits at a time.
        import_batch_rows: usize = 65_536;
    }
}

impl Market {
    /// Bytes for each of the two halves of the memory for what is asked for again and again.
    pub(crate) fn hot_bytes(&self) -> u64 {
        self.hot_cache_mb * 1_048_576 / 2
    }

    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_within("tick_partition_days_ahead", self.tick_partition_days_ahead, 1, 90);
        let months = self.candle_partition_months_ahead;
        wrong.unless_within("candle_partition_months_ahead", months, 1, 24);
        wrong.unless_within("hot_cache_mb", self.hot_cache_mb, 1, 65_536);
        wrong.unless_within("import_batch_rows", self.import_batch_rows, 1, 1_000_000);
    }
}

section! {
    /// Symbols that are taken in live, and what is done about what is missing of them.
    Ingest = "ingest" {
        /// Which symbols, as ["binance:BTCUSDT", "coinbase:BTC-USD"]; `chandlery ingest add` adds others at run time.
        symbols: SymbolList = SymbolList::default();
        /// Between two commits, at least.
        flush_ms: u64 = 200;
        /// How long a trade that is out of turn waits for those before it, until they count as missing.
        patience_ms: u64 = 500;
        /// Trades held in memory while the database is slow or away; beyond them the venue's stream waits.
        max_buffered: usize = 100_000;
        /// After so long without a trade of a symbol the venue is asked whether there was one.
        quiet_ms: u64 = 60_000;
        /// Between two looks for holes in the candles.
        scan_seconds: u64 = 60;
        /// A gap of more trades than this is filled with the venue's candles; the trades stay missing.
        max_repair_trades: i64 = 1_000_000;
    }
}

impl Ingest {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_within("flush_ms", self.flush_ms, 1, 60_000);
        wrong.unless_within("patience_ms", self.patience_ms, 1, 60_000);
        wrong.unless_within("max_buffered", self.max_buffered, 1_000, 10_000_000);
        wrong.unless_within("quiet_ms", self.quiet_ms, 100, 86_400_000);
        wrong.unless_within("scan_seconds", self.scan_seconds, 1, 86_400);
        wrong.unless_within("max_repair_trades", self.max_repair_trades, 0, i64::MAX);
    }
}

section! {
    /// Stored ticks fed as live ones.
    Replay = "replay" {
        /// How many times faster than they came, in `replay` and `up --demo`; `replay --speed` overrides it.
        speed: f64 = 1.0;
    }
}

impl Replay {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_within("speed", self.speed, 0.001, 100_000.0);
    }
}

choice! {
    /// What Binance's ticks are.
    BinanceTrades {
        /// Trades of one taker order at one price, put together by the venue.
        Aggregate = "agg_trade",
        /// Single trades.
        Single = "trade",
    }
}

section! {
    /// Binance spot as a source of market data. Nothing is asked of it before a symbol of it is wanted.
    Binance = "binance" {
        /// Where REST is; also another that speaks the same, such as https://api.binance.us or a simulator.
        rest_url: String = "https://api.binance.com".to_owned();
        /// Where the streams are.
        ws_url: String = "wss://stream.binance.com:9443".to_owned();
        /// What its ticks are: "agg_trade", the venue's aggregates of one order at one price, or every "trade".
        trades: BinanceTrades = BinanceTrades::Aggregate;
        /// Whether its one-minute candles are streamed too, to be compared with those built here.
        klines: bool = true;
        /// Whether best bid and ask are streamed too; without them they are asked of the venue when somebody wants them.
        book: bool = true;
        /// The part of the venue's request weight that is used; the rest is for bots on the same address.
        weight_share: f64 = 0.5;
    }
}

impl Binance {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_url("rest_url", &self.rest_url, ["http", "https"]);
        wrong.unless_url("ws_url", &self.ws_url, ["ws", "wss"]);
        wrong.unless_within("weight_share", self.weight_share, 0.01, 1.0);
    }
}

section! {
    /// Coinbase Exchange as a source of market data. Nothing is asked of it before a symbol of it is wanted.
    Coinbase = "coinbase" {
        /// Where REST is.
        rest_url: String = "https://api.exchange.coinbase.com".to_owned();
        /// Where the feed is.
        ws_url: String = "wss://ws-feed.exchange.coinbase.com".to_owned();
        /// Whether best bid and ask are streamed too.
        book: bool = true;
        /// The part of the venue's request limit that is used; the rest is for bots on the same address.
        request_share: f64 = 0.5;
    }
}

impl Coinbase {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_url("rest_url", &self.rest_url, ["http", "https"]);
        wrong.unless_url("ws_url", &self.ws_url, ["ws", "wss"]);
        wrong.unless_within("request_share", self.request_share, 0.01, 1.0);
    }
}

section! {
    /// Other programs' protocols: /compat/binance, by which ccxt, freqtrade and python-binance read from here,
    /// /compat/udf for TradingView's charts, and /compat/influx, by which Telegraf and others write.
    Compat = "compat" {
        /// The venue that /compat/binance answers for; where not given binance, with `up --demo`
        /// replay-binance.
        binance_venue: Option<String> = None, like "binance";
        /// Request weight, by Binance's tables, that a client may use in a minute; beyond it answers are 429.
        binance_weight_per_minute: u32 = 6_000;
        /// What a program must know to write through /compat/influx and to read /v1/ops/points; without it nobody may.
        influx_token: Option<Token> = None, like "16 letters or more";
        /// Web pages that may read /compat/udf, by their origins, as ["https://charts.example"]; ["*"] lets every page.
        udf_origins: List<PageOrigin> = List::default();
    }
}

impl Compat {
    fn check(&self, wrong: &mut Wrong) {
        let weight = self.binance_weight_per_minute;
        wrong.unless_within("binance_weight_per_minute", weight, 1, 1_000_000_000);
        if let Some(venue) = &self.binance_venue
            && domain::market::SymbolName::new(venue, "X").is_err()
        {
            let why = format!("{venue:?} is no venue; write for example \"binance\"");
            wrong.0.push(("binance_venue", why));
        }
    }
}
