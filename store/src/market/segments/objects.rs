//! Which objects of a store are needed, so that the others can be removed.

use std::collections::BTreeSet;

use domain::Time;
use postgres_types::Type;

use super::super::row::At;
use super::Tier;
use crate::{Db, Param, StoreError};

const NEEDED: &str = "
SELECT path FROM market.segments WHERE tier = $1
UNION ALL SELECT path FROM market.unneeded_objects WHERE tier = $1 AND since > $2";

const SWEPT: &str = "DELETE FROM market.unneeded_objects WHERE tier = $1 AND path = ANY($2)";

pub(in super::super) const STATEMENTS: &[&str] = &[NEEDED, SWEPT];

/// The names of the objects of a store that the catalogue has, or had until after `left`.
///
/// # Errors
/// The database's.
pub async fn needed(db: &Db, tier: Tier, left: Time) -> Result<BTreeSet<String>, StoreError> {
    let params: [Param<'_>; 2] = [(&tier.as_str(), Type::TEXT), (&At(left), Type::TIMESTAMPTZ)];
    let rows = db.query("market.needed_objects", NEEDED, &params).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

/// Forgets objects that were removed.
///
/// # Errors
/// The database's.
pub async fn swept(db: &Db, tier: Tier, paths: &[String]) -> Result<(), StoreError> {
    let swept = db.run("market.swept_objects", |tx| async move {
        let params: [Param<'_>; 2] = [(&tier.as_str(), Type::TEXT), (&paths, Type::TEXT_ARRAY)];
        tx.execute(SWEPT, &params).await
    });
    swept.await.map(drop)
}
