//! How people are known at other providers of logins.

use adapters::auth::OidcOptions;
use domain::Time;
use store::Tx;
use store::auth::{audit, oidc, users};
use uuid::Uuid;

use super::login::shortened;
use super::oidc::{by, external_id};
use super::{AccountError, Accounts, Actor, Known, Origin, about, change};

pub(super) const LINK: &str = "identity.link";

/// How somebody is known at a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's name and its name for people, where the settings have it still.
    pub provider: Option<(String, String)>,
    /// The provider's address.
    pub issuer: String,
    /// Their name there.
    pub subject: String,
    /// Since when they are known by it.
    pub since: Time,
}

impl Accounts {
    /// Has somebody be known at a provider by that name.
    pub(super) async fn link(
        &self,
        user: Uuid,
        options: &OidcOptions,
        external: &str,
        actor: &Actor,
    ) -> Result<(), AccountError> {
        let now = self.now();
        let entry = about(self.entry(actor, LINK), user);
        let entry = &change(entry, None, Some(by(options)));
        let link = |tx: Tx| async move {
            if oidc::link(&tx, user, external, now).await? {
                audit::write(&tx, entry).await?;
                return Ok(());
            }
            let is_own = oidc::user(&tx, external).await?.is_some_and(|owner| owner.id == user);
            if is_own { Ok(()) } else { Err(AccountError::IdentityTaken) }
        };
        self.0.db.run("auth.link_identity", link).await
    }

    /// How the caller is known at providers.
    ///
    /// # Errors
    /// The database's.
    pub async fn identities(&self, known: &Known) -> Result<Vec<Identity>, AccountError> {
        let read = |(external, since): (String, Time)| {
            let (issuer, subject) = external.split_once(' ').unwrap_or((&external, ""));
            let provider = self.providers().find(|options| options.issuer == issuer);
            let provider = provider.map(|options| (options.name.clone(), options.label.clone()));
            Identity { provider, issuer: issuer.to_owned(), subject: subject.to_owned(), since }
        };
        let all = oidc::list(&self.0.db, known.user.id).await?;
        Ok(all.into_iter().map(read).collect())
    }

    /// Has the caller no longer be known at a provider.
    ///
    /// # Errors
    /// [`AccountError::UnknownProvider`], also where there is nothing to unlink; [`AccountError::NoPassword`] where
    /// they could log in no more; the database's.
    pub async fn unlink(
        &self,
        known: &Known,
        provider: &str,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let options = self.provider(provider)?.options();
        let (id, now) = (known.user.id, self.now());
        let beginning = &external_id(&options.issuer, "");
        let email = known.user.email.as_ref();
        let entry = about(self.entry(&known.actor(&shortened(origin)), "identity.unlink"), id);
        let entry = &change(entry, Some(by(options)), None);
        let unlink = |tx: Tx| async move {
            let Some(email) = email else { return Err(AccountError::NoPassword) };
            let found = users::by_email(&tx, email).await?;
            if found.is_none_or(|(_, password)| password.is_none()) {
                return Err(AccountError::NoPassword);
            }
            if oidc::unlink(&tx, id, beginning, now).await? == 0 {
                return Err(AccountError::UnknownProvider(provider.to_owned()));
            }
            Ok(audit::write(&tx, entry).await?)
        };
        self.0.db.run("auth.unlink_identity", unlink).await
    }
}
