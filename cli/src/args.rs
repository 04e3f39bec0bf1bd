//! The command line: global flags and the list of commands. A command's own flags stand with it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::commands::{
    backfill, bench, completions, config, coverage, doctor, export, import, ingest, migrate,
    openapi, reference, replay, retention, seal, simulate, up, user,
};
use crate::exit;

/// The data platform under a trading operation: every tick and candle once, exact, and fast to read.
#[derive(Debug, Parser)]
#[command(name = "chandlery", version, after_long_help = exit::HELP, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Where the data lives: the own PostgreSQL and its logs
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        env = "CHANDLERY_DATA_DIR",
        default_value = "./chandlery-data",
        hide_env_values = true
    )]
    pub(crate) data_dir: PathBuf,
    /// Settings file [default: chandlery.toml here, if there is one]
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "CHANDLERY_CONFIG",
        hide_env_values = true
    )]
    pub(crate) config: Option<PathBuf>,
    /// Results as JSON on standard output
    #[arg(long, global = true)]
    pub(crate) json: bool,
    /// Log more; -vv logs everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Log errors only, show no progress
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
}

/// Everything the program can do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Up(up::Args),
    Ingest(ingest::Args),
    Backfill(backfill::Args),
    Coverage(coverage::Args),
    Import(import::Args),
    Export(export::Args),
    Replay(replay::Args),
    Simulate(simulate::Args),
    Seal(seal::Args),
    Unseal(seal::UnsealArgs),
    Retention(retention::Args),
    User(user::Args),
    Migrate(migrate::Args),
    Doctor(doctor::Args),
    Config(config::Args),
    Bench(bench::Args),
    Openapi(openapi::Args),
    Completions(completions::Args),
    #[command(hide = true)]
    Reference(reference::Args),
}

impl Command {
    /// Flags that override a setting: key, flag, value.
    pub(crate) fn overrides(&self) -> Vec<(&'static str, &'static str, String)> {
        match self {
            Self::Replay(replay::Args { speed: Some(speed), .. }) => {
                vec![("replay.speed", "--speed", speed.to_string())]
            }
            Self::Up(up::Args { listen: Some(address), .. }) => {
                vec![("http.listen", "--listen", address.to_string())]
            }
            _ => Vec::new(),
        }
    }

    /// Whether it ends by itself, so that its log should not drown its result.
    pub(crate) fn is_short(&self) -> bool {
        match self {
            Self::Up(_) | Self::Simulate(_) => false,
            Self::Bench(args) => !args.serves(),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_contradicts_itself_nowhere() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_and_flag_explains_itself() {
        fn walk(command: &clap::Command) {
            assert!(command.get_about().is_some(), "{} has no help", command.get_name());
            for argument in command.get_arguments() {
                let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.is_empty(), "{} {}", command.get_name(), argument.get_id());
            }
            command.get_subcommands().for_each(walk);
        }
        walk(&Cli::command());
    }
}
