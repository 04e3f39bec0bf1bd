//! `chandlery coverage`: what of a series is there, what is missing, and repairing it.

use std::collections::BTreeMap;
use std::sync::Arc;

use anyhow::{Result, anyhow};
use app::Clock;
use app::market::coverage::{self, CoverageReport, CoverageRequest};
use app::market::live::Live;
use app::market::repair::{Repair, RepairOptions};
use domain::market::{CoverageStatus, Interval, SymbolName, TimeRange};
use domain::{Decimal, Time};
use serde_json::{Value, json};
use store::market::{gaps, symbols};

use super::time;
use crate::context::{Context, Database};
use crate::exit::{Exit, Status};
use crate::output::{grouped, table};
use crate::venues;

/// Gaps of one symbol that are listed.
const MOST_GAPS: i64 = 1_000;

/// Tell what of the candles is there, what is missing and what was repaired
///
/// A candle is traded (stored as it came), empty (nothing was traded: the venue or the trade ids say so),
/// venue_down, missing, or repaired. Without --symbol all symbols are told.
///
/// Examples:
///   chandlery coverage
///   chandlery coverage --symbol binance:BTCUSDT --from 2024-08-01 --ranges
///   chandlery coverage --symbol binance:BTCUSDT --repair --min 1
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Which symbol, venue:CODE
    #[arg(long, value_name = "SYMBOL")]
    symbol: Option<SymbolName>,
    /// Candles of which interval [default: the shortest held]
    #[arg(long)]
    interval: Option<Interval>,
    /// From this time on [default: the first candle held]
    #[arg(long, value_parser = time, value_name = "TIME")]
    from: Option<Time>,
    /// Before this time [default: the end of the last candle held]
    #[arg(long, value_parser = time, value_name = "TIME")]
    to: Option<Time>,
    /// List every range, not only the missing ones
    #[arg(long)]
    ranges: bool,
    /// List the gaps that were found, open and repaired
    #[arg(long)]
    gaps: bool,
    /// Fetch what is missing from the venue first
    #[arg(long)]
    repair: bool,
    /// End with status 1 where less than this share (0 to 1) is there
    #[arg(long, value_name = "SHARE")]
    min: Option<Decimal>,
}

/// Tells the coverage of one symbol or of all.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = context.unless_stopped(tell(args, context, &database)).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn tell(args: Args, context: &Context, database: &Database) -> Result<()> {
    let (db, clock) = (&database.db, Clock::system());
    let all = symbols::list(db).await?;
    let wanted =
        |symbol: &symbols::Symbol| args.symbol.as_ref().is_none_or(|name| *name == symbol.name);
    let chosen: Vec<symbols::Symbol> = all.into_iter().filter(wanted).collect();
    if let (Some(name), true) = (&args.symbol, chosen.is_empty()) {
        return Err(anyhow!("there is no symbol {name}"));
    }
    let (mut results, mut text, mut lacking) = (Vec::new(), Vec::new(), Vec::new());
    for symbol in chosen {
        let finest = coverage::finest(db, symbol.id).await?;
        let Some(interval) = args.interval.or(finest) else { continue };
        if args.repair {
            repair(context, database, &clock, &symbol, interval).await?;
        }
        let (from, to) = (args.from, args.to);
        let request = CoverageRequest { symbol: symbol.name.clone(), interval, from, to };
        let report = coverage::report(db, &database.segments, &clock, &request).await?;
        let within = report.range.unwrap_or(TimeRange { from: Time::MIN, to: Time::MAX });
        let found = match args.gaps {
            true => gaps::list(db, &[symbol.id], false, within, MOST_GAPS).await?,
            false => Vec::new(),
        };
        results.push(value(&report, &found, args.ranges));
        let mut told = words(&report, &found, args.ranges);
        if args.gaps && found.is_empty() {
            told.push_str("\n  no gap was found");
        }
        text.push(told);
        if args.min.is_some_and(|min| report.ratio() < min) {
            lacking.push(report.symbol.to_string());
        }
    }
    context.output.result(&json!({ "symbols": results }), || match text.is_empty() {
        true => "no candles are held".to_owned(),
        false => text.join("\n"),
    });
    if lacking.is_empty() {
        return Ok(());
    }
    Err(Status::told(Exit::Failed, format!("too much is missing of {}", lacking.join(", "))))
}

/// Finds what is missing and fetches it until nothing can be done at once any more.
async fn repair(
    context: &Context,
    database: &Database,
    clock: &Clock,
    symbol: &symbols::Symbol,
    interval: Interval,
) -> Result<()> {
    let venues = venues::connect(&context.settings, clock)?;
    let Some(source) = venues.get(symbol.name.venue()) else {
        context.output.note(&format!("{}: there is no source for its venue", symbol.name));
        return Ok(());
    };
    let db = &database.db;
    coverage::find_gaps(db, &database.segments, clock, symbol, interval, None).await?;
    coverage::find_seams(db, clock, symbol, &source.venue().intervals, None).await?;
    let repair = Repair {
        db: db.clone(),
        clock: clock.clone(),
        live: Live::default(),
        source: Arc::clone(source),
        options: RepairOptions { max_trades: context.settings.ingest.max_repair_trades },
    };
    let known = BTreeMap::from([(symbol.id, Arc::new(symbol.clone()))]);
    while repair.step(&known, &context.stop).await? {}
    symbols::refresh_summaries(db).await?;
    Ok(())
}

fn value(report: &CoverageReport, found: &[gaps::Gap], ranges: bool) -> Value {
    let counts: serde_json::Map<String, Value> =
        report.counts().into_iter().map(|(status, n)| (status.to_string(), n.into())).collect();
    let listed =
        report.ranges.iter().filter(|range| ranges || range.status == CoverageStatus::Missing).map(
            |range| {
                json!({ "from": range.range.from.to_string(), "to": range.range.to.to_string(),
                "status": range.status.as_str(), "source": range.source, "candles": range.candles })
            },
        );
    let found = found.iter().map(|gap| {
        json!({ "series": gap.series, "from": gap.range.from.to_string(), "to": gap.range.to.to_string(),
            "ids": gap.ids, "reason": gap.reason, "found_at": gap.found_at.to_string(),
            "last_error": gap.last_error,
            "repaired_at": gap.repaired_at.map(|at| at.to_string()),
            "repaired_from": gap.repaired_from, "repaired_rows": gap.repaired_rows })
    });
    json!({ "symbol": report.symbol.to_string(), "interval": report.interval.as_str(),
        "from": report.range.map(|range| range.from.to_string()),
        "to": report.range.map(|range| range.to.to_string()),
        "ratio": report.ratio().to_string(),
        "complete": report.counts()[&CoverageStatus::Missing] == 0,
        "expected": report.expected(), "counts": counts,
        "ranges": listed.collect::<Vec<_>>(), "gaps": found.collect::<Vec<_>>() })
}

fn words(report: &CoverageReport, found: &[gaps::Gap], ranges: bool) -> String {
    let Some(range) = report.range else {
        return format!("{} {}: no candles are held", report.symbol, report.interval);
    };
    let percent = (report.ratio() * Decimal::ONE_HUNDRED).normalize();
    let counts: Vec<String> = report
        .counts()
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(status, count)| format!("{} {status}", grouped(count.unsigned_abs())))
        .collect();
    let mut words = format!(
        "{} {}: {percent} % of {} to {}: {}",
        report.symbol,
        report.interval,
        range.from,
        range.to,
        counts.join(", ")
    );
    let mut lines = table(["  from", "to", "status", "candles", "source"]);
    let listed = report.ranges.iter().filter(|r| ranges || r.status == CoverageStatus::Missing);
    for range in listed {
        let source = range.source.clone().unwrap_or_default();
        lines.add_row([
            format!("  {}", range.range.from),
            range.range.to.to_string(),
            range.status.to_string(),
            grouped(range.candles.unsigned_abs()),
            source,
        ]);
    }
    if !lines.is_empty() {
        words.push_str(&format!("\n{}", lines.trim_fmt()));
    }
    for gap in found {
        let state = match (&gap.repaired_at, &gap.repaired_from, &gap.last_error) {
            (Some(at), Some(from), _) => {
                let rows = gap.repaired_rows.unwrap_or_default().unsigned_abs();
                format!("repaired {at} from {from}, {} rows", grouped(rows))
            }
            (_, _, Some(error)) => format!("open: {error}"),
            _ => "open".to_owned(),
        };
        words.push_str(&format!(
            "\n  gap of {} from {} to {} ({}), found {}: {state}",
            gap.series, gap.range.from, gap.range.to, gap.reason, gap.found_at
        ));
    }
    words
}
