//! Accounts, templates, bots, webhooks and keys that sign: what is sent, and what is read of the answers in `answers`.

use std::collections::BTreeMap;

use chandlery_client::{
    AccountChange, AlertOutcome, BotChange, BotQuery, BotStatus, Client, Code, Credentials,
    Decimal, FeeAsset, NewTemplate, NewVersion, NewWebhook, OrderStatus, PageQuery, PaperSettings,
    Queue, Result, SagaQuery, SagaState, Slippage, TemplateChange, Uuid, WebhookChange,
};
use serde_json::{Value, json};

use crate::script::{answer, ask, away, read, server};

const ONE: Uuid = Uuid::from_u128(1);
const TWO: Uuid = Uuid::from_u128(2);
const THREE: Uuid = Uuid::from_u128(3);

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

/// How something is asked for that nothing is told of.
async fn done(call: impl AsyncFnOnce(&Client) -> Result<()>) -> String {
    let ((), asked, body) = ask((204, Value::Null), call).await;
    assert_eq!(body, Value::Null);
    asked
}

#[tokio::test]
async fn an_account_gets_another_name_and_other_credentials() {
    let credentials =
        Credentials { key: "abcdefgh".to_owned(), secret: "s".to_owned(), passphrase: None };
    let change = AccountChange { name: Some("Renamed".to_owned()), credentials: Some(credentials) };
    assert!(!format!("{change:?}").contains("abcdefgh"));
    let answer = (200, answer!("account"));
    let (told, asked, body) =
        ask(answer, async |client| client.change_account(ONE, &change).await).await;
    assert_eq!(asked, format!("PATCH /v1/trading/accounts/{ONE}"));
    let credentials = json!({ "key": "abcdefgh", "secret": "s", "passphrase": null });
    assert_eq!(body, json!({ "name": "Renamed", "credentials": credentials }));
    assert_eq!((told.name.as_str(), told.key_beginning.as_deref()), ("Renamed", Some("ab")));
    assert!(told.updated_at > told.created_at);
}

#[tokio::test]
async fn an_administrator_asks_for_what_is_somebodys() {
    let accounts = json!({ "accounts": [answer!("account")] });
    let (told, asked) = read(accounts, async |client| client.accounts_of(ONE).await).await;
    assert_eq!(asked, format!("GET /v1/trading/accounts?user={ONE}"));
    assert_eq!(told[0].name, "Renamed");
    let query = BotQuery { user: Some(ONE), ..BotQuery::default() };
    let bots = json!({ "bots": [answer!("bot")], "next": null });
    let (told, asked) = read(bots, async |client| client.bots(&query).await).await;
    assert_eq!(asked, format!("GET /v1/trading/bots?user={ONE}"));
    assert_eq!(told.items[0].name, "Cross");
}

#[tokio::test]
async fn paper_settings_are_read_and_set() {
    let (told, asked) =
        read(answer!("paper_settings"), async |client| client.paper_settings(ONE).await).await;
    assert_eq!(asked, format!("GET /v1/trading/accounts/{ONE}/paper"));
    let wanted = PaperSettings {
        maker_fee: number("-0.0001"),
        taker_fee: number("0.001"),
        fee_asset: FeeAsset::Received,
        slippage: Slippage::VolumeShare { impact: number("0.2"), limit: number("0.25") },
        queue: Queue::Quote { amount: number("10000") },
    };
    assert_eq!(told, wanted);
    let answer = (200, answer!("paper_settings"));
    let (told, asked, body) =
        ask(answer, async |client| client.set_paper_settings(ONE, &wanted).await).await;
    assert_eq!(asked, format!("PUT /v1/trading/accounts/{ONE}/paper"));
    assert_eq!((told, body), (wanted.clone(), answer!("paper_settings")));
    let usual = json!({ "maker_fee": "0.001", "taker_fee": "0.001", "fee_asset": "quote",
        "slippage": { "kind": "fixed", "bps": "5" }, "queue": { "kind": "share", "share": "0.1" } });
    let (told, _) = read(usual, async |client| client.paper_settings(ONE).await).await;
    assert_eq!(told.slippage, Slippage::Fixed { bps: number("5") });
    assert_eq!(
        (told.queue, told.fee_asset),
        (Queue::Share { share: number("0.1") }, FeeAsset::Quote)
    );
}

#[tokio::test]
async fn orders_are_followed_on_their_way() {
    let query = SagaQuery { state: Some(SagaState::Running), ..SagaQuery::default() };
    let (told, asked) = read(answer!("sagas"), async |client| client.sagas(&query).await).await;
    assert_eq!(asked, "GET /v1/trading/sagas?state=running");
    let saga = &told.items[0];
    assert_eq!((saga.step.as_str(), saga.state, saga.attempts), ("settle", SagaState::Running, 0));
}

#[tokio::test]
async fn strategies_are_made_of_templates() {
    let version = NewVersion {
        parameters: Some(json!({ "fast": 7 })),
        config_schema: Some(json!({ "type": "object" })),
        notes: None,
    };
    let new = NewTemplate {
        name: "Template".to_owned(),
        template_data: version.clone(),
        ..NewTemplate::default()
    };
    let answer = (201, answer!("template"));
    let (told, asked, body) = ask(answer, async |client| client.create_template(&new).await).await;
    assert_eq!(asked, "POST /v1/trading/templates");
    let data = json!({ "parameters": { "fast": 7 }, "config_schema": { "type": "object" } });
    assert_eq!(
        body,
        json!({ "name": "Template", "description": null, "template_data": data, "is_public": false })
    );
    assert_eq!((told.template_data, told.is_public, told.own), (version, true, true));

    let change = TemplateChange { is_public: Some(true), ..TemplateChange::default() };
    let answer = (200, answer!("template"));
    let (changed, asked, body) =
        ask(answer, async |client| client.change_template(ONE, &change).await).await;
    assert_eq!(asked, format!("PATCH /v1/trading/templates/{ONE}"));
    assert_eq!(
        body,
        json!({ "name": null, "description": null, "template_data": null, "is_public": true })
    );
    let (told, asked) = read(answer!("template"), async |client| client.template(ONE).await).await;
    assert_eq!((asked, told), (format!("GET /v1/trading/templates/{ONE}"), changed));
    let all = json!({ "templates": [answer!("template")], "next": ONE });
    let query = PageQuery { limit: Some(1), ..PageQuery::default() };
    let (told, asked) = read(all, async |client| client.templates(&query).await).await;
    assert_eq!(asked, "GET /v1/trading/templates?limit=1");
    assert_eq!((told.items.len(), told.next), (1, Some(ONE.to_string())));
    let asked = done(async |client| client.delete_template(ONE).await).await;
    assert_eq!(asked, format!("DELETE /v1/trading/templates/{ONE}"));

    let answer = (201, answer!("strategy"));
    let (told, asked, body) =
        ask(answer, async |client| client.create_strategy_of(ONE, "Strategy", None).await).await;
    assert_eq!(asked, "POST /v1/trading/strategies");
    assert_eq!(body, json!({ "name": "Strategy", "description": null, "template": ONE }));
    assert_eq!((told.latest_version, told.updated_at), (Some(1), told.created_at));
    let (told, asked) =
        read(answer!("strategy_version"), async |client| client.version(ONE, 1).await).await;
    assert_eq!(asked, format!("GET /v1/trading/strategies/{ONE}/versions/1"));
    assert_eq!((told.version, &told.parameters["fast"]), (1, &json!(7)));
    let (told, asked) =
        read(answer!("strategy"), async |client| client.unlink_account(ONE, TWO).await).await;
    assert_eq!(asked, format!("DELETE /v1/trading/strategies/{ONE}/accounts/{TWO}"));
    assert!(told.accounts.is_empty());
}

#[tokio::test]
async fn a_bot_is_changed_and_its_status_asked() {
    let change = BotChange {
        config: Some(json!({ "fast": 3 })),
        silent_after_s: Some(120),
        extra_metadata: Some(json!({ "desk": "a" })),
        ..BotChange::default()
    };
    let answer = (200, answer!("bot"));
    let (told, asked, body) =
        ask(answer, async |client| client.change_bot(ONE, &change).await).await;
    assert_eq!(asked, format!("PATCH /v1/trading/bots/{ONE}"));
    let wanted = json!({ "name": null, "strategy_version": null, "config": { "fast": 3 }, "description": null,
        "silent_after_s": 120, "extra_metadata": { "desk": "a" } });
    assert_eq!(body, wanted);
    assert_eq!((told.silent_after_s, told.description), (120, None));
    assert_eq!(told.extra_metadata, json!({ "desk": "a" }));
    assert!(told.updated_at > told.created_at);

    let (told, asked) =
        read(answer!("bot_status"), async |client| client.bot_status(ONE).await).await;
    assert_eq!(asked, format!("GET /v1/trading/bots/{ONE}/status"));
    assert_eq!((told.status, told.error_count), (BotStatus::Running, 0));
    assert_eq!((told.balance, told.total_pnl), (Some(number("10.5")), Some(number("-1"))));
    assert!(told.last_heartbeat > told.started_at);

    let query = PageQuery { limit: Some(1), ..PageQuery::default() };
    let (told, asked) =
        read(answer!("heartbeats"), async |client| client.heartbeat_pages(ONE, &query).all().await)
            .await;
    assert_eq!(asked, format!("GET /v1/trading/bots/{ONE}/heartbeats?limit=1"));
    assert_eq!(told[0].balance, Some(number("10.5")));
}

#[tokio::test]
async fn a_webhook_is_made_and_changed() {
    let template = BTreeMap::from([("side".to_owned(), "buy".to_owned())]);
    let new = NewWebhook { name: "TradingView".to_owned(), template: Some(template.clone()) };
    let hooks = format!("/v1/trading/bots/{ONE}/webhooks");
    let answer = (201, answer!("made_webhook"));
    let (made, asked, body) =
        ask(answer, async |client| client.create_webhook(ONE, &new).await).await;
    assert_eq!(asked, format!("POST {hooks}"));
    assert_eq!(body, json!({ "name": "TradingView", "template": { "side": "buy" } }));
    assert!(made.secret.starts_with(&made.webhook.beginning) && made.webhook.enabled);
    assert!(!format!("{made:?}").contains(&made.secret), "{made:?}");
    let (told, asked) = read(answer!("webhooks"), async |client| client.webhooks(ONE).await).await;
    assert_eq!((asked, &told[0]), (format!("GET {hooks}"), &made.webhook));
    assert_eq!(told[0].template["quantity"], "{{q}}");

    let change = WebhookChange { enabled: Some(false), ..WebhookChange::default() };
    let answer = (200, answer!("webhooks")["webhooks"][0].take());
    let (_, asked, body) =
        ask(answer, async |client| client.change_webhook(ONE, TWO, &change).await).await;
    assert_eq!(asked, format!("PATCH {hooks}/{TWO}"));
    assert_eq!(body, json!({ "name": null, "template": null, "enabled": false }));
    let (told, asked) =
        read(answer!("made_webhook"), async |client| client.rotate_webhook(ONE, TWO).await).await;
    assert_eq!((asked, told), (format!("POST {hooks}/{TWO}/rotate"), made));
    let asked = done(async |client| client.delete_webhook(ONE, TWO).await).await;
    assert_eq!(asked, format!("DELETE {hooks}/{TWO}"));
}

#[tokio::test]
async fn alerts_are_read_and_tried_again() {
    let log = format!("/v1/trading/bots/{ONE}/webhooks/{TWO}/log");
    let query = PageQuery { limit: Some(1), ..PageQuery::default() };
    let (told, asked) =
        read(answer!("alerts"), async |client| client.alerts(ONE, TWO, &query).await).await;
    assert_eq!(asked, format!("GET {log}?limit=1"));
    let alert = &told.items[0];
    assert_eq!(
        (alert.outcome, alert.code.as_deref()),
        (AlertOutcome::Refused, Some("unknown_symbol"))
    );
    assert_eq!((alert.first, alert.order), (alert.id, None));
    assert_eq!(
        (alert.ip.as_deref(), alert.content_type.as_deref()),
        (Some("127.0.0.1"), Some("text/plain"))
    );
    let mut placed = answer!("alerts")["alerts"][0].take();
    placed["outcome"] = json!("placed");
    placed["order"] = json!(THREE);
    placed["order_status"] = json!("partially_filled");
    let (told, asked) =
        read(placed, async |client| client.retry_alert(ONE, TWO, THREE).await).await;
    assert_eq!(asked, format!("POST {log}/{THREE}/retry"));
    assert_eq!((told.outcome, told.order), (AlertOutcome::Placed, Some(THREE)));
    assert_eq!(told.order_status, Some(OrderStatus::PartiallyFilled));
}

#[tokio::test]
async fn keys_that_sign_are_made_listed_and_ended() {
    let keys = format!("/v1/trading/accounts/{ONE}/signing-keys");
    let answer = (201, answer!("made_signing_key"));
    let (made, asked, body) =
        ask(answer, async |client| client.create_signing_key(ONE, "freqtrade").await).await;
    assert_eq!((asked, body), (format!("POST {keys}"), json!({ "name": "freqtrade" })));
    assert!(made.api_key.starts_with(&made.key.beginning) && made.secret.starts_with("chx_"));
    let shown = format!("{made:?}");
    assert!(!shown.contains(&made.api_key) && !shown.contains(&made.secret), "{shown}");
    let (told, asked) =
        read(answer!("signing_keys"), async |client| client.signing_keys(ONE).await).await;
    assert_eq!((asked, told), (format!("GET {keys}"), vec![made.key]));
    let asked = done(async |client| client.revoke_signing_key(ONE, TWO).await).await;
    assert_eq!(asked, format!("DELETE {keys}/{TWO}"));
}

#[tokio::test]
async fn what_does_it_once_is_asked_again_and_what_makes_a_secret_is_not() {
    let (client, script) = server(&[
        away(),
        (200, answer!("strategy")),
        away(),
        (200, answer!("bot")),
        away(),
        away(),
        away(),
    ])
    .await;
    client.unlink_account(ONE, TWO).await.unwrap();
    client.change_bot(ONE, &BotChange::default()).await.unwrap();
    let gone = Code::DATABASE_UNAVAILABLE;
    assert!(client.rotate_webhook(ONE, TWO).await.unwrap_err().is(&gone));
    assert!(client.create_signing_key(ONE, "x").await.unwrap_err().is(&gone));
    assert!(client.delete_webhook(ONE, TWO).await.unwrap_err().is(&gone));
    assert_eq!(script.seen.lock().unwrap().len(), 7);
}
