//! What hangs on what, and who is told of silence.

use std::time::Duration;

use domain::Time;
use domain::trading::BotStatus;
use serde_json::{Value, json};
use store::trading::{LISTEN, bots};
use store::{Db, StoreError};
use testkit::Migrated;
use tokio_postgres::Client;
use uuid::Uuid;

const USER: u128 = 1;
const ACCOUNT: u128 = 2;
const STRATEGY: u128 = 3;
const VERSION: u128 = 4;
const TEMPLATE: u128 = 5;
const BOT: u128 = 6;

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Somebody with one of everything.
async fn somebody() -> (Migrated, Client) {
    let fresh = testkit::migrated().await;
    let client = fresh.database.connect().await;
    let [user, account, strategy, version, template, bot] =
        [USER, ACCOUNT, STRATEGY, VERSION, TEMPLATE, BOT].map(id);
    let rows = format!(
        "INSERT INTO auth.users (id, email, role, created_at, updated_at) VALUES ('{user}', 'ada@example.com', 'trader', now(), now());
         INSERT INTO market.venues (code, name) VALUES ('binance', 'Binance');
         INSERT INTO trading.venue_accounts (id, user_id, venue_id, name, kind, created_at, updated_at)
             SELECT '{account}', '{user}', id, 'Spot', 'external', now(), now() FROM market.venues;
         INSERT INTO trading.strategies (id, user_id, name, created_at, updated_at) VALUES ('{strategy}', '{user}', 'Cross', now(), now());
         INSERT INTO trading.strategy_versions (id, strategy_id, version, parameters, created_at)
             VALUES ('{version}', '{strategy}', 1, '{{}}', now());
         INSERT INTO trading.strategy_accounts VALUES ('{strategy}', '{account}', now());
         INSERT INTO trading.strategy_templates (id, created_by, name, template_data, is_public, created_at, updated_at)
             VALUES ('{template}', '{user}', 'Cross', '{{}}', true, now(), now());
         INSERT INTO trading.bots (id, user_id, account_id, strategy_version_id, name, type, status, config, extra_metadata,
             silent_after_s, error_count, created_at, updated_at)
             VALUES ('{bot}', '{user}', '{account}', '{version}', 'Bot', 'paper', 'stopped', '{{}}', '{{}}', 60, 0, now(), now());
         INSERT INTO trading.bot_heartbeats (bot_id, at) VALUES ('{bot}', now());"
    );
    client.batch_execute(&rows).await.expect("rows");
    (fresh, client)
}

/// How many rows a table has.
async fn rows(client: &Client, table: &str) -> i64 {
    let row = client.query_one(&format!("SELECT count(*) FROM {table}"), &[]).await;
    row.expect("a count").get(0)
}

async fn is_null(client: &Client, what: &str, of: &str) -> bool {
    let row = client.query_one(&format!("SELECT {what} IS NULL FROM {of}"), &[]).await;
    row.expect("one row").get(0)
}

#[tokio::test]
async fn a_strategy_takes_its_versions_and_links_with_it_and_leaves_its_bots() {
    let (_fresh, client) = somebody().await;
    client.batch_execute("DELETE FROM trading.strategies").await.expect("it goes");
    assert_eq!(rows(&client, "trading.strategy_versions").await, 0);
    assert_eq!(rows(&client, "trading.strategy_accounts").await, 0);
    assert!(is_null(&client, "strategy_version_id", "trading.bots").await);
}

#[tokio::test]
async fn an_account_stays_while_it_has_bots_and_takes_its_links_with_it() {
    let (_fresh, client) = somebody().await;
    let stays = client.batch_execute("DELETE FROM trading.venue_accounts").await;
    assert_eq!(stays.expect_err("it has a bot").code().map(|code| code.code()), Some("23503"));
    client.batch_execute("DELETE FROM trading.bots").await.expect("it goes");
    assert_eq!(rows(&client, "trading.bot_heartbeats").await, 0, "with its heartbeats");
    client.batch_execute("DELETE FROM trading.venue_accounts").await.expect("it goes");
    assert_eq!(rows(&client, "trading.strategy_accounts").await, 0);
    assert_eq!(rows(&client, "trading.strategies").await, 1);
}

#[tokio::test]
async fn a_person_leaves_books_and_templates_to_nobody() {
    let (_fresh, client) = somebody().await;
    client.batch_execute("DELETE FROM auth.users").await.expect("they go");
    assert_eq!(rows(&client, "trading.strategies").await, 0);
    assert!(is_null(&client, "user_id", "trading.venue_accounts").await);
    assert!(is_null(&client, "user_id", "trading.bots").await);
    assert!(is_null(&client, "created_by", "trading.strategy_templates").await);
}

#[tokio::test]
async fn a_strategy_is_linked_with_an_account_once() {
    let (fresh, client) = somebody().await;
    let twice = format!(
        "INSERT INTO trading.strategy_accounts VALUES ('{}', '{}', now())",
        id(STRATEGY),
        id(ACCOUNT)
    );
    let twice = client.batch_execute(&twice).await.expect_err("it is there");
    assert_eq!(twice.code().map(|code| code.code()), Some("23505"));
    let link = |tx| async move {
        store::trading::strategies::link(&tx, id(STRATEGY), id(ACCOUNT), Time::MIN).await
    };
    assert!(!fresh.db.run("test", link).await.expect("no error"), "it was so");
}

/// Tries to delete the bot.
async fn deletes(db: &Db) -> bool {
    let delete = |tx| async move {
        match bots::delete(&tx, id(BOT)).await? {
            true => Ok(()),
            false => Err(StoreError::Unexpected("it stays".to_owned())),
        }
    };
    db.run("test", delete).await.is_ok()
}

#[tokio::test]
async fn a_bot_stays_while_the_ledger_has_something_of_it() {
    let (fresh, client) = somebody().await;
    let (account, bot) = (id(ACCOUNT), id(BOT));
    for (table, insert) in [
        (
            "orders",
            format!(
                "(id, account_id, bot_id, client_order_id, symbol, mode, side, kind, status, quantity, filled, filled_quote,
                  exchange_metadata, version, placed_at, updated_at)
                 VALUES ('{bot}', '{account}', '{bot}', 'a', 'binance:BTCUSDT', 'spot', 'buy', 'market', 'new', 1, 0, 0, '{{}}', 1, now(), now())"
            ),
        ),
        (
            "positions",
            format!(
                "(id, account_id, bot_id, symbol, mode, direction, status, qty_open, realized_pnl, opened_at, state, position)
                 VALUES ('{bot}', '{account}', '{bot}', 'binance:BTCUSDT', 'spot', 'long', 'open', 1, 0, now(), '{{}}', 1)"
            ),
        ),
        (
            "trades",
            format!(
                "(id, account_id, bot_id, symbol, mode, direction, entry_time, size, commission, other_fees, funding, gross_pnl, net_pnl, status, position)
                 VALUES ('{bot}', '{account}', '{bot}', 'binance:BTCUSDT', 'spot', 'long', now(), 1, 0, '{{}}', 0, 0, 0, 'open', 1)"
            ),
        ),
    ] {
        client.batch_execute(&format!("INSERT INTO ledger.{table} {insert}")).await.expect(table);
        assert!(!deletes(&fresh.db).await, "{table}");
        client.batch_execute(&format!("DELETE FROM ledger.{table}")).await.expect(table);
    }
    assert!(deletes(&fresh.db).await);
}

#[tokio::test]
async fn a_silence_is_claimed_once_however_many_look() {
    let (fresh, client) = somebody().await;
    let now: Time = "2026-01-05T10:00:00Z".parse().expect("a time");
    client
        .batch_execute(
            "UPDATE trading.bots SET status = 'running', started_at = '2026-01-05T09:59:00Z', last_heartbeat = '2026-01-05T09:58:00Z'",
        )
        .await
        .expect("a change");
    let look = |now: Time| {
        let db = fresh.db.clone();
        async move {
            let claim = |tx| async move { bots::claim_silent(&tx, now).await };
            db.run("test", claim).await.expect("an answer")
        }
    };
    assert_eq!(look(now).await, [], "a minute after its start it is silent, and not before");
    let later = now.plus_micros(1);
    let looks: Vec<_> = (0..8).map(|_| tokio::spawn(look(later))).collect();
    let mut found = Vec::new();
    for each in looks {
        found.extend(each.await.expect("no panic"));
    }
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!((found[0].id, found[0].status, found[0].revision), (id(BOT), BotStatus::Silent, 3));
    for status in ["stopped", "paused", "silent"] {
        client.execute("UPDATE trading.bots SET status = $1", &[&status]).await.expect("a change");
        assert_eq!(look(later).await, [], "{status}");
    }
    client.batch_execute("UPDATE trading.bots SET status = 'error'").await.expect("a change");
    assert_eq!(look(later).await.len(), 1, "whoever told of an error is to be heard of too");
}

#[tokio::test]
async fn every_change_of_a_bot_is_told_with_its_revision() {
    let (fresh, client) = somebody().await;
    let mut session = fresh.db.session().await.expect("a session");
    session.client().batch_execute(LISTEN).await.expect("it listens");
    let sql = "UPDATE trading.bots SET status = 'running'; UPDATE trading.bots SET name = 'Other'; DELETE FROM trading.bots";
    for statement in sql.split("; ") {
        client.batch_execute(statement).await.expect("a change");
    }
    let bot = id(BOT);
    for told in [format!("{bot} 2 running"), format!("{bot} 3 running"), format!("{bot} 4 deleted")]
    {
        let heard = tokio::time::timeout(Duration::from_secs(5), session.notification()).await;
        let (channel, heard) = heard.expect("in time").expect("a notice");
        let (change, body) = heard.split_at(told.len());
        assert_eq!((channel.as_str(), change), ("chandlery_bots", told.as_str()));
        let body: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(body["user"], json!(id(USER)));
        assert_eq!((&body["error_count"], &body["heartbeat_us"]), (&json!(0), &json!(null)));
    }
}
