//! `chandlery replay`: stored ticks as if they came now.

use anyhow::Result;
use app::Clock;
use app::market::replay::{ReplayOptions, ReplayStep, replay, replay_name};
use domain::Time;
use domain::market::SymbolName;
use serde_json::json;

use super::time;
use crate::context::{Context, Database};
use crate::exit::{Exit, Status};
use crate::output::grouped;

/// Feed stored ticks as live ones, under a name of their own (replay-binance:BTCUSDT)
///
/// A `chandlery up` on the same data shows them as they come, marked as a replay. Without --loop it ends
/// with the recording; Ctrl-C ends it at any time.
///
/// Example:
///   chandlery replay --symbol binance:BTCUSDT --speed 10 --loop
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// Whose ticks, venue:CODE
    #[arg(long, value_name = "SYMBOL")]
    symbol: SymbolName,
    /// How many times faster than they happened [default: replay.speed of the settings, 1]
    #[arg(long, value_name = "FACTOR")]
    pub(crate) speed: Option<f64>,
    /// From this time of the recording on: 2024-08-08, 2024-08-08T12:00:00Z or epoch milliseconds
    #[arg(long, value_parser = time, value_name = "TIME")]
    from: Option<Time>,
    /// Before this time of the recording
    #[arg(long, value_parser = time, value_name = "TIME")]
    to: Option<Time>,
    /// Begin again at the end
    #[arg(long = "loop")]
    looped: bool,
}

/// Plays until the end or until it is asked to stop.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let result = play(args, context, &database).await;
    let closed = database.close().await;
    result.and(closed)
}

async fn play(args: Args, context: &Context, database: &Database) -> Result<()> {
    let name = replay_name(&args.symbol)?;
    let options = ReplayOptions {
        symbol: args.symbol,
        speed: context.settings.replay.speed,
        from: args.from,
        to: args.to,
        looped: args.looped,
        segments: database.segments.clone(),
    };
    let output = context.output;
    output.note(&format!("playing {} as {name} at speed {}", options.symbol, options.speed));
    let pace = output.pace();
    let watch = |step: ReplayStep| {
        if pace.is_due() {
            let event = json!({ "event": "progress", "symbol": name.to_string(),
                "ticks": step.ticks, "rounds": step.rounds, "at": step.at.to_string() });
            output.event(&event, || {
                format!("{name}: {} ticks, at {} of the recording", grouped(step.ticks), step.at)
            });
        }
    };
    let step = replay(&database.db, &Clock::system(), &options, &watch, &context.stop).await?;
    let event = json!({ "event": "played", "symbol": name.to_string(), "ticks": step.ticks,
        "rounds": step.rounds });
    output.event(&event, || format!("{name}: {} ticks played", grouped(step.ticks)));
    if context.stop.is_cancelled() {
        return Err(Status::told(Exit::Interrupted, "interrupted"));
    }
    Ok(())
}
