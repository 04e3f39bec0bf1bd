//! The WebSocket streams: what is committed comes as Binance would tell it.

use std::time::Duration;

use domain::market::{BookTicker, Interval, TickKind};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

use super::singles;
use crate::server::{SYMBOL, Server, at, minutes};

struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Socket {
    async fn open(server: &Server, path: &str) -> Self {
        let url = format!("ws://{}/compat/binance{path}", server.address);
        Self(tokio_tungstenite::connect_async(url).await.unwrap().0)
    }

    async fn ask(&mut self, request: Value) -> Value {
        self.0.send(Message::text(request.to_string())).await.unwrap();
        self.hear_until(|message| message.get("id").is_some()).await
    }

    /// The next message for which `wanted` holds.
    async fn hear_until(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        let hearing = async {
            loop {
                if let Message::Text(text) = self.0.next().await.unwrap().unwrap() {
                    let message: Value = serde_json::from_str(&text).unwrap();
                    if wanted(&message) {
                        return message;
                    }
                }
            }
        };
        timeout(Duration::from_secs(10), hearing).await.expect("it is told in time")
    }

    async fn event(&mut self, kind: &str) -> Value {
        self.hear_until(|message| message["e"] == kind || message["data"]["e"] == kind).await
    }
}

#[tokio::test]
async fn streams_tell_what_is_committed() {
    let server = Server::start().await;
    server.put_candles(SYMBOL, Interval::M1, &minutes("2024-06-01T00:00:00Z", 9)).await;
    let mut raw = Socket::open(&server, "/ws/btcusdt@trade/btcusdt@aggTrade/nonsense").await;
    let names =
        "btcusdt@kline_1m/btcusdt@kline_3m/btcusdt@miniTicker/!miniTicker@arr/btcusdt@ticker";
    let mut combined = Socket::open(&server, &format!("/stream?streams={names}")).await;
    // An answer proves that the streams are subscribed to.
    let listed = raw.ask(json!({ "method": "LIST_SUBSCRIPTIONS", "id": 1 })).await;
    assert_eq!(listed, json!({ "result": ["btcusdt@trade", "btcusdt@aggTrade"], "id": 1 }));
    let listed = combined.ask(json!({ "method": "LIST_SUBSCRIPTIONS", "id": "a" })).await;
    assert_eq!(listed["result"], json!(names.split('/').collect::<Vec<_>>()));
    server.put_ticks(SYMBOL, TickKind::Trade, &singles()).await;
    let trade = raw.event("trade").await;
    let expected = json!({
        "e": "trade", "E": server.clock.now().millis(), "s": "BTCUSDT", "t": 100,
        "p": "61794.00000000", "q": "0.00123000", "T": at("2024-06-01T00:09:00Z").millis(),
        "m": true, "M": true,
    });
    assert_eq!(trade, expected);
    let aggregate = raw.event("aggTrade").await;
    assert_eq!(
        (&aggregate["a"], &aggregate["l"], &aggregate["q"]),
        (&json!(100), &json!(102), &json!("0.00369000"))
    );
    // The minute is over at the time of the server, so its candle comes as closed.
    let candle = combined
        .hear_until(|message| {
            message["stream"] == "btcusdt@kline_1m" && message["data"]["k"]["n"] == 60
        })
        .await;
    let candle = &candle["data"]["k"];
    assert_eq!(candle["t"], at("2024-06-01T00:09:00Z").millis());
    assert_eq!((&candle["x"], &candle["c"]), (&json!(true), &json!("61794.19000000")));
    let three = combined.hear_until(|message| message["stream"] == "btcusdt@kline_3m").await;
    assert_eq!((&three["data"]["k"]["i"], &three["data"]["k"]["x"]), (&json!("3m"), &json!(false)));
    let mini = combined.event("24hrMiniTicker").await;
    assert_eq!(mini["data"]["c"], "61794.19000000");
    assert_eq!(combined.event("24hrTicker").await["data"]["s"], "BTCUSDT");
    let all = combined.hear_until(|message| message["stream"] == "!miniTicker@arr").await;
    assert_eq!(all["data"][0]["s"], "BTCUSDT");
    // When the three minutes are over they are told as closed, without another trade.
    server.clock.set(at("2024-06-01T00:12:00Z"));
    let closed = combined
        .hear_until(|message| {
            message["stream"] == "btcusdt@kline_3m" && message["data"]["k"]["x"] == true
        })
        .await;
    assert_eq!(closed["data"]["k"]["T"], at("2024-06-01T00:12:00Z").millis() - 1);
}

#[tokio::test]
async fn streams_are_subscribed_to_and_left_as_at_binance() {
    let server = Server::start().await;
    server.put_ticks("binance:ETHUSDT", TickKind::AggTrade, &singles()[..3]).await;
    let symbol = server.symbol(SYMBOL).await.name;
    let mut socket = Socket::open(&server, "/ws").await;
    let ask = json!({ "method": "SUBSCRIBE", "params": ["btcusdt@bookTicker", "x"], "id": 5 });
    assert_eq!(socket.ask(ask).await, json!({ "result": null, "id": 5 }));
    let number = |text| domain::parse_decimal(text).unwrap();
    let book = BookTicker {
        bid: number("1"),
        bid_quantity: number("2"),
        ask: number("3"),
        ask_quantity: number("4"),
        update_id: Some(7),
        time: server.clock.now(),
    };
    server.live.set_book(&symbol, book);
    let told = socket.hear_until(|message| message.get("u").is_some()).await;
    let expected = json!({
        "u": 7, "s": "BTCUSDT", "b": "1.00000000", "B": "2.00000000", "a": "3.00000000",
        "A": "4.00000000",
    });
    assert_eq!(told, expected);
    let ask = json!({ "method": "SET_PROPERTY", "params": ["combined", true], "id": 6 });
    assert_eq!(socket.ask(ask).await, json!({ "result": null, "id": 6 }));
    server.live.set_book(&symbol, book);
    let told = socket.hear_until(|message| message.get("data").is_some()).await;
    assert_eq!(told, json!({ "stream": "btcusdt@bookTicker", "data": expected }));
    let ask = json!({ "method": "UNSUBSCRIBE", "params": ["btcusdt@bookTicker"], "id": null });
    assert_eq!(socket.ask(ask).await, json!({ "result": null, "id": null }));
    let list = json!({ "method": "LIST_SUBSCRIPTIONS", "id": 8 });
    assert_eq!(socket.ask(list).await, json!({ "result": [], "id": 8 }));
    for (request, code) in [
        (json!({ "method": "DANCE", "id": 1 }), 2),
        (json!({ "method": "SUBSCRIBE", "params": "x", "id": 1 }), 2),
        (json!({ "method": "SUBSCRIBE", "params": ["x"], "id": 1.5 }), 2),
        (json!({ "method": "GET_PROPERTY", "params": ["x"], "id": 1 }), 0),
        (json!({ "method": "SET_PROPERTY", "params": ["combined", 1], "id": 1 }), 1),
        // Of what is not kept nothing would ever come.
        (json!({ "method": "SUBSCRIBE", "params": ["ethusdt@trade"], "id": 1 }), 2),
    ] {
        assert_eq!(socket.ask(request.clone()).await["code"], code, "{request}");
    }
}
