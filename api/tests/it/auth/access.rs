//! What each role may do, for every endpoint of accounts.

use serde_json::{Value, json};

use super::*;

/// Every endpoint, and the roles that it is open to; nobody is let in without a login.
const ENDPOINTS: &[(&str, &str, &[&str])] = &[
    ("get", "/v1/auth/me", &["admin", "trader", "analyst", "viewer"]),
    ("post", "/v1/auth/password", &["admin", "trader", "analyst", "viewer"]),
    ("get", "/v1/auth/totp", &["admin", "trader", "analyst", "viewer"]),
    ("post", "/v1/auth/totp", &["admin", "trader", "analyst", "viewer"]),
    ("post", "/v1/auth/totp/confirm", &["admin", "trader", "analyst", "viewer"]),
    ("post", "/v1/auth/totp/disable", &["admin", "trader", "analyst", "viewer"]),
    ("post", "/v1/auth/verify/request", &["admin", "trader", "analyst", "viewer"]),
    ("post", "/v1/auth/verify/confirm", &["admin", "trader", "analyst", "viewer"]),
    ("get", "/v1/auth/sessions", &["admin", "trader", "analyst", "viewer"]),
    ("delete", "/v1/auth/sessions", &["admin", "trader", "analyst", "viewer"]),
    ("delete", "/v1/auth/sessions/{id}", &["admin", "trader", "analyst", "viewer"]),
    ("get", "/v1/auth/users", &["admin"]),
    ("post", "/v1/auth/users", &["admin"]),
    ("patch", "/v1/auth/users/{id}", &["admin"]),
    ("get", "/v1/auth/audit", &["admin"]),
    ("post", "/v1/auth/logout", &["admin", "trader", "analyst", "viewer"]),
];

/// Those that are open to everybody.
const PUBLIC: &[&str] = &[
    "/v1/auth/login",
    "/v1/auth/login/second",
    "/v1/auth/reset/request",
    "/v1/auth/reset/confirm",
    "/v1/auth/setup",
];

#[tokio::test]
async fn every_endpoint_is_open_to_its_roles_only() {
    let server = Server::start().await;
    let document = server.json("/openapi.json").await;
    let listed = document["paths"].as_object().unwrap().iter();
    let mut listed: Vec<(String, String)> = listed
        .filter(|(path, _)| path.starts_with("/v1/auth/") && !PUBLIC.contains(&path.as_str()))
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(|method| (method.clone(), path.clone()))
        })
        .collect();
    let mut known: Vec<(String, String)> = ENDPOINTS
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    listed.sort();
    known.sort();
    assert_eq!(listed, known, "an endpoint without a rule, or a rule without an endpoint");

    for (method, path, roles) in ENDPOINTS {
        let method: Method = method.to_uppercase().parse().unwrap();
        let path = path.replace("{id}", "00000000-0000-7000-8000-000000000000");
        let request =
            |cookie: Option<&str>| ask(&server, method.clone(), &path, cookie).json(&json!({}));
        assert_eq!(
            code(request(None)).await,
            (StatusCode::UNAUTHORIZED, "unauthorized".to_owned()),
            "{path}"
        );
        for role in Role::ALL {
            let email = format!("{role}@example.com");
            let known = login(&server, &email, PASSWORD).await;
            let cookie = match known.status().as_u16() {
                200 => cookie(&known),
                _ => somebody(&server, &email, *role).await,
            };
            let (status, code) = code(request(Some(&cookie))).await;
            let is_open = status != StatusCode::UNAUTHORIZED && code != "forbidden";
            assert_eq!(
                is_open,
                roles.contains(&role.as_str()),
                "{method} {path} as {role}: {status} {code}"
            );
        }
    }
}

#[tokio::test]
async fn an_administrator_manages_people_and_reads_the_record() {
    let server = Server::start().await;
    let admin = somebody(&server, "ada@example.com", Role::Admin).await;
    let admin = Some(admin.as_str());
    let new = json!({ "email": "Ben@example.com", "display_name": "Ben", "role": "viewer", "password": PASSWORD });
    let add = |body: &Value| ask(&server, Method::POST, "/v1/auth/users", admin).json(body);
    let made = add(&new).send().await.unwrap();
    assert_eq!(made.status(), 201);
    let made: Value = made.json().await.unwrap();
    assert_eq!((&made["email"], &made["active"]), (&json!("ben@example.com"), &json!(true)));
    for (field, value, expected) in [
        ("email", json!("ben@example.com"), "email_taken"),
        ("email", json!("ben"), "invalid_email"),
        ("role", json!("root"), "invalid_role"),
        ("password", json!("short"), "invalid_password"),
        ("display_name", json!("x".repeat(101)), "invalid_body"),
        ("display_name", json!("a\u{0}b"), "invalid_body"),
    ] {
        let mut body = new.clone();
        body["email"] = json!("cem@example.com");
        body[field] = value;
        assert_eq!(code(add(&body)).await.1, expected, "{field}");
    }

    let ben = cookie(&login(&server, "ben@example.com", PASSWORD).await);
    let path = format!("/v1/auth/users/{}", made["id"].as_str().unwrap());
    let change = |body: Value| ask(&server, Method::PATCH, &path, admin).json(&body);
    let changed: Value =
        change(json!({ "role": "trader" })).send().await.unwrap().json().await.unwrap();
    assert_eq!(changed["role"], "trader");
    assert_eq!(code(ask(&server, Method::GET, "/v1/auth/users", Some(&ben))).await.1, "forbidden");
    assert_eq!(code(change(json!({ "active": false }))).await.0, 200);
    assert_eq!(code(ask(&server, Method::GET, "/v1/auth/me", Some(&ben))).await.0, 401);
    let nobody = ask(&server, Method::PATCH, "/v1/auth/users/not-a-number", admin).json(&json!({}));
    assert_eq!(code(nobody).await, (StatusCode::NOT_FOUND, "unknown_user".to_owned()));
    let users = ask(&server, Method::GET, "/v1/auth/users", admin).send().await.unwrap();
    let users: Value = users.json().await.unwrap();
    let mut users = users["users"].as_array().unwrap().iter();
    let own =
        users.find(|user| user["email"] == "ada@example.com").unwrap()["id"].as_str().unwrap();
    let resign = ask(&server, Method::PATCH, &format!("/v1/auth/users/{own}"), admin)
        .json(&json!({ "role": "viewer" }));
    assert_eq!(code(resign).await, (StatusCode::CONFLICT, "last_admin".to_owned()));

    let mut actions = Vec::new();
    let mut next = String::new();
    loop {
        let path = format!("/v1/auth/audit?limit=2{next}");
        let page: Value =
            ask(&server, Method::GET, &path, admin).send().await.unwrap().json().await.unwrap();
        for entry in page["entries"].as_array().unwrap() {
            assert!(!entry.to_string().contains(PASSWORD), "{entry}");
            actions.push(entry["action"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(
        actions,
        ["user.change", "user.change", "user.login", "user.create", "user.login", "user.create"]
    );
    let odd = ask(&server, Method::GET, "/v1/auth/audit?cursor=x", admin);
    assert_eq!(code(odd).await.1, "invalid_cursor");
}
