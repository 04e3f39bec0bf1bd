//! What a paper account pays, and how its orders meet the market.

use domain::Time;
use domain::trading::paper::PaperSettings;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::At;
use crate::{Db, Param, StoreError, Tx};

const FIND: &str = "SELECT settings::text FROM trading.paper_settings WHERE account_id = $1";
const OF_PAPER: &str = "
SELECT s.settings::text FROM trading.venue_accounts a LEFT JOIN trading.paper_settings s ON s.account_id = a.id
WHERE a.id = $1 AND a.kind = 'paper'";
const OF_ORDER: &str = "SELECT (state->'settings')::text FROM trading.paper_orders WHERE id = $1 AND state IS NOT NULL";
const WRITE: &str = "
INSERT INTO trading.paper_settings (account_id, settings, updated_at) VALUES ($1, $2::text::json, $3)
ON CONFLICT (account_id) DO UPDATE SET settings = EXCLUDED.settings, updated_at = EXCLUDED.updated_at";

pub(super) const STATEMENTS: &[&str] = &[FIND, OF_PAPER, OF_ORDER, WRITE];

/// The settings of an account, or the usual ones.
///
/// # Errors
/// The database's.
pub async fn read(db: &Db, account: Uuid) -> Result<PaperSettings, StoreError> {
    let rows = db.query("trading.paper_settings", FIND, &[(&account, Type::UUID)]).await?;
    rows.first().map_or_else(|| Ok(PaperSettings::default()), settings)
}

/// The same of a paper account within a transaction; `None` where it isn't one.
///
/// # Errors
/// The database's.
pub async fn of_paper(tx: &Tx, account: Uuid) -> Result<Option<PaperSettings>, StoreError> {
    let row = tx.query_opt(OF_PAPER, &[(&account, Type::UUID)]).await?;
    row.as_ref().map(settings).transpose()
}

/// The settings under which an order came to the venue; `None` where it took none.
///
/// # Errors
/// The database's.
pub async fn of_order(tx: &Tx, order: Uuid) -> Result<Option<PaperSettings>, StoreError> {
    let row = tx.query_opt(OF_ORDER, &[(&order, Type::UUID)]).await?;
    row.as_ref().map(settings).transpose()
}

/// Keeps the settings of an account.
///
/// # Errors
/// The database's.
pub async fn write(
    tx: &Tx,
    account: Uuid,
    settings: &PaperSettings,
    now: Time,
) -> Result<(), StoreError> {
    let text = serde_json::to_string(settings)
        .map_err(|error| StoreError::Unexpected(format!("settings of an account: {error}")))?;
    let params: [Param<'_>; 3] =
        [(&account, Type::UUID), (&text, Type::TEXT), (&At(now), Type::TIMESTAMPTZ)];
    tx.execute(WRITE, &params).await.map(drop)
}

fn settings(row: &Row) -> Result<PaperSettings, StoreError> {
    let Some(text) = row.try_get::<_, Option<&str>>(0)? else {
        return Ok(PaperSettings::default());
    };
    serde_json::from_str(text)
        .map_err(|error| StoreError::Unexpected(format!("settings of an account: {error}")))
}
