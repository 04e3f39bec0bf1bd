//! The record and the counts of requests: searched, and gone when they are old.

use app::auth::Usage;
use app::auth::limits::Sender;
use app::market::retention::{self, Age, Policy};
use app::market::segments::Segments;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;

#[tokio::test]
async fn the_record_is_searched() {
    let world = world().await;
    let ada = world.add("ada@example.com", Role::Viewer).await;
    world.login("ada@example.com", PASSWORD).await.expect("a session");
    world.login("ada@example.com", "wrong").await.expect_err("refused");
    let count = async |query: AuditQuery| world.accounts.audit(&query).await.expect("it").len();
    let all = AuditQuery::default;
    assert_eq!(count(all()).await, 3);
    assert_eq!(count(AuditQuery { user_id: Some(ada.id), ..all() }).await, 1);
    assert_eq!(count(AuditQuery { action: Some("user.login".to_owned()), ..all() }).await, 2);
    let about = |text: &str| AuditQuery { resource: Some(text.to_owned()), ..all() };
    assert_eq!(count(about("ada@example.com")).await, 2);
    assert_eq!(count(about(&ada.id.to_string())).await, 1);
    for (network, expected) in
        [("192.0.2.7", 2), ("192.0.2.8", 0), ("192.0.2.0/24", 2), ("0.0.0.0/0", 2), ("::/0", 0)]
    {
        let network = Some(network.parse().expect("a network"));
        assert_eq!(
            count(AuditQuery { network: network.clone(), ..all() }).await,
            expected,
            "{network:?}"
        );
    }
}

#[tokio::test]
async fn requests_are_counted_by_hour_caller_and_endpoint() {
    let world = world().await;
    let usage = Usage::new(world.fresh.db.clone(), world.clock.clone());
    let ada = Sender { user: Some(Uuid::from_u128(1)), ..Sender::default() };
    let key = Sender { key: Some(Uuid::from_u128(2)), ..ada };
    let counts = async || {
        let (from, to) = (domain::Time::MIN, domain::Time::MAX);
        let list = store::auth::usage::list(&world.fresh.db, from, to, None, 100).await;
        let list = list.expect("counts").into_iter();
        list.map(|count| (count.user_id, count.key_id, count.path, count.requests))
            .collect::<Vec<_>>()
    };
    for _ in 0..3 {
        usage.count(ada, "GET", "/v1/market/candles");
    }
    usage.count(key, "GET", "/v1/market/candles");
    assert_eq!(counts().await, [], "not before they are written");
    usage.flush().await.expect("written");
    usage.count(ada, "GET", "/v1/market/candles");
    usage.flush().await.expect("written");
    usage.flush().await.expect("nothing to write");
    let candles = || "/v1/market/candles".to_owned();
    let first = [(ada.user, None, candles(), 4), (ada.user, key.key, candles(), 1)];
    assert_eq!(counts().await, first);
    world.pass(Duration::from_secs(3_600));
    let stop = CancellationToken::new();
    usage.count(Sender::default(), "POST", "/v1/auth/login");
    stop.cancel();
    usage.run(&stop).await;
    let last = (None, None, "/v1/auth/login".to_owned(), 1);
    assert_eq!(counts().await[0], last, "the end writes what is left");
}

#[tokio::test]
async fn whole_old_months_of_the_record_go_and_so_do_old_counts() {
    let world = world().await;
    world.add("ada@example.com", Role::Viewer).await;
    let usage = Usage::new(world.fresh.db.clone(), world.clock.clone());
    usage.count(Sender::default(), "GET", "/v1/market/candles");
    usage.flush().await.expect("written");
    let month = Duration::from_secs(31 * 24 * 3_600);
    world.pass(month);
    world.login("ada@example.com", PASSWORD).await.expect("a session");
    let (db, segments) = (&world.fresh.db, Segments::default());
    let run = async |audit: Age| {
        let policy = Policy { audit, ..Policy::default() };
        let stop = CancellationToken::new();
        let report = retention::run(db, &world.clock, &segments, &policy, &|_| {}, &stop).await;
        let steps = report.expect("a run").steps.into_iter();
        steps.map(|step| (step.series, step.from, step.rows)).collect::<Vec<_>>()
    };
    assert_eq!(run(Age::FOREVER).await, []);
    assert_eq!(run(Age::days(30)).await, [], "January's last day is younger");
    world.pass(month);
    let january = ("the record".to_owned(), "2026-01-01T00:00:00Z".to_owned(), 1);
    assert_eq!(run(Age::days(30)).await, [january]);
    let left: Vec<_> = world.record().await.into_iter().map(|entry| entry.action).collect();
    assert_eq!(left, ["user.login"]);
    world.pass(month);
    let counts = ("counts of requests".to_owned(), "2026-01-05T10:00:00Z".to_owned(), 1);
    assert_eq!(run(Age::FOREVER).await, [counts]);
    assert_eq!(run(Age::FOREVER).await, []);
}
