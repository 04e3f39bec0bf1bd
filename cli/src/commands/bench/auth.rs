//! `chandlery bench auth`: what a login costs, and asking on each request whose session or key it is.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use app::auth::{Accounts, Actor, NewKey, Origin};
use domain::auth::{Role, Scope, Secret};
use serde::Serialize;
use store::Db;

use super::{median, rounded, scratch};
use crate::context::Context;

const PASSWORD: &str = "correct horse battery";
const EMAIL: &str = "bench@example.com";
/// Checks from memory in a round.
const CHECKS: u32 = 20_000;

/// Measure logins, and checks of sessions and keys from memory and from the table
///
/// Logins are made as the settings want them hashed, several at once. A check finds out whose a secret is: from
/// memory, where it was shown a moment ago, and from the table, where it is shown for the first time. Beside it
/// stands the plainest question to the same database, SELECT 1.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// Logins, which are then looked up in the table; and as many keys
    #[arg(long, default_value_t = 100, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(4..=10_000))]
    logins: u32,
}

#[derive(Debug, Serialize)]
struct Measured {
    logins: u32,
    logins_per_second: f64,
    session: Cost,
    key: Cost,
    select_1_us: f64,
}

/// Medians, in microseconds.
#[derive(Debug, Serialize)]
struct Cost {
    memory_us: f64,
    table_us: f64,
}

pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let work = async |db: &Db| measure(&args, context, db).await;
    let measured = scratch::of(context, work).await?;
    context.output.result(&measured, || {
        let words = |name: &str, cost: &Cost| {
            format!(
                "{name}: {:.1} µs from memory, {:.0} µs from the table",
                cost.memory_us, cost.table_us
            )
        };
        format!(
            "{:.1} logins/s\n{}\n{}\nSELECT 1: {:.0} µs",
            measured.logins_per_second,
            words("session", &measured.session),
            words("key", &measured.key),
            measured.select_1_us
        )
    });
    Ok(())
}

async fn measure(args: &Args, context: &Context, db: &Db) -> Result<Measured> {
    let accounts = context.accounts(db);
    let (actor, email) = (Actor::default(), EMAIL.parse()?);
    let user = accounts.create(&actor, email, None, Role::Trader, PASSWORD).await?;
    let origin = Origin::default();
    let begun = Instant::now();
    let logins = (0..args.logins).map(|_| accounts.login(EMAIL, PASSWORD, &origin));
    let sessions = futures_util::future::try_join_all(logins).await?;
    let logins_per_second = f64::from(args.logins) / begun.elapsed().as_secs_f64();
    let sessions: Vec<Secret> = sessions.into_iter().map(|(secret, _)| secret).collect();
    let mut keys = Vec::new();
    // Of one person no more are made.
    for number in 0..args.logins.min(100) {
        let new = NewKey {
            name: format!("bench {number}"),
            scopes: vec![Scope::MarketRead],
            networks: Vec::new(),
            expires_at: None,
        };
        keys.push(accounts.create_key(&actor, &user, new).await?.0);
    }
    let mut select = Vec::new();
    for _ in 0..args.logins {
        let begun = Instant::now();
        db.query("bench.select", "SELECT 1", &[]).await?;
        select.push(micros(begun.elapsed()));
    }
    let session =
        async |accounts: &Accounts, secret: &Secret| Ok(accounts.known(secret).await?.is_some());
    let key = async |accounts: &Accounts, secret: &Secret| {
        Ok(accounts.known_key(secret, None).await?.is_some())
    };
    Ok(Measured {
        logins: args.logins,
        logins_per_second: rounded(logins_per_second),
        session: cost(&accounts, &sessions, session).await?,
        key: cost(&accounts, &keys, key).await?,
        select_1_us: rounded(median(select)),
    })
}

/// Each secret once, which reads the table, and one of them again and again.
async fn cost(
    accounts: &Accounts,
    secrets: &[Secret],
    is_known: impl AsyncFn(&Accounts, &Secret) -> Result<bool>,
) -> Result<Cost> {
    let mut first = Vec::new();
    for secret in secrets {
        let begun = Instant::now();
        ensure!(is_known(accounts, secret).await?, "a secret that was just made is not known");
        first.push(micros(begun.elapsed()));
    }
    let secret = secrets.first().context("there are no secrets")?;
    let mut rounds = Vec::new();
    for _ in 0..5 {
        is_known(accounts, secret).await?;
        let begun = Instant::now();
        for _ in 0..CHECKS {
            is_known(accounts, secret).await?;
        }
        rounds.push(micros(begun.elapsed()) / f64::from(CHECKS));
    }
    Ok(Cost { memory_us: rounded(median(rounds)), table_us: rounded(median(first)) })
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
