//! Who may do what, asked of every endpoint.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use api::ApiSettings;
use api::rules::{Access, RULES, Rule};
use app::auth::Origin;
use domain::auth::Scope;
use serde_json::{Value, json};

use super::*;

/// The endpoints of a router, from what it says of itself: nothing else of it is told.
fn routed(router: &str) -> BTreeSet<(String, String)> {
    let (routes, rest) = router.split_once("node: Node { paths: {").unwrap();
    let (paths, _) = rest.split_once('}').unwrap_or_default();
    assert!(!paths.is_empty() && !routes.contains(": Route("), "{router}");
    // Addresses have braces too, so the list ends where the other router begins.
    let paths = rest.split("fallback_router").next().unwrap();
    let entries = |text: &str| -> BTreeMap<u32, String> {
        let parts = text.split("RouteId(").skip(1).map(|part| part.split_once("): ").unwrap());
        parts.map(|(id, about)| (id.parse().unwrap(), about.to_owned())).collect()
    };
    let (methods, paths) = (entries(routes), entries(paths));
    let mut found = BTreeSet::new();
    for (id, path) in paths {
        let path = path.split('"').nth(1).unwrap().to_owned();
        let taken: Vec<&str> =
            ["get", "post", "put", "patch", "delete", "options", "head", "trace", "connect"]
                .into_iter()
                .filter(|method| methods[&id].contains(&format!(" {method}: Route")))
                .collect();
        assert!(!taken.is_empty(), "{path}: {}", methods[&id]);
        found.extend(taken.iter().map(|method| (method.to_uppercase(), path.clone())));
    }
    found
}

/// Those that browsers ask before they let a page read; a layer answers them.
fn is_preflight(access: &&Access) -> bool {
    access.method == "OPTIONS" && access.path.starts_with("/compat/udf/")
}

#[tokio::test]
async fn router_rules_and_document_know_the_same_endpoints() {
    let server = Server::start().await;
    let named = |access: &Access| (access.method.to_owned(), access.path.to_owned());
    let ruled: BTreeSet<_> = RULES.iter().filter(|rule| !is_preflight(rule)).map(named).collect();
    assert_eq!(routed(&server.routes), ruled, "an endpoint without a rule, or the other way round");

    let document = server.json("/openapi.json").await;
    let mut listed = BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            let (method, path) = (method.to_uppercase(), path.clone());
            let rule = RULES.iter().find(|rule| (rule.method, rule.path) == (&method, &path));
            let responses = &operation["responses"];
            match rule.unwrap_or_else(|| panic!("{method} {path} has no rule")).rule {
                Rule::Public => assert_eq!(operation["security"], json!([])),
                Rule::Needs(scope) => {
                    let one_of =
                        json!([{ "session": [scope.as_str()] }, { "bearer": [scope.as_str()] }]);
                    assert_eq!(operation["security"], one_of, "{method} {path}");
                    assert!(responses["401"].is_object(), "{method} {path}");
                }
            }
            assert!(responses["403"].is_object(), "{method} {path}");
            listed.insert((method, path));
        }
    }
    let described = ruled.into_iter().filter(|(_, path)| !path.starts_with("/compat/"));
    assert_eq!(listed, described.collect());
    let schemes = &document["components"]["securitySchemes"];
    assert_eq!(
        (&schemes["session"]["in"], &schemes["bearer"]["scheme"]),
        (&json!("cookie"), &json!("bearer"))
    );
}

/// Whether a request got past the gate.
async fn is_let_in(request: RequestBuilder) -> bool {
    let response = request.send().await.unwrap();
    let status = response.status();
    let text = response.text().await.unwrap();
    // A body that is refused was read, and so its sender was let in.
    let refused = status == StatusCode::UNAUTHORIZED && !text.contains("login_refused");
    !refused && status != StatusCode::FORBIDDEN
}

fn request(server: &Server, access: &Access) -> RequestBuilder {
    let path = access.path.replace("{id}", "00000000-0000-7000-8000-000000000000");
    let path = path.replace("{symbol}", "binance:BTCUSDT").replace("{*streams}", "btcusdt@trade");
    let path = path.replace("{provider}", "nobody");
    let request = ask(server, access.method.parse().unwrap(), &path, None);
    if access.method == "GET" { request } else { request.json(&json!({})) }
}

#[tokio::test]
async fn every_endpoint_is_open_to_whom_its_rule_says_and_to_nobody_else() {
    let server = Server::start().await;
    for role in Role::ALL {
        let email = format!("{role}@example.com").parse().unwrap();
        server.accounts.create(&Actor::default(), email, None, *role, PASSWORD).await.unwrap();
    }
    let login = async |role: Role| {
        let (email, origin) = (format!("{role}@example.com"), Origin::default());
        let (secret, _) = server.accounts.login(&email, PASSWORD, &origin).await.unwrap();
        secret.reveal().to_owned()
    };
    let over = login(Role::Admin).await;
    server.clock.set(server.clock.now().plus(Duration::from_secs(25 * 3_600)));
    let nobody = ApiSettings::default().anonymous;
    for access in RULES {
        let (method, path, rule) = (access.method, access.path, access.rule);
        let public = rule == Rule::Public;
        for role in Role::ALL {
            // A session for each question, for some of them end it.
            let asked = request(&server, access).bearer_auth(login(*role).await);
            let expected = rule.is_open_to(role.scopes());
            assert_eq!(is_let_in(asked).await, expected, "{method} {path} as {role}");
        }
        let asked = is_let_in(request(&server, access)).await;
        assert_eq!(asked, rule.is_open_to(&nobody), "{method} {path} as nobody");
        let asked = request(&server, access).header("x-forwarded-for", "192.0.2.1");
        assert_eq!(is_let_in(asked).await, public, "{method} {path} through a proxy");
        for wrong in [&over, "chs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "x"] {
            let asked = request(&server, access).bearer_auth(wrong);
            assert_eq!(is_let_in(asked).await, public, "{method} {path} with {wrong}");
        }
        // A browser goes on sending the cookie of a session that is over: it is nobody's.
        let asked = request(&server, access).header("cookie", format!("chandlery_session={over}"));
        let asked = asked.header("origin", format!("http://{}", server.address));
        let expected = rule.is_open_to(&nobody) && !path.starts_with("/compat/influx");
        assert_eq!(
            is_let_in(asked).await,
            expected || public,
            "{method} {path} with an old cookie"
        );
    }
}

#[tokio::test]
async fn other_peoples_things_are_not_found() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    // An administrator manages people, and has no way to what is theirs either.
    let ben = somebody(&server, "ben@example.com", Role::Admin).await;
    let made = async |path: &str, body: Value| {
        let made = ask(&server, Method::POST, path, Some(&ada)).json(&body).send().await.unwrap();
        made.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    };
    let key = made("/v1/auth/keys", json!({ "name": "bot", "scopes": ["market:read"] })).await;
    let list = made("/v1/me/watchlists", json!({ "name": "Majors" })).await;
    // Not the one that asks, for it ends.
    let elsewhere = cookie(&login(&server, "ada@example.com", PASSWORD).await);
    let me = ask(&server, Method::GET, "/v1/auth/me", Some(&elsewhere)).send().await.unwrap();
    let me: Value = me.json().await.unwrap();
    let session = me["session"]["id"].as_str().unwrap();
    let is_own = |access: &&Access| {
        access.path.contains("{id}") && access.rule == Rule::Needs(Scope::Account)
    };
    let mut own: Vec<&Access> = RULES.iter().filter(is_own).collect();
    assert!(own.len() >= 5, "{own:?}");
    // Deleted last, for whoever owns them does find them.
    own.sort_by_key(|access| access.method == "DELETE");
    for access in own {
        let method = access.method;
        let id = match access.path {
            "/v1/auth/keys/{id}" => &key,
            "/v1/me/watchlists/{id}" => &list,
            "/v1/auth/sessions/{id}" => session,
            path => panic!("make one of {path} for this test"),
        };
        let path = access.path.replace("{id}", id);
        let asked = async |cookie: &str| {
            let asked = ask(&server, method.parse().unwrap(), &path, Some(cookie));
            asked.json(&json!({})).send().await.unwrap().status().as_u16()
        };
        assert_eq!(asked(&ben).await, 404, "{method} {path}");
        assert!(asked(&ada).await < 300, "{method} {path} by its owner");
    }
}

#[tokio::test]
async fn where_nobody_may_anything_everybody_logs_in() {
    let settings = ApiSettings { anonymous: vec![], ..ApiSettings::default() };
    let server = Server::start_with(settings).await;
    for access in RULES {
        let open = is_let_in(request(&server, access)).await;
        assert_eq!(open, access.rule == Rule::Public, "{} {}", access.method, access.path);
    }
    // Where others can connect, the default is nothing.
    let public = ApiSettings::default().for_listener("0.0.0.0:80".parse().unwrap());
    assert_eq!(public.anonymous, []);
    // A page is shown all the same, to log in on.
    assert!(server.get("/").send().await.unwrap().status().is_success());
}

#[tokio::test]
async fn refusals_have_the_form_of_the_interface_that_is_asked() {
    let settings = ApiSettings { anonymous: vec![Scope::OpsRead], ..ApiSettings::default() };
    let server = Server::start_with(settings).await;
    let refused = async |method: Method, path: &str| {
        let response = ask(&server, method, path, None).send().await.unwrap();
        let status = response.status().as_u16();
        (status, response.json::<Value>().await.unwrap())
    };
    let binance =
        json!({ "code": -2015, "msg": "Invalid API-key, IP, or permissions for action." });
    for path in ["api/v3/klines?symbol=X", "ws/btcusdt@trade", "stream?streams=a"] {
        assert_eq!(
            refused(Method::GET, &format!("/compat/binance/{path}")).await,
            (401, binance.clone())
        );
    }
    let (status, body) = refused(Method::POST, "/compat/binance/api/v3/klines").await;
    assert_eq!((status, &body["code"]), (404, &json!(-1020)));
    let (status, body) = refused(Method::POST, "/compat/influx/write?db=a").await;
    assert!(status == 401 && body["error"].is_string(), "{status} {body}");
    let (status, body) = refused(Method::POST, "/compat/influx/api/v2/write?bucket=a").await;
    assert_eq!((status, &body["code"]), (401, &json!("unauthorized")));
    let (status, body) = refused(Method::GET, "/compat/udf/config").await;
    assert_eq!((status, &body["s"]), (401, &json!("error")));
    let (status, body) = refused(Method::GET, "/v1/market/symbols").await;
    assert_eq!((status, &body["code"]), (401, &json!("unauthorized")));
    let (status, body) = refused(Method::PUT, "/v1/auth/users").await;
    assert_eq!((status, &body["code"]), (405, &json!("method_not_allowed")));
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

#[tokio::test]
async fn the_record_is_searched_and_goes_out_as_a_table() {
    let server = Server::start().await;
    let admin = somebody(&server, "ada@example.com", Role::Admin).await;
    let find =
        |query: &str| ask(&server, Method::GET, &format!("/v1/auth/audit?{query}"), Some(&admin));
    let table = find("ip=127.0.0.0/8&limit=1").header("Accept", "text/csv").send().await.unwrap();
    assert_eq!(table.headers()["content-type"], "text/csv");
    let table = table.text().await.unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines.len() == 2 && lines[1].contains(",user.login,ok,ada@example.com,127.0.0.1,"),
        "{table}"
    );
    let none: Value = find("ip=192.0.2.0/24").send().await.unwrap().json().await.unwrap();
    assert_eq!(none["entries"], json!([]));
    let about: Value = find("resource=ada@example.com").send().await.unwrap().json().await.unwrap();
    assert_eq!(about["entries"].as_array().unwrap().len(), 1);
    let first = find("limit=1").header("Accept", "text/csv").send().await.unwrap();
    assert!(first.headers().contains_key("x-next-cursor"));
    assert_eq!(code(find("ip=somewhere")).await.1, "invalid_network");
    let arrow = find("").header("Accept", "application/vnd.apache.arrow.stream");
    assert_eq!(code(arrow).await.0, StatusCode::NOT_ACCEPTABLE);
}
