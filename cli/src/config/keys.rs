//! Settings of the keys of encrypted fields.

use std::path::{Path, PathBuf};

use adapters::auth::FieldKeys;
use domain::auth::Keyring;
use secrecy::ExposeSecret;

use super::section::{Wrong, section};
use super::value::Password;

section! {
    /// Keys of encrypted fields of the database. `chandlery keys` lists and rotates them.
    Keys = "keys" {
        /// The file they are in; without it `keys` in the data folder. It is made when the first key is needed, and
        /// only its owner may read it. Several machines on one database need the same keys.
        file: Option<PathBuf> = None, like "/etc/chandlery/keys";
        /// The keys themselves instead, with commas between them, the current one first: eight hexadecimal digits, a
        /// blank and 32 random bytes in base64.
        list: Option<Password> = None, like "0a1b2c3d …";
    }
}

impl Keys {
    fn check(&self, wrong: &mut Wrong) {
        if self.file.is_some() && self.list.is_some() {
            wrong.0.push(("file", "is not needed where list is given".to_owned()));
        }
        if let Some(Err(why)) = self.ring() {
            wrong.0.push(("list", why.to_string()));
        }
    }

    fn ring(&self) -> Option<Result<Keyring, domain::auth::KeyError>> {
        let list = self.list.as_ref()?.0.expose_secret().replace(',', "\n");
        Some(Keyring::parse(&list))
    }

    /// Where the keys are.
    pub(crate) fn place(&self, data_dir: &Path) -> FieldKeys {
        // A list that holds no keys was refused when the settings were read.
        match self.ring() {
            Some(Ok(ring)) => FieldKeys::Given(ring),
            _ => FieldKeys::File(self.file.clone().unwrap_or_else(|| data_dir.join("keys"))),
        }
    }
}
