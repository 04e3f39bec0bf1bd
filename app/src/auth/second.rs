//! The second factor of a login: codes of an authenticator app, or of a sheet of paper when it is lost.

use std::time::Duration;

use domain::Time;
use domain::auth::{
    Code, CodePurpose, Email, Secret, SecretKind, TOTP_SECRET, TokenHash, totp_address, totp_step,
};
use serde_json::json;
use store::Tx;
use store::auth::audit::{self, Entry};
use store::auth::fields::Field;
use store::auth::totp::{self, TotpRow};
use store::auth::users::User;
use uuid::Uuid;

use super::login::{LOGIN, Shown, shortened};
use super::{AccountError, Accounts, Actor, Known, Origin, about};

/// A login waits so long for its second factor,
const WAITS: Duration = Duration::from_secs(5 * 60);
/// which may be tried so often.
const ATTEMPTS: i32 = 5;
/// Codes on paper.
const RECOVERY_CODES: usize = 10;

/// What an authenticator app is to be told. Shown once.
pub struct Enrolment {
    /// The secret as people type it.
    pub secret: String,
    /// The same as an address, for a picture.
    pub url: String,
}

impl Accounts {
    /// Begins to use an authenticator app; logins need it once [`Accounts::confirm_totp`] was told a code of it.
    ///
    /// # Errors
    /// [`AccountError::Refused`] where the password is wrong, [`AccountError::SecondFactorOn`]; those of
    /// the keys and the database.
    pub async fn enrol_totp(
        &self,
        known: &Known,
        password: &str,
        origin: &Origin,
    ) -> Result<Enrolment, AccountError> {
        let email = self.own_password(known, password, origin).await?;
        let (id, now) = (known.user.id, self.now());
        let secret: [u8; TOTP_SECRET] = self.0.random.bytes();
        let sealed = &self.seal(Field::Totp, id, &secret)?;
        let entry = &about(self.entry(&known.actor(&shortened(origin)), "totp.enrol"), id);
        let enrol = |tx: Tx| async move {
            let enrolled = totp::enrol(&tx, id, sealed, now).await?;
            if enrolled {
                audit::write(&tx, entry).await?;
            }
            Ok::<_, store::StoreError>(enrolled)
        };
        if !self.0.db.run("auth.enrol_totp", enrol).await? {
            return Err(AccountError::SecondFactorOn);
        }
        let (secret, url) = totp_address(secret, &email);
        Ok(Enrolment { secret, url })
    }

    /// From now on logins need the app. Gives codes to be kept on paper, for when it is lost.
    ///
    /// # Errors
    /// [`AccountError::InvalidCode`], also where nothing is to be confirmed; those of the keys and the database.
    pub async fn confirm_totp(
        &self,
        known: &Known,
        code: &str,
        origin: &Origin,
    ) -> Result<Vec<Code>, AccountError> {
        let (id, now) = (known.user.id, self.now());
        let codes: Vec<Code> = (0..RECOVERY_CODES).map(|_| self.code()).collect();
        let hashes: Vec<TokenHash> =
            codes.iter().map(|code| code.hash(CodePurpose::Recovery)).collect();
        let entry = self.entry(&known.actor(&shortened(origin)), "totp.confirm");
        let (hashes, entry) = (&hashes, &about(entry, id));
        let confirm = |tx: Tx| async move {
            let row = totp::get(&tx, id).await?.filter(|row| row.confirmed_at.is_none());
            let Some(row) = row else { return Ok(false) };
            let step = self.step(id, &row, code, now)?;
            if let Some(step) = step {
                totp::used(&tx, id, step, now).await?;
                totp::add_recovery(&tx, id, hashes).await?;
            }
            audit::write(&tx, &Entry { done: step.is_some(), ..entry.clone() }).await?;
            Ok::<_, AccountError>(step.is_some())
        };
        let confirmed = self.0.db.run("auth.confirm_totp", confirm).await?;
        confirmed.then_some(codes).ok_or(AccountError::InvalidCode)
    }

    /// Logins need the password only.
    ///
    /// # Errors
    /// [`AccountError::Refused`] where the password is wrong, [`AccountError::SecondFactorOff`]; the database's.
    pub async fn disable_totp(
        &self,
        known: &Known,
        password: &str,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        self.own_password(known, password, origin).await?;
        self.drop_totp(&known.actor(&shortened(origin)), known.user.id).await
    }

    /// The same for somebody who lost both app and paper.
    ///
    /// # Errors
    /// [`AccountError::SecondFactorOff`]; the database's.
    pub async fn drop_totp(&self, actor: &Actor, id: Uuid) -> Result<(), AccountError> {
        let entry = &about(self.entry(actor, "totp.disable"), id);
        let disable = |tx: Tx| async move {
            let dropped = totp::drop_factor(&tx, id).await?;
            if dropped {
                audit::write(&tx, entry).await?;
            }
            Ok::<_, store::StoreError>(dropped)
        };
        let dropped = self.0.db.run("auth.disable_totp", disable).await?;
        dropped.then_some(()).ok_or(AccountError::SecondFactorOff)
    }

    /// Since when the caller's logins need a second factor, where they do, and how many codes on paper are left.
    ///
    /// # Errors
    /// The database's.
    pub async fn totp_state(&self, known: &Known) -> Result<Option<(Time, i64)>, AccountError> {
        Ok(totp::state(&self.0.db, known.user.id).await?)
    }

    /// Has somebody whose password was right, or whom a provider knows, wait for their second factor, where they use one.
    ///
    /// # Errors
    /// [`AccountError::SecondFactor`] where they do; the database's.
    pub(super) async fn ask_second(
        &self,
        user: &User,
        shown: &Shown,
        email: &Email,
        actor: &Actor,
    ) -> Result<(), AccountError> {
        if totp::state(&self.0.db, user.id).await?.is_none() {
            return Ok(());
        }
        let (id, now) = (user.id, self.now());
        let token = Secret::new(SecretKind::PendingLogin, self.0.random.bytes());
        let actor = Actor { user_id: Some(id), ..actor.clone() };
        let entry = self.entry(&actor, "user.login_first");
        let (resource, after) = (Some(email.to_string()), Some(shown.by.clone()));
        let (hash, entry) = (token.hash(), &Entry { resource, after, ..entry });
        let begin = |tx: Tx| async move {
            shown.keep(&tx, id, now).await?;
            totp::begin(&tx, hash, id, now.plus(WAITS), ATTEMPTS).await?;
            Ok::<_, AccountError>(audit::write(&tx, entry).await?)
        };
        self.0.db.run("auth.begin_login", begin).await?;
        Err(AccountError::SecondFactor(token))
    }

    /// Begins the session of a login that waited. Wrong codes count as wrong passwords do, so that whoever has
    /// the password can't go on with another login and five more codes.
    ///
    /// # Errors
    /// [`AccountError::InvalidCode`]; [`AccountError::Refused`] where the login has to begin again,
    /// [`AccountError::Locked`]; those of the keys and the database.
    pub async fn second_factor(
        &self,
        token: &str,
        code: &str,
        origin: &Origin,
    ) -> Result<(Secret, Known), AccountError> {
        let token = Secret::parse(SecretKind::PendingLogin, token).ok_or(AccountError::Refused)?;
        let (token, now) = (token.hash(), self.now());
        let (user, was) = totp::who(&self.0.db, token, now).await?.ok_or(AccountError::Refused)?;
        let shown = Shown { was, better: None, by: json!({ "method": "second_factor" }) };
        let email = user.email.clone().ok_or(AccountError::Refused)?;
        let actor = Actor { origin: shortened(origin), ..Actor::default() };
        let _turn = self.unless_locked(&email, &actor).await?;
        let entry = &Entry { resource: Some(email.to_string()), ..self.entry(&actor, LOGIN) };
        let id = user.id;
        let check = |tx: Tx| async move {
            if !totp::attempt(&tx, token, now).await? {
                return Err(AccountError::Refused);
            }
            let Some(row) = totp::get(&tx, id).await? else { return Err(AccountError::Refused) };
            let by = self.use_factor(&tx, id, &row, code, now).await?;
            match by {
                Some(by) => {
                    totp::end(&tx, token).await?;
                    let after = Some(json!({ "by": by }));
                    let action = "user.login_second".to_owned();
                    let user_id = Some(id);
                    audit::write(&tx, &Entry { action, user_id, after, ..entry.clone() }).await?;
                }
                None => audit::write(&tx, &Entry { done: false, ..entry.clone() }).await?,
            }
            Ok(by)
        };
        let done = self.0.db.run("auth.second_factor", check).await?.is_some();
        let outcome = if done { "ok" } else { "refused" };
        metrics::counter!("chandlery_logins_total", "outcome" => outcome).increment(1);
        if !done {
            return Err(AccountError::InvalidCode);
        }
        self.begin(user, &shown, &email, actor).await
    }

    /// Uses a code up, and says which kind it was; `None` where it is neither.
    async fn use_factor(
        &self,
        tx: &Tx,
        id: Uuid,
        row: &TotpRow,
        code: &str,
        now: Time,
    ) -> Result<Option<&'static str>, AccountError> {
        if let Some(step) = self.step(id, row, code.trim(), now)? {
            totp::used(tx, id, step, now).await?;
            return Ok(Some("app"));
        }
        let Some(code) = Code::parse(code) else { return Ok(None) };
        let recovered = totp::recover(tx, id, code.hash(CodePurpose::Recovery)).await?;
        Ok(recovered.then_some("recovery_code"))
    }

    fn step(
        &self,
        id: Uuid,
        row: &TotpRow,
        code: &str,
        now: Time,
    ) -> Result<Option<i64>, AccountError> {
        let secret = self.open(Field::Totp, id, &row.secret)?;
        Ok(totp_step(secret, code, now, row.last_step))
    }
}
