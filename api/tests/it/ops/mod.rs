//! Health, the document, headers, and a database that goes away.

use std::time::Duration;

use api::ApiSettings;
use domain::market::Interval;
use serde_json::{Value, json};

use crate::server::{SYMBOL, Server, minutes, problem, wait_until};

#[tokio::test]
async fn health_tells_of_the_process_and_of_the_database() {
    let server = Server::start().await;
    assert_eq!(server.json("/health").await, json!({ "status": "ok", "version": "1.2.3" }));
    let postgres = server.json("/health/postgres").await;
    assert_eq!(
        (&postgres["status"], &postgres["migrations"]["current"]),
        (&json!("ok"), &json!(true))
    );
    assert!(postgres["round_trip_ms"].as_f64().is_some_and(|ms| ms > 0.0 && ms < 3_000.0));
    assert!(postgres["version"].as_str().is_some_and(|version| version.starts_with('1')));
    let last = store::migrate::MIGRATIONS.iter().map(|one| one.number).max().unwrap();
    store::migrate::down(&server.db, last - 1).await.unwrap();
    let response = server.get("/health/postgres").send().await.unwrap();
    assert_eq!(response.status(), 503);
    let body: Value = response.json().await.unwrap();
    assert_eq!(
        (&body["status"], &body["migrations"]["pending"]),
        (&json!("migrations_pending"), &json!(1))
    );
    let metrics = server.get("/metrics").send().await.unwrap();
    assert_eq!(metrics.text().await.unwrap(), "chandlery_build_info 1\n");
}

#[tokio::test]
async fn without_a_database_requests_fail_soon_and_the_process_stays_alive() {
    let (server, proxy) = Server::start_behind_proxy().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 3)).await;
    let path = format!("/v1/market/candles?symbol={SYMBOL}&interval=1m");
    let before = server.json(&path).await;
    proxy.cut();
    wait_until(|| server.live.version(1).is_none()).await;
    server.json("/health").await;
    let response = server.get("/health/postgres").send().await.unwrap();
    assert_eq!(response.status(), 503);
    assert_eq!(response.json::<Value>().await.unwrap()["status"], "unavailable");
    // What was cached is not given out either: nobody knows what was committed since.
    for media in ["application/json", "text/csv"] {
        let response = server.get(&path).header("accept", media).send().await.unwrap();
        assert_eq!(response.headers()["retry-after"], "1");
        assert_eq!(problem(response).await, (503, "database_unavailable".to_owned(), None));
    }
    proxy.restore();
    wait_until(|| server.live.version(1).is_some()).await;
    assert_eq!(server.json(&path).await, before);
}

#[tokio::test]
async fn the_document_describes_every_route() {
    let server = Server::start().await;
    let document = server.json("/openapi.json").await;
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["info"]["title"], "Chandlery");
    assert_eq!(document["info"]["license"]["identifier"], "MIT OR Apache-2.0");
    for name in [
        "Candle",
        "CandlePage",
        "Tick",
        "TickPage",
        "Symbol",
        "SymbolDetail",
        "Price",
        "Problem",
        "Health",
    ] {
        assert!(document["components"]["schemas"][name].is_object(), "{name}");
    }
    let mut references = Vec::new();
    collect_references(&document, &mut references);
    assert!(!references.is_empty());
    for reference in references {
        let pointer = reference.strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference} leads nowhere");
    }
    for (path, methods) in document["paths"].as_object().unwrap() {
        let real = path.replace("{symbol}", "a:B");
        let response = server.get(&real).send().await.unwrap();
        let body: Value = response.json().await.unwrap_or_default();
        assert_ne!(body["code"], "not_found", "{path} is described but not there");
        for parameter in methods["get"]["parameters"].as_array().into_iter().flatten() {
            if parameter["in"] == "query" {
                let name = parameter["name"].as_str().unwrap();
                let response = server.get(&format!("{real}?{name}=")).send().await.unwrap();
                let text = response.text().await.unwrap();
                assert!(!text.contains("unknown_parameter"), "{path}: {name}: {text}");
            }
        }
    }
    let codes = document["components"]["schemas"]["ProblemCode"]["enum"].as_array().unwrap();
    assert!(codes.contains(&json!("unknown_symbol")), "{codes:?}");
    let page = server.get("/docs").send().await.unwrap();
    assert_eq!(page.headers()["content-type"], "text/html; charset=utf-8");
}

fn collect_references<'a>(value: &'a Value, into: &mut Vec<&'a str>) {
    match value {
        Value::Object(fields) => {
            into.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| collect_references(field, into));
        }
        Value::Array(items) => items.iter().for_each(|item| collect_references(item, into)),
        _ => {}
    }
}

#[tokio::test]
async fn every_answer_has_security_headers_and_an_id() {
    let server = Server::start().await;
    for path in ["/", "/health", "/v1/market/symbols", "/v1/nothing", "/docs"] {
        let response = server.get(path).header("x-request-id", "abc-1").send().await.unwrap();
        let headers = response.headers();
        assert!(
            headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'")
        );
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert_eq!(headers["x-request-id"], "abc-1", "{path}");
        assert!(headers.contains_key("cache-control"));
        assert!(!headers.contains_key("access-control-allow-origin"));
    }
    let odd = server.get("/health").header("x-request-id", "a b").send().await.unwrap();
    assert_ne!(odd.headers()["x-request-id"], "a b");
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_a_problem() {
    let limit = Duration::from_millis(100);
    let settings = ApiSettings { request_timeout: limit, ..ApiSettings::default() };
    let server = Server::start_with(settings).await;
    server.symbol(SYMBOL).await;
    let mut session = server.db.session().await.unwrap();
    let lock = session.client_mut().transaction().await.unwrap();
    lock.batch_execute("LOCK TABLE market.symbols").await.unwrap();
    let response = server.get("/v1/market/symbols").send().await.unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(problem(response).await, (503, "timeout".to_owned(), None));
}

#[tokio::test]
async fn serving_ends_when_it_is_told_to() {
    let mut server = Server::start().await;
    server.json("/health").await;
    server.shutdown.cancel();
    let ended = tokio::time::timeout(Duration::from_secs(5), &mut server.serving).await;
    ended.expect("an idle connection doesn't hold it up").unwrap();
}
