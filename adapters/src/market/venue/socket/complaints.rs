//! Messages that can't be understood: all are counted, some are logged. A venue that changes its
//! format must not fill the disk with lines about it.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Counter, counter};
use tokio::time::Instant;

/// At most one line in this time.
const GAP: Duration = Duration::from_secs(10);
/// Longest piece of a message in the log, in characters.
const MAX_SHOWN: usize = 300;

/// What one connection could not understand.
pub(super) struct Complaints {
    venue: Arc<str>,
    counter: Counter,
    /// When the next line may be written, and how many messages had none since the last.
    next: Option<Instant>,
    unlogged: u64,
}

impl Complaints {
    pub(super) fn of(venue: &Arc<str>) -> Self {
        let labels = [("venue", venue.to_string()), ("kind", "malformed".to_owned())];
        let counter = counter!("chandlery_venue_messages_total", &labels);
        Self { venue: Arc::clone(venue), counter, next: None, unlogged: 0 }
    }

    pub(super) fn note(&mut self, reason: &str, text: &str) {
        self.counter.increment(1);
        let now = Instant::now();
        if self.next.is_some_and(|next| now < next) {
            self.unlogged += 1;
            return;
        }
        self.next = Some(now + GAP);
        let text: String = text.chars().take(MAX_SHOWN).collect();
        let unlogged = std::mem::take(&mut self.unlogged);
        tracing::warn!(
            venue = &*self.venue,
            reason,
            text,
            unlogged,
            "a message of the venue can't be understood and is passed over"
        );
    }
}
