//! `chandlery up`: it serves, says who holds the folder, survives, and stops cleanly.

use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::program::Place;

/// A running program; killed if a test ends before it was stopped.
struct Up {
    child: Child,
    ready: Value,
}

impl Up {
    fn start(place: &Place, arguments: &[&str]) -> Self {
        let arguments = [&["up", "--listen", "127.0.0.1:0", "--json"], arguments].concat();
        let mut command = place.command(&arguments, &[]);
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ready = serde_json::from_str(&line).unwrap_or_else(|e| panic!("{e}: {line:?}"));
        Self { child, ready }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.ready["url"].as_str().unwrap())
    }

    fn stop(mut self, signal: Signal) -> i32 {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Up {
    fn drop(&mut self) {
        // It has ended already where the test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

async fn get(url: String) -> (u16, String) {
    let answer = testkit::http_client().get(url).send().await.unwrap();
    (answer.status().as_u16(), answer.text().await.unwrap())
}

#[tokio::test]
async fn it_serves_and_stops_cleanly_and_starts_fast_again() {
    let place = Place::new();
    let up = Up::start(&place, &[]);
    assert_eq!(up.ready["event"], "ready");
    assert_eq!(get(up.url("/health")).await.0, 200);
    assert_eq!(get(up.url("/health/postgres")).await.0, 200);
    let (status, metrics) = get(up.url("/metrics")).await;
    assert_eq!(status, 200);
    for name in ["chandlery_build_info", "process_resident_memory_bytes", "chandlery_db_pool"] {
        assert!(metrics.contains(name), "{name} in\n{metrics}");
    }
    assert_eq!(up.stop(Signal::TERM), 0);
    assert!(!place.path().join("chandlery-data/postgres/postmaster.pid").exists());

    let started = Instant::now();
    let up = Up::start(&place, &[]);
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert_eq!(up.stop(Signal::INT), 0);
}

#[tokio::test]
async fn a_second_one_is_told_who_holds_the_folder_and_others_share_its_database() {
    let place = Place::new();
    let up = Up::start(&place, &[]);
    let second = place.run(&["up", "--listen", "127.0.0.1:0"], &[]);
    assert_eq!(second.status(), 4, "{second:?}");
    let pid = format!("pid {}", up.child.id());
    for part in ["in use by `chandlery up`", &pid, &up.url("")] {
        assert!(second.stderr().contains(part), "{part} in {second:?}");
    }

    place.write("BTCUSDT-trades-2024-08-08.csv", "1,100.1,0.5,50.05,1723118400000,true,true\n");
    let imported = place.run(&["import", "BTCUSDT-trades-2024-08-08.csv"], &[]);
    assert_eq!(imported.status(), 0, "{imported:?}");
    let (status, price) = get(up.url("/v1/market/price?symbol=binance:BTCUSDT")).await;
    assert_eq!(status, 200, "{price}");
    assert!(price.contains("\"100.1\""), "{price}");
    assert_eq!(up.stop(Signal::TERM), 0);
}

#[tokio::test]
async fn a_kill_loses_nothing_and_the_next_start_recovers() {
    let place = Place::new();
    let up = Up::start(&place, &[]);
    place.write("BTCUSDT-trades-2024-08-08.csv", "1,100.1,0.5,50.05,1723118400000,true,true\n");
    assert_eq!(place.run(&["import", "BTCUSDT-trades-2024-08-08.csv"], &[]).status(), 0);
    assert_eq!(up.stop(Signal::KILL), -1);
    let up = Up::start(&place, &[]);
    let (status, price) = get(up.url("/v1/market/price?symbol=binance:BTCUSDT")).await;
    assert_eq!(status, 200, "{price}");
    assert_eq!(up.stop(Signal::TERM), 0);
}

#[test]
fn a_port_that_is_taken_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let place = Place::new();
    let ended = place.run(&["up", "--listen", &address], &[]);
    assert_eq!(ended.status(), 1);
    assert!(ended.stderr().contains(&format!("can't listen on {address}")), "{ended:?}");
    assert!(!place.path().join("chandlery-data/postgres").exists());
}

#[tokio::test]
async fn the_demonstration_plays_real_trades_as_a_replay() {
    let place = Place::new();
    let up = Up::start(&place, &["--demo"]);
    let price = async || get(up.url("/v1/market/price?symbol=replay-binance:BTCUSDT")).await;
    let (status, first) = price().await;
    assert_eq!(status, 200, "{first}");
    assert!(first.contains("\"replay\":true"), "{first}");
    let started = Instant::now();
    while price().await.1 == first {
        assert!(started.elapsed() < Duration::from_secs(20), "{first} stands still");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    assert_eq!(up.stop(Signal::TERM), 0);
}
