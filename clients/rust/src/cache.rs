//! One's own values that live for a while, as programs keep them in Redis.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::Method;
use serde::Deserialize;
use serde_json::json;

use crate::Result;
use crate::client::{Call, Client};
use crate::error::Code;
use crate::model::Segment;

/// A value that lives for a while.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CachedValue {
    /// Its name.
    pub key: String,
    /// The text that was set.
    pub value: String,
    /// When it is forgotten.
    pub expires_at: Timestamp,
}

impl Client {
    /// Sets a value for a time of whole seconds. It is yours alone, and never taken for a market's price.
    ///
    /// # Errors
    /// `invalid_cache_key`, `invalid_cache_value`, `too_many`.
    pub async fn set_value(&self, key: &str, value: &str, life: Duration) -> Result<CachedValue> {
        let body = json!({ "value": value, "life_s": life.as_secs() });
        self.ask(Call::new(Method::PUT, path(key)).json(&body)?).await
    }

    /// A value that was set, while it lives.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn value(&self, key: &str) -> Result<Option<CachedValue>> {
        match self.get(path(key)).await {
            Err(error) if error.is(&Code::UNKNOWN_CACHE_KEY) => Ok(None),
            found => found.map(Some),
        }
    }

    /// Forgets a value.
    ///
    /// # Errors
    /// Whatever a call may fail with.
    pub async fn forget_value(&self, key: &str) -> Result<()> {
        self.send(&Call::new(Method::DELETE, path(key)).harmless()).await.map(drop)
    }
}

fn path(key: &str) -> String {
    format!("/v1/trading/cache/{}", Segment(key))
}
