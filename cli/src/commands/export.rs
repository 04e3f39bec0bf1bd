//! `chandlery export`: candles or ticks out of the database, into a file that others read.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};

use adapters::market::files::{OutFormat, WriteError};
use anyhow::Result;
use app::Clock;
use app::market::export::{ExportError, ExportOptions, Output, Series, export};
use app::market::live::Live;
use app::market::read::{MarketReader, PageRequest};
use clap::ValueEnum;
use domain::Time;
use domain::market::{Interval, Origin, SymbolName, TickKind};
use serde_json::json;

use super::time;
use crate::context::Context;
use crate::exit::{Exit, Status};
use crate::output::grouped;

/// Write candles or ticks to a file
///
/// Prices and quantities are exact decimals in every format but freqtrade-feather, which knows only
/// doubles. Without a format the output's name decides: .csv, .parquet, .arrow (an Arrow file), .arrows (an
/// Arrow stream), .feather (freqtrade's). A file appears under its name only when it is complete.
///
/// Examples:
///   chandlery export --symbol binance:BTCUSDT --interval 1h --output btc.parquet
///   chandlery export --symbol binance:BTCUSDT --kind ticks --from 2024-08-08 --to 2024-08-09 > ticks.csv
///   chandlery export --symbol binance:BTCUSDT --format freqtrade-feather --output BTC_USDT-1m.feather
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Whose data, venue:CODE
    #[arg(long, value_name = "SYMBOL")]
    symbol: SymbolName,
    /// What to write; `ticks` are single trades where there are any, else aggregate ones
    #[arg(long, value_enum, default_value_t = What::Candles)]
    kind: What,
    /// How long the candles last: 1m 5m 15m 30m 1h 4h 1d 1w
    #[arg(long, default_value_t = Interval::M1)]
    interval: Interval,
    /// From this time on: 2024-08-08, 2024-08-08T12:00:00Z or epoch milliseconds
    #[arg(long, value_parser = time, value_name = "TIME")]
    from: Option<Time>,
    /// Before this time
    #[arg(long, value_parser = time, value_name = "TIME")]
    to: Option<Time>,
    /// csv, parquet, arrow (IPC file), arrow-stream or freqtrade-feather (also: feather)
    #[arg(long)]
    format: Option<OutFormat>,
    /// Only candles that came from there: venue, trades, agg_trades, rollup-1m …
    ///
    /// Without it the best there is of each candle: the venue's own before those built here.
    #[arg(long, value_parser = origin)]
    origin: Option<Origin>,
    /// Candles as they were known at this time, before what was corrected or came in later
    #[arg(long, value_parser = time, value_name = "TIME")]
    as_of: Option<Time>,
    /// The file; `-` is standard output
    #[arg(long, short, alias = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    Candles,
    Ticks,
    Trades,
    AggTrades,
}

/// Writes the file.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let format = format(&args)?;
    let to_stdout = args.output == Path::new("-");
    if to_stdout && context.output.json {
        let text = "--json needs --output FILE: standard output holds the data";
        return Err(Status::of(Exit::Usage, text));
    }
    if to_stdout && format != OutFormat::Csv && io::stdout().is_terminal() {
        let text = format!("{format} is binary: name a file with --output, or pipe it on");
        return Err(Status::of(Exit::Usage, text));
    }
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Status::of(Exit::Usage, format!("--from {from} is after --to {to}")));
    }
    if args.as_of.is_some() && args.kind != What::Candles {
        let text = "--as-of is for candles; ticks tell by received_at when they came";
        return Err(Status::of(Exit::Usage, text));
    }
    let series = match args.kind {
        What::Candles => Series::Candles(args.interval, args.origin),
        What::Ticks => Series::Ticks(None),
        What::Trades => Series::Ticks(Some(TickKind::Trade)),
        What::AggTrades => Series::Ticks(Some(TickKind::AggTrade)),
    };
    let options = ExportOptions {
        symbol: args.symbol,
        series,
        range: PageRequest {
            from: args.from,
            to: args.to,
            as_of: args.as_of,
            ..PageRequest::default()
        },
        format,
    };
    let output = if to_stdout { Output::Stdout } else { Output::File(args.output.clone()) };

    let database = context.unless_stopped(context.migrated_database()).await?;
    let reader = MarketReader::with_segments(
        database.db.clone(),
        Live::default(),
        Clock::system(),
        database.segments.clone(),
    );
    let pace = context.output.pace();
    let watch = |rows| {
        if pace.is_due() {
            let event = json!({ "event": "progress", "rows": rows });
            context.output.event(&event, || format!("{} rows", grouped(rows)));
        }
    };
    let result = export(&reader, &options, &output, &watch, &context.stop).await;
    drop(reader);
    database.close().await?;
    let rows = match result {
        // A reader that has seen enough closes the pipe, which is no failure.
        Err(error) if to_stdout && is_closed_pipe(&error) => return Ok(()),
        result => result?,
    };
    if !to_stdout {
        let file = &args.output;
        let event =
            json!({ "event": "exported", "file": file, "format": format.as_str(), "rows": rows });
        context.output.event(&event, || format!("{}: {} rows", file.display(), grouped(rows)));
    }
    Ok(())
}

fn is_closed_pipe(error: &ExportError) -> bool {
    match error {
        ExportError::Write { source: WriteError::Io(error), .. } => {
            error.kind() == io::ErrorKind::BrokenPipe
        }
        _ => false,
    }
}

fn format(args: &Args) -> Result<OutFormat> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    if args.output == Path::new("-") {
        return Ok(OutFormat::Csv);
    }
    match args.output.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => Ok(OutFormat::Csv),
        Some("parquet") => Ok(OutFormat::Parquet),
        Some("arrow" | "ipc") => Ok(OutFormat::ArrowFile),
        Some("feather") => Ok(OutFormat::FreqtradeFeather),
        Some("arrows") => Ok(OutFormat::ArrowStream),
        _ => {
            let name = args.output.display();
            let text = format!("the name {name} tells no format: say --format csv, for example");
            Err(Status::of(Exit::Usage, text))
        }
    }
}

fn origin(text: &str) -> Result<Origin, String> {
    Origin::parse(text).ok_or_else(|| {
        "is no origin; there are venue, trades, agg_trades and rollup-1m to rollup-1d".to_owned()
    })
}
