//! Faults: each as often as it is told, the same for the same seed, and none that touches the truth.

use domain::market::TickKind;
use simulator::{Faults, Options, Recording, Simulator};

use crate::client::{Feed, answer, get, numbers, plain, start};

async fn heard(spec: &str, seed: u64) -> (Vec<i64>, Simulator) {
    let faults: Faults = spec.parse().unwrap();
    let recordings = vec![plain(2_001)];
    let simulator =
        start(Options { recordings, speed: 400.0, seed, faults, ..Options::default() }).await;
    simulator.pause();
    let mut feed = Feed::connect(&simulator, "/ws/aaausdt@trade").await;
    simulator.seek("2024-01-01T00:00:00Z".parse().unwrap());
    simulator.resume();
    let texts = feed.all(&simulator).await;
    (numbers(&texts, "t"), simulator)
}

#[tokio::test]
async fn a_share_is_lost_on_the_stream_and_nothing_in_rest() {
    let (ids, simulator) = heard("drop=0.1", 1).await;
    assert!((1_740..1_860).contains(&ids.len()), "{}", ids.len());
    assert_eq!(ids.len() as u64 + simulator.state().dealt.drop, 2_001);
    assert_eq!(simulator.truth("AAAUSDT", TickKind::Trade).len(), 2_001);
    let rows = get(&simulator, "/api/v3/historicalTrades?symbol=AAAUSDT&fromId=2000&limit=1000");
    assert_eq!(rows.await.as_array().unwrap().len(), 1_000);
    let (again, _) = heard("drop=0.1", 1).await;
    assert!(ids == again, "another run lost other trades");
    let (other, _) = heard("drop=0.1", 2).await;
    assert!(ids != other, "another seed lost the same trades");
}

#[tokio::test]
async fn doubles_swaps_and_delays_lose_nothing() {
    let (ids, simulator) = heard("duplicate=0.1,reorder=0.1,delay=0.1:20", 1).await;
    let mut known = ids.clone();
    known.sort_unstable();
    known.dedup();
    let dealt = simulator.state().dealt;
    // The last trade may be one that waits for another to pass.
    assert!(known.len() >= 2_000, "{}", known.len());
    assert_eq!(ids.len() - known.len(), dealt.duplicate as usize);
    assert!(dealt.delay > 100 && dealt.reorder > 100, "{dealt:?}");
    assert!(!ids.is_sorted());
}

#[tokio::test]
async fn a_connection_ends_without_a_word_and_the_next_one_goes_on() {
    let (ids, simulator) = heard("disconnect=0.01", 1).await;
    assert!(ids.len() < 1_000, "{}", ids.len());
    assert_eq!(simulator.state().dealt.disconnect, 1);
    assert_eq!(simulator.state().connections, 0);
    simulator.set_faults(Faults::default());
    simulator.seek("2024-01-01T00:00:00Z".parse().unwrap());
    let mut feed = Feed::connect(&simulator, "/ws/aaausdt@trade").await;
    assert_eq!(feed.json().await["e"], "trade");
    simulator.disconnect_all();
    feed.until(|_| false).await;
    assert_eq!(simulator.state().connections_made, 2);
}

#[tokio::test]
async fn requests_fail_as_told() {
    let (_, simulator) = heard("http_429=1:7", 1).await;
    let response = answer(&simulator, "/api/v3/ping").await;
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "7");
    let body: serde_json::Value = response.json().await.unwrap();
    assert_eq!(body["code"], -1003);
    simulator.set_faults("http_418=1:9".parse().unwrap());
    assert_eq!(answer(&simulator, "/api/v3/ping").await.status(), 418);
    simulator.set_faults("http_5xx=1".parse().unwrap());
    assert!(answer(&simulator, "/api/v3/ping").await.status().is_server_error());
    simulator.set_faults("http_cut=1".parse().unwrap());
    let cut =
        async { reqwest::get(format!("{}/api/v3/time", simulator.url())).await?.text().await };
    assert!(cut.await.is_err(), "the answer came whole");
    simulator.set_faults("refuse_connections=1".parse().unwrap());
    let refused = tokio_tungstenite::connect_async(format!("{}/ws", simulator.ws_url())).await;
    assert!(refused.is_err());
    let dealt = simulator.state().dealt;
    assert_eq!((dealt.http_429, dealt.http_418, dealt.http_5xx), (1, 1, 1));
}

#[tokio::test]
async fn who_asks_too_much_is_refused_and_then_banned() {
    let recordings = vec![plain(10)];
    let options = Options { recordings, weight_limit: Some(30), ..Options::default() };
    let simulator = start(options).await;
    let response = answer(&simulator, "/api/v3/trades?symbol=AAAUSDT").await;
    assert_eq!(response.headers()["x-mbx-used-weight-1m"], "25");
    let response = answer(&simulator, "/api/v3/trades?symbol=AAAUSDT").await;
    assert_eq!(response.status(), 429);
    assert!(response.headers().contains_key("retry-after"));
    for _ in 0..10 {
        answer(&simulator, "/api/v3/trades?symbol=AAAUSDT").await;
    }
    assert_eq!(answer(&simulator, "/api/v3/ping").await.status(), 418);
    assert_eq!(simulator.state().over_limit, 12);
}

#[tokio::test]
async fn the_clock_lies_and_the_trades_do_not() {
    let (_, simulator) = heard("clock_offset_ms=-60000", 1).await;
    simulator.pause();
    let told = get(&simulator, "/api/v3/time").await["serverTime"].as_i64().unwrap();
    assert_eq!(simulator.now().millis() - told, 60_000);
    let mut feed = Feed::connect(&simulator, "/ws/aaausdt@trade").await;
    simulator.seek("2024-01-01T00:00:00Z".parse().unwrap());
    simulator.resume();
    let message = feed.json().await;
    assert_eq!(message["T"].as_i64().unwrap() - message["E"].as_i64().unwrap(), 60_000);
    assert!(message["T"].as_i64().unwrap() >= 1_704_067_200_000);
}

#[tokio::test]
async fn made_up_trades_are_the_same_on_stream_and_in_rest() {
    let from = "2024-01-01T00:00:00Z".parse().unwrap();
    let recordings = vec![Recording::synthetic(3, 300.0, from)];
    let simulator = start(Options { recordings, speed: 40.0, ..Options::default() }).await;
    let mut feed = Feed::connect(&simulator, "/ws/sim002usdt@aggTrade").await;
    let first = feed.json().await;
    let mut id = first["a"].as_i64().unwrap();
    for _ in 0..2_000 {
        let message = feed.json().await;
        id += 1;
        assert_eq!(message["a"], id);
    }
    let path = format!("/api/v3/aggTrades?symbol=SIM002USDT&fromId={}&limit=1", first["a"]);
    let row = get(&simulator, &path).await[0].clone();
    for key in ["a", "p", "q", "f", "l", "T", "m"] {
        assert_eq!(row[key], first[key], "{key}");
    }
}

#[tokio::test]
async fn the_venue_closes_old_connections_and_talkative_ones() {
    let (_, simulator) = heard("lifetime_s=0.2", 1).await;
    let mut feed = Feed::connect(&simulator, "/ws").await;
    assert_eq!(feed.until(|_| false).await, [""; 0]);
    simulator.set_faults(Faults::default());
    let mut feed = Feed::connect(&simulator, "/ws").await;
    for id in 0..6 {
        feed.say(&format!(r#"{{"method":"LIST_SUBSCRIPTIONS","id":{id}}}"#)).await;
    }
    assert_eq!(feed.until(|_| false).await.len(), 5);
}
