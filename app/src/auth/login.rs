//! Logging in and out, and one's own password.

use std::sync::Arc;

use adapters::auth::sessions::Change;
use domain::Time;
use domain::auth::{Email, Secret, SecretKind, check_password};
use serde_json::{Value, json};
use store::auth::audit::{self, Entry};
use store::auth::sessions::{Session, Which};
use store::auth::users::{self, User};
use store::{StoreError, Tx};
use tokio::sync::OwnedMutexGuard;
use uuid::Uuid;

use super::passwords::Checked;
use super::{AccountError, Accounts, Actor, Known, Origin, about};

pub(super) const LOGIN: &str = "user.login";
/// A login that came to nothing without being judged. Unlike a refused one it counts against nobody.
pub(super) const LOGIN_FAILED: &str = "user.login_failed";
/// More of what a browser says of itself tells nothing.
const MAX_AGENT: usize = 300;

impl Accounts {
    /// Begins a session. The secret is for the person's browser; nobody else ever sees it.
    ///
    /// # Errors
    /// [`AccountError::Refused`], [`AccountError::Locked`]; the database's.
    pub async fn login(
        &self,
        email: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<(Secret, Known), AccountError> {
        let actor = Actor { origin: shortened(origin), ..Actor::default() };
        // What is no address is nobody's; it is not noted either, for it may be a password.
        let Ok(email) = email.parse::<Email>() else {
            self.0.passwords.check(password, None).await?;
            return Err(AccountError::Refused);
        };
        let _turn = self.unless_locked(&email, &actor).await?;
        let found = {
            let email = &email;
            self.0
                .db
                .run("auth.user", |tx| async move { users::by_email(&tx, email).await })
                .await?
        };
        let (user, hash) = found.unzip();
        let hash = hash.flatten();
        let checked = self.0.passwords.check(password, hash.clone()).await?;
        let user = user.filter(|user| checked != Checked::Wrong && user.deactivated_at.is_none());
        let Some((user, was)) = user.zip(hash) else {
            self.note_login(&actor, LOGIN, Some(&email), None).await?;
            metrics::counter!("chandlery_logins_total", "outcome" => "refused").increment(1);
            return Err(AccountError::Refused);
        };
        let better = match checked {
            Checked::RightButOld => Some(self.0.passwords.hash(password).await?),
            _ => None,
        };
        let shown = Shown { was: Some(was), better, by: json!({ "method": "password" }) };
        self.ask_second(&user, &shown, &email, &actor).await?;
        let begun = self.begin(user, &shown, &email, actor).await?;
        metrics::counter!("chandlery_logins_total", "outcome" => "ok").increment(1);
        Ok(begun)
    }

    /// Begins the session of somebody whose login is complete, unless their password is another one by now.
    pub(super) async fn begin(
        &self,
        user: User,
        shown: &Shown,
        email: &Email,
        actor: Actor,
    ) -> Result<(Secret, Known), AccountError> {
        let now = self.now();
        let options = self.0.options;
        let session = Session {
            id: self.0.random.id(now),
            created_at: now,
            last_used_at: now,
            expires_at: now.plus(options.session_life.min(options.session_limit)),
            ends_at: now.plus(options.session_limit),
            ip: actor.origin.ip,
            user_agent: actor.origin.user_agent.clone(),
        };
        let secret = Secret::new(SecretKind::Session, self.0.random.bytes());
        let actor = Actor { user_id: Some(user.id), session_id: Some(session.id), ..actor };
        let (resource, after) = (Some(email.to_string()), Some(shown.by.clone()));
        let entry = Entry { resource, after, ..self.entry(&actor, LOGIN) };
        let (user, sessions, entry) = (&user, &self.0.sessions, &entry);
        let change =
            &Change::Begin { user_id: user.id, token: secret.hash(), session: session.clone() };
        // First where sessions are kept: no line of the record is to tell of one that is nowhere.
        if let Err(error) = sessions.settle(change).await {
            let mut after = shown.by.clone();
            after["reason"] = "sessions_unavailable".into();
            let actor = Actor { session_id: None, ..actor };
            self.note_login(&actor, LOGIN_FAILED, Some(email), Some(after)).await?;
            return Err(error.into());
        }
        let begin = |tx| async move {
            shown.keep(&tx, user.id, now).await?;
            sessions.join(&tx, change).await?;
            users::logged_in(&tx, user.id, now).await?;
            Ok::<_, AccountError>(audit::write(&tx, entry).await?)
        };
        if let Err(error) = self.0.db.run("auth.login", begin).await {
            // Nobody was told its secret, so it opens nothing; it is not to be listed either.
            self.settle_end(user.id, &self.end_of(user.id, Which::One(session.id))).await;
            return Err(error);
        }
        let user = User { last_login_at: Some(now), ..user.clone() };
        Ok((secret, Known { user, session }))
    }

    /// Has the record tell of a login that did not come to be.
    pub(super) async fn note_login(
        &self,
        actor: &Actor,
        action: &str,
        email: Option<&Email>,
        after: Option<Value>,
    ) -> Result<(), StoreError> {
        let resource = email.map(Email::to_string);
        let entry = &Entry { done: false, resource, after, ..self.entry(actor, action) };
        let note = |tx| async move { audit::write(&tx, entry).await };
        self.0.db.run("auth.note_login", note).await
    }

    /// Refuses an address with too many refused logins. They are counted in the record, so that
    /// every node and every start counts the same. While the turn is held, nobody else has one for this address
    /// here: guesses that come together are counted one by one.
    pub(super) async fn unless_locked(
        &self,
        email: &Email,
        actor: &Actor,
    ) -> Result<Turn, AccountError> {
        let turn = self.0.turns.get_with_by_ref(email, async { Arc::default() }).await;
        let turn = turn.lock_owned().await;
        let options = self.0.options;
        let now = self.now();
        let from = now.minus(options.lock_window);
        let refused =
            audit::refused(&self.0.db, LOGIN, email.as_str(), from, options.lock_after).await?;
        match refused {
            Some(first) => {
                metrics::counter!("chandlery_logins_total", "outcome" => "locked").increment(1);
                let after = Some(json!({ "reason": "locked" }));
                self.note_login(actor, LOGIN_FAILED, Some(email), after).await?;
                Err(AccountError::Locked(first.plus(options.lock_window).since(now)))
            }
            None => self.slow_down(email, from).await.map(|()| turn),
        }
    }

    /// Whoever guesses waits, and longer each time; the right password waits as long, for the time is not to tell.
    async fn slow_down(&self, email: &Email, from: Time) -> Result<(), AccountError> {
        let refusals = audit::refusals(&self.0.db, LOGIN, email.as_str(), from).await?;
        let steps = u32::try_from(refusals.saturating_sub(2)).unwrap_or_default();
        tokio::time::sleep(self.0.options.slow_step.saturating_mul(steps)).await;
        Ok(())
    }

    /// Ends the session that is shown.
    ///
    /// # Errors
    /// The database's.
    pub async fn logout(&self, known: &Known, origin: &Origin) -> Result<(), AccountError> {
        self.end_sessions(known, Which::One(known.session.id), origin).await.map(drop)
    }

    /// Gives oneself another password; every other session ends.
    ///
    /// # Errors
    /// [`AccountError::Refused`] where the old one is wrong; the database's.
    pub async fn change_password(
        &self,
        known: &Known,
        old: &str,
        new: &str,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let email = self.own_password(known, old, origin).await?;
        check_password(new, Some(&email))?;
        let hash = self.0.passwords.hash(new).await?;
        let entry =
            about(self.entry(&known.actor(&shortened(origin)), "user.password"), known.user.id);
        let entry = Entry { after: Some(json!({ "other_sessions": "ended" })), ..entry };
        let (hash, entry, now) = (&hash, &entry, self.now());
        let change = |tx| async move {
            users::set_password(&tx, known.user.id, hash, now).await?;
            let end = self.end(&tx, known.user.id, Which::Others(known.session.id)).await?;
            audit::write(&tx, entry).await?;
            Ok::<_, StoreError>(end)
        };
        let end = self.0.db.run("auth.change_password", change).await?;
        self.settle_end(known.user.id, &end).await;
        Ok(())
    }

    /// Makes sure that it is the caller who asks, not somebody at their open session; gives their address.
    /// A wrong password counts as a refused login.
    ///
    /// # Errors
    /// [`AccountError::Refused`], [`AccountError::Locked`]; the database's.
    pub(super) async fn own_password(
        &self,
        known: &Known,
        password: &str,
        origin: &Origin,
    ) -> Result<Email, AccountError> {
        let email = known.user.email.as_ref().ok_or(AccountError::Refused)?;
        let actor = &known.actor(&shortened(origin));
        let _turn = self.unless_locked(email, actor).await?;
        let found = self
            .0
            .db
            .run("auth.user", |tx| async move { users::by_email(&tx, email).await })
            .await?;
        let hash = found.and_then(|(_, hash)| hash);
        if self.0.passwords.check(password, hash).await? != Checked::Wrong {
            return Ok(email.clone());
        }
        self.note_login(actor, LOGIN, Some(email), None).await?;
        Err(AccountError::Refused)
    }
}

/// See [`Accounts::unless_locked`].
pub(super) type Turn = OwnedMutexGuard<()>;

/// What somebody showed who may come in.
pub(super) struct Shown {
    /// What their password was checked against; none where a provider of logins knows them.
    pub(super) was: Option<String>,
    /// Its hash at the cost that is set now, where that is another.
    pub(super) better: Option<String>,
    /// How they came, for the record.
    pub(super) by: Value,
}

impl Shown {
    /// Makes sure that it is right still: between check and session somebody may have set another one, or
    /// closed the account. Then its better hash takes the place of the old one.
    pub(super) async fn keep(&self, tx: &Tx, user: Uuid, now: Time) -> Result<(), AccountError> {
        if !users::may_enter(tx, user, self.was.as_deref()).await? {
            return Err(AccountError::Refused);
        }
        if let Some(better) = &self.better {
            users::set_password(tx, user, better, now).await?;
        }
        Ok(())
    }
}

/// Where somebody comes from, no longer than it is stored.
pub(super) fn shortened(origin: &Origin) -> Origin {
    let agent = origin.user_agent.as_ref().map(|agent| agent.chars().take(MAX_AGENT).collect());
    Origin { ip: origin.ip, user_agent: agent }
}
