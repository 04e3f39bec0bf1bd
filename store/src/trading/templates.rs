//! Templates of strategies. Everybody reads the public ones.

use domain::Time;
use postgres_types::Type;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use super::{counted, held, owned, written};
use crate::market::row::{At, time};
use crate::{Db, Param, StoreError, Tx};

const LIST: &str = "
SELECT * FROM trading.strategy_templates WHERE (created_by = $1 OR is_public) AND ($2::uuid IS NULL OR id > $2)
ORDER BY id LIMIT $3";
const FIND: &str =
    "SELECT * FROM trading.strategy_templates WHERE (created_by = $1 OR is_public) AND id = $2";
const HOLD: &str =
    "SELECT * FROM trading.strategy_templates WHERE created_by = $1 AND id = $2 FOR NO KEY UPDATE";
const COUNT: &str = "SELECT count(*) FROM trading.strategy_templates WHERE created_by = $1";
const WRITE: &str = "
INSERT INTO trading.strategy_templates
    (id, created_by, name, description, template_data, is_public, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (id) DO UPDATE SET
    name = EXCLUDED.name, description = EXCLUDED.description, template_data = EXCLUDED.template_data,
    is_public = EXCLUDED.is_public, updated_at = EXCLUDED.updated_at
RETURNING *";
const DELETE: &str = "DELETE FROM trading.strategy_templates WHERE created_by = $1 AND id = $2";

pub(super) const STATEMENTS: &[&str] = &[LIST, FIND, HOLD, COUNT, WRITE, DELETE];

/// A template.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// Number.
    pub id: Uuid,
    /// Who made it; nobody, where they are gone.
    pub created_by: Option<Uuid>,
    /// What it is called.
    pub name: String,
    /// What it is about.
    pub description: Option<String>,
    /// What a strategy's first version is made of.
    pub template_data: Value,
    /// Whether everybody reads it.
    pub is_public: bool,
    /// When it was made.
    pub created_at: Time,
    /// When it was last changed.
    pub updated_at: Time,
}

/// Templates that a person may read, the oldest first, after that number.
///
/// # Errors
/// The database's.
pub async fn list(
    db: &Db,
    user_id: Uuid,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<Template>, StoreError> {
    let params: [Param<'_>; 3] =
        [(&user_id, Type::UUID), (&after, Type::UUID), (&limit, Type::INT8)];
    db.query("trading.templates", LIST, &params).await?.iter().map(template).collect()
}

/// The template of that number, where the person may read it.
///
/// # Errors
/// The database's.
pub async fn read(db: &Db, user_id: Uuid, id: Uuid) -> Result<Option<Template>, StoreError> {
    owned(db, "trading.template", FIND, (user_id, id), template).await
}

/// The same within a transaction.
///
/// # Errors
/// The database's.
pub async fn find(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Template>, StoreError> {
    held(tx, FIND, (user_id, id), template).await
}

/// A person's own template, which nobody else changes until the transaction ends.
///
/// # Errors
/// The database's.
pub async fn hold(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<Option<Template>, StoreError> {
    held(tx, HOLD, (user_id, id), template).await
}

/// How many a person made.
///
/// # Errors
/// The database's.
pub async fn count(tx: &Tx, user_id: Uuid) -> Result<i64, StoreError> {
    counted(tx, COUNT, user_id).await
}

/// Adds a template, or changes the one of that number, which is the person's own.
///
/// # Errors
/// The database's.
pub async fn write(tx: &Tx, new: &Template) -> Result<Template, StoreError> {
    let params: [Param<'_>; 8] = [
        (&new.id, Type::UUID),
        (&new.created_by, Type::UUID),
        (&new.name, Type::TEXT),
        (&new.description, Type::TEXT),
        (&new.template_data, Type::JSONB),
        (&new.is_public, Type::BOOL),
        (&At(new.created_at), Type::TIMESTAMPTZ),
        (&At(new.updated_at), Type::TIMESTAMPTZ),
    ];
    written(tx, WRITE, &params, template).await
}

/// Deletes a person's own template; false where there is none.
///
/// # Errors
/// The database's.
pub async fn delete(tx: &Tx, user_id: Uuid, id: Uuid) -> Result<bool, StoreError> {
    Ok(tx.execute(DELETE, &[(&user_id, Type::UUID), (&id, Type::UUID)]).await? == 1)
}

fn template(row: &Row) -> Result<Template, StoreError> {
    Ok(Template {
        id: row.try_get("id")?,
        created_by: row.try_get("created_by")?,
        name: row.try_get("name")?,
        description: row.try_get("description")?,
        template_data: row.try_get("template_data")?,
        is_public: row.try_get("is_public")?,
        created_at: time(row, "created_at")?,
        updated_at: time(row, "updated_at")?,
    })
}
