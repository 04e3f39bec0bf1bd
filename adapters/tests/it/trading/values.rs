//! The laws of the port of values, on every implementation.

use std::sync::Arc;
use std::time::Duration;

use adapters::ops::redis::{Redis, RedisPlace};
use adapters::trading::values::{MOST, MemoryValues, RedisValues, Value, Values};
use testkit::{RedisCluster, RedisServer};
use uuid::Uuid;

const MINUTE: Duration = Duration::from_secs(60);

fn value(text: &str) -> Value {
    Value { text: text.to_owned(), expires_at: "2026-01-05T10:00:00Z".to_owned() }
}

async fn behaves(values: Arc<dyn Values>) {
    let (ada, bea) = (Uuid::from_u128(1), Uuid::from_u128(2));
    let set = async |user, key: &str, text: &str, life| {
        values.set(user, key, &value(text), life).await.expect("an answer")
    };
    let get = async |user, key: &str| {
        values.get(user, key).await.expect("an answer").map(|value| value.text)
    };
    let key = "price:BTC/USDT";
    assert_eq!(get(ada, key).await, None);
    assert!(set(ada, key, "50000.0", MINUTE).await);
    assert!(set(ada, key, "50000.1", MINUTE).await);
    assert_eq!(values.get(ada, key).await.expect("an answer"), Some(value("50000.1")));
    // They are hers alone.
    assert_eq!(get(bea, key).await, None);
    assert!(set(bea, key, "1", MINUTE).await);
    values.forget(ada, key).await.expect("an answer");
    values.forget(ada, "nothing").await.expect("an answer");
    assert_eq!((get(ada, key).await, get(bea, key).await), (None, Some("1".to_owned())));
    for number in 0..MOST - 2 {
        assert!(set(ada, &format!("number {number}"), "x", MINUTE).await);
    }
    // A life ends, and a longer one that follows is not cut by it.
    assert!(set(ada, "renewed", "a", Duration::from_secs(2)).await);
    assert!(set(ada, "renewed", "b", MINUTE).await);
    assert!(set(ada, "short", "a", Duration::from_secs(2)).await);
    // One more than fits is not set, before something else ends.
    assert!(!set(ada, "one more", "x", MINUTE).await);
    assert!(set(ada, "renewed", "c", MINUTE).await);
    assert!(set(bea, "one more", "x", MINUTE).await);
    tokio::time::sleep(Duration::from_millis(3_100)).await;
    assert_eq!((get(ada, "short").await, get(ada, "renewed").await), (None, Some("c".to_owned())));
    assert!(set(ada, "one more", "x", MINUTE).await);
    assert!(!set(ada, "yet one", "x", MINUTE).await);
    values.forget(ada, "one more").await.expect("an answer");
    assert!(set(ada, "yet one", "x", MINUTE).await);
}

fn redis(url: &str) -> RedisValues {
    RedisValues::new(Redis::new(RedisPlace::parse(url, None).expect("a place")))
}

#[tokio::test]
async fn memory_keeps_them() {
    behaves(Arc::new(MemoryValues::default())).await;
}

#[tokio::test]
async fn redis_keeps_them_for_all_nodes_and_fails_when_it_is_gone() {
    let mut server = RedisServer::start();
    behaves(Arc::new(redis(&server.url()))).await;
    let (other, bea) = (redis(&server.url()), Uuid::from_u128(2));
    assert_eq!(other.get(bea, "one more").await.expect("another node's"), Some(value("x")));
    server.kill();
    other.get(bea, "one more").await.expect_err("it is gone");
    other.set(bea, "one more", &value("y"), MINUTE).await.expect_err("it is gone");
}

#[tokio::test]
async fn a_cluster_of_redis_keeps_them() {
    let cluster = RedisCluster::start();
    behaves(Arc::new(redis(&cluster.url()))).await;
}
