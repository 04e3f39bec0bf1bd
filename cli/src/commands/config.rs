//! `chandlery config`: is the configuration right, what is in force, and what could be set.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;

use crate::config::{Loaded, Problems, reference};
use crate::output::Output;

/// Check, show or explain the settings
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Report every mistake in file and environment at once; exit status 2 if there is any
    Check,
    /// Print the values in force and where each came from; passwords are masked
    Show,
    /// Print a settings file with every key, its meaning and its default
    ///
    /// Example:
    ///   chandlery config reference > chandlery.toml
    #[command(verbatim_doc_comment)]
    Reference {
        /// As the documentation page docs/configuration.md
        #[arg(long)]
        markdown: bool,
    },
}

/// Prints what was asked. The reference needs no valid configuration.
pub(crate) fn run(args: &Args, loaded: Result<Loaded, Problems>, output: Output) -> Result<()> {
    match args.action {
        Action::Check => {
            loaded?;
            output.result(&json!({ "ok": true }), || "ok".to_owned());
        }
        Action::Show => {
            let loaded = loaded?;
            output.result(&reference::effective_json(&loaded), || reference::effective(&loaded));
        }
        Action::Reference { markdown } => {
            let text = if markdown { reference::markdown() } else { reference::toml() };
            output.result(&json!({ "reference": text }), || text.clone());
        }
    }
    Ok(())
}
