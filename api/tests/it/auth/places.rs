//! Sessions in Redis and in the database, when Redis goes away.

use std::time::{Duration, Instant};

use adapters::ops::redis::{Redis, RedisPlace};
use api::ApiSettings;
use store::auth::audit::AuditQuery;
use testkit::RedisServer;

use super::*;

fn redis(server: &RedisServer) -> Redis {
    Redis::new(RedisPlace::parse(&server.url(), None).unwrap())
}

async fn me(server: &Server, cookie: &str) -> (StatusCode, String) {
    code(ask(server, Method::GET, "/v1/auth/me", Some(cookie))).await
}

#[tokio::test]
async fn without_their_redis_nobody_is_let_in_and_it_recovers() {
    let mut place = RedisServer::start();
    let server = Server::start_with_sessions_in(redis(&place), ApiSettings::default()).await;
    let known = somebody(&server, "ada@example.com", Role::Admin).await;
    let unseen = cookie(&login(&server, "ada@example.com", PASSWORD).await);
    assert_eq!(me(&server, &known).await.0, StatusCode::OK);
    assert_eq!(code(server.get("/health/redis")).await.0, StatusCode::OK);

    place.kill();
    let unavailable = (StatusCode::SERVICE_UNAVAILABLE, "sessions_unavailable".to_owned());
    assert_eq!(me(&server, &unseen).await, unavailable);
    let made_up = "chandlery_session=chs_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    assert_eq!(me(&server, made_up).await, unavailable);
    let response = login(&server, "ada@example.com", PASSWORD).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(response.headers().get("set-cookie").is_none());
    assert!(response.headers().get("retry-after").is_some());
    let newest = AuditQuery { limit: 1, ..AuditQuery::default() };
    let lines = server.accounts.audit(&newest).await.unwrap();
    let (_, line) = &lines[0];
    assert_eq!((line.action.as_str(), line.done), ("user.login_failed", false));
    let after = json!({ "method": "password", "reason": "sessions_unavailable" });
    assert_eq!((&line.after, line.user_id.is_some()), (&Some(after), true));
    // One who was looked up a moment ago is believed for seconds.
    let killed = Instant::now();
    while me(&server, &known).await.0 == StatusCode::OK {
        assert!(killed.elapsed() < Duration::from_secs(10), "still let in");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(me(&server, &known).await, unavailable);
    assert_eq!(code(server.get("/health/redis")).await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(code(server.get("/v1/market/symbols")).await.0, StatusCode::OK);

    place.start_again();
    let back = Instant::now();
    let again = loop {
        let response = login(&server, "ada@example.com", PASSWORD).await;
        if response.status() == StatusCode::OK {
            break cookie(&response);
        }
        assert!(back.elapsed() < Duration::from_secs(10), "it doesn't recover");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    assert_eq!(me(&server, &again).await.0, StatusCode::OK);
    assert_eq!(me(&server, &unseen).await.0, StatusCode::UNAUTHORIZED, "Redis lost it");

    let out = ask(&server, Method::POST, "/v1/auth/logout", Some(&again));
    assert_eq!(code(out).await.0, StatusCode::NO_CONTENT);
    assert_eq!(me(&server, &again).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn an_end_holds_though_redis_did_not_hear_of_it() {
    let place = RedisServer::start();
    let server = Server::start_with_sessions_in(redis(&place), ApiSettings::default()).await;
    let ada = somebody(&server, "ada@example.com", Role::Viewer).await;
    let user = server.accounts.by_email(&"ada@example.com".parse().unwrap()).await.unwrap();
    place.pause();
    server.clock.set(server.clock.now().plus(Duration::from_secs(1)));
    let reset =
        server.accounts.reset_password(&Actor::default(), &user, "another long password").await;
    reset.unwrap();
    place.go_on();
    tokio::time::sleep(Duration::from_secs(1)).await;
    let asked = redis(&place);
    let kept = asked.ask(|mut link| async move {
        let mut ask = redis::cmd("EXISTS");
        ask.arg(format!("session:active:{{{}}}", user.id)).query_async::<u8>(&mut link).await
    });
    assert_eq!(kept.await.unwrap(), 1, "Redis has it yet");
    assert_eq!(me(&server, &ada).await.0, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn sessions_in_the_database_need_no_redis() {
    let mut place = RedisServer::start();
    let server = Server::start_beside(redis(&place), ApiSettings::default()).await;
    let cookie = somebody(&server, "ada@example.com", Role::Admin).await;
    place.kill();
    assert_eq!(me(&server, &cookie).await.0, StatusCode::OK);
    let again = super::cookie(&login(&server, "ada@example.com", PASSWORD).await);
    assert_eq!(me(&server, &again).await.0, StatusCode::OK);
    let end = ask(&server, Method::DELETE, "/v1/auth/sessions", Some(&again));
    assert_eq!(code(end).await.0, StatusCode::NO_CONTENT);
    assert_eq!(me(&server, &cookie).await.0, StatusCode::UNAUTHORIZED);
}
