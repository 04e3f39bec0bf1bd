//! Redis, for what may be kept outside the database: one server, one of several that Sentinel names, or
//! a cluster. A connection that breaks is made anew by the next who asks; while there is none to be
//! had, callers are told at once instead of waiting one after the other.

mod url;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionLike, MultiplexedConnection};
use redis::cluster_async::ClusterConnection;
use redis::sentinel::{SentinelClient, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, Cmd, Pipeline, RedisError, RedisFuture, RedisResult, Value,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

pub use url::{RedisPlace, RedisUrlError};

/// An answer or a connection that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(1);
/// After a connection could not be made, nobody tries for so long.
const PAUSE: Duration = Duration::from_millis(500);

/// A Redis that can be asked. Cheap to clone; nothing is connected before the first question.
#[derive(Clone)]
pub struct Redis(Arc<Inner>);

struct Inner {
    place: RedisPlace,
    open: Mutex<Open>,
}

#[derive(Default)]
struct Open {
    link: Option<Link>,
    /// Counts links, so that who held a broken one doesn't close its successor.
    generation: u64,
    failed: Option<(Instant, String)>,
}

/// Redis did not answer, or not as expected. Names the place without its password.
#[derive(Debug, Clone, thiserror::Error)]
#[error("Redis at {place}: {reason}")]
pub struct RedisUnavailable {
    /// Which.
    pub place: String,
    /// What went wrong.
    pub reason: String,
}

/// A connection, to one server or to a cluster.
#[derive(Clone)]
pub enum Link {
    /// To one server.
    One(MultiplexedConnection),
    /// To a cluster.
    Cluster(ClusterConnection),
}

impl Redis {
    /// What answers at that place.
    #[must_use]
    pub fn new(place: RedisPlace) -> Self {
        // The process has one provider of TLS; a second one can't be installed and is not needed.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self(Arc::new(Inner { place, open: Mutex::default() }))
    }

    /// Asks, once more on a new connection where the first broke: what is asked must bear that.
    ///
    /// # Errors
    /// Where it does not answer, or refuses.
    pub async fn ask<T, F>(&self, work: impl Fn(Link) -> F) -> Result<T, RedisUnavailable>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let begun = Instant::now();
        let answer = self.try_twice(work).await;
        let outcome = if answer.is_ok() { "ok" } else { "error" };
        metrics::histogram!("chandlery_redis_request_seconds", "outcome" => outcome)
            .record(begun.elapsed());
        answer
    }

    async fn try_twice<T, F>(&self, work: impl Fn(Link) -> F) -> Result<T, RedisUnavailable>
    where
        F: Future<Output = RedisResult<T>>,
    {
        let mut last = String::new();
        for _ in 0..2 {
            let (link, generation) = self.link().await?;
            match timeout(PATIENCE * 2, work(link)).await {
                Ok(Ok(answer)) => return Ok(answer),
                Ok(Err(error)) => last = error.to_string(),
                Err(_) => last = "no answer in time".to_owned(),
            }
            let mut open = self.0.open.lock().await;
            if open.generation == generation {
                open.link = None;
            }
        }
        Err(self.unavailable(last))
    }

    /// Whether it answers: how long that took.
    ///
    /// # Errors
    /// Where it does not.
    pub async fn ping(&self) -> Result<Duration, RedisUnavailable> {
        let begun = Instant::now();
        self.ask(|mut link| async move { redis::cmd("PING").query_async::<()>(&mut link).await })
            .await?;
        Ok(begun.elapsed())
    }

    /// Where it is, without passwords.
    #[must_use]
    pub fn place(&self) -> &str {
        self.0.place.shown()
    }

    async fn link(&self) -> Result<(Link, u64), RedisUnavailable> {
        let mut open = self.0.open.lock().await;
        if let Some(link) = &open.link {
            return Ok((link.clone(), open.generation));
        }
        if let Some((at, reason)) = &open.failed
            && at.elapsed() < PAUSE
        {
            return Err(self.unavailable(reason.clone()));
        }
        let made = timeout(PATIENCE * 3, connect(&self.0.place)).await;
        let reason = match made {
            Ok(Ok(link)) => {
                open.link = Some(link.clone());
                open.generation += 1;
                open.failed = None;
                return Ok((link, open.generation));
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no connection in time".to_owned(),
        };
        open.failed = Some((Instant::now(), reason.clone()));
        Err(self.unavailable(reason))
    }

    fn unavailable(&self, reason: String) -> RedisUnavailable {
        RedisUnavailable { place: self.place().to_owned(), reason }
    }
}

async fn connect(place: &RedisPlace) -> Result<Link, RedisError> {
    let config = AsyncConnectionConfig::new()
        .set_connection_timeout(Some(PATIENCE))
        .set_response_timeout(Some(PATIENCE));
    match place {
        RedisPlace::One { node, .. } => {
            let client = Client::open(node.clone())?;
            Ok(Link::One(client.get_multiplexed_async_connection_with_config(&config).await?))
        }
        RedisPlace::Sentinel { nodes, master, servers, .. } => {
            let mut client = SentinelClient::build(
                nodes.clone(),
                master.as_str(),
                Some(servers.clone()),
                SentinelServerType::Master,
            )?;
            Ok(Link::One(client.get_async_connection_with_config(&config).await?))
        }
        RedisPlace::Cluster { nodes, .. } => {
            let builder = redis::cluster::ClusterClient::builder(nodes.clone())
                .connection_timeout(PATIENCE)
                .response_timeout(PATIENCE)
                .retries(3);
            Ok(Link::Cluster(builder.build()?.get_async_connection().await?))
        }
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::One(link) => link.req_packed_command(cmd),
            Self::Cluster(link) => link.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        commands: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::One(link) => link.req_packed_commands(commands, offset, count),
            Self::Cluster(link) => link.req_packed_commands(commands, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::One(link) => link.get_db(),
            Self::Cluster(link) => link.get_db(),
        }
    }
}
