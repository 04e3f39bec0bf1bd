//! Mail, handed to the server that the operator names.

use std::time::Duration;

use lettre::message::Mailbox;
use lettre::message::header::ContentType;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

/// A server that isn't done by then is given up: lettre itself waits for answers for ever.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the way to the server is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpSecurity {
    /// TLS from the first byte (port 465).
    Tls,
    /// TLS before the first word that matters (port 587); a server without it is refused.
    StartTls,
    /// Not at all: for a server on the same machine.
    None,
}

/// Which server, and who sends.
pub struct SmtpOptions {
    /// Its name.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the way to it is protected.
    pub security: SmtpSecurity,
    /// User and password, where it wants them.
    pub login: Option<(String, String)>,
    /// The sender: an address, or a name and an address in angle brackets.
    pub from: String,
}

/// Why a mail is not sent.
#[derive(Debug, thiserror::Error)]
pub enum SmtpError {
    /// The sender or the recipient is no address that mail can name.
    #[error("{0:?} is no address for a mail: {1}")]
    Address(String, lettre::address::AddressError),
    /// The mail can't be written.
    #[error("the mail can't be written: {0}")]
    Message(#[from] lettre::error::Error),
    /// The server is not done in time.
    #[error("the mail server was not done within {} s", PATIENCE.as_secs())]
    Slow,
    /// The server can't be reached, or refuses.
    #[error("the mail server: {}", causes(.0))]
    Server(#[from] lettre::transport::smtp::Error),
}

/// Sends mails through one server. Cheap to clone.
#[derive(Clone)]
pub struct Smtp {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// Nothing is connected before something is sent.
    ///
    /// # Errors
    /// The sender is no address, or TLS can't be set up for this name.
    pub fn new(options: SmtpOptions) -> Result<Self, SmtpError> {
        let SmtpOptions { host, port, security, login, from } = options;
        let tls = match security {
            SmtpSecurity::None => Tls::None,
            SmtpSecurity::Tls => Tls::Wrapper(TlsParameters::new(host.clone())?),
            SmtpSecurity::StartTls => Tls::Required(TlsParameters::new(host.clone())?),
        };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .timeout(Some(PATIENCE));
        let transport = match login {
            Some((user, password)) => transport.credentials(Credentials::new(user, password)),
            None => transport,
        };
        Ok(Self { transport: transport.build(), from: mailbox(&from)? })
    }

    /// Sends a text.
    ///
    /// # Errors
    /// [`SmtpError`]; the server may nevertheless have taken it where its answer was lost.
    pub async fn send(&self, to: &str, subject: &str, text: String) -> Result<(), SmtpError> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(mailbox(to)?)
            .subject(subject)
            .header(ContentType::TEXT_PLAIN)
            .body(text)?;
        in_time(self.transport.send(message)).await.map(drop)
    }

    /// Whether the server can be reached and takes the login.
    ///
    /// # Errors
    /// What it said.
    pub async fn check(&self) -> Result<bool, SmtpError> {
        in_time(self.transport.test_connection()).await
    }
}

async fn in_time<T>(
    work: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<T, SmtpError> {
    Ok(tokio::time::timeout(PATIENCE, work).await.map_err(|_| SmtpError::Slow)??)
}

fn mailbox(text: &str) -> Result<Mailbox, SmtpError> {
    text.parse().map_err(|error| SmtpError::Address(text.to_owned(), error))
}

fn causes(error: &lettre::transport::smtp::Error) -> String {
    let cause = std::error::Error::source(error);
    cause.map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}
