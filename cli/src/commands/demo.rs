//! The bots of `up --demo`: the example in `examples/moving-average-cross`, over HTTP with a key like any other program.
//! They are the first administrator's, so that whoever sets the demonstration up sees them at work on the page.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, Result};
use app::auth::{AccountError, Accounts, Actor, NewKey};
use chandlery_client::{Client, Decimal, Interval};
use domain::auth::{Role, Scope};
use moving_average_cross::{Plan, Settings, prepare, run};
use store::auth::users::User;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

const KEY: &str = "The demonstration's bots";
const SCOPES: [Scope; 5] =
    [Scope::MarketRead, Scope::BotsRead, Scope::BotsWrite, Scope::OrdersRead, Scope::OrdersWrite];
/// Code, and how many thousandths of base are bought at a time: over a hundred dollars of each, so that fees take
/// months to use the deposit up.
const PLAYED: [(&str, i64); 2] = [("BTCUSDT", 2), ("ETHUSDT", 50)];
/// How often it is looked whether there is an administrator.
const LOOK: Duration = Duration::from_secs(1);
/// Before what failed is tried again.
const PAUSE: Duration = Duration::from_secs(10);

/// Begins it beside a server that listens on the address.
pub(super) fn start(
    tasks: &mut JoinSet<()>,
    accounts: &Accounts,
    address: SocketAddr,
    is_tls: bool,
    stop: &CancellationToken,
) {
    if is_tls {
        tracing::info!("the demonstration's bots speak HTTP only: with TLS there are none");
        return;
    }
    tasks.spawn(trade(accounts.clone(), address, stop.clone()));
}

/// Waits for an administrator, makes what the bots need where it isn't there, and runs them until `stop`.
async fn trade(accounts: Accounts, address: SocketAddr, stop: CancellationToken) {
    while !stop.is_cancelled() {
        if let Err(error) = bots(&accounts, address, &stop).await {
            tracing::warn!(error = %format!("{error:#}"), "the demonstration's bots are tried again in a moment");
            unless_stopped(&stop, sleep(PAUSE)).await;
        }
    }
}

async fn bots(accounts: &Accounts, address: SocketAddr, stop: &CancellationToken) -> Result<()> {
    let Some(owner) = unless_stopped(stop, first_administrator(accounts)).await else {
        return Ok(());
    };
    let owner = owner?;
    // A process that was killed left its key behind.
    revoke(accounts, &owner).await?;
    let new =
        NewKey { name: KEY.to_owned(), scopes: SCOPES.into(), networks: vec![], expires_at: None };
    let (key, _) = accounts.create_key(&Actor::default(), &owner, new).await?;
    let client = Client::new(&format!("http://{}", reachable(address)), key.reveal())?;
    let ended = unless_stopped(stop, trade_all(&client, stop)).await;
    revoke(accounts, &owner).await?;
    ended.unwrap_or(Ok(()))
}

async fn trade_all(client: &Client, stop: &CancellationToken) -> Result<()> {
    let mut made = [chandlery_client::Uuid::nil(); PLAYED.len()];
    for (bot, (code, thousandths)) in made.iter_mut().zip(PLAYED) {
        let plan = plan(code, Decimal::new(thousandths, 3).normalize());
        *bot = prepare(client, &plan).await.with_context(|| format!("making the bot of {code}"))?;
    }
    let [first, second] = made;
    tokio::join!(run(client, first, stop), run(client, second, stop));
    Ok(())
}

/// The shortest averages, of a candle that is still forming: the recording lasts six minutes, and something is to happen
/// in each of them.
fn plan(code: &str, quantity: Decimal) -> Plan {
    let settings = Settings {
        symbol: format!("replay-binance:{code}"),
        interval: Interval::M1,
        fast: 1,
        slow: 3,
        quantity,
        only_closed: false,
    };
    Plan {
        account: format!("Demonstration {code}"),
        deposit: ("USDT".to_owned(), Decimal::from(10_000)),
        bot: format!("Cross {code}"),
        settings,
    }
}

/// The one who came first, and may come in.
async fn first_administrator(accounts: &Accounts) -> Result<User, AccountError> {
    loop {
        let mut users = accounts.users().await?.into_iter();
        if let Some(found) =
            users.find(|user| user.role == Role::Admin && user.deactivated_at.is_none())
        {
            return Ok(found);
        }
        sleep(LOOK).await;
    }
}

async fn revoke(accounts: &Accounts, owner: &User) -> Result<()> {
    for key in accounts.keys(owner.id).await?.into_iter().filter(|key| key.name == KEY) {
        accounts.revoke_key(&Actor::default(), owner.id, key.id).await?;
    }
    Ok(())
}

/// Where this process reaches what listens on the address.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}

/// What the work comes to, or nothing where the end is asked for before.
async fn unless_stopped<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        () = stop.cancelled() => None,
        done = work => Some(done),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_reached_on_this_machine() {
        for (listens, reached) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:8080", "[::1]:8080"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(reachable(listens.parse().unwrap()), reached.parse().unwrap());
        }
    }
}
