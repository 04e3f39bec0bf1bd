//! `chandlery key`: keys for programs, managed by whoever runs the machine.

use anyhow::Result;
use app::auth::{Accounts, Actor, NewKey};
use domain::Time;
use domain::auth::{Email, Network, Scope};
use serde_json::{Value, json};
use store::auth::keys::Key;
use uuid::Uuid;

use crate::context::Context;

/// Make keys for programs, list them, and revoke them
///
/// A key belongs to a person and opens no more than they may. It is told once, when it is made. Programs send it as
/// Authorization: Bearer, to /compat/binance as X-MBX-APIKEY, and to /compat/influx as Token or as password.
///
/// Examples:
///   chandlery key create --user ada@example.com --name freqtrade --scopes market:read
///   chandlery key create --user ada@example.com --name telegraf --scopes points:write --address 192.0.2.0/24
///   chandlery key list --user ada@example.com
///   chandlery key revoke --user ada@example.com 01981c9e-7c1e-7b4e-9f0a-1f2e3d4c5b6a
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Make a key
    Create {
        /// Whose it is
        #[arg(long, value_name = "EMAIL")]
        user: Email,
        /// What it is for
        #[arg(long)]
        name: String,
        /// What it may, with commas between: market:read, points:write, ops:read, audit:read,
        /// bots:read, bots:write, orders:read, orders:write
        #[arg(long, value_parser = scope, value_delimiter = ',', required = true)]
        scopes: Vec<Scope>,
        /// An address or a range of them that it may come from; may be repeated [default: everywhere]
        #[arg(long = "address", value_name = "CIDR")]
        addresses: Vec<Network>,
        /// When it ends, as RFC 3339 [default: never]
        #[arg(long, value_name = "TIME")]
        expires: Option<Time>,
    },
    /// List somebody's keys
    List {
        /// Whose
        #[arg(long, value_name = "EMAIL")]
        user: Email,
    },
    /// End a key
    Revoke {
        /// Whose it is
        #[arg(long, value_name = "EMAIL")]
        user: Email,
        /// Its number, as list tells it
        id: Uuid,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    Scope::parse(text).ok_or_else(|| "there is no such scope".to_owned())
}

/// Does it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    context.with_accounts(async |accounts| act(args.action, context, accounts).await).await
}

async fn act(action: Action, context: &Context, accounts: &Accounts) -> Result<()> {
    let (actor, output) = (Actor::default(), context.output);
    match action {
        Action::Create { user, name, scopes, addresses, expires } => {
            let user = accounts.by_email(&user).await?;
            let new = NewKey { name, scopes, networks: addresses, expires_at: expires };
            let (secret, key) = accounts.create_key(&actor, &user, new).await?;
            let mut value = body(&key);
            value["key"] = json!(secret.reveal());
            output.result(&value, || {
                format!("{}\nkey: {}\nIt is not told again.", line(&key), secret.reveal())
            });
        }
        Action::List { user } => {
            let user = accounts.by_email(&user).await?;
            let keys = accounts.keys(user.id).await?;
            let value: Vec<Value> = keys.iter().map(body).collect();
            output.result(&json!({ "keys": value }), || match keys.is_empty() {
                true => "there are none; `chandlery key create` makes one".to_owned(),
                false => keys.iter().map(|key| line(key) + "\n").collect(),
            });
        }
        Action::Revoke { user, id } => {
            let user = accounts.by_email(&user).await?;
            accounts.revoke_key(&actor, user.id, id).await?;
            output.result(&json!({ "revoked": id }), || format!("{id} opens nothing from now on"));
        }
    }
    Ok(())
}

fn body(key: &Key) -> Value {
    let time = |time: Option<Time>| time.map(|time| time.to_string());
    json!({
        "id": key.id, "name": key.name, "beginning": key.beginning, "scopes": scopes(key),
        "addresses": addresses(key), "created_at": key.created_at.to_string(),
        "expires_at": time(key.expires_at), "last_used_at": time(key.last_used_at),
        "last_used_ip": key.last_used_ip.map(|ip| ip.to_string()),
    })
}

fn scopes(key: &Key) -> Vec<&'static str> {
    key.scopes.iter().map(|scope| scope.as_str()).collect()
}

fn addresses(key: &Key) -> Vec<String> {
    key.networks.iter().map(ToString::to_string).collect()
}

fn line(key: &Key) -> String {
    let or = |time: Option<Time>, without: &str| {
        time.map_or_else(|| without.to_owned(), |time| time.to_string())
    };
    let from = match key.networks.is_empty() {
        true => "everywhere".to_owned(),
        false => addresses(key).join(", "),
    };
    format!(
        "{} {} ({}…): {}, from {from}, ends {}, last used {}",
        key.id,
        key.name,
        key.beginning,
        scopes(key).join(", "),
        or(key.expires_at, "never"),
        or(key.last_used_at, "never"),
    )
}
