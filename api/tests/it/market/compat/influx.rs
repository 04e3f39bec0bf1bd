//! InfluxDB's write interface: what becomes of lines, who may write, and what is said of bad ones.

use std::io::Write;

use api::{ApiSettings, WriteToken};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

use crate::server::{SYMBOL, Server, problem};

const TOKEN: &str = "a-long-enough-token";
const V1: &str = "/compat/influx/write?db=desk";
const V2: &str = "/compat/influx/api/v2/write?org=us&bucket=desk";

async fn server() -> Server {
    let influx_token = Some(WriteToken::new(TOKEN));
    Server::start_with(ApiSettings { influx_token, ..ApiSettings::default() }).await
}

async fn post(server: &Server, path: &str, body: impl Into<reqwest::Body>) -> (u16, Value) {
    let request = server.client.post(format!("http://{}{path}", server.address));
    let request = request.header("authorization", format!("Token {TOKEN}")).body(body);
    let response = request.send().await.unwrap();
    let (status, text) = (response.status().as_u16(), response.text().await.unwrap());
    (status, serde_json::from_str(&text).unwrap_or(Value::Null))
}

async fn points(server: &Server, query: &str) -> Value {
    let request = server.get(&format!("/v1/ops/points?{query}")).bearer_auth(TOKEN);
    let text = request.send().await.unwrap().text().await.unwrap();
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn trades_become_ticks_and_candles_once() {
    let server = server().await;
    let lines = "\
trades,venue=binance,symbol=BTCUSDT price=61794.10,quantity=0.5,trade_id=1i,side=\"buy\" 1717200001000
trades,venue=binance,symbol=BTCUSDT price=61795.2,quantity=0.25,trade_id=2i,side=\"sell\" 1717200002000
trades,venue=other,symbol=X price=1,size=2 1717200002000
candles,venue=book,symbol=Y,interval=1h open=1,high=3,low=0.5,close=2,volume=10.25,trades=4i 1717200000000
";
    for _ in 0..2 {
        assert_eq!(post(&server, &format!("{V2}&precision=ms"), lines).await, (204, Value::Null));
    }
    let ticks = server.json(&format!("/v1/market/ticks?symbol={SYMBOL}")).await;
    let ids: Vec<&str> = ticks["ticks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|tick| tick["trade_id"].as_str().unwrap())
        .collect();
    assert_eq!(ids, ["1", "2"]);
    assert_eq!(ticks["ticks"][1]["side"], "sell");
    let page = server.json(&format!("/v1/market/candles?symbol={SYMBOL}&interval=1m")).await;
    let candle = &page["candles"][0];
    let figures =
        ["open", "close", "volume", "quote_volume"].map(|name| candle[name].as_str().unwrap());
    assert_eq!(figures, ["61794.1", "61795.2", "0.75", "46345.85"]);
    let other = server.json("/v1/market/ticks?symbol=other:X").await;
    assert_eq!(other["ticks"].as_array().unwrap().len(), 1);
    let day = server.json("/v1/market/candles?symbol=book:Y&interval=1d").await;
    assert_eq!(day["candles"][0]["volume"], "10.25");
    assert_eq!(server.json(&format!("/v1/market/price?symbol={SYMBOL}")).await["price"], "61795.2");
}

#[tokio::test]
async fn good_lines_are_kept_and_bad_ones_named() {
    let server = server().await;
    let body = "cpu,host=a usage=1 1\ncpu,host=a usage=\n# nothing\ntrades price=1,size=1\ncpu,host=b usage=2 1";
    let (status, answer) = post(&server, V1, body).await;
    assert_eq!(status, 400);
    assert_eq!(
        answer["error"],
        "partial write: line 2: missing value of field \"usage\"; line 4: trades needs the tag symbol dropped=2"
    );
    let (status, answer) = post(&server, V2, "cpu usage=1 1\ncpu").await;
    assert_eq!((status, &answer["code"], &answer["line"]), (400, &json!("invalid"), &json!(2)));
    let (_, answer) = post(&server, V2, "cpu").await;
    assert_eq!(answer["message"], "unable to parse: line 1: missing fields");
    let stored = points(&server, "measurement=cpu&tag.host=b").await;
    assert_eq!(stored["points"][0]["fields"], json!({ "usage": 2.0 }));
    assert_eq!(points(&server, "measurement=cpu").await["points"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn points_keep_types_and_nanoseconds_and_merge() {
    let server = server().await;
    let first = "m,a=x\\ y f=1,i=2i,u=18446744073709551615u,b=t,s=\"tä\\\"xt\" 1717200001000000007";
    let second = "m,a=x\\ y f=1.50,n=3i 1717200001000000007\nm,a=x\\ y f=2 1717200001000000008\nm f=3 1717200002000000000";
    for body in [first, second, second] {
        assert_eq!(post(&server, V2, body).await.0, 204, "{body}");
    }
    let stored =
        server.get("/v1/ops/points?measurement=m&limit=2").bearer_auth(TOKEN).send().await.unwrap();
    let text = stored.text().await.unwrap();
    for part in [
        "\"f\": 1.50",
        "\"i\": 2",
        "\"u\": 18446744073709551615",
        "\"b\": true",
        "\"n\": 3",
        "2024-06-01T00:00:01.000000007Z",
    ] {
        assert!(text.contains(part), "{part} in {text}");
    }
    let page: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(page["points"][0]["tags"], json!({ "a": "x y" }));
    assert_eq!(page["points"][0]["fields"]["s"], "tä\"xt");
    let next = page["next"].as_str().unwrap();
    let rest = points(&server, &format!("measurement=m&limit=2&cursor={next}")).await;
    assert_eq!((rest["points"].as_array().unwrap().len(), &rest["next"]), (1, &Value::Null));
    // A line without a time has the server's; buckets are apart.
    assert_eq!(post(&server, "/compat/influx/write?db=two&rp=long", "m f=9").await.0, 204);
    let own = points(&server, "measurement=m&bucket=two/long").await;
    assert_eq!(own["points"][0]["time"], crate::server::NOW);
}

#[tokio::test]
async fn bodies_are_unpacked_and_bounded() {
    let server = server().await;
    let packed = |bytes: &[u8]| {
        let mut writer = GzEncoder::new(Vec::new(), Compression::fast());
        writer.write_all(bytes).unwrap();
        writer.finish().unwrap()
    };
    let send = async |body: Vec<u8>| {
        let request = server.client.post(format!("http://{}{V1}&u=any&p={TOKEN}", server.address));
        request
            .header("content-encoding", "gzip")
            .body(body)
            .send()
            .await
            .unwrap()
            .status()
            .as_u16()
    };
    let lines: String = (0..5_000).map(|n| format!("load,host=h{} v={n}i {n}\n", n % 50)).collect();
    assert_eq!(send(packed(lines.as_bytes())).await, 204);
    let last = points(&server, "measurement=load&tag.host=h49&limit=100").await;
    assert_eq!(last["points"][99]["fields"]["v"], 4_999);
    assert_eq!(send(packed(&vec![b'\n'; 26_000_000])).await, 413);
    assert_eq!(send(b"no gzip".to_vec()).await, 400);
    assert_eq!(post(&server, V1, vec![b'\n'; 26_000_000]).await.0, 413);
}

#[tokio::test]
async fn nobody_writes_without_the_token() {
    let influx_token = Some(WriteToken::new(TOKEN));
    let nobody = ApiSettings { influx_token, anonymous: vec![], ..ApiSettings::default() };
    let server = Server::start_with(nobody).await;
    let write =
        |path: &str| server.client.post(format!("http://{}{path}", server.address)).body("m v=1");
    for request in
        [write(V2), write(V1), write(V2).bearer_auth("wrong"), write(&format!("{V1}&u=a&p=wrong"))]
    {
        assert_eq!(request.send().await.unwrap().status(), 401);
    }
    assert_eq!(write(V1).basic_auth("any", Some(TOKEN)).send().await.unwrap().status(), 204);
    let response = server.get("/v1/ops/points?measurement=m").send().await.unwrap();
    assert_eq!(problem(response).await.1, "unauthorized");
    assert_eq!(points(&server, "measurement=m").await["points"].as_array().unwrap().len(), 1);
    let other = server.get("/v1/market/symbols").bearer_auth(TOKEN).send().await.unwrap();
    assert_eq!(problem(other).await.1, "forbidden");
    let none = Server::start().await;
    let (status, answer) = post(&none, V2, "m v=1").await;
    assert_eq!((status, &answer["code"]), (401, &json!("unauthorized")));
    assert!(answer["message"].as_str().unwrap().contains("compat.influx_token"), "{answer}");
}

#[tokio::test]
async fn what_clients_ask_first_is_answered() {
    let server = server().await;
    let ping = server.get("/compat/influx/ping").send().await.unwrap();
    assert_eq!(ping.status(), 204);
    assert!(ping.headers()["x-influxdb-version"].to_str().unwrap().starts_with("1.8"));
    let verbose = server.json("/compat/influx/ping?verbose=true").await;
    assert!(verbose["version"].as_str().unwrap().starts_with("1.8"), "{verbose}");
    assert_eq!(server.json("/compat/influx/health").await["status"], "pass");
    let query = "/compat/influx/query?q=CREATE%20DATABASE%20%22desk%22";
    assert_eq!(
        post(&server, query, "").await,
        (200, json!({ "results": [{ "statement_id": 0 }] }))
    );
    assert_eq!(post(&server, "/compat/influx/query", "q=create+database+x").await.0, 200);
    for refused in ["SELECT%20*%20FROM%20m", "CREATE%20DATABASE%20a;DROP%20DATABASE%20b"] {
        let (status, answer) =
            post(&server, &format!("/compat/influx/query?q={refused}"), "").await;
        assert_eq!(status, 400);
        assert!(answer["error"].as_str().unwrap().contains("only CREATE DATABASE"), "{answer}");
    }
    assert_eq!(
        post(&server, "/compat/influx/write", "m v=1").await.1["error"],
        "database is required"
    );
    assert_eq!(post(&server, &format!("{V2}&precision=d"), "m v=1").await.0, 400);
}
