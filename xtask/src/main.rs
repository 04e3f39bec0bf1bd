//! Developer commands that need no running server: `cargo xtask <command>`.
//!
//! Each is one module with one `run`; what a command prints is meant to be read in a terminal and
//! in CI alike, so a finding is always `path:line: what`.

mod tidy;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};

/// Checks and chores for people who work on Chandlery.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check what the compiler and clippy do not: lengths, layers, areas, leftovers
    ///
    /// Prints one line per finding, `path:line: what`, and ends with status 1 if there is any.
    #[command(after_long_help = tidy::RULES)]
    Tidy {
        /// The workspace to check
        #[arg(long, value_name = "DIR", default_value_os_t = workspace_root())]
        root: PathBuf,
    },
}

fn main() -> Result<ExitCode> {
    match Cli::parse().command {
        Command::Tidy { root } => {
            let findings =
                tidy::run(&root).with_context(|| format!("checking {}", root.display()))?;
            for finding in &findings {
                println!("{finding}");
            }
            if findings.is_empty() {
                println!("tidy: nothing found");
                return Ok(ExitCode::SUCCESS);
            }
            eprintln!("tidy: {} to mend; the rules: cargo xtask tidy --help", findings.len());
            Ok(ExitCode::FAILURE)
        }
    }
}

/// The folder above this crate, as it was when it was compiled.
fn workspace_root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.parent().map_or_else(|| here.clone(), PathBuf::from)
}
