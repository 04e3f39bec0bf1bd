//! Mails with codes. Requests wait in a table; this makes their codes and sends them, again and again
//! where the mail server is away. A code is made for the try that sends it and is nowhere but in
//! the mail, so a later try makes the code of an earlier one worthless.

use std::time::Duration;

use adapters::notify::Smtp;
use domain::auth::{Code, CodePurpose};
use store::auth::codes::{self, CodeRequest};
use store::auth::users;
use store::{StoreError, Tx};
use tokio_util::sync::CancellationToken;

use super::{AccountError, Accounts};

/// Requests that another process noted are found after so long.
const LOOKED: Duration = Duration::from_secs(5);
/// The waits between tries double from one minute, so this is about an hour.
const TRIES: i32 = 7;
/// Nobody is sent a code of one purpose more often.
const BETWEEN: Duration = Duration::from_secs(60);

impl Accounts {
    /// Sends what is wanted, until `stop`.
    pub async fn send_mails(&self, smtp: &Smtp, stop: &CancellationToken) {
        metrics::describe_counter!("chandlery_mails_total", "Mails sent, or tried to be");
        while !stop.is_cancelled() {
            match self.send_next(smtp).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(%error, "mails can't be looked for; it is tried again")
                }
            }
            tokio::select! {
                () = stop.cancelled() => return,
                () = self.0.mail.notified() => {}
                () = tokio::time::sleep(LOOKED) => {}
            }
        }
    }

    /// Sends the mail that waits longest; false where none is due. One that can't be sent is due again
    /// later.
    ///
    /// # Errors
    /// The database's.
    pub async fn send_next(&self, smtp: &Smtp) -> Result<bool, AccountError> {
        let code = &self.code();
        let Some((request, wanted)) =
            self.0.db.run("auth.claim_mail", |tx| self.claim(tx, code)).await?
        else {
            return Ok(false);
        };
        if wanted {
            let (subject, text) = self.letter(request.purpose, code);
            if let Err(error) = smtp.send(request.email.as_str(), subject, text).await {
                metrics::counter!("chandlery_mails_total", "outcome" => "failed").increment(1);
                let (purpose, tries) = (request.purpose.as_str(), request.tries);
                if tries < TRIES {
                    tracing::warn!(%error, purpose, tries, "a mail can't be sent; it is tried again");
                    return Ok(true);
                }
                tracing::error!(%error, purpose, tries, "a mail can't be sent and is given up");
            } else {
                metrics::counter!("chandlery_mails_total", "outcome" => "sent").increment(1);
            }
        }
        let forget = |tx| async move { codes::forget(&tx, request.id).await };
        self.0.db.run("auth.forget_mail", forget).await?;
        Ok(true)
    }

    /// The next request, and whether a mail is to be sent for it; then its code is stored.
    async fn claim(&self, tx: Tx, code: &Code) -> Result<Option<(CodeRequest, bool)>, StoreError> {
        let now = self.now();
        let Some(request) = codes::claim(&tx, now).await? else { return Ok(None) };
        let found = users::by_email(&tx, &request.email).await?.map(|(user, _)| user);
        let Some(user) = found.filter(|user| user.deactivated_at.is_none()) else {
            return Ok(Some((request, false)));
        };
        let last = codes::made_at(&tx, request.purpose, user.id).await?;
        if request.tries == 1 && last.is_some_and(|last| last.plus(BETWEEN) > now) {
            return Ok(Some((request, false)));
        }
        codes::put(&tx, &self.new_code(request.purpose, Some(user.id), code), now).await?;
        Ok(Some((request, true)))
    }

    /// Subject and text.
    fn letter(&self, purpose: CodePurpose, code: &Code) -> (&'static str, String) {
        let (subject, what) = match purpose {
            CodePurpose::VerifyEmail => {
                ("Chandlery: confirm your address", "shows Chandlery that this address is yours")
            }
            // The others are never requested.
            CodePurpose::ResetPassword | CodePurpose::Setup | CodePurpose::Recovery => {
                ("Chandlery: set a new password", "lets you set a new password for Chandlery")
            }
        };
        let minutes = self.0.options.code_life.as_secs() / 60;
        let text = format!(
            "This code {what}:\n\n    {}\n\nIt can be used once, within {minutes} minutes. \
             Nobody will ever ask you for it.\nIf it was not you who wanted it, nothing is to be done.\n",
            code.reveal()
        );
        (subject, text)
    }
}
