//! Keys of programs over HTTP, in every place where programs put them.

use std::time::Duration;

use api::ApiSettings;
use futures_util::StreamExt;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;

use super::*;

/// A server that lets nobody in without credentials.
async fn strict() -> Server {
    Server::start_with(ApiSettings { anonymous: vec![], ..ApiSettings::default() }).await
}

async fn make(server: &Server, cookie: &str, body: Value) -> (StatusCode, Value) {
    let response = ask(server, Method::POST, "/v1/auth/keys", Some(cookie)).json(&body);
    let response = response.send().await.unwrap();
    (response.status(), response.json().await.unwrap())
}

/// Whether a key of this one network opens something, asked through a proxy on this machine.
async fn opens_behind(trusted: &str, forwarded: &str) -> u16 {
    let trusted_proxies = vec![trusted.parse().unwrap()];
    let settings = ApiSettings { anonymous: vec![], trusted_proxies, ..ApiSettings::default() };
    let server = Server::start_with(settings).await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let wanted =
        json!({ "name": "bot", "scopes": ["market:read"], "addresses": ["198.51.100.0/24"] });
    let (_, body) = make(&server, &ada, wanted).await;
    let get = ask(&server, Method::GET, "/v1/market/symbols", None);
    let get = get.bearer_auth(body["key"].as_str().unwrap());
    status(get.header("X-Forwarded-For", forwarded)).await
}

#[tokio::test]
async fn the_address_behind_a_trusted_proxy_counts_and_no_other() {
    assert_eq!(opens_behind("127.0.0.1", "198.51.100.7").await, 200);
    assert_eq!(opens_behind("127.0.0.1", "198.51.100.7, 203.0.113.1").await, 401);
    assert_eq!(opens_behind("192.0.2.1", "198.51.100.7").await, 401, "not from that proxy");
}

async fn status(request: RequestBuilder) -> u16 {
    request.send().await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_key_is_told_once_and_opens_what_it_is_for_wherever_it_is_sent() {
    let server = strict().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let wanted = json!({ "name": "bot", "scopes": ["market:read", "points:write"], "addresses": ["127.0.0.0/8"] });
    let (made, body) = make(&server, &ada, wanted).await;
    assert_eq!(made, 201, "{body}");
    let key = body["key"].as_str().unwrap().to_owned();
    let list = ask(&server, Method::GET, "/v1/auth/keys", Some(&ada)).send().await.unwrap();
    let list = list.text().await.unwrap();
    assert!(list.contains(body["beginning"].as_str().unwrap()) && !list.contains(&key), "{list}");

    let get = |path: &str| ask(&server, Method::GET, path, None);
    let write = |path: &str| ask(&server, Method::POST, path, None).body("m v=1");
    let (v1, v2) = ("/compat/influx/write?db=a", "/compat/influx/api/v2/write?bucket=a");
    assert_eq!(status(get("/v1/market/symbols").bearer_auth(&key)).await, 200);
    let klines = get("/compat/binance/api/v3/exchangeInfo").header("X-MBX-APIKEY", &key);
    assert_eq!(status(klines).await, 200);
    let token = format!("Token {key}");
    for request in [
        write(v2).header("Authorization", &token),
        write(v1).header("Authorization", &token),
        write(v1).basic_auth("anybody", Some(&key)),
        write(&format!("{v1}&u=anybody&p={key}")),
        write(v2).bearer_auth(&key),
    ] {
        assert_eq!(status(request).await, 204);
    }
    // Where it isn't meant, or isn't enough.
    assert_eq!(status(get("/v1/market/symbols").header("X-MBX-APIKEY", &key)).await, 401);
    assert_eq!(status(get(&format!("/v1/market/symbols?p={key}"))).await, 401);
    assert_eq!(status(get("/v1/ops/points?measurement=m").bearer_auth(&key)).await, 403);
    for path in ["/v1/auth/me", "/v1/auth/keys", "/v1/auth/users"] {
        assert_eq!(status(get(path).bearer_auth(&key)).await, 403, "{path}");
    }
    let cookie = format!("chandlery_session={key}");
    assert_eq!(status(ask(&server, Method::GET, "/v1/market/symbols", Some(&cookie))).await, 401);

    let path = format!("/v1/auth/keys/{}", body["id"].as_str().unwrap());
    let ben = somebody(&server, "ben@example.com", Role::Admin).await;
    for other in [path.as_str(), "/v1/auth/keys/not-a-number"] {
        let foreign = code(ask(&server, Method::DELETE, other, Some(&ben))).await;
        assert_eq!(foreign, (StatusCode::NOT_FOUND, "unknown_key".to_owned()));
    }
    assert_eq!(status(ask(&server, Method::DELETE, &path, Some(&ada))).await, 204);
    assert_eq!(status(get("/v1/market/symbols").bearer_auth(&key)).await, 401);
}

#[tokio::test]
async fn what_is_wrong_with_a_wanted_key_is_said() {
    let server = strict().await;
    let cookie = somebody(&server, "ada@example.com", Role::Viewer).await;
    let good = json!({ "name": "bot", "scopes": ["market:read"] });
    for (field, value, code, parameter) in [
        ("name", json!(" "), "invalid_key", Value::Null),
        ("scopes", json!([]), "invalid_key", Value::Null),
        ("scopes", json!(["users"]), "invalid_key", Value::Null),
        ("scopes", json!(["ops:read"]), "invalid_key", Value::Null),
        ("scopes", json!(["all"]), "invalid_key", json!("scopes")),
        ("addresses", json!(["192.0.2.1/24"]), "invalid_key", json!("addresses")),
        ("expires_at", json!("soon"), "invalid_time", json!("expires_at")),
        ("expires_at", json!("2020-01-01T00:00:00Z"), "invalid_key", Value::Null),
        ("more", json!(1), "invalid_body", Value::Null),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let (status, answer) = make(&server, &cookie, body.clone()).await;
        assert_eq!((status.as_u16(), &answer["code"]), (400, &json!(code)), "{body}: {answer}");
        assert_eq!(answer["parameter"], parameter, "{answer}");
    }
}

#[tokio::test]
async fn a_stream_ends_with_the_session_or_the_key_that_opened_it() {
    let server = strict().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let (_, body) = make(&server, &ada, json!({ "name": "bot", "scopes": ["market:read"] })).await;
    let open = async |path: &str, name: &'static str, value: String| {
        let mut request = format!("ws://{}{path}", server.address).into_client_request().unwrap();
        request.headers_mut().insert(name, value.parse().unwrap());
        tokio_tungstenite::connect_async(request).await
    };
    assert!(open("/v1/stream", "x-nothing", "1".into()).await.is_err(), "nobody is let in");
    let key = body["key"].as_str().unwrap();
    let mut streams = vec![
        open("/v1/stream", "cookie", ada.clone()).await.unwrap().0,
        open("/v1/stream", "authorization", format!("Bearer {key}")).await.unwrap().0,
        open("/compat/binance/ws", "x-mbx-apikey", key.to_owned()).await.unwrap().0,
    ];
    let ended = async |stream: &mut _, within: u64| {
        let closing = async {
            loop {
                let stream: &mut tokio_tungstenite::WebSocketStream<_> = stream;
                match StreamExt::next(stream).await {
                    Some(Ok(Message::Close(Some(frame)))) => return u16::from(frame.code),
                    Some(Ok(_)) => {}
                    _ => return 0,
                }
            }
        };
        tokio::time::timeout(Duration::from_millis(within), closing).await.ok()
    };
    for stream in &mut streams {
        assert_eq!(ended(stream, 200).await, None, "it goes on while it may");
    }
    let path = format!("/v1/auth/keys/{}", body["id"].as_str().unwrap());
    assert_eq!(status(ask(&server, Method::DELETE, &path, Some(&ada))).await, 204);
    assert_eq!(ended(&mut streams[1], 3_000).await, Some(1008));
    assert_eq!(ended(&mut streams[2], 3_000).await, Some(1008));
    assert_eq!(ended(&mut streams[0], 200).await, None, "another's end is not its own");
    assert_eq!(status(ask(&server, Method::POST, "/v1/auth/logout", Some(&ada))).await, 204);
    assert_eq!(ended(&mut streams[0], 3_000).await, Some(1008));
}
