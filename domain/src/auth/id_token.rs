//! What a provider of logins says of somebody (OpenID Connect Core 1.0, section 3.1.3.7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use serde_json::Value;

use super::Email;
use crate::Time;

/// Clocks of providers differ from ours by no more, in seconds.
const SKEW: i64 = 60;
/// A subject is no longer, by the standard.
const MAX_SUBJECT: usize = 255;

/// Somebody as a provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderUser {
    /// Their name at the provider; never given to somebody else.
    pub subject: String,
    /// Their address, where the provider knows that it is theirs.
    pub email: Option<Email>,
    /// What they are called.
    pub name: Option<String>,
}

/// What an ID token must be for.
#[derive(Debug, Clone, Copy)]
pub struct ExpectedIdToken<'a> {
    /// Who made it.
    pub issuer: &'a str,
    /// For whom.
    pub client_id: &'a str,
    /// For which login.
    pub nonce: &'a str,
    /// When it is shown.
    pub now: Time,
}

/// Why an ID token, whose signature is right, isn't believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ID token's {0} is not what it must be")]
pub struct IdTokenError(pub &'static str);

/// Who an ID token is about.
///
/// # Errors
/// [`IdTokenError`] with the claim that is wrong.
pub fn check_id_token(
    claims: &Value,
    expected: ExpectedIdToken<'_>,
) -> Result<ProviderUser, IdTokenError> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let is = |right: bool, name| if right { Ok(()) } else { Err(IdTokenError(name)) };
    is(text("iss") == Some(expected.issuer), "iss")?;
    let audiences: Vec<Option<&str>> = match claims.get("aud") {
        Some(Value::Array(all)) => all.iter().map(Value::as_str).collect(),
        other => vec![other.and_then(Value::as_str)],
    };
    is(audiences.contains(&Some(expected.client_id)), "aud")?;
    let azp = claims.get("azp").map(Value::as_str);
    is(azp.map_or(audiences.len() == 1, |azp| azp == Some(expected.client_id)), "azp")?;
    is(text("nonce") == Some(expected.nonce), "nonce")?;
    let now = expected.now.millis().div_euclid(1_000);
    // A time may have a fraction.
    let time = |name: &str| claims.get(name).and_then(Value::as_f64).map(|time| time as i64);
    is(time("exp").is_some_and(|exp| now < exp.saturating_add(SKEW)), "exp")?;
    is(time("iat").is_some_and(|iat| iat <= now.saturating_add(SKEW)), "iat")?;
    let begins = claims.get("nbf").map(|_| time("nbf"));
    is(begins.is_none_or(|nbf| nbf.is_some_and(|nbf| nbf <= now + SKEW)), "nbf")?;
    provider_user(claims).ok_or(IdTokenError("sub"))
}

/// Somebody as claims tell of them; `None` without a subject. An address counts where the provider knows that it
/// is theirs, which only `true` says.
#[must_use]
pub fn provider_user(claims: &Value) -> Option<ProviderUser> {
    let text = |name: &str| claims.get(name).and_then(Value::as_str);
    let plain = |text: &&str| {
        !text.is_empty() && text.chars().count() <= 100 && !text.chars().any(char::is_control)
    };
    let subject = text("sub").filter(|sub| {
        (1..=MAX_SUBJECT).contains(&sub.len()) && !sub.chars().any(char::is_control)
    })?;
    let is_theirs = claims.get("email_verified") == Some(&Value::Bool(true));
    let email = text("email").filter(|_| is_theirs).and_then(|email| email.parse().ok());
    let name = text("name").map(str::trim).filter(plain).map(str::to_owned);
    Some(ProviderUser { subject: subject.to_owned(), email, name })
}

/// What a browser shows a provider of a verifier, which follows with the code (RFC 7636, S256).
#[must_use]
pub fn pkce_challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_challenge_is_that_of_the_standard() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(pkce_challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }

    #[test]
    fn an_id_token_is_for_this_client_this_login_and_now() {
        let now = 1_700_000_000;
        let expected = ExpectedIdToken {
            issuer: "https://id.example",
            client_id: "chandlery",
            nonce: "n",
            now: Time::from_millis(now * 1_000).expect("a time"),
        };
        let good = json!({ "iss": "https://id.example", "aud": "chandlery", "nonce": "n", "sub": "7",
            "exp": now + 60, "iat": now, "email": "Ada@Example.com", "email_verified": true, "name": "Ada" });
        let with = |name: &str, value: Value| {
            let mut claims = good.clone();
            claims[name] = value;
            check_id_token(&claims, expected)
        };
        let ada = check_id_token(&good, expected).expect("good");
        assert_eq!(ada.email.as_ref().map(Email::as_str), Some("ada@example.com"));
        assert_eq!((ada.subject.as_str(), ada.name.as_deref()), ("7", Some("Ada")));
        for (name, value) in [
            ("iss", json!("https://id.example/")),
            ("aud", json!("other")),
            ("aud", json!([])),
            ("aud", Value::Null),
            ("azp", json!("other")),
            ("nonce", json!("m")),
            ("nonce", Value::Null),
            ("exp", json!(now - 60)),
            ("exp", json!("9999999999")),
            ("exp", Value::Null),
            ("iat", json!(now + 61)),
            ("iat", Value::Null),
            ("nbf", json!(now + 61)),
            ("nbf", json!("soon")),
            ("sub", json!("")),
            ("sub", json!("a\nb")),
            ("sub", json!("x".repeat(256))),
            ("sub", Value::Null),
        ] {
            assert_eq!(with(name, value.clone()), Err(IdTokenError(name)), "{name} {value}");
        }
        let several = with("aud", json!(["chandlery", "other"]));
        assert_eq!(several, Err(IdTokenError("azp")), "whose of them it is must be said");
        assert!(with("azp", json!("chandlery")).is_ok() && with("nbf", json!(now)).is_ok());
        for verified in [json!("true"), json!(1), json!(false), Value::Null] {
            assert_eq!(with("email_verified", verified).expect("somebody").email, None);
        }
        assert_eq!(with("email", json!("ada")).expect("somebody").email, None);
    }
}
