//! Codes that people type: from a mail, from a terminal, or from a sheet of paper. They are shorter
//! than secrets of programs, so they are used once and tried a few times at most.

use std::fmt;

use super::TokenHash;
use super::role::names;

/// Crockford's digits: no I, L, O and U, so that what is read aloud is written down rightly.
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const LENGTH: usize = 12;
const GROUP: usize = 4;

/// What a code is for. One of another purpose is another code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodePurpose {
    /// Shows that an address is read by the person who gave it.
    VerifyEmail,
    /// Lets somebody set a new password.
    ResetPassword,
    /// Makes the first administrator.
    Setup,
    /// Stands for an authenticator app that was lost.
    Recovery,
}

names!(
    CodePurpose: VerifyEmail = "verify_email", ResetPassword = "reset_password", Setup = "setup",
    Recovery = "recovery",
);

/// A code that was just made or typed: 60 random bits. It is never logged: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct Code([u8; LENGTH]);

impl Code {
    /// Writes random bits as digits.
    #[must_use]
    pub fn new(random: [u8; LENGTH]) -> Self {
        Self(random.map(|byte| DIGITS[usize::from(byte % 32)]))
    }

    /// A code as people type it: blanks, dashes and case don't matter, nor O for 0 and I or L for 1.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let typed = text.bytes().filter(|byte| !byte.is_ascii_whitespace() && *byte != b'-');
        let digit = |byte: u8| match byte.to_ascii_uppercase() {
            b'O' => Some(b'0'),
            b'I' | b'L' => Some(b'1'),
            digit => DIGITS.contains(&digit).then_some(digit),
        };
        let digits: Vec<u8> = typed.take(LENGTH + 1).map(digit).collect::<Option<_>>()?;
        digits.try_into().ok().map(Self)
    }

    /// The text, to be given to its owner: `7K3M-9QXT-2BHC`.
    #[must_use]
    pub fn reveal(&self) -> String {
        let digits = String::from_utf8_lossy(&self.0);
        format!("{}-{}-{}", &digits[..GROUP], &digits[GROUP..2 * GROUP], &digits[2 * GROUP..])
    }

    /// What is stored of it.
    #[must_use]
    pub fn hash(&self, purpose: CodePurpose) -> TokenHash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(purpose.as_str().as_bytes()).update(b":").update(&self.0);
        TokenHash(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = Code::new([0, 1, 2, 3, 10, 31, 32, 33, 250, 255, 18, 20]);
        assert_eq!(code.reveal(), "0123-AZ01-TZJM");
        for typed in ["0123-AZ01-TZJM", " o1 23azOl tzjm", "0i23AZ0LTZJM"] {
            assert_eq!(Code::parse(typed), Some(code.clone()), "{typed}");
        }
        for wrong in ["", "0123-AZ01-TZJ", "0123-AZ01-TZJMM", "0123-AZ01-TZJU", "0123-AZ01-TZJé"] {
            assert_eq!(Code::parse(wrong), None, "{wrong}");
        }
        assert!(!format!("{code:?}").contains("AZ"));
        let hashes = CodePurpose::ALL.iter().map(|purpose| code.hash(*purpose).0);
        assert_eq!(hashes.collect::<std::collections::HashSet<_>>().len(), CodePurpose::ALL.len());
    }
}
