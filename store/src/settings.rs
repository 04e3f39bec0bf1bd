//! How to reach PostgreSQL and how to behave on the way.

use std::time::Duration;

use tokio_postgres::Config;

use crate::StoreError;

/// What stands between the program and PostgreSQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AccessMode {
    /// Nothing: prepared statements, session settings and LISTEN work.
    #[default]
    Direct,
    /// A pooler in transaction mode (PgBouncer): a connection is ours only inside a transaction.
    Pooled,
}

/// Settings of one database.
#[derive(Debug, Clone)]
pub struct DbSettings {
    /// Where queries go.
    pub config: Config,
    /// Where work that needs a session goes (migrations, LISTEN); equal to `config` unless pooled.
    pub direct: Config,
    /// What `config` points at.
    pub mode: AccessMode,
    /// Most connections.
    pub pool_size: usize,
    /// A statement that takes longer is cancelled; zero means never.
    pub statement_timeout: Duration,
}

impl DbSettings {
    /// Settings for a direct connection with defaults for the rest.
    #[must_use]
    pub fn direct(config: Config) -> Self {
        Self {
            direct: config.clone(),
            config,
            mode: AccessMode::Direct,
            pool_size: 10,
            statement_timeout: Duration::from_secs(60),
        }
    }

    /// Reads a URL. `postgresql+asyncpg://…`, as SQLAlchemy writes it, is understood.
    ///
    /// # Errors
    /// [`StoreError::Settings`] that says what is wrong without repeating a password.
    pub fn parse_url(url: &str) -> Result<Config, StoreError> {
        let plain = match url.split_once("://") {
            Some((scheme, rest)) => {
                let base = scheme.split('+').next().unwrap_or(scheme);
                format!("{base}://{rest}")
            }
            None => url.to_owned(),
        };
        let mut config: Config = plain.parse().map_err(|error| {
            StoreError::Settings(format!("the database URL is not valid: {error}"))
        })?;
        if config.get_connect_timeout().is_none() {
            config.connect_timeout(Duration::from_secs(10));
        }
        Ok(config)
    }
}
