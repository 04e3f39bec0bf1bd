//! Counts in Redis, each key for as long as its window lasts from its first request on:
//!
//! | key | counts |
//! |---|---|
//! | `ratelimit:api:<whose>:<class>:<minute>` | the minute |
//! | `rate:limit:<whose>:<endpoint>:<hour>` | the hour |

use futures_util::future::try_join_all;

use super::{Counted, Counter, Limits, Window};
use crate::ops::redis::{Link, Redis};

const COUNT: &str = "
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], ARGV[1]) end
return count";

/// Counts that several nodes share.
pub struct RedisLimits(Redis);

impl RedisLimits {
    /// Those in a Redis.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }
}

impl Limits for RedisLimits {
    fn count<'a>(&'a self, counters: &'a [Counter], second: i64) -> Counted<'a> {
        // Each by itself, for in a cluster they live on different nodes; one connection carries them at once.
        let count = move |link: Link| {
            try_join_all(counters.iter().map(move |counter| {
                let mut link = link.clone();
                let mut count = redis::cmd("EVAL");
                let life = counter.window.seconds();
                count.arg(COUNT).arg(1).arg(name(counter, second)).arg(life);
                async move { count.query_async::<u32>(&mut link).await }
            }))
        };
        Box::pin(self.0.ask(count))
    }
}

fn name(Counter { key, window }: &Counter, second: i64) -> String {
    let beginning = match window {
        Window::Minute => "ratelimit:api",
        Window::Hour => "rate:limit",
    };
    // Between braces a cluster looks for the node: an endpoint's {id} would put all its callers on one.
    let key = key.replace(['{', '}'], "");
    format!("{beginning}:{key}:{}", window.number(second))
}
