//! Ports of accounts, on real servers.

mod limits;
mod oidc;
mod sessions;

use adapters::ops::redis::{Redis, RedisPlace};

fn redis(url: &str) -> Redis {
    Redis::new(RedisPlace::parse(url, None).expect("a place"))
}
