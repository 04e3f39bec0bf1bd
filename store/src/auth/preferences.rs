//! What people prefer; whoever chose nothing has no row.

use domain::Time;
use domain::auth::{Preferences, Theme};
use postgres_types::Type;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, interval};
use crate::{Db, Param, StoreError, Tx};

const READ: &str = "SELECT * FROM auth.user_preferences WHERE user_id = $1";
const WRITE: &str = "
INSERT INTO auth.user_preferences
    (user_id, theme, default_symbol, default_interval, timezone, notifications, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
ON CONFLICT (user_id) DO UPDATE SET
    theme = EXCLUDED.theme, default_symbol = EXCLUDED.default_symbol, default_interval = EXCLUDED.default_interval,
    timezone = EXCLUDED.timezone, notifications = EXCLUDED.notifications, updated_at = EXCLUDED.updated_at";

pub(super) const STATEMENTS: &[&str] = &[READ, WRITE];

/// What a person prefers, where they chose something.
///
/// # Errors
/// The database's.
pub async fn read(db: &Db, user_id: Uuid) -> Result<Option<Preferences>, StoreError> {
    let rows = db.query("auth.preferences", READ, &[(&user_id, Type::UUID)]).await?;
    rows.first().map(preferences).transpose()
}

/// The same within a transaction.
///
/// # Errors
/// The database's.
pub async fn held(tx: &Tx, user_id: Uuid) -> Result<Option<Preferences>, StoreError> {
    let row = tx.query_opt(READ, &[(&user_id, Type::UUID)]).await?;
    row.as_ref().map(preferences).transpose()
}

/// Keeps what a person prefers.
///
/// # Errors
/// The database's.
pub async fn write(
    tx: &Tx,
    user_id: Uuid,
    preferences: &Preferences,
    now: Time,
) -> Result<(), StoreError> {
    let symbol = preferences.default_symbol.to_string();
    let notifications = Value::Object(preferences.notifications.clone());
    let params: [Param<'_>; 7] = [
        (&user_id, Type::UUID),
        (&preferences.theme.as_str(), Type::TEXT),
        (&symbol, Type::TEXT),
        (&preferences.default_interval.as_str(), Type::TEXT),
        (&preferences.timezone.as_str(), Type::TEXT),
        (&notifications, Type::JSONB),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    tx.execute(WRITE, &params).await.map(drop)
}

fn preferences(row: &Row) -> Result<Preferences, StoreError> {
    let unexpected =
        |what: &str| StoreError::Unexpected(format!("{what:?} in auth.user_preferences"));
    let [theme, symbol, timezone]: [&str; 3] =
        [row.try_get("theme")?, row.try_get("default_symbol")?, row.try_get("timezone")?];
    let Value::Object(notifications) = row.try_get("notifications")? else {
        return Err(unexpected("notifications"));
    };
    Ok(Preferences {
        theme: Theme::parse(theme).ok_or_else(|| unexpected(theme))?,
        default_symbol: symbol.parse().map_err(|_| unexpected(symbol))?,
        default_interval: interval(row.try_get("default_interval")?)?,
        timezone: timezone.parse().map_err(|_| unexpected(timezone))?,
        notifications,
    })
}
