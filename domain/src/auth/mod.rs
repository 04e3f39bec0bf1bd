//! Who may do what, and what a person's address, password and tokens look like.

mod code;
mod email;
mod password;
mod role;
mod token;

pub use code::{Code, CodePurpose};
pub use email::{Email, EmailError};
pub use password::{PasswordError, check_password};
pub use role::{Role, Scope};
pub use token::{Secret, SecretKind, TokenHash};
