//! Preferences and watchlists over HTTP.

use super::*;

const PREFERENCES: &str = "/v1/me/preferences";
const LISTS: &str = "/v1/me/watchlists";

async fn answer(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn preferences_begin_with_defaults_and_change_field_by_field() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Viewer).await;
    let read = async || answer(ask(&server, Method::GET, PREFERENCES, Some(&ada))).await;
    let change = async |body: &Value| {
        answer(ask(&server, Method::PATCH, PREFERENCES, Some(&ada)).json(body)).await
    };
    let mut expected = json!({
        "theme": "dark", "default_symbol": "binance:BTCUSDT", "default_interval": "1h",
        "timezone": "UTC", "notifications": {},
    });
    assert_eq!(read().await, (200, expected.clone()));
    for (field, value, kept) in [
        ("theme", json!("system"), json!("system")),
        ("default_symbol", json!("coinbase:BTC-USD"), json!("coinbase:BTC-USD")),
        ("default_interval", json!("1w"), json!("1w")),
        ("timezone", json!("asia/kolkata"), json!("Asia/Kolkata")),
        ("notifications", json!({ "fills": [1.5, "mail"] }), json!({ "fills": [1.5, "mail"] })),
    ] {
        expected[field] = kept;
        assert_eq!(change(&json!({ field: value })).await, (200, expected.clone()), "{field}");
    }
    for (field, value, code) in [
        ("theme", json!("Dark"), "invalid_preference"),
        ("default_symbol", json!("BTCUSDT"), "invalid_symbol"),
        ("default_interval", json!("2h"), "invalid_interval"),
        ("timezone", json!("Mars/Olympus"), "invalid_preference"),
        ("timezone", json!("+02:00"), "invalid_preference"),
        ("notifications", json!({ "a": "x".repeat(8_192) }), "invalid_preference"),
        ("notifications", json!({ "a": [[[[[]]]]] }), "invalid_preference"),
        ("notifications", json!({ "a": "\u{0}" }), "invalid_preference"),
        ("notifications", json!([]), "invalid_body"),
        ("theme", json!(1), "invalid_body"),
        ("colour", json!("red"), "invalid_body"),
    ] {
        let (status, told) = change(&json!({ field: value })).await;
        assert_eq!((status, &told["code"]), (400, &json!(code)), "{field}: {told}");
        let named = if code == "invalid_body" { &told["detail"] } else { &told["parameter"] };
        assert!(named.as_str().unwrap().contains(field), "{told}");
    }
    assert_eq!(read().await, (200, expected), "what was refused changed nothing");
    let ben = somebody(&server, "ben@example.com", Role::Admin).await;
    let (_, other) = answer(ask(&server, Method::GET, PREFERENCES, Some(&ben))).await;
    assert_eq!(other["theme"], "dark");
}

#[tokio::test]
async fn watchlists_are_made_changed_and_deleted() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Viewer).await;
    let make =
        async |body: &Value| answer(ask(&server, Method::POST, LISTS, Some(&ada)).json(body)).await;
    let lists = async || answer(ask(&server, Method::GET, LISTS, Some(&ada))).await.1;
    assert_eq!(lists().await, json!({ "watchlists": [] }));
    let majors = json!({
        "name": " Majors ", "symbols": ["binance:ETHUSDT", "binance:BTCUSDT"], "is_default": true,
    });
    let (status, made) = make(&majors).await;
    assert_eq!((status, &made["name"]), (201, &json!("Majors")), "{made}");
    assert_eq!((&made["symbols"], &made["is_default"]), (&majors["symbols"], &json!(true)));
    server.clock.set(server.clock.now().plus(std::time::Duration::from_secs(1)));
    let (status, empty) = make(&json!({ "name": "Empty" })).await;
    assert_eq!((status, &empty["is_default"]), (201, &json!(false)));

    let path = format!("{LISTS}/{}", empty["id"].as_str().unwrap());
    let change = async |body: &Value| {
        answer(ask(&server, Method::PATCH, &path, Some(&ada)).json(body)).await
    };
    let (status, changed) = change(&json!({ "is_default": true, "name": "Later" })).await;
    assert_eq!((status, &changed["is_default"]), (200, &json!(true)));
    let told = lists().await;
    assert_eq!(
        (&told["watchlists"][0]["is_default"], &told["watchlists"][1]),
        (&json!(false), &changed)
    );

    let many: Vec<String> = (0..501).map(|n| format!("binance:S{n}")).collect();
    for (field, value, code, parameter) in [
        ("name", json!(""), "invalid_watchlist", json!("name")),
        ("name", json!("a\nb"), "invalid_watchlist", json!("name")),
        ("name", json!("x".repeat(101)), "invalid_watchlist", json!("name")),
        ("symbols", json!(["BTCUSDT"]), "invalid_symbol", json!("symbols")),
        ("symbols", json!(["a:B", "a:B"]), "invalid_watchlist", json!("symbols")),
        ("symbols", json!(many), "invalid_watchlist", json!("symbols")),
        ("symbols", json!([1]), "invalid_body", Value::Null),
        ("owner", json!("ben"), "invalid_body", Value::Null),
    ] {
        let mut new = json!({ "name": "New" });
        new[field] = value.clone();
        for (status, told) in [make(&new).await, change(&json!({ field: value })).await] {
            assert_eq!((status, &told["code"]), (400, &json!(code)), "{field}: {told}");
            assert_eq!(told["parameter"], parameter, "{told}");
        }
    }
    for (status, told) in [make(&majors).await, change(&json!({ "name": "Majors" })).await] {
        assert_eq!((status, &told["code"]), (409, &json!("watchlist_taken")));
    }
    assert_eq!(lists().await, told, "what was refused changed nothing");
    assert_eq!(answer(ask(&server, Method::DELETE, &path, Some(&ada))).await.0, 204);
    let gone = code(ask(&server, Method::GET, &path, Some(&ada))).await;
    assert_eq!(gone, (StatusCode::NOT_FOUND, "unknown_watchlist".to_owned()));
    let none = code(ask(&server, Method::GET, &format!("{LISTS}/x"), Some(&ada))).await;
    assert_eq!(none, (StatusCode::NOT_FOUND, "unknown_watchlist".to_owned()));
}
