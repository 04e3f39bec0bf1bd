//! `chandlery retention`: what the settings say about old data, done now, or only shown.

use anyhow::Result;
use app::Clock;
use app::market::retention::{self, Planned, Step};
use serde_json::json;

use super::seal::{interrupted, tell, words};
use crate::context::{Context, Database};

/// Seal, move and delete old data as the settings say
///
/// See [retention] of the settings for the ages; `chandlery up` does this every hour with
/// retention.enabled. Each run is recorded in market.retention_runs.
///
/// Examples:
///   chandlery retention --dry-run
///   chandlery --json retention
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Only show what would be done; change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Does it, or shows it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = work(args, context, &database).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn work(args: Args, context: &Context, database: &Database) -> Result<()> {
    let (db, segments, clock) = (&database.owner, &database.segments, Clock::system());
    let policy = context.settings.retention.policy();
    if args.dry_run {
        let planned = retention::plan(db, segments, &policy, clock.now()).await?;
        let steps: Vec<Step> = planned.into_iter().map(|Planned { step, .. }| step).collect();
        let body = json!({ "dry_run": true, "steps": steps });
        context.output.result(&body, || match steps.is_empty() {
            true => "nothing is to be done".to_owned(),
            false => steps.iter().map(words).collect::<Vec<_>>().join("\n"),
        });
        return Ok(());
    }
    let watch = |step: &Step| {
        let event = json!({ "event": "step", "step": step });
        context.output.event(&event, || words(step));
    };
    let report = retention::run(db, &clock, segments, &policy, &watch, &context.stop).await;
    tell(context, &report.map_err(interrupted)?)
}
