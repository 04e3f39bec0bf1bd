//! Limits of requests, and what administrators see of them.

use std::collections::BTreeMap;
use std::time::Duration;

use app::auth::limits::Rates;

use super::*;

const RATES: Rates =
    Rates { read: 5, write: 3, login: 2, loopback: true, endpoints: BTreeMap::new() };

#[tokio::test]
async fn whoever_asks_too_much_is_told_when_to_go_on() {
    let server = Server::start_with_rates(RATES).await;
    let get = async || server.get("/v1/market/symbols").send().await.unwrap();
    for left in (0..5).rev() {
        let response = get().await;
        assert_eq!(response.status(), 200);
        // The clock stands at half past a minute.
        assert_eq!(response.headers()["ratelimit"], format!("\"read\";r={left};t=30"));
        assert_eq!(response.headers()["ratelimit-policy"], "\"read\";q=5;w=60");
    }
    let refused = get().await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "30");
    assert_eq!(refused.headers()["ratelimit"], "\"read\";r=0;t=30");
    let body: Value = refused.json().await.unwrap();
    assert_eq!(body["code"], "rate_limited");
    for expected in [401, 401, 429] {
        assert_eq!(
            login(&server, "ada@example.com", "wrong").await.status(),
            expected,
            "a class of its own"
        );
    }
    server.clock.set(server.clock.now().plus(Duration::from_secs(30)));
    assert_eq!(get().await.status(), 200, "another minute");
}

#[tokio::test]
async fn a_key_has_a_budget_of_its_own_and_is_named_in_the_counts() {
    let server = Server::start_with_rates(Rates { loopback: false, ..RATES }).await;
    let ada = somebody(&server, "ada@example.com", Role::Admin).await;
    let make = async |name: &str| -> (String, String) {
        let wanted = json!({ "name": name, "scopes": ["market:read", "points:write"] });
        let made = ask(&server, Method::POST, "/v1/auth/keys", Some(&ada)).json(&wanted);
        let made: Value = made.send().await.unwrap().json().await.unwrap();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        (text("key"), text("id"))
    };
    let ((key, id), (other, _)) = (make("bot").await, make("other").await);
    let get = |key: &str| ask(&server, Method::GET, "/v1/market/symbols", None).bearer_auth(key);
    for left in (0..5).rev() {
        let answer = get(&key).send().await.unwrap();
        assert_eq!(answer.headers()["ratelimit"], format!("\"read\";r={left};t=30"));
    }
    assert_eq!(code(get(&key)).await, (StatusCode::TOO_MANY_REQUESTS, "rate_limited".to_owned()));
    assert_eq!(code(get(&other)).await.0, StatusCode::OK, "each by itself");
    let mine = ask(&server, Method::GET, "/v1/auth/me", Some(&ada));
    assert_eq!(code(mine).await.0, StatusCode::OK, "the owner's is another");

    // Refused in the words of the interface that is asked.
    let refused = async |request: RequestBuilder| {
        let answer = request.bearer_auth(&key).send().await.unwrap();
        let (status, after) = (answer.status(), answer.headers()["retry-after"].clone());
        assert_eq!((status.as_u16(), after.to_str().unwrap()), (429, "30"));
        answer.json::<Value>().await.unwrap()
    };
    let get = |path: &str| ask(&server, Method::GET, path, None);
    let binance = refused(get("/compat/binance/api/v3/exchangeInfo")).await;
    assert_eq!((&binance["code"], binance["msg"].is_string()), (&json!(-1003), true), "{binance}");
    let udf = refused(get("/compat/udf/config")).await;
    assert_eq!((&udf["s"], udf["errmsg"].is_string()), (&json!("error"), true), "{udf}");
    let write = |path: &str| ask(&server, Method::POST, path, None).body("m v=1");
    let v1 = "/compat/influx/write?db=a";
    for _ in 0..3 {
        assert_eq!(code(write(v1).bearer_auth(&key)).await.0, StatusCode::NO_CONTENT);
    }
    let one = refused(write(v1)).await;
    assert!(one["error"].as_str().unwrap().contains("3 requests"), "{one}");
    let two = refused(write("/compat/influx/api/v2/write?bucket=a")).await;
    assert_eq!(two["code"], "too many requests", "{two}");

    server.usage.flush().await.unwrap();
    server.clock.set(server.clock.now().plus(Duration::from_secs(60)));
    let usage = ask(&server, Method::GET, "/v1/auth/usage", Some(&ada)).send().await.unwrap();
    let usage: Value = usage.json().await.unwrap();
    let count = |path: &str, key: Value| {
        let counts = usage["counts"].as_array().unwrap();
        let found = counts.iter().find(|count| count["path"] == path && count["key_id"] == key);
        let found = found.unwrap_or_else(|| panic!("{path} by {key}: {usage}"));
        assert!(found["user_id"].is_string(), "{found}");
        found["requests"].as_i64().unwrap()
    };
    assert_eq!(count("/v1/market/symbols", json!(id)), 6, "those too that were refused");
    assert_eq!(count("/compat/influx/write", json!(id)), 4);
    assert_eq!(count("/v1/auth/me", Value::Null), 1);
}

#[tokio::test]
async fn an_endpoint_has_a_limit_of_its_own_an_hour() {
    let endpoints = BTreeMap::from([("POST /v1/auth/keys".to_owned(), 2)]);
    let server = Server::start_with_rates(Rates { loopback: false, endpoints, ..RATES }).await;
    let ada = somebody(&server, "ada@example.com", Role::Viewer).await;
    let ben = somebody(&server, "ben@example.com", Role::Viewer).await;
    let make = |cookie: &str, name: &str| {
        let wanted = json!({ "name": name, "scopes": ["market:read"] });
        ask(&server, Method::POST, "/v1/auth/keys", Some(cookie)).json(&wanted)
    };
    for (left, status) in [(1, 201), (0, 201), (0, 429)] {
        let answer = make(&ada, &left.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), status);
        // The clock stands at ten and a half minutes past an hour.
        let told = format!("\"POST /v1/auth/keys\";r={left};t=2970");
        assert_eq!(answer.headers()["ratelimit"], told);
        assert_eq!(answer.headers()["ratelimit-policy"], "\"POST /v1/auth/keys\";q=2;w=3600");
        assert_eq!(answer.headers().contains_key("retry-after"), status == 429);
    }
    assert_eq!(make(&ben, "x").send().await.unwrap().status(), 201, "somebody else's is another");
    let list = ask(&server, Method::GET, "/v1/auth/keys", Some(&ada)).send().await.unwrap();
    assert_eq!(list.status(), 200, "another endpoint");
    assert_eq!(list.headers()["ratelimit"], "\"read\";r=4;t=30");
    let pass = |seconds| server.clock.set(server.clock.now().plus(Duration::from_secs(seconds)));
    pass(30);
    let refused = make(&ada, "x").send().await.unwrap();
    assert_eq!(refused.headers()["retry-after"], "2940");
    let refused: Value = refused.json().await.unwrap();
    assert_eq!(refused["code"], "rate_limited");
    assert!(refused["detail"].as_str().unwrap().contains("2 requests to POST /v1/auth/keys"));
    pass(2_940);
    assert_eq!(make(&ada, "x").send().await.unwrap().status(), 201, "another hour");
}

#[tokio::test]
async fn above_its_limit_an_address_has_no_secret_looked_up_that_memory_does_not_know() {
    let server = Server::start_with_rates(RATES).await;
    let ada = somebody(&server, "ada@example.com", Role::Viewer).await;
    let market = "/v1/market/symbols";
    for left in [4, 3] {
        let answer = ask(&server, Method::GET, market, Some(&ada)).send().await.unwrap();
        assert_eq!(answer.headers()["ratelimit"], format!("\"read\";r={left};t=30"), "once each");
    }
    let guesses = ["chk_", "chs_", "eyJ."].into_iter().cycle().take(6).enumerate();
    for (number, kind) in guesses {
        let guess = format!("{kind}{number:0<43}");
        let request = ask(&server, Method::GET, market, None).bearer_auth(&guess);
        let expected = if number < 3 { 401 } else { 429 };
        assert_eq!(code(request).await.0, expected, "{guess}");
        // What was looked up is in memory from then on, as nobody's too.
        assert_eq!(server.accounts.is_held(&guess), number < 3, "{guess}");
    }
    let known = ask(&server, Method::GET, market, Some(&ada));
    assert_eq!(code(known).await.0, StatusCode::TOO_MANY_REQUESTS, "the address is one");
    server.clock.set(server.clock.now().plus(Duration::from_secs(30)));
    let known = ask(&server, Method::GET, market, Some(&ada));
    assert_eq!(code(known).await.0, StatusCode::OK);
}

#[tokio::test]
async fn requests_that_nothing_answers_count_for_their_address() {
    let server = Server::start_with_rates(RATES).await;
    let get = |path: &str| ask(&server, Method::GET, path, None);
    let nowhere =
        ["/v1/nothing", "/nothing.js", "/compat/influx/nothing", "/compat/binance/api/v3/nothing"];
    for (path, left) in nowhere.into_iter().zip((1..5).rev()) {
        let answer = get(path).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
        assert_eq!(answer.headers()["ratelimit"], format!("\"read\";r={left};t=30"), "{path}");
    }
    let page = get("/").send().await.unwrap();
    assert_eq!((page.status().as_u16(), page.headers().get("ratelimit")), (200, None));
    assert_eq!(code(get("/v1/nothing")).await.0, StatusCode::NOT_FOUND);
    assert_eq!(code(get("/v1/market/symbols")).await.0, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(code(get("/v1/nothing")).await.1, "rate_limited");
    let binance: Value = get(nowhere[3]).send().await.unwrap().json().await.unwrap();
    assert_eq!(binance["code"], -1003, "in the words of what is asked: {binance}");
    assert_eq!(get("/").send().await.unwrap().status(), 200, "the page is everybody's");

    let put = |path: &str| ask(&server, Method::PUT, path, None);
    for (path, left) in [("/v1/market/symbols", 2), ("/", 1), ("/metrics", 0)] {
        let answer = put(path).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert_eq!(answer.headers()["ratelimit"], format!("\"write\";r={left};t=30"), "{path}");
    }
    assert_eq!(code(put("/v1/market/symbols")).await.1, "rate_limited");
}

#[tokio::test]
async fn programs_beside_the_server_have_no_limit_by_address() {
    let server = Server::start_with_rates(Rates { loopback: false, ..RATES }).await;
    for _ in 0..20 {
        let response = server.get("/v1/market/symbols").send().await.unwrap();
        assert_eq!((response.status().as_u16(), response.headers().get("ratelimit")), (200, None));
    }
}

#[tokio::test]
async fn administrators_see_who_asks_for_what() {
    let server = Server::start().await;
    let admin = somebody(&server, "ada@example.com", Role::Admin).await;
    let viewer = somebody(&server, "ben@example.com", Role::Viewer).await;
    for _ in 0..3 {
        server.get("/v1/market/symbols").send().await.unwrap();
    }
    server.usage.flush().await.unwrap();
    let usage = |cookie: &str| ask(&server, Method::GET, "/v1/auth/usage?limit=2", Some(cookie));
    assert_eq!(code(usage(&viewer)).await, (StatusCode::FORBIDDEN, "forbidden".to_owned()));
    let answer: Value = usage(&admin).send().await.unwrap().json().await.unwrap();
    let first = &answer["counts"][0];
    assert_eq!(first["path"], "/v1/market/symbols");
    assert_eq!((&first["requests"], &first["method"]), (&json!(3), &json!("GET")));
    assert_eq!(first["hour"], "2024-06-01T00:00:00Z");
    assert_eq!(answer["counts"][1]["path"], "/v1/auth/login");
    let odd = ask(&server, Method::GET, "/v1/auth/usage?user=ada", Some(&admin));
    assert_eq!(code(odd).await.1, "invalid_user");
}
