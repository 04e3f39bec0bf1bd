//! A server that answers what it is told to, and remembers what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use chandlery_client::{Client, Result, Retry};
use serde_json::{Value, json};

/// What a server answered, in `answers`.
macro_rules! answer {
    ($name:literal) => {
        serde_json::from_str::<serde_json::Value>(include_str!(concat!("answers/", $name, ".json")))
            .unwrap()
    };
}

pub(crate) use answer;

/// One request, as it arrived.
pub(crate) struct Seen {
    /// Method, address and, by name, what follows its question mark.
    pub(crate) asked: String,
    /// `Idempotency-Key`.
    pub(crate) key: Option<String>,
    /// JSON, null where there is none.
    pub(crate) body: Value,
}

/// What is answered, in this order, and what was asked.
#[derive(Clone, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<(u16, Value)>>>,
    pub(crate) seen: Arc<Mutex<Vec<Seen>>>,
}

async fn reply(State(script): State<Script>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap_or(Bytes::new());
    let key = head.headers.get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
    let body = serde_json::from_slice(&body).unwrap_or(Value::Null);
    let mut query: Vec<&str> =
        head.uri.query().map(|text| text.split('&').collect()).unwrap_or_default();
    query.sort_unstable();
    let mark = if query.is_empty() { "" } else { "?" };
    let query = query.join("&").replace("%3A", ":").replace("%2C", ",");
    let asked = format!("{} {}{mark}{query}", head.method, head.uri.path());
    script.seen.lock().unwrap().push(Seen { asked, key, body });
    let (status, body) = script.answers.lock().unwrap().pop_front().expect("no more was expected");
    let body = if status == 204 { String::new() } else { body.to_string() };
    (StatusCode::from_u16(status).unwrap(), body).into_response()
}

pub(crate) async fn server(answers: &[(u16, Value)]) -> (Client, Script) {
    let script = Script::default();
    script.answers.lock().unwrap().extend(answers.iter().cloned());
    let router = Router::new().fallback(reply).with_state(script.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let retry =
        Retry { tries: 3, pause: Duration::from_millis(1), longest: Duration::from_millis(5) };
    let client = Client::builder().url(&url).key("chk_test").retry(retry).build().unwrap();
    (client, script)
}

/// What is read of an answer, how it was asked for, and with what body.
pub(crate) async fn ask<T>(
    answer: (u16, Value),
    call: impl AsyncFnOnce(&Client) -> Result<T>,
) -> (T, String, Value) {
    let (client, script) = server(&[answer]).await;
    let told = call(&client).await.unwrap();
    let seen = script.seen.lock().unwrap().pop().unwrap();
    (told, seen.asked, seen.body)
}

/// The same of an answer to a question without a body.
pub(crate) async fn read<T>(
    answer: Value,
    call: impl AsyncFnOnce(&Client) -> Result<T>,
) -> (T, String) {
    let (told, asked, body) = ask((200, answer), call).await;
    assert_eq!(body, Value::Null);
    (told, asked)
}

pub(crate) fn away() -> (u16, Value) {
    (503, json!({ "code": "database_unavailable", "detail": "try again" }))
}
