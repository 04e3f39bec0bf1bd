//! Tokens for services: signed, short-lived, and checked without asking whoever made them. Here they are
//! asked about all the same, so that none outlives its owner's rights.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::Time;
use domain::auth::{
    Jws, Network, PublicKey, SIGNING_KEY, Scope, SigningKey, TokenHash, ed25519_jwk,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::Tx;
use store::auth::audit;
use store::auth::fields::Field;
use store::auth::tokens;
use store::auth::users::User;
use uuid::Uuid;

use super::login::shortened;
use super::{AccountError, Accounts, Actor, Origin, about, change};

/// Who makes tokens, and for whom: this program.
const ISSUER: &str = "chandlery";
/// A key signs for so long after it was made,
const SIGNS: Duration = Duration::from_secs(30 * 24 * 3_600);
/// and no token lives longer than this, so that the public part is needed no longer either.
pub const LONGEST_TOKEN: Duration = Duration::from_secs(3_600);
/// Clocks of machines on one database differ by no more.
const SKEW: Duration = Duration::from_secs(60);

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The person.
    sub: Uuid,
    /// In seconds.
    iat: i64,
    /// In seconds.
    exp: i64,
    jti: Uuid,
    /// Scopes with blanks between them.
    scope: String,
    /// The session that it was made with, and ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    sid: Option<Uuid>,
    /// The key that it was made with, and ends with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    key: Option<Uuid>,
}

/// What a token was made with, and ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grant {
    /// A session.
    Session(Uuid),
    /// A key of a program.
    Key(Uuid),
}

/// Somebody who may have a token: logged in, or a program of theirs with a key.
#[derive(Debug, Clone)]
pub struct Holder {
    /// Who.
    pub user: User,
    /// How it is known.
    pub grant: Grant,
    /// What they may.
    pub scopes: Vec<Scope>,
    /// When their session or key ends, if ever.
    pub ends_at: Option<Time>,
    /// From where they ask.
    pub origin: Origin,
}

/// A token that was just made.
#[derive(Debug)]
pub struct MadeToken {
    /// The token. It is told this once.
    pub token: String,
    /// What it may.
    pub scopes: Vec<Scope>,
    /// When it is over.
    pub expires_at: Time,
}

/// A service whose token was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownToken {
    /// Whose it is.
    pub user: User,
    /// What it may: its scopes, as far as its owner and its key have them now.
    pub scopes: Vec<Scope>,
    /// The key that it was made with, if it was one.
    pub key: Option<Uuid>,
    /// Where it may come from, as the key that it was made with; none is everywhere.
    networks: Vec<Network>,
    expires_at: Time,
}

/// What is remembered of a token for a moment, one that opens nothing included.
pub(super) type HeldToken = Option<Arc<KnownToken>>;

impl Accounts {
    /// Makes a token with these scopes, or with all that it may have.
    ///
    /// # Errors
    /// [`AccountError::TokenScope`] where it may not have one of them; those of the keys and the database.
    pub async fn create_token(
        &self,
        holder: &Holder,
        wanted: Option<Vec<Scope>>,
    ) -> Result<MadeToken, AccountError> {
        let may = |scope: &Scope| scope.is_for_tokens() && holder.scopes.contains(scope);
        let all = || holder.scopes.iter().copied().filter(may).collect();
        let scopes: Vec<Scope> = wanted.unwrap_or_else(all);
        if let Some(scope) = scopes.iter().find(|scope| !may(scope)) {
            return Err(AccountError::TokenScope(scope.to_string()));
        }
        let now = self.now();
        let end = now.plus(self.0.options.token_life.min(LONGEST_TOKEN));
        let seconds = |time: Time| time.millis().div_euclid(1_000);
        let exp = seconds(holder.ends_at.map_or(end, |last| last.min(end)));
        let (sid, key) = match holder.grant {
            Grant::Session(id) => (Some(id), None),
            Grant::Key(id) => (None, Some(id)),
        };
        let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
        let claims = Claims {
            iss: ISSUER.to_owned(),
            aud: ISSUER.to_owned(),
            sub: holder.user.id,
            iat: seconds(now),
            exp,
            jti: self.0.random.id(now),
            scope: names.join(" "),
            sid,
            key,
        };
        let user_id = Some(holder.user.id);
        let actor = Actor { user_id, session_id: sid, origin: shortened(&holder.origin) };
        let after = json!({ "token": claims.jti, "key": key, "scopes": names, "exp": exp });
        let entry = about(self.entry(&actor, "token.create"), holder.user.id);
        let entry = &change(entry, None, Some(after));
        let fresh = (self.0.random.id(now), self.0.random.bytes());
        let signer = |tx: Tx| async move {
            let signer = self.signer(&tx, now, fresh).await?;
            audit::write(&tx, entry).await?;
            Ok::<_, AccountError>(signer)
        };
        let (kid, seed) = self.0.db.run("auth.create_token", signer).await?;
        let signer = SigningKey::new(seed).ok_or(AccountError::NoKeys)?;
        let token = signer.sign(&kid.to_string(), &json!(claims));
        let expires_at = Time::from_millis(exp * 1_000).unwrap_or(end);
        Ok(MadeToken { token, scopes, expires_at })
    }

    /// The key that signs now: the newest, or where that is too old `fresh`. Two that are made at once do no harm,
    /// for tokens name theirs.
    async fn signer(
        &self,
        tx: &Tx,
        now: Time,
        fresh: (Uuid, [u8; SIGNING_KEY]),
    ) -> Result<(Uuid, [u8; SIGNING_KEY]), AccountError> {
        if let Some((id, sealed)) = tokens::newest(tx, now.minus(SIGNS)).await? {
            return Ok((id, self.open(Field::SigningKey, id, &sealed)?));
        }
        let (id, seed) = fresh;
        let signer = SigningKey::new(seed).ok_or(AccountError::NoKeys)?;
        let sealed = self.seal(Field::SigningKey, id, &seed)?;
        tokens::add(tx, id, signer.public(), &sealed, now).await?;
        Ok(fresh)
    }

    /// The keys that others check tokens with, as they read them.
    ///
    /// # Errors
    /// The database's.
    pub async fn token_keys(&self) -> Result<Vec<Value>, AccountError> {
        let keys = tokens::public(&self.0.db, oldest(self.now()), None).await?;
        Ok(keys.iter().map(|(id, public)| ed25519_jwk(&id.to_string(), *public)).collect())
    }

    /// Whose token this is, shown from that address; nobody's, where it is over, not ours, or may not come from there.
    ///
    /// # Errors
    /// The database's.
    pub async fn known_token(
        &self,
        text: &str,
        ip: Option<IpAddr>,
    ) -> Result<HeldToken, AccountError> {
        let (hash, now) = (TokenHash::of(text), self.now());
        let may = |known: &Arc<KnownToken>| {
            let is_there = |ip| known.networks.iter().any(|network| network.contains(ip));
            known.expires_at > now && (known.networks.is_empty() || ip.is_some_and(is_there))
        };
        if let Some(held) = self.0.held_tokens.get(&hash).await {
            return Ok(held.filter(may));
        }
        let epoch = self.0.epoch.load(Ordering::SeqCst);
        let held = match self.checked(text, now).await? {
            Some(claims) => self.owner(&claims, now).await?.map(Arc::new),
            None => None,
        };
        if self.0.epoch.load(Ordering::SeqCst) == epoch {
            self.0.held_tokens.insert(hash, held.clone()).await;
        }
        Ok(held.filter(may))
    }

    /// What a token says, where it is one of ours and not over.
    async fn checked(&self, text: &str, now: Time) -> Result<Option<Claims>, AccountError> {
        let Ok(jws) = Jws::parse(text) else { return Ok(None) };
        // What is no name of a key is not looked for.
        let Some(kid) = jws.kid().and_then(|kid| kid.parse().ok()) else { return Ok(None) };
        let keys = tokens::public(&self.0.db, oldest(now), Some(kid)).await?;
        let Some((_, public)) = keys.first() else { return Ok(None) };
        let claims = jws.claims(&PublicKey::ed25519(*public)).ok();
        let claims = claims.and_then(|claims| serde_json::from_value::<Claims>(claims).ok());
        let is_good = |claims: &Claims| {
            let begins = Time::from_millis(claims.iat.saturating_mul(1_000));
            claims.iss == ISSUER
                && claims.aud == ISSUER
                && begins.is_ok_and(|begins| begins <= now.plus(SKEW))
                && claims.exp.saturating_sub(claims.iat) <= LONGEST_TOKEN.as_secs().cast_signed()
        };
        Ok(claims.filter(is_good))
    }

    /// Whose it is, as far as they may still have it.
    async fn owner(&self, claims: &Claims, now: Time) -> Result<Option<KnownToken>, AccountError> {
        match (claims.sid, claims.key) {
            (Some(id), None) if self.goes_on(claims.sub, id).await? => {}
            (None, Some(_)) => {}
            _ => return Ok(None),
        }
        let Ok(expires_at) = Time::from_millis(claims.exp.saturating_mul(1_000)) else {
            return Ok(None);
        };
        let found = tokens::holder(&self.0.db, claims.sub, claims.key, now).await?;
        let Some((user, limits)) = found else { return Ok(None) };
        let (of_key, networks) = limits.unzip();
        let may = |scope: &Scope| {
            scope.is_for_tokens()
                && user.role.allows(*scope)
                && of_key.as_ref().is_none_or(|scopes: &Vec<Scope>| scopes.contains(scope))
        };
        let scopes = claims.scope.split(' ').filter_map(Scope::parse).filter(may).collect();
        let networks = networks.unwrap_or_default();
        Ok(Some(KnownToken { user, scopes, key: claims.key, networks, expires_at }))
    }
}

/// Keys made until then signed no token that is valid.
pub(super) fn oldest(now: Time) -> Time {
    now.minus(SIGNS).minus(LONGEST_TOKEN)
}
