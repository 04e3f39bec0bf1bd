//! Counts of this process.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use super::{Counted, Counter, Limits, Window};

/// Counts of the newest minute and the newest hour that were asked for.
#[derive(Default)]
pub struct MemoryLimits(Mutex<Newest>);

#[derive(Default)]
struct Newest {
    minute: Counts,
    hour: Counts,
}

#[derive(Default)]
struct Counts {
    number: i64,
    of: HashMap<String, u32>,
}

impl Limits for MemoryLimits {
    fn count<'a>(&'a self, counters: &'a [Counter], second: i64) -> Counted<'a> {
        // Nothing in here can panic half-way.
        let mut held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let counts = counters.iter().map(|Counter { key, window }| {
            let counts = match window {
                Window::Minute => &mut held.minute,
                Window::Hour => &mut held.hour,
            };
            counts.add(key, window.number(second))
        });
        let counts = counts.collect();
        Box::pin(std::future::ready(Ok(counts)))
    }
}

impl Counts {
    fn add(&mut self, key: &str, number: i64) -> u32 {
        if self.number != number {
            // As many callers as in the window before are likely.
            let room = self.of.len();
            *self = Self { number, of: HashMap::with_capacity(room) };
        }
        let count = match self.of.get_mut(key) {
            Some(count) => count,
            None => self.of.entry(key.to_owned()).or_default(),
        };
        *count = count.saturating_add(1);
        *count
    }
}
