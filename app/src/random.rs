//! Random bits and ids, passed in so that a test can choose them.

use std::sync::Arc;

use domain::Time;
use uuid::Uuid;

type Fill = dyn Fn(&mut [u8]) + Send + Sync;

/// Where random bits come from. Cheap to clone.
#[derive(Clone)]
pub struct Random(Arc<Fill>);

impl Random {
    /// The system's.
    ///
    /// # Panics
    /// Where the system has none; nothing that needs them could go on.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(|bytes| getrandom::fill(bytes).expect("the system gives random bits"))
    }

    /// Whatever a function writes.
    pub fn from_fn(fill: impl Fn(&mut [u8]) + Send + Sync + 'static) -> Self {
        Self(Arc::new(fill))
    }

    /// So many of them.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        (self.0)(&mut bytes);
        bytes
    }

    /// A new id, in order of time to the millisecond (UUID version 7).
    #[must_use]
    pub fn id(&self, now: Time) -> Uuid {
        let millis = u64::try_from(now.millis()).unwrap_or_default();
        uuid::Builder::from_unix_timestamp_millis(millis, &self.bytes()).into_uuid()
    }
}

impl std::fmt::Debug for Random {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Random")
    }
}
