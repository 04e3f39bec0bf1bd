//! Settings of people and their sessions.

use std::time::Duration;

use app::auth::{AccountOptions, PasswordCost};
use domain::auth::Scope;

use super::list::List;
use super::section::{Wrong, section};
use super::value::choice;

choice! {
    /// Where it is kept who is logged in.
    SessionsPlace {
        /// In the database.
        Postgresql = "postgresql",
        /// In Redis.
        Redis = "redis",
    }
}

section! {
    /// People and their sessions. `chandlery user create` makes them.
    Accounts = "accounts" {
        /// What hashing a password costs (Argon2id): memory in KiB. Passwords are hashed anew at the next
        /// login after a change.
        password_memory_kib: u32 = PasswordCost::default().memory_kib;
        /// Passes over that memory.
        password_passes: u32 = PasswordCost::default().passes;
        /// Lanes that it is worked on in.
        password_lanes: u32 = PasswordCost::default().lanes;
        /// Where sessions are kept: "postgresql", or "redis" as redis.url says. While Redis is away nobody who is
        /// logged in is let in (503, sessions_unavailable); in PostgreSQL sessions need nothing else.
        sessions: SessionsPlace = SessionsPlace::Postgresql;
        /// A session that is not used for so many hours is over.
        session_hours: u32 = 24;
        /// However much it is used, a session is over after so many days.
        session_limit_days: u32 = 30;
        /// So many refused logins of one address lock it for a while.
        lock_after: u32 = 10;
        /// How long they are counted and the address stays locked, in minutes.
        lock_minutes: u32 = 15;
        /// A code that was mailed, or told by `chandlery user reset-code`, can be used for so many minutes.
        code_minutes: u32 = 60;
        /// A token for a service (POST /v1/auth/token) is over after so many minutes.
        token_minutes: u32 = 15;
        /// What callers without credentials may, as scopes (market:read, ops:read, points:write): only where
        /// Chandlery listens on this machine alone and they call from it. [] has everybody log in.
        anonymous: List<Scope> = List(vec![Scope::MarketRead, Scope::OpsRead]);
        /// After two refused logins of an address each makes the next answer later by so many milliseconds.
        slow_login_ms: u32 = 200;
        /// Browsers send session cookies over TLS only. Set it wherever TLS ends before Chandlery.
        secure_cookies: bool = false;
    }
}

impl Accounts {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_within(
            "password_memory_kib",
            self.password_memory_kib,
            8 * 1024,
            4 * 1024 * 1024,
        );
        wrong.unless_within("password_passes", self.password_passes, 1, 100);
        wrong.unless_within("password_lanes", self.password_lanes, 1, 64);
        wrong.unless_within("session_hours", self.session_hours, 1, 8_760);
        wrong.unless_within("session_limit_days", self.session_limit_days, 1, 3_650);
        wrong.unless_within("lock_after", self.lock_after, 3, 1_000);
        wrong.unless_within("slow_login_ms", self.slow_login_ms, 0, 1_000);
        wrong.unless_within("lock_minutes", self.lock_minutes, 1, 1_440);
        wrong.unless_within("code_minutes", self.code_minutes, 5, 10_080);
        wrong.unless_within("token_minutes", self.token_minutes, 1, 60);
        let open = [Scope::MarketRead, Scope::OpsRead, Scope::PointsWrite];
        if let Some(scope) = self.anonymous.0.iter().find(|scope| !open.contains(scope)) {
            wrong.0.push(("anonymous", format!("{scope} is for people who are logged in")));
        }
        if let Err(why) = self.cost().check() {
            wrong.0.push(("password_memory_kib", why));
        }
    }

    /// What hashing costs.
    pub(crate) fn cost(&self) -> PasswordCost {
        PasswordCost {
            memory_kib: self.password_memory_kib,
            passes: self.password_passes,
            lanes: self.password_lanes,
        }
    }

    /// How long sessions last and when addresses are locked.
    pub(crate) fn options(&self, sends_mail: bool) -> AccountOptions {
        let hours = |hours: u32| Duration::from_secs(u64::from(hours) * 3_600);
        AccountOptions {
            session_life: hours(self.session_hours),
            session_limit: hours(self.session_limit_days * 24),
            lock_after: i64::from(self.lock_after),
            lock_window: Duration::from_secs(u64::from(self.lock_minutes) * 60),
            code_life: Duration::from_secs(u64::from(self.code_minutes) * 60),
            token_life: Duration::from_secs(u64::from(self.token_minutes) * 60),
            sends_mail,
            slow_step: Duration::from_millis(u64::from(self.slow_login_ms)),
        }
    }
}
