//! Of what profit is made: each step of a position with the one before.

use std::collections::BTreeMap;

use domain::{Amount, Decimal, Time};
use postgres_types::{Json, Type};
use tokio_postgres::Row;
use uuid::Uuid;

use super::curves::amount;
use crate::market::row::{At, maybe_amount, maybe_decimal, time};
use crate::{Db, Param, StoreError};

const STEPS: &str = include_str!("queries/explain_steps.sql");
const OWNER: &str = "
SELECT p.account_id FROM ledger.positions p JOIN trading.venue_accounts a ON a.id = p.account_id
WHERE p.id = $1 AND a.user_id = $2";

pub(super) const STATEMENTS: &[&str] = &[STEPS, OWNER];

/// Which steps.
#[derive(Debug, Clone, Default)]
pub struct StepQuery {
    /// Of these accounts.
    pub accounts: Vec<Uuid>,
    /// Of this position.
    pub position: Option<Uuid>,
    /// Of this bot.
    pub bot: Option<Uuid>,
    /// In this symbol.
    pub symbol: Option<String>,
    /// Happened at or after.
    pub from: Option<Time>,
    /// Happened before.
    pub to: Option<Time>,
    /// At most so many.
    pub limit: i64,
}

/// Sums of a position by some step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
    /// Base that came in by all entries.
    pub entered: Amount,
    /// Base that went out by all exits.
    pub exited: Amount,
    /// Gross profit.
    pub realised: Amount,
    /// Fees in quote and base, in quote.
    pub commission: Amount,
    /// Funding.
    pub funding: Amount,
    /// All fees by asset.
    pub fees: BTreeMap<String, Amount>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// The position.
    pub position: Uuid,
    /// The event.
    pub event: i64,
    /// `venue:CODE`.
    pub symbol: String,
    /// The asset that is held.
    pub base: String,
    /// What profit is counted in.
    pub quote: String,
    /// When the venue says it happened.
    pub at: Time,
    /// When it was recorded.
    pub recorded_at: Time,
    /// Before it.
    pub before: Sums,
    /// After it.
    pub after: Sums,
    /// The fill: order, the venue's number, price; none for funding.
    pub fill: Option<(Uuid, String, Decimal)>,
}

/// The account of somebody's position.
///
/// # Errors
/// The database's.
pub async fn account_of(db: &Db, user: Uuid, position: Uuid) -> Result<Option<Uuid>, StoreError> {
    let params: [Param<'_>; 2] = [(&position, Type::UUID), (&user, Type::UUID)];
    let rows = db.query("ledger.position_owner", OWNER, &params).await?;
    rows.first().map(|row| Ok(row.try_get(0)?)).transpose()
}

/// Steps in the order of the record.
///
/// # Errors
/// The database's.
pub async fn steps(db: &Db, query: &StepQuery) -> Result<Vec<StepRow>, StoreError> {
    let params: [Param<'_>; 7] = [
        (&query.accounts, Type::UUID_ARRAY),
        (&query.position, Type::UUID),
        (&query.bot, Type::UUID),
        (&query.symbol, Type::TEXT),
        (&query.from.map(At), Type::TIMESTAMPTZ),
        (&query.to.map(At), Type::TIMESTAMPTZ),
        (&query.limit, Type::INT8),
    ];
    db.list("ledger.explain_steps", STEPS, &params, read).await
}

fn read(row: &Row) -> Result<StepRow, StoreError> {
    let fees = |column: &str| {
        let fees: Option<Json<BTreeMap<String, Amount>>> = row.try_get(column)?;
        Ok::<_, StoreError>(fees.map(|fees| fees.0).unwrap_or_default())
    };
    let before = |column| Ok::<_, StoreError>(maybe_amount(row, column)?.unwrap_or_default());
    let order: Option<Uuid> = row.try_get("order_id")?;
    let trade: Option<String> = row.try_get("venue_trade_id")?;
    let price = maybe_decimal(row, "price")?;
    Ok(StepRow {
        position: row.try_get("position_id")?,
        event: row.try_get("position")?,
        symbol: row.try_get("symbol")?,
        base: row.try_get("base")?,
        quote: row.try_get("quote")?,
        at: time(row, "at")?,
        recorded_at: time(row, "recorded_at")?,
        before: Sums {
            entered: before("before_entry_quantity")?,
            exited: before("before_exit_quantity")?,
            realised: before("before_realised")?,
            commission: before("before_commission")?,
            funding: before("before_funding")?,
            fees: fees("before_fees")?,
        },
        after: Sums {
            entered: amount(row, "entry_quantity")?,
            exited: amount(row, "exit_quantity")?,
            realised: amount(row, "realised")?,
            commission: amount(row, "commission")?,
            funding: amount(row, "funding")?,
            fees: fees("fees")?,
        },
        fill: order.zip(trade).zip(price).map(|((order, trade), price)| (order, trade, price)),
    })
}
