//! `doctor` and `migrate` on the own PostgreSQL of a data folder, and on a server that isn't there.

use crate::program::Place;

#[test]
fn doctor_and_migrate_on_a_fresh_folder_leave_nothing_running() {
    let place = Place::new();
    let ended = place.run(&["doctor", "--json", "--data-dir", "data"], &[]);
    assert_eq!(ended.status(), 0, "{ended:?}");
    let health = |json: &serde_json::Value, name: &str| {
        let checks = json["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap()["health"].clone()
    };
    assert_eq!(health(&ended.json(), "write and read"), "ok");
    assert_eq!(health(&ended.json(), "migrations"), "warning");

    let applied = place.run(&["migrate", "up", "--json", "--data-dir", "data"], &[]).json();
    assert!(!applied["applied"].as_array().unwrap().is_empty());
    let again = place.run(&["migrate", "up", "--data-dir", "data"], &[]);
    assert_eq!((again.status(), again.stdout().as_str()), (0, "nothing to do\n"));

    let ended = place.run(&["doctor", "--json", "--data-dir", "data"], &[]);
    assert_eq!(health(&ended.json(), "migrations"), "ok");
    let status = place.run(&["migrate", "status", "--json", "--data-dir", "data"], &[]).json();
    for migration in status["migrations"].as_array().unwrap() {
        assert!(migration["applied_at"].is_string(), "{migration}");
    }
    // The last command waits until PostgreSQL has stopped, which takes its pid file away.
    assert!(place.path().join("data/postgres/PG_VERSION").exists());
    assert!(!place.path().join("data/postgres/postmaster.pid").exists());
}

#[test]
fn doctor_says_what_does_not_answer_and_ends_with_1() {
    let place = Place::new();
    let url = ("DATABASE_URL", "postgresql://me:hush@127.0.0.1:1/db");
    let ended = place.run(&["doctor", "--json"], &[url]);
    assert_eq!(ended.status(), 1);
    assert_eq!(ended.json()["healthy"], false);
    assert_eq!(ended.json()["checks"][0]["health"], "failed");
    assert!(ended.stdout().contains("refused"), "{ended:?}");

    let ended = place.run(&["migrate", "status", "--json"], &[url]);
    assert_eq!((ended.status(), ended.json()["error"]["code"].as_str()), (1, Some("failed")));
    assert!(!place.path().join("chandlery-data").exists());
}
