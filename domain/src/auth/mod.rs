//! Who may do what, and what a person's address, password and tokens look like.

mod code;
mod email;
mod key;
mod keyring;
mod network;
mod password;
mod role;
mod token;
mod totp;

pub use code::{Code, CodePurpose};
pub use email::{Email, EmailError};
pub use key::{ApiKeyError, check_key};
pub use keyring::{KeyError, KeyId, Keyring, NEW_KEY};
pub use network::Network;
pub use password::{PasswordError, check_password};
pub use role::{Role, Scope};
pub use token::{Secret, SecretKind, TokenHash};
pub use totp::{TOTP_SECRET, totp_address, totp_step};
