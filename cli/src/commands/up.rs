//! `chandlery up`: everything in one process, until it is asked to stop. The wiring of the whole
//! program is [`Node::serve`].

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result};
use api::{ApiParts, ApiSettings, ApiState, Tls, WriteToken};
use app::Clock;
use app::auth::{Accounts, Usage};
use app::ledger::reports::{self, Reports};
use app::market::demo::{self, DemoError};
use app::market::feeds::{Feeds, FeedsOptions};
use app::market::import::ImportError;
use app::market::ingest::IngestOptions;
use app::market::live::Live;
use app::market::read::MarketReader;
use app::market::repair::RepairOptions;
use app::market::retention;
use app::market::upkeep::{self, UpkeepOptions};
use secrecy::ExposeSecret;
use serde_json::json;
use store::Db;
use store::ops::cluster::{FolderLock, Holder, Lease};
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use crate::config::LogFormat;
use crate::context::{Context, Database};
use crate::telemetry::Metrics;

/// How often it is seen to that the own PostgreSQL runs.
const LEASE_BEAT: Duration = Duration::from_secs(1);
/// How often the summaries of symbols (last price, change of a day) are made anew.
const REFRESH_BEAT: Duration = Duration::from_secs(60);
/// Before a replay that broke off begins again.
const REPLAY_PAUSE: Duration = Duration::from_secs(3);
const METRICS_BEAT: Duration = Duration::from_secs(5);
/// What does not end by itself by then is given up.
const STOP_TIMEOUT: Duration = Duration::from_secs(15);

/// Run Chandlery: database, API and page in one process
///
/// Starts the own PostgreSQL in the data folder, or uses that of database.url, applies missing migrations,
/// and serves the API, the streams and the page until Ctrl-C or SIGTERM, which end it with status 0.
///
/// Examples:
///   chandlery up --demo
///   chandlery up --data-dir /var/lib/chandlery --listen 127.0.0.1:9000
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Address and port [default: http.listen of the settings, 127.0.0.1:8080]; port 0 takes a free one
    #[arg(long, value_name = "ADDR:PORT")]
    pub(crate) listen: Option<SocketAddr>,
    /// Load a small set of real data that comes with the program, replay its trades as live, and have two bots of the
    /// first administrator trade them on paper
    #[arg(long)]
    demo: bool,
}

/// Takes the folder and the port, opens the database, serves, and gives everything back.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let metrics = Arc::new(Metrics::start()?);
    let clock = Clock::system();
    let mut holder = Holder::this_process("chandlery up", clock.now());
    let folder = FolderLock::take(&context.data_dir, &holder)?;

    crate::open_files::allow(context.settings.http.max_connections);
    let wanted = context.settings.http.listen;
    let listener = TcpListener::bind(wanted).await;
    let hint = || format!("can't listen on {wanted}; --listen takes another address and port");
    let listener = listener.with_context(hint)?;
    let tls = context.settings.http.tls()?;
    let scheme = if tls.is_some() { "https" } else { "http" };
    let url = format!("{scheme}://{}", listener.local_addr().context("reading the own address")?);
    holder.listen = Some(url.clone());
    folder.describe(&holder)?;

    let database = context.unless_stopped(context.migrated_database()).await?;
    let node = Node { context, args: &args, database: &database, clock, metrics, url };
    let served = node.serve(listener, tls).await;
    let closed = database.close().await;
    context.output.note("stopped");
    served.and(closed)
}

/// One running program.
struct Node<'a> {
    context: &'a Context,
    args: &'a Args,
    database: &'a Database,
    clock: Clock,
    metrics: Arc<Metrics>,
    url: String,
}

impl Node<'_> {
    /// Starts every part, waits until one fails or the end is asked for, and ends them all.
    async fn serve(self, listener: TcpListener, tls: Option<Tls>) -> Result<()> {
        let (db, stop) = (self.database.db.clone(), self.context.stop.clone());
        if self.args.demo && !self.load_demo().await? {
            return Ok(());
        }
        let live = Live::new(self.context.settings.market.hot_bytes());
        let venues = crate::venues::connect(&self.context.settings, &self.clock)?;
        let address = listener.local_addr().context("reading the own address")?;
        let settings = self.api_settings(address);
        let accounts = self.accounts()?;
        self.say_how_to_begin(&accounts).await?;
        let (mut tasks, trading) = crate::trading::start(self.context, &db, &accounts);
        let usage = Usage::new(db.clone(), self.clock.clone());
        let ledger = self.context.ledger(&db);
        let router = api::router(ApiState::new(ApiParts {
            db: db.clone(),
            redis: self.context.settings.redis.open(),
            segments: self.database.segments.clone(),
            live: live.clone(),
            venues: venues.clone(),
            clock: self.clock.clone(),
            accounts: accounts.clone(),
            ledger: ledger.clone(),
            trading,
            limiter: self.context.limiter(),
            usage: usage.clone(),
            version: env!("CARGO_PKG_VERSION"),
            metrics: render(&self.metrics, &db),
            shutdown: stop.clone(),
            settings: settings.clone(),
        }));

        self.follow(&mut tasks, &live);
        let paper = crate::trading::Paper::new(self.database, &self.clock, &live, ledger);
        paper.start(&mut tasks, &stop);
        if self.args.demo {
            super::demo::start(&mut tasks, &accounts, address, tls.is_some(), &stop);
        }
        self.keep_tidy(&mut tasks, accounts, usage)?;
        let feeds = Feeds {
            db,
            clock: self.clock.clone(),
            segments: self.database.segments.clone(),
            live,
            venues,
            options: self.feeds(),
        };
        tasks.spawn(feeds.run(stop.clone()));
        let end = stop.clone();
        let mut server =
            tokio::spawn(async move { api::serve(listener, router, &settings, tls, end).await });

        let mut server_ended = false;
        let result = tokio::select! {
            result = self.play() => result,
            ended = &mut server => {
                server_ended = true;
                ended.context("the server ended")
            }
            () = watch(self.database.lease.as_ref(), &self.metrics) => Ok(()),
        };
        stop.cancel();
        wait_for_end((!server_ended).then_some(server), tasks).await;
        result
    }

    fn accounts(&self) -> Result<Accounts> {
        let accounts = self.context.accounts(&self.database.db);
        accounts.use_providers(self.context.settings.oidc.providers(&self.url)?);
        Ok(accounts)
    }

    /// Makes partitions, counts requests, keeps accounts in order, sends mails, and seals, moves and deletes
    /// old data every hour, where the settings say so.
    fn keep_tidy(&self, tasks: &mut JoinSet<()>, accounts: Accounts, usage: Usage) -> Result<()> {
        let (db, clock, chores) = (self.database.db.clone(), self.clock.clone(), self.chores());
        let end = || self.context.stop.clone();
        let stop = end();
        tasks.spawn(async move { upkeep::run(&db, &clock, &chores, &stop).await });
        let stop = end();
        tasks.spawn(async move { usage.run(&stop).await });
        let (hearing, sending) = (accounts.clone(), accounts.clone());
        let stop = end();
        tasks.spawn(async move { accounts.keep_tidy(&stop).await });
        let stop = end();
        tasks.spawn(async move { hearing.hear_changes(&stop).await });
        if let Some(smtp) = self.context.settings.mail.smtp()? {
            let stop = end();
            tasks.spawn(async move { sending.send_mails(&smtp, &stop).await });
        }
        let settings = &self.context.settings.retention;
        if !settings.enabled {
            return Ok(());
        }
        let (db, stop) = (self.database.owner.clone(), self.context.stop.clone());
        let (segments, clock) = (self.database.segments.clone(), self.clock.clone());
        let policy = settings.policy();
        tasks.spawn(async move {
            retention::run_hourly(&db, &clock, &segments, &policy, &stop).await;
        });
        Ok(())
    }

    /// Hears of what is committed, and makes snapshots of what accounts and bots are worth as hours end.
    fn follow(&self, tasks: &mut JoinSet<()>, live: &Live) {
        reports::describe_metrics();
        let (db, clock) = (self.database.db.clone(), self.clock.clone());
        let (hearing, stop) = (live.clone(), self.context.stop.clone());
        tasks.spawn({
            let db = db.clone();
            async move { hearing.run(&db, stop).await }
        });
        let segments = self.database.segments.clone();
        let reader = MarketReader::with_segments(db.clone(), live.clone(), clock.clone(), segments);
        let (reports, stop) = (Reports::new(db, reader, clock), self.context.stop.clone());
        tasks.spawn(async move { reports.run_snapshots(&stop).await });
    }

    /// While there is nobody: how to make the first administrator. The code for it is for a terminal only, for
    /// a log would keep it.
    async fn say_how_to_begin(&self, accounts: &Accounts) -> Result<()> {
        if !accounts.is_empty().await? {
            return Ok(());
        }
        let is_human = self.context.settings.telemetry.format == LogFormat::Human;
        let output = self.context.output;
        if output.json || output.quiet || !is_human || !std::io::stderr().is_terminal() {
            tracing::info!("there are no users; `chandlery user create --role admin` makes one");
            return Ok(());
        }
        if let Some(code) = accounts.setup_code().await? {
            output.note(&format!(
                "There are no users yet. To make the first administrator:\n    chandlery user create you@example.com --role admin\n\
                 or POST /v1/auth/setup with the code {}, which can be used once.",
                code.reveal()
            ));
        }
        Ok(())
    }

    /// Loads the demonstration's data, unless they are there. False where the end was asked for.
    async fn load_demo(&self) -> Result<bool> {
        self.context.output.note("loading the demonstration's data");
        let folder = self.context.data_dir.join("demo");
        let stop = &self.context.stop;
        match demo::prepare(&self.database.db, &self.clock, &folder, &self.database.segments, stop)
            .await
        {
            Ok(()) => Ok(true),
            Err(DemoError::Import(ImportError::Interrupted { .. })) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Says that all is ready, and plays the demonstration until the end is asked for.
    async fn play(&self) -> Result<()> {
        let event = json!({ "event": "ready", "url": self.url, "demo": self.args.demo,
            "data_dir": self.context.data_dir, "pid": std::process::id() });
        let output = self.context.output;
        match output.json {
            true => output.event(&event, String::new),
            false => output.say(&format!("Chandlery is ready: {}", self.url)),
        }
        let (db, stop) = (&self.database.db, &self.context.stop);
        let speed = self.context.settings.replay.speed;
        while self.args.demo && !stop.is_cancelled() {
            // What is served goes on where the demonstration breaks off, and that begins again.
            if let Err(error) =
                demo::play(db, &self.clock, speed, &self.database.segments, stop).await
            {
                tracing::error!(%error, "the replay broke off; it begins again in a moment");
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(REPLAY_PAUSE) => {}
            }
        }
        stop.cancelled().await;
        Ok(())
    }

    fn api_settings(&self, address: SocketAddr) -> ApiSettings {
        if !address.ip().is_loopback() {
            tracing::info!(%address, "others can connect: nothing is open without a login or a key");
        }
        let settings = &self.context.settings;
        let limits = ApiSettings {
            max_connections: settings.http.max_connections,
            max_streams: settings.http.max_streams,
            head_timeout: Duration::from_millis(settings.http.head_timeout_ms),
            request_timeout: Duration::from_millis(settings.http.request_timeout_ms),
            body_limit_bytes: settings.http.body_limit_bytes,
            hot_cache_bytes: settings.market.hot_bytes(),
            binance_venue: self.binance_venue(),
            binance_weight_per_minute: settings.compat.binance_weight_per_minute,
            influx_token: settings
                .compat
                .influx_token
                .as_ref()
                .map(|token| WriteToken::new(token.0.expose_secret())),
            anonymous: settings.accounts.anonymous.0.clone(),
            secure_cookies: settings.accounts.secure_cookies || settings.http.tls_cert.is_some(),
            trusted_proxies: settings.http.trusted_proxies.0.clone(),
            udf_origins: settings.compat.udf_origins.0.iter().map(|page| page.0.clone()).collect(),
            ..ApiSettings::default()
        };
        limits.for_listener(address)
    }

    fn feeds(&self) -> FeedsOptions {
        let ingest = &self.context.settings.ingest;
        FeedsOptions {
            symbols: ingest.symbols.0.clone(),
            ingest: IngestOptions {
                flush: Duration::from_millis(ingest.flush_ms),
                patience: Duration::from_millis(ingest.patience_ms),
                max_buffered: ingest.max_buffered,
                quiet: Duration::from_millis(ingest.quiet_ms),
            },
            repair: RepairOptions { max_trades: ingest.max_repair_trades },
            scan_every: Duration::from_secs(ingest.scan_seconds),
        }
    }

    /// The demonstration plays Binance's past under another name.
    fn binance_venue(&self) -> String {
        let usual = if self.args.demo { "replay-binance" } else { "binance" };
        self.context.settings.compat.binance_venue.clone().unwrap_or_else(|| usual.to_owned())
    }

    fn chores(&self) -> UpkeepOptions {
        let market = &self.context.settings.market;
        UpkeepOptions {
            tick_days_ahead: market.tick_partition_days_ahead,
            candle_months_ahead: market.candle_partition_months_ahead,
            refresh_every: REFRESH_BEAT,
        }
    }
}

/// Waits for the server, where it goes on, and all else; not for ever.
async fn wait_for_end(server: Option<JoinHandle<()>>, mut tasks: JoinSet<()>) {
    let ending = tokio::time::timeout(STOP_TIMEOUT, async {
        if let Some(server) = server
            && let Err(error) = server.await
        {
            tracing::error!(%error, "the server broke");
        }
        while tasks.join_next().await.is_some() {}
    });
    if ending.await.is_err() {
        tracing::warn!("some work did not end in time and is given up");
    }
}

/// The numbers of the process and of its pool, whenever they are asked for.
fn render(metrics: &Arc<Metrics>, db: &Db) -> Arc<dyn Fn() -> String + Send + Sync> {
    let (metrics, db) = (Arc::clone(metrics), db.clone());
    Arc::new(move || {
        let (open, idle, waiting) = db.pool_status();
        let most = db.settings().pool_size;
        for (state, count) in [("open", open), ("idle", idle), ("most", most)] {
            metrics::gauge!("chandlery_db_pool_connections", "state" => state).set(count as f64);
        }
        metrics::gauge!("chandlery_db_pool_waiting").set(waiting as f64);
        metrics.render()
    })
}

/// Brings the own PostgreSQL back when its supervisor was killed, and keeps the numbers bounded.
/// Never ends.
async fn watch(lease: Option<&Lease>, metrics: &Metrics) {
    let mut lease_beat = tokio::time::interval(LEASE_BEAT);
    let mut metrics_beat = tokio::time::interval(METRICS_BEAT);
    loop {
        tokio::select! {
            _ = metrics_beat.tick() => metrics.upkeep(),
            _ = lease_beat.tick() => {
                if let Some(lease) = lease
                    && !lease.is_alive()
                {
                    tracing::error!("the own PostgreSQL's supervisor is gone and is started again");
                    match lease.ensure_running().await {
                        Ok(()) => tracing::info!("the own PostgreSQL is back"),
                        Err(error) => tracing::error!(%error, "the own PostgreSQL can't be started"),
                    }
                }
            }
        }
    }
}
