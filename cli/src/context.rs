//! What every command is handed: settings, how to speak, when to stop, and the way to the database.

use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use adapters::auth::limits::{Limits, RedisLimits};
use adapters::auth::sessions::RedisSessions;
use adapters::trading::states::{BotStates, RedisStates};
use anyhow::{Context as _, Result};
use app::auth::Accounts;
use app::auth::limits::Limiter;
use app::ledger::Ledger;
use app::market::segments::Segments;
use app::trading::Trading;
use app::{Clock, Random};
use secrecy::ExposeSecret;
use store::ops::cluster::{self, ClusterOptions, Lease};
use store::{AccessMode, Db, DbSettings};
use tokio_util::sync::CancellationToken;

use crate::config::{DatabaseMode, LimitsPlace, SessionsPlace, Settings};
use crate::exit::{Exit, Status};
use crate::output::Output;

/// One run of the program.
pub(crate) struct Context {
    /// How it speaks.
    pub(crate) output: Output,
    /// Its settings.
    pub(crate) settings: Settings,
    /// Where its data lives.
    pub(crate) data_dir: PathBuf,
    /// The variables that say how to reach a bucket.
    pub(crate) aws: Vec<(String, String)>,
    /// Cancelled when it is asked to stop.
    pub(crate) stop: CancellationToken,
}

impl Context {
    /// Runs `work`, given up when the program is asked to stop: for work that may be cut anywhere.
    pub(crate) async fn unless_stopped<T>(
        &self,
        work: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        tokio::select! {
            result = work => result,
            () = self.stop.cancelled() => Err(Status::of(Exit::Interrupted, "interrupted")),
        }
    }

    /// The database that the settings name, or the own one in the data folder, started if need be.
    pub(crate) async fn database(&self) -> Result<Database> {
        let settings = &self.settings.database;
        let owner = settings.owner_url.as_ref();
        let owner = owner.map(|url| DbSettings::parse_url(url.expose_secret())).transpose()?;
        let (lease, config, owner) = match &settings.url {
            Some(url) => (None, DbSettings::parse_url(url.expose_secret())?, owner),
            None => {
                let mut options = ClusterOptions::new(&self.data_dir)?;
                options.bin_dir.clone_from(&settings.bin_dir);
                let lease = cluster::acquire(&options).await?;
                let (config, owner) = (lease.serving_config(), lease.config());
                (Some(lease), config, Some(owner))
            }
        };
        let direct = match &settings.direct_url {
            Some(url) => DbSettings::parse_url(url.expose_secret())?,
            None => config.clone(),
        };
        let mode = match settings.mode {
            DatabaseMode::Direct => AccessMode::Direct,
            DatabaseMode::Pooled => AccessMode::Pooled,
        };
        let db = Db::new(DbSettings {
            config,
            direct,
            mode,
            pool_size: settings.pool_size,
            statement_timeout: Duration::from_millis(settings.statement_timeout_ms),
        })?;
        let segments = crate::segments::open(&self.settings, &self.data_dir, &self.aws)?;
        let owner = match owner {
            Some(config) => Db::new(DbSettings {
                statement_timeout: Duration::from_millis(settings.statement_timeout_ms),
                ..DbSettings::direct(config)
            })?,
            None => db.clone(),
        };
        for db in [&db, &owner] {
            db.unseal_with(Arc::new(segments.clone()));
        }
        Ok(Database { db, owner, segments, lease })
    }

    /// Accounts of a database, as the settings want them.
    pub(crate) fn accounts(&self, db: &Db) -> Accounts {
        let settings = &self.settings.accounts;
        let (clock, random) = (Clock::system(), Random::system());
        let options = settings.options(self.settings.mail.host.is_some());
        let accounts = Accounts::new(db.clone(), clock, random, settings.cost(), options);
        let accounts = match (settings.sessions, self.settings.redis.open()) {
            (SessionsPlace::Redis, Some(redis)) => {
                accounts.with_sessions(Arc::new(RedisSessions::new(redis, db.clone())))
            }
            _ => accounts,
        };
        accounts.use_keys(self.settings.keys.place(&self.data_dir));
        accounts
    }

    /// The ledger of a database.
    pub(crate) fn ledger(&self, db: &Db) -> Ledger {
        Ledger::new(db.clone(), Clock::system(), Random::system())
    }

    /// Does something with the accounts of the migrated database, and gives that back.
    pub(crate) async fn with_accounts(
        &self,
        work: impl AsyncFnOnce(&Accounts) -> Result<()>,
    ) -> Result<()> {
        let database = self.unless_stopped(self.migrated_database()).await?;
        let accounts = self.accounts(&database.db);
        let result = self.unless_stopped(work(&accounts)).await;
        drop(accounts);
        let closed = database.close().await;
        result.and(closed)
    }

    /// Trading in a database whose people these are. What bots are doing is at hand in Redis, where there is one.
    pub(crate) fn trading(&self, db: &Db, accounts: Accounts) -> Trading {
        let redis = self.settings.redis.open();
        let states = redis.map(|redis| Arc::new(RedisStates::new(redis)) as Arc<dyn BotStates>);
        Trading::new(db.clone(), Clock::system(), Random::system(), accounts, states)
    }

    /// What counts requests against their limits.
    pub(crate) fn limiter(&self) -> Limiter {
        let settings = &self.settings.limits;
        let redis = self.settings.redis.open().filter(|_| settings.place == LimitsPlace::Redis);
        let shared = redis.map(|redis| Arc::new(RedisLimits::new(redis)) as Arc<dyn Limits>);
        Limiter::new(shared, settings.rates(), Clock::system())
    }

    /// The database, with every migration applied.
    pub(crate) async fn migrated_database(&self) -> Result<Database> {
        let database = self.database().await?;
        store::migrate::up(&database.owner, None).await.context("applying migrations")?;
        Ok(database)
    }
}

/// An open database, and the lease on the own PostgreSQL where it is that.
pub(crate) struct Database {
    /// The way to it.
    pub(crate) db: Db,
    /// The way to it for what only the schema's owner may do.
    pub(crate) owner: Db,
    /// What was moved out of it.
    pub(crate) segments: Segments,
    /// Ours alone; none where a URL names the server.
    pub(crate) lease: Option<Lease>,
}

impl Database {
    /// Gives the lease back, and waits until PostgreSQL has stopped if nobody else uses it.
    pub(crate) async fn close(self) -> Result<()> {
        drop((self.db, self.owner));
        if let Some(lease) = self.lease {
            lease.release().await?;
        }
        Ok(())
    }
}
