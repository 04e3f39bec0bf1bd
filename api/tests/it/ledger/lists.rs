//! What the ledger's lists tell, page by page and in every format.

use std::collections::BTreeMap;

use domain::Amount;
use domain::ledger::{Hash, chained};
use uuid::Uuid;

use super::*;

const ARROW: &str = "application/vnd.apache.arrow.stream";
const ENTRIES: &str = "/v1/ledger/entries";

impl Desk {
    /// All pages of a list, `limit` rows each.
    async fn pages(&self, path: &str, list: &str, limit: usize) -> Vec<Value> {
        let with = if path.contains('?') { '&' } else { '?' };
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let (status, page) =
                told(self.as_ada(Method::GET, &format!("{path}{with}limit={limit}{cursor}"))).await;
            assert_eq!(status, 200, "{page}");
            let found = page[list].as_array().unwrap();
            assert!(found.len() == limit || page["next"].is_null(), "{page}");
            rows.extend(found.iter().cloned());
            let Some(next) = page["next"].as_str() else { return rows };
            cursor = format!("&cursor={next}");
        }
    }

    /// A deposit, and an order that was filled twice; gives its number.
    async fn traded(&self) -> String {
        let entry = json!({ "id": "d", "kind": "deposited", "asset": "USDT", "amount": "50000.5", "time": "2024-05-30T09:00:00Z" });
        let entries = format!("/v1/ledger/accounts/{ACCOUNT}/entries");
        assert_eq!(self.post(&entries, &entry).await.0, 204);
        let (_, made) = self.post(ORDERS, &order("one")).await;
        let id = made["id"].as_str().unwrap().to_owned();
        for trade in ["t1", "t2"] {
            let (status, told) =
                self.post(&format!("{ORDERS}/{id}/fills"), &fill(trade, "0.1")).await;
            assert_eq!(status, 200, "{told}");
        }
        id
    }
}

#[tokio::test]
async fn entries_tell_where_every_amount_went() {
    let desk = desk().await;
    let order = desk.traded().await;
    let all = desk.pages(ENTRIES, "entries", 1000).await;
    // Cash and market of each asset, cash and fees: of two fills; and the deposit.
    assert_eq!(all.len(), 2 * 6 + 2);
    for limit in [1, 3, 14] {
        assert_eq!(desk.pages(ENTRIES, "entries", limit).await, all);
    }
    let mut sums = BTreeMap::<(i64, &str), Amount>::new();
    for entry in &all {
        let key = (entry["event"].as_i64().unwrap(), entry["asset"].as_str().unwrap());
        *sums.entry(key).or_default() += entry["amount"].as_str().unwrap().parse().unwrap();
    }
    assert!(sums.len() == 5 && sums.values().all(|sum| *sum == Amount::ZERO), "{sums:?}");
    let fill = &all[0];
    assert_eq!((&fill["order"], &fill["client_order_id"]), (&json!(order), &json!("one")));
    assert_eq!((&fill["venue_trade_id"], &fill["kind"]), (&json!("t2"), &json!("filled")));
    assert_eq!((&fill["symbol"], &fill["account"]), (&json!("paper:BTCUSDT"), &json!(ACCOUNT)));
    let deposit = all.last().unwrap();
    assert_eq!((&deposit["kind"], &deposit["order"]), (&json!("deposited"), &json!(null)));
    assert_eq!(deposit["time"], "2024-05-30T09:00:00Z");

    for (query, due) in [
        ("asset=BTC", 4),
        ("purse=fees", 2),
        ("purse=cash&asset=USDT", 5),
        ("kind=deposited", 2),
        ("kind=funding_paid", 0),
        ("to=2024-05-30T10:00:00Z", 2),
        ("from=2024-05-30T10:00:00Z&limit=100", 12),
        ("bot=00000000-0000-7000-8000-000000000099", 0),
        (&format!("account={ACCOUNT}"), 14),
        ("account=00000000-0000-7000-8000-000000000099", 0),
    ] {
        let told = desk.get(&format!("{ENTRIES}?{query}")).await;
        assert_eq!(told["entries"].as_array().unwrap().len(), due, "{query}: {told}");
    }
    for (query, code) in [
        ("purse=wallet", "invalid_purse"),
        ("kind=placed", "invalid_kind"),
        ("asset=", "invalid_currency"),
        ("cursor=1.2", "invalid_cursor"),
    ] {
        let (_, problem) = told(desk.as_ada(Method::GET, &format!("{ENTRIES}?{query}"))).await;
        assert_eq!(problem["code"], code, "{query}");
    }
    let (_, of_ben) = told(ask(&desk.server, Method::GET, ENTRIES, Some(&desk.ben))).await;
    assert_eq!(of_ben["entries"], json!([]));
}

#[tokio::test]
async fn an_orders_events_are_told_with_their_chain() {
    let desk = desk().await;
    let order = desk.traded().await;
    let path = format!("{ORDERS}/{order}/events");
    let events = desk.pages(&path, "events", 2).await;
    let kinds: Vec<&str> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["placed", "submitted", "accepted", "filled", "filled"]);
    let fill = &events[3]["body"];
    assert_eq!((&fill["fill"]["price"], &fill["kind"]), (&json!("39999.99"), &json!("filled")));

    // As the description says: whoever has the answer's text can check it.
    let text = desk.as_ada(Method::GET, &path).send().await.unwrap().text().await.unwrap();
    let stream: Uuid = order.parse().unwrap();
    let (mut before, mut version) = (None::<Hash>, 0);
    for event in &events {
        version += 1;
        assert_eq!(event["version"], version);
        let (_, rest) = text.split_once(&format!("\"version\":{version},")).unwrap();
        let (_, rest) = rest.split_once("\"body\":").unwrap();
        let (body, _) = rest.split_once(",\"hash\":").unwrap();
        let at = event["recorded_at"].as_str().unwrap().parse().unwrap();
        let hash = chained(before.as_ref(), stream, version, at, body);
        let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(event["hash"], digits);
        before = Some(hash);
    }
    let (status, problem) = told(ask(&desk.server, Method::GET, &path, Some(&desk.ben))).await;
    assert_eq!((status, &problem["code"]), (404, &json!("unknown_order")));
    let (_, problem) = told(desk.as_ada(Method::GET, &format!("{path}?cursor=x"))).await;
    assert_eq!(problem["code"], "invalid_cursor");
}

#[tokio::test]
async fn every_format_has_the_fields_of_the_json() {
    let desk = desk().await;
    desk.traded().await;
    for (path, list) in [
        (ORDERS, "orders"),
        ("/v1/ledger/fills", "fills"),
        (ENTRIES, "entries"),
        ("/v1/ledger/trades", "trades"),
        ("/v1/ledger/positions", "positions"),
        ("/v1/ledger/equity", "points"),
    ] {
        let told = desk.get(path).await;
        let mut fields: Vec<&str> =
            told[list][0].as_object().unwrap().keys().map(String::as_str).collect();
        fields.sort_unstable();
        let csv = desk.as_ada(Method::GET, path).header("Accept", "text/csv").send();
        let text = csv.await.unwrap().text().await.unwrap();
        let mut columns: Vec<&str> = text.lines().next().unwrap().split(',').collect();
        columns.sort_unstable();
        assert_eq!(columns, fields, "{path}");
        let arrow = desk.as_ada(Method::GET, path).header("Accept", ARROW).send().await.unwrap();
        assert_eq!(
            (arrow.status().as_u16(), &arrow.headers()["content-type"]),
            (200, &ARROW.parse().unwrap())
        );
        // The beginning of a message of an Arrow stream.
        assert!(arrow.bytes().await.unwrap().starts_with(&[255; 4]), "{path}");
    }
    let page = desk.as_ada(Method::GET, &format!("{ENTRIES}?limit=1")).header("Accept", ARROW);
    let next = page.send().await.unwrap().headers()["x-next-cursor"].to_str().unwrap().to_owned();
    assert_eq!(json!(next), desk.get(&format!("{ENTRIES}?limit=1")).await["next"]);
}

#[tokio::test]
async fn trades_are_found_by_what_came_of_them() {
    let desk = desk().await;
    let mut sale = order("sale");
    for (name, side, price, tags) in [
        ("a", "buy", "100", json!({ "entry_logic": "dip", "interval": "5m" })),
        ("b", "sell", "110", json!({ "exit_logic": "top", "exit_reason": "roi" })),
        ("c", "sell", "100", json!({ "entry_logic": "peak" })),
        ("d", "buy", "120", json!({ "exit_logic": "trail", "exit_reason": "stop_loss" })),
        ("e", "sell", "120", json!({ "entry_logic": "peak" })),
    ] {
        (sale["client_order_id"], sale["side"], sale["tags"]) = (json!(name), json!(side), tags);
        (sale["limit_price"], sale["venue_order_id"]) = (json!(price), json!(format!("v-{name}")));
        let (status, made) = desk.post(ORDERS, &sale).await;
        assert_eq!(status, 201, "{made}");
        let mut fill = fill("t", "0.3");
        (fill["price"], fill["fees"]) = (json!(price), json!([]));
        let path = format!("{ORDERS}/{}/fills", made["id"].as_str().unwrap());
        assert_eq!(desk.post(&path, &fill).await.0, 200);
    }
    let now = desk.server.clock.now().to_string();
    for (query, due) in [
        ("direction=long", vec!["dip"]),
        ("direction=short", vec!["peak", "peak"]),
        ("result=profit", vec!["dip"]),
        ("result=loss", vec!["peak"]),
        ("direction=short&status=open", vec!["peak"]),
        ("exit_reason=roi", vec!["dip"]),
        ("exit_logic=trail", vec!["peak"]),
        ("interval=5m", vec!["dip"]),
        ("interval=1h", vec![]),
        ("entry_logic=dip&result=loss", vec![]),
    ] {
        for as_of in ["", &format!("&as_of={now}")] {
            let told = desk.get(&format!("/v1/ledger/trades?{query}{as_of}")).await;
            let found = told["trades"].as_array().unwrap();
            let rules: Vec<_> = found.iter().map(|t| t["entry_logic"].as_str().unwrap()).collect();
            assert_eq!(rules, due, "{query}{as_of}");
        }
    }
    for (query, due) in [
        ("direction=short", 1),
        ("result=profit", 1),
        ("exit_reason=roi", 1),
        ("result=loss&direction=long", 0),
    ] {
        let told = desk.get(&format!("/v1/ledger/performance?{query}")).await;
        let trades =
            told["groups"].as_array().unwrap().iter().map(|g| g["trades"].as_u64().unwrap());
        assert_eq!(trades.sum::<u64>(), due, "{query}");
    }
    let held = desk.get("/v1/ledger/positions?direction=long").await;
    assert_eq!(held["positions"].as_array().unwrap().len(), 1);
    let orders = desk.get(&format!("{ORDERS}?kind=limit")).await;
    assert_eq!(orders["orders"].as_array().unwrap().len(), 5);
    for (path, code) in [
        ("/v1/ledger/trades?direction=up", "invalid_direction"),
        ("/v1/ledger/trades?result=draw", "invalid_result"),
        ("/v1/ledger/orders?kind=iceberg", "invalid_kind"),
    ] {
        assert_eq!(told(desk.as_ada(Method::GET, path)).await.1["code"], code);
    }
}
