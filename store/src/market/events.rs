//! Notices of what was committed, to every process that listens on the database. They are sent by
//! the committing transaction itself, so nobody hears of what was rolled back.

use postgres_types::Type;

use crate::{StoreError, Tx};

/// The channel.
pub const CHANNEL: &str = "chandlery_market";
/// PostgreSQL refuses 8,000 bytes and more.
pub const MAX_PAYLOAD: usize = 7_900;

const NOTIFY: &str = "SELECT pg_notify('chandlery_market', $1)";
/// What a session runs to hear them.
pub const LISTEN: &str = "LISTEN chandlery_market";

pub(super) const STATEMENTS: &[&str] = &[NOTIFY];

/// Sends a notice when the transaction commits.
///
/// # Errors
/// The database's; a payload over [`MAX_PAYLOAD`] bytes is refused.
pub async fn notify(tx: &Tx, payload: &str) -> Result<(), StoreError> {
    tx.query(NOTIFY, &[(&payload, Type::TEXT)]).await?;
    Ok(())
}
