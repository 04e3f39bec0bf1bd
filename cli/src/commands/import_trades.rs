//! `chandlery import trades`: what other programs that trade keep of it, into the ledger.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use app::auth::Actor;
use app::ledger::import::{ImportReport, Outcome, TradeReport, prepare, read};
use domain::auth::Email;

use crate::context::{Context, Database};
use crate::exit::{Exit, Status};
use crate::output::{Output, grouped, table};

/// So many rows that differ or are not taken are shown; the JSON has all.
const SHOWN: usize = 20;

/// Take in the trades of freqtrade: a bot's database, or the results of back-tests
///
/// Takes databases of every schema since 2021 (.sqlite) and result files (.json, .zip), also with gzip. Orders, fills,
/// fees and funding go the way of everybody's orders; what is in the ledger already changes nothing, and an import that
/// was interrupted goes on when it is run again.
///
/// Ends with a report that accounts for every row and compares every profit with the file's. It is kept; GET
/// /v1/ledger/imports shows it. Exit status 3 where a row of trading is not taken, or a difference has no known cause.
///
/// Examples:
///   chandlery import trades --user ada@example.com --account binance --bot ichi --create tradesv3.sqlite
///   chandlery import trades --user ada@example.com --account binance --bot ichi --dry-run tradesv3.sqlite
///   chandlery --json import trades --user ada@example.com --account NUMBER --bot NUMBER backtest-result.zip
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Whose account it is
    #[arg(long, value_name = "EMAIL")]
    user: Email,
    /// The venue account, by its number or name
    #[arg(long, value_name = "ACCOUNT")]
    account: String,
    /// The bot on it, by its number or name
    #[arg(long, value_name = "BOT")]
    bot: String,
    /// Make account, bot and strategies where they aren't there
    #[arg(long, conflicts_with = "dry_run")]
    create: bool,
    /// The venue of an account that is made, where the file doesn't say it
    #[arg(long, value_name = "VENUE", default_value = "binance")]
    venue: String,
    /// Write nothing; tell what would become of each row
    #[arg(long)]
    dry_run: bool,
    /// The files, one after the other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

/// Takes in one file after the other.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = files(args, context, &database).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn files(args: Args, context: &Context, database: &Database) -> Result<()> {
    let accounts = context.accounts(&database.db);
    let trading = context.trading(&database.db, accounts.clone());
    let ledger = context.ledger(&database.db);
    let user = accounts.by_email(&args.user).await?.id;
    let mut wrong = Vec::new();
    for path in &args.files {
        let file = read(path).await?;
        let create = args.create.then_some(args.venue.as_str());
        let wanted = (args.account.as_str(), args.bot.as_str());
        let target = prepare(&trading, &Actor::default(), user, &file, wanted, create).await?;
        let name = name(path);
        let progress = context.output.counted(&name, file.trades.len() as u64);
        let watch = |done: usize, _: usize| {
            progress.at(done as u64, format!("{} trades", grouped(done as u64)));
        };
        let report = ledger.import(&name, &file, &target, args.dry_run, watch, &context.stop).await;
        drop(progress);
        let report = report.with_context(|| path.display().to_string())?;
        if !report.reconciled {
            wrong.push(name);
        }
        tell(context.output, &report);
    }
    match wrong.as_slice() {
        [] => Ok(()),
        files => Err(Status::told(Exit::BadData, format!("not reconciled: {}", files.join(", ")))),
    }
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

fn tell(output: Output, report: &ImportReport) {
    if output.json {
        output.event(report, String::new);
    } else {
        output.say(human(report).trim_end());
    }
}

fn human(report: &ImportReport) -> String {
    let tried = if report.dry_run { " (tried only)" } else { "" };
    let known = if report.is_known() { "; nothing of it is new" } else { "" };
    let mut text = format!("{}: {}{tried}{known}\n", report.file, report.source);
    let mut tables = table(["table", "rows", "imported", "known", "differs", "skipped"]);
    for (name, counts) in &report.tables {
        let number = |count: u64| grouped(count);
        tables.add_row([
            name.clone(),
            number(counts.rows),
            number(counts.imported),
            number(counts.known),
            number(counts.differs),
            number(counts.skipped),
        ]);
    }
    text += &format!("{}\n", tables.trim_fmt());
    for (name, counts) in report.tables.iter().filter(|(_, counts)| counts.rows > 0) {
        if let Some(reason) = counts.reason {
            text += &format!("{name}: {reason}\n");
        }
    }
    for (asset, total) in &report.totals {
        text += &format!(
            "{} closed trades in {asset}: profit {} here, {} in the file, difference {}; {} open\n",
            grouped(total.closed),
            total.profit_here,
            total.profit_told,
            total.difference,
            grouped(total.open)
        );
    }
    let lines: Vec<String> = report
        .trades
        .iter()
        .filter(|trade| trade.outcome == Outcome::Differs)
        .map(line)
        .chain(report.rows.iter().filter_map(|row| {
            let told = matches!(row.outcome, Outcome::Skipped | Outcome::Differs);
            let reason = row.reason.as_deref().filter(|_| told)?;
            Some(format!("{} row {}: {reason}", row.table, row.row))
        }))
        .collect();
    for line in lines.iter().take(SHOWN) {
        text += &format!("{line}\n");
    }
    if lines.len() > SHOWN {
        text += &format!("and {} more; --json has all\n", grouped((lines.len() - SHOWN) as u64));
    }
    text += if report.reconciled {
        "reconciled: every row is accounted for, and every difference has a cause"
    } else {
        "not reconciled"
    };
    text
}

fn line(trade: &TradeReport) -> String {
    let mut text = format!("trade {} {}:", trade.row, trade.pair);
    if let Some(figures) = &trade.figures {
        if let Some(told) = figures.profit_told {
            text += &format!(" profit {} here, {told} in the file;", figures.profit_here);
        }
        for cause in &figures.causes {
            let why = cause.cause.unwrap_or("no known cause");
            text += &format!(
                " {} {} here, {} in the file ({why});",
                cause.part, cause.here, cause.told
            );
        }
    }
    for note in &trade.notes {
        text += &format!(" {note};");
    }
    text.trim_end_matches(';').to_owned()
}
