//! Notices of orders that change: the transaction sends them, and every process that listens hears them after the commit.

use postgres_types::Type;
use uuid::Uuid;

use crate::{Param, StoreError, Tx};

/// What a session of the database runs to hear of orders: each notice is the number of whose order it is, and what was
/// told of it.
pub const LISTEN: &str = "LISTEN chandlery_orders";

// What belongs to nobody any more is told to nobody.
const NOTIFY: &str = "
SELECT pg_notify('chandlery_orders', a.user_id || ' ' || told.text)
FROM unnest($1::uuid[], $2::text[]) AS told (account, text)
JOIN trading.venue_accounts a ON a.id = told.account
WHERE a.user_id IS NOT NULL";

pub(super) const STATEMENTS: &[&str] = &[NOTIFY];

/// Tells every process of orders of these accounts once the transaction is committed; each text has at most 7,900 bytes.
///
/// # Errors
/// The database's.
pub async fn tell(tx: &Tx, told: &[(Uuid, String)]) -> Result<(), StoreError> {
    let (accounts, texts): (Vec<Uuid>, Vec<&str>) =
        told.iter().map(|(account, text)| (*account, text.as_str())).unzip();
    let params: [Param<'_>; 2] = [(&accounts, Type::UUID_ARRAY), (&texts, Type::TEXT_ARRAY)];
    tx.query(NOTIFY, &params).await.map(drop)
}
