//! Logins at other providers by OpenID Connect.
//!
//! A browser that goes there gets a secret of its own. State, nonce and verifier are made of it, so that only this
//! browser can come back, and what is awaited is taken from the database when it does, so that it can once.

use std::sync::Arc;
use std::time::Duration;

use adapters::auth::{OidcError, OidcOptions, OidcProvider};
use domain::auth::{ProviderUser, Secret, SecretKind};
use serde_json::json;
use store::auth::audit;
use store::auth::oidc::{self, Awaited};
use store::auth::users::{self, NewUser, User};
use store::{StoreError, Tx};
use uuid::Uuid;

use super::identities::LINK;
use super::login::{LOGIN, LOGIN_FAILED, Shown, shortened};
use super::{AccountError, Accounts, Actor, Known, Origin, about, change};

/// A login is expected back for so long.
const AWAITED: Duration = Duration::from_secs(10 * 60);
/// Longer is no address of the page.
const MAX_NEXT: usize = 1_000;

/// A browser is to go to a provider.
pub struct Departure {
    /// What it comes back with, in a cookie.
    pub secret: Secret,
    /// Where it is to go.
    pub url: String,
}

/// How somebody was found.
enum Match {
    /// By their name at the provider.
    Name,
    /// By their address, and no name there.
    Address,
    /// By their address, but they are or were known there by another name.
    OtherName,
}

/// Where on the page to go on: an address of this server only.
fn checked_next(next: &str) -> Result<String, AccountError> {
    // As browsers write addresses; some of them take \ for /.
    let plain = |c: char| c.is_ascii_graphic() && c != '\\';
    let is_local = next.starts_with('/') && !next.starts_with("//") && next.chars().all(plain);
    let is_good = is_local && next.chars().count() <= MAX_NEXT;
    is_good.then(|| next.to_owned()).ok_or(AccountError::Next)
}

/// What the database has of an identity.
pub(super) fn external_id(issuer: &str, subject: &str) -> String {
    format!("{issuer} {subject}")
}

impl Accounts {
    /// Says at which providers people may log in. The first list stays.
    pub fn use_providers(&self, providers: Vec<OidcProvider>) {
        // A second one would be for the same database.
        let _ = self.0.providers.set(providers.into_iter().map(Arc::new).collect());
    }

    /// The providers' settings.
    pub fn providers(&self) -> impl Iterator<Item = &OidcOptions> {
        self.0.providers.get().into_iter().flatten().map(|provider| provider.options())
    }

    pub(super) fn provider(&self, name: &str) -> Result<&Arc<OidcProvider>, AccountError> {
        let mut all = self.0.providers.get().into_iter().flatten();
        let unknown = || AccountError::UnknownProvider(name.chars().take(60).collect());
        all.find(|provider| provider.options().name == name).ok_or_else(unknown)
    }

    /// Sends a browser to a provider, to log in.
    ///
    /// # Errors
    /// [`AccountError::UnknownProvider`], [`AccountError::Next`]; the provider's and the database's.
    pub async fn begin_oidc(&self, provider: &str, next: &str) -> Result<Departure, AccountError> {
        self.depart(provider, Awaited { next: checked_next(next)?, link: None }).await
    }

    /// Sends the caller's browser to a provider, to link their account with an identity there.
    ///
    /// # Errors
    /// Those of [`Accounts::begin_oidc`]; [`AccountError::Refused`] where the password is wrong.
    pub async fn begin_link(
        &self,
        known: &Known,
        provider: &str,
        password: &str,
        next: &str,
        origin: &Origin,
    ) -> Result<Departure, AccountError> {
        let next = checked_next(next)?;
        self.provider(provider)?;
        self.own_password(known, password, origin).await?;
        let link = Some((known.user.id, known.session.id));
        self.depart(provider, Awaited { next, link }).await
    }

    async fn depart(&self, name: &str, awaited: Awaited) -> Result<Departure, AccountError> {
        let provider = self.provider(name)?;
        let secret = Secret::new(SecretKind::ProviderLogin, self.0.random.bytes());
        let [state, nonce, verifier] = derived(&secret);
        let url = provider.login_url(&state, &nonce, &verifier).await?;
        let (hash, awaited, ends) = (secret.hash(), &awaited, self.now().plus(AWAITED));
        let begin = |tx| async move { oidc::begin(&tx, hash, name, awaited, ends).await };
        self.0.db.run("auth.begin_oidc", begin).await?;
        Ok(Departure { secret, url })
    }

    /// Takes what a browser that comes back waited for: where on the page to go on, and the rest.
    ///
    /// # Errors
    /// [`AccountError::UnknownProvider`], [`AccountError::LoginExpired`] where it is another browser, or comes too late
    /// or again; the database's.
    pub async fn take_oidc(
        &self,
        provider: &str,
        secret: Option<&str>,
        state: &str,
        origin: &Origin,
    ) -> Result<(Secret, Awaited), AccountError> {
        let options = self.provider(provider)?.options();
        let taken = self.take(&options.name, secret, state).await;
        self.noted(options, None, origin, taken).await
    }

    async fn take(
        &self,
        provider: &str,
        secret: Option<&str>,
        state: &str,
    ) -> Result<(Secret, Awaited), AccountError> {
        let expired = || AccountError::LoginExpired;
        let secret = secret.and_then(|text| Secret::parse(SecretKind::ProviderLogin, text));
        let secret = secret.ok_or_else(expired)?;
        let [expected, ..] = derived(&secret);
        // Hashes are compared in constant time.
        if blake3::hash(expected.as_bytes()) != blake3::hash(state.as_bytes()) {
            return Err(expired());
        }
        let (hash, now) = (secret.hash(), self.now());
        let take = |tx| async move { oidc::take(&tx, hash, provider, now).await };
        let awaited = self.0.db.run("auth.take_oidc", take).await?;
        Ok((secret, awaited.ok_or_else(expired)?))
    }

    /// Lets in whoever came back with that code, if with one; nobody, where an account was to be linked, which it is
    /// then.
    ///
    /// # Errors
    /// [`AccountError::Refused`] for people who are not known and may not sign up or come in,
    /// [`AccountError::Locked`], [`AccountError::SecondFactor`], [`AccountError::IdentityTaken`]; the provider's and
    /// the database's.
    pub async fn finish_oidc(
        &self,
        provider: &str,
        taken: &(Secret, Awaited),
        code: Option<&str>,
        origin: &Origin,
    ) -> Result<Option<(Secret, Known)>, AccountError> {
        let provider = self.provider(provider)?;
        let came = match code {
            Some(code) => self.come_back(provider, taken, code, shortened(origin)).await,
            None => Err(OidcError::Refused("it sends no code".to_owned()).into()),
        };
        self.noted(provider.options(), taken.1.link, origin, came).await
    }

    async fn come_back(
        &self,
        provider: &OidcProvider,
        (secret, awaited): &(Secret, Awaited),
        code: &str,
        origin: Origin,
    ) -> Result<Option<(Secret, Known)>, AccountError> {
        let [_, nonce, verifier] = derived(secret);
        let found = provider.user(code, &nonce, &verifier, self.now()).await?;
        let options = provider.options();
        let external = external_id(&options.issuer, &found.subject);
        match awaited.link {
            Some((user, session)) => {
                if !self.goes_on(user, session).await? {
                    return Err(AccountError::LoginExpired);
                }
                let (user_id, session_id) = (Some(user), Some(session));
                let actor = Actor { user_id, session_id, origin };
                self.link(user, options, &external, &actor).await?;
                Ok(None)
            }
            None => {
                let actor = Actor { origin, ..Actor::default() };
                self.enter(options, &found, &external, actor).await.map(Some)
            }
        }
    }

    /// Has the record tell why somebody who came back got no further, where nothing else has.
    async fn noted<T>(
        &self,
        options: &OidcOptions,
        link: Option<(Uuid, Uuid)>,
        origin: &Origin,
        came: Result<T, AccountError>,
    ) -> Result<T, AccountError> {
        let reason = match &came {
            Err(AccountError::LoginExpired) => "expired",
            Err(AccountError::IdentityTaken) => "identity_taken",
            Err(AccountError::Provider(OidcError::Refused(_))) => "refused_by_provider",
            Err(AccountError::Provider(OidcError::Away(..))) => "provider_unavailable",
            Err(AccountError::Provider(OidcError::Unbelievable(..))) => "provider_unbelievable",
            Ok(_) | Err(_) => return came,
        };
        let (user_id, session_id) = link.unzip();
        let actor = Actor { user_id, session_id, origin: shortened(origin) };
        let action = if link.is_some() { LINK } else { LOGIN_FAILED };
        let mut after = by(options);
        after["reason"] = reason.into();
        self.note_login(&actor, action, None, Some(after)).await?;
        came
    }

    async fn enter(
        &self,
        options: &OidcOptions,
        found: &ProviderUser,
        external: &str,
        actor: Actor,
    ) -> Result<(Secret, Known), AccountError> {
        let email = found.email.as_ref();
        let find = |tx: Tx| async move {
            if let Some(user) = oidc::user(&tx, external).await? {
                return Ok::<_, StoreError>(Some((user, Match::Name)));
            }
            let Some(email) = email else { return Ok(None) };
            let Some((user, _)) = users::by_email(&tx, email).await? else { return Ok(None) };
            // Whoever was known at this provider by another name is known by that alone, or not any more: an
            // address may be given to somebody else there.
            let is_known =
                oidc::was_linked(&tx, user.id, &external_id(&options.issuer, "")).await?;
            Ok(Some((user, if is_known { Match::OtherName } else { Match::Address })))
        };
        let known = self.0.db.run("auth.find_identity", find).await?;
        let of_user = known.as_ref().and_then(|(user, _)| user.email.clone());
        let _turn = match of_user.as_ref().or(email) {
            Some(email) => Some(self.unless_locked(email, &actor).await?),
            None => None,
        };
        let by_address = matches!(known, Some((_, Match::Address)));
        let user = match known {
            Some((_, Match::OtherName)) => None,
            Some((user, _)) if user.deactivated_at.is_some() => None,
            Some((user, _)) => Some(user),
            None => self.sign_up(options, found, external, &actor).await?,
        };
        let Some((user, email)) =
            user.and_then(|user| user.email.clone().map(|email| (user, email)))
        else {
            // Whoever has no address of their own there counts against nobody's.
            let email = of_user.as_ref().or(email);
            self.note_login(&actor, LOGIN, email, Some(by(options))).await?;
            metrics::counter!("chandlery_logins_total", "outcome" => "refused").increment(1);
            return Err(AccountError::Refused);
        };
        let shown = Shown { was: None, better: None, by: by(options) };
        self.ask_second(&user, &shown, &email, &actor).await?;
        // Only now: where a second factor is missing, an address alone is to leave nothing behind.
        if by_address {
            let by = Actor { user_id: Some(user.id), ..actor.clone() };
            self.link(user.id, options, external, &by).await?;
        }
        let begun = self.begin(user, &shown, &email, actor).await?;
        metrics::counter!("chandlery_logins_total", "outcome" => "ok").increment(1);
        Ok(begun)
    }

    /// Adds somebody whom the provider knows, where the settings have that and the address is theirs.
    async fn sign_up(
        &self,
        options: &OidcOptions,
        found: &ProviderUser,
        external: &str,
        actor: &Actor,
    ) -> Result<Option<User>, AccountError> {
        let Some((role, email)) = options.sign_up.zip(found.email.clone()) else { return Ok(None) };
        let now = self.now();
        let id = self.0.random.id(now);
        let display_name = found.name.clone();
        let after = json!({ "email": email.as_str(), "role": role.as_str(), "by": by(options) });
        let new = &NewUser { id, email, display_name, role, password_hash: None };
        let entry = &change(about(self.entry(actor, "user.create"), id), None, Some(after));
        let add = |tx: Tx| async move {
            // Both may have come into being meanwhile: then the login begins again.
            if !users::insert(&tx, new, now).await? || !oidc::link(&tx, id, external, now).await? {
                return Err(AccountError::LoginExpired);
            }
            users::set_verified(&tx, id, now).await?;
            audit::write(&tx, entry).await?;
            Ok(users::by_id(&tx, id).await?)
        };
        self.0.db.run("auth.sign_up", add).await
    }
}

/// State, nonce and verifier of a browser's secret.
fn derived(secret: &Secret) -> [String; 3] {
    ["chandlery oidc state", "chandlery oidc nonce", "chandlery oidc verifier"]
        .map(|purpose| secret.derived(purpose))
}

/// How somebody came in, for the record.
pub(super) fn by(options: &OidcOptions) -> serde_json::Value {
    json!({ "method": "oidc", "provider": options.name })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_back_to_this_server_only() {
        for good in
            ["/", "/settings", "/?symbol=binance:BTCUSDT&interval=1m", "/a//b?next=https://x"]
        {
            assert_eq!(checked_next(good).expect(good), good);
        }
        let long = format!("/{}", "a".repeat(MAX_NEXT));
        for wrong in [
            "",
            "settings",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/a b",
            "/\r\nX: y",
            "/ä",
            &long,
        ] {
            assert!(matches!(checked_next(wrong), Err(AccountError::Next)), "{wrong:?}");
        }
    }
}
