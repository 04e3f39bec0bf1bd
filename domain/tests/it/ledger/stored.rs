//! Events as JSON: what they look like for ever, and that nothing is lost or guessed.

use domain::ledger::Trail;
use serde_json::{Value, json};

use super::*;

fn placed() -> OrderEvent {
    OrderEvent::Placed {
        terms: Box::new(Terms {
            trail: Some(Trail::Percent(dec("1.50"))),
            tags: Tags { strategy: Some("cross".into()), ..Tags::default() },
            ..market(Side::Buy, "1.10")
        }),
        base: "BTC".into(),
        quote: "USDT".into(),
    }
}

const LITTLE: &str = "0.000000000000000000000000000000000001";

/// An order's events, one of each, as they must stay.
fn of_orders() -> Vec<(OrderEvent, Value)> {
    let (asset, amount) = (|| "USDT".to_owned(), amount(LITTLE));
    let terms = json!({
        "account": id(1), "bot": id(2), "client_order_id": "a:1/b.c-d_e", "symbol": "binance:BTCUSDT",
        "mode": "spot", "side": "buy", "kind": "market", "time_in_force": "gtc", "quantity": "1.10",
        "quote_quantity": null, "limit_price": null, "stop_price": null,
        "trail": { "percent": "1.50" }, "reduce_only": false, "leverage": "1",
        "tags": {
            "strategy": "cross", "entry_logic": null, "exit_logic": null, "interval": null,
            "exit_reason": null,
        },
        "exchange_metadata": { "selfTradePreventionMode": "NONE" },
    });
    let told = json!({
        "venue_trade_id": "t", "price": "0.10", "quantity": "3", "quote": "0.3",
        "fees": [{ "asset": "BNB", "amount": "-0.5" }], "liquidity": "unknown",
        "time": "2024-08-25T13:50:45Z", "venue_profit": null,
    });
    let none = |kind: &str| json!({ "kind": kind });
    let money = |kind: &str| json!({ "kind": kind, "asset": "USDT", "amount": LITTLE });
    let (code, reason) = ("-1".to_owned(), || "no".to_owned());
    let (quantity, limit_price, stop_price) = (Some(dec("2")), None, None);
    vec![
        (placed(), json!({ "kind": "placed", "base": "BTC", "quote": "USDT", "terms": terms })),
        (OrderEvent::Reserved { asset: asset(), amount }, money("reserved")),
        (OrderEvent::Submitted {}, none("submitted")),
        (
            OrderEvent::Accepted { venue_order_id: "v".into() },
            json!({ "kind": "accepted", "venue_order_id": "v" }),
        ),
        (
            OrderEvent::Rejected { code, reason: reason() },
            json!({ "kind": "rejected", "code": "-1", "reason": "no" }),
        ),
        (OrderEvent::Triggered {}, none("triggered")),
        (
            OrderEvent::Amended { quantity, limit_price, stop_price },
            json!({ "kind": "amended", "quantity": "2", "limit_price": null, "stop_price": null }),
        ),
        (OrderEvent::CancelRequested {}, none("cancel_requested")),
        (
            OrderEvent::Cancelled { reason: reason() },
            json!({ "kind": "cancelled", "reason": "no" }),
        ),
        (OrderEvent::Expired {}, none("expired")),
        (filled("t", "0.10", "3", &[("-0.5", "BNB")]), json!({ "kind": "filled", "fill": told })),
        (OrderEvent::Completed {}, none("completed")),
        (OrderEvent::Released { asset: asset(), amount }, money("released")),
    ]
}

/// The same of an account.
fn of_accounts() -> Vec<(AccountEvent, Value)> {
    let (asset, amount) = (|| "USDT".to_owned(), amount(LITTLE));
    let time = Time::default();
    let dated = |kind: &str| json!({ "kind": kind, "asset": "USDT", "amount": LITTLE, "time": "1970-01-01T00:00:00Z" });
    let paid = json!({
        "kind": "funding_paid", "bot": id(2), "symbol": "binance:BTCUSDT", "asset": "USDT",
        "amount": "-0.5", "time": "1970-01-01T00:00:00Z",
    });
    vec![
        (AccountEvent::Deposited { asset: asset(), amount, time }, dated("deposited")),
        (AccountEvent::Withdrawn { asset: asset(), amount, time }, dated("withdrawn")),
        (funding("USDT", "-0.5"), paid),
    ]
}

fn samples() -> Vec<(Event, Value)> {
    let of = id(5);
    let orders = of_orders().into_iter().map(|(event, body)| {
        let json = json!({ "stream": "order", "order": of, "event": body });
        (Event::Order { order: of, event }, json)
    });
    let accounts = of_accounts().into_iter().map(|(event, body)| {
        let json = json!({ "stream": "account", "account": of, "event": body });
        (Event::Account { account: of, event }, json)
    });
    orders.chain(accounts).collect()
}

#[test]
fn events_are_what_they_were_and_come_back() {
    for (event, json) in samples() {
        assert_eq!(serde_json::to_value(&event).expect("JSON"), json);
        assert_eq!(serde_json::from_str::<Event>(&json.to_string()).expect("an event"), event);
    }
}

/// Every object in `json`, as its path.
fn objects(json: &Value, path: &str, found: &mut Vec<String>) {
    if let Value::Object(fields) = json {
        found.push(path.to_owned());
        for (name, value) in fields {
            objects(value, &format!("{path}/{name}"), found);
        }
    }
    if let Value::Array(items) = json {
        for (at, item) in items.iter().enumerate() {
            objects(item, &format!("{path}/{at}"), found);
        }
    }
}

#[test]
fn a_field_more_or_less_is_an_error() {
    let read = |json: &Value| serde_json::from_str::<Event>(&json.to_string());
    for (_, json) in samples() {
        let mut paths = vec![];
        objects(&json, "", &mut paths);
        for path in paths.iter().filter(|path| !path.ends_with("exchange_metadata")) {
            let object = |json: &Value| {
                json.pointer(path).and_then(Value::as_object).expect("an object").clone()
            };
            let with = |fields| {
                let mut changed = json.clone();
                *changed.pointer_mut(path).expect("an object") = Value::Object(fields);
                changed
            };
            let mut more = object(&json);
            more.insert("extra".into(), json!(1));
            assert!(read(&with(more)).is_err(), "`extra` in {path} of {json}");
            for name in object(&json).keys() {
                let mut less = object(&json);
                less.remove(name);
                assert!(read(&with(less)).is_err(), "no {name} in {path} of {json}");
            }
        }
    }
}

#[test]
fn numbers_are_texts_and_exact() {
    let text = |quantity: &str| {
        let amended = json!({ "kind": "amended", "limit_price": null, "stop_price": null });
        amended.to_string().replace('}', &format!(r#","quantity":{quantity}}}"#))
    };
    let read = |quantity: &str| serde_json::from_str::<OrderEvent>(&text(quantity));
    assert!(read(r#""1234567890.123456789012345678""#).is_ok());
    for wrong in ["1.5", "1", r#""1234567890.1234567890123456789""#, r#""""#, r#""1,5""#] {
        assert!(read(wrong).is_err(), "{wrong}");
    }
}
