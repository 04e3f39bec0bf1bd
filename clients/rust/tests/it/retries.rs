//! What is sent again after a failure, and how: against a server that fails as often as it is told to.

use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::response::Response;
use axum::routing::get;
use chandlery_client::{Client, Code, Error, Event, Heartbeat, NewOrder, Retry, Side, Topic, Uuid};
use serde_json::{Value, json};

use crate::script::{away, server};

fn order(id: Uuid) -> Value {
    json!({ "id": id, "account": id, "bot": null, "client_order_id": "x", "venue_order_id": null,
        "symbol": "binance:BTCUSDT", "mode": "spot", "side": "buy", "kind": "market", "status": "new",
        "quantity": "0.5", "quote_quantity": null, "limit_price": null, "stop_price": null, "filled": "0",
        "filled_quote": "0", "strategy": null, "exchange_metadata": {}, "version": 1,
        "placed_at": "2026-01-05T10:00:00Z", "updated_at": "2026-01-05T10:00:00Z" })
}

#[tokio::test]
async fn an_order_is_asked_again_under_the_same_name_and_the_next_one_has_another() {
    let id = Uuid::from_u128(7);
    let (client, script) = server(&[away(), away(), (201, order(id)), (200, order(id))]).await;
    let new = NewOrder::market(id, "binance:BTCUSDT", Side::Buy, "0.5".parse().unwrap());
    assert_eq!(client.place(&new).await.unwrap().id, id);
    client.place(&new).await.unwrap();
    let seen = script.seen.lock().unwrap();
    let names: Vec<&str> =
        seen.iter().map(|seen| seen.body["client_order_id"].as_str().unwrap()).collect();
    assert_eq!(names.len(), 4);
    assert!(names[0] == names[1] && names[1] == names[2] && names[2] != names[3], "{names:?}");
    assert_eq!(seen[0].body["quantity"], "0.5");
}

#[tokio::test]
async fn a_command_is_asked_again_under_the_same_key() {
    let id = Uuid::from_u128(7);
    let (client, script) = server(&[away(), (200, order(id)), (200, order(id))]).await;
    client.cancel(id).await.unwrap();
    client.cancel(id).await.unwrap();
    let seen = script.seen.lock().unwrap();
    let keys: Vec<&String> = seen.iter().map(|seen| seen.key.as_ref().expect("a key")).collect();
    assert!(keys[0] == keys[1] && keys[1] != keys[2], "{keys:?}");
}

#[tokio::test]
async fn what_may_have_been_done_is_not_asked_again() {
    let (client, script) =
        server(&[away(), (409, json!({ "code": "name_taken", "detail": "x" }))]).await;
    let id = Uuid::from_u128(7);
    let error = client.heartbeat(id, &Heartbeat::default()).await.unwrap_err();
    assert!(error.is(&Code::DATABASE_UNAVAILABLE), "{error}");
    let error = client.create_strategy("Cross", None).await.unwrap_err();
    assert_eq!(error.to_string(), "name_taken (409): x");
    assert_eq!(script.seen.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn tries_end_and_a_server_that_is_away_is_named() {
    let (client, script) = server(&[away(), away(), away()]).await;
    assert!(client.symbols().await.unwrap_err().is(&Code::DATABASE_UNAVAILABLE));
    assert_eq!(script.seen.lock().unwrap().len(), 3);

    let nobody = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let retry = Retry { tries: 2, pause: Duration::from_millis(1), ..Retry::default() };
    let client =
        Client::builder().url(&format!("http://{nobody}/under")).retry(retry).build().unwrap();
    let error = client.price("binance:BTCUSDT").await.unwrap_err();
    assert!(matches!(error, Error::Unreachable { before_sent: true, .. }), "{error}");
    assert!(error.to_string().contains(&format!("{nobody}/under/v1/market/price")), "{error}");
}

#[tokio::test]
async fn an_answer_whose_numbers_do_not_fit_is_refused() {
    let mut long = order(Uuid::from_u128(7));
    long["filled"] = json!("1.00000000000000000000000000001");
    let (client, _) = server(&[(200, long)]).await;
    let error = client.order(Uuid::from_u128(7)).await.unwrap_err();
    assert!(matches!(error, Error::Answer { .. }), "{error}");
}

/// Tells a price to whoever subscribes, and hangs up.
async fn hang_up(upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async |mut socket| {
        let asked = socket.recv().await.unwrap().unwrap().into_text().unwrap();
        assert_eq!(asked.as_str(), r#"{"op":"subscribe","topics":["prices:a:B"]}"#);
        let told = r#"{"type":"price","topic":"prices:a:B","symbol":"a:B","replay":false,"price":"1.5","time":"2026-01-05T10:00:00Z"}"#;
        socket.send(Message::text(told)).await.unwrap();
    })
}

#[tokio::test]
async fn a_stream_that_breaks_goes_on_with_the_same_topics_and_says_so() {
    let router = Router::new().route("/v1/stream", get(hang_up));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    let client = Client::builder().url(&url).build().unwrap();
    let mut stream = client.stream([Topic::prices("a:B")]).await.unwrap();
    for _ in 0..2 {
        let Event::Price { price, .. } = stream.next().await.unwrap() else { panic!("no price") };
        assert_eq!(price.to_string(), "1.5");
        assert_eq!(stream.next().await.unwrap(), Event::Reconnected);
    }
}
