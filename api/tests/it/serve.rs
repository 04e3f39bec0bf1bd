//! Connections: TLS, and the limits of what comes before a request.

use std::path::Path;
use std::time::Duration;

use api::{ApiSettings, Tls, TlsFiles};
use axum::Router;
use axum::routing::get;
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use crate::server::Server;

/// Serves one answer; the address. It ends with the runtime.
async fn serve(settings: ApiSettings, tls: Option<Tls>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = Router::new().route("/", get(async || "fine"));
    tokio::spawn(async move {
        api::serve(listener, router, &settings, tls, CancellationToken::new()).await;
    });
    format!("localhost:{port}")
}

/// A certificate that signs itself, written to the folder.
fn issue(folder: &Path) -> reqwest::Certificate {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), cert.pem()).unwrap();
    reqwest::Certificate::from_pem(cert.pem().as_bytes()).unwrap()
}

fn files(folder: &Path) -> TlsFiles {
    TlsFiles {
        certificates: folder.join("cert.pem"),
        key: folder.join("key.pem"),
        every: Duration::from_millis(20),
    }
}

/// What somebody is answered who trusts this certificate alone.
async fn ask(address: &str, trusted: &reqwest::Certificate) -> Option<String> {
    drop(testkit::http_client());
    let client = reqwest::Client::builder().tls_certs_only([trusted.clone()]).build().unwrap();
    let answer = client.get(format!("https://{address}/")).send().await.ok()?;
    Some(answer.text().await.unwrap())
}

/// All that is answered to these bytes until the server closes.
async fn raw(address: &str, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    // The server may close before it has read them all.
    let _ = stream.write_all(bytes).await;
    let mut answer = Vec::new();
    let read = stream.read_to_end(&mut answer);
    let _ = tokio::time::timeout(Duration::from_secs(10), read).await.expect("an end");
    String::from_utf8_lossy(&answer).into_owned()
}

#[tokio::test]
async fn a_renewed_certificate_is_shown_without_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let old = issue(folder.path());
    let tls = Tls::load(files(folder.path())).unwrap();
    let address = serve(ApiSettings::default(), Some(tls)).await;
    assert_eq!(ask(&address, &old).await.as_deref(), Some("fine"));
    let plain = raw(&address, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").await;
    assert!(!plain.contains("HTTP/1.1"), "{plain}");

    // Between the writing of the two files, and whatever else they have: the old one goes on.
    std::fs::write(folder.path().join("key.pem"), "nothing").unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!(ask(&address, &old).await.as_deref(), Some("fine"));

    let new = issue(folder.path());
    for _ in 0..250 {
        if ask(&address, &new).await.is_some() {
            assert_eq!(ask(&address, &old).await, None, "the old one is shown no more");
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the new certificate is not shown");
}

#[test]
fn files_that_make_no_tls_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let files = files(folder.path());
    let wrong = |expected: &str| {
        let why = Tls::load(files.clone()).err().expect("an error").to_string();
        assert!(why.contains(expected), "{why}");
    };
    wrong("cert.pem: ");
    issue(folder.path());
    std::fs::write(&files.key, KeyPair::generate().unwrap().serialize_pem()).unwrap();
    wrong("key.pem: not the key of the certificate");
    std::fs::write(&files.key, "nothing").unwrap();
    wrong("key.pem: ");
    std::fs::write(&files.certificates, "nothing").unwrap();
    wrong("cert.pem: there is no certificate");
}

#[tokio::test]
async fn what_comes_before_a_request_has_limits() {
    let settings =
        ApiSettings { head_timeout: Duration::from_millis(300), ..ApiSettings::default() };
    let address = &serve(settings, None).await;
    let head = |more: &str| format!("GET / HTTP/1.1\r\nHost: localhost\r\n{more}");
    let fine = raw(address, head("Connection: close\r\n\r\n").as_bytes()).await;
    assert!(fine.starts_with("HTTP/1.1 200") && fine.ends_with("fine"), "{fine}");
    for much in [format!("X: {}\r\n\r\n", "x".repeat(70_000)), "X: y\r\n".repeat(101) + "\r\n"] {
        let refused = raw(address, head(&much).as_bytes()).await;
        assert!(refused.starts_with("HTTP/1.1 431"), "{refused}");
    }
    // Bytes that come ever so slowly don't keep the place.
    let mut slow = TcpStream::connect(address).await.unwrap();
    let begun = std::time::Instant::now();
    let drip = async {
        for byte in head("").bytes().cycle() {
            if slow.write_all(&[byte]).await.is_err() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), drip).await.expect("the connection ends");
    assert!(begun.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn over_tls_a_name_is_asked_for_so_from_then_on() {
    let header = async |settings: ApiSettings, host: &str| {
        let server = Server::start_with(settings).await;
        let answer = server.get("/health").header("host", host).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.headers().get("strict-transport-security").cloned()
    };
    let secure = || ApiSettings { secure_cookies: true, ..ApiSettings::default() };
    assert_eq!(header(secure(), "127.0.0.1").await.unwrap(), "max-age=31536000");
    assert_eq!(header(secure(), "localhost").await, None, "other servers have that name too");
    assert_eq!(header(ApiSettings::default(), "127.0.0.1").await, None);
}
