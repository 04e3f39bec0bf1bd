//! Counts of this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Counted, Limits};

/// Counts of the newest minute that was asked for.
#[derive(Default)]
pub struct MemoryLimits(Mutex<Minute>);

#[derive(Default)]
struct Minute {
    number: i64,
    counts: HashMap<String, u32>,
}

impl Limits for MemoryLimits {
    fn count<'a>(&'a self, keys: &'a [String], minute: i64) -> Counted<'a> {
        // Nothing in here can panic half-way.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if held.number != minute {
            // As many callers as in the minute before are likely.
            let room = held.counts.len();
            *held = Minute { number: minute, counts: HashMap::with_capacity(room) };
        }
        let counts = keys.iter().map(|key| {
            let count = match held.counts.get_mut(key) {
                Some(count) => count,
                None => held.counts.entry(key.clone()).or_default(),
            };
            *count = count.saturating_add(1);
            *count
        });
        let counts = counts.collect();
        Box::pin(std::future::ready(Ok(counts)))
    }
}
