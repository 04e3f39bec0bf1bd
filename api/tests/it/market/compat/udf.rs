//! TradingView's feed by plain HTTP, against the shapes that its documentation gives.

use api::ApiSettings;
use domain::market::Interval;
use serde_json::{Value, json};

use crate::server::{SYMBOL, Server, at, minutes};

async fn get(server: &Server, path: &str) -> Value {
    server.json(&format!("/compat/udf{path}")).await
}

#[tokio::test]
async fn bars_are_columns_of_exact_numbers() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 11)).await;
    let open = |minute: i64| 1_717_200_000 + minute * 60;
    let path =
        format!("/history?symbol=BINANCE:BTCUSDT&resolution=1&from={}&to={}", open(2), open(4));
    let text =
        server.get(&format!("/compat/udf{path}")).send().await.unwrap().text().await.unwrap();
    let expected = format!(
        "{{\"s\":\"ok\",\"t\":[{},{}],\"o\":[102.5,103.5],\"h\":[102.99,103.99],\"l\":[102.01,103.01],\
         \"c\":[102.75,103.75],\"v\":[2.000000000000000001,3.000000000000000001]}}",
        open(2),
        open(3)
    );
    assert_eq!(text, expected);
    // As many bars as wanted before the end, whatever the beginning.
    let back = get(
        &server,
        &format!("/history?symbol=BTCUSDT&resolution=1&from=0&to={}&countback=3", open(5)),
    )
    .await;
    assert_eq!(back["t"], json!([open(2), open(3), open(4)]));
    for (resolution, bars) in [("5", 3), ("60", 1), ("D", 1), ("1W", 1), ("3", 4)] {
        let path = format!(
            "/history?symbol={SYMBOL}&resolution={resolution}&from={}&to={}",
            open(-10_080),
            open(11)
        );
        assert_eq!(get(&server, &path).await["t"].as_array().unwrap().len(), bars, "{resolution}");
    }
    let after = format!("/history?symbol={SYMBOL}&resolution=1&from={}&to={}", open(60), open(120));
    assert_eq!(get(&server, &after).await, json!({ "s": "no_data", "nextTime": open(10) }));
    let before = format!("/history?symbol={SYMBOL}&resolution=1&from=0&to={}", open(0));
    assert_eq!(get(&server, &before).await, json!({ "s": "no_data" }));
    for (path, message) in [
        ("/history?symbol=binance:NOPE&resolution=1&from=0&to=1", "unknown_symbol"),
        ("/history?symbol=binance:BTCUSDT&resolution=7&from=0&to=1", "there is no resolution 7"),
        (
            "/history?symbol=binance:BTCUSDT&resolution=1&from=x&to=1",
            "from: \"x\" is no whole number",
        ),
        ("/symbols?symbol=NOPE", "unknown_symbol"),
    ] {
        assert_eq!(get(&server, path).await, json!({ "s": "error", "errmsg": message }), "{path}");
    }
}

#[tokio::test]
async fn symbols_are_resolved_and_found() {
    let server = Server::start().await;
    for name in [SYMBOL, "binance:ETHBTC", "coinbase:BTC-USD", "other:ETHBTC"] {
        server.put_candles(name, Interval::M1, &minutes("2024-06-01T00:00:00Z", 2)).await;
    }
    for name in ["binance:BTCUSDT", "BINANCE:BTCUSDT", "BTCUSDT"] {
        let symbol = get(&server, &format!("/symbols?symbol={name}")).await;
        assert_eq!(
            (&symbol["ticker"], &symbol["pricescale"]),
            (&json!(SYMBOL), &json!(100)),
            "{symbol}"
        );
        for (field, value) in [
            ("session", json!("24x7")),
            ("timezone", json!("Etc/UTC")),
            ("minmov", json!(1)),
            ("has_intraday", json!(true)),
            ("has_weekly_and_monthly", json!(true)),
            ("exchange", json!("binance")),
        ] {
            assert_eq!(symbol[field], value, "{field}");
        }
    }
    let several = get(&server, "/symbols?symbol=ETHBTC").await;
    assert_eq!(
        several["errmsg"],
        "ETHBTC is the code of several symbols: binance:ETHBTC, other:ETHBTC"
    );
    let found = async |query: &str| {
        let found = get(&server, &format!("/search?{query}")).await;
        let names =
            found.as_array().unwrap().iter().map(|one| one["ticker"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    assert_eq!(
        found("query=btc&type=&exchange=&limit=30").await,
        [SYMBOL, "coinbase:BTC-USD", "binance:ETHBTC", "other:ETHBTC"]
    );
    assert_eq!(found("query=btc&exchange=coinbase").await, ["coinbase:BTC-USD"]);
    assert_eq!(found("query=btc&limit=1").await, [SYMBOL]);
    assert_eq!(found("query=btc&type=stock").await, [""; 0]);
    let config = get(&server, "/config").await;
    assert_eq!(
        (&config["supports_search"], &config["supports_marks"]),
        (&json!(true), &json!(false))
    );
    assert_eq!(config["exchanges"][2]["value"], "coinbase");
    let time = server.get("/compat/udf/time").send().await.unwrap().text().await.unwrap();
    assert_eq!(time, (at(crate::server::NOW).millis() / 1_000).to_string());
}

#[tokio::test]
async fn only_named_origins_may_read() {
    let page = "https://charts.example";
    let settings = ApiSettings { udf_origins: vec![page.to_owned()], ..ApiSettings::default() };
    let server = Server::start_with(settings).await;
    let allowed = async |path: &str, origin: &str| {
        let response = server.get(path).header("origin", origin).send().await.unwrap();
        response
            .headers()
            .get("access-control-allow-origin")
            .map(|own| own.to_str().unwrap().to_owned())
    };
    assert_eq!(allowed("/compat/udf/time", page).await.as_deref(), Some(page));
    assert_eq!(allowed("/compat/udf/time", "https://evil.example").await, None);
    assert_eq!(allowed("/v1/market/symbols", page).await, None);
    let url = format!("http://{}/compat/udf/config", server.address);
    let asked = server.client.request(reqwest::Method::OPTIONS, url).header("origin", page);
    assert_eq!(asked.send().await.unwrap().status(), 204);
}
