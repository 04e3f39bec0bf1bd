//! `chandlery backfill`: the past of symbols, taken from their venue.

use anyhow::{Result, anyhow};
use app::Clock;
use app::market::backfill::{BackfillReport, BackfillRequest, BackfillStep, backfill};
use domain::Time;
use domain::market::{Interval, SymbolName};
use serde_json::{Value, json};

use super::time;
use crate::context::{Context, Database};
use crate::exit::{Exit, Status};
use crate::output::{Progress, grouped};
use crate::venues;

/// Fetch the past of symbols from their venue
///
/// Only what is not there yet is asked for, page by page, within the venue's request limits. Each page is
/// committed by itself: after Ctrl-C, or a crash, the same command goes on where it was. In the end the
/// candles are rolled up and compared with the venue's own of a longer interval.
///
/// Example:
///   chandlery backfill --symbol binance:BTCUSDT --symbol binance:ETHUSDT --interval 1m --from 2017-08-17
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Whose candles, venue:CODE; may be given several times
    #[arg(long = "symbol", required = true, value_name = "SYMBOL")]
    symbols: Vec<SymbolName>,
    /// How long the candles last: 1m 5m 15m 30m 1h 4h 1d 1w
    #[arg(long, default_value = "1m")]
    interval: Interval,
    /// From this time on: 2017-08-17, 2017-08-17T12:00:00Z or epoch milliseconds
    #[arg(long, value_parser = time, value_name = "TIME")]
    from: Time,
    /// Before this time [default: now]
    #[arg(long, value_parser = time, value_name = "TIME")]
    to: Option<Time>,
}

/// Fetches one symbol after the other.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = fetch(args, context, &database).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn fetch(args: Args, context: &Context, database: &Database) -> Result<()> {
    let clock = Clock::system();
    let venues = venues::connect(&context.settings, &clock)?;
    let mut differing = 0;
    for symbol in args.symbols {
        let source = venues.get(symbol.venue()).ok_or_else(|| {
            let known: Vec<&str> = venues.iter().map(|v| v.venue().code.as_str()).collect();
            anyhow!(
                "{symbol}: there is no source for {}; there are {}",
                symbol.venue(),
                known.join(", ")
            )
        })?;
        let (interval, from, to) = (args.interval, args.from, args.to);
        let request = BackfillRequest { symbol, interval, from, to };
        let bar = context.output.counted(&request.symbol.to_string(), 0);
        let pace = context.output.pace();
        let watch = |step: BackfillStep| tell(context, &request, &bar, step, || pace.is_due());
        let report = backfill(
            &database.db,
            &database.segments,
            &clock,
            source,
            &request,
            &watch,
            &context.stop,
        )
        .await?;
        drop(bar);
        context.output.event(&summary(&request, &report), || words(&request, &report));
        differing += report.check.map_or(0, |check| check.differing);
    }
    if differing > 0 {
        let why = format!("{differing} rolled-up candles differ from the venue's own");
        return Err(Status::told(Exit::Failed, why));
    }
    Ok(())
}

fn tell(
    context: &Context,
    request: &BackfillRequest,
    bar: &Progress,
    step: BackfillStep,
    due: impl FnOnce() -> bool,
) {
    let words = format!("{} new candles, at {}", grouped(step.written), step.at);
    bar.of(step.done.unsigned_abs(), step.total.unsigned_abs(), words);
    if context.output.json && due() {
        let event = json!({ "event": "progress", "symbol": request.symbol.to_string(),
            "interval": request.interval.as_str(), "done": step.done, "total": step.total,
            "written": step.written, "at": step.at.to_string() });
        context.output.event(&event, String::new);
    }
}

fn summary(request: &BackfillRequest, report: &BackfillReport) -> Value {
    let check = report.check.as_ref().map(|check| {
        json!({ "interval": check.interval.as_str(), "compared": check.compared,
            "differing": check.differing,
            "examples": check.examples.iter().map(ToString::to_string).collect::<Vec<_>>() })
    });
    json!({ "event": "backfilled", "symbol": request.symbol.to_string(),
        "interval": request.interval.as_str(), "from": report.range.from.to_string(),
        "to": report.range.to.to_string(), "total": report.total, "already": report.already,
        "written": report.written, "absent": report.absent, "check": check })
}

fn words(request: &BackfillRequest, report: &BackfillReport) -> String {
    let count = |number: i64| grouped(number.unsigned_abs());
    let mut words = format!(
        "{} {}: {} candles of {} to {}: {} were there, {} are new, {} the venue does not have",
        request.symbol,
        request.interval,
        count(report.total),
        report.range.from,
        report.range.to,
        count(report.already),
        grouped(report.written),
        count(report.absent),
    );
    if let Some(check) = &report.check {
        words.push_str(&format!(
            "; of {} candles of {} rolled up, {} differ from the venue's own",
            grouped(check.compared),
            check.interval,
            grouped(check.differing),
        ));
        for time in &check.examples {
            words.push_str(&format!("\n  {time}"));
        }
    }
    words
}
