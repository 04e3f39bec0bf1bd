//! What people's programs keep for a while: texts under keys of their own, apart from everything that the market says.

use std::sync::Arc;
use std::time::Duration;

use adapters::ops::redis::RedisUnavailable;
use adapters::trading::values::{MOST, Value, Values};
use uuid::Uuid;

use crate::Clock;

const LONGEST_KEY: usize = 128;
const LONGEST_VALUE: usize = 4_096;
/// Seconds: a day.
const LONGEST_LIFE: u32 = 86_400;

/// Why a value is not kept or told.
#[derive(Debug, thiserror::Error)]
pub enum CacheError {
    /// Not a key.
    #[error("a key has 1 to {LONGEST_KEY} visible ASCII characters")]
    Key,
    /// Too long.
    #[error("a value has at most {LONGEST_VALUE} bytes, and this one has {0}")]
    Value(usize),
    /// Too short or long.
    #[error("a life is 1 to {LONGEST_LIFE} s, not {0}")]
    Life(u32),
    /// The person has enough of them.
    #[error("a person has at most {MOST} values at a time")]
    TooMany,
    /// The place where they are kept does not answer.
    #[error(transparent)]
    Unavailable(#[from] RedisUnavailable),
}

/// The values of all people.
pub struct Cache {
    values: Arc<dyn Values>,
    clock: Clock,
}

impl Cache {
    /// Those that are kept there.
    #[must_use]
    pub fn new(values: Arc<dyn Values>, clock: Clock) -> Self {
        Self { values, clock }
    }

    /// Sets a value of somebody for so many seconds.
    ///
    /// # Errors
    /// [`CacheError`].
    pub async fn set(
        &self,
        user: Uuid,
        key: &str,
        text: String,
        life_s: u32,
    ) -> Result<Value, CacheError> {
        let key = checked(key)?;
        if text.len() > LONGEST_VALUE {
            return Err(CacheError::Value(text.len()));
        }
        if !(1..=LONGEST_LIFE).contains(&life_s) {
            return Err(CacheError::Life(life_s));
        }
        let end = self.clock.now().plus_micros(i64::from(life_s) * 1_000_000);
        let value = Value { text, expires_at: end.to_string() };
        let life = Duration::from_secs(u64::from(life_s));
        match self.values.set(user, key, &value, life).await? {
            true => Ok(value),
            false => Err(CacheError::TooMany),
        }
    }

    /// A value of somebody, while it lives.
    ///
    /// # Errors
    /// [`CacheError`].
    pub async fn get(&self, user: Uuid, key: &str) -> Result<Option<Value>, CacheError> {
        Ok(self.values.get(user, checked(key)?).await?)
    }

    /// Forgets a value of somebody.
    ///
    /// # Errors
    /// [`CacheError`].
    pub async fn forget(&self, user: Uuid, key: &str) -> Result<(), CacheError> {
        Ok(self.values.forget(user, checked(key)?).await?)
    }
}

fn checked(key: &str) -> Result<&str, CacheError> {
    let fits = (1..=LONGEST_KEY).contains(&key.len());
    let fits = fits && key.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(key).ok_or(CacheError::Key)
}

#[cfg(test)]
mod tests {
    use adapters::trading::values::MemoryValues;

    use super::*;

    #[tokio::test]
    async fn what_is_kept_has_its_limits() {
        let cache = Cache::new(Arc::new(MemoryValues::default()), Clock::system());
        let user = Uuid::from_u128(1);
        let set = async |key: &str, text: &str, life| {
            cache.set(user, key, text.to_owned(), life).await.map(|value| value.text)
        };
        assert_eq!(set("price:BTC/USDT", "50000.0", 60).await.unwrap(), "50000.0");
        for key in ["", "two words", "é", &"k".repeat(129)] {
            assert!(matches!(set(key, "x", 60).await, Err(CacheError::Key)), "{key:?}");
            assert!(matches!(cache.get(user, key).await, Err(CacheError::Key)), "{key:?}");
        }
        assert!(matches!(set("k", &"v".repeat(4_097), 60).await, Err(CacheError::Value(4_097))));
        for life in [0, 86_401] {
            assert!(matches!(set("k", "v", life).await, Err(CacheError::Life(_))), "{life}");
        }
        assert_eq!(cache.get(user, "k").await.unwrap(), None);
    }
}
