//! Who shows a session's secret, asked on every request; and the list of one's sessions.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::Time;
use domain::auth::{Scope, Secret, TokenHash};
use serde_json::json;
use store::auth::audit;
use store::auth::codes;
use store::auth::sessions::{Session, Which};
use store::auth::users::User;
use store::auth::{oidc, tokens, totp};
use store::{StoreError, Tx};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::login::shortened;
use super::{AccountError, Accounts, Actor, Inner, Origin, about, change};

/// A session that was looked up is believed for so long.
pub(super) const TRUSTED: Duration = Duration::from_secs(5);
/// The last use of a session or a key is noted no more often.
pub(super) const NOTED: Duration = Duration::from_secs(60);

/// How often sessions that are over are deleted.
const SWEPT: Duration = Duration::from_secs(3_600);

/// Somebody whose secret was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Who.
    pub user: User,
    /// In which session.
    pub session: Session,
}

/// What is remembered of a secret for a moment, one that nobody has included.
pub(super) type Held = Option<std::sync::Arc<Known>>;

impl Known {
    /// Whether they may do that.
    #[must_use]
    pub fn may(&self, scope: Scope) -> bool {
        self.user.role.allows(scope)
    }

    /// The one who does something, for the record.
    #[must_use]
    pub fn actor(&self, origin: &Origin) -> Actor {
        let (user, session) = (self.user.id, self.session.id);
        Actor { user_id: Some(user), session_id: Some(session), origin: origin.clone() }
    }
}

impl Accounts {
    /// Whether this secret or token was shown a moment ago, so that finding out whose it is asks only memory.
    #[must_use]
    pub fn is_held(&self, text: &str) -> bool {
        let hash = TokenHash::of(text);
        let Inner { held, held_keys, held_tokens, .. } = &*self.0;
        held.contains_key(&hash) || held_keys.contains_key(&hash) || held_tokens.contains_key(&hash)
    }

    /// Who shows this secret; nobody, where its session is over.
    ///
    /// # Errors
    /// The database's.
    pub async fn known(&self, secret: &Secret) -> Result<Held, AccountError> {
        let (hash, now) = (secret.hash(), self.now());
        let in_time =
            |held: &Held| held.as_ref().is_none_or(|known| known.session.expires_at > now);
        if let Some(held) = self.0.held.get(&hash).await.filter(in_time) {
            return Ok(held);
        }
        let epoch = self.0.epoch.load(Ordering::SeqCst);
        let found = self.0.sessions.find(hash, now).await?;
        let held = found.map(|(user, session)| std::sync::Arc::new(Known { user, session }));
        if self.0.epoch.load(Ordering::SeqCst) == epoch {
            self.0.held.insert(hash, held.clone()).await;
        }
        if let Some(known) = &held {
            self.note_use(known, now).await?;
        }
        Ok(held)
    }

    /// A session that is used goes on, up to its end.
    async fn note_use(&self, known: &Known, now: Time) -> Result<(), AccountError> {
        if known.session.last_used_at.plus(NOTED) > now {
            return Ok(());
        }
        let expires = now.plus(self.0.options.session_life);
        Ok(self.0.sessions.touch(known.user.id, known.session.id, now, expires).await?)
    }

    /// Whether somebody's session is not over.
    pub(super) async fn goes_on(&self, user: Uuid, id: Uuid) -> Result<bool, AccountError> {
        let living = self.0.sessions.list(user, self.now()).await?;
        Ok(living.iter().any(|session| session.id == id))
    }

    /// One's sessions, the one used last first.
    ///
    /// # Errors
    /// The database's.
    pub async fn sessions(&self, known: &Known) -> Result<Vec<Session>, AccountError> {
        Ok(self.0.sessions.list(known.user.id, self.now()).await?)
    }

    /// Ends sessions of one's own; tells how many.
    ///
    /// # Errors
    /// [`AccountError::UnknownSession`] where one is meant that isn't there;
    /// [`AccountError::SessionsUnavailable`]; the database's.
    pub async fn end_sessions(
        &self,
        known: &Known,
        which: Which,
        origin: &Origin,
    ) -> Result<u64, AccountError> {
        let entry =
            about(self.entry(&known.actor(&shortened(origin)), "session.end"), known.user.id);
        let entry = match which {
            Which::One(id) => change(entry, Some(json!({ "session": id })), None),
            Which::Others(_) => change(entry, Some(json!({ "sessions": "others" })), None),
            Which::All => change(entry, Some(json!({ "sessions": "all" })), None),
        };
        let living = self.0.sessions.list(known.user.id, self.now()).await?;
        let ended = living.iter().filter(|session| which.covers(session.id)).count() as u64;
        if ended == 0 {
            return match which {
                Which::One(_) => Err(AccountError::UnknownSession),
                _ => Ok(0),
            };
        }
        let entry = &entry;
        let work = |tx| async move {
            let end = self.end(&tx, known.user.id, which).await?;
            audit::write(&tx, entry).await?;
            Ok::<_, StoreError>(end)
        };
        let end = self.0.db.run("auth.end_sessions", work).await?;
        self.settle_end(known.user.id, &end).await;
        Ok(ended)
    }

    /// Deletes sessions, codes and keys of tokens that are over every hour, until `stop`.
    pub async fn keep_tidy(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            if let Err(error) = self.sweep().await {
                tracing::warn!(%error, "old sessions and codes can't be deleted; it is tried again");
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = tokio::time::sleep(SWEPT) => {}
            }
        }
    }

    /// Deletes codes and keys of tokens that are too old, and sessions that are over; tells how many of the latter.
    ///
    /// # Errors
    /// The database's.
    pub async fn sweep(&self) -> Result<u64, AccountError> {
        let now = self.now();
        let sweep = |tx: Tx| async move {
            codes::sweep(&tx, now).await?;
            tokens::sweep(&tx, super::tokens::oldest(now)).await?;
            oidc::sweep(&tx, now).await?;
            totp::sweep(&tx, now).await
        };
        self.0.db.run("auth.sweep_codes", sweep).await?;
        Ok(self.0.sessions.sweep(now).await?)
    }
}
