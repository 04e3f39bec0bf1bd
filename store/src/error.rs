//! What can go wrong between the program and its database, in words an operator can act on.

use std::time::Duration;

use tokio_postgres::error::SqlState;

/// A failed piece of work on PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The server refused or broke a statement.
    #[error("{}", describe(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// No connection could be had.
    #[error("no database connection: {0}")]
    Pool(String),
    /// The URL or another setting can't be used.
    #[error("{0}")]
    Settings(String),
    /// A stored value can't be held exactly by this program.
    #[error("column {column} of {table} holds {value}, which can't be held exactly")]
    Inexact {
        /// Table or statement.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// The value as text.
        value: String,
    },
    /// A stored value that no version of this program wrote.
    #[error("unexpected data: {0}")]
    Unexpected(String),
    /// Rows are not in the tables: a reader gets them from the segments, a writer brings them back first.
    #[error("rows from {from} to {to} are sealed in segments, outside the database")]
    Sealed {
        /// Whose.
        symbol_id: i32,
        /// Beginning of the first such segment.
        from: domain::Time,
        /// End of the last one.
        to: domain::Time,
    },
    /// Sealed rows can't be brought back, so nothing is written among them.
    #[error("{0}")]
    Unsealable(String),
    /// A migration can't be applied.
    #[error("{0}")]
    Migration(String),
    /// The work was interrupted on request.
    #[error("interrupted")]
    Interrupted,
}

impl StoreError {
    /// The server's code, where the server answered.
    #[must_use]
    pub fn code(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }

    /// The rule of the schema that a statement broke, where it broke one.
    #[must_use]
    pub fn constraint(&self) -> Option<&str> {
        match self {
            Self::Postgres(error) => error.as_db_error()?.constraint(),
            _ => None,
        }
    }

    /// Whether doing the whole transaction again may succeed: a lost connection, a deadlock, a
    /// serialisation failure, a plan that a migration made stale.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Pool(_) => true,
            Self::Postgres(error) => match error.code() {
                // A commit whose answer was lost may have happened: callers of `Db::run` write
                // progress with their data, so that doing it again finds it done.
                None => error.is_closed() || is_io(error),
                Some(code) => {
                    *code == SqlState::T_R_SERIALIZATION_FAILURE
                        || *code == SqlState::T_R_DEADLOCK_DETECTED
                        || *code == SqlState::ADMIN_SHUTDOWN
                        || *code == SqlState::CRASH_SHUTDOWN
                        || *code == SqlState::CANNOT_CONNECT_NOW
                        || *code == SqlState::TOO_MANY_CONNECTIONS
                        || (*code == SqlState::FEATURE_NOT_SUPPORTED
                            && error
                                .as_db_error()
                                .is_some_and(|e| e.message().contains("cached plan")))
                }
            },
            _ => false,
        }
    }

    /// How long to wait before try number `attempt` (0 is the first repeat).
    #[must_use]
    pub(crate) fn pause(attempt: u32) -> Duration {
        Duration::from_millis(50u64 << attempt.min(6))
    }
}

fn is_io(error: &tokio_postgres::Error) -> bool {
    use std::error::Error;
    error.source().is_some_and(|source| source.is::<std::io::Error>())
}

/// The server's message with its detail; the driver's own text says only "db error".
fn describe(error: &tokio_postgres::Error) -> String {
    use std::error::Error;
    match error.as_db_error() {
        Some(db) => {
            let mut text = format!("database: {} ({})", db.message(), db.code().code());
            if let Some(detail) = db.detail() {
                text.push_str(": ");
                text.push_str(detail);
            }
            text
        }
        None => match error.source() {
            Some(source) => format!("database: {error}: {source}"),
            None => format!("database: {error}"),
        },
    }
}
