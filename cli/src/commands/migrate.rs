//! `chandlery migrate`: the schema, forward and back.

use anyhow::Result;
use clap::Subcommand;
use serde_json::json;
use store::migrate::{self, MigrationState};

use crate::context::Context;
use crate::output;

/// Show or change the version of the database schema
///
/// `up`, `import` and the other commands apply missing migrations by themselves; several processes that
/// start at once wait for one another. Going down deletes the tables that a migration made.
///
/// Examples:
///   chandlery migrate status
///   chandlery migrate up
///   chandlery migrate down --to 3
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List every migration and when it was applied
    Status,
    /// Apply what is missing
    Up {
        /// Stop after this number
        #[arg(long, value_name = "N")]
        to: Option<i32>,
    },
    /// Take back every migration above a number, with the data in its tables
    Down {
        /// The last migration that stays; 0 takes back all
        #[arg(long, value_name = "N")]
        to: i32,
    },
}

/// Does it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    context
        .unless_stopped(async {
            let database = context.database().await?;
            let db = &database.owner;
            match args.action {
                Action::Status => {
                    let states = migrate::status(db).await?;
                    context.output.result(&json!({ "migrations": states }), || table(&states));
                }
                Action::Up { to } => report(context, "applied", &migrate::up(db, to).await?),
                Action::Down { to } => report(context, "taken_back", &migrate::down(db, to).await?),
            }
            database.close().await
        })
        .await
}

fn report(context: &Context, what: &str, numbers: &[i32]) {
    context.output.result(&json!({ what: numbers }), || match numbers {
        [] => "nothing to do".to_owned(),
        _ => {
            let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
            format!("{}: {}", what.replace('_', " "), numbers.join(", "))
        }
    });
}

fn table(states: &[MigrationState]) -> String {
    let mut table = output::table(["number", "area", "name", "applied"]);
    for state in states {
        let applied = state.applied_at.map_or("no".to_owned(), |time| time.to_string());
        table.add_row([state.number.to_string(), state.area.clone(), state.name.clone(), applied]);
    }
    table.trim_fmt()
}
