//! New passwords and the first administrator by codes, over HTTP.

use serde_json::json;

use super::*;

#[tokio::test]
async fn a_code_sets_a_new_password_and_another_does_not() {
    let server = Server::start().await;
    let session = somebody(&server, "ada@example.com", Role::Trader).await;
    let user = server.accounts.by_email(&"ada@example.com".parse().unwrap()).await.unwrap();
    let (made, _) = server.accounts.reset_code(&Actor::default(), &user).await.unwrap();
    let confirm = |email: &str, typed: &str, password: &str| {
        let body = json!({ "email": email, "code": typed, "password": password });
        code(ask(&server, Method::POST, "/v1/auth/reset/confirm", None).json(&body))
    };
    let (new, right) = ("another long password", made.reveal());
    for (email, typed, password, expected) in [
        ("ada", right.as_str(), new, "invalid_email"),
        ("ada@example.com", &right, "short", "invalid_password"),
        ("ada@example.com", "not a code", new, "invalid_code"),
        ("ada@example.com", "0000-0000-0000", new, "invalid_code"),
        ("nobody@example.com", &right, new, "invalid_code"),
    ] {
        let told = confirm(email, typed, password).await;
        assert_eq!(told, (StatusCode::BAD_REQUEST, expected.to_owned()), "{email} {typed}");
    }
    assert_eq!(confirm("ada@example.com", &right, new).await.0, 204);
    assert_eq!(code(ask(&server, Method::GET, "/v1/auth/me", Some(&session))).await.0, 401);
    assert_eq!(login(&server, "ada@example.com", PASSWORD).await.status(), 401);
    assert_eq!(login(&server, "ada@example.com", new).await.status(), 200);
    assert_eq!(confirm("ada@example.com", &right, new).await.1, "invalid_code", "used");
}

#[tokio::test]
async fn a_server_without_mail_says_so_whoever_asks() {
    let server = Server::start().await;
    let session = somebody(&server, "ada@example.com", Role::Trader).await;
    for email in ["ada@example.com", "nobody@example.com"] {
        let asked = ask(&server, Method::POST, "/v1/auth/reset/request", None);
        let told = code(asked.json(&json!({ "email": email }))).await;
        assert_eq!(told, (StatusCode::CONFLICT, "no_mail".to_owned()));
    }
    let asked = ask(&server, Method::POST, "/v1/auth/verify/request", Some(&session));
    assert_eq!(code(asked).await.1, "no_mail");
}

#[tokio::test]
async fn the_first_administrator_needs_the_code_of_the_terminal() {
    let server = Server::start().await;
    let made = server.accounts.setup_code().await.unwrap().unwrap().reveal();
    let set_up = |typed: &str, email: &str| {
        let body = json!({ "email": email, "code": typed, "password": PASSWORD });
        code(ask(&server, Method::POST, "/v1/auth/setup", None).json(&body))
    };
    assert_eq!(set_up("0000-0000-0000", "eve@example.com").await.1, "invalid_code");
    assert_eq!(set_up(&made, "ada@example.com").await.0, StatusCode::CREATED);
    let again = set_up(&made, "eve@example.com").await;
    assert_eq!(again, (StatusCode::CONFLICT, "set_up_already".to_owned()));
    let admin = cookie(&login(&server, "ada@example.com", PASSWORD).await);
    assert_eq!(code(ask(&server, Method::GET, "/v1/auth/users", Some(&admin))).await.0, 200);
}
