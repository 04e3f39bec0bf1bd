//! Encrypted fields, and how they go over to another key while everything is used.

use adapters::auth::FieldKeys;
use domain::auth::{KeyError, KeyId, Keyring};
use serde_json::json;
use store::Tx;
use store::auth::audit;
use store::auth::fields::{self, Field};
use uuid::Uuid;

use super::{AccountError, Accounts, Actor, change};

/// Fields that go over in a transaction.
const BATCH: i64 = 100;

/// A key, how many fields it encrypts, and whether it is at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// Its name.
    pub id: KeyId,
    /// Fields that it encrypts.
    pub fields: i64,
    /// Whether it is among the keys; a field whose key is not can't be read.
    pub is_there: bool,
    /// Whether fields are encrypted by it now.
    pub is_current: bool,
}

impl Accounts {
    /// Says where the keys of encrypted fields are; without them there is no second factor. The first one stays.
    pub fn use_keys(&self, keys: FieldKeys) {
        // A second one would be for the same database.
        let _ = self.0.keys.set(keys);
    }

    fn keyring(&self) -> Result<Keyring, AccountError> {
        let keys = self.0.keys.get().ok_or(AccountError::NoKeys)?;
        Ok(keys.read(self.0.random.bytes())?)
    }

    pub(crate) fn seal(
        &self,
        field: Field,
        id: Uuid,
        plain: &[u8],
    ) -> Result<Vec<u8>, AccountError> {
        let sealed = self.keyring()?.seal(&field.place(id), plain, self.0.random.bytes());
        sealed.ok_or(AccountError::NoKeys)
    }

    /// What a field holds; so many bytes, or it is damaged.
    pub(crate) fn open<const N: usize>(
        &self,
        field: Field,
        id: Uuid,
        sealed: &[u8],
    ) -> Result<[u8; N], AccountError> {
        let plain = self.keyring()?.open(&field.place(id), sealed)?;
        plain.try_into().map_err(|_| KeyError::Damaged.into())
    }

    /// The keys, the current one first, then those that are at hand, then those that are missing.
    ///
    /// # Errors
    /// Those of the keys and the database.
    pub async fn field_keys(&self) -> Result<Vec<KeyState>, AccountError> {
        let mut used = fields::by_key(&self.0.db).await?;
        let mut fields = |id: KeyId| {
            let place = used.iter().position(|(known, _)| *known == id);
            place.map_or(0, |place| used.swap_remove(place).1)
        };
        let state = |(place, id)| KeyState {
            id,
            fields: fields(id),
            is_there: true,
            is_current: place == 0,
        };
        let mut states: Vec<_> = self.keyring()?.ids().enumerate().map(state).collect();
        states.extend(used.into_iter().map(|(id, fields)| KeyState {
            id,
            fields,
            is_there: false,
            is_current: false,
        }));
        Ok(states)
    }

    /// Adds a key, by which fields are encrypted from now on in every process that reads the same file.
    ///
    /// # Errors
    /// Those of the keys and the database.
    pub async fn add_key(&self, actor: &Actor) -> Result<KeyId, AccountError> {
        let keys = self.0.keys.get().ok_or(AccountError::NoKeys)?;
        let id = keys.add(self.0.random.bytes())?;
        let after = Some(json!({ "key": id.to_string() }));
        let entry = &change(self.entry(actor, "keys.add"), None, after);
        self.0.db.run("auth.add_key", |tx| async move { audit::write(&tx, entry).await }).await?;
        Ok(id)
    }

    /// Encrypts some fields of other keys by the current one; tells how many, 0 at the end. It may be cut
    /// anywhere and begun again: each batch is a transaction, and readers are held up by none.
    ///
    /// # Errors
    /// Those of the keys and the database.
    pub async fn reseal_some(&self) -> Result<usize, AccountError> {
        let keys = &self.keyring()?;
        let current = keys.ids().next().ok_or(AccountError::NoKeys)?;
        let reseal = |tx: Tx| async move {
            let mut done = 0;
            for field in Field::ALL {
                for (id, sealed) in fields::of_other_keys(&tx, field, current, BATCH).await? {
                    let place = field.place(id);
                    let plain = keys.open(&place, &sealed)?;
                    let sealed = keys.seal(&place, &plain, self.0.random.bytes());
                    fields::reseal(&tx, field, id, &sealed.ok_or(AccountError::NoKeys)?).await?;
                    done += 1;
                }
            }
            Ok::<_, AccountError>(done)
        };
        self.0.db.run("auth.reseal", reseal).await
    }
}
