//! Who may do what, what a person's address, password and tokens look like, and what they prefer.

mod code;
mod email;
mod id_token;
mod jws;
mod key;
mod keyring;
mod network;
mod password;
mod preferences;
mod role;
mod token;
mod totp;
mod watchlist;

pub use code::{Code, CodePurpose};
pub use email::{Email, EmailError};
pub use id_token::{
    ExpectedIdToken, IdTokenError, ProviderUser, check_id_token, pkce_challenge, provider_user,
};
pub use jws::{Jws, JwsError, PublicKey, SIGNING_KEY, SigningKey, ed25519_jwk};
pub use key::{ApiKeyError, check_key};
pub use keyring::{KeyError, KeyId, Keyring, NEW_KEY};
pub use network::Network;
pub use password::{PasswordError, check_password};
pub use preferences::{
    NotificationsError, Preferences, Theme, UnknownZone, Zone, check_notifications,
};
pub(crate) use role::names;
pub use role::{Role, Scope};
pub use token::{Secret, SecretKind, TokenHash};
pub use totp::{TOTP_SECRET, totp_address, totp_step};
pub use watchlist::{Watchlist, WatchlistError, check_watchlist};
