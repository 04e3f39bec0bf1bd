//! Sessions in Redis. What begins is written there; what ends is also noted in the database, in the
//! transaction of its line of the record, so that an end holds whatever becomes of Redis.
//!
//! | key | holds |
//! |---|---|
//! | `session:token:<hash of the secret>` | whose session it is: `<person>:<session>` |
//! | `session:user:{<person>}:<session>` | the session, times in Unix microseconds |
//! | `session:active:{<person>}` | the numbers of a person's sessions |
//!
//! The braces keep a person's keys on one node of a cluster. Expiry of keys only tidies up: what is
//! over is told by the times in the session and by our clock.

use std::collections::HashMap;

use domain::Time;
use domain::auth::TokenHash;
use futures_util::future::BoxFuture;
use redis::RedisResult;
use store::auth::sessions::{self, End, Session};
use store::auth::users::{self, User};
use store::{Db, StoreError, Tx};
use uuid::Uuid;

use super::{Change, Done, Sessions, SessionsError};
use crate::ops::redis::{Link, Redis};

/// KEYS: session, active. ARGV: number, life and longest life in ms, then fields and values.
const BEGIN: &str = "
redis.call('HSET', KEYS[1], unpack(ARGV, 4))
redis.call('PEXPIRE', KEYS[1], ARGV[2])
redis.call('SADD', KEYS[2], ARGV[1])
redis.call('PEXPIRE', KEYS[2], ARGV[3], 'NX')
redis.call('PEXPIRE', KEYS[2], ARGV[3], 'GT')";
/// KEYS: session. ARGV: now and the wanted expiry.
const TOUCH: &str = "
local was = redis.call('HMGET', KEYS[1], 'last_used_at', 'expires_at', 'ends_at')
if not was[3] then return end
if tonumber(ARGV[1]) > tonumber(was[1]) then redis.call('HSET', KEYS[1], 'last_used_at', ARGV[1]) end
local wanted = ARGV[2]
if tonumber(wanted) > tonumber(was[3]) then wanted = was[3] end
if tonumber(wanted) > tonumber(was[2]) then
  redis.call('HSET', KEYS[1], 'expires_at', wanted)
  redis.call('PEXPIRE', KEYS[1], math.max(1, math.floor((tonumber(wanted) - tonumber(ARGV[1])) / 1000)))
end";

/// A session and the hash of its secret, as they stand in Redis.
struct Kept {
    token: String,
    session: Session,
}

/// Sessions in a Redis, of the people in a database.
pub struct RedisSessions {
    redis: Redis,
    db: Db,
}

impl RedisSessions {
    /// Those.
    #[must_use]
    pub fn new(redis: Redis, db: Db) -> Self {
        Self { redis, db }
    }

    async fn begin(&self, user: Uuid, token: TokenHash, session: &Session) -> RedisDone<()> {
        let token = hex(token);
        let now = session.created_at;
        let life = |end: Time| i64::try_from(end.since(now).as_millis()).unwrap_or(i64::MAX).max(1);
        let (life, longest) = (life(session.expires_at), life(session.ends_at));
        let owner = format!("{user}:{}", session.id);
        let begin = |mut link: Link| {
            let mut call = redis::cmd("EVAL");
            call.arg(BEGIN).arg(2).arg(session_key(user, session.id)).arg(active_key(user));
            call.arg(session.id.to_string()).arg(life).arg(longest);
            for (name, time) in [
                ("created_at", session.created_at),
                ("last_used_at", session.last_used_at),
                ("expires_at", session.expires_at),
                ("ends_at", session.ends_at),
            ] {
                call.arg(name).arg(time.micros());
            }
            call.arg("token").arg(&token);
            if let Some(ip) = session.ip {
                call.arg("ip").arg(ip.to_string());
            }
            if let Some(agent) = &session.user_agent {
                call.arg("user_agent").arg(agent);
            }
            let mut set = redis::cmd("SET");
            set.arg(token_key(&token)).arg(&owner).arg("PX").arg(longest);
            async move {
                call.query_async::<()>(&mut link).await?;
                // Last: from here on it is found.
                set.query_async::<()>(&mut link).await
            }
        };
        Ok(self.redis.ask(begin).await?)
    }

    async fn kept(&self, user: Uuid) -> RedisDone<Vec<Kept>> {
        let all = |mut link: Link| async move {
            let mut ask = redis::cmd("SMEMBERS");
            let ids: Vec<String> = ask.arg(active_key(user)).query_async(&mut link).await?;
            let ids: Vec<Uuid> = ids.iter().filter_map(|id| id.parse().ok()).collect();
            let mut kept = Vec::with_capacity(ids.len());
            for id in ids {
                match kept_session(&mut link, user, id).await? {
                    Some(found) => kept.push(found),
                    None => forget(&mut link, user, id).await?,
                }
            }
            Ok(kept)
        };
        Ok(self.redis.ask(all).await?)
    }

    async fn end(&self, user: Uuid, end: &End) -> RedisDone<()> {
        for Kept { token, session } in self.kept(user).await? {
            if !end.covers(&session) {
                continue;
            }
            let token = &token;
            let end = |mut link: Link| async move {
                redis::cmd("DEL").arg(token_key(token)).query_async::<()>(&mut link).await?;
                let mut delete = redis::cmd("DEL");
                delete.arg(session_key(user, session.id)).query_async::<()>(&mut link).await?;
                forget(&mut link, user, session.id).await
            };
            self.redis.ask(end).await?;
        }
        Ok(())
    }
}

type RedisDone<T> = Result<T, SessionsError>;

impl Sessions for RedisSessions {
    fn find(&self, token: TokenHash, now: Time) -> Done<'_, Option<(User, Session)>> {
        let token = hex(token);
        Box::pin(async move {
            let token = &token;
            let find = |mut link: Link| async move {
                let mut ask = redis::cmd("GET");
                let owner: Option<String> =
                    ask.arg(token_key(token)).query_async(&mut link).await?;
                let ids = owner.as_deref().and_then(|owner| owner.split_once(':'));
                let ids = ids.and_then(|(user, id)| user.parse().ok().zip(id.parse().ok()));
                let Some((user, id)) = ids else { return Ok(None) };
                let kept = kept_session(&mut link, user, id).await?;
                Ok(kept.filter(|kept| kept.token == *token).map(|kept| (user, kept.session)))
            };
            let found: Option<(Uuid, Session)> = self.redis.ask(find).await?;
            let Some((user, session)) = found.filter(|(_, s)| s.expires_at > now) else {
                return Ok(None);
            };
            if sessions::ends(&self.db, user).await?.iter().any(|end| end.covers(&session)) {
                return Ok(None);
            }
            Ok(users::active(&self.db, user).await?.map(|user| (user, session)))
        })
    }

    fn touch(&self, user: Uuid, id: Uuid, now: Time, expires_at: Time) -> Done<'_, ()> {
        Box::pin(async move {
            let touch = |mut link: Link| async move {
                let mut call = redis::cmd("EVAL");
                call.arg(TOUCH).arg(1).arg(session_key(user, id));
                call.arg(now.micros()).arg(expires_at.micros());
                call.query_async::<()>(&mut link).await
            };
            Ok(self.redis.ask(touch).await?)
        })
    }

    fn list(&self, user: Uuid, now: Time) -> Done<'_, Vec<Session>> {
        Box::pin(async move {
            let ends = sessions::ends(&self.db, user).await?;
            let kept = self.kept(user).await?.into_iter().map(|kept| kept.session);
            let lives = |session: &Session| {
                session.expires_at > now && !ends.iter().any(|end| end.covers(session))
            };
            let mut living: Vec<Session> = kept.filter(lives).collect();
            living.sort_by_key(|session| (std::cmp::Reverse(session.last_used_at), session.id));
            Ok(living)
        })
    }

    fn join<'a>(&'a self, tx: &'a Tx, change: &'a Change) -> BoxFuture<'a, Result<(), StoreError>> {
        Box::pin(async move {
            match change {
                Change::Begin { .. } => Ok(()),
                Change::End { user_id, end } => sessions::note_end(tx, *user_id, end).await,
            }
        })
    }

    fn settle<'a>(&'a self, change: &'a Change) -> Done<'a, ()> {
        Box::pin(async move {
            match change {
                Change::Begin { user_id, token, session } => {
                    self.begin(*user_id, *token, session).await
                }
                Change::End { user_id, end } => self.end(*user_id, end).await,
            }
        })
    }

    fn are_elsewhere(&self) -> bool {
        true
    }

    fn sweep(&self, now: Time) -> Done<'_, u64> {
        // Redis deletes its keys by itself.
        Box::pin(async move { Ok(sessions::sweep_ends(&self.db, now).await.map(|_| 0)?) })
    }
}

async fn kept_session(link: &mut Link, user: Uuid, id: Uuid) -> RedisResult<Option<Kept>> {
    let mut ask = redis::cmd("HGETALL");
    let fields: HashMap<String, String> = ask.arg(session_key(user, id)).query_async(link).await?;
    let time =
        |name: &str| -> Option<Time> { Time::from_micros(fields.get(name)?.parse().ok()?).ok() };
    let session = || {
        Some(Session {
            id,
            created_at: time("created_at")?,
            last_used_at: time("last_used_at")?,
            expires_at: time("expires_at")?,
            ends_at: time("ends_at")?,
            ip: fields.get("ip").and_then(|ip| ip.parse().ok()),
            user_agent: fields.get("user_agent").cloned(),
        })
    };
    Ok(session().zip(fields.get("token").cloned()).map(|(session, token)| Kept { token, session }))
}

async fn forget(link: &mut Link, user: Uuid, id: Uuid) -> RedisResult<()> {
    redis::cmd("SREM").arg(active_key(user)).arg(id.to_string()).query_async(link).await
}

fn token_key(token: &str) -> String {
    format!("session:token:{token}")
}

fn session_key(user: Uuid, id: Uuid) -> String {
    format!("session:user:{{{user}}}:{id}")
}

fn active_key(user: Uuid) -> String {
    format!("session:active:{{{user}}}")
}

fn hex(token: TokenHash) -> String {
    token.0.iter().map(|byte| format!("{byte:02x}")).collect()
}
