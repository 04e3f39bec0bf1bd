//! Signed claims in compact form (JWS, RFC 7515) and the keys that check them (JWK, RFC 7517).
//!
//! The key decides: a text is checked by an algorithm that belongs to the kind of the key, there is none that
//! shares a secret, and keys that a text brings along are not looked at. Claims can be had only of a text whose
//! signature is right.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ED25519, Ed25519KeyPair, KeyPair,
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents,
    UnparsedPublicKey, VerificationAlgorithm,
};
use serde_json::{Map, Value, json};

/// Bytes of a key that signs, and of its public part.
pub const SIGNING_KEY: usize = 32;
/// A header of a request has no longer ones.
const MAX_LENGTH: usize = 8 * 1024;

/// How something was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Algorithm {
    EdDsa,
    Es256,
    Es384,
    Rs256,
    Ps256,
}

/// Why a text is not believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Not three parts in base64url, the first of them a header.
    #[error("it is no signed text in compact form")]
    Malformed,
    /// None, a shared secret, or an unknown one.
    #[error("it is signed by {0:?}, which is not accepted")]
    Algorithm(String),
    /// It is to be understood in a way that is not known here.
    #[error("its header has extensions that must be understood")]
    Critical,
    /// The key is of another kind.
    #[error("its algorithm and the key don't belong together")]
    WrongKey,
    /// Signed by somebody else, or changed since.
    #[error("the signature is wrong")]
    Signature,
}

/// A signed text whose signature is yet to be checked.
#[derive(Debug)]
pub struct Jws<'a> {
    algorithm: Algorithm,
    kid: Option<String>,
    signed: &'a str,
    payload: &'a str,
    signature: Vec<u8>,
}

impl<'a> Jws<'a> {
    /// Takes a text apart.
    ///
    /// # Errors
    /// [`JwsError::Malformed`], [`JwsError::Algorithm`], [`JwsError::Critical`].
    pub fn parse(text: &'a str) -> Result<Self, JwsError> {
        let parts = || {
            let (signed, signature) = text.rsplit_once('.')?;
            let (header, payload) = signed.split_once('.')?;
            let header: Map<String, Value> =
                serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
            Some((header, signed, payload, URL_SAFE_NO_PAD.decode(signature).ok()?))
        };
        let found = if text.len() > MAX_LENGTH { None } else { parts() };
        let (header, signed, payload, signature) = found.ok_or(JwsError::Malformed)?;
        if header.contains_key("crit") {
            return Err(JwsError::Critical);
        }
        let name = header.get("alg").and_then(Value::as_str).unwrap_or_default();
        let algorithm =
            algorithm(name).ok_or_else(|| JwsError::Algorithm(name.chars().take(20).collect()))?;
        let kid = header.get("kid").and_then(Value::as_str).map(str::to_owned);
        Ok(Self { algorithm, kid, signed, payload, signature })
    }

    /// The name of the key that it says it was signed with.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.kid.as_deref()
    }

    /// Its claims, where this key signed it.
    ///
    /// # Errors
    /// [`JwsError::WrongKey`], [`JwsError::Signature`]; [`JwsError::Malformed`] where it was signed, but holds
    /// no claims.
    pub fn claims(&self, key: &PublicKey) -> Result<Value, JwsError> {
        if !key.fits(self.algorithm) {
            return Err(JwsError::WrongKey);
        }
        if !key.verify(self.algorithm, self.signed.as_bytes(), &self.signature) {
            return Err(JwsError::Signature);
        }
        let claims = URL_SAFE_NO_PAD.decode(self.payload).ok();
        let claims = claims.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        claims.filter(Value::is_object).ok_or(JwsError::Malformed)
    }
}

fn algorithm(name: &str) -> Option<Algorithm> {
    Some(match name {
        "EdDSA" => Algorithm::EdDsa,
        "ES256" => Algorithm::Es256,
        "ES384" => Algorithm::Es384,
        "RS256" => Algorithm::Rs256,
        "PS256" => Algorithm::Ps256,
        _ => return None,
    })
}

/// A key that checks signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    kind: Kind,
    /// The one algorithm that it is for, where it says so.
    only: Option<Algorithm>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Kind {
    Ed25519(Vec<u8>),
    P256(Vec<u8>),
    P384(Vec<u8>),
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    /// The public part of a [`SigningKey`].
    #[must_use]
    pub fn ed25519(bytes: [u8; SIGNING_KEY]) -> Self {
        Self { kind: Kind::Ed25519(bytes.to_vec()), only: Some(Algorithm::EdDsa) }
    }

    /// A key of a set, with its name; `None` where it is not for checking signatures, or of a kind that is not
    /// accepted, such as a shared secret.
    #[must_use]
    pub fn from_jwk(jwk: &Value) -> Option<(Option<String>, Self)> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        if text("use").is_some_and(|purpose| purpose != "sig") {
            return None;
        }
        let point = |length: usize| {
            let (x, y) = (bytes("x")?, bytes("y")?);
            (x.len() == length && y.len() == length).then(|| [&[4], &x[..], &y[..]].concat())
        };
        let kind = match (text("kty")?, text("crv")) {
            ("OKP", Some("Ed25519")) => Kind::Ed25519(bytes("x")?),
            ("EC", Some("P-256")) => Kind::P256(point(32)?),
            ("EC", Some("P-384")) => Kind::P384(point(48)?),
            ("RSA", None) => Kind::Rsa { n: bytes("n")?, e: bytes("e")? },
            _ => return None,
        };
        let only = text("alg").map(|name| algorithm(name).ok_or(())).transpose().ok()?;
        let key = Self { kind, only };
        Some((text("kid").map(str::to_owned), key))
    }

    fn fits(&self, algorithm: Algorithm) -> bool {
        use Algorithm::{EdDsa, Es256, Es384, Ps256, Rs256};
        let is_of_kind = match self.kind {
            Kind::Ed25519(_) => algorithm == EdDsa,
            Kind::P256(_) => algorithm == Es256,
            Kind::P384(_) => algorithm == Es384,
            Kind::Rsa { .. } => matches!(algorithm, Rs256 | Ps256),
        };
        is_of_kind && self.only.is_none_or(|only| only == algorithm)
    }

    fn verify(&self, algorithm: Algorithm, message: &[u8], signature: &[u8]) -> bool {
        let plain = |by: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(by, key).verify(message, signature).is_ok()
        };
        match &self.kind {
            Kind::Ed25519(key) => plain(&ED25519, key),
            Kind::P256(key) => plain(&ECDSA_P256_SHA256_FIXED, key),
            Kind::P384(key) => plain(&ECDSA_P384_SHA384_FIXED, key),
            Kind::Rsa { n, e } => {
                let by = match algorithm {
                    Algorithm::Ps256 => &RSA_PSS_2048_8192_SHA256,
                    _ => &RSA_PKCS1_2048_8192_SHA256,
                };
                RsaPublicKeyComponents { n, e }.verify(by, message, signature).is_ok()
            }
        }
    }
}

/// A key that signs by Ed25519.
pub struct SigningKey(Ed25519KeyPair);

impl SigningKey {
    /// The key that these random bytes are; `None` never happens.
    #[must_use]
    pub fn new(seed: [u8; SIGNING_KEY]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(&seed).ok().map(Self)
    }

    /// Its public part.
    #[must_use]
    pub fn public(&self) -> [u8; SIGNING_KEY] {
        let mut public = [0; SIGNING_KEY];
        public.copy_from_slice(self.0.public_key().as_ref());
        public
    }

    /// Signs claims; `kid` is by what name others find its public part.
    #[must_use]
    pub fn sign(&self, kid: &str, claims: &Value) -> String {
        self.sign_with(&json!({ "alg": "EdDSA", "typ": "JWT", "kid": kid }), claims)
    }

    /// The same with a header of one's own.
    #[must_use]
    pub fn sign_with(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let signature = URL_SAFE_NO_PAD.encode(self.0.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }
}

/// The public part of a [`SigningKey`] as others read it.
#[must_use]
pub fn ed25519_jwk(kid: &str, public: [u8; SIGNING_KEY]) -> Value {
    let x = URL_SAFE_NO_PAD.encode(public);
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": kid, "use": "sig", "alg": "EdDSA" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(jwk: Value) -> PublicKey {
        PublicKey::from_jwk(&jwk).expect("a key").1
    }

    #[test]
    fn what_was_signed_is_believed_and_nothing_else_is() {
        let signer = SigningKey::new([7; 32]).expect("a key");
        let public = key(ed25519_jwk("one", signer.public()));
        assert_eq!(public, PublicKey::ed25519(signer.public()));
        let claims = json!({ "sub": "ada" });
        let text = signer.sign("one", &claims);
        let read = Jws::parse(&text).expect("a text");
        assert_eq!((read.kid(), read.claims(&public)), (Some("one"), Ok(claims.clone())));
        let other = PublicKey::ed25519(SigningKey::new([8; 32]).expect("a key").public());
        assert_eq!(read.claims(&other), Err(JwsError::Signature));
        for place in 0..text.len() {
            let mut changed = text.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("a text");
            let believed = Jws::parse(&changed).and_then(|text| text.claims(&public));
            assert!(believed.is_err(), "character {place}");
            let cut = Jws::parse(&text[..place]).and_then(|text| text.claims(&public));
            assert!(cut.is_err(), "{place} characters");
        }
        let header = |header: Value| {
            let (_, rest) = text.split_once('.').expect("parts");
            let text = format!("{}.{rest}", URL_SAFE_NO_PAD.encode(header.to_string()));
            Jws::parse(&text).and_then(|text| text.claims(&public)).expect_err("refused")
        };
        for name in ["none", "None", "HS256", "HS512", "", "eddsa"] {
            assert_eq!(header(json!({ "alg": name })), JwsError::Algorithm(name.to_owned()));
        }
        assert_eq!(header(json!({ "alg": "EdDSA", "crit": ["exp"] })), JwsError::Critical);
        assert_eq!(header(json!({ "alg": "ES256" })), JwsError::WrongKey);
        assert_eq!(header(json!({ "alg": "EdDSA" })), JwsError::Signature);
        let long = "A".repeat(MAX_LENGTH + 1);
        for odd in ["", ".", "..", "a.b.c", "....", &long] {
            assert_eq!(Jws::parse(odd).expect_err("refused"), JwsError::Malformed, "{odd:.10}");
        }
    }

    #[test]
    fn signatures_of_the_standards_are_right() {
        // RFC 7515, appendix A.3 (ES256) and RFC 8037, appendix A.4 (EdDSA), whose content is no claims.
        let es256 = key(json!({
            "kty": "EC", "crv": "P-256",
            "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
            "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
        }));
        let text = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
                    cGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8IS\
                    lSApmWQxfKTUJqPP3-Kg6NU1Q";
        let claims = Jws::parse(text).expect("a text").claims(&es256).expect("claims");
        assert_eq!(claims["iss"], "joe");
        let eddsa = key(json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }));
        let text = "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg\
                    3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg";
        let read = Jws::parse(text).expect("a text");
        assert_eq!(read.claims(&eddsa), Err(JwsError::Malformed), "signed, but no claims");
        for jwk in [
            json!({ "kty": "oct", "k": "c2VjcmV0" }),
            json!({ "kty": "EC", "crv": "P-256", "x": "AA", "y": "AA" }),
            json!({ "kty": "OKP", "crv": "X25519", "x": "AA" }),
            json!({ "kty": "RSA", "n": "AA", "e": "AQAB", "use": "enc" }),
            json!({ "kty": "RSA", "n": "AA", "e": "AQAB", "alg": "HS256" }),
        ] {
            assert_eq!(PublicKey::from_jwk(&jwk), None, "{jwk}");
        }
    }
}
