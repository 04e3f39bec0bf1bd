//! Sessions in Redis end and change with their people, whichever process does that.

use std::sync::Arc;

use adapters::auth::FieldKeys;
use adapters::auth::sessions::RedisSessions;
use adapters::ops::redis::{Redis, RedisPlace};
use testkit::RedisServer;
use tokio_util::sync::CancellationToken;

use super::second::App;
use super::*;

const ADA: &str = "ada@example.com";
const OTHER: &str = "another long password";
/// Shorter than what was looked up is believed.
const AT_ONCE: Duration = Duration::from_secs(3);

/// One process that serves and one that changes something, with their sessions in one Redis.
struct Processes {
    world: World,
    redis: Redis,
    here: Accounts,
    elsewhere: Accounts,
    stop: CancellationToken,
    _place: RedisServer,
}

impl Processes {
    async fn start() -> Self {
        let (world, place) = (world().await, RedisServer::start());
        let redis = Redis::new(RedisPlace::parse(&place.url(), None).expect("a URL"));
        let process = || {
            let sessions = RedisSessions::new(redis.clone(), world.fresh.db.clone());
            accounts(&world.fresh, &world.clock, CHEAP).with_sessions(Arc::new(sessions))
        };
        let (here, elsewhere, stop) = (process(), process(), CancellationToken::new());
        let (mut heard, hearing, until) = (here.changes(), here.clone(), stop.clone());
        tokio::spawn(async move { hearing.hear_changes(&until).await });
        heard.recv().await.expect("it listens");
        Self { world, redis, here, elsewhere, stop, _place: place }
    }

    async fn login(&self, password: &str) -> Secret {
        // So that what ended before has ended before.
        self.world.pass(Duration::from_secs(1));
        let origin = Origin { ip: Some([192, 0, 2, 7].into()), user_agent: Some("curl".into()) };
        let (secret, _) = self.here.login(ADA, password, &origin).await.expect("a session");
        assert!(self.role(&secret).await.is_some());
        self.world.pass(Duration::from_secs(1));
        secret
    }

    /// The role of whoever shows this.
    async fn role(&self, secret: &Secret) -> Option<Role> {
        self.here.known(secret).await.expect("an answer").map(|known| known.user.role)
    }

    async fn has_role_at_once(&self, secret: &Secret, role: Option<Role>) {
        let begun = Instant::now();
        while self.role(secret).await != role {
            assert!(begun.elapsed() < AT_ONCE, "not {role:?} yet");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// What Redis holds.
    async fn keys(&self) -> Vec<String> {
        let keys = self.redis.ask(|mut link| async move {
            redis::cmd("KEYS").arg("*").query_async::<Vec<String>>(&mut link).await
        });
        keys.await.expect("an answer")
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

#[tokio::test]
async fn what_happens_to_people_happens_to_their_sessions_in_redis() {
    let all = Processes::start().await;
    let user = all.world.add(ADA, Role::Admin).await;
    all.world.add("ben@example.com", Role::Admin).await;
    let change = async |change| {
        all.elsewhere.change(&NOBODY, user.id, &[change]).await.expect("a change");
    };

    let secret = all.login(PASSWORD).await;
    change(AccountChange::Role(Role::Viewer)).await;
    all.has_role_at_once(&secret, Some(Role::Viewer)).await;

    let (code, _) = all.elsewhere.reset_code(&NOBODY, &user).await.expect("a code");
    let origin = Origin::default();
    all.elsewhere.reset_by_code(ADA, &code.reveal(), OTHER, &origin).await.expect("it is set");
    all.has_role_at_once(&secret, None).await;

    let secret = all.login(OTHER).await;
    all.elsewhere.reset_password(&NOBODY, &user, PASSWORD).await.expect("it is set");
    all.has_role_at_once(&secret, None).await;

    let (kept, secret) = (all.login(PASSWORD).await, all.login(PASSWORD).await);
    let known = all.elsewhere.known(&kept).await.expect("an answer").expect("a session");
    all.elsewhere.change_password(&known, PASSWORD, OTHER, &origin).await.expect("it is set");
    all.has_role_at_once(&secret, None).await;
    assert!(all.role(&kept).await.is_some(), "the session that did it goes on");

    change(AccountChange::Active(false)).await;
    all.has_role_at_once(&kept, None).await;
    change(AccountChange::Active(true)).await;
    assert_eq!(all.role(&kept).await, None, "it has ended for good");
    assert_eq!(all.keys().await, [] as [&str; 0]);

    let secret = all.login(OTHER).await;
    let email: Email = ADA.parse().expect("an address");
    let held = all.elsewhere.held_on(&NOBODY, &email).await.expect("what is held");
    assert_eq!(held["sessions"].as_array().map(Vec::len), Some(1), "{held}");
    assert_eq!(held["sessions"][0]["ip"], "192.0.2.7");
    all.elsewhere.erase(&NOBODY, &email).await.expect("erased");
    all.has_role_at_once(&secret, None).await;
    assert_eq!(all.keys().await, [] as [&str; 0], "nothing of them is left");
}

#[tokio::test]
async fn a_login_in_two_steps_begins_in_redis_and_a_reset_between_them_ends_it() {
    let all = Processes::start().await;
    let folder = tempfile::tempdir().expect("a folder");
    for process in [&all.here, &all.elsewhere] {
        process.use_keys(FieldKeys::File(folder.path().join("keys")));
    }
    let (user, origin) = (all.world.add(ADA, Role::Trader).await, Origin::default());
    let (_, known) = all.here.login(ADA, PASSWORD, &origin).await.expect("a session");
    let made = all.here.enrol_totp(&known, PASSWORD, &origin).await.expect("a secret");
    let app = App::new(&made.secret);
    let code = app.code(all.world.clock.now());
    all.here.confirm_totp(&known, &code, &origin).await.expect("codes");

    let pending = async || {
        all.world.pass(Duration::from_secs(30));
        match all.here.login(ADA, PASSWORD, &origin).await {
            Err(AccountError::SecondFactor(token)) => token,
            other => panic!("{:?}", other.map(|(_, known)| known)),
        }
    };
    let second = async |token: &Secret| {
        let code = app.code(all.world.clock.now());
        all.here.second_factor(token.reveal(), &code, &origin).await
    };
    let (secret, _) = second(&pending().await).await.expect("a session");
    assert_eq!(all.role(&secret).await, Some(Role::Trader));

    let token = pending().await;
    all.elsewhere.reset_password(&NOBODY, &user, OTHER).await.expect("it is set");
    assert!(matches!(second(&token).await, Err(AccountError::Refused)));
    all.has_role_at_once(&secret, None).await;
}
