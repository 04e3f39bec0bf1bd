//! What the stream tells of one's own bots and orders.

use app::Random;
use app::auth::{AccountChange, Actor};
use app::ledger::Ledger;
use domain::auth::Role;
use reqwest::Method;
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use uuid::Uuid;

use super::{Client, StreamExt};
use crate::ledger::{ACCOUNT, Desk, ORDERS, desk, fill, order, told};
use crate::server::Server;

impl Client {
    /// By the cookie of a session or a key.
    async fn of(server: &Server, who: &str, topics: &[&str]) -> Self {
        let url = format!("ws://{}/v1/stream", server.address);
        let mut request = url.into_client_request().unwrap();
        let (header, secret) = match who.contains('=') {
            true => ("cookie", who.to_owned()),
            false => ("authorization", format!("Bearer {who}")),
        };
        request.headers_mut().insert(header, secret.parse().unwrap());
        let mut client = Self(connect_async(request).await.unwrap().0);
        client.subscribe(topics).await;
        client
    }

    /// That nothing more was told before now.
    async fn heard_all(&mut self) {
        self.say(json!({ "op": "ping" })).await;
        assert_eq!(self.hear().await, json!({ "type": "pong" }));
    }
}

async fn ada(desk: &Desk) -> Uuid {
    let address = "ada@example.com".parse().unwrap();
    desk.server.accounts.by_email(&address).await.unwrap().id
}

/// A bot of Ada's.
async fn bot(desk: &Desk) -> String {
    let new = json!({ "account": ACCOUNT, "name": "Bot", "type": "paper" });
    let (status, made) = desk.post("/v1/trading/bots", &new).await;
    assert_eq!(status, 201, "{made}");
    made["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn orders_and_their_fills_are_told_to_their_owner_alone() {
    let desk = desk().await;
    let of_account = format!("orders:{ACCOUNT}");
    let mut all = Client::of(&desk.server, &desk.ada, &["orders:all"]).await;
    let mut one = Client::of(&desk.server, &desk.ada, &[&of_account]).await;
    let mut ben = Client::of(&desk.server, &desk.ben, &["orders:all", "bots:all"]).await;
    let (_, made) = desk.post(ORDERS, &order("one")).await;
    let id = made["id"].as_str().unwrap();
    // Whoever writes, in whatever process.
    let elsewhere =
        Ledger::new(desk.server.db.clone(), desk.server.clock.clone(), Random::system());
    let owner = ada(&desk).await;
    let cancel = domain::ledger::OrderEvent::CancelRequested {};
    desk.post(&format!("{ORDERS}/{id}/fills"), &fill("t1", "0.10")).await;
    elsewhere.tell(owner, id.parse().unwrap(), cancel, None).await.unwrap();
    for client in [&mut all, &mut one] {
        let placed = client.hear().await;
        assert_eq!(
            placed,
            json!({ "type": "order", "topic": of_account, "fill": null, "order": {
                "id": id, "account": ACCOUNT, "bot": null, "client_order_id": "one",
                "symbol": "paper:BTCUSDT", "mode": "spot", "side": "buy", "kind": "limit",
                "status": "open", "quantity": "0.3", "quote_quantity": null,
                "limit_price": "40000", "stop_price": null, "filled": "0", "filled_quote": "0",
                "version": 3, "updated_at": made["updated_at"],
            } })
        );
        let filled = client.hear().await;
        let told = |field: &str| filled["order"][field].clone();
        assert_eq!(
            (told("status"), told("filled"), told("filled_quote"), told("version")),
            (json!("partially_filled"), json!("0.1"), json!("3999.999"), json!(4))
        );
        assert_eq!(
            filled["fill"],
            json!({ "venue_trade_id": "t1", "price": "39999.99", "quantity": "0.1",
                "quote": "3999.999", "fees": [{ "asset": "USDT", "amount": "4" }],
                "liquidity": "taker", "time": "2024-05-30T10:00:00Z" })
        );
        let cancelled = client.hear().await;
        let order = &cancelled["order"];
        assert_eq!((&order["status"], &order["version"]), (&json!("cancel_requested"), &json!(5)));
        client.heard_all().await;
    }
    ben.heard_all().await;
    // What comes to nothing is not told.
    let too_much = desk.post(&format!("{ORDERS}/{id}/fills"), &fill("t2", "0.4")).await;
    assert_eq!(too_much.0, 409);
    one.say(json!({ "op": "unsubscribe", "topics": [of_account] })).await;
    assert_eq!(one.hear().await["topics"], json!([of_account]));
    let (_, other) = desk.post(ORDERS, &order("two")).await;
    assert_eq!(all.hear().await["order"]["id"], other["id"]);
    one.heard_all().await;
}

#[tokio::test]
async fn a_bot_is_told_with_each_heartbeat_and_change_of_status() {
    let desk = desk().await;
    let mut all = Client::of(&desk.server, &desk.ada, &["bots:all"]).await;
    let bot = bot(&desk).await;
    let topic = format!("bots:{bot}");
    let mut one = Client::of(&desk.server, &desk.ada, &[&topic]).await;
    let mut ben = Client::of(&desk.server, &desk.ben, &["bots:all"]).await;
    assert_eq!(all.hear().await["bot"]["status"], "stopped");
    let path = format!("/v1/trading/bots/{bot}");
    let beat = json!({ "balance": "1000.10", "total_pnl": "-3.5", "error": "no money" });
    for (what, body, status) in [
        ("start", json!({}), "running"),
        ("heartbeat", json!({}), "running"),
        ("heartbeat", beat, "error"),
        ("stop", json!({}), "stopped"),
    ] {
        let (_, made) = desk.post(&format!("{path}/{what}"), &body).await;
        for client in [&mut all, &mut one] {
            let heard = client.hear().await;
            assert_eq!(
                heard,
                json!({ "type": "bot", "topic": topic, "bot": {
                    "id": bot, "account": ACCOUNT, "status": status,
                    "started_at": made["started_at"], "last_heartbeat": made["last_heartbeat"],
                    "error_count": made["error_count"], "balance": made["balance"],
                    "total_pnl": made["total_pnl"],
                } })
            );
        }
    }
    let gone = told(desk.as_ada(Method::DELETE, &path)).await;
    assert_eq!(gone.0, 204);
    for client in [&mut all, &mut one] {
        assert_eq!(client.hear().await["bot"]["status"], "deleted");
        client.heard_all().await;
    }
    ben.heard_all().await;
}

#[tokio::test]
async fn only_what_one_may_read_is_followed() {
    let desk = desk().await;
    let bot = bot(&desk).await;
    let key = async |scopes: Value| {
        let new = json!({ "name": "bot", "scopes": scopes });
        desk.post("/v1/auth/keys", &new).await.1["key"].as_str().unwrap().to_owned()
    };
    let market = key(json!(["market:read"])).await;
    let bots = key(json!(["market:read", "bots:read"])).await;
    let refused = async |client: &mut Client, topic: &str| {
        client.say(json!({ "op": "subscribe", "topics": [topic] })).await;
        let error = client.hear().await;
        assert_eq!(client.hear().await, json!({ "type": "subscribed", "topics": [] }));
        error["code"].as_str().unwrap().to_owned()
    };
    let mut nobody = Client::connect(&desk.server, "").await;
    let mut program = Client::of(&desk.server, &market, &[]).await;
    for topic in ["bots:all", "orders:all"] {
        assert_eq!(refused(&mut nobody, topic).await, "unauthorized");
        assert_eq!(refused(&mut program, topic).await, "forbidden");
    }
    let mut program = Client::of(&desk.server, &bots, &["bots:all"]).await;
    assert_eq!(refused(&mut program, "orders:all").await, "forbidden");
    let mut ben = Client::of(&desk.server, &desk.ben, &[]).await;
    assert_eq!(refused(&mut ben, &format!("bots:{bot}")).await, "unknown_bot");
    assert_eq!(refused(&mut ben, &format!("orders:{ACCOUNT}")).await, "unknown_account");
}

#[tokio::test]
async fn who_loses_the_right_to_what_is_followed_is_cut_off() {
    let desk = desk().await;
    let mut of_market = Client::of(&desk.server, &desk.ada, &[]).await;
    let of_orders = Client::of(&desk.server, &desk.ada, &["orders:all"]).await;
    let accounts = &desk.server.accounts;
    let viewer = [AccountChange::Role(Role::Viewer)];
    accounts.change(&Actor::default(), ada(&desk).await, &viewer).await.unwrap();
    let closed = async |mut client: Client| {
        while let Some(Ok(message)) = client.0.next().await {
            if let Message::Close(Some(frame)) = message {
                return u16::from(frame.code);
            }
        }
        0
    };
    let limit = std::time::Duration::from_secs(10);
    assert_eq!(tokio::time::timeout(limit, closed(of_orders)).await, Ok(1008));
    of_market.heard_all().await;
}
