//! The program: reads the command line and the settings, starts log and runtime, and hands over to
//! one command. All wiring of the layers below happens in `commands`.

mod args;
mod commands;
mod config;
mod context;
mod exit;
mod open_files;
mod output;
mod segments;
mod signals;
mod telemetry;
mod trading;
mod venues;

use std::process::ExitCode;

use anyhow::{Context as _, Result};

use args::{Cli, Command};
use config::Inputs;
use context::Context;
use exit::Exit;
use output::Output;
use telemetry::Verbosity;

fn main() -> ExitCode {
    // The supervisor must fork from the main thread of a process without a runtime, so it goes first.
    let mut arguments = std::env::args_os().skip(1);
    if arguments.next().is_some_and(|first| first == store::ops::cluster::SUPERVISE_COMMAND) {
        return store::ops::cluster::supervise(arguments);
    }
    let cli = match Cli::read() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let output = Output { json: cli.global.json, quiet: cli.global.quiet };
    match run(cli, output) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => output.error(&error).into(),
    }
}

/// Help and version go to standard output with status 0; a wrong command line has status 2.
fn misused(error: &clap::Error) -> ExitCode {
    let json = std::env::args_os().any(|argument| argument == "--json");
    if json && error.use_stderr() {
        let text = error.render().to_string();
        let text = text.trim_end().trim_start_matches("error: ").to_owned();
        return Output { json, quiet: false }.error(&exit::Status::of(Exit::Usage, text)).into();
    }
    // Where nobody reads any more, nothing is left to be told.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage.into() } else { ExitCode::SUCCESS }
}

fn run(cli: Cli, output: Output) -> Result<()> {
    match &cli.command {
        Command::Completions(args) => return commands::completions::run(args),
        Command::Openapi(args) => return commands::openapi::run(args),
        Command::Reference(args) => return commands::reference::run(args),
        _ => {}
    }
    let environment = config::environment();
    let colours = !environment.iter().any(|(name, value)| name == "NO_COLOR" && !value.is_empty());
    let is_aws = |(name, _): &&(String, String)| name.starts_with("AWS_");
    let aws = environment.iter().filter(is_aws).cloned().collect();
    let loaded = config::load(&Inputs {
        file: cli.global.config.clone(),
        environment,
        flags: cli.command.overrides(),
    });
    if let Command::Config(args) = &cli.command {
        return commands::config::run(args, loaded, output);
    }
    let loaded = loaded?;
    let verbosity = Verbosity {
        more: cli.global.verbose,
        quiet: cli.global.quiet,
        short_command: cli.command.is_short(),
    };
    telemetry::start_log(&loaded, verbosity, colours)?;
    // A second provider can't be installed; there is only this one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("starting the runtime")?.block_on(async {
        let stop = signals::listen().context("listening for signals")?;
        let context = Context {
            output,
            settings: loaded.settings,
            data_dir: cli.global.data_dir.clone(),
            aws,
            stop,
        };
        dispatch(cli, context).await
    })
}

async fn dispatch(cli: Cli, context: Context) -> Result<()> {
    match cli.command {
        Command::Up(args) => commands::up::run(args, &context).await,
        Command::Ingest(args) => commands::ingest::run(args, &context).await,
        Command::Backfill(args) => commands::backfill::run(args, &context).await,
        Command::Coverage(args) => commands::coverage::run(args, &context).await,
        Command::Import(args) => commands::import::run(args, &context).await,
        Command::Export(args) => commands::export::run(args, &context).await,
        Command::Replay(args) => commands::replay::run(args, &context).await,
        Command::Simulate(args) => commands::simulate::run(args, &context).await,
        Command::Seal(args) => commands::seal::run(args, &context).await,
        Command::Unseal(args) => commands::seal::run_unseal(args, &context).await,
        Command::Retention(args) => commands::retention::run(args, &context).await,
        Command::User(args) => commands::user::run(args, &context).await,
        Command::Keys(args) => commands::keys::run(args, &context).await,
        Command::Ledger(args) => commands::ledger::run(args, &context).await,
        Command::Key(args) => commands::key::run(args, &context).await,
        Command::Bot(args) => commands::bot::run(args, &context).await,
        Command::Audit(args) => commands::audit::run(args, &context).await,
        Command::Usage(args) => commands::usage::run(args, &context).await,
        Command::Migrate(args) => commands::migrate::run(args, &context).await,
        Command::Doctor(args) => commands::doctor::run(args, &context).await,
        Command::Bench(args) => {
            commands::bench::run(args, cli.global.config.as_deref(), &context).await
        }
        // These were done before there was a runtime.
        Command::Config(_)
        | Command::Openapi(_)
        | Command::Completions(_)
        | Command::Reference(_) => Ok(()),
    }
}
