//! Whose request a proxy hands on. Anybody may send the header, so it counts only from the addresses
//! that the settings name, and of its list only what such a proxy has put there.

use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderName};
use domain::auth::Network;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The address of the client: read from the right, the first one that is no trusted proxy's. A part that is no address
/// ends the list, for whatever stands before it was not told by a trusted one.
pub(crate) fn client(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let mut client = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let mut told = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(',')).map(address);
    while is_trusted(client) {
        let Some(Some(before)) = told.next() else { break };
        client = before;
    }
    client
}

/// `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let alone = || text.trim_start_matches('[').trim_end_matches(']').parse().ok();
    let address: IpAddr =
        text.parse().ok().map(|socket: std::net::SocketAddr| socket.ip()).or_else(alone)?;
    Some(address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(peer: &str, lines: &[&str]) -> String {
        let trusted = ["127.0.0.0/8", "10.0.0.0/8", "2001:db8::/32"].map(|n| n.parse().unwrap());
        let headers =
            lines.iter().map(|line| (FORWARDED_FOR, line.parse().unwrap())).collect::<HeaderMap>();
        client(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn only_what_a_trusted_proxy_tells_counts() {
        assert_eq!(found("192.0.2.9", &["198.51.100.1"]), "192.0.2.9", "anybody may send it");
        assert_eq!(found("127.0.0.1", &[]), "127.0.0.1");
        assert_eq!(found("127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(found("::ffff:127.0.0.1", &["198.51.100.1"]), "198.51.100.1");
        assert_eq!(
            found("127.0.0.1", &["203.0.113.5, 198.51.100.1"]),
            "198.51.100.1",
            "what the client itself sent stands before"
        );
        assert_eq!(found("127.0.0.1", &["198.51.100.1, 10.1.2.3"]), "198.51.100.1");
        assert_eq!(found("127.0.0.1", &["203.0.113.5", "198.51.100.1,10.1.2.3"]), "198.51.100.1");
        assert_eq!(found("127.0.0.1", &["10.0.0.7"]), "10.0.0.7", "a proxy of its own accord");
        assert_eq!(found("127.0.0.1", &["198.51.100.1, unknown"]), "127.0.0.1");
        assert_eq!(found("127.0.0.1", &["198.51.100.1, "]), "127.0.0.1");
    }

    #[test]
    fn addresses_come_with_and_without_ports() {
        for (text, ip) in [
            ("198.51.100.1:4711", "198.51.100.1"),
            (" 198.51.100.1 ", "198.51.100.1"),
            ("2001:db9::1", "2001:db9::1"),
            ("[2001:db9::1]", "2001:db9::1"),
            ("[2001:db9::1]:443", "2001:db9::1"),
            ("::ffff:198.51.100.1", "198.51.100.1"),
        ] {
            assert_eq!(found("2001:db8::5", &[text]), ip, "{text}");
        }
    }
}
