//! The laws of the port of limits, on every implementation and every shape of Redis.

use std::sync::Arc;

use adapters::auth::limits::{Counter, Limits, MemoryLimits, RedisLimits, Window};
use testkit::{RedisCluster, RedisSentinel, RedisServer};

use super::redis;

/// A full hour.
const NOW: i64 = 1_740_002_400;
const MINUTE: Window = Window::Minute;
const HOUR: Window = Window::Hour;

fn counter(&(key, window): &(&str, Window)) -> Counter {
    Counter { key: key.to_owned(), window }
}

async fn behaves(limits: Arc<dyn Limits>) {
    let count = async |counters: &[(&str, Window)], second: i64| {
        let counters: Vec<_> = counters.iter().map(counter).collect();
        limits.count(&counters, second).await.expect("counts")
    };
    assert_eq!(count(&[], NOW).await, [] as [u32; 0]);
    let one = ("user.1:read", MINUTE);
    assert_eq!(count(&[one], NOW).await, [1]);
    let several = [("user.1:write", MINUTE), one, ("ip.::1:read", MINUTE)];
    assert_eq!(count(&several, NOW + 59).await, [1, 2, 1]);
    let callers = (0..50).map(|_| {
        let limits = Arc::clone(&limits);
        tokio::spawn(async move {
            let counters = [("user.2:read", MINUTE), ("ip.192.0.2.1:read", MINUTE)];
            limits.count(&counters.each_ref().map(counter), NOW).await.expect("counts")[0]
        })
    });
    let mut counts = Vec::new();
    for caller in callers.collect::<Vec<_>>() {
        counts.push(caller.await.expect("no panic"));
    }
    counts.sort_unstable();
    assert_eq!(counts, (1..=50).collect::<Vec<u32>>(), "each once");
    assert_eq!(count(&[("ip.192.0.2.1:read", MINUTE)], NOW).await, [51]);

    // An endpoint's hour.
    let (own, other) = (("user.1:GET /x/{id}", HOUR), ("user.1:GET /y/{id}", HOUR));
    assert_eq!(count(&[own, one, other], NOW + 1).await, [1, 3, 1]);
    assert_eq!(count(&[("user.1:read", HOUR)], NOW + 1).await, [1], "another window");
    assert_eq!(count(&[("user.2:read", MINUTE), one, own], NOW + 60).await, [1, 1, 2]);
    assert_eq!(count(&[own, other], NOW + 3_599).await, [3, 2]);
    assert_eq!(count(&[own], NOW + 3_600).await, [1], "another hour");
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
    let counters = [("user.2:read", MINUTE), ("user.1:GET /x/{id}", HOUR)].map(|of| counter(&of));
    assert_eq!(other.count(&counters, NOW).await.expect("counts"), [51, 4], "another node's too");
    let place = redis(&server.url());
    for (key, most) in [
        (format!("ratelimit:api:user.2:read:{}", NOW / 60), 60),
        (format!("rate:limit:user.1:GET /x/id:{}", NOW / 3_600), 3_600),
    ] {
        let key = &key;
        let life = place.ask(|mut link| async move {
            redis::cmd("TTL").arg(key).query_async::<i64>(&mut link).await
        });
        let life = life.await.expect("a life");
        assert!((most - 60..=most).contains(&life), "{key}: {life}");
    }
    server.kill();
    other.count(&counters, NOW).await.expect_err("it is gone");
    server.start_again();
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(other.count(&counters, NOW).await.expect("it is back"), [1, 1]);
}

#[tokio::test]
async fn redis_under_sentinel_and_a_cluster_count() {
    let servers = RedisSentinel::start();
    behaves(Arc::new(RedisLimits::new(redis(&servers.url())))).await;
    let cluster = RedisCluster::start();
    behaves(Arc::new(RedisLimits::new(redis(&cluster.url())))).await;
}
