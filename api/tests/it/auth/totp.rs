//! A login in two steps over HTTP.

use adapters::auth::FieldKeys;
use serde_json::json;

use super::*;

/// What an app shows.
fn shown(secret: &str, now: domain::Time) -> String {
    let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
    let app = totp_rs::Builder::new().with_secret(secret).build_noncompliant();
    app.generate(now.millis().unsigned_abs() / 1_000).to_string()
}

#[tokio::test]
async fn a_login_in_two_steps() {
    let server = Server::start().await;
    let folder = tempfile::tempdir().unwrap();
    server.accounts.use_keys(FieldKeys::File(folder.path().join("keys")));
    let session = somebody(&server, "ada@example.com", Role::Trader).await;
    let post = |path: &str, cookie: Option<&str>, body: Value| {
        ask(&server, Method::POST, path, cookie).json(&body)
    };
    let (own, password) = (Some(session.as_str()), json!({ "password": PASSWORD }));
    let wrong = post("/v1/auth/totp", own, json!({ "password": "wrong" }));
    assert_eq!(code(wrong).await.1, "login_refused");
    let made: Value =
        post("/v1/auth/totp", own, password.clone()).send().await.unwrap().json().await.unwrap();
    let secret = made["secret"].as_str().unwrap();
    assert!(made["url"].as_str().unwrap().contains(secret), "{made}");
    assert!(made["qr_svg"].as_str().unwrap().starts_with("<svg"), "{made}");
    assert_eq!(
        code(post("/v1/auth/totp/confirm", own, json!({ "code": "12" }))).await.1,
        "invalid_code"
    );
    let first = shown(secret, server.clock.now());
    let confirmed = post("/v1/auth/totp/confirm", own, json!({ "code": first })).send().await;
    let paper: Value = confirmed.unwrap().json().await.unwrap();
    assert_eq!(paper["recovery_codes"].as_array().unwrap().len(), 10);
    assert_eq!(code(post("/v1/auth/totp", own, password.clone())).await.1, "second_factor_on");

    let answer = login(&server, "ada@example.com", PASSWORD).await;
    assert_eq!(answer.status(), 401);
    assert!(!answer.headers().contains_key("set-cookie"));
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["code"], "second_factor_required");
    let token = answer["token"].as_str().unwrap();
    // It is no session.
    assert_eq!(
        code(ask(&server, Method::GET, "/v1/auth/me", None).bearer_auth(token)).await.0,
        401
    );
    let second =
        |code: &str| post("/v1/auth/login/second", None, json!({ "token": token, "code": code }));
    assert_eq!(code(second(&first)).await, (StatusCode::BAD_REQUEST, "invalid_code".to_owned()));
    server.clock.set(server.clock.now().plus(std::time::Duration::from_secs(30)));
    let done = second(&shown(secret, server.clock.now())).send().await.unwrap();
    assert_eq!(done.status(), 200);
    let cookie = cookie(&done);
    assert_eq!(code(second(&first)).await, (StatusCode::UNAUTHORIZED, "login_refused".to_owned()));

    let state = ask(&server, Method::GET, "/v1/auth/totp", Some(&cookie)).send().await.unwrap();
    let state: Value = state.json().await.unwrap();
    assert_eq!((&state["enabled"], &state["recovery_codes"]), (&json!(true), &json!(10)));
    assert_eq!(code(post("/v1/auth/totp/disable", Some(&cookie), password.clone())).await.0, 204);
    assert_eq!(
        code(post("/v1/auth/totp/disable", Some(&cookie), password)).await.1,
        "second_factor_off"
    );
    assert_eq!(login(&server, "ada@example.com", PASSWORD).await.status(), 200);
}
