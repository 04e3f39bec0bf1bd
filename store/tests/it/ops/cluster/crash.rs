//! kill -9 of anybody, at any point: what was committed is there again, and nothing is left over.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use super::*;

#[tokio::test]
async fn a_killed_server_comes_back_with_its_data() {
    let folder = empty_folder();
    let lease = lease_on(folder.path()).await;
    write_row(&lease).await;
    let killed = lease.postmaster_pid().unwrap();
    // A backend that looks at nothing but its work must not keep the new server waiting.
    let busy = connect(&lease).await;
    let work = tokio::spawn(async move {
        busy.batch_execute("SELECT count(*) FROM generate_series(1, 10000000000)").await
    });
    tokio::time::sleep(Duration::from_millis(100)).await;

    let started = Instant::now();
    kill_9(killed);
    assert!(work.await.unwrap().is_err());
    assert_row_is_there(&reconnect(&lease).await).await;
    assert!(started.elapsed() < Duration::from_secs(8), "{:?}", started.elapsed());
    assert_ne!(lease.postmaster_pid(), Some(killed));
    assert!(lease.is_alive());
    lease.release().await.unwrap();
}

#[tokio::test]
async fn a_killed_supervisor_takes_the_server_with_it_and_both_come_back() {
    let folder = empty_folder();
    let lease = lease_on(folder.path()).await;
    write_row(&lease).await;
    let postmaster = lease.postmaster_pid().unwrap();
    kill_9(supervisor_pid(folder.path()));
    wait_until("the supervisor is seen to be gone", || !lease.is_alive()).await;
    lease.ensure_running().await.unwrap();
    assert!(lease.is_alive());
    assert!(!is_running(postmaster));
    assert_row_is_there(&connect(&lease).await).await;
    assert!(!log(folder.path()).contains("not properly shut down"), "it was shut down cleanly");
    lease.ensure_running().await.unwrap();
    lease.release().await.unwrap();
}

#[tokio::test]
async fn the_next_user_recovers_from_a_killed_supervisor_and_server() {
    let folder = empty_folder();
    let lease = lease_on(folder.path()).await;
    write_row(&lease).await;
    let (supervisor, postmaster) = (supervisor_pid(folder.path()), lease.postmaster_pid().unwrap());
    drop(lease);
    kill_9(supervisor);
    kill_9(postmaster);
    assert!(folder.path().join("postgres/postmaster.pid").exists());
    let lease = lease_on(folder.path()).await;
    assert_row_is_there(&connect(&lease).await).await;
    lease.release().await.unwrap();
}

#[tokio::test]
async fn a_killed_user_counts_as_gone() {
    let folder = empty_folder();
    let program = &testkit::cluster_options(folder.path()).supervisor[0];
    let mut user = Command::new(program)
        .arg("hold-lease")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(user.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("postgres"), "the user said {line:?}");
    let supervisor = supervisor_pid(folder.path());
    assert!(is_running(supervisor));

    user.kill().unwrap();
    user.wait().unwrap();
    wait_until("the supervisor has ended", || !is_running(supervisor)).await;
    assert!(!folder.path().join("postgres/postmaster.pid").exists());
    assert!(log(folder.path()).contains("database system is shut down"));
}

#[tokio::test]
async fn what_a_killed_initdb_left_behind_is_removed() {
    let folder = empty_folder();
    let half = folder.path().join("postgres.new-1234");
    std::fs::create_dir(&half).unwrap();
    std::fs::write(half.join("PG_VERSION"), "15\n").unwrap();
    let lease = lease_on(folder.path()).await;
    connect(&lease).await.query_one("SELECT 1", &[]).await.unwrap();
    assert!(!half.exists());
    lease.release().await.unwrap();
}

#[tokio::test]
async fn a_killed_start_is_made_up_for_by_the_next() {
    let folder = empty_folder();
    let mut killed = 0;
    // Somewhere in initdb, in the server's start, or after it.
    for wait_ms in [20, 80, 160, 240, 320, 400] {
        let data_dir = folder.path().to_path_buf();
        let comer = tokio::spawn(async move { lease_on(&data_dir).await });
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        comer.abort();
        // It may not have come so far, or have ended by itself.
        let note = std::fs::read_to_string(folder.path().join("postgres.supervisor"));
        let note = note.ok().and_then(|text| serde_json::from_str::<serde_json::Value>(&text).ok());
        if let Some(pid) = note.and_then(|note| note["pid"].as_i64()) {
            let pid = Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
            killed += i32::from(kill_process(pid, Signal::KILL).is_ok());
        }
    }
    assert!(killed > 0);
    let lease = lease_on(folder.path()).await;
    connect(&lease).await.query_one("SELECT 1", &[]).await.unwrap();
    lease.release().await.unwrap();
}
