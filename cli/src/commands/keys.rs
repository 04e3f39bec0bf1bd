//! `chandlery keys`: the keys of encrypted fields.

use anyhow::{Result, bail};
use app::auth::{Accounts, Actor, KeyState};
use serde_json::{Value, json};

use crate::context::Context;
use crate::exit::{Exit, Status};
use crate::output::{grouped, table};

/// List the keys of encrypted fields, or go over to a new one
///
/// Secrets of second factors, credentials of venue accounts and keys that sign tokens are encrypted in the database. The
/// keys to them are in the file `keys` of the data folder, or in keys.list of the settings. Without them those fields are lost: back them up, apart
/// from the database.
///
/// Examples:
///   chandlery keys list
///   chandlery keys rotate
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// List the keys and how many fields each encrypts
    List,
    /// Add a key and encrypt all fields by it, while they are used
    ///
    /// Where an earlier rotation was interrupted, or keys.list of the settings begins with a new key, fields
    /// go over to the current key and none is added. Old keys stay where they are; one that encrypts no field may be
    /// taken out of the file.
    Rotate,
}

/// Does it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    let database = context.unless_stopped(context.migrated_database()).await?;
    let accounts = context.accounts(&database.db);
    let result = match args.action {
        Action::List => list(context, &accounts).await,
        Action::Rotate => rotate(context, &accounts).await,
    };
    let closed = database.close().await;
    result.and(closed)
}

async fn list(context: &Context, accounts: &Accounts) -> Result<()> {
    let keys = accounts.field_keys().await?;
    let value: Vec<Value> = keys.iter().map(|key| {
        json!({ "id": key.id.to_string(), "fields": key.fields, "current": key.is_current, "missing": !key.is_there })
    }).collect();
    context.output.result(&json!({ "keys": value }), || {
        let mut rows = table(["key", "fields", ""]);
        for key in &keys {
            let remark = match key {
                KeyState { is_there: false, .. } => "missing: these fields can't be read",
                KeyState { is_current: true, .. } => "current",
                _ => "",
            };
            rows.add_row([key.id.to_string(), key.fields.to_string(), remark.to_owned()]);
        }
        rows.trim_fmt()
    });
    Ok(())
}

async fn rotate(context: &Context, accounts: &Accounts) -> Result<()> {
    let keys = accounts.field_keys().await?;
    if let Some(missing) = keys.iter().find(|key| !key.is_there) {
        let (id, fields) = (missing.id, missing.fields);
        bail!(
            "the key {id} is missing, and {fields} fields can't be read without it; put it back first"
        );
    }
    let left = |keys: &[KeyState]| -> i64 {
        keys.iter().filter(|key| !key.is_current).map(|key| key.fields).sum()
    };
    if left(&keys) == 0 {
        let id = accounts.add_key(&Actor::default()).await?;
        context.output.note(&format!("added key {id}"));
    }
    let keys = accounts.field_keys().await?;
    let total = u64::try_from(left(&keys)).unwrap_or_default();
    let progress = context.output.counted("encrypting", total);
    let mut done = 0;
    loop {
        if context.stop.is_cancelled() {
            return Err(Status::of(Exit::Interrupted, "interrupted; run it again to go on"));
        }
        let resealed = accounts.reseal_some().await? as u64;
        if resealed == 0 {
            break;
        }
        done += resealed;
        progress.at(done, format!("{} fields", grouped(done)));
    }
    drop(progress);
    let current = keys.first().map(|key| key.id.to_string());
    context.output.result(&json!({ "key": current, "fields": done }), || {
        let key = current.as_deref().unwrap_or_default();
        format!("{} fields went over to key {key}", grouped(done))
    });
    Ok(())
}
