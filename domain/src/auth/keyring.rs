//! Fields that must be read again are encrypted: XChaCha20-Poly1305, whose nonces may be random. The
//! ciphertext names its key, so that several keys can be in use while the fields go over to another, and
//! is bound to what it belongs to, so that it is worth nothing elsewhere.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};

/// Bytes of a key.
const KEY: usize = 32;
/// Bytes of a nonce.
const NONCE: usize = 24;
/// The first byte of what is sealed like this; another form would begin with another.
const FORM: u8 = 1;
/// The form and the key's name.
const HEAD: usize = 5;

/// Random bytes that a new key is made of: its name and itself.
pub const NEW_KEY: usize = 4 + KEY;

/// What a key is called, in a ciphertext and in the file. It is random, so that two machines don't mean
/// different keys by one name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyId(pub [u8; 4]);

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Keys, the one that seals first.
#[derive(Clone)]
pub struct Keyring(Vec<(KeyId, [u8; KEY])>);

/// Why something can't be sealed or opened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// A line that is no key. What it is instead is not repeated.
    #[error(
        "line {0} is no key: eight hexadecimal digits, a blank and 32 bytes in base64 are expected"
    )]
    Line(usize),
    /// Two keys of one name.
    #[error("there are two keys {0}")]
    Twice(KeyId),
    /// There is none.
    #[error("there is no key")]
    Empty,
    /// The key of a ciphertext isn't there.
    #[error("the key {0}, with which a field is encrypted, is missing")]
    Missing(KeyId),
    /// It isn't what was sealed, or it was sealed for another place.
    #[error("an encrypted field is damaged")]
    Damaged,
}

impl Keyring {
    /// Reads keys, a line each; empty lines and those with `#` at their beginning are passed over.
    ///
    /// # Errors
    /// [`KeyError::Line`], [`KeyError::Twice`], [`KeyError::Empty`].
    pub fn parse(text: &str) -> Result<Self, KeyError> {
        let mut keys: Vec<(KeyId, [u8; KEY])> = Vec::new();
        for (number, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let (id, key) = entry(line).ok_or(KeyError::Line(number + 1))?;
            if keys.iter().any(|(known, _)| *known == id) {
                return Err(KeyError::Twice(id));
            }
            keys.push((id, key));
        }
        if keys.is_empty() { Err(KeyError::Empty) } else { Ok(Self(keys)) }
    }

    /// A new key before the others, made of random bytes.
    #[must_use]
    pub fn with(others: Option<&Self>, random: [u8; NEW_KEY]) -> Self {
        let ([a, b, c, d, ..], mut key) = (random, [0; KEY]);
        key.copy_from_slice(&random[NEW_KEY - KEY..]);
        let mut keys = vec![(KeyId([a, b, c, d]), key)];
        keys.extend(others.into_iter().flat_map(|others| others.0.iter().copied()));
        Self(keys)
    }

    /// The keys as [`Keyring::parse`] reads them.
    #[must_use]
    pub fn reveal(&self) -> String {
        self.0.iter().map(|(id, key)| format!("{id} {}\n", STANDARD.encode(key))).collect()
    }

    /// Their names, that of the one that seals first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> {
        self.0.iter().map(|(id, _)| *id)
    }

    /// Encrypts what belongs to `place`; `None` never happens for fields, but for gigabytes.
    #[must_use]
    pub fn seal(&self, place: &[u8], plain: &[u8], nonce: [u8; NONCE]) -> Option<Vec<u8>> {
        let (id, key) = self.0.first()?;
        let head = [&[FORM], &id.0[..]].concat();
        let payload = Payload { msg: plain, aad: &[&head, place].concat() };
        let body =
            XChaCha20Poly1305::new(key.into()).encrypt(&XNonce::from(nonce), payload).ok()?;
        Some([&head[..], &nonce, &body].concat())
    }

    /// Decrypts what was sealed for `place`.
    ///
    /// # Errors
    /// [`KeyError::Missing`], [`KeyError::Damaged`].
    pub fn open(&self, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, KeyError> {
        let (head, rest) = sealed.split_at_checked(HEAD).ok_or(KeyError::Damaged)?;
        let (nonce, body) = rest.split_first_chunk::<NONCE>().ok_or(KeyError::Damaged)?;
        let [FORM, a, b, c, d] = *head else { return Err(KeyError::Damaged) };
        let id = KeyId([a, b, c, d]);
        let found = self.0.iter().find(|(known, _)| *known == id);
        let (_, key) = found.ok_or(KeyError::Missing(id))?;
        let payload = Payload { msg: body, aad: &[head, place].concat() };
        let opened = XChaCha20Poly1305::new(key.into()).decrypt(&XNonce::from(*nonce), payload);
        opened.map_err(|_| KeyError::Damaged)
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.ids()).finish()
    }
}

fn entry(line: &str) -> Option<(KeyId, [u8; KEY])> {
    let (name, key) = line.split_once(' ')?;
    let id = (name.len() == 8).then(|| u32::from_str_radix(name, 16).ok()).flatten()?;
    let key = STANDARD.decode(key.trim()).ok()?.try_into().ok()?;
    Some((KeyId(id.to_be_bytes()), key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ring(first: u8) -> Keyring {
        Keyring::with(None, [first; NEW_KEY])
    }

    #[test]
    fn what_is_sealed_is_opened_by_its_key_in_its_place_only() {
        let old = ring(7);
        let sealed = old.seal(b"totp of ada", b"a secret", [9; NONCE]).expect("sealed");
        assert!(!sealed.windows(8).any(|part| part == b"a secret"));
        let new = Keyring::with(Some(&old), [8; NEW_KEY]);
        assert_eq!(new.open(b"totp of ada", &sealed), Ok(b"a secret".to_vec()), "the old one");
        assert_eq!(new.open(b"totp of ben", &sealed), Err(KeyError::Damaged));
        assert_eq!(ring(8).open(b"totp of ada", &sealed), Err(KeyError::Missing(KeyId([7; 4]))));
        let again = new.seal(b"totp of ada", b"a secret", [9; NONCE]).expect("sealed");
        assert_eq!(again[1..5], [8; 4], "the new one seals");
        for place in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1;
            assert!(old.open(b"totp of ada", &damaged).is_err(), "byte {place}");
            assert!(old.open(b"totp of ada", &sealed[..place]).is_err(), "{place} bytes");
        }
    }

    #[test]
    fn keys_are_read_as_they_were_written_and_what_is_wrong_is_named_not_shown() {
        let two = Keyring::with(Some(&ring(1)), [0xab; NEW_KEY]);
        let read = Keyring::parse(&format!("# of fields\n\n{}", two.reveal())).expect("keys");
        assert_eq!(read.reveal(), two.reveal());
        assert_eq!(format!("{read:?}"), "[KeyId([171, 171, 171, 171]), KeyId([1, 1, 1, 1])]");
        assert_eq!(read.ids().next().map(|id| id.to_string()).as_deref(), Some("abababab"));
        assert_eq!(Keyring::parse(" \n").unwrap_err(), KeyError::Empty);
        let twice = ring(1).reveal().repeat(2);
        assert_eq!(Keyring::parse(&twice).unwrap_err(), KeyError::Twice(KeyId([1; 4])));
        for wrong in ["01010101", "01010101 c2VjcmV0", "1 AAAA", "0101010g AAAA"] {
            let error = Keyring::parse(&format!("#\n{wrong}")).unwrap_err();
            assert_eq!(error, KeyError::Line(2));
            assert!(!error.to_string().contains("c2Vj"));
        }
    }
}
