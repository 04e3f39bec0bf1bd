//! A transaction, as a handle that the work of [`Db::run`](crate::Db::run) is given.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use tokio_postgres::{CopyInSink, CopyOutStream, Row};

use crate::db::{Param, split};
use crate::{AccessMode, DbSettings, StoreError};

/// A transaction that [`Db::run`](crate::Db::run) opened and will commit.
///
/// It is a handle that is passed by value, so that the future of the work borrows nothing of the
/// pool. A connection whose transaction was not ended, because the work was dropped in the middle,
/// is closed instead of going back to the pool.
#[derive(Clone)]
pub struct Tx(Arc<Open>);

struct Open {
    client: Option<deadpool_postgres::Client>,
    mode: AccessMode,
    /// A statement failed: the server would answer COMMIT by rolling back without a word.
    failed: AtomicBool,
    ended: AtomicBool,
}

impl Drop for Open {
    fn drop(&mut self) {
        if let (Some(client), false) = (self.client.take(), self.ended.load(Ordering::SeqCst)) {
            drop(deadpool_postgres::Client::take(client));
        }
    }
}

impl Tx {
    pub(crate) async fn begin(
        client: deadpool_postgres::Client,
        settings: &DbSettings,
    ) -> Result<Self, StoreError> {
        let begin = match settings.mode {
            AccessMode::Direct => "BEGIN".to_owned(),
            AccessMode::Pooled => {
                let millis = settings.statement_timeout.as_millis();
                format!("BEGIN; SET LOCAL statement_timeout = {millis}; SET LOCAL timezone = 'UTC'")
            }
        };
        let tx = Self(Arc::new(Open {
            client: Some(client),
            mode: settings.mode,
            failed: AtomicBool::new(false),
            ended: AtomicBool::new(false),
        }));
        tx.batch(&begin).await?;
        Ok(tx)
    }

    pub(crate) async fn end(&self, how: &str) -> Result<(), StoreError> {
        if how == "COMMIT" && self.0.failed.load(Ordering::SeqCst) {
            return Err(StoreError::Unexpected(
                "a statement of the transaction failed, so it can't be committed".to_owned(),
            ));
        }
        self.batch(how).await?;
        self.0.ended.store(true, Ordering::SeqCst);
        Ok(())
    }

    fn client(&self) -> Result<&deadpool_postgres::Client, StoreError> {
        let gone = || StoreError::Unexpected("the transaction has ended".to_owned());
        self.0.client.as_ref().filter(|_| !self.0.ended.load(Ordering::SeqCst)).ok_or_else(gone)
    }

    /// Notes a failure, so that nothing is committed after it.
    fn noted<T>(&self, result: Result<T, tokio_postgres::Error>) -> Result<T, StoreError> {
        if result.is_err() {
            self.0.failed.store(true, Ordering::SeqCst);
            if let Some(client) = &self.0.client {
                // A plan that a migration made stale must not be used again.
                client.statement_cache.clear();
            }
        }
        Ok(result?)
    }

    /// All rows of a statement.
    ///
    /// # Errors
    /// What the server answered.
    pub async fn query(&self, sql: &str, params: &[Param<'_>]) -> Result<Vec<Row>, StoreError> {
        let client = self.client()?;
        match self.0.mode {
            AccessMode::Pooled => self.noted(client.query_typed(sql, params).await),
            AccessMode::Direct => {
                let (values, types) = split(params);
                let statement = self.noted(client.prepare_typed_cached(sql, &types).await)?;
                self.noted(client.query(&statement, &values).await)
            }
        }
    }

    /// The only row of a statement, if there is one.
    ///
    /// # Errors
    /// What the server answered, or that there were several rows.
    pub async fn query_opt(
        &self,
        sql: &str,
        params: &[Param<'_>],
    ) -> Result<Option<Row>, StoreError> {
        let mut rows = self.query(sql, params).await?;
        if rows.len() > 1 {
            return Err(StoreError::Unexpected(format!(
                "{} rows where at most one belongs",
                rows.len()
            )));
        }
        Ok(rows.pop())
    }

    /// Runs a statement and tells how many rows it changed.
    ///
    /// # Errors
    /// What the server answered.
    pub async fn execute(&self, sql: &str, params: &[Param<'_>]) -> Result<u64, StoreError> {
        let client = self.client()?;
        match self.0.mode {
            AccessMode::Pooled => self.noted(client.execute_typed(sql, params).await),
            AccessMode::Direct => {
                let (values, types) = split(params);
                let statement = self.noted(client.prepare_typed_cached(sql, &types).await)?;
                self.noted(client.execute(&statement, &values).await)
            }
        }
    }

    /// Several statements without parameters.
    ///
    /// # Errors
    /// What the server answered.
    pub async fn batch(&self, sql: &str) -> Result<(), StoreError> {
        self.noted(self.client()?.batch_execute(sql).await)
    }

    /// Opens a COPY into the database.
    ///
    /// # Errors
    /// What the server answered.
    pub(crate) async fn copy_in(&self, sql: &str) -> Result<CopyInSink<Bytes>, StoreError> {
        self.noted(self.client()?.copy_in(sql).await)
    }

    /// Opens a COPY out of the database.
    ///
    /// # Errors
    /// What the server answered.
    pub(crate) async fn copy_out(&self, sql: &str) -> Result<CopyOutStream, StoreError> {
        self.noted(self.client()?.copy_out(sql).await)
    }

    /// Notes that a COPY failed on its way.
    pub(crate) fn copied<T>(
        &self,
        result: Result<T, tokio_postgres::Error>,
    ) -> Result<T, StoreError> {
        self.noted(result)
    }
}
