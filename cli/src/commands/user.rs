//! `chandlery user`: people, managed by whoever runs the machine.

use std::fs::OpenOptions;
use std::io::{IsTerminal, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use app::auth::{AccountChange, Accounts, Actor};
use domain::auth::{Email, Role};
use serde_json::{Value, json};
use store::auth::users::User;

use crate::context::Context;

/// A generated password: so many random bytes as hexadecimal digits.
const GENERATED: usize = 12;

/// Add people, list them, and change roles, passwords and who may come in
///
/// Passwords are read from standard input, a line each, with --password-stdin; otherwise a random one is made
/// and told once. Roles: admin, trader, analyst, viewer.
///
/// Examples:
///   chandlery user create ada@example.com --role admin
///   chandlery user list
///   chandlery user role ada@example.com trader
///   chandlery user password ada@example.com
///   chandlery user reset-code ada@example.com
///   chandlery user deactivate ada@example.com
///   chandlery user export ada@example.com --out ada.json
///   chandlery user erase ada@example.com --yes
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, clap::Subcommand)]
enum Action {
    /// Add a person
    Create {
        /// Their address
        email: Email,
        /// What they may do: admin, trader, analyst or viewer
        #[arg(long, value_parser = role, default_value = "trader")]
        role: Role,
        /// What the page is to call them
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// List everybody
    List,
    /// Give a person another role
    Role {
        /// Their address
        email: Email,
        /// admin, trader, analyst or viewer
        #[arg(value_parser = role)]
        role: Role,
    },
    /// Give a person another password; all their sessions end
    Password {
        /// Their address
        email: Email,
        /// Read the password from standard input
        #[arg(long)]
        password_stdin: bool,
    },
    /// Tell a code by which a person can set a new password
    ///
    /// It can be used once; POST /v1/auth/reset/confirm takes it.
    #[command(alias = "reset-link")]
    ResetCode {
        /// Their address
        email: Email,
    },
    /// Let a person in by their password only: they lost their second factor
    SecondFactorOff {
        /// Their address
        email: Email,
    },
    /// Write everything that is held on a person, but secrets, as JSON
    Export {
        /// Their address
        email: Email,
        /// The file; it must not exist yet
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Forget a person for ever
    ///
    /// All that is theirs is deleted; the books of their trading are nobody's then. The record of what was done stays, with their number in place of their address.
    Erase {
        /// Their address
        email: Email,
        /// Do it: it can't be undone
        #[arg(long)]
        yes: bool,
    },
    /// Let a person in no longer; all their sessions end
    Deactivate {
        /// Their address
        email: Email,
    },
    /// Let a person in again
    Activate {
        /// Their address
        email: Email,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| "there are admin, trader, analyst and viewer".to_owned())
}

/// Does it.
pub(crate) async fn run(args: Args, context: &Context) -> Result<()> {
    context.with_accounts(async |accounts| act(args.action, context, accounts).await).await
}

async fn act(action: Action, context: &Context, accounts: &Accounts) -> Result<()> {
    // Whoever may run this could change the tables as well; the record says that it was here.
    let actor = Actor::default();
    match action {
        Action::Create { email, role, name, password_stdin } => {
            let (password, told) = password(password_stdin)?;
            let user = accounts.create(&actor, email, name, role, &password).await?;
            tell(context, &user, told);
        }
        Action::List => {
            let users = accounts.users().await?;
            let value: Vec<Value> = users.iter().map(body).collect();
            context.output.result(&json!({ "users": value }), || match users.is_empty() {
                true => "there is nobody; `chandlery user create` adds a person".to_owned(),
                false => users.iter().map(|user| line(user) + "\n").collect(),
            });
        }
        Action::Password { email, password_stdin } => {
            let user = accounts.by_email(&email).await?;
            let (password, told) = password(password_stdin)?;
            accounts.reset_password(&actor, &user, &password).await?;
            tell(context, &user, told);
        }
        Action::ResetCode { email } => {
            let user = accounts.by_email(&email).await?;
            let (code, expires) = accounts.reset_code(&actor, &user).await?;
            let (code, expires) = (code.reveal(), expires.to_string());
            let value = json!({ "email": email.as_str(), "code": code, "expires_at": expires });
            context.output.result(&value, || {
                format!("{code}\nIt can be used once, until {expires}, and is not told again.")
            });
        }
        Action::SecondFactorOff { email } => {
            let user = accounts.by_email(&email).await?;
            accounts.drop_totp(&actor, user.id).await?;
            tell(context, &user, None);
        }
        Action::Export { email, out } => {
            let held = accounts.held_on(&actor, &email).await?;
            write_new(&out, &serde_json::to_vec_pretty(&held)?)
                .with_context(|| format!("writing {}", out.display()))?;
            let value = json!({ "email": email.as_str(), "out": out });
            context
                .output
                .result(&value, || format!("{email}: all that is held is in {}", out.display()));
        }
        Action::Erase { email, yes: false } => {
            accounts.by_email(&email).await?;
            bail!("{email} would be forgotten for ever; say --yes to do it");
        }
        Action::Erase { email, yes: true } => {
            let lines = accounts.erase(&actor, &email).await?;
            context.output.result(&json!({ "email": email.as_str(), "audit_lines": lines }), || {
                format!("{email} is forgotten; {lines} audit lines have a number in place of the address")
            });
        }
        Action::Role { email, role } => {
            change(context, accounts, &email, AccountChange::Role(role)).await?;
        }
        Action::Deactivate { email } => {
            change(context, accounts, &email, AccountChange::Active(false)).await?;
        }
        Action::Activate { email } => {
            change(context, accounts, &email, AccountChange::Active(true)).await?;
        }
    }
    Ok(())
}

/// Writes a file for its owner only.
fn write_new(path: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(content)?;
    file.sync_all()
}

async fn change(
    context: &Context,
    accounts: &Accounts,
    email: &Email,
    wanted: AccountChange,
) -> Result<()> {
    let user = accounts.by_email(email).await?;
    let user = accounts.change(&Actor::default(), user.id, &[wanted]).await?;
    tell(context, &user, None);
    Ok(())
}

/// The password to set, and the same where it was made here and is to be told.
fn password(from_stdin: bool) -> Result<(String, Option<String>)> {
    if !from_stdin {
        let random: [u8; GENERATED] = app::Random::system().bytes();
        let made: String = random.iter().map(|byte| format!("{byte:02x}")).collect();
        return Ok((made.clone(), Some(made)));
    }
    let mut text = String::new();
    if std::io::stdin().is_terminal() {
        bail!(
            "--password-stdin wants the password from a file or a pipe, not typed for all to see"
        );
    }
    std::io::stdin().take(4_096).read_to_string(&mut text).context("reading the password")?;
    let line = text.lines().next().unwrap_or_default().to_owned();
    Ok((line, None))
}

fn tell(context: &Context, user: &User, password: Option<String>) {
    let mut value = body(user);
    if let (Some(password), Value::Object(fields)) = (&password, &mut value) {
        fields.insert("password".to_owned(), json!(password));
    }
    context.output.result(&value, || {
        let told = password.map_or_else(String::new, |password| {
            format!("\npassword: {password}\nIt is not told again; the person can change it.")
        });
        format!("{}{told}", line(user))
    });
}

fn body(user: &User) -> Value {
    json!({
        "id": user.id, "email": user.email.as_ref().map(Email::as_str), "display_name": user.display_name,
        "email_verified": user.email_verified_at.is_some(), "role": user.role.as_str(),
        "active": user.deactivated_at.is_none(),
        "created_at": user.created_at.to_string(),
        "last_login_at": user.last_login_at.map(|time| time.to_string()),
    })
}

fn line(user: &User) -> String {
    let email = user.email.as_ref().map_or("(no address)", Email::as_str);
    let closed = if user.deactivated_at.is_some() { ", may not come in" } else { "" };
    let login = user.last_login_at.map_or("never".to_owned(), |time| time.to_string());
    format!("{email}: {}{closed}, last login {login}", user.role)
}
