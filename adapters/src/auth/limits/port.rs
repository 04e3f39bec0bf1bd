//! The port: what the limits of requests ask of the place that counts them, whichever it is.

use futures_util::future::BoxFuture;

use crate::ops::redis::RedisUnavailable;

/// How often each of the keys was counted in that minute, this time included.
pub type Counted<'a> = BoxFuture<'a, Result<Vec<u32>, RedisUnavailable>>;

/// A place that counts.
///
/// Laws, which the behaviour suite checks on every implementation:
/// 1. Each call counts each key once, whoever else calls at the same time, and tells all counts in
///    the order of the keys.
/// 2. Keys don't meet, and neither do minutes: each begins at nothing.
/// 3. What is held of minutes that have passed goes away.
/// 4. A place that can't be reached fails; it never tells that nothing was counted.
pub trait Limits: Send + Sync + 'static {
    /// Counts these keys, `<whose>:<class>`, in a minute, counted from 1970.
    fn count<'a>(&'a self, keys: &'a [String], minute: i64) -> Counted<'a>;
}
