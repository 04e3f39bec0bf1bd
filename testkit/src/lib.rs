//! What tests of several crates need: a real PostgreSQL without Docker, a database for each test,
//! and a proxy that breaks connections. For tests only: failures panic and say why.
//!
//! PostgreSQL is watched over by the program `test-supervisor` of this package. `cargo test
//! --workspace` builds it; with `-p` name this package too: `cargo test -p chandlery-store -p
//! chandlery-testkit`.

mod database;
mod http;
mod migrated;
mod pgbouncer;
mod proxy;
mod redis;
mod smtp;
mod supervisor;

pub use database::{TestDatabase, database};
pub use http::http_client;
pub use migrated::{Migrated, migrated};
pub use pgbouncer::PgBouncer;
pub use proxy::{FaultProxy, Upstream};
pub use redis::{RedisCluster, RedisSentinel, RedisServer};
pub use smtp::SmtpServer;
pub use supervisor::cluster_options;
