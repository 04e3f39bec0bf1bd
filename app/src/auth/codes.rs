//! Codes that people type: to show that an address is theirs, to set a new password without the old
//! one, and to make the first administrator.

use domain::Time;
use domain::auth::{Code, CodePurpose, Email, Role, check_password};
use serde_json::json;
use store::Tx;
use store::auth::audit::{self, Entry};
use store::auth::codes::{self, NewCode};
use store::auth::sessions::Which;
use store::auth::users::{self, NewUser, User};
use uuid::Uuid;

use super::login::shortened;
use super::{AccountError, Accounts, Actor, Known, Origin, about, change};

/// So often a code may be tried.
const ATTEMPTS: i32 = 5;
/// Nobody: looked for in place of somebody unknown, so that the work is the same.
const NOBODY: Uuid = Uuid::nil();

impl Accounts {
    /// Has a code mailed by which the caller shows that their address is theirs.
    ///
    /// # Errors
    /// [`AccountError::NoMail`]; [`AccountError::Refused`] for somebody without an address; the database's.
    pub async fn request_verification(
        &self,
        known: &Known,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let email = known.user.email.as_ref().ok_or(AccountError::Refused)?;
        let entry = self.entry(&known.actor(&shortened(origin)), "email.verify_request");
        self.request(CodePurpose::VerifyEmail, email, entry).await
    }

    /// Has a code mailed by which the person of the address, if there is one, can set a new
    /// password. What happens here is the same for every address: who it is, if anybody, is found
    /// out when the mail is made.
    ///
    /// # Errors
    /// [`AccountError::NoMail`], [`AccountError::Email`]; the database's.
    pub async fn request_reset(&self, email: &str, origin: &Origin) -> Result<(), AccountError> {
        let actor = Actor { origin: shortened(origin), ..Actor::default() };
        let entry = self.entry(&actor, "password.reset_request");
        self.request(CodePurpose::ResetPassword, &email.parse()?, entry).await
    }

    async fn request(
        &self,
        purpose: CodePurpose,
        email: &Email,
        entry: Entry,
    ) -> Result<(), AccountError> {
        if !self.0.options.sends_mail {
            return Err(AccountError::NoMail);
        }
        let (now, entry) = (self.now(), &Entry { resource: Some(email.to_string()), ..entry });
        let request = |tx| async move {
            codes::request(&tx, purpose, email, now).await?;
            audit::write(&tx, entry).await
        };
        self.0.db.run("auth.request_code", request).await?;
        self.0.mail.notify_one();
        Ok(())
    }

    /// Notes that the caller's address is theirs.
    ///
    /// # Errors
    /// [`AccountError::InvalidCode`]; the database's.
    pub async fn verify_email(
        &self,
        known: &Known,
        code: &str,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let (id, now) = (known.user.id, self.now());
        let hash = Code::parse(code).map(|code| code.hash(CodePurpose::VerifyEmail));
        let hash = hash.ok_or(AccountError::InvalidCode)?;
        let entry = &about(self.entry(&known.actor(&shortened(origin)), "email.verify"), id);
        let verify = |tx: Tx| async move {
            let done = codes::take(&tx, CodePurpose::VerifyEmail, Some(id), hash, now).await?;
            if done {
                users::set_verified(&tx, id, now).await?;
            }
            audit::write(&tx, &Entry { done, ..entry.clone() }).await?;
            Ok(done.then_some(()))
        };
        self.taken("auth.verify_email", verify).await?;
        self.forget(Some(id));
        Ok(())
    }

    /// Sets a new password by a code, which also shows whose the address is. All sessions of the
    /// person end. The password is hashed first, so that the time tells nothing of the rest.
    ///
    /// # Errors
    /// [`AccountError::InvalidCode`], a bad address or password; the database's.
    pub async fn reset_by_code(
        &self,
        email: &str,
        code: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<(), AccountError> {
        let email = &email.parse::<Email>()?;
        check_password(password, Some(email))?;
        let (password, now) = (&self.0.passwords.hash(password).await?, self.now());
        let hash = Code::parse(code).map(|code| code.hash(CodePurpose::ResetPassword));
        let hash = hash.ok_or(AccountError::InvalidCode)?;
        let actor = Actor { origin: shortened(origin), ..Actor::default() };
        let entry = self.entry(&actor, "password.reset");
        let entry = &Entry { resource: Some(email.to_string()), ..entry };
        let reset = |tx: Tx| async move {
            let found = users::by_email(&tx, email).await?;
            let user = found.map(|(user, _)| user).filter(|user| user.deactivated_at.is_none());
            let id = user.map_or(NOBODY, |user| user.id);
            let done = codes::take(&tx, CodePurpose::ResetPassword, Some(id), hash, now).await?;
            let mut end = None;
            if done {
                users::set_password(&tx, id, password, now).await?;
                users::set_verified(&tx, id, now).await?;
                end = Some(self.end(&tx, id, Which::All).await?);
            }
            let user_id = done.then_some(id);
            audit::write(&tx, &Entry { done, user_id, ..entry.clone() }).await?;
            Ok(end.map(|end| (id, end)))
        };
        let (owner, end) = self.taken("auth.reset_by_code", reset).await?;
        self.settle_end(owner, &end).await;
        Ok(())
    }

    /// Runs what uses somebody's code up.
    async fn taken<T, F>(
        &self,
        name: &'static str,
        work: impl Fn(Tx) -> F,
    ) -> Result<T, AccountError>
    where
        F: Future<Output = Result<Option<T>, store::StoreError>>,
    {
        self.0.db.run(name, work).await?.ok_or(AccountError::InvalidCode)
    }

    /// Makes a code by which somebody can set a new password, for whoever runs the machine to hand on.
    ///
    /// # Errors
    /// The database's.
    pub async fn reset_code(
        &self,
        actor: &Actor,
        user: &User,
    ) -> Result<(Code, Time), AccountError> {
        let (now, code) = (self.now(), self.code());
        let expires = now.plus(self.0.options.code_life);
        let new = &self.new_code(CodePurpose::ResetPassword, Some(user.id), &code);
        let entry = &about(self.entry(actor, "user.reset_code"), user.id);
        let put = |tx| async move {
            codes::put(&tx, new, now).await?;
            audit::write(&tx, entry).await
        };
        self.0.db.run("auth.reset_code", put).await?;
        Ok((code, expires))
    }

    /// Where there is nobody yet: a code by which the first administrator can be made, in the place of
    /// the one before.
    ///
    /// # Errors
    /// The database's.
    pub async fn setup_code(&self) -> Result<Option<Code>, AccountError> {
        let (now, code) = (self.now(), self.code());
        let new = &NewCode { expires_at: None, ..self.new_code(CodePurpose::Setup, None, &code) };
        let entry = &self.entry(&Actor::default(), "setup.code");
        let put = |tx: Tx| async move {
            let wanted = users::is_empty(&tx).await?;
            if wanted {
                codes::put(&tx, new, now).await?;
                audit::write(&tx, entry).await?;
            }
            Ok::<_, store::StoreError>(wanted)
        };
        let wanted = self.0.db.run("auth.setup_code", put).await?;
        Ok(wanted.then_some(code))
    }

    /// Whether there is nobody yet.
    ///
    /// # Errors
    /// The database's.
    pub async fn is_empty(&self) -> Result<bool, AccountError> {
        let is_empty = |tx| async move { users::is_empty(&tx).await };
        Ok(self.0.db.run("auth.is_empty", is_empty).await?)
    }

    /// Makes the first administrator. Their address is not verified by that.
    ///
    /// # Errors
    /// [`AccountError::SetUp`] where there is somebody; [`AccountError::InvalidCode`], a bad address or
    /// password; the database's.
    pub async fn set_up(
        &self,
        code: &str,
        email: &str,
        password: &str,
        origin: &Origin,
    ) -> Result<User, AccountError> {
        let email = email.parse::<Email>()?;
        check_password(password, Some(&email))?;
        let now = self.now();
        let hash = Code::parse(code).map(|code| code.hash(CodePurpose::Setup));
        let hash = hash.ok_or(AccountError::InvalidCode)?;
        let id = self.0.random.id(now);
        let password_hash = Some(self.0.passwords.hash(password).await?);
        let after = json!({ "email": email.as_str(), "role": Role::Admin.as_str() });
        let new = &NewUser { id, email, display_name: None, role: Role::Admin, password_hash };
        let actor = Actor { origin: shortened(origin), ..Actor::default() };
        let entry = &change(about(self.entry(&actor, "setup"), id), None, Some(after));
        let set_up = |tx: Tx| async move {
            if !users::is_empty(&tx).await? {
                return Ok(Err(AccountError::SetUp));
            }
            if !codes::take(&tx, CodePurpose::Setup, None, hash, now).await? {
                let refused = Entry { done: false, resource: None, after: None, ..entry.clone() };
                audit::write(&tx, &refused).await?;
                return Ok(Err(AccountError::InvalidCode));
            }
            users::insert(&tx, new, now).await?;
            audit::write(&tx, entry).await?;
            Ok::<_, store::StoreError>(Ok(users::by_id(&tx, id).await?))
        };
        let made = self.0.db.run("auth.set_up", set_up).await??;
        made.ok_or_else(|| AccountError::UnknownUser(id.to_string()))
    }

    /// A new code.
    pub(super) fn code(&self) -> Code {
        Code::new(self.0.random.bytes())
    }

    /// What is stored of a code that is made now.
    pub(super) fn new_code(
        &self,
        purpose: CodePurpose,
        user_id: Option<Uuid>,
        code: &Code,
    ) -> NewCode {
        let expires_at = Some(self.now().plus(self.0.options.code_life));
        NewCode { user_id, purpose, hash: code.hash(purpose), expires_at, attempts: ATTEMPTS }
    }
}
