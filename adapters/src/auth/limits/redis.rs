//! Counts in Redis: `ratelimit:api:<whose>:<class>:<minute>`, each key for 60 s from its first request.

use futures_util::future::try_join_all;

use super::{Counted, Limits};
use crate::ops::redis::{Link, Redis};

const COUNT: &str = "
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('EXPIRE', KEYS[1], 60) end
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
    fn count<'a>(&'a self, keys: &'a [String], minute: i64) -> Counted<'a> {
        // Each by itself, for in a cluster they live on different nodes; one connection carries them at once.
        let count = move |link: Link| {
            try_join_all(keys.iter().map(move |key| {
                let mut link = link.clone();
                let mut count = redis::cmd("EVAL");
                count.arg(COUNT).arg(1).arg(format!("ratelimit:api:{key}:{minute}"));
                async move { count.query_async::<u32>(&mut link).await }
            }))
        };
        Box::pin(self.0.ask(count))
    }
}
