//! Serving with the least rights: everything works, and what only the owner may do is refused.

use app::auth::NewKey;
use store::DbSettings;
use store::market::partitions::{self, Table};
use store::market::segments::partitions::drop_empty;

use super::*;

/// The same database as whoever serves sees it.
async fn serving(fresh: &testkit::Migrated) -> store::Db {
    let owner = fresh.database.connect().await;
    let name = fresh.database.name();
    let set = format!("ALTER DATABASE {name} SET role = 'chandlery_serve'");
    owner.batch_execute(&set).await.expect("a setting");
    let db = store::Db::new(DbSettings::direct(fresh.database.config().clone())).expect("a pool");
    let who = db.query("test", "SELECT current_user::text", &[]).await.expect("an answer");
    assert_eq!(who[0].get::<_, &str>(0), "chandlery_serve");
    db
}

#[tokio::test]
async fn the_program_serves_with_the_least_rights() {
    let world = world().await;
    let db = serving(&world.fresh).await;
    assert_eq!(store::migrate::up(&db, None).await.expect("nothing to do"), [] as [i32; 0]);
    let options = AccountOptions::default();
    let accounts = Accounts::new(db.clone(), world.clock.clone(), Random::system(), CHEAP, options);
    let email: Email = "ada@example.com".parse().expect("an address");
    let user = accounts.create(&NOBODY, email, None, Role::Trader, PASSWORD).await;
    let user = user.expect("a user");
    let (secret, known) =
        accounts.login("ada@example.com", PASSWORD, &Origin::default()).await.expect("a session");
    assert!(accounts.known(&secret).await.expect("an answer").is_some());
    accounts.logout(&known, &Origin::default()).await.expect("a logout");
    accounts.change(&NOBODY, user.id, &[AccountChange::Active(false)]).await.expect("a change");
    accounts.sweep().await.expect("a sweep");
    assert_eq!(accounts.audit(&AuditQuery::default()).await.expect("the record").len(), 4);

    let now = world.clock.now();
    assert_eq!(partitions::ensure(&db, Table::Ticks, [now]).await.expect("a day"), 1);
    assert_eq!(partitions::ensure(&db, Table::Candles, [now]).await.expect("a month"), 1);
    let later = now.plus(Duration::from_secs(400 * 86_400));
    assert_eq!(drop_empty(&db, later).await.expect("they go").len(), 2);
    store::market::symbols::refresh_summaries(&db).await.expect("summaries");
}

#[tokio::test]
async fn keys_and_erasure_need_no_more() {
    let world = world().await;
    let user = world.add("ada@example.com", Role::Trader).await;
    let db = serving(&world.fresh).await;
    let options = AccountOptions::default();
    let accounts = Accounts::new(db.clone(), world.clock.clone(), Random::system(), CHEAP, options);
    let new = NewKey {
        name: "bot".into(),
        scopes: vec![Scope::MarketRead],
        networks: vec![],
        expires_at: None,
    };
    let (secret, key) = accounts.create_key(&NOBODY, &user, new).await.expect("a key");
    assert!(accounts.known_key(&secret, None).await.expect("its use is noted").is_some());
    let used = accounts.keys(user.id).await.expect("keys")[0].last_used_at;
    assert_eq!(used, Some(world.clock.now()));
    accounts.revoke_key(&NOBODY, user.id, key.id).await.expect("an end");

    accounts.login("ada@example.com", "wrong", &Origin::default()).await.expect_err("refused");
    let email: Email = "ada@example.com".parse().expect("an address");
    assert!(accounts.erase(&NOBODY, &email).await.expect("erased") >= 3);
    let record = format!("{:?}", world.record().await);
    assert!(!record.contains("ada@") && record.contains(&user.id.to_string()), "{record}");

    // That is the one way: with whatever the function sets, by oneself nobody changes a line.
    for sql in [
        "UPDATE auth.audit_log SET ip = NULL",
        "SET LOCAL chandlery.forgetting = 'yes'; UPDATE auth.audit_log SET ip = NULL",
    ] {
        let refused = db.run("test", |tx| async move { tx.batch(sql).await }).await.expect_err(sql);
        let code = refused.code().map(|code| code.code().to_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
}

#[tokio::test]
async fn what_only_the_owner_may_do_is_refused() {
    let world = world().await;
    world.add("ada@example.com", Role::Viewer).await;
    partitions::ensure(&world.fresh.db, Table::Ticks, [world.clock.now()]).await.expect("a day");
    let db = &serving(&world.fresh).await;
    for sql in [
        "UPDATE auth.audit_log SET action = 'nothing'",
        "DELETE FROM auth.audit_log",
        "TRUNCATE auth.audit_log",
        "UPDATE auth.audit_log_202601 SET action = 'nothing'",
        "DELETE FROM auth.audit_log_202601",
        "INSERT INTO auth.audit_log_202601 (at, action, outcome) VALUES ('2026-01-05', 'x', 'ok')",
        "DROP TABLE auth.audit_log_202601",
        "DROP TABLE auth.audit_log",
        "ALTER TABLE auth.audit_log DISABLE TRIGGER ALL",
        "ALTER TABLE auth.audit_log DETACH PARTITION auth.audit_log_202601",
        "ALTER TABLE auth.users ADD COLUMN back_door text",
        "DROP TABLE auth.users",
        "DROP SCHEMA auth CASCADE",
        "CREATE TABLE auth.mine (n int)",
        "ALTER TABLE market.ticks ADD COLUMN more text",
        "DROP TABLE market.ticks_20260105",
        "TRUNCATE market.ticks",
        "CREATE TABLE market.mine (n int)",
        "DELETE FROM ops.migrations",
        "INSERT INTO ops.migrations (number, area, name, checksum, duration_ms) VALUES (99, 'x', 'x', 0, 0)",
        "SELECT ops.prepare_roles()",
        "CREATE OR REPLACE FUNCTION auth.refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
        "CREATE ROLE mine",
        // Nobody who is there is forgotten, nor words that are no address.
        "SELECT auth.forget_in_audit((SELECT id FROM auth.users), 'nobody@example.com')",
        "SELECT auth.forget_in_audit(gen_random_uuid(), 'ada@example.com')",
        "SELECT auth.forget_in_audit(gen_random_uuid(), 'viewer')",
        "COPY auth.users TO PROGRAM 'cat'",
    ] {
        let refused = db.run("test", |tx| async move { tx.batch(sql).await }).await.expect_err(sql);
        let code = refused.code().map(|code| code.code().to_owned());
        assert_eq!(code.as_deref(), Some("42501"), "{sql}: {refused}");
    }
    for wrong in ["ticks", "symbols", "nothing", "../x"] {
        let sql = &format!("SELECT market.drop_empty_partition('{wrong}')");
        db.run("test", |tx| async move { tx.batch(sql).await }).await.expect_err(wrong);
    }
}
