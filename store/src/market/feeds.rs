//! Where the live feed of each symbol stands: everything up to a trade is stored or noted as a gap.

use std::collections::BTreeMap;

use domain::Time;
use domain::market::TickKind;
use postgres_types::Type;

use super::row::{At, time};
use crate::{Db, StoreError, Tx};

const SELECT: &str = "
SELECT symbol_id, kind, last_id, last_time FROM market.feeds WHERE symbol_id = ANY($1)";

const SAVE: &str = "
INSERT INTO market.feeds AS f (symbol_id, kind, last_id, last_time)
SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[], $4::timestamptz[])
ON CONFLICT (symbol_id, kind) DO UPDATE
SET last_id = greatest(f.last_id, excluded.last_id), last_time = greatest(f.last_time, excluded.last_time),
    updated_at = now()";

pub(super) const STATEMENTS: &[&str] = &[SELECT, SAVE];

/// The last trade that a feed has dealt with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// Its id.
    pub id: i64,
    /// Its time.
    pub time: Time,
}

/// Where the feeds of some symbols stand; one that never ran is left out.
///
/// # Errors
/// The database's.
pub async fn positions(
    db: &Db,
    symbol_ids: &[i32],
) -> Result<BTreeMap<(i32, TickKind), Position>, StoreError> {
    let rows = db.query("market.feeds", SELECT, &[(&symbol_ids, Type::INT4_ARRAY)]).await?;
    rows.iter()
        .map(|row| {
            let kind = if row.try_get::<_, &str>("kind")? == TickKind::Trade.as_str() {
                TickKind::Trade
            } else {
                TickKind::AggTrade
            };
            let position = Position { id: row.try_get("last_id")?, time: time(row, "last_time")? };
            Ok(((row.try_get("symbol_id")?, kind), position))
        })
        .collect()
}

/// Notes where feeds stand now; one that is further already stays there.
///
/// # Errors
/// The database's.
pub async fn save(tx: &Tx, feeds: &[(i32, TickKind, Position)]) -> Result<(), StoreError> {
    if feeds.is_empty() {
        return Ok(());
    }
    let symbols: Vec<i32> = feeds.iter().map(|feed| feed.0).collect();
    let kinds: Vec<&str> = feeds.iter().map(|feed| feed.1.as_str()).collect();
    let ids: Vec<i64> = feeds.iter().map(|feed| feed.2.id).collect();
    let times: Vec<At> = feeds.iter().map(|feed| At(feed.2.time)).collect();
    let params: [crate::Param<'_>; 4] = [
        (&symbols, Type::INT4_ARRAY),
        (&kinds, Type::TEXT_ARRAY),
        (&ids, Type::INT8_ARRAY),
        (&times, Type::TIMESTAMPTZ_ARRAY),
    ];
    tx.execute(SAVE, &params).await?;
    Ok(())
}
