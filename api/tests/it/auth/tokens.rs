//! Tokens for services over HTTP: what they open, what ends them, and what is no token.

use std::time::Duration;

use adapters::auth::FieldKeys;
use api::ApiSettings;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::auth::{NEW_KEY, SigningKey};
use store::auth::fields::Field;
use store::auth::tokens as stored;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;

/// A server with keys of encrypted fields that lets nobody in without credentials.
async fn signing() -> (Server, TempDir) {
    let settings = ApiSettings { anonymous: vec![], ..ApiSettings::default() };
    let server = Server::start_with(settings).await;
    let folder = tempfile::tempdir().unwrap();
    server.accounts.use_keys(FieldKeys::File(folder.path().join("keys")));
    (server, folder)
}

async fn made(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 201);
    response.json().await.unwrap()
}

/// A token of whoever shows that.
async fn token(server: &Server, cookie: &str) -> String {
    let asked = ask(server, Method::POST, "/v1/auth/token", Some(cookie)).json(&json!({}));
    made(asked).await["token"].as_str().unwrap().to_owned()
}

/// The status of what a token is let in to.
async fn with(server: &Server, method: Method, path: &str, token: &str) -> u16 {
    let asked = ask(server, method.clone(), path, None).bearer_auth(token);
    let asked = if method == Method::GET { asked } else { asked.json(&json!({})) };
    asked.send().await.unwrap().status().as_u16()
}

async fn opens(server: &Server, token: &str) -> u16 {
    with(server, Method::GET, "/v1/market/symbols", token).await
}

fn parts(token: &str) -> (Value, Value) {
    let part = |text: &str| serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap();
    let mut parts = token.split('.');
    (part(parts.next().unwrap()), part(parts.next().unwrap()))
}

#[tokio::test]
async fn a_token_opens_what_its_maker_may_but_makes_nothing() {
    let (server, _folder) = signing().await;
    let ada = somebody(&server, "ada@example.com", Role::Admin).await;
    let create = |body: Value| ask(&server, Method::POST, "/v1/auth/token", Some(&ada)).json(&body);
    let all = made(create(json!({}))).await;
    assert_eq!(all["token_type"], "Bearer");
    let admins = Role::Admin.scopes().iter().filter(|scope| scope.is_for_tokens());
    let admins: Vec<&str> = admins.map(|scope| scope.as_str()).collect();
    assert!(admins.len() >= 8 && !admins.contains(&"tokens:write"), "{admins:?}");
    assert_eq!(all["scopes"], json!(admins));
    assert_eq!(all["expires_at"], "2024-06-01T00:25:30Z");
    let token = all["token"].as_str().unwrap();
    let (header, claims) = parts(token);
    let keys: Value = server.json("/.well-known/jwks.json").await;
    assert_eq!(keys["keys"].as_array().unwrap().len(), 1);
    assert_eq!((&header["alg"], &header["kid"]), (&json!("EdDSA"), &keys["keys"][0]["kid"]));
    assert!(keys["keys"][0].get("d").is_none(), "{keys}");
    for name in ["iss", "aud", "sub", "iat", "exp", "jti", "scope", "sid"] {
        assert!(!claims[name].is_null(), "{name} of {claims}");
    }
    assert_eq!(opens(&server, token).await, 200);
    assert_eq!(with(&server, Method::GET, "/v1/auth/audit", token).await, 200);
    for (method, path) in [
        (Method::POST, "/v1/auth/token"),
        (Method::POST, "/v1/auth/keys"),
        (Method::GET, "/v1/auth/keys"),
        (Method::GET, "/v1/auth/me"),
        (Method::POST, "/v1/auth/password"),
        (Method::GET, "/v1/auth/users"),
        (Method::POST, "/v1/auth/users"),
    ] {
        assert_eq!(with(&server, method, path, token).await, 403, "{path}");
    }
    let cookie = format!("chandlery_session={token}");
    let asked = ask(&server, Method::GET, "/v1/market/symbols", Some(&cookie));
    assert_eq!(code(asked).await.0, 401, "a browser doesn't carry it");

    let narrow = made(create(json!({ "scopes": ["ops:read"] }))).await;
    assert_eq!(opens(&server, narrow["token"].as_str().unwrap()).await, 403);
    for scope in ["account", "users", "tokens:write"] {
        let asked = create(json!({ "scopes": [scope] }));
        assert_eq!(code(asked).await, (StatusCode::BAD_REQUEST, "invalid_scope".to_owned()));
    }
    assert_eq!(code(create(json!({ "scopes": ["all"] }))).await.1, "invalid_key");
    let path = "/v1/auth/audit?action=token.create";
    let lines = ask(&server, Method::GET, path, Some(&ada)).send().await.unwrap();
    let lines: Value = lines.json().await.unwrap();
    let lines = lines["entries"].as_array().unwrap();
    assert_eq!((lines.len(), &lines[1]["after"]["token"]), (2, &claims["jti"]));
}

#[tokio::test]
async fn a_token_ends_with_what_it_was_made_with() {
    let (server, _folder) = signing().await;
    let root = somebody(&server, "root@example.com", Role::Admin).await;
    let change = async |email: &str, body: Value| {
        let user = server.accounts.by_email(&email.parse().unwrap()).await.unwrap().id;
        let path = format!("/v1/auth/users/{user}");
        let asked = ask(&server, Method::PATCH, &path, Some(&root)).json(&body);
        assert_eq!(code(asked).await.0, 200);
    };
    // The session.
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let of_session = token(&server, &ada).await;
    assert_eq!(with(&server, Method::GET, "/metrics", &of_session).await, 200);
    // The role.
    change("ada@example.com", json!({ "role": "viewer" })).await;
    assert_eq!(with(&server, Method::GET, "/metrics", &of_session).await, 403);
    assert_eq!(opens(&server, &of_session).await, 200);
    assert_eq!(code(ask(&server, Method::POST, "/v1/auth/logout", Some(&ada))).await.0, 204);
    assert_eq!(opens(&server, &of_session).await, 401);

    // The key, its scopes and its addresses.
    let ben = somebody(&server, "ben@example.com", Role::Trader).await;
    let key = async |body: Value| {
        made(ask(&server, Method::POST, "/v1/auth/keys", Some(&ben)).json(&body)).await
    };
    let by_key = async |key: &Value| {
        let asked = ask(&server, Method::POST, "/v1/auth/token", None).json(&json!({}));
        asked.bearer_auth(key["key"].as_str().unwrap()).send().await.unwrap()
    };
    let plain = key(json!({ "name": "a", "scopes": ["market:read"] })).await;
    assert_eq!(by_key(&plain).await.status(), 403, "a key makes tokens with the scope for it");
    let soon = json!({ "name": "b", "scopes": ["market:read", "tokens:write"],
        "addresses": ["127.0.0.0/8"], "expires_at": "2024-06-01T00:12:30Z" });
    let key = key(soon).await;
    let of_key: Value = by_key(&key).await.json().await.unwrap();
    assert_eq!(
        (&of_key["scopes"], &of_key["expires_at"]),
        (&json!(["market:read"]), &key["expires_at"])
    );
    let of_key = of_key["token"].as_str().unwrap();
    assert_eq!(opens(&server, of_key).await, 200);
    let elsewhere = server.accounts.known_token(of_key, Some([192, 0, 2, 1].into())).await.unwrap();
    assert_eq!(elsewhere, None, "no more than its key it comes from elsewhere");
    let path = format!("/v1/auth/keys/{}", key["id"].as_str().unwrap());
    assert_eq!(code(ask(&server, Method::DELETE, &path, Some(&ben))).await.0, 204);
    assert_eq!(opens(&server, of_key).await, 401);

    // The person, and time.
    let of_ben = token(&server, &ben).await;
    server.clock.set(server.clock.now().plus(Duration::from_secs(14 * 60 + 59)));
    assert_eq!(opens(&server, &of_ben).await, 200);
    server.clock.set(server.clock.now().plus(Duration::from_secs(1)));
    assert_eq!(opens(&server, &of_ben).await, 401);
    let of_ben = token(&server, &ben).await;
    assert_eq!(opens(&server, &of_ben).await, 200);
    change("ben@example.com", json!({ "active": false })).await;
    assert_eq!(opens(&server, &of_ben).await, 401);
}

/// A good token, and the server's own key, to sign what the server wouldn't.
struct Attack {
    server: Server,
    good: String,
    kid: String,
    claims: Value,
    own: SigningKey,
    foreign: SigningKey,
    _folder: TempDir,
}

async fn attack() -> Attack {
    let (server, folder) = signing().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let good = token(&server, &ada).await;
    let (header, claims) = parts(&good);
    let find = |tx| async move { stored::newest(&tx, domain::Time::MIN).await };
    let (id, sealed) = server.db.run("test", find).await.unwrap().unwrap();
    let ring = FieldKeys::File(folder.path().join("keys")).read([0; NEW_KEY]).unwrap();
    let seed = ring.open(&Field::SigningKey.place(id), &sealed).unwrap();
    let own = SigningKey::new(seed.try_into().unwrap()).unwrap();
    let kid = header["kid"].as_str().unwrap().to_owned();
    assert_eq!(opens(&server, &own.sign(&kid, &claims)).await, 200, "what is refused is near");
    let foreign = SigningKey::new([9; 32]).unwrap();
    Attack { server, good, kid, claims, own, foreign, _folder: folder }
}

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn what_others_sign_is_no_token() {
    let Attack { server, good, kid, claims, own, foreign, .. } = attack().await;
    let (first, rest) = good.split_once('.').unwrap();
    let headed = |header: Value| format!("{}.{rest}", part(&header));
    let unsigned = |header: Value| format!("{}.{}.", part(&header), part(&claims));
    // HMAC-SHA256 of the same text, with the public key as it is published as the shared secret.
    let hs256 = {
        let signed = format!("{}.{}", part(&json!({ "alg": "HS256", "kid": kid })), part(&claims));
        let secret = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, &own.public());
        let tag = ring::hmac::sign(&secret, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(tag))
    };
    // Signed by a key that the header brings along; the signature covers that header.
    let brought = |name: &str, value: Value| {
        foreign.sign_with(&json!({ "alg": "EdDSA", "kid": kid, name: value }), &claims)
    };
    let jwk = domain::auth::ed25519_jwk(&kid, foreign.public());
    for (what, wrong) in [
        ("alg none", unsigned(json!({ "alg": "none", "kid": kid }))),
        ("no signature", unsigned(json!({ "alg": "EdDSA", "kid": kid }))),
        ("HS256 with the public key", hs256),
        ("another algorithm", headed(json!({ "alg": "ES256", "kid": kid }))),
        ("no kid", own.sign("", &claims)),
        ("unknown kid", own.sign(&Uuid::nil().to_string(), &claims)),
        ("kid as path", own.sign("../../../dev/null", &claims)),
        ("kid as SQL", own.sign("' OR true --", &claims)),
        ("foreign key", foreign.sign(&kid, &claims)),
        ("embedded jwk", brought("jwk", jwk)),
        ("jku", brought("jku", json!("http://127.0.0.1:9/keys"))),
        ("x5u", brought("x5u", json!("http://127.0.0.1:9/certificate"))),
        ("critical extension", headed(json!({ "alg": "EdDSA", "kid": kid, "crit": ["x"] }))),
        ("cut", good[..good.len() - 1].to_owned()),
        ("longer", format!("{good}A")),
        ("no payload", format!("{first}..{}", good.rsplit('.').next().unwrap())),
        ("dots", "...".to_owned()),
    ] {
        assert_eq!(opens(&server, &wrong).await, 401, "{what}: {wrong}");
    }
}

#[tokio::test]
async fn a_token_says_nothing_but_what_this_server_says() {
    let Attack { server, kid, claims, own, .. } = attack().await;
    let signed = |name: &str, value: Value| {
        let mut claims = claims.clone();
        claims[name] = value;
        own.sign(&kid, &claims)
    };
    let now = claims["iat"].as_i64().unwrap();
    for (name, value) in [
        ("iss", json!("somebody")),
        ("aud", json!("somebody")),
        ("aud", json!(["chandlery", "somebody"])),
        ("exp", json!(now)),
        ("exp", json!(now + 3_601)),
        ("exp", json!(i64::MAX)),
        ("exp", json!("9999999999")),
        ("iat", json!(now + 120)),
        ("sub", json!(Uuid::nil())),
        ("sid", Value::Null),
        ("key", claims["sid"].clone()),
    ] {
        assert_eq!(opens(&server, &signed(name, value.clone())).await, 401, "{name} {value}");
    }
    // What the maker doesn't have isn't had by writing it.
    let more = signed("scope", json!("market:read users account audit:read tokens:write"));
    assert_eq!(opens(&server, &more).await, 200);
    for path in ["/v1/auth/users", "/v1/auth/me", "/v1/auth/audit"] {
        assert_eq!(with(&server, Method::GET, path, &more).await, 403, "{path}");
    }
}

#[tokio::test]
async fn keys_rotate_and_an_old_one_is_good_until_its_last_token_is_over() {
    let (server, _folder) = signing().await;
    let days = |days: u64| Duration::from_secs(days * 24 * 3_600);
    let kids = async || -> Vec<String> {
        let keys = server.json("/.well-known/jwks.json").await;
        let kid = |key: &Value| key["kid"].as_str().unwrap().to_owned();
        keys["keys"].as_array().unwrap().iter().map(kid).collect()
    };
    assert_eq!(kids().await.len(), 0, "made when it is needed");
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let (header, _) = parts(&token(&server, &ada).await);
    let first = header["kid"].as_str().unwrap().to_owned();
    // Its last minute.
    server.clock.set(server.clock.now().plus(days(30) - Duration::from_secs(60)));
    let ada = cookie(&login(&server, "ada@example.com", PASSWORD).await);
    let last = token(&server, &ada).await;
    assert_eq!(parts(&last).0["kid"], json!(first));
    server.clock.set(server.clock.now().plus(Duration::from_secs(60)));
    let next = token(&server, &ada).await;
    let second = parts(&next).0["kid"].as_str().unwrap().to_owned();
    assert_ne!(first, second);
    assert_eq!(kids().await, [second.clone(), first.clone()]);
    assert_eq!((opens(&server, &last).await, opens(&server, &next).await), (200, 200));
    server.accounts.sweep().await.unwrap();
    assert_eq!(kids().await.len(), 2);
    server.clock.set(server.clock.now().plus(Duration::from_secs(3_600)));
    server.accounts.sweep().await.unwrap();
    assert_eq!(kids().await, [second]);
    assert_eq!(opens(&server, &last).await, 401);
}
