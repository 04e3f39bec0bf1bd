//! States of this process.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::{BotState, BotStates, LIFE, Told};

/// So many may be held before those that are over are looked for.
const ROOM: usize = 1_000;

/// States in memory.
pub struct MemoryStates {
    life: Duration,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    states: HashMap<Uuid, State>,
    /// Beyond so many, those that are over are dropped.
    room: usize,
}

struct State {
    since: Instant,
    revision: i64,
    /// None, where it was only heard that the revision is there.
    state: Option<BotState>,
}

impl Default for MemoryStates {
    fn default() -> Self {
        Self::with_life(LIFE)
    }
}

impl MemoryStates {
    /// States that are at hand for so long.
    #[must_use]
    pub fn with_life(life: Duration) -> Self {
        Self { life, held: Mutex::default() }
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // Nothing panics while it is held.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn put(&self, bot: Uuid, revision: i64, state: Option<BotState>) -> Told<'_, ()> {
        let mut held = self.held();
        if held.states.len() > held.room.max(ROOM) {
            held.states.retain(|_, state| state.since.elapsed() < self.life);
            held.room = 2 * held.states.len();
        }
        let late = held.states.get(&bot).is_some_and(|held| {
            let over = held.since.elapsed() >= self.life;
            !over && (held.revision, true) > (revision, state.is_some())
        });
        if !late {
            held.states.insert(bot, State { since: Instant::now(), revision, state });
        }
        Box::pin(ready(Ok(())))
    }
}

impl BotStates for MemoryStates {
    fn get(&self, bot: Uuid) -> Told<'_, Option<BotState>> {
        let held = self.held();
        let state = held.states.get(&bot).filter(|state| state.since.elapsed() < self.life);
        Box::pin(ready(Ok(state.and_then(|state| state.state.clone()))))
    }

    fn keep<'a>(&'a self, bot: Uuid, revision: i64, state: &'a BotState) -> Told<'a, ()> {
        self.put(bot, revision, Some(state.clone()))
    }

    fn forget(&self, bot: Uuid, revision: i64) -> Told<'_, ()> {
        self.put(bot, revision, None)
    }

    fn doubt(&self) {
        self.held().states.clear();
    }
}
