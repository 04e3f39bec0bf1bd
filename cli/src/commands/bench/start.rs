//! `chandlery bench start`: how long `chandlery up` takes until it answers.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use serde::Serialize;
use serde_json::Value;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use super::{load, median, rounded};
use crate::context::Context;

/// Between two questions whether it answers.
const ASK_EVERY: Duration = Duration::from_millis(5);
/// What has not started or stopped by then is given up.
const LIMIT: Duration = Duration::from_secs(60);

/// Measure how long `chandlery up` takes on this data folder until it answers
///
/// Each round starts the program with its PostgreSQL, waits until /health answers 200, and stops both.
/// The folder must hold data already, and nobody else may use it.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// How often it is measured
    #[arg(long, default_value_t = 5, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100))]
    rounds: u32,
}

#[derive(Debug, Serialize)]
struct Measured {
    starts_seconds: Vec<f64>,
    median_seconds: f64,
    max_seconds: f64,
}

pub(super) async fn run(args: Args, config: Option<&Path>, context: &Context) -> Result<()> {
    let folder = &context.data_dir;
    if context.settings.database.url.is_none() && !folder.join("postgres").is_dir() {
        bail!(
            "there is nothing in {} yet: start `chandlery up` once, or name another --data-dir",
            folder.display()
        );
    }
    let mut starts = Vec::new();
    for _ in 0..args.rounds {
        starts.push(rounded(once(config, context).await?.as_secs_f64()));
    }
    let measured = Measured {
        median_seconds: rounded(median(starts.iter().copied())),
        max_seconds: starts.iter().copied().fold(0.0, f64::max),
        starts_seconds: starts,
    };
    context.output.result(&measured, || {
        let (count, median) = (measured.starts_seconds.len(), measured.median_seconds);
        format!("{count} starts: median {median:.2} s, slowest {:.2} s", measured.max_seconds)
    });
    Ok(())
}

/// One start, from nothing running to the first answer, and the stop.
async fn once(config: Option<&Path>, context: &Context) -> Result<Duration> {
    let program = std::env::current_exe().context("finding this program")?;
    let mut command = Command::new(program);
    command.arg("--data-dir").arg(&context.data_dir);
    if let Some(file) = config {
        command.arg("--config").arg(file);
    }
    command.args(["up", "--listen", "127.0.0.1:0", "--json", "--quiet"]);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true);
    let started = Instant::now();
    let mut child = command.spawn().context("starting `chandlery up`")?;
    let answered = context.unless_stopped(answers(&mut child)).await;
    let elapsed = started.elapsed();
    stop(child).await?;
    answered.map(|()| elapsed)
}

/// Waits for the first good answer.
async fn answers(child: &mut Child) -> Result<()> {
    let out = child.stdout.take().context("`chandlery up` has no output")?;
    let mut line = String::new();
    let read = tokio::time::timeout(LIMIT, BufReader::new(out).read_line(&mut line)).await;
    read.context("`chandlery up` said nothing")??;
    let ready: Value = serde_json::from_str(&line).unwrap_or_default();
    let Some(url) = ready["url"].as_str() else {
        let told = ready["error"]["message"].as_str().unwrap_or("it ended without a word");
        bail!("`chandlery up` did not start: {told}");
    };
    let address = url.trim_start_matches("http://").parse().context("reading its address")?;
    let end = Instant::now() + LIMIT;
    while Instant::now() < end {
        if load::get(address, "/health").await.is_ok_and(|answer| answer.status == 200) {
            return Ok(());
        }
        tokio::time::sleep(ASK_EVERY).await;
    }
    bail!("{url}/health does not answer with 200")
}

/// Asks it to stop and waits until it has, with its PostgreSQL.
async fn stop(mut child: Child) -> Result<()> {
    if child.try_wait()?.is_some() {
        return Ok(());
    }
    if let Some(pid) = child.id().and_then(|id| Pid::from_raw(id as i32)) {
        kill_process(pid, Signal::TERM).context("stopping `chandlery up`")?;
    }
    let ended = tokio::time::timeout(LIMIT, child.wait()).await;
    ended.context("`chandlery up` does not stop")??;
    Ok(())
}
