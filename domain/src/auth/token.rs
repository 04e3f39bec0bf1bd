//! Secrets that programs and browsers show: 256 random bits each. Only their hash is stored, and
//! for so many bits any cryptographic hash will do; salt and slowness are for what people choose.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

const LENGTH: usize = 32;
/// So much of a key's text is shown in lists: its kind and 36 of its 256 bits.
const RECOGNISED: usize = 10;

/// What a secret is for; the beginning of its text tells, so that a leaked one is recognised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    /// A session's.
    Session,
    /// A login's whose second factor is awaited.
    PendingLogin,
    /// A browser's that went to another provider to log in.
    ProviderLogin,
    /// A program's key.
    Key,
    /// The key of a program that signs its requests; it is shown with each of them.
    RequestKey,
    /// What those requests are signed with, which is never shown.
    RequestSecret,
    /// What alerts of another program have.
    Webhook,
}

impl SecretKind {
    /// How its text begins.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Session => "chs_",
            Self::PendingLogin => "chp_",
            Self::ProviderLogin => "cho_",
            Self::Key => "chk_",
            Self::RequestKey => "chr_",
            Self::RequestSecret => "chx_",
            Self::Webhook => "chw_",
        }
    }
}

/// A secret that was just made or shown. It is never logged: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

/// What is stored of a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenHash(pub [u8; LENGTH]);

impl TokenHash {
    /// Of what somebody shows.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(*blake3::hash(text.as_bytes()).as_bytes())
    }
}

impl Secret {
    /// Writes random bits as a text for headers, cookies and settings files.
    #[must_use]
    pub fn new(kind: SecretKind, random: [u8; LENGTH]) -> Self {
        Self(format!("{}{}", kind.prefix(), URL_SAFE_NO_PAD.encode(random)))
    }

    /// A text that has the form of such a secret.
    #[must_use]
    pub fn parse(kind: SecretKind, text: &str) -> Option<Self> {
        let digits = text.strip_prefix(kind.prefix())?;
        let bits = URL_SAFE_NO_PAD.decode(digits).ok()?;
        (bits.len() == LENGTH).then(|| Self(text.to_owned()))
    }

    /// The text, to be given to its owner.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// The beginning of the text, by which its owner recognises it.
    #[must_use]
    pub fn beginning(&self) -> &str {
        &self.0[..RECOGNISED]
    }

    /// Another secret that follows from it and doesn't lead back: 43 letters and digits.
    #[must_use]
    pub fn derived(&self, purpose: &str) -> String {
        URL_SAFE_NO_PAD.encode(blake3::derive_key(purpose, self.0.as_bytes()))
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self) -> TokenHash {
        TokenHash::of(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_as_it_was_written_and_nothing_else_is() {
        let secret = Secret::new(SecretKind::Session, [0xa5; 32]);
        assert_eq!(secret.reveal(), "chs_paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU");
        let read = Secret::parse(SecretKind::Session, secret.reveal()).expect("its own text");
        assert_eq!(read.hash(), secret.hash());
        assert!(!format!("{secret:?}").contains("paWl"));
        assert_eq!(secret.beginning(), "chs_paWlpa");
        for text in [
            "",
            "chs_",
            "chk_paWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaWlpaU",
            "chs_paWlpaWlpaWlpaWl paWlpaWlpaWlpaWlpaWlpaWlpaU",
        ] {
            assert_eq!(Secret::parse(SecretKind::Session, text), None, "{text}");
        }
    }
}
