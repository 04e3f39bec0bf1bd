//! Settings of the listener.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use api::{Tls, TlsError, TlsFiles};
use domain::auth::Network;

use super::list::List;
use super::section::{Wrong, section};

/// How often the certificate's files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(30);

section! {
    /// The HTTP API, the WebSocket streams and the page.
    Http = "http" {
        /// Address and port. The default answers this machine only; port 0 takes a free one.
        listen: SocketAddr = SocketAddr::from((Ipv4Addr::LOCALHOST, 8080));
        /// Connections served at a time, streams included; more wait.
        max_connections: usize = 4_096;
        /// WebSocket streams at a time; more are refused.
        max_streams: usize = 2_048;
        /// The certificate (PEM, with those between it and an authority): TLS is spoken in place of plain HTTP, and
        /// session cookies go over TLS only. It is read again within half a minute of a change.
        tls_cert: Option<PathBuf> = None, like "/etc/chandlery/fullchain.pem";
        /// The key of the certificate (PEM).
        tls_key: Option<PathBuf> = None, like "/etc/chandlery/privkey.pem";
        /// Proxies whose `X-Forwarded-For` is believed: limits, keys' addresses and the record see the client's address in
        /// place of theirs.
        trusted_proxies: List<Network> = List::default();
        /// A connection is closed when the head of its next request is not there so long after the last answer.
        head_timeout_ms: u64 = 60_000;
        /// A request that takes longer is given up with status 503. Streams are not limited.
        request_timeout_ms: u64 = 30_000;
        /// Longest request body.
        body_limit_bytes: usize = 2_097_152;
    }
}

impl Http {
    fn check(&self, wrong: &mut Wrong) {
        wrong.unless_within("max_connections", self.max_connections, 1, 1_000_000);
        wrong.unless_within("max_streams", self.max_streams, 1, 1_000_000);
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            let key = if self.tls_key.is_none() { "tls_key" } else { "tls_cert" };
            wrong.0.push((key, "is needed for TLS: set both tls_cert and tls_key".to_owned()));
        }
        wrong.unless_within("head_timeout_ms", self.head_timeout_ms, 10, 3_600_000);
        wrong.unless_within("request_timeout_ms", self.request_timeout_ms, 1, 3_600_000);
        wrong.unless_within("body_limit_bytes", self.body_limit_bytes, 1_024, 1_073_741_824);
    }

    /// TLS, where there is a certificate.
    ///
    /// # Errors
    /// Its files can't be used.
    pub(crate) fn tls(&self) -> Result<Option<Tls>, TlsError> {
        let files = self.tls_cert.clone().zip(self.tls_key.clone());
        let files =
            files.map(|(certificates, key)| TlsFiles { certificates, key, every: LOOK_EVERY });
        files.map(Tls::load).transpose()
    }
}
