//! The port: what the limits of requests ask of the place that counts them, whichever it is.

use futures_util::future::BoxFuture;

use crate::ops::redis::RedisUnavailable;

/// How long is counted before it begins at nothing again. Windows begin with those of the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// A minute.
    Minute,
    /// An hour.
    Hour,
}

impl Window {
    /// Its length.
    #[must_use]
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Minute => 60,
            Self::Hour => 3_600,
        }
    }

    /// The number of the window in which a second lies, both counted from 1970.
    pub(super) const fn number(self, second: i64) -> i64 {
        second.div_euclid(self.seconds())
    }
}

/// What is counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// `<whose>:<what>`.
    pub key: String,
    /// For how long.
    pub window: Window,
}

/// How often each was counted in its present window, this time included.
pub type Counted<'a> = BoxFuture<'a, Result<Vec<u32>, RedisUnavailable>>;

/// A place that counts.
///
/// Laws, which the behaviour suite checks on every implementation:
/// 1. Each call counts each counter once, whoever else calls at the same time, and tells all counts in
///    the order of the counters.
/// 2. Counters don't meet, those of one key with another window neither, and neither do windows: each begins at
///    nothing.
/// 3. What is held of windows that have passed goes away.
/// 4. A place that can't be reached fails; it never tells that nothing was counted.
pub trait Limits: Send + Sync + 'static {
    /// Counts these, in the windows in which a second lies that is counted from 1970.
    fn count<'a>(&'a self, counters: &'a [Counter], second: i64) -> Counted<'a>;
}
