//! States in Redis: `bot:status:<bot>`, each for 300 s.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{BotState, BotStates, LIFE, Told};
use crate::ops::redis::{Redis, RedisUnavailable};

/// What comes late is passed over: of a lower revision, or of the same without a state.
const PUT: &str = "
local held = redis.call('GET', KEYS[1])
if held then
  local is, new = cjson.decode(held), cjson.decode(ARGV[1])
  if is.revision > new.revision or (is.revision == new.revision and not new.state) then return 0 end
end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1";

/// States that several nodes share.
pub struct RedisStates(Redis);

#[derive(Serialize, Deserialize)]
struct Stored {
    revision: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    state: Option<BotState>,
}

impl RedisStates {
    /// Those in a Redis.
    #[must_use]
    pub fn new(redis: Redis) -> Self {
        Self(redis)
    }

    fn put(&self, bot: Uuid, revision: i64, state: Option<BotState>) -> Told<'_, ()> {
        Box::pin(async move {
            let stored = serde_json::to_string(&Stored { revision, state });
            let stored = &stored.map_err(|error| self.odd(&error))?;
            self.0
                .ask(|mut link| async move {
                    let mut put = redis::cmd("EVAL");
                    put.arg(PUT).arg(1).arg(key(bot)).arg(stored).arg(LIFE.as_secs());
                    put.query_async::<()>(&mut link).await
                })
                .await
        })
    }

    fn odd(&self, error: &serde_json::Error) -> RedisUnavailable {
        RedisUnavailable { place: self.0.place().to_owned(), reason: error.to_string() }
    }
}

impl BotStates for RedisStates {
    fn get(&self, bot: Uuid) -> Told<'_, Option<BotState>> {
        Box::pin(async move {
            let told = self.0.ask(|mut link| async move {
                redis::cmd("GET").arg(key(bot)).query_async::<Option<String>>(&mut link).await
            });
            let Some(text) = told.await? else { return Ok(None) };
            let stored: Stored = serde_json::from_str(&text).map_err(|error| self.odd(&error))?;
            Ok(stored.state)
        })
    }

    fn keep<'a>(&'a self, bot: Uuid, revision: i64, state: &'a BotState) -> Told<'a, ()> {
        self.put(bot, revision, Some(state.clone()))
    }

    fn forget(&self, bot: Uuid, revision: i64) -> Told<'_, ()> {
        self.put(bot, revision, None)
    }

    fn doubt(&self) {
        // Whoever changes a bot writes here, and every node that hears of the change does too.
    }
}

fn key(bot: Uuid) -> String {
    format!("bot:status:{bot}")
}
