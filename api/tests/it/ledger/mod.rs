//! Orders and fills over HTTP.

mod exact;
mod lists;
mod reports;

use domain::auth::Role;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::auth::{ask, somebody};
use crate::server::Server;

pub(crate) const ACCOUNT: &str = "00000000-0000-7000-8000-000000000011";
pub(crate) const ORDERS: &str = "/v1/ledger/orders";

pub(crate) struct Desk {
    pub(crate) server: Server,
    pub(crate) ada: String,
    pub(crate) ben: String,
}

/// A trader with a venue account, another one without, and a symbol.
pub(crate) async fn desk() -> Desk {
    desk_of(Server::start().await).await
}

async fn desk_of(server: Server) -> Desk {
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let ben = somebody(&server, "ben@example.com", Role::Trader).await;
    let sql = format!(
        "INSERT INTO market.venues (code, name) VALUES ('paper', 'Paper');
         INSERT INTO market.symbols (venue_id, code, base, quote, tick_size, lot_size)
         SELECT id, 'BTCUSDT', 'BTC', 'USDT', 0.01, 0.0001 FROM market.venues WHERE code = 'paper';
         INSERT INTO trading.venue_accounts (id, user_id, venue_id, name, kind, created_at, updated_at)
         SELECT '{ACCOUNT}', u.id, v.id, 'main', 'external', now(), now()
         FROM auth.users u, market.venues v WHERE u.email = 'ada@example.com' AND v.code = 'paper'"
    );
    server
        .db
        .run("test.rows", |tx| {
            let sql = sql.clone();
            async move { tx.batch(&sql).await }
        })
        .await
        .unwrap();
    Desk { server, ada, ben }
}

pub(crate) fn order(name: &str) -> Value {
    json!({ "account": ACCOUNT, "client_order_id": name, "symbol": "paper:BTCUSDT", "side": "buy", "kind": "limit",
            "quantity": "0.3", "limit_price": "40000", "venue_order_id": format!("v-{name}"),
            "tags": { "strategy": "cross" }, "exchange_metadata": { "a": [1, 2] } })
}

pub(crate) fn fill(trade: &str, quantity: &str) -> Value {
    json!({ "venue_trade_id": trade, "price": "39999.99", "quantity": quantity, "liquidity": "taker",
            "fees": [{ "asset": "USDT", "amount": "4" }], "time": "2024-05-30T10:00:00Z" })
}

impl Desk {
    pub(crate) fn as_ada(&self, method: Method, path: &str) -> RequestBuilder {
        ask(&self.server, method, path, Some(&self.ada))
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        told(self.as_ada(Method::POST, path).json(body)).await
    }
}

pub(crate) async fn told(request: RequestBuilder) -> (u16, Value) {
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.json().await.unwrap_or_default())
}

#[tokio::test]
async fn an_order_is_placed_filled_and_found_again() {
    let desk = desk().await;
    let (status, made) = desk.post(ORDERS, &order("one")).await;
    assert_eq!(status, 201, "{made}");
    assert_eq!((&made["status"], &made["venue_order_id"]), (&json!("open"), &json!("v-one")));
    assert_eq!(made["exchange_metadata"], json!({ "a": [1, 2] }));
    let (status, again) = desk.post(ORDERS, &order("one")).await;
    assert_eq!((status, &again["id"]), (200, &made["id"]));

    let path = format!("{ORDERS}/{}", made["id"].as_str().unwrap());
    let fills = format!("{path}/fills");
    for _ in 0..2 {
        let (status, now) = desk.post(&fills, &fill("t1", "0.1")).await;
        assert_eq!(
            (status, &now["status"], &now["filled"]),
            (200, &json!("partially_filled"), &json!("0.1"))
        );
    }
    let (_, list) = told(desk.as_ada(Method::GET, &fills)).await;
    assert_eq!(list["fills"].as_array().unwrap().len(), 1);
    assert_eq!(list["fills"][0]["quote"], "3999.999");
    assert_eq!(list["fills"][0]["fees"], json!([{ "asset": "USDT", "amount": "4" }]));

    let amend = desk.as_ada(Method::PATCH, &path).json(&json!({ "quantity": "0.2" }));
    assert_eq!(told(amend).await.1["quantity"], "0.2");
    let (_, cancelled) = told(desk.as_ada(Method::DELETE, &path)).await;
    assert_eq!(cancelled["status"], "cancel_requested");
    let report = json!({ "kind": "cancelled", "reason": "asked for" });
    let (_, over) = desk.post(&format!("{path}/reports"), &report).await;
    assert_eq!(over["status"], "cancelled");

    let balances = format!("/v1/ledger/accounts/{ACCOUNT}/balances");
    let (_, has) = told(desk.as_ada(Method::GET, &balances)).await;
    let due = json!([{ "asset": "BTC", "cash": "0.1", "held": "0" }, { "asset": "USDT", "cash": "-4003.999", "held": "0" }]);
    assert_eq!(has["balances"], due);
    let (_, held) =
        told(desk.as_ada(Method::GET, "/v1/ledger/positions?status=open&strategy=cross")).await;
    let held = &held["positions"][0];
    assert_eq!((&held["quantity"], &held["avg_price"]), (&json!("0.1"), &json!("39999.99")));
    let (_, trips) = told(desk.as_ada(Method::GET, "/v1/ledger/trades?limit=1")).await;
    let trip = &trips["trades"][0];
    assert_eq!(
        (&trip["id"], &trip["net_pnl"], &trip["strategy"]),
        (&held["id"], &json!("-4"), &json!("cross"))
    );
    assert_eq!((&trips["next"], &trip["exit_time"]), (&json!(null), &json!(null)));
    let query = format!("{ORDERS}?status=cancelled&symbol=paper:BTCUSDT&account={ACCOUNT}");
    assert_eq!(told(desk.as_ada(Method::GET, &query)).await.1["orders"][0]["id"], made["id"]);
    let by_name = format!("{ORDERS}?account={ACCOUNT}&client_order_id=one");
    assert_eq!(told(desk.as_ada(Method::GET, &by_name)).await.1["orders"][0]["id"], made["id"]);
}

#[tokio::test]
async fn an_order_that_was_never_sent_is_withdrawn() {
    let desk = desk().await;
    let mut unsent = order("unsent");
    unsent["venue_order_id"] = Value::Null;
    let (status, made) = desk.post(ORDERS, &unsent).await;
    assert_eq!((status, &made["status"]), (201, &json!("new")), "{made}");
    let path = format!("{ORDERS}/{}", made["id"].as_str().unwrap());
    let asked = || desk.as_ada(Method::DELETE, &path).header("Idempotency-Key", "k1");
    for _ in 0..2 {
        let (status, now) = told(asked()).await;
        assert_eq!((status, &now["status"]), (200, &json!("cancelled")), "{now}");
    }
    let (status, again) = told(desk.as_ada(Method::DELETE, &path)).await;
    assert_eq!((status, &again["code"]), (409, &json!("wrong_state")));
}

#[tokio::test]
async fn pages_lead_through_all_orders_once() {
    let desk = desk().await;
    for number in 0..7 {
        assert_eq!(desk.post(ORDERS, &order(&format!("o{number}"))).await.0, 201);
    }
    let (mut seen, mut path) = (Vec::new(), format!("{ORDERS}?limit=3"));
    loop {
        let (_, page) = told(desk.as_ada(Method::GET, &path)).await;
        let names = page["orders"].as_array().unwrap().iter();
        seen.extend(names.map(|order| order["client_order_id"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        path = format!("{ORDERS}?limit=3&cursor={next}");
    }
    seen.sort();
    assert_eq!(seen, (0..7).map(|number| format!("o{number}")).collect::<Vec<_>>());
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_own_code() {
    let desk = desk().await;
    let with = |field: &str, value: Value| {
        let mut order = order("x");
        order[field] = value;
        order
    };
    for (body, status, code) in [
        (with("limit_price", json!("40000.001")), 400, "price_off_tick"),
        (with("quantity", json!("0.00001")), 400, "quantity_off_lot"),
        (with("quantity", json!("0")), 400, "not_positive"),
        (with("quantity", json!("many")), 400, "invalid_body"),
        (with("quantity", json!(0.3)), 400, "invalid_body"),
        (with("side", json!("up")), 400, "invalid_body"),
        (with("client_order_id", json!("two words")), 400, "bad_client_order_id"),
        (with("limit_price", json!(null)), 400, "missing_field"),
        (with("stop_price", json!("1")), 400, "superfluous_field"),
        (with("colour", json!("red")), 400, "invalid_body"),
        (with("symbol", json!("paper:NOSUCH")), 404, "unknown_symbol"),
        (with("account", json!("00000000-0000-7000-8000-000000000099")), 404, "unknown_account"),
        (with("bot", json!("00000000-0000-7000-8000-000000000099")), 404, "unknown_bot"),
        (with("reduce_only", json!(true)), 409, "reduce_only"),
    ] {
        let (is, told) = desk.post(ORDERS, &body).await;
        assert_eq!((is, &told["code"]), (status, &json!(code)), "{told}");
    }
    let (_, made) = desk.post(ORDERS, &order("x")).await;
    let path = format!("{ORDERS}/{}", made["id"].as_str().unwrap());
    assert_eq!(desk.post(ORDERS, &with("quantity", json!("0.2"))).await.1["code"], "key_reused");
    assert_eq!(desk.post(&format!("{path}/fills"), &fill("t", "0.4")).await.1["code"], "over_fill");
    let rejected = json!({ "kind": "rejected", "code": "-1", "reason": "late" });
    assert_eq!(desk.post(&format!("{path}/reports"), &rejected).await.1["code"], "wrong_state");
    let key =
        |body: Value| desk.as_ada(Method::PATCH, &path).header("Idempotency-Key", "k1").json(&body);
    for _ in 0..2 {
        assert_eq!(told(key(json!({ "quantity": "0.5" }))).await.1["version"], 4);
    }
    assert_eq!(told(key(json!({ "quantity": "0.6" }))).await.1["code"], "key_reused");
    let (_, all) = told(desk.as_ada(Method::GET, ORDERS)).await;
    assert_eq!(all["orders"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn other_peoples_orders_and_accounts_are_not_found() {
    let desk = desk().await;
    let (_, made) = desk.post(ORDERS, &order("one")).await;
    let path = format!("{ORDERS}/{}", made["id"].as_str().unwrap());
    let as_ben = |method: Method, path: &str| ask(&desk.server, method, path, Some(&desk.ben));
    let entry = json!({ "id": "d", "kind": "deposited", "asset": "USDT", "amount": "1", "time": "2024-05-30T10:00:00Z" });
    let entries = format!("/v1/ledger/accounts/{ACCOUNT}/entries");
    for request in [
        as_ben(Method::GET, &path),
        as_ben(Method::DELETE, &path),
        as_ben(Method::PATCH, &path).json(&json!({ "quantity": "0.5" })),
        as_ben(Method::GET, &format!("{path}/fills")),
        as_ben(Method::POST, &format!("{path}/fills")).json(&fill("t", "0.1")),
        as_ben(Method::POST, &format!("{path}/reports")).json(&json!({ "kind": "expired" })),
        as_ben(Method::POST, ORDERS).json(&order("two")),
        as_ben(Method::POST, &entries).json(&entry),
        as_ben(Method::GET, &format!("/v1/ledger/accounts/{ACCOUNT}/balances")),
    ] {
        let (status, told) = told(request).await;
        assert_eq!(status, 404, "{told}");
    }
    for path in ["/v1/ledger/positions", "/v1/ledger/trades"] {
        let (_, none) = told(as_ben(Method::GET, path)).await;
        assert!(none["positions"] == json!([]) || none["trades"] == json!([]), "{none}");
    }
    let (_, none) = told(as_ben(Method::GET, &format!("{ORDERS}?account={ACCOUNT}"))).await;
    assert_eq!(none["orders"], json!([]));
    assert_eq!(desk.post(&entries, &entry).await.0, 204);
    assert_eq!(desk.post(&entries, &entry).await.0, 204, "told again");
    let (_, has) =
        told(desk.as_ada(Method::GET, &format!("/v1/ledger/accounts/{ACCOUNT}/balances"))).await;
    assert_eq!(has["balances"][0]["cash"], "1");
}
