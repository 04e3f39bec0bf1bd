//! Values between rows and the domain's types.

use bytes::{BufMut, BytesMut};
use domain::market::{Candle, Interval, Order, Origin, Roll};
use domain::{Amount, Decimal, Time};
use postgres_types::{FromSql, IsNull, ToSql, Type, to_sql_checked};
use tokio_postgres::Row;
use tokio_postgres::row::RowIndex;

use crate::{Numeric, StoreError};

/// 2000-01-01T00:00:00Z, from which PostgreSQL counts, in Unix microseconds.
pub(crate) const EPOCH: i64 = 946_684_800_000_000;

/// A `timestamptz` parameter or column.
#[derive(Debug, Clone, Copy)]
pub(crate) struct At(pub(crate) Time);

impl ToSql for At {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        out.put_i64(self.0.micros() - EPOCH);
        Ok(IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }

    to_sql_checked!();
}

impl<'a> FromSql<'a> for At {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        let micros = i64::from_be_bytes(raw.try_into()?);
        let unix = micros.checked_add(EPOCH).ok_or(domain::TimeError::OutOfRange)?;
        Ok(Self(Time::from_micros(unix)?))
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::TIMESTAMPTZ
    }
}

/// A column by its name, or by its place where a name would be looked for in very many rows.
pub(crate) trait Column: RowIndex + std::fmt::Display {}

impl<T: RowIndex + std::fmt::Display> Column for T {}

/// A time column.
pub(crate) fn time(row: &Row, column: impl Column) -> Result<Time, StoreError> {
    Ok(row.try_get::<_, At>(column)?.0)
}

/// A time column that may be null.
pub(crate) fn maybe_time(row: &Row, column: impl Column) -> Result<Option<Time>, StoreError> {
    Ok(row.try_get::<_, Option<At>>(column)?.map(|at| at.0))
}

/// A price or quantity column.
pub(crate) fn decimal(row: &Row, column: impl Column) -> Result<Decimal, StoreError> {
    Ok(row.try_get::<_, Numeric<Decimal>>(column)?.0)
}

/// A price or quantity column that may be null.
pub(crate) fn maybe_decimal(row: &Row, column: impl Column) -> Result<Option<Decimal>, StoreError> {
    Ok(row.try_get::<_, Option<Numeric<Decimal>>>(column)?.map(|n| n.0))
}

/// A sum column that may be null.
pub(crate) fn maybe_amount(row: &Row, column: impl Column) -> Result<Option<Amount>, StoreError> {
    Ok(row.try_get::<_, Option<Numeric<Amount>>>(column)?.map(|n| n.0))
}

/// The figures of a candle, read from columns of their names.
pub(crate) fn candle(row: &Row) -> Result<Candle, StoreError> {
    Ok(Candle {
        open_time: time(row, "open_time")?,
        open: decimal(row, "open")?,
        high: decimal(row, "high")?,
        low: decimal(row, "low")?,
        close: decimal(row, "close")?,
        volume: row.try_get::<_, Numeric<Amount>>("volume")?.0,
        quote_volume: maybe_amount(row, "quote_volume")?,
        trade_count: row.try_get("trade_count")?,
        taker_buy_volume: maybe_amount(row, "taker_buy_volume")?,
        taker_buy_quote_volume: maybe_amount(row, "taker_buy_quote_volume")?,
    })
}

/// Who made a candle.
pub(crate) fn origin(row: &Row) -> Result<Origin, StoreError> {
    let text: &str = row.try_get("origin")?;
    let unknown = || StoreError::Unexpected(format!("the origin {text:?}"));
    Origin::parse(text).ok_or_else(unknown)
}

/// A candle built here, with the trades that opened and closed it.
pub(crate) fn roll(row: &Row) -> Result<Roll, StoreError> {
    let order = |time_column, seq_column, id_column| -> Result<Order, StoreError> {
        Ok(Order {
            time: time(row, time_column)?,
            seq: row.try_get(seq_column)?,
            id: row.try_get(id_column)?,
        })
    };
    Ok(Roll {
        interval: interval(row.try_get("interval")?)?,
        candle: candle(row)?,
        first: order("first_time", "first_seq", "first_id")?,
        last: order("last_time", "last_seq", "last_id")?,
    })
}

/// An interval by its stored name.
pub(crate) fn interval(name: &str) -> Result<Interval, StoreError> {
    name.parse().map_err(|_| StoreError::Unexpected(format!("interval {name:?} in the database")))
}
