//! That what was told of an order is what is told of it, once, and that nothing is told of what can't be.

use super::*;

#[tokio::test]
async fn what_a_venue_says_is_kept_to_the_last_digit() {
    let desk = desk().await;
    let whole =
        r#"{"id":123456789012345678901234567890,"z":{"rate":0.1234567890123456789},"a":1.10}"#;
    let body = |metadata: &str| {
        let text = order("exact").to_string();
        text.replace(r#"{"a":[1,2]}"#, metadata)
    };
    let send = |body: String| {
        let request = desk.as_ada(Method::POST, ORDERS).header("content-type", "application/json");
        async move {
            let answer = request.body(body).send().await.unwrap();
            (answer.status().as_u16(), answer.text().await.unwrap())
        }
    };
    let (status, made) = send(body(whole)).await;
    assert_eq!(status, 201, "{made}");
    let id = serde_json::from_str::<Value>(&made).unwrap()["id"].as_str().unwrap().to_owned();
    // The same with other spaces and another order of names is the same order; another last digit is another.
    let same = whole.replace(r#","a":1.10}"#, "}").replacen('{', r#"{"a": 1.10, "#, 1);
    let (status, again) = send(body(&same)).await;
    assert_eq!((status, again.contains(&id)), (200, true), "{again}");
    let (status, other) = send(body(&whole.replace("456789}", "456788}"))).await;
    assert_eq!((status, other.contains("key_reused")), (409, true), "{other}");
    for path in [format!("{ORDERS}/{id}"), ORDERS.to_owned()] {
        for accept in ["application/json", "text/csv"] {
            let asked = desk.as_ada(Method::GET, &path).header("Accept", accept);
            let text = asked.send().await.unwrap().text().await.unwrap();
            for number in ["123456789012345678901234567890", "0.1234567890123456789", "1.10"] {
                assert!(text.contains(number), "{path} as {accept}: {text}");
            }
        }
    }
    let now = desk.server.clock.now();
    let then = desk.as_ada(Method::GET, &format!("{ORDERS}?as_of={now}")).send().await.unwrap();
    assert!(then.text().await.unwrap().contains("0.1234567890123456789"));
    for (metadata, why) in [("[1]", "object"), ("7", "object"), (r#"{"a":1e400}"#, "out of range")]
    {
        let (status, told) = send(body(metadata)).await;
        assert_eq!(status, 400, "{told}");
        assert!(
            told.contains(r#""parameter":"exchange_metadata""#) && told.contains(why),
            "{told}"
        );
    }
}

#[tokio::test]
async fn an_order_tells_all_that_was_asked_and_why_it_is_over() {
    let desk = desk().await;
    let mut asked = order("all");
    for (field, value) in [
        ("kind", json!("trailing_stop")),
        ("limit_price", Value::Null),
        ("trail_percent", json!("1.50")),
        ("mode", json!("margin")),
        ("leverage", json!("3")),
        ("time_in_force", json!("ioc")),
        ("venue_order_id", Value::Null),
        ("submitted", json!(true)),
    ] {
        asked[field] = value;
    }
    asked["tags"] = json!({ "strategy": "cross", "entry_logic": "dip", "exit_logic": "top",
                            "interval": "5m", "exit_reason": "roi" });
    let (status, made) = desk.post(ORDERS, &asked).await;
    assert_eq!(status, 201, "{made}");
    let path = format!("{ORDERS}/{}", made["id"].as_str().unwrap());
    let no = json!({ "kind": "rejected", "code": "-2010", "reason": "no balance" });
    let (_, rejected) = desk.post(&format!("{path}/reports"), &no).await;
    let (_, mut other) = desk.post(ORDERS, &order("other")).await;
    let other_path = format!("{ORDERS}/{}", other["id"].as_str().unwrap());
    let given_up = json!({ "kind": "cancelled", "reason": "asked for" });
    other = desk.post(&format!("{other_path}/reports"), &given_up).await.1;
    let now = desk.server.clock.now();
    let [rejecteds, cancelleds] =
        ["rejected", "cancelled"].map(|status| format!("{ORDERS}?status={status}"));
    let (listed, then) =
        (desk.get(&rejecteds).await, desk.get(&format!("{rejecteds}&as_of={now}")).await);
    for told in [&rejected, &desk.get(&path).await, &listed["orders"][0], &then["orders"][0]] {
        for (field, due) in [
            ("trail_percent", json!("1.5")),
            ("trail_distance", Value::Null),
            ("time_in_force", json!("ioc")),
            ("reduce_only", json!(false)),
            ("leverage", json!("3")),
            ("entry_logic", json!("dip")),
            ("exit_logic", json!("top")),
            ("interval", json!("5m")),
            ("exit_reason", json!("roi")),
            ("reject_code", json!("-2010")),
            ("reason", json!("no balance")),
        ] {
            assert_eq!(told[field], due, "{field} of {told}");
        }
    }
    let (listed, then) =
        (desk.get(&cancelleds).await, desk.get(&format!("{cancelleds}&as_of={now}")).await);
    for told in [&other, &listed["orders"][0], &then["orders"][0]] {
        assert_eq!(
            (&told["reject_code"], &told["reason"]),
            (&Value::Null, &json!("asked for")),
            "{told}"
        );
    }
    // As it was placed nothing had ended it.
    assert_eq!((&made["status"], &made["reason"]), (&json!("submitted"), &Value::Null));
}

#[tokio::test]
async fn asking_again_is_the_same_whatever_happened_since() {
    let desk = desk().await;
    let (_, bought) = desk.post(ORDERS, &order("in")).await;
    let fills = |made: &Value| format!("{ORDERS}/{}/fills", made["id"].as_str().unwrap());
    assert_eq!(desk.post(&fills(&bought), &fill("t1", "0.3")).await.0, 200);
    let mut out = order("out");
    (out["side"], out["reduce_only"]) = (json!("sell"), json!(true));
    let (status, sold) = desk.post(ORDERS, &out).await;
    assert_eq!(status, 201, "{sold}");
    assert_eq!(desk.post(&fills(&sold), &fill("t2", "0.3")).await.0, 200);
    // Now there is nothing to reduce.
    let (status, again) = desk.post(ORDERS, &out).await;
    assert_eq!((status, &again["id"]), (200, &sold["id"]), "{again}");
    out["client_order_id"] = json!("out2");
    assert_eq!(desk.post(ORDERS, &out).await.1["code"], "reduce_only");

    let keyed = |key: &str, body: Value| {
        told(desk.as_ada(Method::POST, ORDERS).header("Idempotency-Key", key).json(&body))
    };
    let (status, first) = keyed("k1", order("one")).await;
    assert_eq!(status, 201, "{first}");
    let (status, again) = keyed("k1", order("one")).await;
    assert_eq!((status, &again["id"]), (200, &first["id"]));
    // The order is known, and may be asked for under another key or none.
    assert_eq!(keyed("k2", order("one")).await.1["id"], first["id"]);
    assert_eq!(desk.post(ORDERS, &order("one")).await.1["id"], first["id"]);
    for key in ["k1", "k2"] {
        let (status, other) = keyed(key, order("two")).await;
        assert_eq!((status, &other["code"]), (409, &json!("key_reused")), "{other}");
    }
    assert_eq!(keyed("two words", order("two")).await.1["code"], "invalid_request");
    // What is refused leaves the key free.
    let mut other = order("one");
    other["quantity"] = json!("0.2");
    assert_eq!(keyed("k4", other.clone()).await.1["code"], "key_reused");
    other["client_order_id"] = json!("three");
    assert_eq!(keyed("k4", other).await.0, 201);
    // At once too: of two orders under one key one is written.
    let many = (0..24).map(|number| keyed("k3", order(&format!("m{number}"))));
    let answers = futures_util::future::join_all(many).await;
    let made = answers.iter().filter(|(status, _)| *status == 201).count();
    assert!(
        made == 1 && answers.iter().all(|(status, _)| [201, 409].contains(status)),
        "{answers:?}"
    );
    let names = desk.get(ORDERS).await;
    assert_eq!(names["orders"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn times_to_come_and_assets_in_small_letters_are_refused() {
    let desk = desk().await;
    let (_, made) = desk.post(ORDERS, &order("one")).await;
    let fills = format!("{ORDERS}/{}/fills", made["id"].as_str().unwrap());
    let now = desk.server.clock.now();
    let after = |seconds| now.plus(std::time::Duration::from_secs(seconds)).to_string();
    let entry = |time: String, asset: &str| json!({ "id": "d", "kind": "deposited", "asset": asset, "amount": "1", "time": time });
    let entries = format!("/v1/ledger/accounts/{ACCOUNT}/entries");
    let mut late = fill("t1", "0.1");
    late["time"] = json!(after(301));
    let mut small = fill("t1", "0.1");
    small["fees"][0]["asset"] = json!("usdt");
    for (path, body, code) in [
        (&fills, late.clone(), "time_in_future"),
        (&entries, entry("2099-01-01T00:00:00Z".to_owned(), "USDT"), "time_in_future"),
        (&fills, small, "asset_case"),
        (&entries, entry(after(0), "usdt"), "asset_case"),
        (&entries, entry(after(0), "btc"), "asset_case"),
    ] {
        let (status, told) = desk.post(path, &body).await;
        assert_eq!((status, &told["code"]), (400, &json!(code)), "{told}");
    }
    // What was told before such a symbol was known is known.
    let points = |id: &str| json!({ "id": id, "kind": "deposited", "asset": "dot", "amount": "1", "time": after(0) });
    assert_eq!(desk.post(&entries, &points("e")).await.0, 204);
    let sql = "UPDATE market.symbols SET base = 'DOT' WHERE code = 'BTCUSDT'";
    desk.server.db.run("test.rows", |tx| async move { tx.batch(sql).await }).await.unwrap();
    assert_eq!(desk.post(&entries, &points("e")).await.0, 204);
    assert_eq!(desk.post(&entries, &points("f")).await.1["code"], "asset_case");
    // Clocks may be a little apart, and what nobody trades may be called anything.
    late["time"] = json!(after(299));
    assert_eq!(desk.post(&fills, &late).await.0, 200);
    assert_eq!(desk.post(&entries, &entry(after(299), "points")).await.0, 204);
}

#[tokio::test]
async fn nothing_is_counted_in_what_nobody_knows() {
    let desk = desk().await;
    let entries = format!("/v1/ledger/accounts/{ACCOUNT}/entries");
    let entry = json!({ "id": "d", "kind": "deposited", "asset": "POINTS", "amount": "5", "time": "2024-05-30T10:00:00Z" });
    assert_eq!(desk.post(&entries, &entry).await.0, 204);
    for path in ["portfolio", "equity", "performance", "snapshots"] {
        let ask = |currency| {
            told(desk.as_ada(Method::GET, &format!("/v1/ledger/{path}?currency={currency}")))
        };
        for unknown in ["ZZZ", "usdt"] {
            let (status, told) = ask(unknown).await;
            assert_eq!((status, &told["code"]), (400, &json!("invalid_currency")), "{told}");
        }
        for known in ["USDT", "BTC", "POINTS", "EUR"] {
            assert_eq!(ask(known).await.0, 200, "{path} in {known}");
        }
    }
    // Each point tells what it leaves out.
    let range = "from=2024-05-30T00:00:00Z&to=2024-06-01T00:00:00Z";
    let curve = desk.get(&format!("/v1/ledger/equity?{range}")).await;
    let told: Vec<&Value> =
        curve["points"].as_array().unwrap().iter().map(|point| &point["unpriced"]).collect();
    assert_eq!(told, [&json!([]), &json!(["POINTS"]), &json!(["POINTS"])], "{curve}");
    assert_eq!(curve["unpriced"], json!(["POINTS"]));
}

#[tokio::test]
async fn a_wrong_number_in_a_path_is_named() {
    let desk = desk().await;
    for path in ["orders/123", "orders/123/fills", "positions/x/explain"] {
        let (status, problem) = told(desk.as_ada(Method::GET, &format!("/v1/ledger/{path}"))).await;
        assert_eq!((status, &problem["code"]), (400, &json!("invalid_request")), "{problem}");
        assert_eq!(problem["parameter"], "id", "{problem}");
    }
}
