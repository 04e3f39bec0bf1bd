//! One-time passwords of an authenticator app (RFC 6238): six digits that change every 30 seconds, by
//! HMAC-SHA1, for some apps take nothing else and say nothing.

use totp_rs::{Builder, Totp};

use super::Email;
use crate::Time;

/// Bytes of a secret: as many as SHA-1 gives (RFC 4226, section 4).
pub const TOTP_SECRET: usize = 20;
/// What an app shows beside the address.
const ISSUER: &str = "Chandlery";

/// The step of a code that is right now, or was a step ago or will be: clocks differ. A step of `last`
/// or before it was used and counts no more.
#[must_use]
pub fn totp_step(secret: [u8; TOTP_SECRET], code: &str, now: Time, last: i64) -> Option<i64> {
    let seconds = u64::try_from(now.millis() / 1_000).ok()?;
    let step = totp(secret).build_noncompliant().check(code, seconds)?;
    i64::try_from(step).ok().filter(|step| *step > last)
}

/// The secret as people type it and as the address that apps read from a picture.
#[must_use]
pub fn totp_address(secret: [u8; TOTP_SECRET], owner: &Email) -> (String, String) {
    let owned: Totp = totp(secret)
        .with_issuer(Some(ISSUER))
        .with_account_name(owner.as_str())
        .build_noncompliant();
    let text = owned.secret().to_base32();
    // The only other thing wrong with an account name is a colon, which no address has.
    let url = owned.to_url().unwrap_or_default();
    (text, url)
}

fn totp(secret: [u8; TOTP_SECRET]) -> Builder {
    Builder::new().with_secret(totp_rs::Secret::new_stack(secret))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard_and_each_counts_once() {
        // RFC 6238, appendix B, its last six digits.
        let secret = *b"12345678901234567890";
        let at = |seconds: i64| Time::from_micros(seconds * 1_000_000).expect("a time");
        for (seconds, code) in
            [(59, "287082"), (1_111_111_109, "081804"), (2_000_000_000, "279037")]
        {
            let step = seconds / 30;
            for late in [-30, 0, 30] {
                assert_eq!(totp_step(secret, code, at(seconds + late), 0), Some(step), "{code}");
            }
            assert_eq!(totp_step(secret, code, at(seconds + 60), 0), None);
            assert_eq!(totp_step(secret, code, at(seconds), step), None, "used");
        }
        for odd in ["", "28708", "2870820", "28708x", "２８７０８２"] {
            assert_eq!(totp_step(secret, odd, at(59), 0), None, "{odd}");
        }
        let owner = "ada+desk@example.com".parse().expect("an address");
        let (text, url) = totp_address(secret, &owner);
        assert_eq!(text, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert!(url.starts_with("otpauth://totp/Chandlery:ada%2Bdesk%40example.com?"), "{url}");
        assert!(url.contains(&text) && url.contains("issuer=Chandlery"), "{url}");
    }
}
