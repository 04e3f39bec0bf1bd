//! What is there, what is missing, and candles refused where too much is missing.

use domain::market::Interval;
use serde_json::json;

use crate::server::{SYMBOL, Server, at, minutes, problem};

const PATH: &str = "/v1/market/coverage?symbol=binance:BTCUSDT";
const RANGE: &str = "from=2024-06-01T00:00:00Z&to=2024-06-01T00:20:00Z";

/// Twenty minutes of which the five in the middle are missing.
async fn with_a_hole() -> Server {
    let server = Server::start().await;
    let mut rows = minutes("2024-06-01T00:00:00Z", 20);
    rows.drain(8..13);
    server.put_candles(SYMBOL, Interval::M1, &rows).await;
    server.clock.set(at("2024-06-01T01:00:00Z"));
    server
}

#[tokio::test]
async fn a_hole_is_missing_and_the_rest_is_traded() {
    let server = with_a_hole().await;
    let body = server.json(&format!("{PATH}&{RANGE}")).await;
    let range = |from: &str, to: &str, status: &str, candles: i64| {
        json!({ "from": format!("2024-06-01T00:{from}:00Z"), "to": format!("2024-06-01T00:{to}:00Z"),
            "status": status, "source": null, "candles": candles })
    };
    let statuses: Vec<&str> =
        body["ranges"].as_array().unwrap().iter().map(|r| r["status"].as_str().unwrap()).collect();
    assert!(statuses.contains(&"missing"), "{body}");
    let missing = body["ranges"].as_array().unwrap().iter().find(|r| r["status"] == "missing");
    assert_eq!(missing, Some(&range("08", "13", "missing", 5)));
    assert_eq!((&body["ratio"], &body["complete"]), (&json!("0.75"), &json!(false)));
    assert_eq!((&body["expected"], &body["counts"]["missing"]), (&json!(20), &json!(5)));
    let whole: i64 =
        body["counts"].as_object().unwrap().values().map(|n| n.as_i64().unwrap()).sum();
    assert_eq!(whole, 20);
    let page = server.json(&format!("{PATH}&{RANGE}&limit=1")).await;
    assert_eq!(page["ranges"].as_array().unwrap().len(), 1);
    let rest = page["next"].as_str().unwrap();
    let rest = server.json(&format!("{PATH}&from={rest}&to=2024-06-01T00:20:00Z")).await;
    assert_eq!(rest["counts"]["missing"], 5);
}

#[tokio::test]
async fn candles_are_refused_where_too_much_is_missing() {
    let server = with_a_hole().await;
    let candles = format!("/v1/market/candles?symbol={SYMBOL}&interval=1m&{RANGE}");
    assert_eq!(
        server.get(&format!("{candles}&min_coverage=0.75")).send().await.unwrap().status(),
        200
    );
    let refused = server.get(&format!("{candles}&min_coverage=0.751")).send().await.unwrap();
    assert_eq!(refused.status(), 409);
    let body: serde_json::Value = refused.json().await.unwrap();
    assert_eq!(
        (&body["code"], &body["parameter"]),
        (&json!("coverage_too_low"), &json!("min_coverage"))
    );
    let missing =
        json!([{ "from": "2024-06-01T00:08:00Z", "to": "2024-06-01T00:13:00Z", "candles": 5 }]);
    assert_eq!(body["missing"], missing);
    // The newest candles are complete, and a page of them is not refused for the hole before.
    let newest = format!("/v1/market/candles?symbol={SYMBOL}&interval=1m&limit=7&min_coverage=1");
    assert_eq!(server.get(&newest).send().await.unwrap().status(), 200);
    let more = newest.replace("limit=7", "limit=8");
    assert_eq!(server.get(&more).send().await.unwrap().status(), 409);
    let wrong = server.get(&format!("{candles}&min_coverage=2")).send().await.unwrap();
    let told = (400, "invalid_coverage".to_owned(), Some("min_coverage".to_owned()));
    assert_eq!(problem(wrong).await, told);
}
