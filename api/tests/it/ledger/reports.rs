//! Performance, curves, portfolios and explanations over HTTP.

use std::io::Read;
use std::path::Path;

use domain::{Amount, Time, quotient};

use super::*;

const RESULTS: &str = "results/freqtrade/backtest-result-2026-01-16_07-59-33.json.gz";

/// A double's shortest decimal; what is beyond 18 digits after the point means nothing.
fn number(value: &Value) -> Amount {
    let text = value.as_f64().unwrap().to_string();
    quotient(text.parse().unwrap(), "1".parse().unwrap(), 18).unwrap()
}

fn time(millis: &Value) -> String {
    Time::from_millis(millis.as_f64().unwrap() as i64).unwrap().to_string()
}

/// What freqtrade says of one strategy, if its results are here.
fn results() -> Option<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(RESULTS);
    let Ok(file) = std::fs::File::open(&path) else {
        println!("skipped: {} is not here", path.display());
        return None;
    };
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let all: Value = serde_json::from_str(&text).unwrap();
    all["strategy"].as_object().unwrap().values().next().cloned()
}

impl Desk {
    pub(super) async fn get(&self, path: &str) -> Value {
        let (status, told) = told(self.as_ada(Method::GET, path)).await;
        assert_eq!(status, 200, "{path}: {told}");
        told
    }

    async fn symbols(&self, results: &Value) {
        let pairs: std::collections::BTreeSet<&str> = results["trades"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["pair"].as_str().unwrap())
            .collect();
        for pair in pairs {
            let (base, quote) = pair.split(':').next().unwrap().split_once('/').unwrap();
            let sql = format!(
                "INSERT INTO market.symbols (venue_id, code, base, quote)
                 SELECT id, '{base}{quote}P', '{base}', '{quote}' FROM market.venues WHERE code = 'paper'"
            );
            let sql = &sql;
            self.server.db.run("test.rows", |tx| async move { tx.batch(sql).await }).await.unwrap();
        }
    }

    /// One order of a trade, filled at once.
    async fn replay(&self, trade: &Value, at: usize) {
        let pair = trade["pair"].as_str().unwrap().split(':').next().unwrap();
        let symbol = format!("paper:{}P", pair.replace('/', ""));
        for (place, order) in trade["orders"].as_array().unwrap().iter().enumerate() {
            let entry = order["ft_is_entry"].as_bool().unwrap();
            let side = if entry == trade["is_short"].as_bool().unwrap() { "sell" } else { "buy" };
            let (price, quantity) = (number(&order["safe_price"]), number(&order["amount"]));
            let body = json!({
                "account": ACCOUNT, "client_order_id": format!("{at}-{place}"), "symbol": symbol, "mode": "margin",
                "side": side, "kind": "market", "quantity": quantity.to_string(), "submitted": true,
                "leverage": number(&trade["leverage"]).to_string(),
                // An empty one is none.
                "tags": { "entry_logic": trade["enter_tag"].as_str().filter(|tag| !tag.is_empty()), "exit_reason": if entry { Value::Null } else { trade["exit_reason"].clone() } },
            });
            let (status, made) = self.post(ORDERS, &body).await;
            assert_eq!(status, 201, "{made}");
            let funding = number(&trade["funding_fees"]);
            if !entry && funding != Amount::ZERO {
                let body = json!({
                    "id": format!("f{at}"), "kind": "funding_paid", "asset": "USDT", "amount": funding.to_string(),
                    "time": time(&trade["close_timestamp"]), "symbol": symbol,
                });
                let path = format!("/v1/ledger/accounts/{ACCOUNT}/entries");
                assert_eq!(self.post(&path, &body).await.0, 204);
            }
            let rate = number(&trade[if entry { "fee_open" } else { "fee_close" }]);
            let (rate, amount) = (rate.to_string(), quantity.to_string());
            let decimal = |text: &str| domain::parse_decimal(text).unwrap();
            let cost = Amount::product(decimal(&price.to_string()), decimal(&amount));
            let cost = quotient(cost, "1".parse().unwrap(), 18).unwrap();
            let fee = cost.checked_times(decimal(&rate)).unwrap();
            let fill = json!({
                "venue_trade_id": "1", "price": price.to_string(), "quantity": amount,
                "fees": [{ "asset": "USDT", "amount": fee.to_string() }], "time": time(&order["order_filled_timestamp"]),
            });
            let (status, told) =
                self.post(&format!("{ORDERS}/{}/fills", made["id"].as_str().unwrap()), &fill).await;
            assert_eq!(status, 200, "{told}");
        }
    }
}

#[tokio::test]
async fn freqtrades_figures_come_out_of_its_trades() {
    let Some(results) = results() else { return };
    let server = Server::start().await;
    // Behind the last of them.
    server.clock.set("2026-03-01T00:00:00Z".parse().unwrap());
    let desk = desk_of(server).await;
    desk.symbols(&results).await;
    let trades = results["trades"].as_array().unwrap();
    for (at, trade) in trades.iter().enumerate() {
        desk.replay(trade, at).await;
    }
    let (from, to) =
        (&results["backtest_start_ts"], results["backtest_end_ts"].as_i64().unwrap() + 1);
    let balance = &results["starting_balance"];
    let query = format!("/v1/ledger/performance?from={from}&to={to}&starting_balance={balance}");
    let told = desk.get(&query).await;
    let group = &told["groups"][0];
    assert_eq!((&told["currency"], &group["trades"]), (&json!("USDT"), &json!(trades.len())));
    assert_eq!((&group["key"], &told["unconverted"]), (&Value::Null, &json!([])));
    let metrics = &group["metrics"]["freqtrade"];
    for name in [
        "total_trades",
        "trades_per_day",
        "profit_total_abs",
        "profit_total",
        "profit_mean",
        "profit_median",
        "cagr",
        "sharpe",
        "sortino",
        "calmar",
        "sqn",
        "profit_factor",
        "expectancy",
        "expectancy_ratio",
        "max_drawdown_account",
        "max_drawdown_abs",
        "wins",
        "losses",
        "draws",
        "winrate",
        "max_consecutive_wins",
        "max_consecutive_losses",
        "winning_days",
        "losing_days",
    ] {
        let ours =
            metrics[format!("{name}_freqtrade")].as_f64().unwrap_or_else(|| panic!("{name}"));
        let theirs = results[name].as_f64().unwrap_or_else(|| panic!("{name}"));
        assert!(
            (ours - theirs).abs() <= 1e-8 * theirs.abs().max(1.0),
            "{name}: {ours}, not {theirs}"
        );
    }
    assert!(group["metrics"]["empyrical"]["sharpe_empyrical"].is_number());
    let by_pair = desk.get(&format!("{query}&group_by=symbol")).await;
    let groups = by_pair["groups"].as_array().unwrap();
    let count: u64 = groups.iter().map(|group| group["trades"].as_u64().unwrap()).sum();
    assert_eq!(count, trades.len() as u64);
    assert!(groups[0]["key"]["symbol"].as_str().unwrap().starts_with("paper:"), "{}", groups[0]);
}

#[tokio::test]
async fn reports_are_of_ones_own() {
    let desk = desk().await;
    let (_, made) = desk.post(ORDERS, &order("one")).await;
    let path = format!("{ORDERS}/{}", made["id"].as_str().unwrap());
    let mut bought = fill("t1", "0.1");
    // Before the server's time.
    bought["time"] = json!("2024-05-30T10:00:00Z");
    desk.post(&format!("{path}/fills"), &bought).await;

    let held = desk.get("/v1/ledger/positions?maintenance_rate=0.004").await;
    let held = &held["positions"][0];
    assert_eq!((&held["mark_price"], &held["liquidation_price"]), (&json!(null), &json!(null)));
    assert_eq!(held["mark_missing"], "no price of paper:BTCUSDT is stored");
    let explained = format!("/v1/ledger/positions/{}/explain", held["id"].as_str().unwrap());
    let told_lines = desk.get(&explained).await;
    let kinds: Vec<_> = told_lines["lines"]
        .as_array()
        .unwrap()
        .iter()
        .map(|l| [&l["kind"], &l["profit"]])
        .collect();
    assert_eq!(kinds, [[&json!("fill"), &json!("0")], [&json!("fee"), &json!("-4")]]);
    assert_eq!(told_lines["totals"][0]["total"], "-4");
    let portfolio = desk.get("/v1/ledger/portfolio").await;
    assert_eq!(
        (&portfolio["equity"], &portfolio["unpriced"]),
        (&json!("-4003.999"), &json!(["BTC", "paper:BTCUSDT"]))
    );
    let period =
        desk.get("/v1/ledger/explain?from=2024-05-30T00:00:00Z&to=2024-05-31T00:00:00Z").await;
    assert_eq!(period["totals"], told_lines["totals"]);
    let curve = desk
        .get("/v1/ledger/equity?interval=day&from=2024-05-30T00:00:00Z&to=2024-06-01T00:00:00Z")
        .await;
    let points: Vec<_> =
        curve["points"].as_array().unwrap().iter().map(|p| &p["realised_pnl"]).collect();
    assert_eq!(points, ["0", "-4", "-4"]);
    let none = desk.get("/v1/ledger/snapshots?currency=EUR").await;
    assert_eq!(none, json!({ "snapshots": [], "unconverted": [] }));
    for list in ["orders", "positions", "trades"] {
        let before = desk.get(&format!("/v1/ledger/{list}?as_of=2020-01-01T00:00:00Z")).await;
        assert_eq!(before[list], json!([]), "{list}");
    }
    let stranger = Some(&*desk.ben);
    let (status, unknown) = told(ask(&desk.server, Method::GET, &explained, stranger)).await;
    assert_eq!((status, &unknown["code"]), (404, &json!("unknown_position")));
    for (path, code) in [
        (format!("/v1/ledger/equity?account={ACCOUNT}"), "unknown_account"),
        (format!("/v1/ledger/performance?bot={ACCOUNT}"), "unknown_bot"),
        ("/v1/ledger/performance?group_by=moon".to_owned(), "invalid_grouping"),
        ("/v1/ledger/portfolio?currency=".to_owned(), "invalid_currency"),
        ("/v1/ledger/snapshots?currency=".to_owned(), "invalid_currency"),
        ("/v1/ledger/equity?interval=hour&from=2001-01-01T00:00:00Z".to_owned(), "invalid_range"),
        ("/v1/ledger/orders?side=both".to_owned(), "invalid_side"),
    ] {
        let (_, problem) = told(ask(&desk.server, Method::GET, &path, stranger)).await;
        assert_eq!(problem["code"], code, "{path}: {problem}");
    }
}

#[tokio::test]
async fn lists_are_given_as_csv_too() {
    let desk = desk().await;
    let (_, made) = desk.post(ORDERS, &order("one")).await;
    let path = format!("{ORDERS}/{}", made["id"].as_str().unwrap());
    desk.post(&format!("{path}/fills"), &fill("t1", "0.1")).await;
    let held = desk.get("/v1/ledger/positions").await;
    let held = &held["positions"][0];
    let bought = desk.get(&format!("{ORDERS}?side=buy&strategy=cross")).await;
    assert_eq!(bought["orders"][0]["id"], made["id"]);
    assert_eq!(desk.get(&format!("{ORDERS}?side=sell")).await["orders"], json!([]));
    let fills = desk.get("/v1/ledger/fills?side=buy&limit=1").await;
    assert_eq!((&fills["fills"][0]["order"], &fills["next"]), (&made["id"], &json!(null)));
    let id = made["id"].as_str().unwrap();
    for (path, begins) in [
        (
            "/v1/ledger/fills",
            format!("2024-05-30T10:00:00Z,{ACCOUNT},,{id},one,t1,paper:BTCUSDT,buy,39999.99,0.1,"),
        ),
        (
            ORDERS,
            format!(
                "{id},{ACCOUNT},,one,v-one,paper:BTCUSDT,spot,buy,limit,partially_filled,0.3,,40000,,0.1,"
            ),
        ),
        (
            "/v1/ledger/trades",
            format!("{},{ACCOUNT},,paper:BTCUSDT,long,open,cross,", held["id"].as_str().unwrap()),
        ),
    ] {
        let csv = desk.as_ada(Method::GET, path).header("Accept", "text/csv").send().await.unwrap();
        assert_eq!(csv.headers()["content-type"], "text/csv");
        let text = csv.text().await.unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[1].starts_with(&begins), "{text}");
    }
}
