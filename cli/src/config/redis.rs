//! Settings of Redis.

use adapters::ops::redis::{Redis, RedisPlace};
use secrecy::{ExposeSecret, SecretString};

use super::section::{Wrong, section};

section! {
    /// Redis (7 or newer), where something is to be kept in it: accounts.sessions and limits.place say what. Nothing
    /// connects to it otherwise.
    RedisServer = "redis" {
        /// Where it is. redis://user:password@host:6379/0 is one server,
        /// redis+sentinel://user:password@host:26379,host2:26379/mymaster the one that Sentinel names, and
        /// redis+cluster://user:password@host:6379,host2:6379 a cluster; rediss instead of redis takes TLS.
        url: Option<SecretString> = None, like "redis://127.0.0.1:6379";
        /// The password of the sentinels, where they want one.
        sentinel_password: Option<SecretString> = None, like "password";
    }
}

impl RedisServer {
    fn check(&self, wrong: &mut Wrong) {
        if let Some(Err(error)) = self.place() {
            wrong.0.push(("url", error.to_string()));
        }
    }

    fn place(&self) -> Option<Result<RedisPlace, adapters::ops::redis::RedisUrlError>> {
        let sentinel = self.sentinel_password.as_ref().map(ExposeSecret::expose_secret);
        self.url.as_ref().map(|url| RedisPlace::parse(url.expose_secret(), sentinel))
    }

    /// The Redis that is meant, not yet connected; none where no URL is set.
    pub(crate) fn open(&self) -> Option<Redis> {
        self.place()?.ok().map(Redis::new)
    }
}
