//! The record of what was done. Rows are added with what they tell of, in its transaction.

use std::net::IpAddr;
use std::str::FromStr;

use domain::Time;
use jiff::tz::TimeZone;
use postgres_types::Type;
use serde_json::Value;
use tokio_postgres::Row;
use uuid::Uuid;

use crate::market::row::{At, time};
use crate::{Db, StoreError, Tx};

const INSERT: &str = "
INSERT INTO auth.audit_log (at, user_id, session_id, action, outcome, resource, ip, user_agent, before, after)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const PARTITION: &str = "SELECT to_regclass('auth.' || $1) IS NOT NULL";
/// "audt": partitions are made by one process at a time.
const LOCK: &str = "SELECT pg_advisory_xact_lock(1635083380)";
const MAKE_MONTH: &str = "SELECT auth.make_audit_month(($1::text)::date)";
const PAGE: &str = "
SELECT * FROM auth.audit_log
WHERE ($1::uuid IS NULL OR user_id = $1) AND ($2::text IS NULL OR action = $2) AND at >= $3 AND at < $4
  AND (at, id) < ($5, $6) AND ($7::text IS NULL OR resource = $7) AND ($8::text IS NULL OR ip <<= $8::inet)
ORDER BY at DESC, id DESC LIMIT $9";
// Names are audit_log_YYYYMM; what has another is nobody's month.
const OLD_MONTHS: &str = "
SELECT partition, begins, ends, pg_total_relation_size(oid) AS bytes FROM (
    SELECT relname::text AS partition, c.oid, begins, begins + interval '1 month' AS ends
    FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid,
         LATERAL (SELECT to_timestamp(substr(relname, 11), 'YYYYMM') AS begins) AS month
    WHERE inhparent = 'auth.audit_log'::regclass AND relname ~ '^audit_log_[0-9]{6}$'
) months WHERE ends <= $1 ORDER BY begins";
const MONTH_ROWS: &str = "SELECT count(*) FROM auth.audit_log WHERE at >= $1 AND at < $2";

const REFUSED: &str = "
SELECT at FROM auth.audit_log
WHERE action = $1 AND resource = $2 AND at >= $3 AND outcome = 'refused' ORDER BY at DESC OFFSET $4 LIMIT 1";

const REFUSALS: &str = "
SELECT count(*) FROM auth.audit_log WHERE action = $1 AND resource = $2 AND at >= $3 AND outcome = 'refused'";

pub(super) const STATEMENTS: &[&str] =
    &[INSERT, PARTITION, MAKE_MONTH, LOCK, PAGE, OLD_MONTHS, MONTH_ROWS, REFUSED, REFUSALS];

/// Something that was done, or tried.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When.
    pub at: Time,
    /// By whom, where that is known.
    pub user_id: Option<Uuid>,
    /// In which session.
    pub session_id: Option<Uuid>,
    /// What: `user.login`, `session.end`, …
    pub action: String,
    /// Whether it was done; it was refused otherwise.
    pub done: bool,
    /// To what: a person's number, for example.
    pub resource: Option<String>,
    /// From where.
    pub ip: Option<IpAddr>,
    /// With what.
    pub user_agent: Option<String>,
    /// What was, without secrets.
    pub before: Option<Value>,
    /// What is, without secrets.
    pub after: Option<Value>,
}

/// Which entries to read, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditQuery {
    /// Of this person only.
    pub user_id: Option<Uuid>,
    /// Of this action only.
    pub action: Option<String>,
    /// To this only: a person's number, an address, …
    pub resource: Option<String>,
    /// From this address, or this network, only.
    pub network: Option<Network>,
    /// From this time on.
    pub from: Time,
    /// Before this time.
    pub to: Time,
    /// Those before this entry: its time and number.
    pub before: (Time, i64),
    /// Most entries.
    pub limit: i64,
}

impl Default for AuditQuery {
    /// The newest hundred.
    fn default() -> Self {
        Self {
            user_id: None,
            action: None,
            resource: None,
            network: None,
            from: Time::MIN,
            to: Time::MAX,
            before: (Time::MAX, i64::MAX),
            limit: 100,
        }
    }
}

/// An address or a network: `192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network(String);

impl FromStr for Network {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (address, bits) = text.split_once('/').unzip();
        let address: Option<IpAddr> = address.unwrap_or(text).parse().ok();
        let most = address.map_or(0, |ip| if ip.is_ipv4() { 32 } else { 128 });
        let sound = bits.is_none_or(|bits| bits.parse().is_ok_and(|bits: u8| bits <= most));
        match address.is_some() && sound {
            true => Ok(Self(text.to_owned())),
            false => Err("neither an address nor a network such as 192.0.2.0/24"),
        }
    }
}

/// Adds an entry.
///
/// # Errors
/// The database's.
pub async fn write(tx: &Tx, entry: &Entry) -> Result<(), StoreError> {
    partition(tx, entry.at).await?;
    let outcome = if entry.done { "ok" } else { "refused" };
    tx.execute(
        INSERT,
        &[
            (&At(entry.at), Type::TIMESTAMPTZ),
            (&entry.user_id, Type::UUID),
            (&entry.session_id, Type::UUID),
            (&entry.action, Type::TEXT),
            (&outcome, Type::TEXT),
            (&entry.resource, Type::TEXT),
            (&entry.ip, Type::INET),
            (&entry.user_agent, Type::TEXT),
            (&entry.before, Type::JSONB),
            (&entry.after, Type::JSONB),
        ],
    )
    .await
    .map(drop)
}

/// A page of entries with their numbers.
///
/// # Errors
/// The database's.
pub async fn page(db: &Db, query: &AuditQuery) -> Result<Vec<(i64, Entry)>, StoreError> {
    let (from, to, before) = (At(query.from), At(query.to), At(query.before.0));
    let network = query.network.as_ref().map(|network| &network.0);
    let rows = db
        .query(
            "auth.audit",
            PAGE,
            &[
                (&query.user_id, Type::UUID),
                (&query.action, Type::TEXT),
                (&from, Type::TIMESTAMPTZ),
                (&to, Type::TIMESTAMPTZ),
                (&before, Type::TIMESTAMPTZ),
                (&query.before.1, Type::INT8),
                (&query.resource, Type::TEXT),
                (&network, Type::TEXT),
                (&query.limit, Type::INT8),
            ],
        )
        .await?;
    rows.iter().map(|row| Ok((row.try_get("id")?, entry(row)?))).collect()
}

/// Since `from` the action was refused for this resource `times` times or more: when, the
/// `times`th time back from now.
///
/// # Errors
/// The database's.
pub async fn refused(
    db: &Db,
    action: &str,
    resource: &str,
    from: Time,
    times: i64,
) -> Result<Option<Time>, StoreError> {
    let params = [
        (&action as _, Type::TEXT),
        (&resource as _, Type::TEXT),
        (&At(from) as _, Type::TIMESTAMPTZ),
        (&(times - 1) as _, Type::INT8),
    ];
    let rows = db.query("auth.refused", REFUSED, &params).await?;
    rows.first().map(|row| time(row, "at")).transpose()
}

/// How often the action was refused for this resource since `from`.
///
/// # Errors
/// The database's.
pub async fn refusals(
    db: &Db,
    action: &str,
    resource: &str,
    from: Time,
) -> Result<i64, StoreError> {
    let params = [
        (&action as _, Type::TEXT),
        (&resource as _, Type::TEXT),
        (&At(from) as _, Type::TIMESTAMPTZ),
    ];
    let rows = db.query("auth.refusals", REFUSALS, &params).await?;
    Ok(rows.first().map_or(Ok(0), |row| row.try_get(0))?)
}

/// A month of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldMonth {
    /// Its beginning.
    pub from: Time,
    /// Its end.
    pub to: Time,
    /// How many entries.
    pub rows: u64,
    /// How large it is with its indexes.
    pub bytes: u64,
    partition: String,
}

/// Months that end before a time.
///
/// # Errors
/// The database's.
pub async fn old_months(db: &Db, before: Time) -> Result<Vec<OldMonth>, StoreError> {
    let params = [(&At(before) as _, Type::TIMESTAMPTZ)];
    let rows = db.query("auth.old_audit_months", OLD_MONTHS, &params).await?;
    let mut months = Vec::with_capacity(rows.len());
    for row in rows {
        let (from, to) = (time(&row, "begins")?, time(&row, "ends")?);
        let range = [(&At(from) as _, Type::TIMESTAMPTZ), (&At(to) as _, Type::TIMESTAMPTZ)];
        let count = db.query("auth.audit_month", MONTH_ROWS, &range).await?;
        let rows = count.first().map_or(Ok(0), |row| row.try_get::<_, i64>(0))?;
        months.push(OldMonth {
            from,
            to,
            rows: rows.unsigned_abs(),
            bytes: row.try_get::<_, i64>("bytes")?.unsigned_abs(),
            partition: row.try_get("partition")?,
        });
    }
    Ok(months)
}

/// Deletes a month.
///
/// # Errors
/// The database's.
pub async fn drop_month(tx: &Tx, month: &OldMonth) -> Result<(), StoreError> {
    tx.query(LOCK, &[]).await?;
    tx.batch(&format!("DROP TABLE IF EXISTS auth.{}", month.partition)).await
}

/// Makes the month's partition where it is missing.
async fn partition(tx: &Tx, at: Time) -> Result<(), StoreError> {
    let first = at.timestamp().to_zoned(TimeZone::UTC).date().first_of_month();
    let name = format!("audit_log_{:04}{:02}", first.year(), first.month());
    let is_there = async || -> Result<bool, StoreError> {
        let row = tx.query_opt(PARTITION, &[(&name, Type::TEXT)]).await?;
        Ok(row.is_some_and(|row| row.get(0)))
    };
    if is_there().await? {
        return Ok(());
    }
    tx.query(LOCK, &[]).await?;
    if is_there().await? {
        return Ok(());
    }
    tx.query(MAKE_MONTH, &[(&first.to_string(), Type::TEXT)]).await.map(drop)
}

fn entry(row: &Row) -> Result<Entry, StoreError> {
    Ok(Entry {
        at: time(row, "at")?,
        user_id: row.try_get("user_id")?,
        session_id: row.try_get("session_id")?,
        action: row.try_get("action")?,
        done: row.try_get::<_, &str>("outcome")? == "ok",
        resource: row.try_get("resource")?,
        ip: row.try_get("ip")?,
        user_agent: row.try_get("user_agent")?,
        before: row.try_get("before")?,
        after: row.try_get("after")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_are_addresses_with_at_most_as_many_bits() {
        for text in ["192.0.2.7", "192.0.2.0/24", "2001:db8::/32", "::1", "0.0.0.0/0", "::/128"] {
            assert!(text.parse::<Network>().is_ok(), "{text}");
        }
        for text in ["", "/", "1.2.3.4/", "1.2.3.4/33", "::/129", "x", "1.2.3.4/-1", "1.2.3/8"] {
            assert!(text.parse::<Network>().is_err(), "{text}");
        }
    }
}
