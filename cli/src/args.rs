//! The command line: global flags and the list of commands. A command's own flags stand with it.

use std::path::PathBuf;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::{
    audit, backfill, bench, bot, completions, config, coverage, doctor, export, import, ingest,
    key, keys, ledger, migrate, openapi, reference, replay, retention, seal, simulate, up, usage,
    user,
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

impl Cli {
    /// What this process was called with.
    ///
    /// # Errors
    /// Whatever is wrong with it; help and version too, as texts to print.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let mut command = unwrapped(Self::command());
        let mut matches = command.try_get_matches_from_mut(std::env::args_os())?;
        Self::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
    }
}

/// Puts the sentences of help texts, which are broken to fit the source, on one line each, so that
/// they are broken to fit the terminal. Indented lines stay as they are.
fn unwrapped(command: clap::Command) -> clap::Command {
    let joined = command.get_long_about().map(|about| {
        let mut text = String::new();
        let mut prose = false;
        for line in about.to_string().lines() {
            let plain = !line.is_empty() && !line.starts_with(' ');
            text.push_str(if text.is_empty() {
                ""
            } else if prose && plain {
                " "
            } else {
                "\n"
            });
            text.push_str(line);
            prose = plain;
        }
        text
    });
    let command = match joined {
        Some(joined) => command.long_about(joined),
        None => command,
    };
    command.mut_subcommands(unwrapped)
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
    Keys(keys::Args),
    Ledger(ledger::Args),
    Key(key::Args),
    Bot(bot::Args),
    Audit(audit::Args),
    Usage(usage::Args),
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
    use super::*;

    #[test]
    fn help_is_broken_where_the_terminal_ends() {
        let mut command = unwrapped(Cli::command());
        let simulate = command.find_subcommand_mut("simulate").unwrap();
        let wide = simulate.clone().term_width(1_000).render_long_help().to_string();
        assert!(wide.contains("Without --import and --synthetic it plays"), "{wide}");
        assert!(wide.contains("\nExamples:\n  chandlery simulate\n  chandlery simulate --import"));
    }

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
