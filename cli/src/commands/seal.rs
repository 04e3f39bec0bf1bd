//! `chandlery seal` and `chandlery unseal`: old rows out into segments and back, by hand.

use anyhow::{Result, anyhow};
use app::Clock;
use app::market::retention::{Report, Step, execute, plan_seal};
use app::market::segments::unseal::{together, unseal};
use app::market::segments::{SegmentError, about};
use domain::Time;
use domain::market::{SymbolName, TimeRange};
use serde_json::json;
use store::market::{segments as catalogue, symbols};

use super::time;
use crate::context::{Context, Database};
use crate::exit::{Exit, Status};
use crate::output::grouped;

/// Seal old rows into columnar files
///
/// Days of ticks and months of candles that are over become files (see [segments] of the settings), each
/// read back and compared before its rows are deleted. They are read like all others, and come back by
/// themselves where something is written among them. The newest day of a series stays in the database, and
/// so does what has an open gap. Whatever is sealed when it is interrupted stays sealed.
///
/// Examples:
///   chandlery seal --symbol binance:BTCUSDT --before 2024-01-01
///   chandlery seal --all
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
#[group(id = "sealed", required = true, multiple = false, args = ["symbol", "all"])]
pub(crate) struct Args {
    /// Whose rows, venue:CODE
    #[arg(long, value_name = "SYMBOL")]
    symbol: Option<SymbolName>,
    /// The rows of every symbol
    #[arg(long)]
    all: bool,
    /// Only what ended before this time [default: now]
    #[arg(long, value_parser = time, value_name = "TIME")]
    before: Option<Time>,
}

/// Bring sealed rows back into the database
///
/// Examples:
///   chandlery unseal --symbol binance:BTCUSDT --from 2024-01-01 --to 2024-03-01
///   chandlery unseal --all
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
#[group(id = "unsealed", required = true, multiple = false, args = ["symbol", "all"])]
pub(crate) struct UnsealArgs {
    /// Whose rows, venue:CODE
    #[arg(long, value_name = "SYMBOL")]
    symbol: Option<SymbolName>,
    /// The rows of every symbol
    #[arg(long)]
    all: bool,
    /// Only files with rows from this time on
    #[arg(long, value_parser = time, value_name = "TIME")]
    from: Option<Time>,
    /// Only files with rows before this time
    #[arg(long, value_parser = time, value_name = "TIME")]
    to: Option<Time>,
}

/// Seals.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = seal(args, context, &database).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn seal(args: Args, context: &Context, database: &Database) -> Result<()> {
    let (db, clock) = (&database.db, Clock::system());
    let symbol_id = symbol_id(database, args.symbol.as_ref()).await?;
    let now = clock.now();
    let before = args.before.unwrap_or(now).min(now);
    let planned = plan_seal(db, symbol_id, before).await?;
    let total = planned.len();
    let done = std::sync::atomic::AtomicUsize::new(0);
    let watch = |step: &Step| {
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        let event = json!({ "event": "sealed", "done": done, "of": total, "step": step });
        context.output.event(&event, || format!("{done} of {total}: {}", words(step)));
    };
    let report = execute(db, &clock, &database.segments, planned, &watch, &context.stop).await;
    tell(context, &report.map_err(interrupted)?)
}

/// What was done, and an error where something failed.
pub(crate) fn tell(context: &Context, report: &Report) -> Result<()> {
    let sum = |of: fn(&Step) -> u64| -> u64 {
        report.steps.iter().filter(|step| step.kept_because.is_none()).map(of).sum()
    };
    let (rows, bytes) = (sum(|step| step.rows), sum(|step| step.bytes));
    let kept = report.steps.iter().filter(|step| step.kept_because.is_some()).count();
    let event = json!({ "event": "done", "rows": rows, "bytes": bytes, "kept": kept,
        "failed": report.failed, "swept": report.swept });
    context.output.event(&event, || {
        format!("{} rows, {} bytes; {kept} parts kept back", grouped(rows), grouped(bytes))
    });
    match report.failed.as_slice() {
        [] => Ok(()),
        [first, ..] => {
            let count = report.failed.len();
            Err(anyhow!("{count} steps failed; the first: {}: {}", first.step, first.error))
        }
    }
}

/// A step in words.
pub(crate) fn words(step: &Step) -> String {
    let (rows, bytes) = (grouped(step.rows), grouped(step.bytes));
    let origins = step.origins.join("+");
    match step.kept_because {
        Some(why) => format!("not: {step} ({rows} rows, {origins}): {why}"),
        None => format!("{step} ({rows} rows, {bytes} bytes, {origins})"),
    }
}

/// Brings back.
pub(crate) async fn run_unseal(args: UnsealArgs, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = back(args, context, &database).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn back(args: UnsealArgs, context: &Context, database: &Database) -> Result<()> {
    let (from, to) = (args.from.unwrap_or(Time::MIN), args.to.unwrap_or(Time::MAX));
    let Some(range) = TimeRange::new(from, to) else {
        return Err(Status::of(Exit::Usage, format!("--from {from} is not before --to {to}")));
    };
    let symbol_id = symbol_id(database, args.symbol.as_ref()).await?;
    let mut sealed = catalogue::all(&database.db, symbol_id).await?;
    sealed.retain(|segment| segment.range.intersection(range).is_some());
    sealed.sort_by_key(together);
    let (total, mut done, mut rows) = (sealed.len(), 0, 0);
    for group in sealed.chunk_by(|one, other| together(one) == together(other)) {
        if context.stop.is_cancelled() {
            return Err(Status::of(Exit::Interrupted, "interrupted; the others are still sealed"));
        }
        unseal(&database.db, &database.segments, group).await?;
        done += group.len();
        rows += group.iter().map(|segment| segment.row_count.unsigned_abs()).sum::<u64>();
        let what = about(&group[0]);
        let event = json!({ "event": "unsealed", "done": done, "of": total, "what": what });
        context.output.event(&event, || format!("{done} of {total}: {what}"));
    }
    let event = json!({ "event": "done", "segments": total, "rows": rows });
    context.output.event(&event, || format!("{} rows are back", grouped(rows)));
    Ok(())
}

async fn symbol_id(database: &Database, name: Option<&SymbolName>) -> Result<Option<i32>> {
    let Some(name) = name else { return Ok(None) };
    let symbol = symbols::get(&database.db, name).await?;
    symbol.map(|symbol| Some(symbol.id)).ok_or_else(|| anyhow!("there is no symbol {name}"))
}

/// An interruption as the program tells it.
pub(crate) fn interrupted(error: SegmentError) -> anyhow::Error {
    match error {
        SegmentError::Interrupted => Status::of(Exit::Interrupted, error.to_string()),
        error => error.into(),
    }
}
