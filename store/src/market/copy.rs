//! Rows in PostgreSQL's binary COPY format, encoded straight into the buffer that is sent.

use std::pin::Pin;

use bytes::{BufMut, Bytes};
use domain::{Amount, Decimal, Time};
use futures_util::SinkExt;
use tokio_postgres::CopyInSink;
use uuid::Uuid;

use super::row::EPOCH;
use crate::numeric::{put_amount, put_decimal};
use crate::{StoreError, Tx};

/// Sent in pieces of about this many bytes, so that a batch is never held twice.
const PIECE: usize = 256 * 1024;

/// Rows on their way into a table; what is encoded is sent while the next rows are made.
pub(crate) struct CopyRows {
    tx: Tx,
    buffer: Vec<u8>,
    sink: Pin<Box<CopyInSink<Bytes>>>,
}

impl CopyRows {
    /// Opens `COPY … FROM STDIN BINARY`.
    pub(crate) async fn open(tx: &Tx, sql: &str) -> Result<Self, StoreError> {
        let mut buffer = Vec::with_capacity(PIECE + 4096);
        buffer.put_slice(b"PGCOPY\n\xff\r\n\0");
        buffer.put_i32(0);
        buffer.put_i32(0);
        Ok(Self { tx: tx.clone(), buffer, sink: Box::pin(tx.copy_in(sql).await?) })
    }

    /// Begins a row of that many columns.
    pub(crate) async fn row(&mut self, columns: i16) -> Result<(), StoreError> {
        if self.buffer.len() >= PIECE {
            let piece = std::mem::replace(&mut self.buffer, Vec::with_capacity(PIECE + 4096));
            self.tx.copied(self.sink.feed(piece.into()).await)?;
        }
        self.buffer.put_i16(columns);
        Ok(())
    }

    pub(crate) fn int(&mut self, value: i32) {
        self.buffer.put_i32(4);
        self.buffer.put_i32(value);
    }

    pub(crate) fn bigint(&mut self, value: i64) {
        self.buffer.put_i32(8);
        self.buffer.put_i64(value);
    }

    pub(crate) fn smallint(&mut self, value: i16) {
        self.buffer.put_i32(2);
        self.buffer.put_i16(value);
    }

    pub(crate) fn uuid(&mut self, value: Uuid) {
        self.buffer.put_i32(16);
        self.buffer.put_slice(value.as_bytes());
    }

    /// A `jsonb` column, as JSON.
    pub(crate) fn jsonb(&mut self, value: &str) {
        self.buffer.put_i32(value.len() as i32 + 1);
        // The version of the format.
        self.buffer.put_u8(1);
        self.buffer.put_slice(value.as_bytes());
    }

    pub(crate) fn boolean(&mut self, value: bool) {
        self.buffer.put_i32(1);
        self.buffer.put_u8(u8::from(value));
    }

    pub(crate) fn text(&mut self, value: &str) {
        self.buffer.put_i32(value.len() as i32);
        self.buffer.put_slice(value.as_bytes());
    }

    pub(crate) fn time(&mut self, value: Time) {
        self.bigint(value.micros() - EPOCH);
    }

    pub(crate) fn decimal(&mut self, value: Decimal) {
        self.sized(|buffer| put_decimal(buffer, value));
    }

    pub(crate) fn amount(&mut self, value: Amount) {
        self.sized(|buffer| put_amount(buffer, value));
    }

    pub(crate) fn null(&mut self) {
        self.buffer.put_i32(-1);
    }

    /// A column that may be unknown.
    pub(crate) fn maybe<T>(&mut self, value: Option<T>, put: impl FnOnce(&mut Self, T)) {
        match value {
            Some(value) => put(self, value),
            None => self.null(),
        }
    }

    fn sized(&mut self, put: impl FnOnce(&mut Vec<u8>)) {
        let at = self.buffer.len();
        self.buffer.put_i32(0);
        put(&mut self.buffer);
        let length = (self.buffer.len() - at - 4) as i32;
        self.buffer[at..at + 4].copy_from_slice(&length.to_be_bytes());
    }

    /// Sends the end; returns how many rows the server took.
    pub(crate) async fn finish(mut self) -> Result<u64, StoreError> {
        self.buffer.put_i16(-1);
        self.tx.copied(self.sink.feed(self.buffer.into()).await)?;
        self.tx.copied(self.sink.as_mut().finish().await)
    }
}
