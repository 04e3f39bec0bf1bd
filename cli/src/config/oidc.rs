//! Settings of logins at other providers.

use std::fmt;
use std::path::PathBuf;

use adapters::auth::{OidcOptions, OidcProvider};
use anyhow::{Context as _, Result};
use domain::auth::Role;
use secrecy::{ExposeSecret, SecretString};

use super::section::{Wrong, section};
use super::value::{Setting, quoted, structured};

section! {
    /// Logins at other providers by OpenID Connect. Each has to know this server's address for the way back:
    /// public_url with /v1/auth/oidc/NAME/callback behind it.
    Oidc = "oidc" {
        /// Where people reach this server; without it the address that it listens on.
        public_url: Option<String> = None, like "https://desk.example";
        /// The providers: name (in addresses), issuer (https, or on this machine), client_id, client_secret or
        /// client_secret_file, and if need be label (on the page), scopes and sign_up: the role of whoever is not
        /// known here yet, without which only people whose confirmed address is somebody's here, or who linked their
        /// account, come in. In the file also as [[oidc.providers]].
        providers: Providers = Providers::default(), like "[{ name = \"google\", issuer = \"https://accounts.google.com\", client_id = \"…\", client_secret_file = \"/run/secrets/google\" }]";
    }
}

/// Providers, in the file as an array of tables and elsewhere as the same array in one line.
#[derive(Debug, Clone, Default)]
pub(crate) struct Providers(Vec<Provider>);

/// A provider.
#[derive(Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    name: String,
    label: Option<String>,
    issuer: String,
    client_id: String,
    client_secret: Option<SecretString>,
    client_secret_file: Option<PathBuf>,
    scopes: Option<Vec<String>>,
    sign_up: Option<String>,
}

impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider").field("name", &self.name).finish_non_exhaustive()
    }
}

impl Setting for Providers {
    const EXPECTS: &'static str = "a list of providers, each with name, issuer, client_id and \
        client_secret or client_secret_file, and if need be label, scopes and sign_up";
    const SECRET: bool = true;

    fn from_text(text: &str) -> Option<Self> {
        Self::from_toml(&text.into())
    }

    fn from_toml(value: &toml::Value) -> Option<Self> {
        structured(value).map(Self)
    }

    fn shown(&self) -> Option<String> {
        let one = |provider: &Provider| {
            let pairs = [
                ("name", Some(&provider.name)),
                ("issuer", Some(&provider.issuer)),
                ("client_id", Some(&provider.client_id)),
                ("sign_up", provider.sign_up.as_ref()),
            ];
            let pairs = pairs.iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
            let pairs = pairs.map(|(key, value)| format!("{key} = {}", quoted(value)));
            format!("{{ {} }}", pairs.collect::<Vec<_>>().join(", "))
        };
        let is_set = !self.0.is_empty();
        is_set.then(|| format!("[{}]", self.0.iter().map(one).collect::<Vec<_>>().join(", ")))
    }
}

impl Oidc {
    fn check(&self, wrong: &mut Wrong) {
        if let Some(url) = &self.public_url {
            wrong.unless_url("public_url", url, ["https", "http"]);
        }
        let mut is_wrong = |name: &str, why: String| {
            wrong.0.push(("providers", format!("{name:?}: {why}")));
        };
        for (at, provider) in self.providers.0.iter().enumerate() {
            let name = provider.name.as_str();
            let plain =
                |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            if name.is_empty() || name.len() > 40 || !name.bytes().all(plain) {
                is_wrong(name, "a name has a-z, 0-9 and - only, 40 at the most".to_owned());
            }
            let others = &self.providers.0[..at];
            if others.iter().any(|other| other.name == name || other.issuer == provider.issuer) {
                is_wrong(name, "there is another one of its name or issuer".to_owned());
            }
            if let Err(error) = provider.options(None, "").check() {
                is_wrong(name, error.to_string());
            }
            if provider.client_secret.is_some() && provider.client_secret_file.is_some() {
                is_wrong(
                    name,
                    "client_secret_file is not needed where client_secret is given".to_owned(),
                );
            }
            if let Some(role) = &provider.sign_up
                && Role::parse(role).is_none()
            {
                is_wrong(name, format!("sign_up: {role:?} is no role"));
            }
        }
    }

    /// The providers of a server that listens there.
    pub(crate) fn providers(&self, own: &str) -> Result<Vec<OidcProvider>> {
        let url = self.public_url.as_deref().unwrap_or(own);
        let connect = |provider: &Provider| {
            let place = || format!("oidc.providers, {:?}", provider.name);
            let secret = provider.secret().with_context(place)?;
            OidcProvider::new(provider.options(secret, url.trim_end_matches('/')))
                .with_context(place)
        };
        self.providers.0.iter().map(connect).collect()
    }
}

impl Provider {
    fn options(&self, client_secret: Option<String>, url: &str) -> OidcOptions {
        let mut scopes = self
            .scopes
            .clone()
            .unwrap_or_else(|| ["openid", "email", "profile"].map(str::to_owned).to_vec());
        if !scopes.iter().any(|scope| scope == "openid") {
            scopes.insert(0, "openid".to_owned());
        }
        OidcOptions {
            name: self.name.clone(),
            label: self.label.clone().unwrap_or_else(|| self.name.clone()),
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            client_secret,
            scopes,
            sign_up: self.sign_up.as_deref().and_then(Role::parse),
            redirect_uri: format!("{url}/v1/auth/oidc/{}/callback", self.name),
        }
    }

    fn secret(&self) -> Result<Option<String>> {
        let Some(path) = &self.client_secret_file else {
            return Ok(self.client_secret.as_ref().map(|set| set.expose_secret().to_owned()));
        };
        super::value::first_line(path).map(Some)
    }
}
