//! Closed trades, and what was held and won over time: what performance and curves are made of.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::{Amount, Decimal, Time};
use postgres_types::{Json, Type};
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, Column, maybe_amount, maybe_decimal, maybe_time, time};
use crate::{Db, Numeric, Param, StoreError};

const CLOSED: &str = include_str!("queries/select_closed_trades.sql");
const PROFIT: &str = include_str!("queries/sum_profit_by_time.sql");
const HELD: &str = include_str!("queries/select_held_by_time.sql");
const MONEY: &str = include_str!("queries/sum_money_by_time.sql");

pub(super) const STATEMENTS: &[&str] = &[CLOSED, PROFIT, HELD, MONEY];

/// Of which accounts, and of which bot alone.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scope {
    /// Venue accounts.
    pub accounts: Vec<Uuid>,
    /// Of this bot only.
    pub bot: Option<Uuid>,
}

/// Which closed trades.
#[derive(Debug, Clone, Default)]
pub struct ClosedQuery {
    /// Of whom.
    pub scope: Scope,
    /// In this symbol.
    pub symbol: Option<String>,
    /// Of this strategy.
    pub strategy: Option<String>,
    /// Of this interval.
    pub interval: Option<String>,
    /// Opened by this rule.
    pub entry_logic: Option<String>,
    /// Closed by this rule.
    pub exit_logic: Option<String>,
    /// Closed for this reason.
    pub exit_reason: Option<String>,
    /// Long or short.
    pub direction: Option<&'static str>,
    /// With a net profit or a net loss.
    pub result: Option<&'static str>,
    /// Closed at or after.
    pub from: Option<Time>,
    /// Closed before.
    pub to: Option<Time>,
    /// At most so many.
    pub limit: i64,
    /// What is told as their group: bot, symbol, interval, entry_logic, exit_logic, strategy, exit_reason or
    /// direction.
    pub group_by: Option<&'static str>,
}

/// A closed trade, as statistics look at it.
#[derive(Debug, Clone, PartialEq)]
pub struct ClosedRow {
    /// What it is told to belong to.
    pub group: Option<String>,
    /// `venue:CODE`.
    pub symbol: String,
    /// What profit is counted in.
    pub quote: String,
    /// Sold first.
    pub short: bool,
    /// When it began.
    pub entry_time: Time,
    /// When it ended.
    pub exit_time: Time,
    /// How many times the margin it was worth.
    pub leverage: Decimal,
    /// Price × quantity of all entries.
    pub entry_value: Amount,
    /// Price × quantity of all exits.
    pub exit_value: Amount,
    /// Fees in quote and base, in quote.
    pub commission: Amount,
    /// Fees in other assets.
    pub other_fees: BTreeMap<String, Amount>,
    /// Funding received, less what was paid.
    pub funding: Amount,
    /// Profit after fees and funding.
    pub net: Amount,
    /// Net profit over the margin.
    pub ratio: Option<Amount>,
}

/// Closed trades, by their end.
///
/// # Errors
/// The database's.
pub async fn closed(db: &Db, query: &ClosedQuery) -> Result<Vec<ClosedRow>, StoreError> {
    let (from, to) = (query.from.map(At), query.to.map(At));
    let params: [Param<'_>; 14] = [
        (&query.scope.accounts, Type::UUID_ARRAY),
        (&query.scope.bot, Type::UUID),
        (&query.symbol, Type::TEXT),
        (&query.strategy, Type::TEXT),
        (&query.interval, Type::TEXT),
        (&query.entry_logic, Type::TEXT),
        (&query.exit_logic, Type::TEXT),
        (&from, Type::TIMESTAMPTZ),
        (&to, Type::TIMESTAMPTZ),
        (&query.limit, Type::INT8),
        (&query.direction, Type::TEXT),
        (&query.exit_reason, Type::TEXT),
        (&query.result, Type::TEXT),
        (&query.group_by, Type::TEXT),
    ];
    let read = |row: &Row| {
        let other_fees: Option<Json<_>> = row.try_get(9)?;
        Ok(ClosedRow {
            symbol: row.try_get(0)?,
            quote: row.try_get(1)?,
            short: row.try_get(2)?,
            entry_time: time(row, 3)?,
            exit_time: time(row, 4)?,
            leverage: maybe_decimal(row, 5)?.unwrap_or(Decimal::ONE),
            entry_value: amount(row, 6)?,
            exit_value: amount(row, 7)?,
            commission: amount(row, 8)?,
            other_fees: other_fees.map(|Json(fees)| fees).unwrap_or_default(),
            funding: maybe_amount(row, 10)?.unwrap_or_default(),
            net: amount(row, 11)?,
            ratio: maybe_amount(row, 12)?,
            group: row.try_get(13)?,
        })
    };
    db.list("ledger.closed_trades", CLOSED, &params, read).await
}

/// When: in pieces of equal length, counted from 2000 on.
#[derive(Debug, Clone, Copy)]
pub struct Buckets {
    /// From this time on; none from the beginning.
    pub from: Option<Time>,
    /// Before this time.
    pub to: Time,
    /// How long each is.
    pub length: Duration,
}

/// Net profit that was realised in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Won {
    /// When the bucket begins.
    pub begins: Time,
    /// What profit is counted in.
    pub quote: String,
    /// So much.
    pub net: Amount,
}

/// Net profit by bucket.
///
/// # Errors
/// The database's.
pub async fn won(db: &Db, scope: &Scope, when: Buckets) -> Result<Vec<Won>, StoreError> {
    let (from, length) = (when.from.map(At), Length(when.length));
    let params: [Param<'_>; 5] = [
        (&scope.accounts, Type::UUID_ARRAY),
        (&scope.bot, Type::UUID),
        (&from, Type::TIMESTAMPTZ),
        (&At(when.to), Type::TIMESTAMPTZ),
        (&length, Type::INTERVAL),
    ];
    let read = |row: &Row| {
        let (begins, net) = (time(row, "begins")?, amount(row, "net")?);
        Ok(Won { begins, quote: row.try_get("quote")?, net })
    };
    db.list("ledger.profit_by_time", PROFIT, &params, read).await
}

/// What a position held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The position.
    pub position: Uuid,
    /// When the bucket begins at the end of which it did; none at the beginning of the first.
    pub begins: Option<Time>,
    /// `venue:CODE`.
    pub symbol: String,
    /// Spot or margin.
    pub mode: String,
    /// What profit is counted in.
    pub quote: String,
    /// Units of base, negative when short.
    pub quantity: Amount,
    /// What they cost, negative when short.
    pub cost: Amount,
}

/// What was held at the beginning, and where it changed, at the end of each bucket.
///
/// # Errors
/// The database's.
pub async fn held(
    db: &Db,
    scope: &Scope,
    from: Time,
    when: Buckets,
    limit: i64,
) -> Result<Vec<Held>, StoreError> {
    let params: [Param<'_>; 6] = [
        (&scope.accounts, Type::UUID_ARRAY),
        (&scope.bot, Type::UUID),
        (&At(from), Type::TIMESTAMPTZ),
        (&At(when.to), Type::TIMESTAMPTZ),
        (&Length(when.length), Type::INTERVAL),
        (&limit, Type::INT8),
    ];
    let read = |row: &Row| {
        Ok(Held {
            position: row.try_get("position_id")?,
            begins: maybe_time(row, "begins")?,
            symbol: row.try_get("symbol")?,
            mode: row.try_get("mode")?,
            quote: row.try_get("quote")?,
            quantity: amount(row, "quantity")?,
            cost: amount(row, "cost")?,
        })
    };
    db.list("ledger.held_by_time", HELD, &params, read).await
}

/// Money that came or went.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    /// When the bucket begins; none for what there is now.
    pub begins: Option<Time>,
    /// Of which asset.
    pub asset: String,
    /// So much.
    pub amount: Amount,
}

/// What accounts have now, and what came and went in each bucket since `from`, all of one moment.
///
/// # Errors
/// The database's.
pub async fn moved(
    db: &Db,
    accounts: &[Uuid],
    from: Time,
    length: Duration,
) -> Result<Vec<Moved>, StoreError> {
    let params: [Param<'_>; 3] = [
        (&accounts, Type::UUID_ARRAY),
        (&At(from), Type::TIMESTAMPTZ),
        (&Length(length), Type::INTERVAL),
    ];
    let read = |row: &Row| {
        let (begins, amount) = (maybe_time(row, "begins")?, amount(row, "amount")?);
        Ok(Moved { begins, asset: row.try_get("asset")?, amount })
    };
    db.query("ledger.money_by_time", MONEY, &params).await?.iter().map(read).collect()
}

/// An `interval` parameter.
#[derive(Debug)]
struct Length(Duration);

impl postgres_types::ToSql for Length {
    fn to_sql(
        &self,
        _: &Type,
        out: &mut bytes::BytesMut,
    ) -> Result<postgres_types::IsNull, Box<dyn std::error::Error + Sync + Send>> {
        use bytes::BufMut;
        out.put_i64(i64::try_from(self.0.as_micros())?);
        // Days and months.
        out.put_i64(0);
        Ok(postgres_types::IsNull::No)
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INTERVAL
    }

    postgres_types::to_sql_checked!();
}

pub(super) fn amount(row: &Row, column: impl Column) -> Result<Amount, StoreError> {
    Ok(row.try_get::<_, Numeric<Amount>>(column)?.0)
}
