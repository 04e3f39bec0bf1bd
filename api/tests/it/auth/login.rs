//! Logging in and out, as a browser does it.

use reqwest::Method;
use serde_json::{Value, json};

use super::*;

#[tokio::test]
async fn a_browser_logs_in_sees_its_sessions_and_logs_out() {
    let server = Server::start().await;
    let cookie = somebody(&server, "ada@example.com", Role::Trader).await;
    let again = login(&server, "ada@example.com", PASSWORD).await;
    let set = again.headers()["set-cookie"].to_str().unwrap().to_owned();
    for part in ["HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"] {
        assert!(set.contains(part), "{set}");
    }
    assert!(!set.contains("Secure"), "{set}");
    let secret = cookie.split_once('=').unwrap().1.to_owned();

    let me = ask(&server, Method::GET, "/v1/auth/me", Some(&cookie)).send().await.unwrap();
    let text = me.text().await.unwrap();
    assert!(!text.contains(&secret) && !text.contains("argon2"), "{text}");
    let me: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(
        (&me["user"]["role"], &me["user"]["email"]),
        (&json!("trader"), &json!("ada@example.com"))
    );
    assert_eq!(me["session"]["ip"], "127.0.0.1");

    let bearer = ask(&server, Method::GET, "/v1/auth/sessions", None).bearer_auth(&secret);
    let list: Value = bearer.send().await.unwrap().json().await.unwrap();
    let sessions = list["sessions"].as_array().unwrap();
    assert_eq!(sessions.iter().map(|s| s["current"] == true).filter(|is| *is).count(), 1);
    assert_eq!(sessions.len(), 2);
    let other = sessions.iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/v1/auth/sessions/{}", other["id"].as_str().unwrap());
    assert_eq!(code(ask(&server, Method::DELETE, &path, Some(&cookie))).await.0, 204);
    let gone = super::cookie(&again);
    let after = code(ask(&server, Method::GET, "/v1/auth/me", Some(&gone))).await;
    assert_eq!(after, (StatusCode::UNAUTHORIZED, "unauthorized".to_owned()));
    assert_eq!(code(ask(&server, Method::DELETE, &path, Some(&cookie))).await.1, "unknown_session");

    let out = ask(&server, Method::POST, "/v1/auth/logout", Some(&cookie)).send().await.unwrap();
    assert_eq!(out.status(), 204);
    assert!(out.headers()["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(code(ask(&server, Method::GET, "/v1/auth/me", Some(&cookie))).await.0, 401);
}

#[tokio::test]
async fn a_login_tells_nothing_and_locks() {
    let server = Server::start().await;
    somebody(&server, "ada@example.com", Role::Viewer).await;
    let mut bodies = Vec::new();
    for (email, password) in
        [("ada@example.com", "wrong"), ("nobody@example.com", PASSWORD), ("x", "y")]
    {
        let response = login(&server, email, password).await;
        assert_eq!(response.status(), 401);
        assert!(response.headers().get("set-cookie").is_none());
        bodies.push(response.text().await.unwrap());
    }
    bodies.dedup();
    assert_eq!(bodies.len(), 1, "{bodies:?}");
    for _ in 0..9 {
        login(&server, "ada@example.com", "wrong").await;
    }
    let locked = login(&server, "ada@example.com", PASSWORD).await;
    assert_eq!(
        (locked.status(), locked.headers()["retry-after"].to_str().unwrap()),
        (StatusCode::TOO_MANY_REQUESTS, "900")
    );
}

#[tokio::test]
async fn a_secret_chosen_by_somebody_else_opens_nothing() {
    let server = Server::start().await;
    // Session fixation: the secret that was shown before the login is never the one after it.
    let planted = "chandlery_session=chs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    somebody(&server, "ada@example.com", Role::Viewer).await;
    let login = ask(&server, Method::POST, "/v1/auth/login", Some(planted)).json(&body);
    let response = login.send().await.unwrap();
    assert_ne!(cookie(&response), planted);
    for odd in [
        planted,
        "chandlery_session=",
        "chandlery_session=' OR 1=1 --",
        "other=1; chandlery_session=x",
    ] {
        let asked = code(ask(&server, Method::GET, "/v1/auth/me", Some(odd))).await;
        assert_eq!(asked.0, 401, "{odd}");
    }
}

#[tokio::test]
async fn pages_of_other_servers_change_nothing() {
    let server = Server::start().await;
    let cookie = somebody(&server, "ada@example.com", Role::Admin).await;
    let evil = |request: RequestBuilder| request.header("Origin", "http://evil.example");
    let body =
        json!({ "email": "eve@example.com", "role": "admin", "password": "a very long password" });
    let forged = [
        evil(ask(&server, Method::POST, "/v1/auth/users", Some(&cookie)).json(&body)),
        evil(ask(&server, Method::DELETE, "/v1/auth/sessions", Some(&cookie))),
        evil(ask(&server, Method::POST, "/v1/auth/logout", Some(&cookie))),
        evil(
            ask(&server, Method::POST, "/v1/auth/login", None)
                .json(&json!({ "email": "ada@example.com", "password": PASSWORD })),
        ),
    ];
    for request in forged {
        assert_eq!(code(request).await, (StatusCode::FORBIDDEN, "origin_not_allowed".to_owned()));
    }
    // A form of another page can't send JSON.
    let form = ask(&server, Method::POST, "/v1/auth/login", None)
        .body(r#"{"email":"a@b.c","password":"x"}"#);
    assert_eq!(code(form.header("Content-Type", "text/plain")).await.1, "invalid_body");
    let own = ask(&server, Method::DELETE, "/v1/auth/sessions", Some(&cookie));
    assert_eq!(code(own.header("Origin", format!("http://{}", server.address))).await.0, 204);
}

#[tokio::test]
async fn bodies_are_read_strictly_and_their_errors_repeat_no_secret() {
    let server = Server::start().await;
    for body in [
        r#"{"email":"a@b.c"}"#,
        r#"{"email":"a@b.c","password":"secret-of-mine","more":1}"#,
        r#"{"email":"a@b.c","password":["secret-of-mine"]}"#,
        r#"{"email":"a@b.c","password":"secret-of-mine""#,
        "secret-of-mine",
        "",
    ] {
        let request = ask(&server, Method::POST, "/v1/auth/login", None);
        let response =
            request.header("Content-Type", "application/json").body(body).send().await.unwrap();
        assert_eq!(response.status(), 400, "{body}");
        let text = response.text().await.unwrap();
        assert!(text.contains("invalid_body") && !text.contains("secret-of-mine"), "{text}");
    }
    let huge = json!({ "email": "a@b.c", "password": "x".repeat(3 << 20) });
    let asked = ask(&server, Method::POST, "/v1/auth/login", None).json(&huge);
    assert_eq!(code(asked).await, (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large".to_owned()));
}
