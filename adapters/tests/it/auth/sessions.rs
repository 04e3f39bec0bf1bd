//! The laws of the port of sessions, on every implementation and every shape of Redis.

use std::sync::Arc;
use std::time::Duration;

use adapters::auth::sessions::{Change, PostgresSessions, RedisSessions, Sessions, SessionsError};
use domain::Time;
use domain::auth::{Role, Secret, SecretKind, TokenHash};
use store::auth::sessions::{End, Session, Which};
use store::auth::users::{self, NewUser};
use store::{Db, StoreError};
use testkit::{RedisCluster, RedisSentinel, RedisServer};
use uuid::Uuid;

use super::redis;

const HOUR: Duration = Duration::from_secs(3_600);

struct World {
    sessions: Arc<dyn Sessions>,
    db: Db,
    now: Time,
}

impl World {
    fn new(sessions: impl Sessions, db: &Db) -> Self {
        let now = "2026-01-05T10:00:00Z".parse().expect("a time");
        Self { sessions: Arc::new(sessions), db: db.clone(), now }
    }

    async fn user(&self, number: u128) -> Uuid {
        let id = Uuid::from_u128(number);
        let email = format!("user{number}@example.com").parse().expect("an address");
        let hash = "$argon2id$v=19$m=64,t=1,p=1$c2FsdHNhbHQ$aGFzaA".to_owned();
        let new = &NewUser {
            id,
            email,
            display_name: None,
            role: Role::Viewer,
            password_hash: Some(hash),
        };
        let now = self.now;
        let add = |tx| async move { users::insert(&tx, new, now).await };
        assert!(self.db.run("test", add).await.expect("a user"));
        id
    }

    /// A session that began `after` hours and lasts for one, or for three where it is used.
    async fn begin(&self, user_id: Uuid, number: u8, after: u32) -> (TokenHash, Session) {
        let created_at = self.now.plus(HOUR * after);
        let session = Session {
            id: Uuid::from_u128(u128::from(number) << 64),
            created_at,
            last_used_at: created_at,
            expires_at: created_at.plus(HOUR),
            ends_at: created_at.plus(HOUR * 3),
            ip: number.is_multiple_of(2).then(|| [192, 0, 2, number].into()),
            user_agent: number
                .is_multiple_of(2)
                .then(|| "a 'browser' {of} \"somebody\"".to_owned()),
        };
        let token = Secret::new(SecretKind::Session, [number; 32]).hash();
        let begin = Change::Begin { user_id, token, session: session.clone() };
        self.sessions.settle(&begin).await.expect("it is settled");
        self.join(&begin).await.expect("a commit");
        (token, session)
    }

    async fn change(&self, change: &Change) {
        self.join(change).await.expect("a commit");
        self.sessions.settle(change).await.expect("it is settled");
    }

    async fn join(&self, change: &Change) -> Result<(), StoreError> {
        let sessions = &self.sessions;
        self.db.run("test", |tx| async move { sessions.join(&tx, change).await }).await
    }

    fn end(&self, user_id: Uuid, which: Which, after: u32) -> Change {
        let at = self.now.plus(HOUR * after);
        Change::End { user_id, end: End { which, at, until: at.plus(HOUR * 3) } }
    }

    async fn found(&self, token: TokenHash, after: Duration) -> Option<(Uuid, Session)> {
        let found = self.sessions.find(token, self.now.plus(after)).await.expect("an answer");
        found.map(|(user, session)| (user.id, session))
    }

    async fn ids(&self, user: Uuid, after: Duration) -> Vec<Uuid> {
        let list = self.sessions.list(user, self.now.plus(after)).await.expect("a list");
        list.into_iter().map(|session| session.id).collect()
    }
}

async fn behaves(world: &World) {
    let (ada, ben) = (world.user(1).await, world.user(2).await);
    let soon = Duration::from_secs(60);
    let (one, first) = world.begin(ada, 1, 0).await;
    let (two, second) = world.begin(ada, 2, 0).await;
    let (other, bens) = world.begin(ben, 4, 0).await;

    // Laws 1, 2 and 5.
    assert_eq!(world.found(one, soon).await, Some((ada, first.clone())));
    assert_eq!(world.found(two, soon).await, Some((ada, second.clone())));
    assert_eq!(world.found(other, soon).await, Some((ben, bens.clone())));
    assert_eq!(world.found(TokenHash([9; 32]), soon).await, None);
    assert_eq!(world.found(one, HOUR).await, None, "not used for an hour");
    assert_eq!(world.ids(ben, soon).await, [bens.id]);
    assert_eq!(world.ids(ben, HOUR).await, [] as [Uuid; 0]);

    // Law 4.
    let touch = async |after: Duration, until: Duration| {
        let (now, until) = (world.now.plus(after), world.now.plus(until));
        world.sessions.touch(ada, second.id, now, until).await.expect("noted");
    };
    touch(HOUR / 2, HOUR * 2).await;
    touch(HOUR / 4, HOUR).await;
    let (_, used) = world.found(two, HOUR).await.expect("it goes on");
    assert_eq!(used.last_used_at, world.now.plus(HOUR / 2));
    assert_eq!(used.expires_at, world.now.plus(HOUR * 2));
    assert_eq!(world.ids(ada, soon).await, [second.id, first.id], "the one used last first");
    touch(HOUR, HOUR * 9).await;
    let (_, used) = world.found(two, HOUR).await.expect("it goes on");
    assert_eq!(used.expires_at, second.ends_at, "up to its end");

    // Law 3.
    let (three, third) = world.begin(ada, 3, 0).await;
    let others = world.end(ada, Which::Others(third.id), 0);
    let (sessions, change) = (&world.sessions, &others);
    let rolled_back = world.db.run("test", |tx| async move {
        sessions.join(&tx, change).await?;
        Err::<(), _>(StoreError::Unexpected("no".to_owned()))
    });
    rolled_back.await.expect_err("rolled back");
    assert!(world.found(two, soon).await.is_some());
    world.join(&others).await.expect("a commit");
    assert_eq!(world.found(two, soon).await, None, "without having been settled");
    assert_eq!(world.ids(ada, soon).await, [third.id]);
    world.sessions.settle(&others).await.expect("it is settled");
    assert_eq!(world.found(one, soon).await, None);
    assert_eq!(world.found(three, soon).await, Some((ada, third.clone())));
    let (five, fifth) = world.begin(ada, 5, 1).await;
    assert!(world.found(five, HOUR + soon).await.is_some(), "what begins later goes on");
    world.change(&world.end(ada, Which::One(third.id), 1)).await;
    assert_eq!(world.found(three, soon).await, None);
    assert_eq!(world.ids(ada, HOUR + soon).await, [fifth.id]);
    world.change(&world.end(ada, Which::All, 1)).await;
    assert_eq!(world.ids(ada, HOUR + soon).await, [] as [Uuid; 0]);
    assert_eq!(world.found(other, soon).await, Some((ben, bens)), "nobody else's");

    // Law 2.
    let now = world.now;
    let close = |tx| async move { users::set_active(&tx, ben, false, now).await };
    world.db.run("test", close).await.expect("closed");
    assert_eq!(world.found(other, soon).await, None);
    world.sessions.sweep(world.now.plus(HOUR * 30)).await.expect("a sweep");
}

#[tokio::test]
async fn the_database_behaves_as_a_place_for_sessions() {
    let fresh = testkit::migrated().await;
    behaves(&World::new(PostgresSessions::new(fresh.db.clone()), &fresh.db)).await;
}

#[tokio::test]
async fn a_redis_behaves_as_a_place_for_sessions_and_tells_when_it_is_gone() {
    let fresh = testkit::migrated().await;
    let mut server = RedisServer::start();
    let sessions = RedisSessions::new(redis(&server.url()), fresh.db.clone());
    let world = World::new(sessions, &fresh.db);
    behaves(&world).await;

    // Law 6.
    let cem = world.user(3).await;
    let (token, session) = world.begin(cem, 6, 0).await;
    server.kill();
    for _ in 0..3 {
        let gone = world.sessions.find(token, world.now).await;
        assert!(matches!(gone, Err(SessionsError::Unavailable(_))), "{gone:?}");
        let gone = world.sessions.list(cem, world.now).await;
        assert!(matches!(gone, Err(SessionsError::Unavailable(_))), "{gone:?}");
    }
    server.start_again();
    // It kept nothing on a disk; the connection comes back by itself.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(world.found(token, HOUR / 2).await, None);
    world.change(&Change::Begin { user_id: cem, token, session: session.clone() }).await;
    assert_eq!(world.found(token, HOUR / 2).await, Some((cem, session)));
}

#[tokio::test]
async fn redis_under_sentinel_behaves_and_goes_on_with_the_next_master() {
    let fresh = testkit::migrated().await;
    let mut servers = RedisSentinel::start();
    let sessions = RedisSessions::new(redis(&servers.url()), fresh.db.clone());
    let world = World::new(sessions, &fresh.db);
    behaves(&world).await;
    let cem = world.user(3).await;
    let (token, session) = world.begin(cem, 6, 0).await;
    servers.copied();
    servers.first.kill();
    let back = async {
        loop {
            match world.sessions.find(token, world.now).await {
                Ok(found) => return found.map(|(user, session)| (user.id, session)),
                Err(error) => assert!(matches!(error, SessionsError::Unavailable(_)), "{error}"),
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let found = tokio::time::timeout(Duration::from_secs(30), back).await.expect("a new master");
    assert_eq!(found, Some((cem, session)));
    world.begin(cem, 7, 0).await;
    assert_eq!(world.ids(cem, HOUR / 2).await.len(), 2);
}

#[tokio::test]
async fn a_cluster_behaves_as_a_place_for_sessions() {
    let fresh = testkit::migrated().await;
    let cluster = RedisCluster::start();
    let sessions = RedisSessions::new(redis(&cluster.url()), fresh.db.clone());
    behaves(&World::new(sessions, &fresh.db)).await;
}

#[tokio::test]
async fn redis_holds_no_secret() {
    let fresh = testkit::migrated().await;
    let server = RedisServer::start();
    let place = redis(&server.url());
    let world = World::new(RedisSessions::new(place.clone(), fresh.db.clone()), &fresh.db);
    let ada = world.user(1).await;
    world.begin(ada, 2, 0).await;
    let secret = Secret::new(SecretKind::Session, [2; 32]);
    let keys = place.ask(|mut link| async move {
        redis::cmd("KEYS").arg("*").query_async::<Vec<String>>(&mut link).await
    });
    let mut keys = keys.await.expect("keys");
    keys.sort();
    assert_eq!(keys.len(), 3, "{keys:?}");
    assert_eq!(keys[0], format!("session:active:{{{ada}}}"));
    assert!(keys[1].starts_with("session:token:") && keys[2].starts_with("session:user:{"));
    for key in &keys[..] {
        let dump = place.ask(|mut link| async move {
            redis::cmd("DUMP").arg(key).query_async::<Vec<u8>>(&mut link).await
        });
        let dump = dump.await.expect("a value");
        let text = secret.reveal().as_bytes();
        assert!(!key.contains(secret.reveal()));
        assert!(!dump.windows(text.len()).any(|part| part == text), "{key}");
        let ttl = place.ask(|mut link| async move {
            redis::cmd("PTTL").arg(key).query_async::<i64>(&mut link).await
        });
        assert!(ttl.await.expect("a life") > 0, "{key} goes away by itself");
    }
}
