//! Every way in which a request can be wrong has its code and names the parameter.

use domain::market::Interval;

use crate::server::{SYMBOL, Server, minutes, problem};

#[tokio::test]
async fn every_wrong_parameter_is_named() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 3)).await;
    let candles = "/v1/market/candles?symbol=binance:BTCUSDT&interval=1m";
    let ticks = "/v1/market/ticks?symbol=binance:BTCUSDT";
    let cases = [
        (
            404,
            "unknown_symbol",
            "symbol",
            "/v1/market/candles?symbol=binance:NONE&interval=1m".into(),
        ),
        (404, "unknown_symbol", "symbol", "/v1/market/ticks?symbol=binance:NONE".into()),
        (404, "unknown_symbol", "symbol", "/v1/market/price?symbol=binance:NONE".into()),
        (404, "unknown_symbol", "symbol", "/v1/market/symbols/binance:NONE".into()),
        (400, "invalid_symbol", "symbol", "/v1/market/candles?symbol=BTCUSDT&interval=1m".into()),
        (400, "invalid_symbol", "symbol", "/v1/market/symbols/BTCUSDT".into()),
        (400, "invalid_symbol", "symbol", "/v1/market/symbols/%FF".into()),
        (
            400,
            "invalid_interval",
            "interval",
            "/v1/market/candles?symbol=binance:BTCUSDT&interval=3m".into(),
        ),
        (400, "missing_parameter", "interval", "/v1/market/candles?symbol=binance:BTCUSDT".into()),
        (400, "missing_parameter", "symbol", "/v1/market/candles?interval=1m".into()),
        (400, "missing_parameter", "symbol", "/v1/market/price".into()),
        (400, "unknown_parameter", "form", format!("{candles}&form=1")),
        (400, "unknown_parameter", "interval", format!("{ticks}&interval=1m")),
        (400, "unknown_parameter", "x", "/v1/market/symbols?x=1".into()),
        (400, "repeated_parameter", "interval", format!("{candles}&interval=5m")),
        (400, "invalid_time", "from", format!("{candles}&from=yesterday")),
        (400, "invalid_time", "to", format!("{candles}&to=99999999999999999")),
        (400, "invalid_time", "at", "/v1/market/symbols?at=x".into()),
        (400, "invalid_range", "from", format!("{candles}&from=2&to=1")),
        (400, "invalid_range", "from", format!("{ticks}&from=2&to=1")),
        (400, "invalid_limit", "limit", format!("{candles}&limit=0")),
        (400, "invalid_limit", "limit", format!("{candles}&limit=5001")),
        (400, "invalid_limit", "limit", format!("{ticks}&limit=many")),
        (400, "invalid_order", "order", format!("{candles}&order=up")),
        (400, "invalid_cursor", "cursor", format!("{candles}&cursor=abc")),
        (400, "invalid_kind", "kind", format!("{ticks}&kind=fills")),
        (400, "invalid_origin", "origin", format!("{candles}&origin=rollup-3m")),
    ];
    for (status, code, parameter, path) in cases {
        let response = server.get(&path).send().await.unwrap();
        let expected = (status, code.to_owned(), Some(parameter.to_owned()));
        assert_eq!(problem(response).await, expected, "{path}");
    }
}

#[tokio::test]
async fn a_cursor_of_another_request_is_refused() {
    let server = Server::start().await;
    for symbol in [SYMBOL, "binance:ETHUSDT"] {
        server.put_candles(symbol, Interval::M1, &minutes("2024-06-01T00:00:00Z", 10)).await;
    }
    let first = server
        .json(&format!("/v1/market/candles?symbol={SYMBOL}&interval=1m&order=asc&limit=2"))
        .await;
    let cursor = first["next"].as_str().unwrap();
    for other in [
        "candles?symbol=binance:ETHUSDT&interval=1m",
        "candles?symbol=binance:BTCUSDT&interval=5m",
        "candles?symbol=binance:BTCUSDT&interval=1m&order=desc",
        "candles?symbol=binance:BTCUSDT&interval=1m&origin=venue",
        "candles?symbol=binance:BTCUSDT&interval=1m&from=1",
        "ticks?symbol=binance:BTCUSDT",
    ] {
        let response =
            server.get(&format!("/v1/market/{other}&cursor={cursor}")).send().await.unwrap();
        let (status, code, _) = problem(response).await;
        assert_eq!((status, code.as_str()), (400, "invalid_cursor"), "{other}");
    }
    let same =
        format!("/v1/market/candles?symbol={SYMBOL}&interval=1m&order=asc&limit=5&cursor={cursor}");
    assert_eq!(server.json(&same).await["candles"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_too() {
    let server = Server::start().await;
    let of = async |request: reqwest::RequestBuilder| {
        let (status, code, _) = problem(request.send().await.unwrap()).await;
        (status, code)
    };
    let url = |path: &str| format!("http://{}{path}", server.address);
    assert_eq!(of(server.get("/v1/nothing")).await, (404, "not_found".into()));
    assert_eq!(of(server.get("/nothing.js")).await, (404, "not_found".into()));
    for path in ["/v1/market/price?symbol=binance:BTC%00USDT", "/%00"] {
        assert_eq!(of(server.get(path)).await, (400, "invalid_request".into()), "{path}");
    }
    for path in ["/compat", "/compat/binance/api/v1/ping", "/compat/udf/quotes"] {
        assert_eq!(of(server.get(path)).await, (404, "not_found".into()), "{path}");
    }
    let path = "/v1/market/symbols";
    assert_eq!(of(server.client.post(url(path))).await, (405, "method_not_allowed".into()));
    let long = server.client.post(url(path)).body(vec![0u8; 3_000_000]);
    assert_eq!(of(long).await, (413, "body_too_large".into()));
    let picture = "/v1/market/candles?symbol=binance:BTCUSDT&interval=1m";
    let picture = server.get(picture).header("accept", "image/png");
    assert_eq!(of(picture).await, (406, "not_acceptable".into()));
    assert_eq!(of(server.get("/v1/stream")).await, (426, "upgrade_required".into()));
    let foreign = server.get(path).header("host", "evil.example");
    assert_eq!(of(foreign).await, (403, "host_not_allowed".into()));
}
