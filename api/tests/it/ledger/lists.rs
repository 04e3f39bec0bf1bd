//! What the ledger's lists tell, page by page and in every format.

use std::collections::BTreeMap;

use domain::Amount;
use domain::ledger::{Hash, chained};
use uuid::Uuid;

use super::*;

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
        let entry = json!({ "id": "d", "kind": "deposited", "asset": "USDT", "amount": "50000.5", "time": "2026-01-05T09:00:00Z" });
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
    assert_eq!(deposit["time"], "2026-01-05T09:00:00Z");

    for (query, due) in [
        ("asset=BTC", 4),
        ("purse=fees", 2),
        ("purse=cash&asset=USDT", 5),
        ("kind=deposited", 2),
        ("kind=funding_paid", 0),
        ("to=2026-01-05T10:00:00Z", 2),
        ("from=2026-01-05T10:00:00Z&limit=100", 12),
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
