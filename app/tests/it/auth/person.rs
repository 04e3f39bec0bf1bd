//! What is held on a person, told and erased.

use adapters::auth::FieldKeys;
use app::auth::PreferencesChange;
use domain::auth::Watchlist;
use serde_json::{Value, json};

use super::*;

const ADA: &str = "ada.lovelace@example.com";

/// Every row of every table, as text.
async fn dump(world: &World) -> String {
    let client = world.fresh.database.connect().await;
    let tables = client
        .query(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables
             WHERE schemaname NOT IN ('pg_catalog', 'information_schema')",
            &[],
        )
        .await
        .expect("tables");
    let mut text = String::new();
    for table in tables.iter().map(|row| row.get::<_, String>(0)) {
        let rows = client.query(&format!("SELECT t::text FROM {table} t"), &[]).await;
        for row in rows.expect("rows") {
            text.push_str(&format!("{table} {}\n", row.get::<_, String>(0)));
        }
    }
    text
}

/// Somebody of whom there is something in every table of accounts.
async fn somebody(world: &World) -> User {
    let user = world.add(ADA, Role::Admin).await;
    let folder = tempfile::tempdir().expect("a folder");
    world.accounts.use_keys(FieldKeys::File(folder.path().join("keys")));
    let (_, known) = world.login(ADA, PASSWORD).await.expect("a session");
    world.login(ADA, "wrong").await.expect_err("refused");
    let origin = Origin { ip: Some([192, 0, 2, 7].into()), user_agent: Some("curl".to_owned()) };
    world.accounts.enrol_totp(&known, PASSWORD, &origin).await.expect("a secret");
    world.accounts.reset_code(&NOBODY, &user).await.expect("a code");
    let told = json!({ "mail": "lovelace@elsewhere.example" });
    let wanted =
        PreferencesChange { notifications: told.as_object().cloned(), ..Default::default() };
    world.accounts.change_preferences(&NOBODY, user.id, wanted).await.expect("a change");
    let list = Watchlist { name: "Majors".to_owned(), symbols: vec![], is_default: true };
    world.accounts.create_watchlist(&NOBODY, user.id, list).await.expect("a list");
    user
}

#[tokio::test]
async fn everything_but_secrets_is_told() {
    let world = world().await;
    let user = somebody(&world).await;
    world.add("ben@example.com", Role::Viewer).await;
    let email: Email = ADA.parse().expect("an address");
    let held = world.accounts.held_on(&NOBODY, &email).await.expect("what is held");
    let rows = |table: &str| held[table].as_array().map_or(0, Vec::len);
    for table in [
        "auth.users",
        "auth.identities",
        "auth.sessions",
        "auth.codes",
        "auth.totp",
        "auth.user_preferences",
        "auth.watchlists",
    ] {
        assert_eq!(rows(table), 1, "{table}: {held}");
    }
    assert!(rows("auth.audit_log") >= 5, "{held}");
    assert_eq!(held["auth.users"][0]["id"], Value::String(user.id.to_string()));
    let text = held.to_string();
    for secret in ["argon2", "hash", "\"secret\"", "ben@"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
    let unknown = "nobody@example.com".parse().expect("an address");
    let unknown = world.accounts.held_on(&NOBODY, &unknown).await;
    assert!(matches!(unknown, Err(AccountError::UnknownUser(_))));
}

#[tokio::test]
async fn an_erased_person_is_nowhere_and_the_record_stays() {
    let world = world().await;
    let user = somebody(&world).await;
    let email: Email = ADA.parse().expect("an address");
    let last = world.accounts.erase(&NOBODY, &email).await;
    assert!(matches!(last, Err(AccountError::LastAdmin)), "{last:?}");
    world.add("ben@example.com", Role::Admin).await;
    let (_, ben) = world.login("ben@example.com", PASSWORD).await.expect("a session");
    assert!(dump(&world).await.contains("lovelace"));
    let lines = world.record().await.len();

    let by_ben = ben.actor(&Origin { ip: Some([192, 0, 2, 8].into()), user_agent: None });
    assert!(world.accounts.erase(&by_ben, &email).await.expect("erased") >= 5);
    let left = dump(&world).await;
    assert!(!left.contains("lovelace") && !left.contains("192.0.2.7/32,curl"), "{left}");
    let record = world.record().await;
    assert_eq!(record.len(), lines + 1);
    let erased = (record[0].action.as_str(), record[0].user_id, record[0].resource.clone());
    assert_eq!(erased, ("user.erase", Some(ben.user.id), Some(user.id.to_string())));
    assert!(record[0].ip.is_some(), "who did it is still told");
    let own = record.iter().filter(|entry| entry.user_id == Some(user.id));
    assert!(own.clone().count() > 0 && own.clone().all(|entry| entry.ip.is_none()), "{record:?}");
    assert!(world.login(ADA, PASSWORD).await.is_err());
    world.add(ADA, Role::Viewer).await;

    // Nobody else gets a line changed.
    let client = world.fresh.database.connect().await;
    for sql in [
        "UPDATE auth.audit_log SET ip = NULL",
        "SET chandlery.forgetting = 'yes'; UPDATE auth.audit_log SET action = 'nothing'",
        "DELETE FROM auth.audit_log",
    ] {
        assert!(client.batch_execute(sql).await.is_err(), "{sql}");
    }
}
