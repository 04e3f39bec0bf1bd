//! Where Redis is, as one URL says it.

use redis::sentinel::SentinelNodeConnectionInfo;
use redis::{ConnectionInfo, IntoConnectionInfo, TlsMode};

/// One of the three shapes.
#[derive(Debug, Clone)]
pub enum RedisPlace {
    /// `redis://` or `rediss://`: one server.
    One {
        /// The server.
        node: ConnectionInfo,
        /// The URL without its password.
        shown: String,
    },
    /// `redis+sentinel://`: the server that Sentinel names.
    Sentinel {
        /// The sentinels.
        nodes: Vec<ConnectionInfo>,
        /// What they call the servers.
        master: String,
        /// How to connect to these.
        servers: SentinelNodeConnectionInfo,
        /// The URL without its password.
        shown: String,
    },
    /// `redis+cluster://`: a cluster, known by some of its nodes.
    Cluster {
        /// The nodes.
        nodes: Vec<ConnectionInfo>,
        /// The URL without its password.
        shown: String,
    },
}

/// Why a URL names no Redis. It doesn't repeat the URL, which may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RedisUrlError {
    /// Not one of the schemes.
    #[error(
        "must begin with redis://, redis+sentinel:// or redis+cluster://, or with rediss for TLS"
    )]
    Scheme,
    /// No node, or one that is no host and port.
    #[error("must name a host and port, or several with commas between them")]
    Node,
    /// Sentinel without the name of what it watches.
    #[error("must end with the name that Sentinel watches: redis+sentinel://host:26379/mymaster")]
    Master,
}

impl RedisPlace {
    /// Reads a URL: `redis://[user:password@]host:port[/number]`,
    /// `redis+sentinel://[user:password@]host:port,…/master[/number]`,
    /// `redis+cluster://[user:password@]host:port,…`.
    ///
    /// # Errors
    /// Every [`RedisUrlError`].
    pub fn parse(url: &str, sentinel_password: Option<&str>) -> Result<Self, RedisUrlError> {
        let (scheme, rest) = url.split_once("://").ok_or(RedisUrlError::Scheme)?;
        let (base, shape) = scheme.split_once('+').unwrap_or((scheme, ""));
        if !matches!(base, "redis" | "rediss") {
            return Err(RedisUrlError::Scheme);
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (credentials, hosts) = match authority.rsplit_once('@') {
            Some((credentials, hosts)) => (format!("{credentials}@"), hosts),
            None => (String::new(), authority),
        };
        let node = |credentials: &str, host: &str, path: &str| {
            let text = format!("{base}://{credentials}{host}/{path}");
            text.as_str().into_connection_info().map_err(|_| RedisUrlError::Node)
        };
        let nodes = |credentials: &str| -> Result<Vec<ConnectionInfo>, RedisUrlError> {
            let known = hosts.split(',').filter(|host| !host.is_empty());
            let nodes: Vec<_> =
                known.map(|host| node(credentials, host, "")).collect::<Result<_, _>>()?;
            if nodes.is_empty() { Err(RedisUrlError::Node) } else { Ok(nodes) }
        };
        let shown = match path {
            "" => format!("{scheme}://{hosts}"),
            path => format!("{scheme}://{hosts}/{path}"),
        };
        match shape {
            "" => Ok(Self::One { node: node(&credentials, hosts, path)?, shown }),
            "cluster" => Ok(Self::Cluster { nodes: nodes(&credentials)?, shown }),
            "sentinel" => {
                let (master, number) = path.split_once('/').unwrap_or((path, ""));
                if master.is_empty() {
                    return Err(RedisUrlError::Master);
                }
                let server = node(&credentials, "localhost", number)?;
                let servers = SentinelNodeConnectionInfo::default()
                    .set_redis_connection_info(server.redis_settings().clone());
                let servers = match base {
                    "rediss" => servers.set_tls_mode(TlsMode::Secure),
                    _ => servers,
                };
                let nodes = nodes("")?.into_iter().map(|node| match sentinel_password {
                    Some(password) => {
                        let settings = node.redis_settings().clone().set_password(password);
                        node.set_redis_settings(settings)
                    }
                    None => node,
                });
                Ok(Self::Sentinel {
                    nodes: nodes.collect(),
                    master: master.to_owned(),
                    servers,
                    shown,
                })
            }
            _ => Err(RedisUrlError::Scheme),
        }
    }

    /// The URL without its password.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::One { shown, .. }
            | Self::Sentinel { shown, .. }
            | Self::Cluster { shown, .. } => shown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_which_shape_and_its_password_is_not_shown() {
        for (url, shown) in [
            ("redis://127.0.0.1:6379", "redis://127.0.0.1:6379"),
            ("rediss://me:hush@cache.example:6380/2", "rediss://cache.example:6380/2"),
            (
                "redis+sentinel://:hush@a:26379,b:26379/mymaster/1",
                "redis+sentinel://a:26379,b:26379/mymaster/1",
            ),
            ("redis+cluster://me:hush@a:7000,b:7001", "redis+cluster://a:7000,b:7001"),
        ] {
            let place = RedisPlace::parse(url, Some("quiet")).expect(url);
            assert_eq!(place.shown(), shown);
            let debug = format!("{place:?}");
            assert!(!debug.contains("hush") && !debug.contains("quiet"), "{debug}");
        }
        let RedisPlace::Sentinel { nodes, master, .. } =
            RedisPlace::parse("redis+sentinel://:hush@a:1,b:2/mine", Some("quiet"))
                .expect("a place")
        else {
            panic!("another shape");
        };
        assert_eq!((nodes.len(), master.as_str()), (2, "mine"));
        assert_eq!(nodes[0].redis_settings().password(), Some("quiet"));
        for (url, error) in [
            ("http://a", RedisUrlError::Scheme),
            ("redis+other://a", RedisUrlError::Scheme),
            ("a:6379", RedisUrlError::Scheme),
            ("redis://", RedisUrlError::Node),
            ("redis+cluster://", RedisUrlError::Node),
            ("redis+sentinel://a:1", RedisUrlError::Master),
        ] {
            assert_eq!(RedisPlace::parse(url, None).expect_err(url), error);
        }
    }
}
