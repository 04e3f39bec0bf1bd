//! `chandlery reference` (hidden): pages of the documentation from the definitions themselves, every
//! command and flag as docs/cli.md and who may do what as docs/access.md.

use anyhow::Result;
use clap::{Arg, Command, CommandFactory};

use crate::args::Cli;
use crate::config::Accounts;
use crate::exit;

/// Print the page docs/cli.md or docs/access.md
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which page
    #[arg(default_value = "cli")]
    page: Page,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Page {
    Cli,
    Access,
}

/// Prints the page.
pub(crate) fn run(args: &Args) -> Result<()> {
    let text = match args.page {
        Page::Cli => page(),
        Page::Access => api::rules::page(&Accounts::default().anonymous.0),
    };
    super::print(text.as_bytes());
    Ok(())
}

fn page() -> String {
    let mut root = Cli::command();
    root.build();
    let mut text = format!(
        "# Command line\n\n\
         This page is the output of `chandlery reference`; a test keeps it so.\n\n\
         {}\n\n## Every command\n\n{}\n```text\n{}\n```\n",
        root.get_about().map(ToString::to_string).unwrap_or_default(),
        flags(root.get_arguments().filter(|arg| arg.is_global_set())),
        exit::HELP,
    );
    for command in root.get_subcommands() {
        describe(command, "chandlery", &mut text);
    }
    text
}

fn describe(command: &Command, parent: &str, text: &mut String) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = format!("{parent} {}", command.get_name());
    let about = command.get_long_about().or(command.get_about());
    let about = about.map(ToString::to_string).unwrap_or_default();
    let level = "#".repeat(name.split(' ').count());
    *text += &format!("\n{level} {name}\n\n{}\n", examples(&about));
    let own = command.get_arguments().filter(|arg| !arg.is_global_set());
    let flags = flags(own);
    if !flags.is_empty() {
        *text += &format!("\n{flags}");
    }
    for inner in command.get_subcommands() {
        describe(inner, &name, text);
    }
}

/// Indented lines of a help text are commands.
fn examples(about: &str) -> String {
    let mut lines = Vec::new();
    let mut inside = false;
    for line in about.trim_end().lines().chain([""]) {
        let code = line.starts_with("  ");
        if code != inside {
            lines.push(if code { "```sh" } else { "```" });
            inside = code;
        }
        lines.push(line.trim());
    }
    lines
        .join("\n")
        .trim_end()
        .replace("Examples:\n```", "Examples:\n\n```")
        .replace("Example:\n```", "Example:\n\n```")
}

fn flags<'a>(arguments: impl Iterator<Item = &'a Arg>) -> String {
    let mut text = String::new();
    for argument in arguments.filter(|arg| !["help", "version"].contains(&arg.get_id().as_str())) {
        let help = argument.get_long_help().or(argument.get_help());
        let help = help.map(ToString::to_string).unwrap_or_default().replace('\n', " ");
        let default = match argument.get_default_values() {
            [] => String::new(),
            values if !argument.get_action().takes_values() || values.is_empty() => String::new(),
            values => {
                let values: Vec<_> = values.iter().map(|value| value.to_string_lossy()).collect();
                format!(" (default `{}`)", values.join(","))
            }
        };
        let variable =
            argument.get_env().map(|name| format!(" (environment `{}`)", name.display()));
        let variable = variable.unwrap_or_default();
        text += &format!("- `{}` — {help}{default}{variable}\n", argument.to_string().trim());
    }
    text
}
