//! Values of this process.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::{MOST, Told, Value, Values};

type OfPerson = HashMap<String, (Instant, Value)>;

/// Values in memory.
#[derive(Default)]
pub struct MemoryValues(Mutex<HashMap<Uuid, OfPerson>>);

impl MemoryValues {
    /// What is kept; of `user` without what is over, so that nobody's grow beyond [`MOST`].
    fn held(&self, user: Uuid) -> MutexGuard<'_, HashMap<Uuid, OfPerson>> {
        // Nothing panics while it is held.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = held.get_mut(&user) {
            let now = Instant::now();
            own.retain(|_, (end, _)| *end > now);
            if own.is_empty() {
                held.remove(&user);
            }
        }
        held
    }
}

impl Values for MemoryValues {
    fn get<'a>(&'a self, user: Uuid, key: &'a str) -> Told<'a, Option<Value>> {
        let held = self.held(user);
        let found = held.get(&user).and_then(|own| own.get(key)).map(|(_, value)| value.clone());
        Box::pin(ready(Ok(found)))
    }

    fn set<'a>(
        &'a self,
        user: Uuid,
        key: &'a str,
        value: &'a Value,
        life: Duration,
    ) -> Told<'a, bool> {
        let mut held = self.held(user);
        let own = held.entry(user).or_default();
        let fits = own.len() < MOST || own.contains_key(key);
        if fits {
            own.insert(key.to_owned(), (Instant::now() + life, value.clone()));
        }
        Box::pin(ready(Ok(fits)))
    }

    fn forget<'a>(&'a self, user: Uuid, key: &'a str) -> Told<'a, ()> {
        if let Some(own) = self.held(user).get_mut(&user) {
            own.remove(key);
        }
        Box::pin(ready(Ok(())))
    }
}
