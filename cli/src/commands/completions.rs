//! `chandlery completions`: what a shell needs to complete our command line.

use anyhow::Result;
use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;

/// Print a completion script for a shell
///
/// Examples:
///   chandlery completions bash > /etc/bash_completion.d/chandlery
///   chandlery completions zsh > ~/.zfunc/_chandlery
///   chandlery completions fish > ~/.config/fish/completions/chandlery.fish
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    /// The shell
    shell: Shell,
}

/// Prints the script.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "chandlery", &mut script);
    super::print(&script);
    Ok(())
}
