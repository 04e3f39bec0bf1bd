//! What a provider of logins might answer, and which of it is believed. A real one is asked in tests/e2e.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use adapters::auth::{OidcError, OidcOptions, OidcProvider};
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::Time;
use domain::auth::{ProviderUser, SigningKey, ed25519_jwk};
use serde_json::{Value, json};
use tokio::net::TcpListener;

const NOW: i64 = 1_700_000_000;

/// A provider that answers what it is told to.
#[derive(Clone)]
struct Stub {
    issuer: String,
    answers: Arc<Mutex<Answers>>,
    key_sets_read: Arc<AtomicUsize>,
}

#[derive(Clone)]
struct Answers {
    about: Value,
    token: Value,
    user: Value,
    keys: Vec<Value>,
}

fn signer(seed: u8) -> SigningKey {
    SigningKey::new([seed; 32]).unwrap()
}

async fn stub() -> Stub {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let issuer = format!("http://{}", listener.local_addr().unwrap());
    let about = json!({ "issuer": issuer, "authorization_endpoint": format!("{issuer}/authorize?x=1"),
        "token_endpoint": format!("{issuer}/token"), "jwks_uri": format!("{issuer}/keys"),
        "userinfo_endpoint": format!("{issuer}/user") });
    let (keys, user) = (vec![ed25519_jwk("one", signer(1).public())], Value::Null);
    let answers = Answers { about, token: Value::Null, user, keys };
    let stub = Stub {
        issuer,
        answers: Arc::new(Mutex::new(answers)),
        key_sets_read: Arc::new(AtomicUsize::new(0)),
    };
    let now = |stub: &Stub| stub.answers.lock().unwrap().clone();
    let router = Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(move |State(stub): State<Stub>| async move { Json(now(&stub).about) }),
        )
        .route(
            "/token",
            post(move |State(stub): State<Stub>| async move { Json(now(&stub).token) }),
        )
        .route("/user", get(move |State(stub): State<Stub>| async move { Json(now(&stub).user) }))
        .route(
            "/keys",
            get(move |State(stub): State<Stub>| async move {
                stub.key_sets_read.fetch_add(1, Ordering::SeqCst);
                Json(json!({ "keys": now(&stub).keys }))
            }),
        )
        .with_state(stub.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    stub
}

impl Stub {
    fn provider(&self) -> OidcProvider {
        OidcProvider::new(OidcOptions {
            name: "stub".to_owned(),
            label: "Stub".to_owned(),
            issuer: self.issuer.clone(),
            client_id: "chandlery".to_owned(),
            client_secret: None,
            scopes: vec!["openid".to_owned()],
            sign_up: None,
            redirect_uri: "http://desk.example/callback".to_owned(),
        })
        .unwrap()
    }

    fn tell(&self, change: impl FnOnce(&mut Answers)) {
        change(&mut self.answers.lock().unwrap());
    }

    fn claims(&self) -> Value {
        json!({ "iss": self.issuer, "aud": "chandlery", "nonce": "n", "sub": "7", "iat": NOW, "exp": NOW + 60,
            "email": "ada@example.com", "email_verified": true })
    }

    fn tell_token(&self, id_token: String) {
        self.tell(|all| all.token = json!({ "id_token": id_token, "access_token": "a" }));
    }
}

async fn user(provider: &OidcProvider) -> Result<ProviderUser, OidcError> {
    provider.user("code", "n", "verifier", Time::from_millis(NOW * 1_000).unwrap()).await
}

#[tokio::test]
async fn a_token_of_another_key_client_login_or_time_is_not_believed() {
    let stub = stub().await;
    let provider = stub.provider();
    let url = provider.login_url("s", "n", "verifier").await.unwrap();
    assert!(
        url.starts_with(&format!("{}/authorize?x=1&response_type=code&", stub.issuer)),
        "{url}"
    );
    stub.tell_token(signer(1).sign("one", &stub.claims()));
    let ada = user(&provider).await.unwrap();
    assert_eq!(ada.email.unwrap().as_str(), "ada@example.com");
    let with = |name: &str, value: Value| {
        let mut claims = stub.claims();
        claims[name] = value;
        signer(1).sign("one", &claims)
    };
    let header = json!({ "alg": "none", "kid": "one" });
    for (what, token) in [
        ("another key", signer(2).sign("one", &stub.claims())),
        ("no algorithm", signer(1).sign_with(&header, &stub.claims())),
        ("issuer", with("iss", json!("https://evil.example"))),
        ("audience", with("aud", json!("other"))),
        ("nonce", with("nonce", json!("m"))),
        ("expired", with("exp", json!(NOW - 3_600))),
        ("no text", "x".to_owned()),
    ] {
        stub.tell_token(token);
        let error = user(&provider).await.unwrap_err();
        assert!(matches!(error, OidcError::Unbelievable("ID token", _)), "{what}: {error}");
    }
    stub.tell(|all| all.token = json!({}));
    assert!(matches!(user(&provider).await, Err(OidcError::Unbelievable("ID token", _))));
}

#[tokio::test]
async fn an_address_from_elsewhere_is_of_the_same_person() {
    let stub = stub().await;
    let provider = stub.provider();
    let mut claims = stub.claims();
    claims.as_object_mut().unwrap().remove("email");
    stub.tell_token(signer(1).sign("one", &claims));
    let told =
        json!({ "sub": "7", "email": "ada@example.com", "email_verified": true, "name": "Ada" });
    stub.tell(|all| all.user = told.clone());
    let ada = user(&provider).await.unwrap();
    assert_eq!(
        (ada.email.unwrap().as_str(), ada.name.as_deref()),
        ("ada@example.com", Some("Ada"))
    );
    stub.tell(|all| all.user["sub"] = json!("8"));
    let error = user(&provider).await.unwrap_err();
    assert!(matches!(error, OidcError::Unbelievable("user information", _)), "{error}");
}

#[tokio::test]
async fn unknown_keys_are_looked_for_once_a_minute() {
    let stub = stub().await;
    let provider = stub.provider();
    stub.tell_token(signer(1).sign("one", &stub.claims()));
    user(&provider).await.unwrap();
    stub.tell_token(signer(2).sign("two", &stub.claims()));
    for _ in 0..5 {
        let error = user(&provider).await.unwrap_err().to_string();
        assert!(error.contains("none of the provider's keys"), "{error}");
    }
    assert_eq!(stub.key_sets_read.load(Ordering::SeqCst), 1, "whoever names keys has none read");
    stub.tell(|all| all.keys.push(ed25519_jwk("two", signer(2).public())));
    // A process that begins now, or a minute later.
    let later = stub.provider();
    user(&later).await.unwrap();
}

#[tokio::test]
async fn a_provider_says_who_it_is_and_is_protected() {
    let stub = stub().await;
    let address = |name: &'static str, value: Value| {
        stub.tell(|all| all.about[name] = value);
        let provider = stub.provider();
        async move { provider.login_url("s", "n", "v").await }
    };
    for (name, value) in [
        ("issuer", json!("https://evil.example")),
        ("issuer", json!(stub.issuer.clone() + "/")),
        ("authorization_endpoint", Value::Null),
        ("token_endpoint", json!("http://id.example/token")),
        ("jwks_uri", json!("file:///etc/passwd")),
    ] {
        let good = stub.answers.lock().unwrap().about.clone();
        let error = address(name, value.clone()).await.unwrap_err();
        assert!(matches!(error, OidcError::Unbelievable(..)), "{name} {value}: {error}");
        stub.tell(|all| all.about = good);
    }
    assert!(stub.provider().login_url("s", "n", "v").await.is_ok());
    let mut options = stub.provider().options().clone();
    options.issuer = "http://id.example".to_owned();
    assert!(OidcProvider::new(options.clone()).is_err(), "not protected");
    // Nobody listens there.
    options.issuer = "http://127.0.0.1:9".to_owned();
    let away = OidcProvider::new(options).unwrap().login_url("s", "n", "v").await;
    assert!(matches!(away, Err(OidcError::Away("discovery", _))));
}
