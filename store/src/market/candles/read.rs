//! Candles, read page by page.

use domain::Time;
use domain::market::{Candle, Interval, Origin};
use postgres_types::Type;

use super::super::row::{self, At};
use crate::{Db, StoreError};

const PAGE_ASC: &str = include_str!("../queries/page_candles_asc.sql");
const PAGE_DESC: &str = include_str!("../queries/page_candles_desc.sql");

pub(in super::super) const STATEMENTS: &[&str] = &[PAGE_ASC, PAGE_DESC];

/// Which candles to read: a half-open range of opening times and a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CandleQuery {
    /// The symbol's number.
    pub symbol_id: i32,
    /// Which interval.
    pub interval: Interval,
    /// Of this origin only; otherwise the best there is for each time: the venue's own, else the
    /// one that saw the most volume (a roll-up or trades may cover a part of it only).
    pub origin: Option<Origin>,
    /// From this opening time on.
    pub from: Time,
    /// Before this opening time.
    pub to: Time,
    /// Newest first.
    pub descending: bool,
    /// Most rows.
    pub limit: i64,
}

/// A page of candles in order of opening time.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &CandleQuery) -> Result<Vec<Candle>, StoreError> {
    let sql = if query.descending { PAGE_DESC } else { PAGE_ASC };
    let origin = query.origin.map(Origin::as_str);
    let rows = db
        .query(
            "market.candles",
            sql,
            &[
                (&query.symbol_id, Type::INT4),
                (&query.interval.as_str(), Type::TEXT),
                (&origin, Type::TEXT),
                (&At(query.from), Type::TIMESTAMPTZ),
                (&At(query.to), Type::TIMESTAMPTZ),
                (&query.limit, Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(row::candle).collect()
}
