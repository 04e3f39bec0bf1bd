//! The WebSocket stream.

mod own;

use std::time::Duration;

use domain::market::{BookTicker, TickKind};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, client_async, connect_async};

use crate::server::{SYMBOL, Server, at, trades};

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect(server: &Server, query: &str) -> Self {
        let url = format!("ws://{}/v1/stream{query}", server.address);
        Self(connect_async(url).await.unwrap().0)
    }

    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message, pings aside.
    async fn hear(&mut self) -> Value {
        let next = async {
            loop {
                match self.0.next().await.expect("the connection goes on").unwrap() {
                    Message::Text(text) => return serde_json::from_str(&text).unwrap(),
                    Message::Ping(_) => {}
                    other => panic!("{other:?}"),
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(10), next).await.expect("a message comes")
    }

    async fn subscribe(&mut self, topics: &[&str]) {
        self.say(json!({ "op": "subscribe", "topics": topics })).await;
        assert_eq!(self.hear().await, json!({ "type": "subscribed", "topics": topics }));
    }
}

#[tokio::test]
async fn a_subscriber_hears_what_another_process_commits() {
    let server = Server::start().await;
    server.symbol(SYMBOL).await;
    server.symbol("binance:ETHUSDT").await;
    let mut client = Client::connect(&server, "").await;
    client.subscribe(&["ticks:binance:BTCUSDT", "candles:binance:BTCUSDT:5m"]).await;
    let mut prices = Client::connect(&server, "?topics=prices:*").await;
    assert_eq!(prices.hear().await, json!({ "type": "subscribed", "topics": ["prices:*"] }));
    server.put_ticks("binance:ETHUSDT", TickKind::Trade, &trades("2024-06-01T00:00:00Z", 1)).await;
    server.put_ticks(SYMBOL, TickKind::Trade, &trades("2024-06-01T00:06:00Z", 1)).await;
    let tick = json!({
        "type": "tick", "topic": "ticks:binance:BTCUSDT", "symbol": SYMBOL, "replay": true,
        "tick": {
            "time": "2024-06-01T00:06:00Z", "price": "61794", "quantity": "0.00123",
            "side": "sell", "trade_id": "0", "kind": "trade", "received_at": "2024-06-01T00:06:00Z",
        },
    });
    assert_eq!(client.hear().await, tick);
    let candle = json!({
        "type": "candle", "topic": "candles:binance:BTCUSDT:5m", "symbol": SYMBOL,
        "interval": "5m", "replay": true,
        "candle": {
            "open_time": "2024-06-01T00:05:00Z", "close_time": "2024-06-01T00:10:00Z",
            "open": "61794", "high": "61794", "low": "61794", "close": "61794",
            "volume": "0.00123", "quote_volume": "76.00662", "trade_count": 1,
            "taker_buy_volume": "0", "closed": true,
        },
    });
    assert_eq!(client.hear().await, candle);
    for (symbol, time) in
        [("binance:ETHUSDT", "2024-06-01T00:00:00Z"), (SYMBOL, "2024-06-01T00:06:00Z")]
    {
        let price = json!({
            "type": "price", "topic": format!("prices:{symbol}"), "symbol": symbol,
            "replay": true, "price": "61794", "time": time,
        });
        assert_eq!(prices.hear().await, price);
    }
    client
        .say(json!({ "op": "unsubscribe", "topics": ["ticks:binance:BTCUSDT", "nothing"] }))
        .await;
    let gone = json!({ "type": "unsubscribed", "topics": ["ticks:binance:BTCUSDT"] });
    assert_eq!(client.hear().await, gone);
    server.put_ticks(SYMBOL, TickKind::Trade, &trades("2024-06-01T00:07:00Z", 1)).await;
    assert_eq!(client.hear().await["type"], "candle");
}

#[tokio::test]
async fn a_price_is_told_at_once() {
    let server = Server::start().await;
    server.put_ticks(SYMBOL, TickKind::Trade, &trades("2024-06-01T00:00:00Z", 4)).await;
    let mut client = Client::connect(&server, "").await;
    client.subscribe(&["prices:binance:BTCUSDT"]).await;
    let price = client.hear().await;
    assert_eq!((&price["type"], &price["price"]), (&json!("price"), &json!("61794.03")));
}

#[tokio::test]
async fn a_best_bid_and_ask_is_told_at_once_and_when_it_changes() {
    let server = Server::start().await;
    server.symbol(SYMBOL).await;
    let number = |text| domain::parse_decimal(text).unwrap();
    let mut book = BookTicker {
        bid: number("61794.10"),
        bid_quantity: number("2.5"),
        ask: number("61794.11"),
        ask_quantity: number("0.40"),
        update_id: Some(7),
        time: at("2024-06-01T00:10:00Z"),
    };
    let symbol = SYMBOL.parse().unwrap();
    server.live.set_book(&symbol, book);
    let mut client = Client::connect(&server, "").await;
    client.subscribe(&["books:binance:BTCUSDT"]).await;
    let told = |bid: &str| {
        json!({
            "type": "book", "topic": "books:binance:BTCUSDT", "symbol": SYMBOL, "bid": bid,
            "bid_quantity": "2.5", "ask": "61794.11", "ask_quantity": "0.4",
            "time": "2024-06-01T00:10:00Z",
        })
    };
    assert_eq!(client.hear().await, told("61794.1"));
    book.bid = number("61794.105");
    server.live.set_book(&symbol, book);
    assert_eq!(client.hear().await, told("61794.105"));
}

#[tokio::test]
async fn what_is_wrong_is_told_and_the_connection_goes_on() {
    let server = Server::start().await;
    server.symbol(SYMBOL).await;
    let mut client = Client::connect(&server, "").await;
    for (said, code) in [
        ("nonsense".to_owned(), "invalid_message"),
        (r#"{"op":"dance"}"#.to_owned(), "invalid_message"),
        (r#"{"topics":[]}"#.to_owned(), "invalid_message"),
        (format!(r#"{{"op":"{}"}}"#, "x".repeat(70_000)), "invalid_message"),
    ] {
        client.0.send(Message::text(said)).await.unwrap();
        let error = client.hear().await;
        assert_eq!((&error["type"], &error["code"]), (&json!("error"), &json!(code)));
    }
    client.0.send(Message::binary(vec![1u8])).await.unwrap();
    assert_eq!(client.hear().await["code"], "invalid_message");
    let good = "candles:binance:BTCUSDT:1m";
    for (topic, code) in [
        ("weather:berlin", "invalid_topic"),
        ("candles:binance:BTCUSDT:3m", "invalid_topic"),
        ("ticks:binance:NONE", "unknown_symbol"),
    ] {
        client.say(json!({ "op": "subscribe", "topics": [topic, good] })).await;
        let error = client.hear().await;
        assert_eq!((&error["code"], &error["topic"]), (&json!(code), &json!(topic)));
        assert_eq!(client.hear().await, json!({ "type": "subscribed", "topics": [good] }));
    }
    client.say(json!({ "op": "ping" })).await;
    assert_eq!(client.hear().await, json!({ "type": "pong" }));
}

#[tokio::test]
async fn a_connection_has_a_limit_of_topics() {
    let server = Server::start().await;
    let topics: Vec<String> = (0..201).map(|n| format!("ticks:binance:S{n}")).collect();
    for topic in &topics {
        server.symbol(topic.strip_prefix("ticks:").unwrap()).await;
    }
    let mut client = Client::connect(&server, "").await;
    client.say(json!({ "op": "subscribe", "topics": topics })).await;
    let error = client.hear().await;
    assert_eq!((&error["code"], &error["topic"]), (&json!("too_many_topics"), &json!(topics[200])));
    assert_eq!(client.hear().await["topics"].as_array().unwrap().len(), 200);
}

/// A client that takes little into its buffers.
async fn connect_narrow(server: &Server, query: &str) -> Client {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(8_192).unwrap();
    let stream = socket.connect(server.address.parse().unwrap()).await.unwrap();
    let url = format!("ws://{}/v1/stream{query}", server.address);
    let (socket, _) = client_async(url, MaybeTlsStream::Plain(stream)).await.unwrap();
    Client(socket)
}

const BATCH: usize = 1_500;

/// Commits a batch of trades, of the minute of its number.
async fn trade(server: &Server, batch: usize) {
    let mut rows = trades(&format!("2024-06-01T00:{batch:02}:00Z"), BATCH);
    for (n, row) in rows.iter_mut().enumerate() {
        row.trade_id = (batch * BATCH + n) as i64;
    }
    server.put_ticks(SYMBOL, TickKind::Trade, &rows).await;
}

#[tokio::test]
async fn whoever_falls_behind_is_told_and_delays_nobody() {
    // A slow machine must not make the slow client be given up.
    let stream_send_limit = Duration::from_secs(120);
    let settings = api::ApiSettings { stream_send_limit, ..api::ApiSettings::default() };
    let server = Server::start_with(settings).await;
    server.symbol(SYMBOL).await;
    let topics = "?topics=ticks:binance:BTCUSDT,prices:*";
    let mut slow = connect_narrow(&server, topics).await;
    assert_eq!(slow.hear().await["type"], "subscribed");
    let mut quick = Client::connect(&server, topics).await;
    assert_eq!(quick.hear().await["type"], "subscribed");
    // More than the backlog and the sockets' buffers hold.
    for batch in 0..16 {
        trade(&server, batch).await;
        let mut heard = 0;
        while heard < BATCH {
            let message = quick.hear().await;
            assert_ne!(message["type"], "lagged", "who reads hears everything");
            heard += usize::from(message["type"] == "tick");
        }
    }
    // What the slow one gets in the end: how many trades it missed, the newest ones, and the newest
    // price, which takes the place of those before.
    let (mut missed, mut heard, mut prices) = (0, 0, 0);
    let mut last = 0;
    while last + 1 < 16 * BATCH {
        let message = slow.hear().await;
        match message["type"].as_str().unwrap() {
            "lagged" => {
                assert_eq!(message["topic"], "ticks:binance:BTCUSDT");
                missed += message["missed"].as_u64().unwrap() as usize;
            }
            "tick" => {
                let id = message["tick"]["trade_id"].as_str().unwrap().parse::<usize>().unwrap();
                assert_eq!(id, missed + heard, "in order, and what is missing was told before");
                (heard, last) = (heard + 1, id);
            }
            _ => prices += 1,
        }
    }
    assert!(missed > 0 && prices < 16 * BATCH / 15, "{missed} missed, {prices} prices");
    assert_eq!(missed + heard, 16 * BATCH);
    slow.say(json!({ "op": "ping" })).await;
    while slow.hear().await["type"] != "pong" {}
}

#[tokio::test]
async fn whoever_does_not_read_is_given_up() {
    let stream_send_limit = Duration::from_millis(300);
    let settings =
        api::ApiSettings { stream_send_limit, max_streams: 1, ..api::ApiSettings::default() };
    let server = Server::start_with(settings).await;
    server.symbol(SYMBOL).await;
    let stuck = connect_narrow(&server, "?topics=ticks:binance:BTCUSDT,prices:*").await;
    for batch in 0..16 {
        trade(&server, batch).await;
    }
    let url = format!("ws://{}/v1/stream", server.address);
    let place = async {
        while connect_async(&url).await.is_err() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), place).await.expect("its place is free again");
    drop(stuck);
}

#[tokio::test]
async fn a_lost_database_connection_is_told_as_a_gap() {
    let server = Server::start().await;
    server.symbol(SYMBOL).await;
    let mut client = Client::connect(&server, "").await;
    client.subscribe(&["ticks:binance:BTCUSDT"]).await;
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    server.db.query("test", cut, &[]).await.unwrap();
    assert_eq!(client.hear().await, json!({ "type": "lagged", "missed": null }));
}

#[tokio::test]
async fn pages_of_other_servers_may_not_open_it() {
    let server = Server::start().await;
    let open = async |origin: &str| {
        let url = format!("ws://{}/v1/stream", server.address);
        let mut request = url.into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        connect_async(request).await
    };
    assert!(open(&format!("http://{}", server.address)).await.is_ok());
    match open("http://evil.example").await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 403),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn no_more_streams_are_opened_than_the_setting_says() {
    let settings = api::ApiSettings { max_streams: 1, ..api::ApiSettings::default() };
    let server = Server::start_with(settings).await;
    let first = Client::connect(&server, "").await;
    let url = format!("ws://{}/v1/stream", server.address);
    match connect_async(&url).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 503),
        other => panic!("{other:?}"),
    }
    drop(first);
    let again = async {
        while connect_async(&url).await.is_err() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), again).await.expect("the place is free again");
}

#[tokio::test]
async fn the_end_of_the_server_is_told() {
    let mut server = Server::start().await;
    let mut client = Client::connect(&server, "").await;
    server.shutdown.cancel();
    let closed = tokio::time::timeout(Duration::from_secs(5), async {
        loop {
            match client.0.next().await {
                Some(Ok(Message::Close(Some(frame)))) => return frame.code,
                Some(Ok(_)) => {}
                other => panic!("{other:?}"),
            }
        }
    });
    assert_eq!(u16::from(closed.await.unwrap()), 1001);
    assert!(tokio::time::timeout(Duration::from_secs(6), &mut server.serving).await.is_ok());
}
