//! Venue accounts, strategies and bots over HTTP.

mod compat;
mod webhooks;

use std::time::Duration;

use adapters::auth::FieldKeys;
use api::rules::{Access, RULES};
use app::auth::{Actor, Origin};
use domain::auth::{Keyring, NEW_KEY, Role};
use reqwest::Method;
use serde_json::{Value, json};

use super::server::Server;

const PASSWORD: &str = "correct horse battery";

/// Somebody, by the secret of a session of theirs.
async fn somebody(server: &Server, email: &str, role: Role) -> String {
    let address = email.parse().unwrap();
    server.accounts.create(&Actor::default(), address, None, role, PASSWORD).await.unwrap();
    let (secret, _) = server.accounts.login(email, PASSWORD, &Origin::default()).await.unwrap();
    secret.reveal().to_owned()
}

/// The status and the body of an answer.
async fn ask(server: &Server, who: &str, method: &str, path: &str, body: Value) -> (u16, Value) {
    let method: Method = method.parse().unwrap();
    let request = server.client.request(method.clone(), format!("http://{}{path}", server.address));
    let request = request.bearer_auth(who);
    let request = if method == Method::GET { request } else { request.json(&body) };
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    (status, response.json().await.unwrap_or_default())
}

async fn made(server: &Server, who: &str, path: &str, body: Value) -> String {
    let (status, made) = ask(server, who, "POST", path, body).await;
    assert_eq!(status, 201, "{path}: {made}");
    made["id"].as_str().unwrap().to_owned()
}

/// Numbers of somebody's things.
struct Things {
    account: String,
    strategy: String,
    version: String,
    template: String,
    bot: String,
}

async fn things(server: &Server, who: &str) -> Things {
    let ring = Keyring::with(None, [7; NEW_KEY]);
    server.accounts.use_keys(FieldKeys::Given(ring));
    let new = json!({ "venue": "binance", "name": "Spot", "kind": "external",
        "credentials": { "key": "vmPUZE6mv9SD5VNHk4", "secret": "NhqPtmdSJYdKjVHjA7PZj4" } });
    let account = made(server, who, "/v1/trading/accounts", new).await;
    let schema = json!({ "type": "object", "properties": { "fast": { "type": "integer" } } });
    let new = json!({ "name": "Cross", "template_data": { "config_schema": schema }, "is_public": false });
    let template = made(server, who, "/v1/trading/templates", new).await;
    let new = json!({ "name": "Cross", "template": template });
    let strategy = made(server, who, "/v1/trading/strategies", new).await;
    let path = format!("/v1/trading/strategies/{strategy}/versions/1");
    let version = ask(server, who, "GET", &path, Value::Null).await.1;
    let version = version["id"].as_str().unwrap().to_owned();
    let new = json!({ "account": account, "name": "Bot", "type": "paper", "strategy_version": version,
        "config": { "fast": 9 } });
    let bot = made(server, who, "/v1/trading/bots", new).await;
    Things { account, strategy, version, template, bot }
}

/// A key of somebody for one thing.
async fn key(server: &Server, who: &str, scope: &str) -> String {
    let new = json!({ "name": "bot", "scopes": [scope] });
    let (_, made) = ask(server, who, "POST", "/v1/auth/keys", new).await;
    made["key"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_bot_lives_by_a_key_and_its_scopes() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let Things { bot, .. } = things(&server, &ada).await;
    let reads = key(&server, &ada, "bots:read").await;
    let writes = key(&server, &ada, "bots:write").await;
    let path = format!("/v1/trading/bots/{bot}");
    let post = async |who: &str, what: &str, body: Value| {
        let (status, answer) = ask(&server, who, "POST", &format!("{path}/{what}"), body).await;
        let word = answer.get("code").or(answer.get("status")).and_then(Value::as_str);
        (status, word.unwrap_or_default().to_owned())
    };
    let is = |status: u16, word: &str| (status, word.to_owned());
    assert_eq!(post(&reads, "start", json!({})).await, is(403, "forbidden"));
    assert_eq!(post(&writes, "pause", json!({})).await, is(409, "bot_stopped"));
    assert_eq!(post(&writes, "start", json!({})).await, is(200, "running"));
    assert_eq!(post(&writes, "start", json!({})).await, is(200, "running"));
    let told = json!({ "message": "bought", "balance": "1000.10", "total_pnl": "-3.5" });
    assert_eq!(post(&writes, "heartbeat", told).await, is(200, "running"));
    assert_eq!(post(&writes, "heartbeat", json!({ "error": "no money" })).await, is(200, "error"));
    for (wrong, field) in [
        (json!({ "balance": "many" }), "balance"),
        (json!({ "total_pnl": "1e50" }), "total_pnl"),
        (json!({ "message": "a\u{0}" }), "message"),
    ] {
        let (status, answer) =
            ask(&server, &writes, "POST", &format!("{path}/heartbeat"), wrong).await;
        assert_eq!(
            (status, &answer["code"], &answer["parameter"]),
            (400, &json!("invalid_heartbeat"), &json!(field))
        );
    }
    let get = async |who: &str, path: &str| ask(&server, who, "GET", path, Value::Null).await;
    assert_eq!(get(&writes, &path).await.0, 403);
    let (_, told) = get(&reads, &format!("{path}/status")).await;
    assert_eq!(
        (&told["status"], &told["balance"], &told["error_count"]),
        (&json!("error"), &json!("1000.1"), &json!(1))
    );
    let (_, beats) = get(&reads, &format!("{path}/heartbeats?limit=1")).await;
    assert_eq!(beats["heartbeats"][0]["error"], "no money");
}

#[tokio::test]
async fn bots_are_found_by_what_they_do_and_keep_to_it_while_they_do() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let Things { bot, account, .. } = things(&server, &ada).await;
    let path = format!("/v1/trading/bots/{bot}");
    let get = async |path: &str| ask(&server, &ada, "GET", path, Value::Null).await;
    let post =
        async |what: &str| ask(&server, &ada, "POST", &format!("{path}/{what}"), json!({})).await;
    assert_eq!(post("start").await.0, 200);
    server.clock.set(server.clock.now().plus(Duration::from_secs(61)));
    assert_eq!(server.trading.look().await.unwrap(), 1);
    assert_eq!(get(&path).await.1["status"], "silent");
    let listed = get(&format!("/v1/trading/bots?status=silent&account={account}")).await.1;
    assert_eq!((&listed["bots"][0]["id"], &listed["next"]), (&json!(bot), &Value::Null));
    assert_eq!(get("/v1/trading/bots?status=running").await.1["bots"], json!([]));
    for (query, code) in [
        ("status=dead", "invalid_status"),
        ("account=1", "invalid_account"),
        ("limit=0", "invalid_limit"),
        ("cursor=x", "invalid_cursor"),
        ("state=silent", "unknown_parameter"),
    ] {
        assert_eq!(get(&format!("/v1/trading/bots?{query}")).await.1["code"], code, "{query}");
    }
    let change = |config: Value| ask(&server, &ada, "PATCH", &path, json!({ "config": config }));
    assert_eq!(change(json!({ "fast": 3 })).await.1["code"], "bot_running");
    assert_eq!(post("stop").await.1["status"], "stopped");
    let (status, wrong) = change(json!({ "fast": "soon" })).await;
    assert_eq!(
        (status, &wrong["code"], &wrong["parameter"]),
        (400, &json!("invalid_config"), &json!("config"))
    );
    assert!(wrong["detail"].as_str().unwrap().starts_with("config/fast: "), "{wrong}");
    assert_eq!(change(json!({ "fast": 3 })).await.1["config"], json!({ "fast": 3 }));
    assert_eq!(ask(&server, &ada, "DELETE", &path, json!({})).await.0, 204);
    assert_eq!(get(&path).await.1["code"], "unknown_bot");
}

#[tokio::test]
async fn what_is_wrong_with_what_is_wanted_is_named() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let Things { account, .. } = things(&server, &ada).await;
    let accounts = json!({ "venue": "binance", "name": "Other", "kind": "paper" });
    let bots = json!({ "account": account, "name": "Other", "type": "live" });
    let strategies = json!({ "name": "Other" });
    let templates = json!({ "name": "Other", "template_data": {} });
    for (what, good, field, value, code) in [
        ("accounts", &accounts, "venue", json!("a b"), "invalid_account"),
        ("accounts", &accounts, "name", json!(" "), "invalid_account"),
        ("accounts", &accounts, "kind", json!("demo"), "invalid_account"),
        ("accounts", &accounts, "name", json!("Spot"), "name_taken"),
        (
            "accounts",
            &accounts,
            "credentials",
            json!({ "key": "", "secret": "s" }),
            "invalid_account",
        ),
        ("accounts", &accounts, "more", json!(1), "invalid_body"),
        ("bots", &bots, "type", json!("demo"), "invalid_bot"),
        ("bots", &bots, "silent_after_s", json!(1), "invalid_bot"),
        ("bots", &bots, "config", json!([]), "invalid_body"),
        ("bots", &bots, "name", json!("Bot"), "name_taken"),
        ("bots", &bots, "account", json!(uuid(9)), "unknown_account"),
        ("bots", &bots, "strategy_version", json!(uuid(9)), "unknown_version"),
        ("strategies", &strategies, "name", json!("Cross"), "name_taken"),
        ("strategies", &strategies, "template", json!(uuid(9)), "unknown_template"),
        ("strategies", &strategies, "description", json!("x".repeat(10_001)), "invalid_strategy"),
        (
            "templates",
            &templates,
            "template_data",
            json!({ "config_schema": { "type": 1 } }),
            "invalid_schema",
        ),
        ("templates", &templates, "template_data", json!({ "more": 1 }), "invalid_body"),
    ] {
        let mut body = good.clone();
        body[field] = value;
        let (_, answer) =
            ask(&server, &ada, "POST", &format!("/v1/trading/{what}"), body.clone()).await;
        assert_eq!(answer["code"], code, "{what} {body}: {answer}");
        let named =
            ["name_taken", "invalid_account", "invalid_bot", "invalid_strategy"].contains(&code);
        assert_eq!(
            named.then_some(&answer["parameter"]),
            named.then_some(&json!(field)),
            "{answer}"
        );
    }
}

fn uuid(number: u8) -> String {
    format!("00000000-0000-7000-8000-0000000000{number:02}")
}

#[tokio::test]
async fn other_peoples_things_are_not_found() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    // An administrator has a list, and no way to change what is on it.
    let cem = somebody(&server, "cem@example.com", Role::Admin).await;
    let ben = somebody(&server, "ben@example.com", Role::Trader).await;
    let own = things(&server, &ada).await;
    // What hangs on keys and webhooks has tests of its own; a body that must be whole is looked at before.
    let is_own = |access: &&Access| {
        let whole = access.method != "GET"
            && ["/paper", "/signing-keys", "/webhooks"].iter().any(|e| access.path.ends_with(e));
        let below = whole || access.path.contains("{key}") || access.path.contains("{webhook}");
        access.path.starts_with("/v1/trading/") && access.path.contains("{id}") && !below
    };
    let mut checked: Vec<&Access> = RULES.iter().filter(is_own).collect();
    assert!(checked.len() > 20, "{checked:?}");
    // Deleted last, bots first: whoever owns them does find them.
    let rank = |access: &Access| match (access.method, access.path.contains("/bots/")) {
        _ if access.path.contains("{account}") => 0,
        ("DELETE", true) => 1,
        ("DELETE", false) => 3,
        _ if access.path.ends_with("/archive") => 2,
        _ => 0,
    };
    checked.sort_by_key(|access| rank(access));
    for access in checked {
        let id = match access.path.split('/').nth(3).unwrap() {
            "accounts" => &own.account,
            "strategies" => &own.strategy,
            "templates" => &own.template,
            "bots" => &own.bot,
            path => panic!("make one of {path} for this test"),
        };
        let path = access.path.replace("{id}", id).replace("{account}", &own.account);
        let path = path.replace("{version}", "1");
        for other in [&ben, &cem] {
            let (status, answer) = ask(&server, other, access.method, &path, json!({})).await;
            assert_eq!(status, 404, "{} {path}: {answer}", access.method);
        }
        let odd = access.path.replace("{id}", "not-a-number").replace("{account}", "x");
        assert_eq!(ask(&server, &ada, access.method, &odd, json!({})).await.0, 404, "{odd}");
        let (status, answer) = ask(&server, &ada, access.method, &path, json!({})).await;
        // A bot that was not started can't wait, and the account is no paper account.
        let waits = status == 409
            && ["/pause", "/paper", "/signing-keys"].iter().any(|end| path.ends_with(end));
        assert!(status < 300 || waits, "{} {path} by its owner: {answer}", access.method);
    }
    assert!(!own.version.is_empty());
}

#[tokio::test]
async fn administrators_list_what_others_have_and_programs_of_theirs_do_not() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let cem = somebody(&server, "cem@example.com", Role::Admin).await;
    things(&server, &ada).await;
    let get = async |who: &str, path: &str| ask(&server, who, "GET", path, Value::Null).await;
    let me = get(&ada, "/v1/auth/me").await.1;
    let id = me["user"]["id"].as_str().unwrap();
    let key = key(&server, &cem, "bots:read").await;
    for what in ["accounts", "bots"] {
        let path = format!("/v1/trading/{what}?user={id}");
        let (status, all) = get(&cem, &path).await;
        assert_eq!((status, all[what].as_array().map(Vec::len)), (200, Some(1)), "{all}");
        assert!(!all.to_string().contains("PUZE6mv9SD5V"), "{all}");
        assert_eq!(get(&ada, &path).await.0, 200, "one's own");
        assert_eq!(get(&key, &path).await.1["code"], "forbidden");
        assert_eq!(get(&cem, &format!("/v1/trading/{what}")).await.1[what], json!([]));
        assert_eq!(
            get(&cem, &format!("/v1/trading/{what}?user=ada")).await.1["code"],
            "invalid_user"
        );
    }
    let cem_id = get(&cem, "/v1/auth/me").await.1["user"]["id"].as_str().unwrap().to_owned();
    assert_eq!(get(&ada, &format!("/v1/trading/bots?user={cem_id}")).await.1["code"], "forbidden");
}

#[tokio::test]
async fn a_paper_account_has_settings_of_its_own() {
    let server = Server::start().await;
    let ada = somebody(&server, "ada@example.com", Role::Trader).await;
    let new = |name, kind| json!({ "venue": "binance", "name": name, "kind": kind });
    let paper = made(&server, &ada, "/v1/trading/accounts", new("Paper", "paper")).await;
    let external = made(&server, &ada, "/v1/trading/accounts", new("Spot", "external")).await;
    let path = |account: &str| format!("/v1/trading/accounts/{account}/paper");

    let usual = json!({ "maker_fee": "0.001", "taker_fee": "0.001", "fee_asset": "quote",
        "slippage": { "kind": "fixed", "bps": "5" }, "queue": { "kind": "share", "share": "0.1" } });
    assert_eq!(ask(&server, &ada, "GET", &path(&paper), Value::Null).await, (200, usual.clone()));
    let other = json!({ "maker_fee": "-0.0001", "taker_fee": "0.0004", "fee_asset": "received",
        "slippage": { "kind": "volume_share", "impact": "0.1", "limit": "0.25" },
        "queue": { "kind": "quote", "amount": "10000" } });
    for _ in 0..2 {
        let set = ask(&server, &ada, "PUT", &path(&paper), other.clone()).await;
        assert_eq!(set, (200, other.clone()));
    }
    assert_eq!(ask(&server, &ada, "GET", &path(&paper), Value::Null).await, (200, other.clone()));

    for (field, wrong) in [
        ("taker_fee", json!({ "taker_fee": "0.2" })),
        ("taker_fee", json!({ "taker_fee": "a tenth" })),
        ("fee_asset", json!({ "fee_asset": "BNB" })),
        ("slippage.bps", json!({ "slippage": { "kind": "fixed", "bps": "-1" } })),
    ] {
        let mut body = usual.clone();
        let fields = wrong.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(fields);
        let (status, problem) = ask(&server, &ada, "PUT", &path(&paper), body).await;
        assert_eq!(
            (status, &problem["code"]),
            (400, &json!("invalid_paper_settings")),
            "{problem}"
        );
        assert!(problem["detail"].as_str().unwrap().contains(field), "{problem}");
    }
    let (status, problem) = ask(&server, &ada, "PUT", &path(&external), other.clone()).await;
    assert_eq!((status, &problem["code"]), (409, &json!("account_not_paper")));
    let ben = somebody(&server, "ben@example.com", Role::Trader).await;
    assert_eq!(ask(&server, &ben, "GET", &path(&paper), Value::Null).await.0, 404);
    assert_eq!(ask(&server, &ben, "PUT", &path(&paper), other.clone()).await.0, 404);
    ask(&server, &ada, "POST", &format!("/v1/trading/accounts/{paper}/archive"), Value::Null).await;
    let (status, problem) = ask(&server, &ada, "PUT", &path(&paper), usual).await;
    assert_eq!((status, &problem["code"]), (409, &json!("account_archived")));
}
