//! What operators and tools ask of the server itself.

pub(crate) mod docs;
pub(crate) mod health;
pub(crate) mod metrics;
pub(crate) mod openapi;
pub(crate) mod points;
pub(crate) mod postgres;
pub(crate) mod redis;
