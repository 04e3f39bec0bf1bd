//! What accounts need from outside.

mod keys;

pub use keys::{FieldKeys, FieldKeysError};
