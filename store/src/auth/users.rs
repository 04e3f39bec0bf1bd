//! People.

use domain::Time;
use domain::auth::{Email, Role};
use postgres_types::Type;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, maybe_time, time};
use crate::{Db, StoreError, Tx};

const INSERT: &str = "
INSERT INTO auth.users (id, email, display_name, role, password_hash, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $6) ON CONFLICT (email) DO NOTHING";
const IDENTITY: &str = "INSERT INTO auth.identities (user_id, provider, external_id, created_at) VALUES ($1, 'email', $2, $3)";
const LIST: &str = "SELECT * FROM auth.users ORDER BY created_at, id";
const BY_ID: &str = "SELECT * FROM auth.users WHERE id = $1";
const ACTIVE: &str = "SELECT * FROM auth.users WHERE id = $1 AND deactivated_at IS NULL";
const HOLD: &str = "SELECT id FROM auth.users WHERE id = $1 FOR NO KEY UPDATE";
const BY_EMAIL: &str = "SELECT * FROM auth.users WHERE email = $1";
// Whoever changes admins waits here, so that two of them can't take each other's role at once.
const OTHER_ADMINS: &str = "
SELECT id FROM auth.users WHERE role = 'admin' AND deactivated_at IS NULL ORDER BY id FOR UPDATE";
const SET_ROLE: &str = "UPDATE auth.users SET role = $2, updated_at = $3 WHERE id = $1";
const MAY_ENTER: &str = "
SELECT id FROM auth.users WHERE id = $1 AND ($2::text IS NULL OR password_hash = $2) AND deactivated_at IS NULL FOR UPDATE";
// Logins that wait for their second factor showed the password before.
const SET_PASSWORD: &str = "
WITH waiting AS (DELETE FROM auth.pending_logins WHERE user_id = $1)
UPDATE auth.users SET password_hash = $2, updated_at = $3 WHERE id = $1";
const SET_ACTIVE: &str = "
UPDATE auth.users SET deactivated_at = CASE WHEN $2 THEN NULL ELSE $3::timestamptz END, updated_at = $3 WHERE id = $1";
const SET_VERIFIED: &str = "
UPDATE auth.users SET email_verified_at = coalesce(email_verified_at, $2), updated_at = $2 WHERE id = $1";
const IS_EMPTY: &str = "SELECT NOT EXISTS (SELECT FROM auth.users) AS is_empty";
const LOGGED_IN: &str = "UPDATE auth.users SET last_login_at = $2 WHERE id = $1";

pub(super) const STATEMENTS: &[&str] = &[
    INSERT,
    IDENTITY,
    LIST,
    BY_ID,
    ACTIVE,
    HOLD,
    BY_EMAIL,
    OTHER_ADMINS,
    SET_ROLE,
    MAY_ENTER,
    SET_PASSWORD,
    SET_ACTIVE,
    SET_VERIFIED,
    IS_EMPTY,
    LOGGED_IN,
];

/// A person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Number.
    pub id: Uuid,
    /// Address, where it is known.
    pub email: Option<Email>,
    /// What the page calls them.
    pub display_name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Since when the address is known to be theirs.
    pub email_verified_at: Option<Time>,
    /// Since when they may not come in.
    pub deactivated_at: Option<Time>,
    /// Since when they are known.
    pub created_at: Time,
    /// When they last logged in.
    pub last_login_at: Option<Time>,
}

/// A person to be added.
#[derive(Debug, Clone)]
pub struct NewUser {
    /// Number.
    pub id: Uuid,
    /// Address.
    pub email: Email,
    /// What the page calls them.
    pub display_name: Option<String>,
    /// What they may do.
    pub role: Role,
    /// Of their password, in PHC form, where they have one.
    pub password_hash: Option<String>,
}

/// Adds a person; false where the address is taken.
///
/// # Errors
/// The database's.
pub async fn insert(tx: &Tx, user: &NewUser, now: Time) -> Result<bool, StoreError> {
    let (email, role, now) = (user.email.as_str(), user.role.as_str(), At(now));
    let added = tx
        .execute(
            INSERT,
            &[
                (&user.id, Type::UUID),
                (&email, Type::TEXT),
                (&user.display_name, Type::TEXT),
                (&role, Type::TEXT),
                (&user.password_hash, Type::TEXT),
                (&now, Type::TIMESTAMPTZ),
            ],
        )
        .await?;
    if added == 0 {
        return Ok(false);
    }
    let identity =
        &[(&user.id as _, Type::UUID), (&email as _, Type::TEXT), (&now as _, Type::TIMESTAMPTZ)];
    tx.execute(IDENTITY, identity).await?;
    Ok(true)
}

/// Everybody, those who came first first.
///
/// # Errors
/// The database's.
pub async fn list(db: &Db) -> Result<Vec<User>, StoreError> {
    db.query("auth.users", LIST, &[]).await?.iter().map(user).collect()
}

/// The person of that number.
///
/// # Errors
/// The database's.
pub async fn by_id(tx: &Tx, id: Uuid) -> Result<Option<User>, StoreError> {
    tx.query_opt(BY_ID, &[(&id, Type::UUID)]).await?.as_ref().map(user).transpose()
}

/// The person of that number, unless they may not come in.
///
/// # Errors
/// The database's.
pub async fn active(db: &Db, id: Uuid) -> Result<Option<User>, StoreError> {
    let rows = db.query("auth.active_user", ACTIVE, &[(&id, Type::UUID)]).await?;
    rows.first().map(user).transpose()
}

/// Holds off others who change what this person owns until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, id: Uuid) -> Result<(), StoreError> {
    tx.query_opt(HOLD, &[(&id, Type::UUID)]).await.map(drop)
}

/// The person of that address and the hash of their password, where they have one.
///
/// # Errors
/// The database's.
pub async fn by_email(
    tx: &Tx,
    email: &Email,
) -> Result<Option<(User, Option<String>)>, StoreError> {
    let row = tx.query_opt(BY_EMAIL, &[(&email.as_str(), Type::TEXT)]).await?;
    row.as_ref().map(user_and_hash).transpose()
}

/// Whether somebody but `id` may manage people. Holds off others who ask until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn another_admin(tx: &Tx, id: Uuid) -> Result<bool, StoreError> {
    let admins = tx.query(OTHER_ADMINS, &[]).await?;
    Ok(admins.iter().any(|row| row.get::<_, Uuid>(0) != id))
}

/// Gives a person another role.
///
/// # Errors
/// The database's.
pub async fn set_role(tx: &Tx, id: Uuid, role: Role, now: Time) -> Result<(), StoreError> {
    let params = [
        (&id as _, Type::UUID),
        (&role.as_str() as _, Type::TEXT),
        (&At(now) as _, Type::TIMESTAMPTZ),
    ];
    tx.execute(SET_ROLE, &params).await.map(drop)
}

/// Whether a person may come in, and has this password still where one was shown, which stays so until the transaction
/// ends.
///
/// # Errors
/// The database's.
pub async fn may_enter(tx: &Tx, id: Uuid, hash: Option<&str>) -> Result<bool, StoreError> {
    Ok(tx.query_opt(MAY_ENTER, &[(&id, Type::UUID), (&hash, Type::TEXT)]).await?.is_some())
}

/// Gives a person another password. Their logins that wait for a second factor are over.
///
/// # Errors
/// The database's.
pub async fn set_password(tx: &Tx, id: Uuid, hash: &str, now: Time) -> Result<(), StoreError> {
    let params =
        [(&id as _, Type::UUID), (&hash as _, Type::TEXT), (&At(now) as _, Type::TIMESTAMPTZ)];
    tx.execute(SET_PASSWORD, &params).await.map(drop)
}

/// Lets a person in, or no longer.
///
/// # Errors
/// The database's.
pub async fn set_active(tx: &Tx, id: Uuid, active: bool, now: Time) -> Result<(), StoreError> {
    let params =
        [(&id as _, Type::UUID), (&active as _, Type::BOOL), (&At(now) as _, Type::TIMESTAMPTZ)];
    tx.execute(SET_ACTIVE, &params).await.map(drop)
}

/// Notes that a person's address is known to be theirs.
///
/// # Errors
/// The database's.
pub async fn set_verified(tx: &Tx, id: Uuid, now: Time) -> Result<(), StoreError> {
    tx.execute(SET_VERIFIED, &[(&id, Type::UUID), (&At(now), Type::TIMESTAMPTZ)]).await.map(drop)
}

/// Whether there is nobody yet.
///
/// # Errors
/// The database's.
pub async fn is_empty(tx: &Tx) -> Result<bool, StoreError> {
    let row = tx.query_opt(IS_EMPTY, &[]).await?;
    row.map_or(Ok(false), |row| Ok(row.try_get("is_empty")?))
}

/// Notes that a person logged in.
///
/// # Errors
/// The database's.
pub async fn logged_in(tx: &Tx, id: Uuid, now: Time) -> Result<(), StoreError> {
    tx.execute(LOGGED_IN, &[(&id, Type::UUID), (&At(now), Type::TIMESTAMPTZ)]).await.map(drop)
}

/// The person of a row and the hash of their password.
pub(super) fn user_and_hash(row: &Row) -> Result<(User, Option<String>), StoreError> {
    Ok((user(row)?, row.try_get("password_hash")?))
}

/// The person of a row.
pub(super) fn user(row: &Row) -> Result<User, StoreError> {
    let email: Option<&str> = row.try_get("email")?;
    let unexpected = |what: &str| StoreError::Unexpected(format!("{what:?} in auth.users"));
    let role: &str = row.try_get("role")?;
    Ok(User {
        id: row.try_get("id")?,
        email: email.map(|text| text.parse().map_err(|_| unexpected(text))).transpose()?,
        display_name: row.try_get("display_name")?,
        role: Role::parse(role).ok_or_else(|| unexpected(role))?,
        email_verified_at: maybe_time(row, "email_verified_at")?,
        deactivated_at: maybe_time(row, "deactivated_at")?,
        created_at: time(row, "created_at")?,
        last_login_at: maybe_time(row, "last_login_at")?,
    })
}
