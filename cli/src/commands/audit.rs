//! `chandlery audit`: the record of what was done, searched.

use anyhow::Result;
use app::auth::{Accounts, record_as_csv};
use domain::Time;
use domain::auth::Email;
use serde_json::{Value, json};
use store::auth::audit::{AuditQuery, Entry, Network};

use crate::context::Context;

/// Entries that are read at a time.
const PAGE: i64 = 1_000;

/// Show who did what, when and from where, newest first
///
/// Every login, refused ones too, and every change is in the record. Nothing in it is ever changed; whole months
/// are deleted when retention.audit_total says so.
///
/// Examples:
///   chandlery audit --user ada@example.com --from 2026-01-01
///   chandlery audit --action user.login --ip 192.0.2.0/24 --limit 1000
///   chandlery audit --csv > record.csv
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// By this person only
    #[arg(long, value_name = "EMAIL")]
    user: Option<Email>,
    /// Of this action only, such as user.login
    #[arg(long)]
    action: Option<String>,
    /// About this only: a person's number, an address, …
    #[arg(long)]
    resource: Option<String>,
    /// From this address or network only
    #[arg(long, value_name = "IP")]
    ip: Option<Network>,
    /// From this time on: a date, RFC 3339 or epoch milliseconds
    #[arg(long, value_parser = super::time)]
    from: Option<Time>,
    /// Before this time
    #[arg(long, value_parser = super::time)]
    to: Option<Time>,
    /// Most entries
    #[arg(long, default_value_t = 100)]
    limit: u32,
    /// As CSV
    #[arg(long)]
    csv: bool,
}

/// Searches, and prints what is found.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let accounts = context.accounts(&database.db);
    let result = context.unless_stopped(search(args, context, &accounts)).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn search(args: Args, context: &Context, accounts: &Accounts) -> Result<()> {
    let Args { user, action, resource, ip, from, to, limit, csv } = args;
    let user_id = match user {
        Some(email) => Some(accounts.by_email(&email).await?.id),
        None => None,
    };
    let mut query = AuditQuery {
        user_id,
        action,
        resource,
        network: ip,
        from: from.unwrap_or(Time::MIN),
        to: to.unwrap_or(Time::MAX),
        ..AuditQuery::default()
    };
    let mut entries = Vec::new();
    let mut left = i64::from(limit);
    while left > 0 {
        query.limit = left.min(PAGE);
        let page = accounts.audit(&query).await?;
        let Some((id, last)) = page.last() else { break };
        query.before = (last.at, *id);
        left -= page.len() as i64;
        entries.extend(page.into_iter().map(|(_, entry)| entry));
    }
    if csv {
        super::print(&record_as_csv(&entries)?);
        return Ok(());
    }
    let body: Vec<Value> = entries.iter().map(body).collect();
    context.output.result(&json!({ "entries": body }), || match entries.is_empty() {
        true => "nothing is recorded that fits".to_owned(),
        false => entries.iter().map(|entry| line(entry) + "\n").collect(),
    });
    Ok(())
}

fn body(entry: &Entry) -> Value {
    json!({
        "at": entry.at.to_string(), "user_id": entry.user_id, "session_id": entry.session_id,
        "action": entry.action, "outcome": if entry.done { "ok" } else { "refused" },
        "resource": entry.resource, "ip": entry.ip, "user_agent": entry.user_agent,
        "before": entry.before, "after": entry.after,
    })
}

fn line(entry: &Entry) -> String {
    let refused = if entry.done { "" } else { " refused" };
    let about = entry.resource.as_ref().map(|text| format!(" {text}")).unwrap_or_default();
    let by = entry.user_id.map(|id| format!(" by {id}")).unwrap_or_default();
    let from = entry.ip.map(|ip| format!(" from {ip}")).unwrap_or_default();
    format!("{} {}{refused}{about}{by}{from}", entry.at, entry.action)
}
