//! A signed request: only this lets a handler know whose account it is about. The signature is the HMAC-SHA256 of the query
//! and the body behind it as they were sent, without the signature.

use std::sync::Arc;

use app::trading::KnownSigner;
use axum::extract::{FromRequest, Query as Pairs, Request};
use axum::http::{StatusCode, Uri};
use domain::market::SymbolName;
use ring::hmac;

use crate::auth::caller::Who;
use crate::market::compat::binance::error::Refusal;
use crate::market::compat::binance::params::Query;
use crate::state::ApiState;

const WINDOW_MS: i64 = 5_000;
const MOST_WINDOW_MS: i64 = 60_000;
/// So far a client's clock may be ahead.
const AHEAD_MS: i64 = 1_000;
const SIGNATURE_RANGE: &str = "^[A-Fa-f0-9]{64}$";
/// What each signed request may have beside what its endpoint takes.
const COMMON: [&str; 2] = ["timestamp", "recvWindow"];

/// Who signed, and what they ask for.
pub(super) struct Signed {
    /// Whose key it is, and the account that it is for.
    pub(super) signer: Arc<KnownSigner>,
    /// Hexadecimal; no other request of this key has it.
    pub(super) signature: String,
    given: Vec<(String, String)>,
}

impl Signed {
    /// The parameters of an endpoint that takes these.
    pub(super) fn query(&self, known: &[&str]) -> Result<Query, Refusal> {
        Query::of(self.given.clone(), &[known, &COMMON].concat())
    }

    /// A symbol of the account's venue.
    pub(super) fn symbol(&self, code: &str) -> Result<SymbolName, Refusal> {
        SymbolName::new(&self.signer.venue, code).map_err(|_| Refusal::invalid_symbol())
    }
}

impl FromRequest<ApiState> for Signed {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, Refusal> {
        let signer = match request.extensions().get::<Who>() {
            Some(Who::Signer(signer, _)) => Arc::clone(signer),
            // Whoever is let in by other credentials signs nothing.
            _ => return Err(Refusal::bad(-2014, "API-key format invalid.")),
        };
        let query = request.uri().query().unwrap_or_default().to_owned();
        let body =
            String::from_request(request, state).await.map_err(|rejection| {
                match rejection.status() {
                    StatusCode::PAYLOAD_TOO_LARGE => {
                        Refusal::bad(-1000, "The request is too long.")
                    }
                    _ => Refusal::illegal("body", "UTF-8"),
                }
            })?;
        let signed = Self::read(signer, &query, &body)?;
        signed.check_time(state.0.clock.now().millis())?;
        Ok(signed)
    }
}

impl Signed {
    fn read(signer: Arc<KnownSigner>, query: &str, body: &str) -> Result<Self, Refusal> {
        let (query, first) = without_signature(query);
        let (body, second) = without_signature(body);
        let signature = match (first, second) {
            (Some(_), Some(_)) => return Err(Refusal::duplicate()),
            (one, other) => one.or(other).ok_or_else(|| Refusal::missing("signature"))?,
        };
        let bits = from_hex(&signature);
        let bits = bits.ok_or_else(|| Refusal::illegal("signature", SIGNATURE_RANGE))?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, signer.secret.reveal().as_bytes());
        // Compares in constant time.
        hmac::verify(&key, format!("{query}{body}").as_bytes(), &bits)
            .map_err(|_| Refusal::bad(-1022, "Signature for this request is not valid."))?;
        let all = [query, body].into_iter().filter(|part| !part.is_empty());
        let all = all.collect::<Vec<_>>().join("&");
        let uri = Uri::try_from(format!("/?{all}")).ok();
        let given = uri.and_then(|uri| Pairs::<Vec<(String, String)>>::try_from_uri(&uri).ok());
        let Pairs(given) = given.ok_or_else(|| Refusal::illegal("query", "UTF-8"))?;
        if let Some((name, _)) = given.iter().find(|(_, value)| value.contains('\0')) {
            return Err(Refusal::not_valid(name));
        }
        Ok(Self { signer, signature: signature.to_ascii_lowercase(), given })
    }

    /// Not sent too long ago, nor before its time.
    fn check_time(&self, now: i64) -> Result<(), Refusal> {
        let common = self.given.iter().filter(|(name, _)| COMMON.contains(&name.as_str()));
        let query = Query::of(common.cloned().collect(), &COMMON)?;
        let sent = query.number("timestamp")?.ok_or_else(|| Refusal::missing("timestamp"))?;
        // Some send microseconds.
        let sent = if sent < 100_000_000_000_000 { sent } else { sent / 1_000 };
        let window = query.number("recvWindow")?.unwrap_or(WINDOW_MS);
        if window > MOST_WINDOW_MS {
            return Err(Refusal::bad(-1131, "'recvWindow' must be less than 60000."));
        }
        if sent >= now.saturating_add(AHEAD_MS) {
            let text = "Timestamp for this request was 1000ms ahead of the server's time.";
            return Err(Refusal::bad(-1021, text));
        }
        if now - sent > window {
            let text = "Timestamp for this request is outside of the recvWindow.";
            return Err(Refusal::bad(-1021, text));
        }
        Ok(())
    }
}

/// Pairs as they were sent, without the signature, and that.
fn without_signature(text: &str) -> (String, Option<String>) {
    let mut signature = None;
    let kept = text.split('&').filter(|pair| match pair.strip_prefix("signature=") {
        Some(value) => {
            signature = Some(value.to_owned());
            false
        }
        None => true,
    });
    (kept.collect::<Vec<_>>().join("&"), signature)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bits = [0; 32];
    for (at, byte) in bits.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[2 * at..2 * at + 2], 16).ok()?;
    }
    Some(bits)
}

#[cfg(test)]
mod tests {
    use domain::auth::{Secret, SecretKind};
    use uuid::Uuid;

    use super::*;

    fn signer() -> Arc<KnownSigner> {
        Arc::new(KnownSigner {
            key: Uuid::nil(),
            user: Uuid::nil(),
            account: Uuid::nil(),
            venue: "binance".to_owned(),
            scopes: vec![],
            secret: Secret::new(SecretKind::RequestSecret, [7; 32]),
        })
    }

    fn sign(payload: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, signer().secret.reveal().as_bytes());
        let tag = hmac::sign(&key, payload.as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn query_and_body_are_signed_as_they_were_sent() {
        // As in Binance's examples: all in the query, all in the body, or some in each.
        for (query, body, payload) in [
            ("symbol=A&timestamp=5", "", "symbol=A&timestamp=5"),
            ("", "symbol=A&timestamp=5", "symbol=A&timestamp=5"),
            ("symbol=A", "timestamp=5", "symbol=Atimestamp=5"),
            ("symbol=%EF%BC%91&timestamp=5", "", "symbol=%EF%BC%91&timestamp=5"),
        ] {
            let signature = sign(payload);
            let signed = match body {
                "" => Signed::read(signer(), &format!("{query}&signature={signature}"), ""),
                body => Signed::read(signer(), query, &format!("{body}&signature={signature}")),
            };
            let signed = signed.unwrap_or_else(|_| panic!("{query} {body}"));
            assert_eq!(signed.given.len(), 2, "{query} {body}");
            let other = Signed::read(signer(), &format!("{query}x&signature={signature}"), body);
            assert_eq!(
                other.err().map(|refusal| refusal.body()["code"].clone()),
                Some((-1022).into())
            );
        }
    }

    #[test]
    fn requests_have_their_time() {
        let read = |text: &str| {
            Signed::read(signer(), &format!("{text}&signature={}", sign(text)), "").ok().unwrap()
        };
        let now = 1_700_000_000_000;
        let code =
            |text: &str| read(text).check_time(now).err().map(|no| no.body()["code"].clone());
        for fine in [
            "timestamp=1700000000999",
            "timestamp=1699999995000",
            "timestamp=1699999995000000",
            "timestamp=1699999940000&recvWindow=60000",
        ] {
            assert_eq!(code(fine), None, "{fine}");
        }
        for (wrong, due) in [
            ("timestamp=1700000001000", -1021),
            ("timestamp=1699999994999", -1021),
            ("timestamp=1699999999000&recvWindow=500", -1021),
            ("timestamp=1700000000000&recvWindow=60001", -1131),
            ("recvWindow=500", -1102),
            ("timestamp=soon", -1100),
        ] {
            assert_eq!(code(wrong), Some(due.into()), "{wrong}");
        }
    }
}
