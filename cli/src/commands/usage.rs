//! `chandlery usage`: who asks for what, and how often.

use anyhow::Result;
use app::Clock;
use domain::Time;
use domain::auth::Email;
use serde_json::{Value, json};
use store::auth::usage;

use crate::context::Context;
use crate::output;

const DAY_MICROS: i64 = 86_400_000_000;

/// Show how many requests were answered, by hour, caller and endpoint
///
/// The newest hour comes first, and in it what was asked most. Requests of the last seconds may be missing.
///
/// Examples:
///   chandlery usage --from 2026-01-01
///   chandlery usage --user ada@example.com --limit 20
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Of this person only
    #[arg(long, value_name = "EMAIL")]
    user: Option<Email>,
    /// From this hour on: a date, RFC 3339 or epoch milliseconds [default: a day ago]
    #[arg(long, value_parser = super::time)]
    from: Option<Time>,
    /// Before this hour
    #[arg(long, value_parser = super::time)]
    to: Option<Time>,
    /// Most lines
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

/// Reads and prints.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = context.unless_stopped(show(args, context, &database.db)).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn show(args: Args, context: &Context, db: &store::Db) -> Result<()> {
    let user = match &args.user {
        Some(email) => Some(context.accounts(db).by_email(email).await?.id),
        None => None,
    };
    let from = args.from.unwrap_or_else(|| Clock::system().now().plus_micros(-DAY_MICROS));
    let to = args.to.unwrap_or(Time::MAX);
    let counts = usage::list(db, from, to, user, i64::from(args.limit)).await?;
    let body: Vec<Value> = counts
        .iter()
        .map(|count| {
            json!({
                "hour": count.hour.to_string(), "user_id": count.user_id, "key_id": count.key_id,
                "method": count.method, "path": count.path, "requests": count.requests,
            })
        })
        .collect();
    context.output.result(&json!({ "counts": body }), || {
        let mut table = output::table(["hour", "user", "key", "endpoint", "requests"]);
        for count in &counts {
            table.add_row([
                count.hour.to_string(),
                count.user_id.map(|id| id.to_string()).unwrap_or_default(),
                count.key_id.map(|id| id.to_string()).unwrap_or_default(),
                format!("{} {}", count.method, count.path),
                count.requests.to_string(),
            ]);
        }
        table.trim_fmt()
    });
    Ok(())
}
