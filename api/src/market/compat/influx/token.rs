//! The token that a program needs to write, in each of the places where InfluxDB's clients put it.

use axum::http::{HeaderMap, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What a client must know. Only its hash is kept, so that it can't be shown.
#[derive(Debug, Clone, Copy)]
pub struct WriteToken(blake3::Hash);

impl WriteToken {
    /// The token of that text.
    #[must_use]
    pub fn new(text: &str) -> Self {
        Self(blake3::hash(text.as_bytes()))
    }

    /// Compared by hash, which takes the same time whatever is wrong.
    fn is(self, text: &str) -> bool {
        self.0 == blake3::hash(text.as_bytes())
    }
}

/// Whether a request may write; the error says why not. `password` is what version 1 has in its
/// query.
pub(crate) fn check(
    token: Option<WriteToken>,
    headers: &HeaderMap,
    password: Option<&str>,
) -> Result<(), &'static str> {
    let Some(token) = token else {
        return Err(
            "nobody may use this: set compat.influx_token, and give clients the same token",
        );
    };
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = match header.and_then(|value| value.split_once(' ')) {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("basic") => basic(rest),
        Some((scheme, rest)) => {
            let known = ["token", "bearer"].iter().any(|own| scheme.eq_ignore_ascii_case(own));
            known.then(|| rest.trim().to_owned())
        }
        None => password.map(str::to_owned),
    };
    match given {
        Some(given) if token.is(&given) => Ok(()),
        Some(_) => Err("the token is not that of compat.influx_token"),
        None => Err("a token is needed: Authorization: Token …, or as password of any user"),
    }
}

/// The password; the user's name means nothing.
fn basic(text: &str) -> Option<String> {
    let pair = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_wherever_clients_put_it() {
        let token = Some(WriteToken::new("s:ecret"));
        let with =
            |value: &str| HeaderMap::from_iter([(header::AUTHORIZATION, value.parse().unwrap())]);
        let basic = format!("Basic {}", STANDARD.encode("anybody:s:ecret"));
        for value in ["Token s:ecret", "Bearer s:ecret", "token s:ecret", &basic] {
            assert_eq!(check(token, &with(value), None), Ok(()), "{value}");
        }
        assert_eq!(check(token, &HeaderMap::new(), Some("s:ecret")), Ok(()));
        for value in ["Token other", "s:ecret", "Basic ???", "Digest s:ecret"] {
            assert!(check(token, &with(value), None).is_err(), "{value}");
        }
        assert!(check(token, &HeaderMap::new(), None).is_err());
        assert!(check(None, &with("Token s:ecret"), None).is_err());
        assert!(!format!("{token:?}").contains("s:ecret"));
    }
}
