//! A database with the product's schema, and the pool that the product would use on it.

use store::{AccessMode, Db, DbSettings};

use crate::{TestDatabase, database};

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
}
