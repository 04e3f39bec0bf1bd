//! PostgreSQL runs while somebody holds a lease, and then stops cleanly.

use std::fs;
use std::sync::Arc;

use super::*;

#[tokio::test]
async fn the_last_lease_stops_everything_cleanly_and_the_data_stays() {
    let folder = empty_folder();
    let lease = lease_on(folder.path()).await;
    write_row(&lease).await;
    let processes = [lease.postmaster_pid().unwrap(), supervisor_pid(folder.path())];
    assert!(lease.is_alive());
    assert!(processes.into_iter().all(is_running));

    lease.release().await.unwrap();
    assert!(!processes.into_iter().any(is_running));
    assert!(!folder.path().join("postgres/postmaster.pid").exists());
    assert!(log(folder.path()).contains("database system is shut down"));

    let lease = lease_on(folder.path()).await;
    assert_row_is_there(&connect(&lease).await).await;
    assert!(!log(folder.path()).contains("not properly shut down"));
    lease.release().await.unwrap();
}

#[tokio::test]
async fn the_others_go_on_when_one_of_them_leaves() {
    let folder = empty_folder();
    let first = lease_on(folder.path()).await;
    let second = lease_on(folder.path()).await;
    let postmaster = first.postmaster_pid();
    let client = connect(&second).await;
    first.release().await.unwrap();
    // Longer than the supervisor takes to notice.
    tokio::time::sleep(Duration::from_millis(300)).await;
    client.query_one("SELECT 1", &[]).await.unwrap();
    assert_eq!(second.postmaster_pid(), postmaster);
    second.release().await.unwrap();
    assert!(!is_running(postmaster.unwrap()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_come_at_once_share_one_server() {
    let folder = Arc::new(empty_folder());
    let comers = (0..6).map(|_| {
        let folder = Arc::clone(&folder);
        tokio::spawn(async move { lease_on(folder.path()).await })
    });
    let mut leases = Vec::new();
    for comer in comers.collect::<Vec<_>>() {
        leases.push(comer.await.unwrap());
    }
    let postmaster = leases[0].postmaster_pid().unwrap();
    for lease in &leases {
        assert_eq!(lease.postmaster_pid(), Some(postmaster));
        connect(lease).await.query_one("SELECT 1", &[]).await.unwrap();
    }
    for lease in leases {
        lease.release().await.unwrap();
    }
    assert!(!is_running(postmaster));
}

#[tokio::test]
async fn who_comes_while_it_stops_gets_a_new_one() {
    let folder = empty_folder();
    let lease = lease_on(folder.path()).await;
    write_row(&lease).await;
    let mut last = lease.postmaster_pid();
    drop(lease);
    // After different times, so as to meet the shutdown at different points.
    for wait_ms in [0, 30, 60, 90, 150] {
        tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        let lease = lease_on(folder.path()).await;
        assert_row_is_there(&connect(&lease).await).await;
        last = lease.postmaster_pid();
        drop(lease);
    }
    wait_until("stopped", || !is_running(last.unwrap())).await;
    assert!(!log(folder.path()).contains("not properly shut down"));
}

#[tokio::test]
async fn the_server_is_durable_tuned_and_reachable_by_its_owner_only() {
    let folder = empty_folder();
    fs::write(folder.path().join("postgres.conf"), "work_mem = '7MB'\nfsync = off\n").unwrap();
    let mut options = testkit::cluster_options(folder.path());
    options.extra_settings = vec![("deadlock_timeout".to_owned(), "3s".to_owned())];
    let lease = acquire(&options).await.unwrap();
    let client = connect(&lease).await;
    for (name, value) in [
        ("data_checksums", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("timezone", "UTC"),
        ("jit", "off"),
        // The operator's file outranks the tuning, the program's own settings outrank both.
        ("work_mem", "7MB"),
        ("fsync", "off"),
        ("deadlock_timeout", "3s"),
    ] {
        assert_eq!(setting(&client, name).await, value, "{name}");
    }
    let lower: String = client.query_one("SELECT lower('ĐỒNG')", &[]).await.unwrap().get(0);
    assert_eq!(lower, "đồng");

    client.batch_execute("CREATE ROLE stranger LOGIN").await.unwrap();
    let refused = lease.config().user("stranger").connect(NoTls).await.err().unwrap();
    let refused = refused.as_db_error().unwrap().message().to_owned();
    assert!(refused.contains("no pg_hba.conf entry"), "{refused}");
    lease.release().await.unwrap();
}
