//! What accounts need from outside, and what they keep in one of several places.

mod keys;
pub mod limits;
mod oidc;
pub mod sessions;

pub use keys::{FieldKeys, FieldKeysError};
pub use oidc::{OidcError, OidcOptions, OidcProvider};
