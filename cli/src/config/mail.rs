//! Settings of mail.

use std::path::PathBuf;

use adapters::notify::{Smtp, SmtpOptions, SmtpSecurity};
use anyhow::{Context as _, Result};
use secrecy::ExposeSecret;

use super::section::{Wrong, section};
use super::value::{Password, choice};

choice! {
    /// How the way to the mail server is protected.
    MailSecurity {
        /// TLS from the start.
        Tls = "tls",
        /// TLS after a greeting.
        StartTls = "starttls",
        /// Nothing.
        None = "none",
    }
}

section! {
    /// The server that sends mails: codes to confirm addresses and to set new passwords. Without a host none
    /// are sent, and `chandlery user reset-code` tells a code to be handed on. `chandlery doctor` tries it.
    Mail = "mail" {
        /// The server's name.
        host: Option<String> = None, like "smtp.example.com";
        /// Its port: 587 with "starttls", 465 with "tls".
        port: u16 = 587;
        /// How the way to it is protected: "starttls", "tls", or "none" for a server on this machine.
        security: MailSecurity = MailSecurity::StartTls;
        /// Who logs in there; without it nobody does.
        user: Option<String> = None, like "chandlery";
        /// Their password; `password_file` keeps it out of the settings.
        password: Option<Password> = None, like "…";
        /// A file whose first line is the password.
        password_file: Option<PathBuf> = None, like "/run/secrets/mail";
        /// Who mails come from.
        from: Option<String> = None, like "Chandlery <chandlery@example.com>";
    }
}

impl Mail {
    fn check(&self, wrong: &mut Wrong) {
        if self.password.is_some() && self.password_file.is_some() {
            wrong.0.push(("password_file", "is not needed where password is given".to_owned()));
        }
        let has_password = self.password.is_some() || self.password_file.is_some();
        if self.user.is_some() != has_password {
            let why = "and password (or password_file) are needed together".to_owned();
            wrong.0.push(("user", why));
        }
        if self.host.is_some() && self.from.is_none() {
            wrong.0.push(("from", "is needed with host".to_owned()));
        }
        if self.security == MailSecurity::None && has_password {
            let why = "\"none\" would send the password for all to read".to_owned();
            wrong.0.push(("security", why));
        }
    }

    /// The way to the server, where one is set.
    pub(crate) fn smtp(&self) -> Result<Option<Smtp>> {
        let (Some(host), Some(from)) = (&self.host, &self.from) else { return Ok(None) };
        let options = SmtpOptions {
            host: host.clone(),
            port: self.port,
            security: match self.security {
                MailSecurity::Tls => SmtpSecurity::Tls,
                MailSecurity::StartTls => SmtpSecurity::StartTls,
                MailSecurity::None => SmtpSecurity::None,
            },
            login: self.user.clone().zip(self.password()?),
            from: from.clone(),
        };
        Ok(Some(Smtp::new(options).context("mail")?))
    }

    fn password(&self) -> Result<Option<String>> {
        let Some(path) = &self.password_file else {
            return Ok(self.password.as_ref().map(|set| set.0.expose_secret().to_owned()));
        };
        super::value::first_line(path).context("mail.password_file").map(Some)
    }
}
