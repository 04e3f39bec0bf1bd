//! A venue made for a test: REST answers as the test says, and every socket is the test's to play.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts, Request};
use axum::response::{IntoResponse, Response};
use tokio::sync::mpsc;
use tokio::time::timeout;

/// A request as the server saw it.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) path: String,
    pub(super) query: BTreeMap<String, String>,
}

impl Asked {
    pub(super) fn number(&self, key: &str) -> Option<i64> {
        self.query.get(key).map(|value| value.parse().unwrap())
    }
}

/// Status, headers and body.
pub(super) struct Reply(pub(super) u16, pub(super) Vec<(&'static str, String)>, pub(super) String);

impl Reply {
    pub(super) fn ok(body: impl Into<String>) -> Self {
        Self(200, Vec::new(), body.into())
    }
}

type Answers = Arc<dyn Fn(&Asked) -> Reply + Send + Sync>;

/// The server; it lives as long as the test.
pub(super) struct Server {
    address: std::net::SocketAddr,
    pub(super) asked: Arc<Mutex<Vec<Asked>>>,
    sockets: mpsc::UnboundedReceiver<WebSocket>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// A server whose REST answers come from `answers`.
    pub(super) async fn start(answers: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        // As the program does at its start.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, sockets) = mpsc::unbounded_channel();
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (answers, log): (Answers, _) = (Arc::new(answers), Arc::clone(&asked));
        let router = Router::new().fallback(move |request: Request<Body>| {
            let (answers, log, sender) = (Arc::clone(&answers), Arc::clone(&log), sender.clone());
            async move { answer(request, &answers, &log, sender).await }
        });
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { address, asked, sockets, task }
    }

    pub(super) fn rest(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn ws(&self) -> String {
        format!("ws://{}", self.address)
    }

    /// The next connection to the stream.
    pub(super) async fn socket(&mut self) -> Played {
        let socket = timeout(Duration::from_secs(10), self.sockets.recv()).await;
        Played(socket.expect("nobody connects").expect("the server lives"))
    }

    /// That nobody connects for a while.
    pub(super) async fn nobody_connects(&mut self, time: Duration) {
        assert!(timeout(time, self.sockets.recv()).await.is_err(), "somebody connects");
    }
}

async fn answer(
    request: Request<Body>,
    answers: &Answers,
    log: &Mutex<Vec<Asked>>,
    sockets: mpsc::UnboundedSender<WebSocket>,
) -> Response {
    let (mut parts, _) = request.into_parts();
    if parts.headers.contains_key("upgrade") {
        let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await.unwrap();
        return upgrade.on_upgrade(move |socket| async move { drop(sockets.send(socket)) });
    }
    let query = parts.uri.query().unwrap_or_default();
    let query = query.split('&').filter_map(|pair| pair.split_once('='));
    let plain = |text: &str| text.replace("%3A", ":");
    let query = query.map(|(key, value)| (key.to_owned(), plain(value))).collect();
    let asked = Asked { path: parts.uri.path().to_owned(), query };
    log.lock().unwrap().push(asked.clone());
    let Reply(status, headers, body) = answers(&asked);
    let mut reply = (axum::http::StatusCode::from_u16(status).unwrap(), body).into_response();
    for (name, value) in headers {
        reply.headers_mut().insert(name, value.parse().unwrap());
    }
    reply
}

/// The venue's end of a socket.
pub(super) struct Played(WebSocket);

impl Played {
    /// The next request of the client; pings are answered on the way.
    pub(super) async fn request(&mut self) -> String {
        let wait = timeout(Duration::from_secs(10), async {
            loop {
                match self.0.recv().await {
                    Some(Ok(Message::Text(text))) => return text.to_string(),
                    Some(Ok(_)) => {}
                    other => panic!("no request comes: {other:?}"),
                }
            }
        });
        wait.await.expect("no request comes")
    }

    /// Whether a request comes within a time.
    pub(super) async fn is_quiet(&mut self, time: Duration) -> bool {
        timeout(time, self.request()).await.is_err()
    }

    pub(super) async fn say(&mut self, text: impl Into<String>) {
        self.0.send(Message::text(text.into())).await.unwrap();
    }

    /// Says it, unless the client is gone.
    pub(super) async fn try_say(&mut self, text: impl Into<String>) -> bool {
        self.0.send(Message::text(text.into())).await.is_ok()
    }

    /// Ends it without a word, as a broken line does.
    pub(super) fn cut(self) {
        drop(self.0);
    }

    /// Until the client closes or breaks off.
    pub(super) async fn ended(mut self) {
        let wait = timeout(Duration::from_secs(10), async {
            while let Some(Ok(message)) = self.0.recv().await {
                if matches!(message, Message::Close(_)) {
                    return;
                }
            }
        });
        wait.await.expect("the client stays");
    }
}
