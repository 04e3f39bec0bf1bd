//! A database with the product's schema, and the pool that the product would use on it.

use store::{AccessMode, Db, DbSettings};

use crate::{FaultProxy, TestDatabase, Upstream, database};

/// A migrated database of one test's own.
pub struct Migrated {
    /// The pool.
    pub db: Db,
    /// The database behind it; dropped with this value.
    pub database: TestDatabase,
}

/// A new migrated database.
///
/// # Panics
/// PostgreSQL can't be started or the schema can't be made.
pub async fn migrated() -> Migrated {
    let database = database(async |config| {
        let db = Db::new(DbSettings::direct(config.clone()))?;
        store::migrate::up(&db, None).await.map(drop)
    })
    .await;
    let db = Db::new(DbSettings::direct(database.config().clone())).expect("sound settings");
    Migrated { db, database }
}

impl Migrated {
    /// A second pool on the same database, through a pooler in transaction mode.
    ///
    /// # Panics
    /// The settings contradict themselves.
    #[must_use]
    pub fn pooled(&self, through: tokio_postgres::Config) -> Db {
        let settings = DbSettings {
            config: through,
            mode: AccessMode::Pooled,
            ..DbSettings::direct(self.database.config().clone())
        };
        Db::new(settings).expect("sound settings")
    }

    /// A second pool on the same database, all of whose connections the proxy can break.
    ///
    /// # Panics
    /// There is no port for the proxy.
    pub async fn behind_proxy(&self) -> (Db, FaultProxy) {
        let socket = self.database.socket_dir().join(".s.PGSQL.5432");
        let proxy = FaultProxy::start(Upstream::Unix(socket)).await.expect("a proxy");
        let mut through = tokio_postgres::Config::new();
        through.user(self.database.config().get_user().expect("a user"));
        through.dbname(self.database.name());
        through.host(proxy.address().ip().to_string()).port(proxy.address().port());
        through.ssl_mode(tokio_postgres::config::SslMode::Disable);
        (Db::new(DbSettings::direct(through)).expect("sound settings"), proxy)
    }
}
