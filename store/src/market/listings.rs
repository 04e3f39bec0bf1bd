//! What a venue lists, many symbols at a time: their rules now, and through time.

use std::collections::BTreeMap;

use domain::market::{SymbolName, SymbolRules};
use domain::{Decimal, Time};
use postgres_types::Type;

use super::row::At;
use super::symbols::{ENSURE_VENUE, Rules, read_rules};
use crate::{Db, Numeric, Param, StoreError, Tx};

const UPSERT: &str = include_str!("queries/upsert_listings.sql");

const CLOSE_RULES: &str = "
UPDATE market.symbol_rules r SET valid_to = $3
FROM market.symbols s
JOIN market.venues v ON v.id = s.venue_id
WHERE v.code = $1 AND s.code = ANY ($2) AND r.symbol_id = s.id AND r.valid_to IS NULL AND r.valid_from < $3
  AND (r.price_precision, r.quantity_precision, r.tick_size, r.lot_size, r.min_quantity, r.min_notional, r.active)
      IS DISTINCT FROM
      (s.price_precision, s.quantity_precision, s.tick_size, s.lot_size, s.min_quantity, s.min_notional, s.active)";

const OPEN_RULES: &str = "
INSERT INTO market.symbol_rules (symbol_id, valid_from, price_precision, quantity_precision,
    tick_size, lot_size, min_quantity, min_notional, active)
SELECT s.id, $3, s.price_precision, s.quantity_precision, s.tick_size, s.lot_size, s.min_quantity,
    s.min_notional, s.active
FROM market.symbols s
JOIN market.venues v ON v.id = s.venue_id
WHERE v.code = $1 AND s.code = ANY ($2)
  AND NOT EXISTS (SELECT FROM market.symbol_rules r WHERE r.symbol_id = s.id AND r.valid_to IS NULL)
ON CONFLICT (symbol_id, valid_from) DO NOTHING";

/// Only what the venue has listed before can be taken off by it: of a symbol that an import made,
/// nobody knows when it went.
const DELIST: &str = "
UPDATE market.symbols s SET active = false, delisted_at = greatest($3, s.listed_at), updated_at = now()
FROM market.venues v
WHERE v.code = $1 AND s.venue_id = v.id AND s.delisted_at IS NULL
  AND NOT EXISTS (SELECT FROM unnest($2::text[]) AS l (code) WHERE l.code = s.code)
  AND EXISTS (SELECT FROM market.symbol_rules r WHERE r.symbol_id = s.id AND r.valid_to IS NULL)
RETURNING s.code";

const LISTED_AT: &str = "
SELECT s.code, r.price_precision, r.quantity_precision, r.tick_size, r.lot_size, r.min_quantity,
    r.min_notional, r.active
FROM market.symbols s
JOIN market.venues v ON v.id = s.venue_id
JOIN market.symbol_rules r ON r.symbol_id = s.id
WHERE v.code = $1 AND r.valid_from <= $2 AND (r.valid_to IS NULL OR r.valid_to > $2)
  AND (s.delisted_at IS NULL OR s.delisted_at > $2)
ORDER BY s.code";

/// Nothing is said of venues whose list was never read.
const UNLISTED: &str = "
SELECT w.venue, w.code FROM unnest($1::text[], $2::text[]) AS w (venue, code)
WHERE w.venue IN (
    SELECT v.code FROM market.venues v WHERE EXISTS (
        SELECT FROM market.symbols s JOIN market.symbol_rules r ON r.symbol_id = s.id WHERE s.venue_id = v.id))
  AND NOT EXISTS (
    SELECT FROM market.venues v
    JOIN market.symbols s ON s.venue_id = v.id
    JOIN market.symbol_rules r ON r.symbol_id = s.id
    WHERE v.code = w.venue AND s.code = w.code AND s.delisted_at IS NULL AND r.valid_to IS NULL)";

pub(super) const STATEMENTS: &[&str] =
    &[UPSERT, CLOSE_RULES, OPEN_RULES, DELIST, LISTED_AT, UNLISTED];

/// Writes what a venue says of some of its symbols and, where rules changed, a new period of their
/// history. Of a code that comes twice the last one counts. Returns how many symbols are new or
/// changed.
///
/// # Errors
/// The database's.
pub async fn write(
    tx: &Tx,
    venue: &str,
    listed: &[SymbolRules],
    now: Time,
) -> Result<u64, StoreError> {
    let none: Option<&str> = None;
    tx.execute(ENSURE_VENUE, &[(&venue, Type::TEXT), (&none, Type::TEXT)]).await?;
    // In the order of the codes, so that two writers never wait for each other.
    let listed: BTreeMap<&str, &SymbolRules> =
        listed.iter().map(|rules| (rules.code.as_str(), rules)).collect();
    let of = |field: fn(&SymbolRules) -> Option<Decimal>| -> Vec<Option<Numeric<Decimal>>> {
        listed.values().map(|rules| field(rules).map(Numeric)).collect()
    };
    let places = |field: fn(&SymbolRules) -> Option<u8>| -> Vec<Option<i16>> {
        listed.values().map(|rules| field(rules).map(i16::from)).collect()
    };
    let codes: Vec<&str> = listed.keys().copied().collect();
    let bases: Vec<&str> = listed.values().map(|rules| rules.base.as_str()).collect();
    let quotes: Vec<&str> = listed.values().map(|rules| rules.quote.as_str()).collect();
    let prices = places(|rules| rules.price_precision);
    let quantities = places(|rules| rules.quantity_precision);
    let tick_sizes = of(|rules| rules.tick_size);
    let lot_sizes = of(|rules| rules.lot_size);
    let least_quantities = of(|rules| rules.min_quantity);
    let least_notionals = of(|rules| rules.min_notional);
    let active: Vec<bool> = listed.values().map(|rules| rules.active).collect();
    let since: Vec<Option<At>> = listed.values().map(|rules| rules.listed_at.map(At)).collect();
    let params: [Param<'_>; 12] = [
        (&venue, Type::TEXT),
        (&codes, Type::TEXT_ARRAY),
        (&bases, Type::TEXT_ARRAY),
        (&quotes, Type::TEXT_ARRAY),
        (&prices, Type::INT2_ARRAY),
        (&quantities, Type::INT2_ARRAY),
        (&tick_sizes, Type::NUMERIC_ARRAY),
        (&lot_sizes, Type::NUMERIC_ARRAY),
        (&least_quantities, Type::NUMERIC_ARRAY),
        (&least_notionals, Type::NUMERIC_ARRAY),
        (&active, Type::BOOL_ARRAY),
        (&since, Type::TIMESTAMPTZ_ARRAY),
    ];
    let changed = tx.execute(UPSERT, &params).await?;
    note_rules(tx, venue, &codes, now).await?;
    Ok(changed)
}

/// Marks as taken off what `venue` had listed and does not list any more; returns the codes.
///
/// # Errors
/// The database's.
pub async fn delist_others(
    tx: &Tx,
    venue: &str,
    listed: &[&str],
    now: Time,
) -> Result<Vec<String>, StoreError> {
    let at = At(now);
    let params: [Param<'_>; 3] =
        [(&venue, Type::TEXT), (&listed, Type::TEXT_ARRAY), (&at, Type::TIMESTAMPTZ)];
    let rows = tx.query(DELIST, &params).await?;
    let gone = rows.iter().map(|row| row.try_get(0)).collect::<Result<Vec<String>, _>>()?;
    note_rules(tx, venue, &gone.iter().map(String::as_str).collect::<Vec<_>>(), now).await?;
    Ok(gone)
}

/// Ends the periods of rules that hold no more, and begins those that hold now.
async fn note_rules(tx: &Tx, venue: &str, codes: &[&str], now: Time) -> Result<(), StoreError> {
    let at = At(now);
    let params: [Param<'_>; 3] =
        [(&venue, Type::TEXT), (&codes, Type::TEXT_ARRAY), (&at, Type::TIMESTAMPTZ)];
    tx.execute(CLOSE_RULES, &params).await?;
    tx.execute(OPEN_RULES, &params).await?;
    Ok(())
}

/// What `venue` listed at a moment, with the rules of that moment, by code. Symbols count from the
/// first list that was read here, whether they could be traded (`active`) or not.
///
/// # Errors
/// The database's.
pub async fn at(
    db: &Db,
    venue: &str,
    moment: Time,
) -> Result<Vec<(SymbolName, Rules)>, StoreError> {
    let moment = At(moment);
    let params: [Param<'_>; 2] = [(&venue, Type::TEXT), (&moment, Type::TIMESTAMPTZ)];
    let rows = db.query("market.listed_at", LISTED_AT, &params).await?;
    rows.iter()
        .map(|row| {
            let name = SymbolName::new(venue, row.try_get("code")?)
                .map_err(|error| StoreError::Unexpected(error.to_string()))?;
            Ok((name, read_rules(row)?))
        })
        .collect()
}

/// Those of some symbols that their venue doesn't list, as far as its list was ever read.
///
/// # Errors
/// The database's.
pub async fn unlisted(db: &Db, names: &[SymbolName]) -> Result<Vec<SymbolName>, StoreError> {
    let venues: Vec<&str> = names.iter().map(SymbolName::venue).collect();
    let codes: Vec<&str> = names.iter().map(SymbolName::code).collect();
    let params: [Param<'_>; 2] = [(&venues, Type::TEXT_ARRAY), (&codes, Type::TEXT_ARRAY)];
    let rows = db.query("market.unlisted", UNLISTED, &params).await?;
    rows.iter()
        .map(|row| {
            let name = SymbolName::new(row.try_get("venue")?, row.try_get("code")?);
            name.map_err(|error| StoreError::Unexpected(error.to_string()))
        })
        .collect()
}
