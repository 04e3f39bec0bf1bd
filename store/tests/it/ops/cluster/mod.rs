//! The embedded PostgreSQL, on real clusters in temporary folders. What is asked of it: nothing
//! committed is lost whoever is killed, it runs while somebody uses it, and no longer.

#![allow(clippy::unwrap_used, reason = "in a test it is an assertion")]

mod crash;
mod life;
mod places;
mod refusals;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, test_kill_process};
use store::ops::cluster::{Lease, acquire};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

/// A data folder that is empty; under root, one that other users cannot reach.
fn empty_folder() -> TempDir {
    tempfile::Builder::new().prefix("chandlery-cluster-").tempdir().unwrap()
}

async fn lease_on(data_dir: &Path) -> Lease {
    acquire(&testkit::cluster_options(data_dir)).await.unwrap()
}

async fn connect(lease: &Lease) -> Client {
    let (client, connection) = lease.config().connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

/// Waits for a server that is restarting.
async fn reconnect(lease: &Lease) -> Client {
    let started = Instant::now();
    loop {
        match lease.config().connect(NoTls).await {
            Ok((client, connection)) => {
                tokio::spawn(connection);
                return client;
            }
            Err(error) => assert!(started.elapsed() < Duration::from_secs(20), "{error:?}"),
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn setting(client: &Client, name: &str) -> String {
    client.query_one(&format!("SHOW {name}"), &[]).await.unwrap().get(0)
}

async fn write_row(lease: &Lease) {
    let rows = "CREATE TABLE kept (n int); INSERT INTO kept VALUES (42)";
    connect(lease).await.batch_execute(rows).await.unwrap();
}

async fn assert_row_is_there(client: &Client) {
    let n: i32 = client.query_one("SELECT n FROM kept", &[]).await.unwrap().get(0);
    assert_eq!(n, 42);
}

fn kill_9(pid: u32) {
    kill_process(process(pid), Signal::KILL).unwrap();
}

fn is_running(pid: u32) -> bool {
    test_kill_process(process(pid)).is_ok() && !is_zombie(pid)
}

/// Where the first process of the system reaps nobody, as in some containers.
fn is_zombie(pid: u32) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    status.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
}

fn process(pid: u32) -> Pid {
    Pid::from_raw(i32::try_from(pid).unwrap()).unwrap()
}

async fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() {
        assert!(started.elapsed() < Duration::from_secs(20), "still not: {what}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// The supervisor's pid, which it writes into the file it holds.
fn supervisor_pid(data_dir: &Path) -> u32 {
    let note = fs::read_to_string(data_dir.join("postgres.supervisor")).unwrap();
    let note: serde_json::Value = serde_json::from_str(&note).unwrap();
    u32::try_from(note["pid"].as_u64().unwrap()).unwrap()
}

fn log(data_dir: &Path) -> String {
    fs::read_to_string(data_dir.join("logs/postgresql.log")).unwrap()
}
