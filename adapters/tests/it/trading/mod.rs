//! The laws of the ports of bots' states and of values, on every implementation.

mod values;

use std::sync::Arc;
use std::time::Duration;

use adapters::ops::redis::{Redis, RedisPlace};
use adapters::trading::states::{BotState, BotStates, LIFE, MemoryStates, RedisStates};
use testkit::{RedisCluster, RedisServer};
use uuid::Uuid;

fn state(status: &str) -> BotState {
    BotState {
        user_id: Some(Uuid::from_u128(7)),
        status: status.to_owned(),
        started_at: None,
        last_heartbeat: Some("2026-01-05T10:00:00Z".to_owned()),
        error_count: 2,
        balance: Some("-1000.000000000000000001".to_owned()),
        total_pnl: None,
    }
}

async fn behaves(states: Arc<dyn BotStates>) {
    let (one, other) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let told = async |bot| states.get(bot).await.expect("an answer");
    let keep = async |bot, revision, status: &str| {
        states.keep(bot, revision, &state(status)).await.expect("it is kept");
    };
    let forget = async |bot, revision| states.forget(bot, revision).await.expect("it is heard");
    assert_eq!(told(one).await, None);
    keep(one, 3, "running").await;
    assert_eq!((told(one).await, told(other).await), (Some(state("running")), None));
    // What comes late changes nothing.
    keep(one, 2, "stopped").await;
    forget(one, 2).await;
    forget(one, 3).await;
    assert_eq!(told(one).await, Some(state("running")));
    keep(one, 3, "running").await;
    keep(one, 4, "silent").await;
    assert_eq!(told(one).await, Some(state("silent")));
    // What was heard of is not told from before it.
    forget(one, 5).await;
    assert_eq!(told(one).await, None);
    keep(one, 4, "silent").await;
    assert_eq!(told(one).await, None);
    keep(one, 5, "paused").await;
    assert_eq!(told(one).await, Some(state("paused")));
    // Whoever is the last of many is told.
    let writers = (1..=50).map(|revision| {
        let states = Arc::clone(&states);
        tokio::spawn(async move {
            let state = state(&format!("number {revision}"));
            states.keep(Uuid::from_u128(2), revision, &state).await.expect("it is kept");
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.expect("no panic");
    }
    assert_eq!(told(other).await, Some(state("number 50")));
}

fn redis(url: &str) -> Redis {
    Redis::new(RedisPlace::parse(url, None).expect("a place"))
}

#[tokio::test]
async fn memory_has_them_at_hand_until_it_doubts_or_they_are_old() {
    let states = Arc::new(MemoryStates::default());
    behaves(states.clone()).await;
    let one = Uuid::from_u128(1);
    assert!(states.get(one).await.expect("an answer").is_some());
    states.doubt();
    assert_eq!(states.get(one).await.expect("an answer"), None);

    let short = MemoryStates::with_life(Duration::from_millis(50));
    short.keep(one, 9, &state("running")).await.expect("it is kept");
    assert!(short.get(one).await.expect("an answer").is_some());
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(short.get(one).await.expect("an answer"), None);
    // A database that was restored counts from an earlier revision.
    short.keep(one, 1, &state("stopped")).await.expect("it is kept");
    assert_eq!(short.get(one).await.expect("an answer"), Some(state("stopped")));
}

#[tokio::test]
async fn redis_has_them_at_hand_for_all_nodes_and_fails_when_it_is_gone() {
    let mut server = RedisServer::start();
    behaves(Arc::new(RedisStates::new(redis(&server.url())))).await;
    let (other, one) = (RedisStates::new(redis(&server.url())), Uuid::from_u128(1));
    other.doubt();
    assert_eq!(other.get(one).await.expect("another node's"), Some(state("paused")));
    let life = redis(&server.url());
    let life = life.ask(|mut link| async move {
        let mut ask = redis::cmd("TTL");
        ask.arg(format!("bot:status:{one}")).query_async::<u64>(&mut link).await
    });
    let life = life.await.expect("a life");
    assert!(life <= LIFE.as_secs() && life > LIFE.as_secs() - 60, "{life}");
    server.kill();
    other.get(one).await.expect_err("it is gone");
    other.keep(one, 9, &state("running")).await.expect_err("it is gone");
}

#[tokio::test]
async fn a_cluster_of_redis_has_them_at_hand() {
    let cluster = RedisCluster::start();
    behaves(Arc::new(RedisStates::new(redis(&cluster.url())))).await;
}
