//! What accounts need from outside, and what they keep in one of several places.

mod keys;
pub mod limits;
pub mod sessions;

pub use keys::{FieldKeys, FieldKeysError};
