//! Values in Redis: `cache:{<person>}:<key>`, and beside them `cache:{<person>}`, their keys by the second in which each
//! ends, which counts them. The braces keep a person's on one node of a cluster.

use std::time::Duration;

use uuid::Uuid;

use super::{MOST, Told, Value, Values};
use crate::ops::redis::{Redis, RedisUnavailable};

const SET: &str = "
local now = tonumber(redis.call('TIME')[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now)
if redis.call('ZCARD', KEYS[2]) >= tonumber(ARGV[4]) and not redis.call('ZSCORE', KEYS[2], ARGV[1]) then
  return 0
end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[2], now + ARGV[3], ARGV[1])
local last = redis.call('ZREVRANGE', KEYS[2], 0, 0, 'WITHSCORES')[2]
redis.call('EXPIREAT', KEYS[2], last + 1)
return 1";

/// Values that several nodes share.
pub struct RedisValues(Redis);

impl RedisValues {
    /// Those in a Redis.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    fn odd(&self, error: &serde_json::Error) -> RedisUnavailable {
        RedisUnavailable { place: self.0.place().to_owned(), reason: error.to_string() }
    }
}

impl Values for RedisValues {
    fn get<'a>(&'a self, user: Uuid, key: &'a str) -> Told<'a, Option<Value>> {
        Box::pin(async move {
            let told = self.0.ask(|mut link| async move {
                let mut get = redis::cmd("GET");
                get.arg(place(user, key)).query_async::<Option<String>>(&mut link).await
            });
            let text = told.await?;
            text.map(|text| serde_json::from_str(&text))
                .transpose()
                .map_err(|error| self.odd(&error))
        })
    }

    fn set<'a>(
        &'a self,
        user: Uuid,
        key: &'a str,
        value: &'a Value,
        life: Duration,
    ) -> Told<'a, bool> {
        Box::pin(async move {
            let text = &serde_json::to_string(value).map_err(|error| self.odd(&error))?;
            self.0
                .ask(|mut link| async move {
                    let mut set = redis::cmd("EVAL");
                    set.arg(SET).arg(2).arg(place(user, key)).arg(index(user));
                    set.arg(key).arg(text).arg(life.as_secs()).arg(MOST);
                    set.query_async::<bool>(&mut link).await
                })
                .await
        })
    }

    fn forget<'a>(&'a self, user: Uuid, key: &'a str) -> Told<'a, ()> {
        Box::pin(async move {
            self.0
                .ask(|mut link| async move {
                    let mut both = redis::pipe();
                    both.cmd("DEL").arg(place(user, key)).ignore();
                    both.cmd("ZREM").arg(index(user)).arg(key).ignore();
                    both.query_async::<()>(&mut link).await
                })
                .await
        })
    }
}

fn place(user: Uuid, key: &str) -> String {
    format!("cache:{{{user}}}:{key}")
}

fn index(user: Uuid) -> String {
    format!("cache:{{{user}}}")
}
