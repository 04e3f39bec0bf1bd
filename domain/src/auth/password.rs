//! What a password must be.

use super::Email;

/// Fewer characters are guessed, more are no password that a person types.
const LENGTH: std::ops::RangeInclusive<usize> = 12..=256;
/// A password of fewer different characters is a pattern.
const DIFFERENT: usize = 5;

/// Why a password isn't taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short or too long.
    #[error("a password has {} to {} characters", LENGTH.start(), LENGTH.end())]
    Length,
    /// A few characters again and again.
    #[error("a password has at least {DIFFERENT} different characters")]
    Pattern,
    /// It says whose it is.
    #[error("a password does not contain the name before the @ of its owner's address")]
    Address,
}

/// Checks a new password. Length is what counts (NIST SP 800-63B): no rules of classes of
/// characters, and no expiry.
///
/// # Errors
/// Every [`PasswordError`].
pub fn check_password(password: &str, owner: Option<&Email>) -> Result<(), PasswordError> {
    if !LENGTH.contains(&password.chars().count()) {
        return Err(PasswordError::Length);
    }
    let mut different: Vec<char> = password.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < DIFFERENT {
        return Err(PasswordError::Pattern);
    }
    let name = owner.and_then(|email| email.as_str().split('@').next());
    if name.is_some_and(|name| name.chars().count() > 3 && password.to_lowercase().contains(name)) {
        return Err(PasswordError::Address);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_and_varied_passwords_are_taken() {
        let owner: Email = "lovelace@example.com".parse().expect("an address");
        let check = |password: &str| check_password(password, Some(&owner));
        assert_eq!(check("correct horse battery"), Ok(()));
        assert_eq!(check("пароль очень длинный"), Ok(()));
        assert_eq!(check("short-one"), Err(PasswordError::Length));
        assert_eq!(check(&"long and varied ".repeat(20)), Err(PasswordError::Length));
        assert_eq!(check("aaaaaaaaaaaaaa"), Err(PasswordError::Pattern));
        assert_eq!(check("my name is LoveLace"), Err(PasswordError::Address));
    }
}
