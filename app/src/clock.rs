//! The clock, passed in where a rule depends on the time, so that a test can set it.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use domain::Time;

/// Tells the time. Cheap to clone.
#[derive(Clone, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(None)
    }

    /// A clock that stands still at `time` until it is set.
    #[must_use]
    pub fn fixed(time: Time) -> Self {
        Self(Some(Arc::new(AtomicI64::new(time.micros()))))
    }

    /// Moves a fixed clock; the machine's clock cannot be moved.
    pub fn set(&self, time: Time) {
        if let Some(fixed) = &self.0 {
            fixed.store(time.micros(), Ordering::SeqCst);
        }
    }

    /// Now.
    #[must_use]
    pub fn now(&self) -> Time {
        match &self.0 {
            Some(fixed) => Time::MIN.plus_micros(fixed.load(Ordering::SeqCst) - Time::MIN.micros()),
            #[allow(clippy::disallowed_methods, reason = "the one place that reads the clock")]
            None => jiff::Timestamp::now().into(),
        }
    }
}
