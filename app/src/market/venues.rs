//! The venues that this program is connected to, by name.

use std::collections::BTreeMap;
use std::sync::Arc;

use adapters::market::venue::VenueSource;

/// Venues by code. Cheap to clone.
#[derive(Clone, Default)]
pub struct Venues(Arc<BTreeMap<String, Arc<dyn VenueSource>>>);

impl Venues {
    /// These venues.
    #[must_use]
    pub fn new(sources: impl IntoIterator<Item = Arc<dyn VenueSource>>) -> Self {
        let named = sources.into_iter().map(|source| (source.venue().code.clone(), source));
        Self(Arc::new(named.collect()))
    }

    /// The venue of that code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Arc<dyn VenueSource>> {
        self.0.get(code)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn VenueSource>> {
        self.0.values()
    }
}
