//! `chandlery ledger`: whether the record of trading is whole.

use anyhow::{Result, bail};
use app::ledger::Report;
use serde_json::json;

use crate::context::Context;
use crate::output::{grouped, table};

/// Prove that the record of trading is whole
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Read every event, and compare the tables with what the events make
    ///
    /// Checks the hash of every event, plays them all, and compares orders, fills, positions, round trips,
    /// postings and balances with what comes of it. It sees one moment and keeps nobody from writing. Ends with
    /// status 1 where something is wrong.
    ///
    /// Examples:
    ///   chandlery ledger verify
    ///   chandlery --json ledger verify
    #[command(verbatim_doc_comment)]
    Verify,
}

/// Does it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let Action::Verify = args.action;
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = context.unless_stopped(verify(context, &database.db)).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn verify(context: &Context, db: &store::Db) -> Result<()> {
    let ledger = context.ledger(db);
    let progress = context.output.counted("verifying", ledger.events().await?);
    let told = |done: u64| progress.at(done, format!("{} events", grouped(done)));
    let report = ledger.verify(told).await?;
    drop(progress);
    context
        .output
        .result(&json!({ "whole": report.wrong == 0, "report": report }), || human(&report));
    if report.wrong > 0 {
        bail!("{} things are wrong with the record", grouped(report.wrong));
    }
    Ok(())
}

fn human(report: &Report) -> String {
    let mut text = format!(
        "{} events make {} orders, {} positions and {} balances",
        grouped(report.events),
        grouped(report.orders),
        grouped(report.positions),
        grouped(report.balances),
    );
    if report.wrong == 0 {
        text.push_str("; every hash is right, and the tables say the same");
        return text;
    }
    let mut rows = table(["table", "row", "what is wrong"]);
    for fault in &report.faults {
        rows.add_row([fault.table.to_owned(), fault.row.clone(), fault.what.clone()]);
    }
    format!("{text}\n{}", rows.trim_fmt())
}
