//! `chandlery ledger`: whether the record of trading is whole, its tables made again, and what it tells.

mod export;
mod performance;
mod wanted;

use std::sync::Arc;

use anyhow::{Result, bail};
use app::ledger::{MOST_ORDERS, Rebuilt, Report};
use serde_json::json;

use crate::context::Context;
use crate::output::{grouped, table};

/// Prove that the record of trading is whole, make its tables again, or read it
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Read every event, and compare the tables with what the events make
    ///
    /// Checks the hash of every event, plays them all, and compares orders, fills, positions with their steps,
    /// round trips, postings and balances with what comes of it. It sees one moment and keeps nobody from writing.
    /// Ends with status 1 where something is wrong.
    ///
    /// Examples:
    ///   chandlery ledger verify
    ///   chandlery --json ledger verify
    #[command(verbatim_doc_comment)]
    Verify,
    /// Make orders, fills, positions, round trips, postings and balances again from the events
    ///
    /// Plays every event, compares all tables with what comes of it, and puts right whatever differs. Others go on
    /// writing; they wait at the end only, for the events that came meanwhile and for what has to be put right. All of
    /// it is one transaction: stop or kill it anywhere, and nothing has changed; then run it again. An event that is
    /// damaged ends it with its position, and nothing is changed either.
    ///
    /// Examples:
    ///   chandlery ledger rebuild
    ///   chandlery --json ledger rebuild
    #[command(verbatim_doc_comment)]
    Rebuild,
    /// Tell how well somebody traded
    ///
    /// Of closed trades, all together or in groups, with the figures of GET /v1/ledger/performance; --json has all of them.
    ///
    /// Examples:
    ///   chandlery ledger performance --user ada@example.com --by symbol
    ///   chandlery ledger performance --user ada@example.com --bot NUMBER --from 2026-01-01 --direction short
    #[command(verbatim_doc_comment)]
    Performance(Box<performance::Args>),
    /// Write orders, fills, entries or trades to a file
    ///
    /// The newest first, with the columns of the list's endpoint. Amounts are exact decimals in every format. Arrow and
    /// Parquet read everything twice, for the file begins with how wide its decimals are. A file appears under its name
    /// only when it is complete.
    ///
    /// Examples:
    ///   chandlery ledger export trades --user ada@example.com --output trades.parquet
    ///   chandlery ledger export entries --user ada@example.com --asset USDT --from 2026-01-01 > entries.csv
    #[command(verbatim_doc_comment)]
    Export(Box<export::Args>),
}

/// Does it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = match args.action {
        Action::Verify => context.unless_stopped(verify(context, &database.db)).await,
        Action::Rebuild => context.unless_stopped(rebuild(context, &database.owner)).await,
        Action::Performance(args) => {
            context.unless_stopped(performance::run(&args, context, &database)).await
        }
        Action::Export(args) => {
            context.unless_stopped(export::run(&args, context, &database)).await
        }
    };
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

async fn rebuild(context: &Context, owner: &store::Db) -> Result<()> {
    let ledger = context.ledger(owner);
    let progress = Arc::new(context.output.counted("rebuilding", ledger.events().await?));
    let shown = Arc::clone(&progress);
    let told = move |done: u64| shown.at(done, format!("{} events", grouped(done)));
    let rebuilt = ledger.rebuild(MOST_ORDERS, told).await?;
    drop(progress);
    context.output.result(&json!({ "rebuilt": rebuilt }), || rebuilt_in_words(&rebuilt));
    Ok(())
}

fn rebuilt_in_words(rebuilt: &Rebuilt) -> String {
    let rate = rebuilt.events * 1000 / rebuilt.replay_ms.max(1);
    let mut text = format!(
        "{} events played in {} ms ({} a second), compared in {} ms; writers waited {} ms",
        grouped(rebuilt.events),
        grouped(rebuilt.replay_ms),
        grouped(rate),
        grouped(rebuilt.compare_ms),
        grouped(rebuilt.held_ms),
    );
    if rebuilt.wrong == 0 {
        text.push_str("\nthe tables said the same");
        return text;
    }
    let mut rows = table(["table", "row", "what was wrong"]);
    for table in &rebuilt.tables {
        for (row, what) in &table.first {
            rows.add_row([format!("ledger.{}", table.table), row.clone(), what.clone()]);
        }
    }
    let wrong = grouped(rebuilt.wrong);
    format!(
        "{text}\n{wrong} rows were wrong and are right now; of each table the first:\n{}",
        rows.trim_fmt()
    )
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
        rows.add_row([fault.table.clone(), fault.row.clone(), fault.what.clone()]);
    }
    format!("{text}\n{}", rows.trim_fmt())
}
