//! Alerts of other programs, over HTTP.

use super::*;

/// Somebody's paper bot and a webhook of it.
struct Desk {
    server: Server,
    ada: String,
    hooks: String,
    hook: Value,
}

async fn desk() -> Desk {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let sql = "INSERT INTO market.venues (code, name) VALUES ('binance', 'Binance') ON CONFLICT DO NOTHING;
         INSERT INTO market.symbols (venue_id, code, base, quote, tick_size, lot_size)
         SELECT id, 'BTCUSDT', 'BTC', 'USDT', 0.01, 0.0001 FROM market.venues WHERE code = 'binance'";
    server.db.run("test.rows", |tx| async move { tx.batch(sql).await }).await.unwrap();
    let new = json!({ "venue": "binance", "name": "Paper", "kind": "paper" });
    let account = made(&server, &ada, "/v1/trading/accounts", new).await;
    let new = json!({ "account": account, "name": "Bot", "type": "paper", "config": {} });
    let bot = made(&server, &ada, "/v1/trading/bots", new).await;
    let hooks = format!("/v1/trading/bots/{bot}/webhooks");
    let (status, hook) = ask(&server, &ada, "POST", &hooks, json!({ "name": "TradingView" })).await;
    assert_eq!(status, 201, "{hook}");
    Desk { server, ada, hooks, hook }
}

impl Desk {
    fn own(&self, rest: &str) -> String {
        format!("{}/{}{rest}", self.hooks, self.hook["id"].as_str().unwrap())
    }

    fn secret(&self) -> &str {
        self.hook["secret"].as_str().unwrap()
    }

    async fn as_ada(&self, method: &str, path: &str, body: Value) -> (u16, Value) {
        ask(&self.server, &self.ada, method, path, body).await
    }

    /// What an alert is answered, without any login.
    async fn send(&self, query: &str, body: &str) -> (u16, Value) {
        // The log is in the order of time.
        self.server.clock.set(self.server.clock.now().plus(Duration::from_millis(1)));
        let path = self.hook["path"].as_str().unwrap();
        let url = format!("http://{}{path}{query}", self.server.address);
        let sent = self.server.client.post(url).header("user-agent", "Go-http-client/1.1");
        let response = sent.body(body.to_owned()).send().await.unwrap();
        (response.status().as_u16(), response.json().await.unwrap_or_default())
    }

    async fn orders(&self) -> Vec<Value> {
        let (_, page) = self.as_ada("GET", "/v1/ledger/orders", Value::Null).await;
        page["orders"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn an_alert_becomes_one_order_of_the_bot_however_often_it_comes() {
    let desk = desk().await;
    let in_query = format!("?secret={}", desk.secret());
    let alert = r#"{"ticker":"BINANCE:BTCUSDT","strategy":{"order":{"action":"buy","contracts":0.01}},"interval":"5"}"#;
    let (status, first) = desk.send(&in_query, alert).await;
    assert_eq!((status, &first["outcome"]), (200, &json!("placed")), "{first}");
    let (status, again) = desk.send(&in_query, alert).await;
    assert_eq!(
        (status, &again["outcome"], &again["order"]),
        (200, &json!("repeated"), &first["order"])
    );
    let orders = desk.orders().await;
    assert_eq!(orders.len(), 1);
    for (field, due) in
        [("symbol", "binance:BTCUSDT"), ("side", "buy"), ("kind", "market"), ("quantity", "0.01")]
    {
        assert_eq!(orders[0][field], due, "{field}");
    }
    assert!(orders[0]["bot"].is_string());
    // Later the same words are another alert; one with an id of its own is the same for ever.
    desk.server.clock.set(desk.server.clock.now().plus(Duration::from_secs(61)));
    assert_eq!(desk.send(&in_query, alert).await.1["outcome"], "placed");
    let text = format!("ticker=BTCUSDT, side=sell\nqty=0.02; id=a7\nsecret: {}", desk.secret());
    let (status, own) = desk.send("", &text).await;
    assert_eq!((status, &own["outcome"]), (200, &json!("placed")), "{own}");
    desk.server.clock.set(desk.server.clock.now().plus(Duration::from_secs(3_600)));
    assert_eq!(desk.send("", &text).await.1["order"], own["order"]);
    let (status, other) = desk.send("", &text.replace("0.02", "0.03")).await;
    assert_eq!((status, &other["code"]), (409, &json!("key_reused")));
    assert_eq!(desk.orders().await.len(), 3);

    // At once too.
    let burst = r#"{"ticker":"BTCUSDT","action":"sell","qty":"0.05"}"#;
    let all = futures_util::future::join_all((0..8).map(|_| desk.send(&in_query, burst))).await;
    assert!(
        all.iter().all(|(status, answer)| *status == 200 && answer["order"] == all[0].1["order"]),
        "{all:?}"
    );
    assert_eq!(desk.orders().await.len(), 4);
}

#[tokio::test]
async fn a_bot_that_somebody_has_paused_or_stopped_takes_no_alerts() {
    let desk = desk().await;
    let in_query = format!("?secret={}", desk.secret());
    let alert = |quantity| format!(r#"{{"ticker":"BTCUSDT","action":"buy","qty":"{quantity}"}}"#);
    let command = |name: &str| desk.hooks.replace("webhooks", name);
    for (number, name) in ["pause", "stop"].into_iter().enumerate() {
        let (status, bot) = desk.as_ada("POST", &command("start"), Value::Null).await;
        assert_eq!((status, &bot["status"]), (200, &json!("running")), "{bot}");
        assert_eq!(desk.send(&in_query, &alert(format!("0.0{number}1"))).await.0, 200);
        assert_eq!(desk.as_ada("POST", &command(name), Value::Null).await.0, 200);
        let (status, refused) = desk.send(&in_query, &alert(format!("0.0{number}2"))).await;
        assert_eq!((status, &refused["code"]), (409, &json!("bot_stopped")), "{refused}");
        assert_eq!(desk.orders().await.len(), number + 1);
    }
    // It is in the log, and is tried again once the bot runs.
    let (_, log) = desk.as_ada("GET", &desk.own("/log?limit=1"), Value::Null).await;
    let refused = &log["alerts"][0];
    assert_eq!(refused["code"], "bot_stopped");
    desk.as_ada("POST", &command("start"), Value::Null).await;
    let retry = desk.own(&format!("/log/{}/retry", refused["id"].as_str().unwrap()));
    let (status, placed) = desk.as_ada("POST", &retry, Value::Null).await;
    assert_eq!((status, &placed["outcome"]), (200, &json!("placed")), "{placed}");
}

#[tokio::test]
async fn whoever_lacks_the_secret_learns_nothing_and_what_came_is_logged_without_it() {
    let desk = desk().await;
    let alert = r#"{"ticker":"BTCUSDT","action":"buy","qty":"0.01"}"#;
    let (status, unknown) = desk.send("?secret=wrong", alert).await;
    assert_eq!((status, &unknown["code"]), (404, &json!("unknown_webhook")));
    assert_eq!(desk.send("", alert).await, (404, unknown.clone()));
    assert_eq!(desk.send("", "hello").await, (404, unknown.clone()));
    let nobody =
        format!("http://{}/hooks/00000000-0000-7000-8000-000000000000", desk.server.address);
    let nobody = desk.server.client.post(nobody).body(alert).send().await.unwrap();
    assert_eq!(nobody.json::<Value>().await.unwrap(), unknown);

    let in_query = format!("?secret={}", desk.secret());
    for (body, due) in [
        ("hello".to_owned(), (400, "invalid_alert")),
        (alert.replace('}', ""), (400, "invalid_alert")),
        (r#"{"ticker":"BTCUSDT"}"#.to_owned(), (400, "invalid_alert")),
        (alert.replace("buy", "hold"), (400, "invalid_alert")),
        (alert.replace("0.01", "some"), (400, "invalid_alert")),
        (alert.replace("BTCUSDT", "NOPE"), (404, "unknown_symbol")),
        (alert.replace("0.01", "0.00001"), (400, "quantity_off_lot")),
        ("a\0".to_owned(), (400, "invalid_alert")),
        ("x".repeat(65_537), (413, "body_too_large")),
    ] {
        let (status, answer) = desk.send(&in_query, &body).await;
        assert_eq!((status, answer["code"].as_str().unwrap_or_default()), due, "{answer}");
    }
    let inside = format!(
        r#"{{"ticker":"BTCUSDT","action":"buy","qty":"0.01","secret":"{}"}}"#,
        desk.secret()
    );
    assert_eq!(desk.send("", &inside).await.0, 200);
    let (_, log) = desk.as_ada("GET", &desk.own("/log?limit=4"), Value::Null).await;
    assert_eq!(log["alerts"].as_array().unwrap().len(), 4);
    assert_eq!(
        (&log["alerts"][0]["outcome"], &log["alerts"][1]["code"]),
        (&json!("placed"), &json!("quantity_off_lot"))
    );
    assert_eq!(log["alerts"][0]["user_agent"], "Go-http-client/1.1");
    let next = format!("/log?limit=4&cursor={}", log["next"].as_str().unwrap());
    let (_, rest) = desk.as_ada("GET", &desk.own(&next), Value::Null).await;
    assert_eq!((rest["alerts"].as_array().unwrap().len(), &rest["next"]), (4, &json!(null)));
    assert!(rest["alerts"][2]["reason"].as_str().unwrap().contains("no JSON"), "{rest}");
    // The order's own life goes on behind the alert.
    assert_eq!(log["alerts"][0]["order_status"], "new");
    let sql = "UPDATE ledger.orders SET status = 'rejected'";
    desk.server.db.run("test.rows", |tx| async move { tx.batch(sql).await }).await.unwrap();
    let (_, log) = desk.as_ada("GET", &desk.own("/log?limit=4"), Value::Null).await;
    assert_eq!(log["alerts"][0]["order_status"], "rejected");
    assert!(!format!("{log}{rest}").contains(desk.secret()), "{log}");
    assert_eq!(desk.orders().await.len(), 1);
}

#[tokio::test]
async fn a_webhook_is_its_owners_to_change_and_a_refused_alert_is_tried_again() {
    let desk = desk().await;
    let in_query = format!("?secret={}", desk.secret());
    let alert = r#"{"coin":"BTC","action":"long","qty":"0.01"}"#;
    assert_eq!(desk.send(&in_query, alert).await.1["code"], "invalid_alert");
    let wrong = json!({ "template": { "symbol": "{{coin}}USDT" } });
    let (status, told) = desk.as_ada("PATCH", &desk.own(""), wrong).await;
    assert_eq!((status, &told["code"]), (400, &json!("invalid_template")));
    assert!(told["detail"].as_str().unwrap().contains("side"), "{told}");
    let template =
        json!({ "symbol": "binance:{{coin}}USDT", "side": "{{action}}", "quantity": "{{qty}}" });
    assert_eq!(desk.as_ada("PATCH", &desk.own(""), json!({ "template": template })).await.0, 200);
    let (_, log) = desk.as_ada("GET", &desk.own("/log"), Value::Null).await;
    let retry = desk.own(&format!("/log/{}/retry", log["alerts"][0]["id"].as_str().unwrap()));
    let (status, done) = desk.as_ada("POST", &retry, json!({})).await;
    assert_eq!((status, &done["outcome"], &done["code"]), (200, &json!("placed"), &json!(null)));
    let (_, again) = desk.as_ada("POST", &retry, json!({})).await;
    assert_eq!((&again["outcome"], &again["order"]), (&json!("repeated"), &done["order"]));

    let (status, off) = desk.as_ada("PATCH", &desk.own(""), json!({ "enabled": false })).await;
    assert_eq!((status, &off["enabled"]), (200, &json!(false)));
    assert_eq!(desk.send(&in_query, alert).await.1["code"], "webhook_disabled");
    desk.as_ada("PATCH", &desk.own(""), json!({ "enabled": true })).await;
    let (status, new) = desk.as_ada("POST", &desk.own("/rotate"), json!({})).await;
    assert_eq!(status, 200);
    assert_eq!(desk.send(&in_query, alert).await.0, 404);
    let in_query = format!("?secret={}", new["secret"].as_str().unwrap());
    assert_eq!(desk.send(&in_query, alert).await.0, 200);

    let ben = somebody(&desk.server, "ben@example.com", Role::Trader).await;
    for (method, path) in [
        ("GET", desk.hooks.clone()),
        ("POST", desk.hooks.clone()),
        ("PATCH", desk.own("")),
        ("DELETE", desk.own("")),
        ("POST", desk.own("/rotate")),
        ("GET", desk.own("/log")),
        ("POST", retry.clone()),
    ] {
        let (status, _) = ask(&desk.server, &ben, method, &path, json!({ "name": "x" })).await;
        // A body with a name is none of a retry's or rotation's, which read none.
        assert_eq!(status, 404, "{method} {path}");
    }
    let writes = key(&desk.server, &desk.ada, "orders:write").await;
    assert_eq!(
        ask(&desk.server, &writes, "POST", &desk.hooks, json!({ "name": "x" })).await.0,
        401
    );

    // Sixty in a minute, and then no more.
    desk.server.clock.set(desk.server.clock.now().plus(Duration::from_secs(61)));
    for n in 0..60 {
        assert_eq!(
            desk.send(&in_query, &alert.replace("0.01", &format!("0.0{}", n + 10))).await.0,
            200
        );
    }
    assert_eq!(desk.send(&in_query, alert).await.0, 429);
    assert_eq!(desk.as_ada("DELETE", &desk.own(""), json!({})).await.0, 204);
    assert_eq!(desk.send(&in_query, alert).await.0, 404);
}
