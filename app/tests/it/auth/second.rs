//! The second factor, and the keys that its secrets are encrypted by.

use domain::Time;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use adapters::auth::FieldKeys;
use app::auth::{Grant, Holder};
use domain::auth::Code;

use super::*;

const STEP: Duration = Duration::from_secs(30);

/// People, with keys in a folder of the test's own.
struct Desk {
    world: World,
    folder: tempfile::TempDir,
}

/// Somebody's app, which knows the standard from elsewhere.
pub(super) struct App(totp_rs::Totp);

async fn desk() -> Desk {
    let (world, folder) = (world().await, tempfile::tempdir().expect("a folder"));
    world.accounts.use_keys(FieldKeys::File(folder.path().join("keys")));
    Desk { world, folder }
}

impl App {
    pub(super) fn new(secret: &str) -> Self {
        let secret = totp_rs::Secret::try_from_base32(secret).expect("base32");
        Self(totp_rs::Builder::new().with_secret(secret).build_noncompliant())
    }

    pub(super) fn code(&self, now: Time) -> String {
        self.0.generate(now.millis().unsigned_abs() / 1_000).to_string()
    }
}

impl Desk {
    /// Somebody whose logins need the app.
    async fn protected(&self, email: &str) -> (App, Vec<Code>, Known) {
        self.world.add(email, Role::Trader).await;
        let (_, known) = self.world.login(email, PASSWORD).await.expect("a session");
        let (accounts, origin) = (&self.world.accounts, Origin::default());
        let made = accounts.enrol_totp(&known, PASSWORD, &origin).await.expect("a secret");
        let app = App::new(&made.secret);
        let code = app.code(self.world.clock.now());
        let codes = accounts.confirm_totp(&known, &code, &origin).await.expect("codes");
        (app, codes, known)
    }

    /// The token of a login whose password was right.
    async fn pending(&self, email: &str) -> Secret {
        match self.world.login(email, PASSWORD).await {
            Err(AccountError::SecondFactor(token)) => token,
            other => panic!("{:?}", other.map(|(_, known)| known)),
        }
    }

    async fn second(&self, token: &Secret, code: &str) -> Result<Known, AccountError> {
        let origin = Origin::default();
        let told = self.world.accounts.second_factor(token.reveal(), code, &origin).await;
        told.map(|(_, known)| known)
    }
}

#[tokio::test]
async fn a_login_needs_a_code_and_each_code_is_used_once() {
    let desk = desk().await;
    let (app, paper, known) = desk.protected("ada@example.com").await;
    assert_eq!(paper.len(), 10);
    let now = || desk.world.clock.now();
    let token = desk.pending("ada@example.com").await;
    let code = app.code(now());
    let used = desk.second(&token, &code).await;
    assert!(matches!(used, Err(AccountError::InvalidCode)), "it confirmed the app: {used:?}");
    desk.world.pass(STEP);
    let code = app.code(now());
    assert_eq!(desk.second(&token, &code).await.expect("a session").user.id, known.user.id);
    let again = desk.second(&token, &code).await;
    assert!(matches!(again, Err(AccountError::Refused)), "the login is over: {again:?}");
    let token = desk.pending("ada@example.com").await;
    assert!(matches!(desk.second(&token, &code).await, Err(AccountError::InvalidCode)), "replayed");

    let lost = paper[3].reveal().to_lowercase();
    desk.second(&token, &lost).await.expect("a session by paper");
    let token = desk.pending("ada@example.com").await;
    assert!(matches!(desk.second(&token, &lost).await, Err(AccountError::InvalidCode)), "used");
    let state = desk.world.accounts.totp_state(&known).await.expect("a state");
    assert_eq!(state.map(|(_, left)| left), Some(9));

    let token = desk.pending("ada@example.com").await;
    let accounts = &desk.world.accounts;
    accounts.reset_password(&NOBODY, &known.user, PASSWORD).await.expect("a password");
    let before = desk.second(&token, &paper[4].reveal()).await;
    assert!(matches!(before, Err(AccountError::Refused)), "of the old password: {before:?}");

    let token = desk.pending("ada@example.com").await;
    desk.world.pass(Duration::from_secs(5 * 60));
    let late = desk.second(&token, &app.code(now())).await;
    assert!(matches!(late, Err(AccountError::Refused)), "too late: {late:?}");
    let rows = desk.world.fresh.db.query("test", "SELECT secret FROM auth.totp", &[]).await;
    let stored: Vec<u8> = rows.expect("a row")[0].get(0);
    let secret = app.0.secret().as_bytes();
    assert!(!stored.windows(secret.len()).any(|part| part == secret), "encrypted");
    let told = format!("{:?}", desk.world.record().await);
    assert!(told.contains("user.login_second") && !told.contains(&paper[3].reveal()), "{told}");
}

#[tokio::test]
async fn codes_are_tried_five_times_and_other_logins_do_not_help() {
    let desk = desk().await;
    let (app, ..) = desk.protected("ada@example.com").await;
    desk.world.pass(STEP);
    let right = app.code(desk.world.clock.now());
    let wrong = if right == "000000" { "000001" } else { "000000" };
    let mut refused = 0;
    'logins: loop {
        let token = match desk.world.login("ada@example.com", PASSWORD).await {
            Err(AccountError::SecondFactor(token)) => token,
            Err(AccountError::Locked(_)) => break,
            other => panic!("{:?}", other.map(|(_, known)| known)),
        };
        for attempt in 0..6 {
            match desk.second(&token, wrong).await {
                Err(AccountError::InvalidCode) => refused += 1,
                Err(AccountError::Refused) if attempt == 5 => {}
                Err(AccountError::Locked(_)) => break 'logins,
                other => panic!("attempt {attempt}: {other:?}"),
            }
        }
    }
    assert_eq!(refused, AccountOptions::default().lock_after);
}

#[tokio::test]
async fn enrolling_and_disabling_need_the_password() {
    let desk = desk().await;
    let (_, paper, known) = desk.protected("ada@example.com").await;
    let (accounts, origin) = (&desk.world.accounts, Origin::default());
    let enrol = accounts.enrol_totp(&known, PASSWORD, &origin).await;
    assert!(matches!(enrol, Err(AccountError::SecondFactorOn)));
    let wrong = accounts.disable_totp(&known, "wrong", &origin).await;
    assert!(matches!(wrong, Err(AccountError::Refused)), "{wrong:?}");
    accounts.disable_totp(&known, PASSWORD, &origin).await.expect("disabled");
    let again = accounts.disable_totp(&known, PASSWORD, &origin).await;
    assert!(matches!(again, Err(AccountError::SecondFactorOff)), "{again:?}");
    desk.world.login("ada@example.com", PASSWORD).await.expect("a session by the password");
    assert!(matches!(
        accounts.enrol_totp(&known, "wrong", &origin).await,
        Err(AccountError::Refused)
    ));
    // An app that was not confirmed locks nobody out, and the paper of the one before is worth nothing.
    accounts.enrol_totp(&known, PASSWORD, &origin).await.expect("another secret");
    desk.world.login("ada@example.com", PASSWORD).await.expect("not confirmed");
    let confirm = accounts.confirm_totp(&known, &paper[0].reveal(), &origin).await;
    assert!(matches!(confirm, Err(AccountError::InvalidCode)));
}

/// Somebody who asks for a token.
fn holder(known: &Known) -> Holder {
    Holder {
        user: known.user.clone(),
        grant: Grant::Session(known.session.id),
        scopes: vec![Scope::MarketRead],
        ends_at: None,
        origin: Origin::default(),
    }
}

#[tokio::test]
async fn keys_are_rotated_while_fields_are_read_and_after_a_cut() {
    let desk = desk().await;
    let (app, _, known) = desk.protected("ada@example.com").await;
    // Many more, whose fields are sealed as hers is.
    let keys = FieldKeys::File(desk.folder.path().join("keys"));
    let ring = keys.read([0; domain::auth::NEW_KEY]).expect("keys");
    for number in 0..350_u64 {
        let user = desk.world.add(&format!("user{number}@example.com"), Role::Viewer).await;
        let place = [b"auth.totp:", &user.id.as_bytes()[..]].concat();
        let sealed = &ring.seal(&place, app.0.secret().as_bytes(), [7; 24]).expect("sealed");
        let now = desk.world.clock.now();
        let insert = |tx| async move { store::auth::totp::enrol(&tx, user.id, sealed, now).await };
        assert!(desk.world.fresh.db.run("test", insert).await.expect("a row"));
    }
    let accounts = desk.world.accounts.clone();
    // And the key that signs tokens.
    let holder = holder(&known);
    accounts.create_token(&holder, None).await.expect("a token");
    let old = accounts.field_keys().await.expect("keys");
    assert_eq!((old.len(), old[0].fields, old[0].is_current), (1, 352, true));

    // Somebody logs in again and again meanwhile, each time with the next code.
    let (over, logins) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let reading = tokio::spawn({
        let (over, logins, accounts) = (over.clone(), logins.clone(), accounts.clone());
        let clock = desk.world.clock.clone();
        async move {
            while !over.load(Ordering::SeqCst) {
                clock.set(clock.now().plus(STEP));
                let login = accounts.login("ada@example.com", PASSWORD, &Origin::default()).await;
                let Err(AccountError::SecondFactor(token)) = login else { panic!("no token") };
                let code = app.code(clock.now());
                accounts
                    .second_factor(token.reveal(), &code, &Origin::default())
                    .await
                    .expect("the field is read");
                logins.fetch_add(1, Ordering::SeqCst);
            }
        }
    });
    let new = accounts.add_key(&NOBODY).await.expect("a key");
    assert_eq!(accounts.reseal_some().await.expect("a batch"), 101);
    let halfway = accounts.field_keys().await.expect("keys");
    assert_eq!((halfway[0].id, halfway[0].fields, halfway[1].fields), (new, 101, 251));
    while accounts.reseal_some().await.expect("a batch") > 0 {}
    let seen = logins.load(Ordering::SeqCst);
    while logins.load(Ordering::SeqCst) < seen + 2 {
        tokio::time::sleep(Duration::from_millis(5)).await;
        assert!(!reading.is_finished(), "reading broke off");
    }
    over.store(true, Ordering::SeqCst);
    reading.await.expect("every login succeeded");
    let done = accounts.field_keys().await.expect("keys");
    assert_eq!((done[0].id, done[0].fields, done[1].fields), (new, 352, 0));
    accounts.create_token(&holder, None).await.expect("the key that signs is read");
    assert_eq!(accounts.token_keys().await.expect("keys").len(), 1, "and is the same");
    assert!(accounts.totp_state(&known).await.expect("a state").is_some());

    // Without the new key nothing is read, and the error says which one is missing.
    let path = desk.folder.path().join("keys");
    let text = std::fs::read_to_string(&path).expect("the file");
    let kept: Vec<&str> = text.lines().filter(|line| !line.starts_with(&new.to_string())).collect();
    std::fs::write(&path, kept.join("\n")).expect("a file");
    let token = desk.pending("ada@example.com").await;
    let error = desk.second(&token, "000000").await.expect_err("no key").to_string();
    assert!(error.contains(&new.to_string()), "{error}");
}
