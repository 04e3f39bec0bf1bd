//! Lists of symbols that people watch. Each is found by its number and its owner's.

use domain::Time;
use domain::auth::Watchlist;
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, time};
use crate::{Db, Param, StoreError, Tx};

const LIST: &str = "SELECT * FROM auth.watchlists WHERE user_id = $1 ORDER BY created_at, id";
const FIND: &str = "SELECT * FROM auth.watchlists WHERE user_id = $1 AND id = $2";
const COUNT: &str = "SELECT count(*) FROM auth.watchlists WHERE user_id = $1";
const IS_TAKEN: &str =
    "SELECT id FROM auth.watchlists WHERE user_id = $1 AND name = $2 AND id <> $3";
// The other default ends first, for there is never a second one.
const END_DEFAULT: &str = "
UPDATE auth.watchlists SET is_default = false, updated_at = $3 WHERE user_id = $1 AND id <> $2 AND is_default";
const WRITE: &str = "
INSERT INTO auth.watchlists (user_id, id, name, symbols, is_default, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6)
ON CONFLICT (id) DO UPDATE SET
    name = EXCLUDED.name, symbols = EXCLUDED.symbols, is_default = EXCLUDED.is_default, updated_at = EXCLUDED.updated_at
RETURNING *";
const DELETE: &str = "DELETE FROM auth.watchlists WHERE user_id = $1 AND id = $2 RETURNING *";

pub(super) const STATEMENTS: &[&str] = &[LIST, FIND, COUNT, IS_TAKEN, END_DEFAULT, WRITE, DELETE];

/// A list that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Number.
    pub id: Uuid,
    /// The list.
    pub list: Watchlist,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// A person's lists, the oldest first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db, user_id: Uuid) -> Result<Vec<Kept>, StoreError> {
    let rows = db.query("auth.watchlists", LIST, &[(&user_id, Type::UUID)]).await?;
    rows.iter().map(kept).collect()
}

/// A person's list of that number.
///
/// # Errors
/// The database's.
pub async fn read(db: &Db, user_id: Uuid, id: Uuid) -> Result<Option<Kept>, StoreError> {
    let params: [Param<'_>; 2] = [(&user_id, Type::UUID), (&id, Type::UUID)];
    db.query("auth.watchlist", FIND, &params).await?.first().map(kept).transpose()
}

/// The same within a transaction.
///
/// # Errors
/// The database's.
pub async fn held(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Kept>, StoreError> {
    let row = tx.query_opt(FIND, &[(&user_id, Type::UUID), (&id, Type::UUID)]).await?;
    row.as_ref().map(kept).transpose()
}

/// How many lists a person has.
///
/// # Errors
/// The database's.
pub async fn count(tx: &Tx, user_id: Uuid) -> Result<i64, StoreError> {
    let row = tx.query_opt(COUNT, &[(&user_id, Type::UUID)]).await?;
    row.map_or(Ok(0), |row| Ok(row.try_get(0)?))
}

/// Whether another list of the person has this name.
///
/// # Errors
/// The database's.
pub async fn is_taken(tx: &Tx, user_id: Uuid, id: Uuid, name: &str) -> Result<bool, StoreError> {
    let params: [Param<'_>; 3] = [(&user_id, Type::UUID), (&name, Type::TEXT), (&id, Type::UUID)];
    Ok(tx.query_opt(IS_TAKEN, &params).await?.is_some())
}

/// Makes a list of a person, or changes it to this. Where it is to be the default, no other one is
/// from then on. Whoever calls it holds the person ([`super::users::hold`]), and the number, where
/// it is one of a list, is of the person's own.
///
/// # Errors
/// The database's.
pub async fn write(
    tx: &Tx,
    user_id: Uuid,
    id: Uuid,
    list: &Watchlist,
    now: Time,
) -> Result<Kept, StoreError> {
    let symbols: Vec<String> = list.symbols.iter().map(ToString::to_string).collect();
    if list.is_default {
        let params: [Param<'_>; 3] =
            [(&user_id, Type::UUID), (&id, Type::UUID), (&At(now), Type::TIMESTAMPTZ)];
        tx.execute(END_DEFAULT, &params).await?;
    }
    let params: [Param<'_>; 6] = [
        (&user_id, Type::UUID),
        (&id, Type::UUID),
        (&list.name, Type::TEXT),
        (&symbols, Type::TEXT_ARRAY),
        (&list.is_default, Type::BOOL),
        (&At(now), Type::TIMESTAMPTZ),
    ];
    let row = tx.query_opt(WRITE, &params).await?;
    kept(&row.ok_or_else(|| StoreError::Unexpected("no row of auth.watchlists".to_owned()))?)
}

/// Deletes a person's list, and tells which it was.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Kept>, StoreError> {
    let row = tx.query_opt(DELETE, &[(&user_id, Type::UUID), (&id, Type::UUID)]).await?;
    row.as_ref().map(kept).transpose()
}

fn kept(row: &Row) -> Result<Kept, StoreError> {
    let unexpected = |what: &str| StoreError::Unexpected(format!("{what:?} in auth.watchlists"));
    let symbols: Vec<&str> = row.try_get("symbols")?;
    Ok(Kept {
        id: row.try_get("id")?,
        list: Watchlist {
            name: row.try_get("name")?,
            symbols: symbols
                .into_iter()
                .map(|text| text.parse().map_err(|_| unexpected(text)))
                .collect::<Result<_, _>>()?,
            is_default: row.try_get("is_default")?,
        },
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
