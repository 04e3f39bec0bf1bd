//! Logins at other providers by OpenID Connect: its discovery, the authorization code with PKCE, and the token
//! that says who somebody is.

use std::sync::Arc;
use std::time::Duration;

use domain::Time;
use domain::auth::{
    ExpectedIdToken, Jws, ProviderUser, PublicKey, Role, check_id_token, pkce_challenge,
    provider_user,
};
use reqwest::{Client, RequestBuilder, StatusCode, Url, header, redirect};
use serde_json::Value;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// A provider that takes longer is away.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Its answers are short.
const MAX_ANSWER: usize = 1 << 20;
/// What it says of itself is believed for so long.
const BELIEVED: Duration = Duration::from_secs(3_600);
/// A token may name a key that is not known yet; keys are read again no more often, whoever names them.
const REREAD: Duration = Duration::from_secs(60);

/// A provider, as the settings have it.
#[derive(Clone)]
pub struct OidcOptions {
    /// Its name in addresses.
    pub name: String,
    /// Its name for people.
    pub label: String,
    /// Its address, which is also what it calls itself.
    pub issuer: String,
    /// What it calls this server.
    pub client_id: String,
    /// What this server shows it; without it PKCE alone protects.
    pub client_secret: Option<String>,
    /// What is asked of it; `openid` among them.
    pub scopes: Vec<String>,
    /// The role of people who are not known yet; without it they don't come in.
    pub sign_up: Option<Role>,
    /// Where it sends people back to.
    pub redirect_uri: String,
}

impl OidcOptions {
    /// Whether a provider can be asked like that.
    ///
    /// # Errors
    /// [`OidcError::Unbelievable`] where its address is not protected.
    pub fn check(&self) -> Result<(), OidcError> {
        protected("issuer", &self.issuer).map(drop)
    }
}

/// Why a login at a provider fails.
#[derive(Debug, thiserror::Error)]
pub enum OidcError {
    /// It doesn't answer.
    #[error("{0} can't be reached: {1}")]
    Away(&'static str, String),
    /// It answers something that is not to be believed.
    #[error("the provider's {0} is not to be believed: {1}")]
    Unbelievable(&'static str, String),
    /// It doesn't take the code.
    #[error("the provider refused the login: {0}")]
    Refused(String),
}

/// A provider of logins.
pub struct OidcProvider {
    options: OidcOptions,
    client: Client,
    about: Mutex<Option<(Instant, Arc<About>)>>,
    keys: Mutex<Option<(Instant, Keys)>>,
}

type Keys = Vec<(Option<String>, PublicKey)>;

/// What it says of itself.
struct About {
    authorization: Url,
    token: Url,
    userinfo: Option<Url>,
    keys: Url,
    /// Whether the secret goes into a header; else into the body.
    basic: bool,
}

impl OidcProvider {
    /// A provider; nothing is asked of it yet.
    ///
    /// # Errors
    /// Those of [`OidcOptions::check`].
    pub fn new(options: OidcOptions) -> Result<Self, OidcError> {
        options.check()?;
        let client = Client::builder()
            .user_agent(concat!("chandlery/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .timeout(TIMEOUT)
            .build()
            .map_err(|error| OidcError::Away("the provider", error.to_string()))?;
        Ok(Self { options, client, about: Mutex::new(None), keys: Mutex::new(None) })
    }

    /// Its settings.
    #[must_use]
    pub fn options(&self) -> &OidcOptions {
        &self.options
    }

    /// Where to send a browser.
    ///
    /// # Errors
    /// [`OidcError`].
    pub async fn login_url(
        &self,
        state: &str,
        nonce: &str,
        verifier: &str,
    ) -> Result<String, OidcError> {
        let mut url = self.about().await?.authorization.clone();
        url.query_pairs_mut()
            .append_pair("response_type", "code")
            .append_pair("client_id", &self.options.client_id)
            .append_pair("redirect_uri", &self.options.redirect_uri)
            .append_pair("scope", &self.options.scopes.join(" "))
            .append_pair("state", state)
            .append_pair("nonce", nonce)
            .append_pair("code_challenge", &pkce_challenge(verifier))
            .append_pair("code_challenge_method", "S256");
        Ok(url.into())
    }

    /// Who came back with that code.
    ///
    /// # Errors
    /// [`OidcError`].
    pub async fn user(
        &self,
        code: &str,
        nonce: &str,
        verifier: &str,
        now: Time,
    ) -> Result<ProviderUser, OidcError> {
        let about = self.about().await?;
        let answer = self.exchange(&about, code, verifier).await?;
        let text = |name: &str| answer.get(name).and_then(Value::as_str);
        let odd = |why: String| OidcError::Unbelievable("ID token", why);
        let token = text("id_token").ok_or_else(|| odd("there is none".to_owned()))?;
        let claims = self.claims(&about, token).await?;
        let (issuer, client_id) = (self.options.issuer.as_str(), self.options.client_id.as_str());
        let expected = ExpectedIdToken { issuer, client_id, nonce, now };
        let user = check_id_token(&claims, expected).map_err(|error| odd(error.to_string()))?;
        // Many providers tell the address there only.
        if claims.get("email").is_none()
            && let (Some(url), Some(token)) = (&about.userinfo, text("access_token"))
        {
            let asked = self.client.get(url.clone()).bearer_auth(token);
            let (status, more) = self.json("user information", asked).await?;
            let odd = |why: String| OidcError::Unbelievable("user information", why);
            let more = provider_user(&more).filter(|_| status.is_success());
            let more = more.ok_or_else(|| odd(format!("status {status}, or nobody")))?;
            if more.subject != user.subject {
                return Err(odd("it is of somebody else".to_owned()));
            }
            return Ok(ProviderUser { email: more.email, name: more.name.or(user.name), ..user });
        }
        Ok(user)
    }

    async fn exchange(
        &self,
        about: &About,
        code: &str,
        verifier: &str,
    ) -> Result<Value, OidcError> {
        let OidcOptions { client_id, client_secret, redirect_uri, .. } = &self.options;
        let mut form = vec![
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let mut request = self.client.post(about.token.clone());
        match client_secret {
            Some(secret) if about.basic => {
                // Both are encoded as in a form before (RFC 6749, section 2.3.1).
                let encoded = |text: &str| {
                    let pair = encoded(&[("", text)]);
                    pair.strip_prefix('=').unwrap_or_default().to_owned()
                };
                request = request.basic_auth(encoded(client_id), Some(encoded(secret)));
            }
            Some(secret) => {
                form.extend([("client_id", client_id.as_str()), ("client_secret", secret)])
            }
            None => form.push(("client_id", client_id)),
        }
        let form_type = "application/x-www-form-urlencoded";
        let request = request.header(header::CONTENT_TYPE, form_type).body(encoded(&form));
        let (status, answer) = self.json("token endpoint", request).await?;
        if status.is_success() {
            return Ok(answer);
        }
        let error = answer.get("error").and_then(Value::as_str).unwrap_or("no reason given");
        Err(OidcError::Refused(error.chars().take(100).collect()))
    }

    /// What a signed text says, where a key of the provider's signed it.
    async fn claims(&self, about: &About, token: &str) -> Result<Value, OidcError> {
        let odd = |why: String| OidcError::Unbelievable("ID token", why);
        let jws = Jws::parse(token).map_err(|error| odd(error.to_string()))?;
        let mut held = self.keys.lock().await;
        let matching = |keys: &Keys| -> Vec<PublicKey> {
            let is_it =
                |kid: &Option<String>| jws.kid().is_none_or(|named| kid.as_deref() == Some(named));
            keys.iter().filter(|(kid, _)| is_it(kid)).map(|(_, key)| key.clone()).collect()
        };
        let believed = held.as_ref().filter(|(read, _)| read.elapsed() < BELIEVED);
        let mut found = believed.map(|(_, keys)| matching(keys)).unwrap_or_default();
        let may_read = believed.is_none_or(|(read, _)| read.elapsed() >= REREAD);
        // A provider may have put another key under the same name, or give none.
        if may_read && !found.iter().any(|key| jws.claims(key).is_ok()) {
            let (status, set) = self.json("keys", self.client.get(about.keys.clone())).await?;
            let set = set.get("keys").and_then(Value::as_array).filter(|_| status.is_success());
            let set = set.ok_or_else(|| {
                OidcError::Unbelievable("keys", format!("status {status}, or no set of keys"))
            })?;
            let keys: Keys = set.iter().filter_map(PublicKey::from_jwk).collect();
            found = matching(&keys);
            *held = Some((Instant::now(), keys));
        }
        drop(held);
        let mut why = "none of the provider's keys has its name".to_owned();
        for key in &found {
            match jws.claims(key) {
                Ok(claims) => return Ok(claims),
                Err(error) => why = error.to_string(),
            }
        }
        Err(odd(why))
    }

    async fn about(&self) -> Result<Arc<About>, OidcError> {
        let mut held = self.about.lock().await;
        if let Some((read, about)) = held.as_ref()
            && read.elapsed() < BELIEVED
        {
            return Ok(Arc::clone(about));
        }
        let issuer = self.options.issuer.trim_end_matches('/');
        let address = format!("{issuer}/.well-known/openid-configuration");
        let (status, answer) = self.json("discovery", self.client.get(address)).await?;
        let odd = |why: String| OidcError::Unbelievable("discovery", why);
        if !status.is_success() {
            return Err(odd(format!("status {status}")));
        }
        let text = |name: &'static str| answer.get(name).and_then(Value::as_str);
        let url = |name: &'static str| {
            let text = text(name).ok_or_else(|| odd(format!("there is no {name}")))?;
            protected(name, text)
        };
        if text("issuer") != Some(&self.options.issuer) {
            return Err(odd(format!("it is of {:?}", text("issuer").unwrap_or_default())));
        }
        let methods = answer.get("token_endpoint_auth_methods_supported").and_then(Value::as_array);
        let about = Arc::new(About {
            authorization: url("authorization_endpoint")?,
            token: url("token_endpoint")?,
            userinfo: text("userinfo_endpoint").map(|_| url("userinfo_endpoint")).transpose()?,
            keys: url("jwks_uri")?,
            basic: methods.is_none_or(|all| all.iter().any(|one| one == "client_secret_basic")),
        });
        *held = Some((Instant::now(), Arc::clone(&about)));
        Ok(about)
    }

    /// The status and the JSON of an answer.
    async fn json(
        &self,
        what: &'static str,
        request: RequestBuilder,
    ) -> Result<(StatusCode, Value), OidcError> {
        let away = |error: reqwest::Error| OidcError::Away(what, error.without_url().to_string());
        let odd = |why: String| OidcError::Unbelievable(what, why);
        let request = request.header(header::ACCEPT, "application/json");
        let mut response = request.send().await.map_err(away)?;
        let (status, mut body) = (response.status(), Vec::new());
        if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return Err(OidcError::Away(what, format!("status {status}")));
        }
        while let Some(part) = response.chunk().await.map_err(away)? {
            if body.len() + part.len() > MAX_ANSWER {
                return Err(odd(format!("it is longer than {MAX_ANSWER} bytes")));
            }
            body.extend_from_slice(&part);
        }
        let value = serde_json::from_slice(&body);
        Ok((status, value.map_err(|_| odd(format!("status {status}, no JSON")))?))
    }
}

/// An address that nobody on the way can read or change: TLS, or this machine's own.
fn protected(what: &'static str, text: &str) -> Result<Url, OidcError> {
    let odd = || OidcError::Unbelievable(what, format!("{text:?} is no https address"));
    let url = Url::parse(text).map_err(|_| odd())?;
    let host = url.host_str().unwrap_or_default();
    let is_here = ["localhost", "127.0.0.1", "[::1]"].contains(&host);
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err(odd()),
    }
}

/// Pairs as in a form.
fn encoded(pairs: &[(&str, &str)]) -> String {
    let url = Url::parse_with_params("http://form.invalid", pairs);
    url.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}
