//! Where a request has its credentials: the cookie of the page, `Authorization`, and where other
//! programs' protocols put them.

use axum::extract::Query;
use axum::http::{HeaderMap, Uri, header};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::auth::SecretKind;

/// The cookie of the page.
pub(super) const COOKIE: &str = "chandlery_session";
/// The cookie of a browser that went to another provider to log in. It opens nothing by itself.
pub(super) const OIDC_COOKIE: &str = "chandlery_oidc";

/// What a request shows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Nothing.
    Nothing,
    /// The cookie. A browser sends it with whatever page asks.
    Cookie(String),
    /// Something that only the program itself can have put there.
    Token(String),
    /// The key of a program that signs its requests.
    Signer(String),
}

impl Shown {
    /// Whatever it is.
    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Nothing => None,
            Self::Cookie(text) | Self::Token(text) | Self::Signer(text) => Some(text),
        }
    }
}

/// What a request to an address of the router shows.
pub(super) fn shown(path: &str, uri: &Uri, headers: &HeaderMap) -> Shown {
    let authorization = text(headers, header::AUTHORIZATION.as_str());
    let (scheme, rest) = authorization.and_then(|text| text.split_once(' ')).unwrap_or_default();
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    if is("bearer") {
        return Shown::Token(rest.trim().to_owned());
    }
    // Programs made for Binance may have a key of Binance there: it says nothing here.
    if path.starts_with("/compat/binance/")
        && let Some(key) = text(headers, "x-mbx-apikey")
    {
        if key.starts_with(SecretKind::RequestKey.prefix()) {
            return Shown::Signer(key.to_owned());
        }
        if key.starts_with(SecretKind::Key.prefix()) {
            return Shown::Token(key.to_owned());
        }
    }
    if path.starts_with("/compat/influx/") {
        let token = match scheme {
            _ if is("token") => Some(rest.trim().to_owned()),
            _ if is("basic") => password(rest),
            // Version 1 has it in its query.
            "" if !path.contains("/v2/") => parameter(uri, "p"),
            _ => None,
        };
        // Whatever can't be understood is a wrong token, not none.
        let token = token.or_else(|| authorization.map(|_| String::new()));
        return token.map_or(Shown::Nothing, Shown::Token);
    }
    cookie_named(headers, COOKIE).map_or(Shown::Nothing, Shown::Cookie)
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

/// The password of version 1 and of Basic; the user's name means nothing.
fn password(text: &str) -> Option<String> {
    let pair = String::from_utf8(STANDARD.decode(text.trim()).ok()?).ok()?;
    pair.split_once(':').map(|(_, password)| password.to_owned())
}

fn parameter(uri: &Uri, name: &str) -> Option<String> {
    let Query(given) = Query::<Vec<(String, String)>>::try_from_uri(uri).ok()?;
    given.into_iter().find(|(own, value)| own == name && !value.is_empty()).map(|(_, value)| value)
}

/// The value of a cookie.
pub(super) fn cookie_named(headers: &HeaderMap, wanted: &str) -> Option<String> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|line| line.to_str().ok());
    let mut pairs =
        lines.flat_map(|line| line.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(name, _)| *name == wanted).map(|(_, text)| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(path: &str, pairs: &[(&'static str, &str)]) -> Shown {
        let headers =
            pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let uri: Uri = path.parse().unwrap();
        shown(uri.path(), &uri, &headers.collect())
    }

    fn token(text: &str) -> Shown {
        Shown::Token(text.to_owned())
    }

    #[test]
    fn credentials_are_found_wherever_clients_put_them() {
        let cookie = ("cookie", "other=1; chandlery_session=abc");
        assert_eq!(of("/v1/x", &[]), Shown::Nothing);
        assert_eq!(of("/v1/x", &[cookie]), Shown::Cookie("abc".to_owned()));
        assert_eq!(of("/v1/x", &[cookie, ("authorization", "bearer  abc")]), token("abc"));
        // A proxy's own password is not meant for this server.
        assert_eq!(of("/v1/x", &[("authorization", "Basic YTpi")]), Shown::Nothing);
        assert_eq!(of("/v1/x?p=abc", &[]), Shown::Nothing);
        let key = |value: &'static str| [("x-mbx-apikey", value)];
        assert_eq!(of("/compat/binance/ws", &key("chk_abc")), token("chk_abc"));
        assert_eq!(
            of("/compat/binance/ws", &key("vmPUZE6mv9SD5VNHk4HlWFsOr6aKE2zv")),
            Shown::Nothing
        );
        assert_eq!(of("/v1/x", &key("chk_abc")), Shown::Nothing);
        assert_eq!(of("/compat/binance/ws", &key("chr_abc")), Shown::Signer("chr_abc".to_owned()));
        assert_eq!(of("/v1/x", &key("chr_abc")), Shown::Nothing);
        let basic = format!("Basic {}", STANDARD.encode("anybody:s:ecret"));
        for value in ["Token s:ecret", "Bearer s:ecret", "token s:ecret", &basic] {
            assert_eq!(
                of("/compat/influx/write", &[("authorization", value)]),
                token("s:ecret"),
                "{value}"
            );
        }
        assert_eq!(of("/compat/influx/write?u=a&p=s:ecret", &[]), token("s:ecret"));
        assert_eq!(of("/compat/influx/api/v2/write?p=s:ecret", &[]), Shown::Nothing);
        assert_eq!(of("/compat/influx/write", &[cookie]), Shown::Nothing);
        for value in ["s:ecret", "Basic ???", "Digest s:ecret"] {
            assert_eq!(
                of("/compat/influx/write", &[("authorization", value)]),
                token(""),
                "{value}"
            );
        }
    }
}
