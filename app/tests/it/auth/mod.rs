//! Accounts on a real database.

mod codes;
mod keys;
mod person;
mod places;
mod preferences;
mod record;
mod roles;
mod second;

use std::time::{Duration, Instant};

use app::auth::{
    AccountChange, AccountError, AccountOptions, Accounts, Actor, Known, Origin, PasswordCost,
};
use app::{Clock, Random};
use domain::auth::{Email, Role, Scope, Secret};
use store::auth::audit::{AuditQuery, Entry};
use store::auth::sessions::Which;
use store::auth::users::{self, User};
use tokio::sync::Notify;

const PASSWORD: &str = "correct horse battery";
const NOBODY: Actor =
    Actor { user_id: None, session_id: None, origin: Origin { ip: None, user_agent: None } };
const CHEAP: PasswordCost = PasswordCost { memory_kib: 64, passes: 1, lanes: 1 };

struct World {
    accounts: Accounts,
    clock: Clock,
    fresh: testkit::Migrated,
}

async fn world() -> World {
    let fresh = testkit::migrated().await;
    let clock = Clock::fixed("2026-01-05T10:00:00Z".parse().expect("a time"));
    let accounts = accounts(&fresh, &clock, CHEAP);
    World { accounts, clock, fresh }
}

fn accounts(fresh: &testkit::Migrated, clock: &Clock, cost: PasswordCost) -> Accounts {
    let options = AccountOptions { slow_step: Duration::ZERO, ..AccountOptions::default() };
    Accounts::new(fresh.db.clone(), clock.clone(), Random::system(), cost, options)
}

impl World {
    fn pass(&self, time: Duration) {
        self.clock.set(self.clock.now().plus(time));
    }

    async fn add(&self, email: &str, role: Role) -> User {
        let email = email.parse::<Email>().expect("an address");
        let name = Some("Ada".to_owned());
        self.accounts.create(&NOBODY, email, name, role, PASSWORD).await.expect("a user")
    }

    async fn login(&self, email: &str, password: &str) -> Result<(Secret, Known), AccountError> {
        let origin = Origin { ip: Some([192, 0, 2, 7].into()), user_agent: Some("a".repeat(400)) };
        self.accounts.login(email, password, &origin).await
    }

    async fn is_known(&self, secret: &Secret) -> bool {
        self.accounts.known(secret).await.expect("an answer").is_some()
    }

    async fn record(&self) -> Vec<Entry> {
        let query = AuditQuery { limit: 1_000, ..AuditQuery::default() };
        let lines = self.accounts.audit(&query).await.expect("the record");
        lines.into_iter().map(|(_, entry)| entry).collect()
    }
}

#[tokio::test]
async fn a_login_begins_a_session_that_only_its_secret_opens() {
    let world = world().await;
    let user = world.add("Ada@Example.com", Role::Trader).await;
    let (secret, known) = world.login("ada@example.COM", PASSWORD).await.expect("a session");
    assert_eq!(known.user.id, user.id);
    assert!(known.may(Scope::MarketRead) && !known.may(Scope::Users));
    assert_eq!(known.session.user_agent.as_ref().map(String::len), Some(300));
    assert!(world.is_known(&secret).await);

    let rows = world.fresh.db.query(
        "test",
        "SELECT s::text, u::text FROM auth.sessions s, auth.users u",
        &[],
    );
    let rows = rows.await.expect("rows");
    let text = format!("{} {}", rows[0].get::<_, &str>(0), rows[0].get::<_, &str>(1));
    assert!(!text.contains(secret.reveal()) && !text.contains(PASSWORD), "{text}");
    assert!(text.contains("$argon2id$"), "{text}");

    let other = Secret::new(domain::auth::SecretKind::Session, [7; 32]);
    assert!(!world.is_known(&other).await);
    world.accounts.logout(&known, &Origin::default()).await.expect("a logout");
    assert!(!world.is_known(&secret).await);
    let actions: Vec<_> = world.record().await.into_iter().map(|entry| entry.action).collect();
    assert_eq!(actions, ["session.end", "user.login", "user.create"]);
}

#[tokio::test]
async fn a_session_goes_on_while_it_is_used_up_to_its_end() {
    let world = world().await;
    world.add("ada@example.com", Role::Viewer).await;
    let (used, _) = world.login("ada@example.com", PASSWORD).await.expect("a session");
    let (idle, _) = world.login("ada@example.com", PASSWORD).await.expect("a session");
    let hour = Duration::from_secs(3_600);
    for hours in 1..=30 * 24 {
        // What was looked up is believed for seconds of real time; the clock here jumps.
        let asked = accounts(&world.fresh, &world.clock, CHEAP);
        world.pass(hour);
        let is_known = asked.known(&used).await.expect("an answer").is_some();
        assert_eq!(is_known, hours < 30 * 24, "after {hours} hours");
        if hours == 24 {
            assert!(asked.known(&idle).await.expect("an answer").is_none(), "24 h without use");
        }
    }
    assert_eq!(world.accounts.sweep().await.expect("a sweep"), 2);
}

#[tokio::test]
async fn what_is_wrong_with_a_login_is_not_told_and_ten_of_them_lock_the_address() {
    let world = world().await;
    world.add("ada@example.com", Role::Viewer).await;
    let closed = world.add("closed@example.com", Role::Viewer).await;
    let closing = world.accounts.change(&NOBODY, closed.id, &[AccountChange::Active(false)]);
    closing.await.expect("a change");
    let mut told = Vec::new();
    for (email, password) in [
        ("ada@example.com", "wrong horse battery"),
        ("nobody@example.com", PASSWORD),
        ("closed@example.com", PASSWORD),
        ("no address, perhaps a password", PASSWORD),
        ("ada@example.com", ""),
    ] {
        told.push(world.login(email, password).await.expect_err(email).to_string());
    }
    told.dedup();
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(!format!("{:?}", world.record().await).contains("perhaps a password"));

    // Somebody who is not there is locked as well, so the lock tells nothing either.
    for email in ["ada@example.com", "nobody@example.com"] {
        while !matches!(world.login(email, "wrong").await, Err(AccountError::Locked(_))) {}
    }
    // Guesses that come together are counted as those that come one by one.
    let guesses = (0..15).map(|_| world.login("cem@example.com", "wrong"));
    let told = futures_util::future::join_all(guesses).await;
    let locked = told.iter().filter(|told| matches!(told, Err(AccountError::Locked(_)))).count();
    assert_eq!(locked, 5);
    // The record has what was refused, and what wasn't looked at, which locks nobody out for longer.
    let lines = world.record().await.into_iter();
    let of_ada = lines.filter(|e| !e.done && e.resource.as_deref() == Some("ada@example.com"));
    let (refused, locked): (Vec<_>, Vec<_>) = of_ada.partition(|e| e.action == "user.login");
    assert_eq!((refused.len(), locked.len()), (10, 1));
    assert_eq!(locked[0].action, "user.login_failed");
    assert_eq!(locked[0].after, Some(serde_json::json!({ "reason": "locked" })));
    assert!(locked[0].ip.is_some() && locked[0].user_agent.is_some());
    let Err(AccountError::Locked(wait)) = world.login("ada@example.com", PASSWORD).await else {
        panic!("the right password doesn't open a locked account");
    };
    assert_eq!(wait, Duration::from_secs(15 * 60));
    world.pass(wait + Duration::from_secs(1));
    world.login("ada@example.com", PASSWORD).await.expect("the lock is over");
}

#[tokio::test]
async fn a_password_change_or_a_closed_account_ends_sessions() {
    let world = world().await;
    let user = world.add("ada@example.com", Role::Trader).await;
    let (first, known) = world.login("ada@example.com", PASSWORD).await.expect("a session");
    let (second, _) = world.login("ada@example.com", PASSWORD).await.expect("a session");
    let origin = Origin::default();
    let wrong = world.accounts.change_password(&known, "wrong", "another password", &origin).await;
    assert!(matches!(wrong, Err(AccountError::Refused)), "{wrong:?}");
    let short = world.accounts.change_password(&known, PASSWORD, "short", &origin).await;
    assert!(matches!(short, Err(AccountError::Password(_))), "{short:?}");
    world
        .accounts
        .change_password(&known, PASSWORD, "another password", &origin)
        .await
        .expect("a change");
    assert!(world.is_known(&first).await && !world.is_known(&second).await);
    assert!(world.login("ada@example.com", PASSWORD).await.is_err());
    let (third, _) = world.login("ada@example.com", "another password").await.expect("a session");

    assert_eq!(world.accounts.sessions(&known).await.expect("a list").len(), 2);
    let none = world.accounts.end_sessions(&known, Which::One(user.id), &origin).await;
    assert!(matches!(none, Err(AccountError::UnknownSession)), "{none:?}");
    assert_eq!(
        world
            .accounts
            .end_sessions(&known, Which::Others(known.session.id), &origin)
            .await
            .expect("an end"),
        1
    );
    assert!(!world.is_known(&third).await);

    world
        .accounts
        .change(&NOBODY, user.id, &[AccountChange::Active(false)])
        .await
        .expect("a change");
    assert!(!world.is_known(&first).await);
    world
        .accounts
        .change(&NOBODY, user.id, &[AccountChange::Active(true)])
        .await
        .expect("a change");
    assert!(!world.is_known(&first).await, "an old session stays ended");
    let last = &world.record().await[0];
    assert_eq!(last.before.as_ref().map(|was| was["active"] == false), Some(true), "{last:?}");
}

#[tokio::test]
async fn somebody_can_always_manage_people() {
    let world = world().await;
    let ada = world.add("ada@example.com", Role::Admin).await;
    let ben = world.add("ben@example.com", Role::Admin).await;
    let taken = world.accounts.create(
        &NOBODY,
        "ADA@example.com".parse().expect("an address"),
        None,
        Role::Viewer,
        PASSWORD,
    );
    assert!(matches!(taken.await, Err(AccountError::EmailTaken(_))));
    // Both at once, each taking the other's role.
    let demote = async |user: &User| {
        world.accounts.change(&NOBODY, user.id, &[AccountChange::Role(Role::Viewer)]).await
    };
    let (one, two) = tokio::join!(demote(&ada), demote(&ben));
    let refused =
        [&one, &two].into_iter().filter(|r| matches!(r, Err(AccountError::LastAdmin))).count();
    assert_eq!((refused, one.is_ok() || two.is_ok()), (1, true), "{one:?} {two:?}");
    let users = world.accounts.users().await.expect("a list");
    let last = users.iter().find(|user| user.role == Role::Admin).expect("an administrator");
    let close = world.accounts.change(&NOBODY, last.id, &[AccountChange::Active(false)]).await;
    assert!(matches!(close, Err(AccountError::LastAdmin)), "{close:?}");
}

#[tokio::test]
async fn a_dearer_cost_reaches_old_passwords_at_the_next_login() {
    let world = world().await;
    world.add("ada@example.com", Role::Viewer).await;
    let dearer = accounts(&world.fresh, &world.clock, PasswordCost { memory_kib: 128, ..CHEAP });
    let hash = async || {
        let rows = world.fresh.db.query("test", "SELECT password_hash FROM auth.users", &[]).await;
        rows.expect("a row")[0].get::<_, String>(0)
    };
    assert!(hash().await.contains("m=64,"));
    dearer.login("ada@example.com", PASSWORD, &Origin::default()).await.expect("a session");
    assert!(hash().await.contains("m=128,"));
    dearer.login("ada@example.com", PASSWORD, &Origin::default()).await.expect("the same password");
}

/// At another cost than the old one, so that the login would also write the old password's hash.
#[tokio::test]
async fn a_login_is_refused_whose_password_is_replaced_before_its_session_begins() {
    let world = world().await;
    let user = &world.add("ada@example.com", Role::Trader).await;
    let dearer = PasswordCost { passes: 2, ..CHEAP };
    let accounts = accounts(&world.fresh, &world.clock, dearer);
    let (replaced, waits, now) = (&Notify::new(), &Notify::new(), world.clock.now());
    let replace = |tx| async move {
        users::set_password(&tx, user.id, "$argon2id$nobody's", now).await.expect("a password");
        replaced.notify_one();
        // The login has read the old hash and waits for this transaction.
        waits.notified().await;
        Ok::<_, store::StoreError>(())
    };
    let replace = world.fresh.db.run("test.replace", replace);
    let come_in = async {
        replaced.notified().await;
        let origin = Origin::default();
        let coming = accounts.login("ada@example.com", PASSWORD, &origin);
        let release = async {
            until_one_waits(&world).await;
            waits.notify_one();
        };
        tokio::join!(coming, release).0
    };
    let (done, came) = tokio::join!(replace, come_in);
    done.expect("a password");
    assert!(matches!(came, Err(AccountError::Refused)), "{:?}", came.map(|(_, known)| known));
    let again = accounts.login("ada@example.com", PASSWORD, &Origin::default()).await;
    assert!(again.is_err(), "the old password is not written again");
}

/// Until a transaction waits for another.
async fn until_one_waits(world: &World) {
    let client = world.fresh.database.connect().await;
    let waiting = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    for _ in 0..500 {
        if !client.query(waiting, &[]).await.expect("an answer").is_empty() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("nothing waits");
}

#[tokio::test]
async fn the_record_is_only_added_to() {
    let world = world().await;
    world.add("ada@example.com", Role::Viewer).await;
    let client = world.fresh.database.connect().await;
    for sql in ["UPDATE auth.audit_log SET action = 'nothing'", "DELETE FROM auth.audit_log"] {
        let error = client.batch_execute(sql).await.expect_err("refused");
        assert!(
            error.as_db_error().expect("an answer").message().contains("never changed"),
            "{error}"
        );
    }
    // Months later there is another partition.
    world.pass(Duration::from_secs(100 * 24 * 3_600));
    world.add("ben@example.com", Role::Viewer).await;
    assert_eq!(world.record().await.len(), 2);
}

#[tokio::test]
async fn every_process_hears_at_once_that_a_session_ended() {
    let world = world().await;
    let user = world.add("ada@example.com", Role::Trader).await;
    let other = accounts(&world.fresh, &world.clock, CHEAP);
    let stop = tokio_util::sync::CancellationToken::new();
    let mut changes = other.changes();
    let (hearing, end) = (other.clone(), stop.clone());
    let hearing = tokio::spawn(async move { hearing.hear_changes(&end).await });
    assert_eq!(changes.recv().await, Ok(None), "before it listened anything may have changed");
    let trader = async |secret: &Secret| {
        let known = other.known(secret).await.expect("an answer");
        known.map(|known| known.user.role == Role::Trader)
    };
    let heard = async |changes: &mut tokio::sync::broadcast::Receiver<_>| {
        let heard = tokio::time::timeout(Duration::from_secs(4), changes.recv()).await;
        assert_eq!(heard.expect("it is heard of"), Ok(Some(user.id)));
    };
    let (secret, known) = world.login("ada@example.com", PASSWORD).await.expect("a session");
    let (second, _) = world.login("ada@example.com", PASSWORD).await.expect("a session");
    assert_eq!((trader(&secret).await, trader(&second).await), (Some(true), Some(true)));

    world.accounts.logout(&known, &Origin::default()).await.expect("a logout");
    heard(&mut changes).await;
    assert_eq!((trader(&secret).await, trader(&second).await), (None, Some(true)));
    // Somebody who changes the tables by hand is heard as well.
    let sql = "UPDATE auth.users SET role = 'viewer'";
    world.fresh.database.connect().await.batch_execute(sql).await.expect("a change");
    heard(&mut changes).await;
    assert_eq!(trader(&second).await, Some(false));
    stop.cancel();
    hearing.await.expect("it ends");
}

#[tokio::test]
async fn whoever_guesses_waits_longer_each_time() {
    let world = world().await;
    world.add("ada@example.com", Role::Viewer).await;
    let options =
        AccountOptions { slow_step: Duration::from_millis(100), ..AccountOptions::default() };
    let (db, clock) = (world.fresh.db.clone(), world.clock.clone());
    let accounts = Accounts::new(db, clock, Random::system(), CHEAP, options);
    let login = async |email: &str, password: &str| {
        let begun = Instant::now();
        let result = accounts.login(email, password, &Origin::default()).await;
        (result.is_ok(), begun.elapsed())
    };
    for _ in 0..6 {
        assert!(!login("ada@example.com", "wrong").await.0);
    }
    let (ok, time) = login("ada@example.com", PASSWORD).await;
    assert!(ok && time >= Duration::from_millis(400), "{time:?}");
    let (_, time) = login("nobody@example.com", PASSWORD).await;
    assert!(time < Duration::from_millis(400), "{time:?}");
}
