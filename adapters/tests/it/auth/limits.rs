//! The laws of the port of limits, on every implementation and every shape of Redis.

use std::sync::Arc;

use adapters::auth::limits::{Limits, MemoryLimits, RedisLimits};
use testkit::{RedisCluster, RedisSentinel, RedisServer};

use super::redis;

const MINUTE: i64 = 29_000_000;

async fn behaves(limits: Arc<dyn Limits>) {
    let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    let count = async |names: &[&str], minute: i64| {
        limits.count(&keys(names), minute).await.expect("counts")
    };
    assert_eq!(count(&[], MINUTE).await, [] as [u32; 0]);
    assert_eq!(count(&["user.1:read"], MINUTE).await, [1]);
    assert_eq!(count(&["user.1:write", "user.1:read", "ip.::1:read"], MINUTE).await, [1, 2, 1]);
    let callers = (0..50).map(|_| {
        let limits = Arc::clone(&limits);
        tokio::spawn(async move {
            let keys = ["user.2:read".to_owned(), "ip.192.0.2.1:read".to_owned()];
            limits.count(&keys, MINUTE).await.expect("counts")[0]
        })
    });
    let mut counts = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        counts.push(caller.await.expect("no panic"));
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=50).collect::<Vec<u32>>(), "each once");
    assert_eq!(count(&["ip.192.0.2.1:read"], MINUTE).await, [51]);
    assert_eq!(count(&["user.2:read", "user.1:read"], MINUTE + 1).await, [1, 1]);
}

#[tokio::test]
async fn memory_counts() {
    behaves(Arc::new(MemoryLimits::default())).await;
}

#[tokio::test]
async fn redis_counts_for_all_nodes_forgets_and_tells_when_it_is_gone() {
    let mut server = RedisServer::start();
    behaves(Arc::new(RedisLimits::new(redis(&server.url())))).await;
    let other = RedisLimits::new(redis(&server.url()));
    let key = ["user.2:read".to_owned()];
    assert_eq!(other.count(&key, MINUTE).await.expect("counts"), [51], "another node's too");
    let place = redis(&server.url());
    let life = place.ask(|mut link| async move {
        let mut ask = redis::cmd("TTL");
        ask.arg(format!("ratelimit:api:user.2:read:{MINUTE}")).query_async::<i64>(&mut link).await
    });
    assert!((1..=60).contains(&life.await.expect("a life")));
    server.kill();
    other.count(&key, MINUTE).await.expect_err("it is gone");
    server.start_again();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(other.count(&key, MINUTE).await.expect("it is back"), [1]);
}

#[tokio::test]
async fn redis_under_sentinel_and_a_cluster_count() {
    let servers = RedisSentinel::start();
    behaves(Arc::new(RedisLimits::new(redis(&servers.url())))).await;
    let cluster = RedisCluster::start();
    behaves(Arc::new(RedisLimits::new(redis(&cluster.url())))).await;
}
