//! The port: what is asked of the place where values are kept, whichever it is.

use std::time::Duration;

use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::ops::redis::RedisUnavailable;

/// A person has so many values at the most.
pub const MOST: usize = 1_000;

/// What asking comes to.
pub type Told<'a, T> = BoxFuture<'a, Result<T, RedisUnavailable>>;

/// A value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// Its text.
    pub text: String,
    /// When it is forgotten; RFC 3339.
    pub expires_at: String,
}

/// A place where values are kept.
///
/// Laws, which the behaviour suite checks on every implementation:
/// 1. What was set last under a key is told until its life has passed or it is forgotten, and nothing afterwards.
/// 2. A person's values are told to nobody else, whatever their keys are.
/// 3. Of [`MOST`] values a further one is not set, until one of them is forgotten or its life has passed; those that are
///    there can be set anew.
/// 4. A place that can't be reached fails; it never tells that there is nothing.
pub trait Values: Send + Sync + 'static {
    /// A value of a person.
    fn get<'a>(&'a self, user: Uuid, key: &'a str) -> Told<'a, Option<Value>>;

    /// Sets a value for a life of whole seconds; false where the person has enough of them.
    fn set<'a>(
        &'a self,
        user: Uuid,
        key: &'a str,
        value: &'a Value,
        life: Duration,
    ) -> Told<'a, bool>;

    /// Forgets a value.
    fn forget<'a>(&'a self, user: Uuid, key: &'a str) -> Told<'a, ()>;
}
