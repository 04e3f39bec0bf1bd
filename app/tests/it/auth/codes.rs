//! Codes by mail, by hand, and for the first administrator.

use std::time::Instant;

use adapters::notify::{Smtp, SmtpOptions, SmtpSecurity};
use domain::auth::Code;
use testkit::SmtpServer;

use super::*;

const NEW: &str = "another long password";

struct Post {
    world: World,
    server: SmtpServer,
    smtp: Smtp,
}

/// Accounts that send mails.
async fn post() -> Post {
    let mut world = world().await;
    let options = AccountOptions { sends_mail: true, ..AccountOptions::default() };
    let (db, clock) = (world.fresh.db.clone(), world.clock.clone());
    world.accounts = Accounts::new(db, clock, Random::system(), CHEAP, options);
    let server = SmtpServer::start().await;
    let smtp = Smtp::new(SmtpOptions {
        host: server.address.ip().to_string(),
        port: server.address.port(),
        security: SmtpSecurity::None,
        login: None,
        from: "Chandlery <chandlery@example.com>".to_owned(),
    });
    Post { world, server, smtp: smtp.expect("sound options") }
}

impl Post {
    async fn ask(&self, email: &str) -> Result<(), AccountError> {
        self.world.accounts.request_reset(email, &Origin::default()).await
    }

    async fn send_due(&self) -> Vec<String> {
        while self.world.accounts.send_next(&self.smtp).await.expect("a look") {}
        self.server.take()
    }

    async fn reset(&self, email: &str, code: &str) -> Result<(), AccountError> {
        self.world.accounts.reset_by_code(email, code, NEW, &Origin::default()).await
    }
}

/// The code in a mail, which is nowhere else.
fn code_in(mail: &str) -> String {
    let mut codes = mail.lines().map(str::trim).filter(|line| Code::parse(line).is_some());
    codes.next().unwrap_or_else(|| panic!("no code in {mail}")).to_owned()
}

fn is_invalid<T>(result: Result<T, AccountError>) -> bool {
    matches!(result, Err(AccountError::InvalidCode))
}

#[tokio::test]
async fn a_mailed_code_sets_a_new_password_once_and_ends_all_sessions() {
    let post = post().await;
    let user = post.world.add("ada@example.com", Role::Trader).await;
    let (session, _) = post.world.login("ada@example.com", PASSWORD).await.expect("a session");
    post.ask("Ada@example.com").await.expect("a request");
    let mails = post.send_due().await;
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].contains("To: ada@example.com") && mails[0].contains("within 60 minutes"));
    let code = code_in(&mails[0]);

    assert!(is_invalid(post.reset("ben@example.com", &code).await), "of somebody else");
    let typed = code.to_lowercase().replace('-', " ");
    post.reset("ada@example.com", &typed).await.expect("a new password");
    assert!(!post.world.is_known(&session).await);
    assert!(post.world.login("ada@example.com", PASSWORD).await.is_err());
    let (_, known) = post.world.login("ada@example.com", NEW).await.expect("a session");
    assert!(known.user.email_verified_at.is_some(), "whoever read the mail has the address");
    assert!(is_invalid(post.reset("ada@example.com", &code).await), "used");

    let record = post.world.record().await;
    let told = format!("{record:?}");
    assert!(!told.contains(&code) && !told.contains(NEW), "{told}");
    let mut resets = record.iter().filter(|e| e.action == "password.reset").map(|e| e.done);
    assert_eq!(resets.by_ref().collect::<Vec<_>>(), [false, true, false]);
    assert!(record.iter().any(|e| e.done && e.user_id == Some(user.id)));
}

#[tokio::test]
async fn a_code_is_tried_five_times_for_an_hour_and_by_one_at_a_time() {
    let post = post().await;
    let user = post.world.add("ada@example.com", Role::Trader).await;
    let told = async || {
        let made = post.world.accounts.reset_code(&NOBODY, &user).await.expect("a code");
        made.0.reveal()
    };
    let first = told().await;
    let second = told().await;
    assert!(is_invalid(post.reset("ada@example.com", &first).await), "replaced");
    for _ in 0..4 {
        assert!(is_invalid(post.reset("ada@example.com", "0000-0000-0000").await));
    }
    assert!(is_invalid(post.reset("ada@example.com", &second).await), "the sixth attempt");

    let late = told().await;
    post.world.pass(Duration::from_secs(3_600));
    assert!(is_invalid(post.reset("ada@example.com", &late).await), "too old");
    post.world.accounts.sweep().await.expect("a sweep");
    let left = post.world.fresh.db.query("test", "SELECT FROM auth.codes", &[]).await;
    assert!(left.expect("rows").is_empty());

    let raced = told().await;
    let (one, two) =
        tokio::join!(post.reset("ada@example.com", &raced), post.reset("ada@example.com", &raced));
    assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|done| **done).count(), 1);

    let closed = told().await;
    let close = post.world.accounts.change(&NOBODY, user.id, &[AccountChange::Active(false)]);
    close.await.expect("a change");
    assert!(is_invalid(post.reset("ada@example.com", &closed).await), "may not come in");
}

#[tokio::test]
async fn a_request_tells_nothing_and_a_mail_server_that_is_away_loses_nothing() {
    let post = post().await;
    post.world.add("ada@example.com", Role::Trader).await;
    let mut slowest = [Duration::ZERO; 2];
    for round in 0..20 {
        for (place, email) in ["ada@example.com", "nobody@example.com"].into_iter().enumerate() {
            let began = Instant::now();
            post.ask(email).await.expect("a request");
            if round > 0 {
                slowest[place] += began.elapsed();
            }
        }
    }
    let ratio = slowest[0].as_secs_f64() / slowest[1].as_secs_f64();
    assert!((0.5..2.0).contains(&ratio), "known to unknown: {slowest:?}");
    assert!(matches!(post.ask("nobody").await, Err(AccountError::Email(_))));

    post.server.refuse(2);
    assert!(post.send_due().await.is_empty(), "refused, and nothing for nobody");
    for (minutes, mails) in [(1, 0), (1, 0), (1, 1), (60, 0)] {
        post.world.pass(Duration::from_secs(minutes * 60));
        let sent = post.send_due().await;
        assert_eq!(sent.len(), mails);
        if let Some(mail) = sent.first() {
            post.reset("ada@example.com", &code_in(mail)).await.expect("the code holds");
        }
    }

    post.ask("ada@example.com").await.expect("a request");
    assert_eq!(post.send_due().await.len(), 1);
    post.ask("ada@example.com").await.expect("a request");
    assert!(post.send_due().await.is_empty(), "one a minute");

    // Also where its code was used meanwhile.
    post.world.pass(Duration::from_secs(60));
    post.ask("ada@example.com").await.expect("a request");
    let code = code_in(&post.send_due().await[0]);
    post.reset("ada@example.com", &code).await.expect("the code holds");
    for (seconds, mails) in [(59, 0), (1, 1)] {
        post.world.pass(Duration::from_secs(seconds));
        post.ask("ada@example.com").await.expect("a request");
        assert_eq!(post.send_due().await.len(), mails);
    }
}

#[tokio::test]
async fn an_address_is_confirmed_by_its_reader_only() {
    let post = post().await;
    let accounts = &post.world.accounts;
    post.world.add("ada@example.com", Role::Trader).await;
    post.world.add("ben@example.com", Role::Trader).await;
    let origin = Origin::default();
    let (_, ada) = post.world.login("ada@example.com", PASSWORD).await.expect("a session");
    let (_, ben) = post.world.login("ben@example.com", PASSWORD).await.expect("a session");
    accounts.request_verification(&ada, &origin).await.expect("a request");
    let code = code_in(&post.send_due().await[0]);
    assert!(is_invalid(accounts.verify_email(&ben, &code, &origin).await));
    assert!(is_invalid(post.reset("ada@example.com", &code).await), "of another purpose");
    accounts.verify_email(&ada, &code, &origin).await.expect("confirmed");
    let users = accounts.users().await.expect("a list");
    for user in users {
        assert_eq!(user.email_verified_at.is_some(), user.id == ada.user.id, "{user:?}");
    }
}

#[tokio::test]
async fn without_a_mail_server_nothing_is_promised() {
    let world = world().await;
    let asked = world.accounts.request_reset("ada@example.com", &Origin::default()).await;
    assert!(matches!(asked, Err(AccountError::NoMail)), "{asked:?}");
}

#[tokio::test]
async fn the_first_administrator_is_made_by_a_code_once() {
    let world = world().await;
    let origin = Origin::default();
    let set_up = async |code: &Code, email: &str| {
        world.accounts.set_up(&code.reveal(), email, PASSWORD, &origin).await
    };
    let old = world.accounts.setup_code().await.expect("an answer").expect("there is nobody");
    let code = world.accounts.setup_code().await.expect("an answer").expect("there is nobody");
    world.pass(Duration::from_secs(400 * 24 * 3_600));
    assert!(is_invalid(set_up(&old, "ada@example.com").await), "replaced");
    let admin = set_up(&code, "ada@example.com").await.expect("an administrator");
    assert_eq!((admin.role, admin.email_verified_at), (Role::Admin, None));
    world.login("ada@example.com", PASSWORD).await.expect("a session");
    assert!(matches!(set_up(&code, "eve@example.com").await, Err(AccountError::SetUp)));
    assert!(world.accounts.setup_code().await.expect("an answer").is_none());
    world.accounts.sweep().await.expect("a sweep");
    let left = world.fresh.db.query("test", "SELECT FROM auth.codes", &[]).await;
    assert!(left.expect("rows").is_empty(), "a used one doesn't stay");
    let actions: Vec<_> = world.record().await.into_iter().map(|e| (e.action, e.done)).collect();
    let told = ["user.login", "setup", "setup", "setup.code", "setup.code"];
    assert_eq!(actions.iter().map(|(action, _)| action).collect::<Vec<_>>(), told);
}
