//! `chandlery ledger export`: lists of the ledger, row by row into a file.

use std::fs::{self, File};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use adapters::ledger::table::{Scales, TableWriter};
use adapters::market::files::{OutFormat, WriteError};
use anyhow::{Context as _, Result};
use api::{List, Rows};
use clap::ValueEnum;
use domain::Time;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::time;
use super::wanted::{Desk, Query, Wanted, add};
use crate::context::{Context, Database};
use crate::exit::{Exit, Status};
use crate::output::grouped;

/// Which rows, and where they go.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to write
    list: What,
    #[command(flatten)]
    wanted: Wanted,
    /// In one of these states only, with commas between: of orders and trades
    #[arg(long)]
    status: Option<String>,
    /// As they were recorded at this time: of orders and trades
    #[arg(long, value_parser = time, value_name = "TIME")]
    as_of: Option<Time>,
    /// In this asset only: of entries
    #[arg(long)]
    asset: Option<String>,
    /// How; without it as the file's name says (.csv .json .arrow .arrows .parquet), else csv
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The file; `-` is standard output
    #[arg(long, short, alias = "out", value_name = "FILE", default_value = "-")]
    output: PathBuf,
}

/// What can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// Orders.
    Orders,
    /// Fills of orders.
    Fills,
    /// Lines of double entry.
    Entries,
    /// Round trips.
    Trades,
}

impl What {
    const fn list(self) -> List {
        match self {
            Self::Orders => List::Orders,
            Self::Fills => List::Fills,
            Self::Entries => List::Entries,
            Self::Trades => List::Trades,
        }
    }
}

/// How rows are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// CSV with a header line.
    Csv,
    /// One JSON array.
    Json,
    /// An Arrow file.
    Arrow,
    /// An Arrow stream.
    ArrowStream,
    /// Parquet.
    Parquet,
}

/// Writes them.
pub(super) async fn run(args: &Args, context: &Context, database: &Database) -> Result<()> {
    let to_stdout = args.output == Path::new("-");
    let format = format(args)?;
    if to_stdout && context.output.json {
        let text = "--json needs --output FILE: standard output holds the data";
        return Err(Status::of(Exit::Usage, text));
    }
    if to_stdout && !matches!(format, Format::Csv | Format::Json) && io::stdout().is_terminal() {
        let text = "that format is binary: name a file with --output, or pipe it on";
        return Err(Status::of(Exit::Usage, text));
    }
    let user = args.wanted.user(context, database).await?;
    let source =
        Source { desk: Desk::of(context, database), list: args.list.list(), user, context };
    let query = query(args);
    if to_stdout {
        let out = Box::new(BufWriter::new(io::stdout()));
        return match source.write(&query, format, out).await {
            // A reader that has seen enough closes the pipe, which is no failure.
            Err(error) if is_closed_pipe(&error) => Ok(()),
            written => written.map(drop),
        };
    }
    let file = &args.output;
    let partial = Partial::beside(file);
    let failed = || format!("{}", partial.0.display());
    let out = BufWriter::new(File::create(&partial.0).with_context(failed)?);
    let rows = source.write(&query, format, Box::new(out)).await?;
    File::open(&partial.0).and_then(|file| file.sync_all()).with_context(failed)?;
    fs::rename(&partial.0, file).with_context(|| file.display().to_string())?;
    let event = json!({ "event": "exported", "file": file, "rows": rows });
    context.output.event(&event, || format!("{}: {} rows", file.display(), grouped(rows)));
    Ok(())
}

fn query(args: &Args) -> Query {
    let mut query = args.wanted.query();
    add(&mut query, "status", args.status.as_ref());
    add(&mut query, "as_of", args.as_of.as_ref());
    add(&mut query, "asset", args.asset.as_ref());
    query.push(("limit", "1000".to_owned()));
    query
}

fn format(args: &Args) -> Result<Format> {
    if let Some(format) = args.format {
        return Ok(format);
    }
    if args.output == Path::new("-") {
        return Ok(Format::Csv);
    }
    match args.output.extension().and_then(|extension| extension.to_str()) {
        Some("csv") => Ok(Format::Csv),
        Some("json") => Ok(Format::Json),
        Some("arrow" | "ipc" | "feather") => Ok(Format::Arrow),
        Some("arrows") => Ok(Format::ArrowStream),
        Some("parquet") => Ok(Format::Parquet),
        _ => {
            let name = args.output.display();
            let text = format!("the name {name} tells no format: say --format csv, for example");
            Err(Status::of(Exit::Usage, text))
        }
    }
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    let closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    match error.downcast_ref() {
        Some(WriteError::Io(error)) => closed(error),
        Some(_) => false,
        None => error.downcast_ref().is_some_and(closed),
    }
}

/// The name under which a file grows; gone with this, unless it has become the file.
struct Partial(PathBuf);

impl Partial {
    fn beside(file: &Path) -> Self {
        let mut name = file.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        Self(file.with_file_name(name))
    }
}

impl Drop for Partial {
    fn drop(&mut self) {
        // It isn't there any more where all went well.
        let _ = fs::remove_file(&self.0);
    }
}

/// Where rows come from.
struct Source<'a> {
    desk: Desk,
    list: List,
    user: Uuid,
    context: &'a Context,
}

impl Source<'_> {
    /// Writes all rows, and gives back how many.
    async fn write(
        &self,
        query: &Query,
        format: Format,
        out: Box<dyn Write + Send>,
    ) -> Result<u64> {
        let mut scales = Scales::none(self.list.columns());
        let format = match format {
            Format::Json => return self.write_json(query, out).await,
            Format::Csv => OutFormat::Csv,
            Format::Arrow => OutFormat::ArrowFile,
            Format::ArrowStream => OutFormat::ArrowStream,
            Format::Parquet => OutFormat::Parquet,
        };
        if format != OutFormat::Csv {
            // How wide decimals are stands at the beginning of the file.
            self.each(query, "looked at", |rows| Ok(scales.widen(self.list.columns(), rows)?))
                .await?;
        }
        let mut writer = TableWriter::new(format, out, self.list.columns(), scales)?;
        let count = self.each(query, "written", |rows| Ok(writer.write(rows)?)).await?;
        writer.finish()?.flush()?;
        Ok(count)
    }

    async fn write_json(&self, query: &Query, mut out: Box<dyn Write + Send>) -> Result<u64> {
        let mut before = "[\n";
        let count = self.each(query, "written", |rows| {
            for row in rows {
                out.write_all(before.as_bytes())?;
                out.write_all(Rows::json(self.list, row).map_err(io::Error::from)?.as_bytes())?;
                before = ",\n";
            }
            Ok(())
        });
        let count = count.await?;
        out.write_all(if count == 0 { b"[]\n" } else { b"\n]\n" })?;
        out.flush()?;
        Ok(count)
    }

    /// Hands all pages on, and says how far it is.
    async fn each(
        &self,
        query: &Query,
        done: &str,
        mut take: impl FnMut(&[Value]) -> Result<()>,
    ) -> Result<u64> {
        let (pace, mut count, mut query) = (self.context.output.pace(), 0, query.clone());
        let first = query.len();
        loop {
            let Rows { rows, next } = self.list.page(self.desk.books(), self.user, &query).await?;
            take(&rows)?;
            count += rows.len() as u64;
            let Some(next) = next else { return Ok(count) };
            if pace.is_due() {
                let event = json!({ "event": "progress", "rows": count, "done": done });
                self.context.output.event(&event, || format!("{} rows {done}", grouped(count)));
            }
            query.truncate(first);
            query.push(("cursor", next));
        }
    }
}
