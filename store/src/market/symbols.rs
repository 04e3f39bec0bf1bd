//! Venues and symbols.

use domain::market::{SymbolName, split_assets};
use domain::{Amount, Decimal, Time};
use postgres_types::Type;
use tokio_postgres::Row;

use super::row::{maybe_amount, maybe_decimal, maybe_time};
use crate::{Db, Session, StoreError, Tx};

pub(super) const ENSURE_VENUE: &str = "
INSERT INTO market.venues (code, name, replay_of)
VALUES ($1, $1, (SELECT id FROM market.venues WHERE code = $2))
ON CONFLICT (code) DO NOTHING";

const ENSURE_SYMBOL: &str = "
INSERT INTO market.symbols (venue_id, code, base, quote)
SELECT id, $2, $3, $4 FROM market.venues WHERE code = $1
ON CONFLICT (venue_id, code) DO NOTHING";

const SELECT: &str = include_str!("queries/select_symbols.sql");

const RULES: &str = "
SELECT valid_from, valid_to, price_precision, quantity_precision, tick_size, lot_size, min_quantity, min_notional, active
FROM market.symbol_rules WHERE symbol_id = $1 ORDER BY valid_from";

const WIDEN: &str = "
UPDATE market.symbols
SET price_scale = greatest(price_scale, $2), quantity_scale = greatest(quantity_scale, $3),
    quote_scale = greatest(quote_scale, $4), updated_at = now()
WHERE id = $1 AND (price_scale < $2 OR quantity_scale < $3 OR quote_scale < $4)";

const IS_TRADED: &str = "SELECT EXISTS (SELECT FROM market.symbols WHERE base = $1 OR quote = $1)";

/// "rpl": one player of a symbol at a time.
const LOCK_REPLAY: &str = "SELECT pg_try_advisory_lock(7499884, $1)";

const REFRESH: &str = "SELECT market.refresh_symbol_summary()";

pub(super) const STATEMENTS: &[&str] =
    &[ENSURE_VENUE, ENSURE_SYMBOL, SELECT, RULES, WIDEN, IS_TRADED, LOCK_REPLAY];

/// A symbol with its present rules and the last line of its summary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its number in this database.
    pub id: i32,
    /// Its name.
    pub name: SymbolName,
    /// For a symbol of a replay, the one whose past is played.
    pub replay_of: Option<SymbolName>,
    /// Base asset, where known.
    pub base: Option<String>,
    /// Quote asset, where known.
    pub quote: Option<String>,
    /// The rules it is traded under now.
    pub rules: Rules,
    /// When the venue listed it.
    pub listed_at: Option<Time>,
    /// When the venue took it off.
    pub delisted_at: Option<Time>,
    /// Most digits after the point of a stored price.
    pub price_scale: i16,
    /// Most digits after the point of a stored quantity or volume.
    pub quantity_scale: i16,
    /// Most digits after the point of a stored quote volume.
    pub quote_scale: i16,
    /// The last day's figures, as of the last refresh.
    pub summary: Option<Summary>,
}

/// Trading rules; unknown ones are `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Rules {
    /// Digits after the point of a price.
    pub price_precision: Option<i16>,
    /// Digits after the point of a quantity.
    pub quantity_precision: Option<i16>,
    /// Prices are multiples of this.
    pub tick_size: Option<Decimal>,
    /// Quantities are multiples of this.
    pub lot_size: Option<Decimal>,
    /// Smallest quantity of an order.
    pub min_quantity: Option<Decimal>,
    /// Smallest price × quantity of an order.
    pub min_notional: Option<Decimal>,
    /// Whether it can be traded.
    pub active: bool,
}

/// Rules and how long they held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RulesPeriod {
    /// The rules.
    pub rules: Rules,
    /// From when.
    pub valid_from: Time,
    /// Until when; `None` for the present ones.
    pub valid_to: Option<Time>,
}

/// The last 24 hours of a symbol's finest series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Opening time of the last candle.
    pub last_open_time: Time,
    /// The interval of that candle.
    pub interval: String,
    /// Its close.
    pub last_price: Decimal,
    /// The price 24 hours before.
    pub price_24h_ago: Decimal,
    /// Highest price of the 24 hours.
    pub high_24h: Decimal,
    /// Lowest price of the 24 hours.
    pub low_24h: Decimal,
    /// Volume of the 24 hours, in base.
    pub volume_24h: Option<Amount>,
}

/// Finds a symbol or makes it, with its assets guessed from its code where that is certain.
///
/// # Errors
/// The database's.
pub async fn ensure(
    tx: &Tx,
    name: &SymbolName,
    replay_of: Option<&str>,
) -> Result<Symbol, StoreError> {
    if let Some(symbol) = find(tx, name).await? {
        return Ok(symbol);
    }
    let (base, quote) = split_assets(name.code()).unzip();
    let venue = (&name.venue() as _, Type::TEXT);
    tx.execute(ENSURE_VENUE, &[venue.clone(), (&replay_of, Type::TEXT)]).await?;
    tx.execute(
        ENSURE_SYMBOL,
        &[venue, (&name.code(), Type::TEXT), (&base, Type::TEXT), (&quote, Type::TEXT)],
    )
    .await?;
    let made = find(tx, name).await?;
    made.ok_or_else(|| StoreError::Unexpected(format!("{name} is not there after it was made")))
}

/// A symbol by name, within a transaction.
///
/// # Errors
/// The database's.
pub async fn find(tx: &Tx, name: &SymbolName) -> Result<Option<Symbol>, StoreError> {
    let params = name_params(name);
    tx.query_opt(SELECT, &params.each_ref().map(|p| (p as _, Type::TEXT)))
        .await?
        .as_ref()
        .map(read)
        .transpose()
}

/// A symbol by name.
///
/// # Errors
/// The database's.
pub async fn get(db: &Db, name: &SymbolName) -> Result<Option<Symbol>, StoreError> {
    let params = name_params(name);
    let rows =
        db.query("market.symbol", SELECT, &params.each_ref().map(|p| (p as _, Type::TEXT))).await?;
    rows.first().map(read).transpose()
}

/// All symbols, by venue and code.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<Symbol>, StoreError> {
    let none: Option<String> = None;
    let rows =
        db.query("market.symbols", SELECT, &[(&none, Type::TEXT), (&none, Type::TEXT)]).await?;
    rows.iter().map(read).collect()
}

fn name_params(name: &SymbolName) -> [Option<String>; 2] {
    [Some(name.venue().to_owned()), Some(name.code().to_owned())]
}

/// A symbol's rules through time, oldest first.
///
/// # Errors
/// The database's.
pub async fn rules(db: &Db, symbol_id: i32) -> Result<Vec<RulesPeriod>, StoreError> {
    let rows = db.query("market.symbol_rules", RULES, &[(&symbol_id, Type::INT4)]).await?;
    rows.iter()
        .map(|row| {
            Ok(RulesPeriod {
                rules: read_rules(row)?,
                valid_from: super::row::time(row, "valid_from")?,
                valid_to: maybe_time(row, "valid_to")?,
            })
        })
        .collect()
}

/// Digits after the point that stored numbers need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Scales {
    /// Of prices.
    pub price: u32,
    /// Of quantities and volumes.
    pub quantity: u32,
    /// Of quote volumes.
    pub quote: u32,
}

impl Scales {
    /// The larger of each.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self {
            price: self.price.max(other.price),
            quantity: self.quantity.max(other.quantity),
            quote: self.quote.max(other.quote),
        }
    }
}

/// Notes that the symbol's numbers now need these scales.
pub(super) async fn widen(tx: &Tx, symbol: &Symbol, scales: Scales) -> Result<(), StoreError> {
    let [price, quantity, quote] = [scales.price, scales.quantity, scales.quote].map(|s| s as i16);
    if price > symbol.price_scale || quantity > symbol.quantity_scale || quote > symbol.quote_scale
    {
        let params: [crate::Param<'_>; 4] = [
            (&symbol.id, Type::INT4),
            (&price, Type::INT2),
            (&quantity, Type::INT2),
            (&quote, Type::INT2),
        ];
        tx.execute(WIDEN, &params).await?;
    }
    Ok(())
}

/// Whether some symbol has this base or quote.
///
/// # Errors
/// The database's.
pub async fn is_traded(tx: &Tx, asset: &str) -> Result<bool, StoreError> {
    let row = tx.query_opt(IS_TRADED, &[(&asset, Type::TEXT)]).await?;
    row.map_or(Ok(false), |row| Ok(row.try_get(0)?))
}

/// Makes this session the only player of a symbol until it ends; false if there is another.
///
/// # Errors
/// The database's.
pub async fn try_lock_replay(session: &Session, symbol_id: i32) -> Result<bool, StoreError> {
    let row = session.client().query_one(LOCK_REPLAY, &[&symbol_id]).await?;
    Ok(row.try_get(0)?)
}

/// Brings the summaries up to date without blocking readers.
///
/// # Errors
/// The database's.
pub async fn refresh_summaries(db: &Db) -> Result<(), StoreError> {
    // In a transaction of its own, for it may take long.
    db.run("market.refresh_summaries", |tx| async move { tx.batch(REFRESH).await }).await
}

fn read(row: &Row) -> Result<Symbol, StoreError> {
    let bad = |error: domain::market::BadSymbol| StoreError::Unexpected(error.to_string());
    let (venue, code): (&str, &str) = (row.try_get("venue")?, row.try_get("code")?);
    let replay_of: Option<&str> = row.try_get("replay_of")?;
    let summary = match maybe_time(row, "last_open_time")? {
        None => None,
        Some(last_open_time) => Some(Summary {
            last_open_time,
            interval: row.try_get("interval")?,
            last_price: super::row::decimal(row, "last_price")?,
            price_24h_ago: super::row::decimal(row, "price_24h_ago")?,
            high_24h: super::row::decimal(row, "high_24h")?,
            low_24h: super::row::decimal(row, "low_24h")?,
            volume_24h: maybe_amount(row, "volume_24h")?,
        }),
    };
    Ok(Symbol {
        id: row.try_get("id")?,
        name: SymbolName::new(venue, code).map_err(bad)?,
        replay_of: replay_of.map(|venue| SymbolName::new(venue, code)).transpose().map_err(bad)?,
        base: row.try_get("base")?,
        quote: row.try_get("quote")?,
        rules: read_rules(row)?,
        listed_at: maybe_time(row, "listed_at")?,
        delisted_at: maybe_time(row, "delisted_at")?,
        price_scale: row.try_get("price_scale")?,
        quantity_scale: row.try_get("quantity_scale")?,
        quote_scale: row.try_get("quote_scale")?,
        summary,
    })
}

pub(super) fn read_rules(row: &Row) -> Result<Rules, StoreError> {
    Ok(Rules {
        price_precision: row.try_get("price_precision")?,
        quantity_precision: row.try_get("quantity_precision")?,
        tick_size: maybe_decimal(row, "tick_size")?,
        lot_size: maybe_decimal(row, "lot_size")?,
        min_quantity: maybe_decimal(row, "min_quantity")?,
        min_notional: maybe_decimal(row, "min_notional")?,
        active: row.try_get("active")?,
    })
}
