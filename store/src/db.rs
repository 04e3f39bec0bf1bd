//! Pools and the one way to a transaction.
//!
//! In direct mode statements are prepared once per connection, but for those of lists, which are
//! planned each time (docs/decisions/0024). Through a pooler in transaction mode a prepared
//! statement may meet another client's connection, so each statement is sent whole with its types
//! (`query_typed`), which PgBouncer of any version carries safely.

use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod};
use domain::market::TimeRange;
use futures_util::TryStreamExt;
use futures_util::future::BoxFuture;
use postgres_types::{ToSql, Type};
use tokio_postgres::config::SslMode;
use tokio_postgres::{Client, Config, NoTls, Row};

use crate::{AccessMode, DbSettings, StoreError, Tx};

/// A parameter with its type, for the server is not asked what it expects.
pub type Param<'a> = (&'a (dyn ToSql + Sync), Type);

const TRIES: u32 = 6;
const POOL_WAIT: Duration = Duration::from_secs(10);

/// One database. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool,
    settings: Arc<DbSettings>,
    unseal: Arc<OnceLock<Arc<dyn Unseal>>>,
}

/// Brings rows back that were moved out of the database.
pub trait Unseal: Send + Sync {
    /// Brings back what is sealed of a symbol in a range, of every series.
    fn unseal<'a>(
        &'a self,
        db: &'a Db,
        symbol_id: i32,
        range: TimeRange,
    ) -> BoxFuture<'a, Result<(), StoreError>>;
}

impl Db {
    /// A pool over the settings; connections are made when they are first needed.
    ///
    /// # Errors
    /// [`StoreError::Settings`] where the settings contradict themselves.
    pub fn new(settings: DbSettings) -> Result<Self, StoreError> {
        let mut config = settings.config.clone();
        config.application_name("chandlery");
        if settings.mode == AccessMode::Direct {
            // A pooler refuses start-up options; there the timeout is set in each transaction.
            let millis = settings.statement_timeout.as_millis();
            config.options(format!("-c statement_timeout={millis} -c timezone=UTC"));
        }
        let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
        let manager = if config.get_ssl_mode() == SslMode::Disable || is_socket(&config) {
            Manager::from_config(config, NoTls, recycling)
        } else {
            Manager::from_config(config, crate::tls::connector()?, recycling)
        };
        let pool = Pool::builder(manager)
            .max_size(settings.pool_size.max(1))
            .wait_timeout(Some(POOL_WAIT))
            .create_timeout(Some(POOL_WAIT))
            .runtime(deadpool_postgres::Runtime::Tokio1)
            .build()
            .map_err(|error| StoreError::Settings(error.to_string()))?;
        Ok(Self { pool, settings: Arc::new(settings), unseal: Arc::default() })
    }

    /// Says who brings sealed rows back when a transaction is about to write among them. Without
    /// one, or until then, such a write fails. The first one stays.
    pub fn unseal_with(&self, unseal: Arc<dyn Unseal>) {
        // A second one would be for the same database.
        let _ = self.unseal.set(unseal);
    }

    /// The settings it was made with.
    #[must_use]
    pub fn settings(&self) -> &DbSettings {
        &self.settings
    }

    /// Connections: open, idle, and callers waiting.
    #[must_use]
    pub fn pool_status(&self) -> (usize, usize, usize) {
        let status = self.pool.status();
        (status.size, status.available, status.waiting)
    }

    /// Runs `work` in a transaction and commits it; does it again after a transient failure, and
    /// where it would write among sealed rows, after those came back.
    ///
    /// `work` may run several times, so it must leave no trace outside the transaction. A commit
    /// whose answer was lost is repeated too: work that must not happen twice writes its progress
    /// or its idempotency key in the same transaction.
    ///
    /// # Errors
    /// What `work` returned, or the last database error.
    pub async fn run<T, E, F>(&self, name: &'static str, work: impl Fn(Tx) -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: From<StoreError> + AsStoreError,
    {
        let started = Instant::now();
        let mut attempt = 0;
        let result = loop {
            match self.attempt(&work).await {
                Err(error)
                    if attempt + 1 < TRIES
                        && error.as_store().is_some_and(StoreError::is_transient) =>
                {
                    tracing::debug!(name, attempt, "transaction is tried again");
                    metrics::counter!("chandlery_db_retries_total", "name" => name).increment(1);
                    tokio::time::sleep(StoreError::pause(attempt)).await;
                    attempt += 1;
                }
                Err(error) => match self.unsealed(&error).await {
                    // Each time a partition more is writable, so this ends.
                    Ok(true) => {}
                    Ok(false) => break Err(error),
                    Err(error) => break Err(error.into()),
                },
                result => break result,
            }
        };
        let outcome = if result.is_ok() { "ok" } else { "error" };
        metrics::histogram!("chandlery_db_transaction_seconds", "name" => name, "outcome" => outcome)
            .record(started.elapsed().as_secs_f64());
        result
    }

    /// Whether what stood in the way was brought back.
    async fn unsealed(&self, error: &impl AsStoreError) -> Result<bool, StoreError> {
        let Some(StoreError::Sealed { symbol_id, from, to }) = error.as_store() else {
            return Ok(false);
        };
        let (Some(unseal), Some(range)) = (self.unseal.get(), TimeRange::new(*from, *to)) else {
            return Ok(false);
        };
        unseal.unseal(self, *symbol_id, range).await.map(|()| true)
    }

    async fn attempt<T, E, F>(&self, work: &impl Fn(Tx) -> F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: From<StoreError>,
    {
        let tx = Tx::begin(self.client().await?, &self.settings).await?;
        match work(tx.clone()).await {
            Ok(value) => {
                tx.end("COMMIT").await?;
                Ok(value)
            }
            Err(error) => {
                // The first error is the one to tell; a failed rollback ends the connection.
                let _ = tx.end("ROLLBACK").await;
                Err(error)
            }
        }
    }

    /// One reading statement outside a transaction, tried again after a transient failure.
    ///
    /// # Errors
    /// The last database error.
    pub async fn query(
        &self,
        name: &'static str,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Vec<Row>, StoreError> {
        self.retried(name, || self.query_once(sql, params)).await
    }

    /// The same of a statement that is planned for these very parameters: a list, where it depends on what is looked
    /// for which index serves, and a plan for whatever is looked for may read everything. Each row is read as it comes,
    /// while the database makes those after it.
    ///
    /// # Errors
    /// The last database error, or the first of `read`.
    pub async fn list<T>(
        &self,
        name: &'static str,
        sql: &str,
        params: &[Param<'_>],
        read: impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        self.retried(name, || self.list_once(sql, params, &read)).await
    }

    async fn retried<T, F>(&self, name: &'static str, once: impl Fn() -> F) -> Result<T, StoreError>
    where
        F: Future<Output = Result<T, StoreError>>,
    {
        let started = Instant::now();
        let mut attempt = 0;
        let result = loop {
            match once().await {
                Err(error) if attempt + 1 < TRIES && error.is_transient() => {
                    metrics::counter!("chandlery_db_retries_total", "name" => name).increment(1);
                    tokio::time::sleep(StoreError::pause(attempt)).await;
                    attempt += 1;
                }
                result => break result,
            }
        };
        metrics::histogram!("chandlery_db_query_seconds", "name" => name)
            .record(started.elapsed().as_secs_f64());
        result
    }

    async fn query_once(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let client = self.client().await?;
        if self.settings.mode == AccessMode::Pooled {
            return Ok(client.query_typed(sql, params).await?);
        }
        let (values, types) = split(params);
        let statement = client.prepare_typed_cached(sql, &types).await?;
        let result = client.query(&statement, &values).await;
        if result.is_err() {
            client.statement_cache.clear();
        }
        Ok(result?)
    }

    async fn list_once<T>(
        &self,
        sql: &str,
        params: &[Param<'_>],
        read: &impl Fn(&Row) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let client = self.client().await?;
        let params = params.iter().map(|(value, ty)| (*value, ty.clone()));
        let mut rows = pin!(client.query_typed_raw(sql, params).await?);
        let mut list = Vec::new();
        while let Some(row) = rows.try_next().await? {
            list.push(read(&row)?);
        }
        Ok(list)
    }

    async fn client(&self) -> Result<deadpool_postgres::Client, StoreError> {
        self.pool.get().await.map_err(|error| match error {
            deadpool_postgres::PoolError::Backend(error) => {
                // A wrong password stays wrong; everything else may pass.
                if error.code().is_some() {
                    StoreError::Postgres(error)
                } else {
                    StoreError::Pool(chain(&error))
                }
            }
            other => StoreError::Pool(other.to_string()),
        })
    }

    /// A session of its own, past any pooler: for migrations, advisory locks and LISTEN.
    ///
    /// # Errors
    /// Where the server can't be reached.
    pub async fn session(&self) -> Result<Session, StoreError> {
        Session::open(&self.settings.direct).await
    }
}

/// A connection that is nobody else's.
pub struct Session {
    client: Client,
    notices: tokio::sync::mpsc::UnboundedReceiver<tokio_postgres::Notification>,
}

impl Session {
    async fn open(config: &Config) -> Result<Self, StoreError> {
        let mut config = config.clone();
        config.application_name("chandlery").options("-c timezone=UTC");
        let (sender, notices) = tokio::sync::mpsc::unbounded_channel();
        let client = if config.get_ssl_mode() == SslMode::Disable || is_socket(&config) {
            let (client, connection) = config.connect(NoTls).await?;
            drive(connection, sender);
            client
        } else {
            let (client, connection) = config.connect(crate::tls::connector()?).await?;
            drive(connection, sender);
            client
        };
        Ok(Self { client, notices })
    }

    /// The connection.
    #[must_use]
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// The connection, for a transaction.
    pub fn client_mut(&mut self) -> &mut Client {
        &mut self.client
    }

    /// The next notification, or `None` when the connection is gone.
    pub async fn notification(&mut self) -> Option<(String, String)> {
        self.notices.recv().await.map(|n| (n.channel().to_owned(), n.payload().to_owned()))
    }
}

/// Moves a connection's traffic until it ends, and hands its notifications on.
fn drive<S, T>(
    mut connection: tokio_postgres::Connection<S, T>,
    sender: tokio::sync::mpsc::UnboundedSender<tokio_postgres::Notification>,
) where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        loop {
            match std::future::poll_fn(|context| connection.poll_message(context)).await {
                Some(Ok(tokio_postgres::AsyncMessage::Notification(notice))) => {
                    // Nobody listening is no error: the session may want only its statements.
                    let _ = sender.send(notice);
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            }
        }
    });
}

fn is_socket(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| matches!(host, tokio_postgres::config::Host::Unix(_)))
        && !config.get_hosts().is_empty()
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

pub(crate) fn split<'a>(params: &[Param<'a>]) -> (Vec<&'a (dyn ToSql + Sync)>, Vec<Type>) {
    params.iter().map(|(value, ty)| (*value, ty.clone())).unzip()
}

/// An error that may have come from the database.
pub trait AsStoreError {
    /// The database error inside, if that is what it is.
    fn as_store(&self) -> Option<&StoreError>;
}

impl AsStoreError for StoreError {
    fn as_store(&self) -> Option<&StoreError> {
        Some(self)
    }
}
