//! An address that mail can be sent to, in one spelling.

use std::fmt;
use std::str::FromStr;

/// The longest address that mail servers take (RFC 5321, with its brackets taken off).
const MAX_LENGTH: usize = 254;
const MAX_LOCAL: usize = 64;

/// An e-mail address in lower case: people don't remember how they wrote theirs, and no provider
/// in use tells two spellings apart.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Why a text is no address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EmailError {
    /// There is no part before or after the last `@`, or the latter is no domain.
    #[error("not an e-mail address: something like name@example.com is expected")]
    Malformed,
    /// Longer than mail servers take.
    #[error(
        "an e-mail address has at most {MAX_LENGTH} characters, {MAX_LOCAL} of them before the @"
    )]
    TooLong,
}

impl Email {
    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = EmailError;

    fn from_str(text: &str) -> Result<Self, EmailError> {
        let text = text.trim();
        let (local, domain) = text.rsplit_once('@').ok_or(EmailError::Malformed)?;
        if text.len() > MAX_LENGTH || local.len() > MAX_LOCAL {
            return Err(EmailError::TooLong);
        }
        let plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
        let label = |label: &str| {
            let inside = |c: char| c.is_alphanumeric() || c == '-';
            !label.is_empty()
                && label.chars().all(inside)
                && !label.starts_with('-')
                && !label.ends_with('-')
        };
        let dots = !local.is_empty() && local.split('.').all(|part| !part.is_empty());
        if dots && local.chars().all(plain) && domain.split('.').all(label) {
            return Ok(Self(text.to_lowercase()));
        }
        Err(EmailError::Malformed)
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_one_spelling_and_others_are_refused() {
        for (text, address) in [
            ("Ada.Lovelace+trading@Example.COM", "ada.lovelace+trading@example.com"),
            (" root@localhost ", "root@localhost"),
            ("müller@bücher.example", "müller@bücher.example"),
        ] {
            assert_eq!(text.parse::<Email>().expect(text).as_str(), address);
        }
        for text in [
            "",
            "@",
            "a@",
            "@b",
            "a b@c.d",
            "a@b c",
            "a..b@c.d",
            ".a@c.d",
            "a@b..c",
            "a@-b.c",
            "a@b@c.d",
            "a@b.c\r\nBcc: d@e.f",
            "<a@b.c>",
            "a\0@b.c",
        ] {
            assert_eq!(text.parse::<Email>(), Err(EmailError::Malformed), "{text:?}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        assert_eq!(long.parse::<Email>(), Err(EmailError::TooLong));
    }
}
