//! Binance's account and orders, on a venue that this test is.

use app::Random;
use app::ledger::Ledger;
use domain::ledger::{Fee, Fill, Liquidity, OrderEvent};
use domain::{Amount, parse_decimal};
use reqwest::StatusCode;
use ring::hmac;
use store::ledger::orders::OrderQuery;
use uuid::Uuid;

use super::*;

const API: &str = "/compat/binance/api/v3";

/// Somebody's paper account, the key of a program, and a venue that answers.
struct Desk {
    server: Server,
    ada: String,
    account: String,
    key: String,
    secret: String,
    id: String,
    venue: tokio::task::JoinHandle<()>,
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.venue.abort();
    }
}

async fn desk() -> Desk {
    let server = Server::start().await;
    server.accounts.use_keys(FieldKeys::Given(Keyring::with(None, [7; NEW_KEY])));
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let sql = "INSERT INTO market.venues (code, name) VALUES ('binance', 'Binance') ON CONFLICT DO NOTHING;
         INSERT INTO market.symbols (venue_id, code, base, quote, tick_size, lot_size, min_notional)
         SELECT id, 'BTCUSDT', 'BTC', 'USDT', 0.01, 0.0001, 5 FROM market.venues WHERE code = 'binance'";
    server.db.run("test.rows", |tx| async move { tx.batch(sql).await }).await.unwrap();
    let new = json!({ "venue": "binance", "name": "Paper", "kind": "paper" });
    let account = made(&server, &ada, "/v1/trading/accounts", new).await;
    let path = format!("/v1/trading/accounts/{account}/signing-keys");
    let (status, key) = ask(&server, &ada, "POST", &path, json!({ "name": "ccxt" })).await;
    assert_eq!(status, 201, "{key}");
    let text = |name: &str| key[name].as_str().unwrap().to_owned();
    let (id, secret, key) = (text("id"), text("secret"), text("api_key"));
    // The test is the venue: what happens to orders of a paper account the paper venue tells.
    let sql = "UPDATE trading.venue_accounts SET kind = 'external'";
    server.db.run("test.kind", |tx| async move { tx.batch(sql).await }).await.unwrap();
    let venue = tokio::spawn(answer(&server));
    Desk { server, ada, account, key, secret, id, venue }
}

/// A venue that takes every order, trades at once what has no limit, and cancels what is to be cancelled.
fn answer(server: &Server) -> impl Future<Output = ()> + 'static {
    let (db, clock) = (server.db.clone(), server.clock.clone());
    let ledger = Ledger::new(db.clone(), clock.clone(), Random::system());
    async move {
        loop {
            let query = OrderQuery { limit: 100, ..OrderQuery::default() };
            let sql = "SELECT user_id FROM trading.venue_accounts LIMIT 1";
            let rows = db.query("test.owner", sql, &[]).await.unwrap();
            let user: Uuid = rows[0].get(0);
            for order in ledger.orders(&query).await.unwrap() {
                let events = match order.status.as_str() {
                    "new" if order.client_order_id == "too-much" => vec![OrderEvent::Rejected {
                        code: "insufficient_funds".into(),
                        reason: "no money".into(),
                    }],
                    "new" => {
                        let mut events = vec![
                            OrderEvent::Submitted {},
                            OrderEvent::Accepted { venue_order_id: order.id.to_string() },
                        ];
                        if order.kind == "market" {
                            let price = parse_decimal("40000").unwrap();
                            let quantity =
                                order.quantity.unwrap_or_else(|| parse_decimal("0.0025").unwrap());
                            events.push(OrderEvent::Filled {
                                fill: Fill {
                                    venue_trade_id: format!("{}-1", order.id),
                                    price,
                                    quantity,
                                    quote: Amount::product(price, quantity),
                                    fees: vec![Fee {
                                        asset: "USDT".into(),
                                        amount: "0.4".parse().unwrap(),
                                    }],
                                    liquidity: Liquidity::Taker,
                                    time: clock.now(),
                                    venue_profit: None,
                                },
                            });
                        }
                        events
                    }
                    "cancel_requested" => {
                        vec![OrderEvent::Cancelled { reason: "asked for".into() }]
                    }
                    _ => continue,
                };
                for event in events {
                    ledger.tell(user, order.id, event, None).await.unwrap();
                }
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Desk {
    fn sign(&self, payload: &str) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA256, self.secret.as_bytes());
        let tag = hmac::sign(&key, payload.as_bytes());
        tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn signed(&self, query: &str) -> String {
        let now = self.server.clock.now().millis();
        let query = format!("{query}&timestamp={now}");
        format!(
            "{}&signature={}",
            query.trim_start_matches('&'),
            self.sign(query.trim_start_matches('&'))
        )
    }

    /// What is sent as it is, with the key.
    async fn send(&self, method: &str, path: &str, query: &str) -> (StatusCode, Value) {
        let url = format!("http://{}/compat/binance{path}?{query}", self.server.address);
        let request = self.server.client.request(method.parse().unwrap(), url);
        let response = request.header("X-MBX-APIKEY", &self.key).send().await.unwrap();
        (response.status(), response.json().await.unwrap_or_default())
    }

    async fn ask(&self, method: &str, path: &str, query: &str) -> Value {
        let (status, body) =
            self.send(method, &format!("/api/v3{path}"), &self.signed(query)).await;
        assert_eq!(status, 200, "{method} {path} {query}: {body}");
        body
    }

    /// Status and code of a refusal.
    async fn refused(&self, method: &str, path: &str, query: &str) -> (u16, i64) {
        let (status, body) =
            self.send(method, &format!("/api/v3{path}"), &self.signed(query)).await;
        (status.as_u16(), body["code"].as_i64().unwrap_or_default())
    }

    async fn deposit(&self, usdt: &str) {
        let path = format!("/v1/ledger/accounts/{}/entries", self.account);
        let body = json!({ "kind": "deposited", "id": "first", "asset": "USDT", "amount": usdt, "time": "2024-05-30T10:00:00Z" });
        let (status, told) = ask(&self.server, &self.ada, "POST", &path, body).await;
        assert!(status < 300, "{told}");
    }

    fn tick(&self) {
        self.server.clock.set(self.server.clock.now().plus(Duration::from_millis(1)));
    }
}

const LIMIT: &str = "symbol=BTCUSDT&side=BUY&type=LIMIT&timeInForce=GTC&quantity=0.001&price=39000";

#[tokio::test]
async fn orders_are_placed_read_and_cancelled_in_binances_words() {
    let desk = desk().await;
    desk.deposit("1000").await;
    let market = "symbol=BTCUSDT&side=BUY&type=MARKET&quantity=0.001&newClientOrderId=first";
    let order = desk.ask("POST", "/order", market).await;
    let number = order["orderId"].as_i64().unwrap();
    assert_eq!(order["status"], "FILLED");
    assert_eq!(order["cummulativeQuoteQty"], "40.00000000");
    let fill = &order["fills"][0];
    let trade = fill["tradeId"].as_i64().unwrap();
    assert_eq!(
        fill,
        &json!({ "price": "40000.00000000", "qty": "0.00100000", "commission": "0.40000000",
                 "commissionAsset": "USDT", "tradeId": trade })
    );
    desk.tick();
    let by_quote = "symbol=BTCUSDT&side=BUY&type=MARKET&quoteOrderQty=100&newOrderRespType=RESULT";
    let by_quote = desk.ask("POST", "/order", by_quote).await;
    assert_eq!(by_quote["origQty"], "0.00250000");
    assert_eq!(by_quote["fills"], Value::Null);

    desk.tick();
    let limit =
        desk.ask("POST", "/order", &format!("{LIMIT}&newClientOrderId=wait&strategyId=7")).await;
    assert_eq!((&limit["status"], &limit["strategyId"]), (&json!("NEW"), &json!(7)));
    desk.tick();
    let stop = "symbol=BTCUSDT&side=SELL&type=STOP_LOSS&trailingDelta=150&quantity=0.001";
    let stop = desk.ask("POST", "/order", stop).await;
    assert_eq!(stop.as_object().unwrap().len(), 5, "{stop}");
    let listed = desk.ask("GET", "/openOrders", "symbol=BTCUSDT").await;
    assert_eq!(listed[0]["clientOrderId"], "wait");
    assert_eq!(
        (&listed[1]["trailingDelta"], &listed[1]["isWorking"]),
        (&json!(150), &json!(false))
    );
    let one = desk.ask("GET", "/order", "symbol=BTCUSDT&origClientOrderId=wait").await;
    assert_eq!(one, listed[0]);
    for field in ["time", "updateTime", "workingTime", "orderId", "orderListId"] {
        assert!(one[field].is_i64(), "{field} of {one}");
    }
    let gone =
        desk.ask("DELETE", "/order", &format!("symbol=BTCUSDT&orderId={}", one["orderId"])).await;
    assert_eq!((&gone["status"], &gone["origClientOrderId"]), (&json!("CANCELED"), &json!("wait")));
    let rest = desk.ask("DELETE", "/openOrders", "symbol=BTCUSDT").await;
    assert_eq!(rest.as_array().unwrap().len(), 1);
    assert_eq!(desk.ask("GET", "/openOrders", "").await, json!([]));
    let all = desk.ask("GET", "/allOrders", "symbol=BTCUSDT").await;
    let statuses: Vec<_> = all.as_array().unwrap().iter().map(|order| &order["status"]).collect();
    assert_eq!(statuses, ["FILLED", "FILLED", "CANCELED", "CANCELED"]);
    let from = format!("symbol=BTCUSDT&orderId={}&limit=1", number + 1);
    assert_eq!(desk.ask("GET", "/allOrders", &from).await[0]["orderId"], by_quote["orderId"]);

    let trades = desk.ask("GET", "/myTrades", "symbol=BTCUSDT").await;
    assert_eq!(trades.as_array().unwrap().len(), 2);
    assert_eq!((&trades[0]["id"], &trades[0]["orderId"]), (&json!(trade), &json!(number)));
    assert_eq!((&trades[0]["isBuyer"], &trades[0]["isMaker"]), (&json!(true), &json!(false)));
    let of_order = format!("symbol=BTCUSDT&orderId={}", by_quote["orderId"]);
    assert_eq!(desk.ask("GET", "/myTrades", &of_order).await, json!([trades[1]]));
    let from = format!("symbol=BTCUSDT&fromId={}&limit=1", trade + 1);
    assert_eq!(desk.ask("GET", "/myTrades", &from).await, json!([trades[1]]));

    let account = desk.ask("GET", "/account", "omitZeroBalances=true").await;
    assert_eq!(
        account["balances"][0],
        json!({ "asset": "BTC", "free": "0.00350000", "locked": "0.00000000" })
    );
    assert_eq!(account["balances"][1]["free"], "859.20000000");
    assert_eq!(account["canTrade"], true);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_binances_codes() {
    let desk = desk().await;
    for (query, due) in [
        (LIMIT.replace("BTCUSDT", "NOPE"), -1121),
        (LIMIT.replace("39000", "39000.001"), -1013),
        (LIMIT.replace("0.001", "0.00015"), -1013),
        (LIMIT.replace("0.001", "0.0001"), -1013),
        (LIMIT.replace("0.001", "0"), -1013),
        (LIMIT.replace("0.001", "1e-3"), -1100),
        (LIMIT.replace("&price=39000", ""), -1102),
        (LIMIT.replace("&timeInForce=GTC", ""), -1102),
        (LIMIT.replace("GTC", "GTX"), -1115),
        (LIMIT.replace("LIMIT", "LIMITED"), -1116),
        (LIMIT.replace("BUY", "HOLD"), -1117),
        (LIMIT.replace("LIMIT", "MARKET"), -1106),
        (LIMIT.replace("LIMIT", "TAKE_PROFIT_LIMIT"), -2010),
        (LIMIT.replace("LIMIT", "LIMIT_MAKER"), -2010),
        (format!("{LIMIT}&icebergQty=0.0001"), -2010),
        (format!("{LIMIT}&newClientOrderId=a%20b"), -1100),
        (format!("{LIMIT}&newClientOrderId=too-much"), -2010),
        (format!("{LIMIT}&side=SELL"), -1101),
        (format!("{LIMIT}&what=1"), -1104),
        (format!("{LIMIT}&recvWindow=60001"), -1131),
    ] {
        assert_eq!(desk.refused("POST", "/order", &query).await, (400, due), "{query}");
        if due != -2010 {
            assert_eq!(desk.refused("POST", "/order/test", &query).await, (400, due), "{query}");
        }
    }
    assert_eq!(desk.ask("POST", "/order/test", LIMIT).await, json!({}));
    assert_eq!(
        desk.ask("GET", "/allOrders", "symbol=BTCUSDT&limit=9").await[0]["status"],
        "REJECTED"
    );
    for (method, path, query, due) in [
        ("GET", "/order", "symbol=BTCUSDT&orderId=999", -2013),
        ("GET", "/order", "symbol=BTCUSDT&origClientOrderId=%00", -1130),
        ("GET", "/order", "symbol=BTCUSDT", -1102),
        ("DELETE", "/order", "symbol=BTCUSDT&orderId=999", -2011),
        ("DELETE", "/openOrders", "symbol=BTCUSDT", -2011),
        ("GET", "/openOrders", "symbol=NOPE", -1121),
        ("GET", "/myTrades", "symbol=BTCUSDT&startTime=0&endTime=86400001", -1127),
    ] {
        let refused = desk.refused(method, path, query).await;
        // The address is refused before anything is read of it.
        let due = if query.contains("%00") { (400, 0) } else { (400, due) };
        assert_eq!(refused, due, "{method} {path} {query}");
    }
}

#[tokio::test]
async fn a_request_is_signed_in_time_and_places_one_order() {
    let desk = desk().await;
    let code = async |query: &str| {
        let (status, body) = desk.send("POST", "/api/v3/order", query).await;
        (status.as_u16(), body["code"].as_i64().unwrap_or_default())
    };
    let request = desk.signed(LIMIT);
    assert_eq!(code(&request.replace("39000", "38000")).await, (400, -1022));
    assert_eq!(code(&request.replace("signature=", "signature=0")).await, (400, -1100));
    assert_eq!(code(LIMIT).await, (400, -1102));
    // Sent again it is the same order, which is there already.
    assert_eq!(code(&request).await, (200, 0));
    assert_eq!(code(&request).await, (400, -2010));
    desk.server.clock.set(desk.server.clock.now().plus(Duration::from_millis(5_001)));
    assert_eq!(code(&request).await, (400, -1021));
    let named = format!("{LIMIT}&newClientOrderId=one");
    assert_eq!(code(&desk.signed(&named)).await, (200, 0));
    desk.tick();
    assert_eq!(code(&desk.signed(&named)).await, (400, -2010));
    assert_eq!(desk.ask("GET", "/openOrders", "").await.as_array().unwrap().len(), 2);
    // All of it in the body, as most clients send it.
    let url = format!("http://{}{API}/order", desk.server.address);
    let body = desk.signed(&format!("{LIMIT}&newClientOrderId=two"));
    let sent = desk.server.client.post(url).header("X-MBX-APIKEY", &desk.key).body(body);
    assert_eq!(sent.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_key_may_what_its_owner_may_on_one_account() {
    let desk = desk().await;
    let path = format!("/v1/trading/accounts/{}/signing-keys", desk.account);
    let ben = somebody(&desk.server, "ben@example.com", Role::Trader).await;
    let new = json!({ "name": "x" });
    assert_eq!(ask(&desk.server, &ben, "POST", &path, new.clone()).await.0, 404);
    assert_eq!(ask(&desk.server, &ben, "GET", &path, Value::Null).await.0, 404);
    assert_eq!(
        ask(&desk.server, &ben, "DELETE", &format!("{path}/{}", desk.id), Value::Null).await.0,
        404
    );
    // No key makes keys that sign.
    let writes = key(&desk.server, &desk.ada, "orders:write").await;
    assert_eq!(ask(&desk.server, &writes, "POST", &path, new.clone()).await.0, 401);
    let external = json!({ "venue": "binance", "name": "Spot", "kind": "external" });
    let external = made(&desk.server, &desk.ada, "/v1/trading/accounts", external).await;
    let external = format!("/v1/trading/accounts/{external}/signing-keys");
    let (status, body) = ask(&desk.server, &desk.ada, "POST", &external, new).await;
    assert_eq!((status, &body["code"]), (400, &json!("invalid_key")));
    let (_, list) = ask(&desk.server, &desk.ada, "GET", &path, Value::Null).await;
    assert_eq!(list["keys"].as_array().unwrap().len(), 1);
    assert!(!list.to_string().contains(&desk.secret) && !list.to_string().contains(&desk.key));

    let code = async || {
        let (status, body) = desk.send("GET", "/api/v3/account", &desk.signed("")).await;
        (status.as_u16(), body["code"].as_i64().unwrap_or_default())
    };
    assert_eq!(code().await, (200, 0));
    // It opens nothing but that interface, and there only what is signed.
    let other = desk.server.client.get(format!("http://{}/v1/ledger/orders", desk.server.address));
    assert_eq!(other.bearer_auth(&desk.key).send().await.unwrap().status(), 401);
    let role = |role: &str| {
        let sql = format!("UPDATE auth.users SET role = '{role}' WHERE email = 'ada@example.com'");
        desk.server.db.run("test.role", move |tx| {
            let sql = sql.clone();
            async move { tx.batch(&sql).await }
        })
    };
    role("analyst").await.unwrap();
    assert_eq!(code().await, (200, 0));
    assert_eq!(desk.refused("POST", "/order", LIMIT).await, (401, -2015));
    role("viewer").await.unwrap();
    assert_eq!(code().await, (401, -2015));
    role("trader").await.unwrap();
    let (status, _) =
        ask(&desk.server, &desk.ada, "DELETE", &format!("{path}/{}", desk.id), Value::Null).await;
    assert_eq!(status, 204);
    assert_eq!(code().await, (401, -2015));
}

#[tokio::test]
async fn what_clients_ask_beside_orders_is_answered() {
    let desk = desk().await;
    for (method, path) in [
        ("GET", "/sapi/v1/system/status"),
        ("GET", "/sapi/v1/account/status"),
        ("GET", "/sapi/v1/account/apiRestrictions"),
        ("GET", "/sapi/v1/asset/tradeFee"),
        ("GET", "/sapi/v1/capital/config/getall"),
        ("GET", "/sapi/v1/margin/allPairs"),
        ("GET", "/sapi/v1/margin/isolated/allPairs"),
        ("POST", "/sapi/v3/asset/getUserAsset"),
    ] {
        let (status, body) = desk.send(method, path, &desk.signed("")).await;
        assert_eq!(status, 200, "{path}: {body}");
        let unsigned = desk.send(method, path, "timestamp=1").await;
        assert_eq!(unsigned.0 == 200, path.ends_with("system/status"), "{path}: {unsigned:?}");
    }
    let sql = r#"INSERT INTO trading.paper_settings (account_id, settings, updated_at)
        SELECT id, '{"maker_fee":"0.0002","taker_fee":"0.00075","fee_asset":"quote","slippage":{"kind":"fixed","bps":"5"},"queue":{"kind":"share","share":"0.1"}}', now()
        FROM trading.venue_accounts"#;
    desk.server.db.run("test.fees", |tx| async move { tx.batch(sql).await }).await.unwrap();
    let account = desk.ask("GET", "/account", "").await;
    let rates = json!({ "maker": "0.00020000", "taker": "0.00075000", "buyer": "0.00000000", "seller": "0.00000000" });
    assert_eq!(account["commissionRates"], rates);
    assert_eq!((&account["makerCommission"], &account["takerCommission"]), (&json!(2), &json!(8)));
    let (_, fees) =
        desk.send("GET", "/sapi/v1/asset/tradeFee", &desk.signed("symbol=BTCUSDT")).await;
    let due = json!([{ "symbol": "BTCUSDT", "makerCommission": "0.00020000", "takerCommission": "0.00075000" }]);
    assert_eq!(fees, due);
    let (_, coins) = desk.send("GET", "/sapi/v1/capital/config/getall", &desk.signed("")).await;
    assert_eq!((&coins[0]["coin"], &coins[1]["coin"]), (&json!("BTC"), &json!("USDT")));
    let (status, body) = desk.send("GET", "/sapi/v1/what", &desk.signed("")).await;
    assert_eq!((status.as_u16(), &body["code"]), (404, &json!(-1020)));
}
