//! Accounts at venues, and what opens them.

use app::trading::AccountChange;
use domain::auth::Keyring;
use domain::trading::BotCommand;
use store::auth::fields::Field;

use super::*;

/// What is kept of an account's credentials, opened with the keys of the desk.
async fn opened(desk: &Desk, account: Uuid) -> Value {
    let sql = "SELECT credentials FROM trading.venue_accounts WHERE id = $1";
    let client = desk.fresh.database.connect().await;
    let sealed: Vec<u8> = client.query_one(sql, &[&account]).await.expect("a row").get(0);
    let keys = std::fs::read_to_string(desk.folder.path().join("keys")).expect("keys");
    let ring = Keyring::parse(&keys).expect("keys");
    assert_eq!(sealed[1..5], ring.ids().next().expect("a key").0, "by the current key");
    let place = Field::VenueCredentials.place(account);
    serde_json::from_slice(&ring.open(&place, &sealed).expect("it opens")).expect("JSON")
}

#[tokio::test]
async fn credentials_are_encrypted_go_over_to_new_keys_and_are_told_nobody() {
    let desk = Desk::new().await;
    let new =
        NewAccount { credentials: Some(credentials()), ..wanted("Spot", AccountKind::External) };
    let made = desk.trading.create_account(NOBODY, desk.ada, new).await.expect("an account");
    assert_eq!(made.key_beginning.as_deref(), Some("vmPUZE"));
    let plain = opened(&desk, made.id).await;
    assert_eq!(
        (&plain["key"], &plain["passphrase"]),
        (&json!(credentials().key), &json!("a sea shanty"))
    );

    let old = desk.accounts.field_keys().await.expect("keys");
    assert_eq!((old.len(), old[0].fields), (1, 1));
    let new = desk.accounts.add_key(NOBODY).await.expect("a key");
    assert_eq!(desk.accounts.reseal_some().await.expect("a batch"), 1);
    let keys = desk.accounts.field_keys().await.expect("keys");
    assert_eq!((keys[0].id, keys[0].fields, keys[1].fields), (new, 1, 0));
    assert_eq!(opened(&desk, made.id).await, plain);

    let other = Credentials { key: "another key of the venue".into(), ..credentials() };
    let change = AccountChange { credentials: Some(other), ..AccountChange::default() };
    let changed = desk.trading.change_account(NOBODY, desk.ada, made.id, change).await;
    assert_eq!(changed.expect("a change").key_beginning.as_deref(), Some("anothe"));
    assert_eq!(opened(&desk, made.id).await["key"], "another key of the venue");

    let told = format!("{:?}{}", desk.record().await, desk.dump("trading.venue_accounts").await);
    for secret in ["PUZE6mv9SD5V", "NhqPtmdS", "shanty", "another key"] {
        assert!(!told.contains(secret), "{secret}: {told}");
    }
    assert_eq!(desk.done_to(made.id).await, ["account.change", "account.create"]);
}

#[tokio::test]
async fn accounts_have_names_of_their_own_and_are_nobody_elses() {
    let desk = Desk::new().await;
    let (trading, actor) = (&desk.trading, NOBODY);
    let spot = desk.account("Spot", AccountKind::Paper).await;
    assert_eq!((spot.venue.as_str(), spot.kind), ("binance", AccountKind::Paper));
    let again = wanted("Spot", AccountKind::External);
    assert_eq!(why(trading.create_account(actor, desk.ada, again.clone()).await), "account taken");
    trading.create_account(actor, desk.ben, again).await.expect("another person's");
    let odd = NewAccount { venue: "Binance Spot".into(), ..wanted("x", AccountKind::Paper) };
    assert_eq!(why(trading.create_account(actor, desk.ada, odd).await), "venue");
    assert_eq!(
        why(trading.create_account(actor, desk.ada, wanted(" ", AccountKind::Paper)).await),
        "name"
    );

    let named = |name: &str| AccountChange { name: Some(name.into()), ..AccountChange::default() };
    let margin = desk.account("Margin", AccountKind::External).await;
    let change = async |user, id, name| trading.change_account(actor, user, id, named(name)).await;
    assert_eq!(why(change(desk.ada, margin.id, "Spot").await), "account taken");
    assert_eq!(why(change(desk.ben, margin.id, "Mine").await), "unknown account");
    assert_eq!(why(trading.account(desk.ben, margin.id).await), "unknown account");
    assert_eq!(why(trading.archive_account(actor, desk.ben, margin.id).await), "unknown account");
    let lines = desk.record().await.len();
    assert_eq!(change(desk.ada, margin.id, "Margin").await.expect("nothing").name, "Margin");
    assert_eq!(desk.record().await.len(), lines, "what changes nothing leaves no trace");
    assert_eq!(change(desk.ada, margin.id, "Futures").await.expect("a change").name, "Futures");
    let names: Vec<_> = trading.accounts(desk.ada).await.expect("accounts");
    assert_eq!(names.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["Spot", "Futures"]);

    for number in 2..100 {
        desk.account(&format!("number {number}"), AccountKind::Paper).await;
    }
    let more = trading.create_account(actor, desk.ada, wanted("more", AccountKind::Paper)).await;
    assert!(matches!(more, Err(TradingError::TooMany(_, 100))), "{more:?}");
}

#[tokio::test]
async fn nothing_is_done_on_an_archived_account_and_nothing_opens_it() {
    let desk = Desk::new().await;
    let (trading, actor, ada) = (&desk.trading, NOBODY, desk.ada);
    let bot = desk.bot("Cross", json!({})).await;
    let account = bot.account_id;
    let change = AccountChange { credentials: Some(credentials()), ..AccountChange::default() };
    trading.change_account(actor, ada, account, change.clone()).await.expect("a change");
    trading.command_bot(actor, ada, bot.id, BotCommand::Start).await.expect("it starts");
    assert_eq!(why(trading.archive_account(actor, ada, account).await), "InUse");
    trading.command_bot(actor, ada, bot.id, BotCommand::Stop).await.expect("it stops");
    let client = desk.fresh.database.connect().await;
    client.execute(OPEN_ORDER, &[&bot.id, &account]).await.expect("an order");
    assert_eq!(why(trading.archive_account(actor, ada, account).await), "OpenOrders");
    let cancelled = "UPDATE ledger.orders SET status = 'cancelled'";
    client.execute(cancelled, &[]).await.expect("it is over");
    let archived = trading.archive_account(actor, ada, account).await.expect("it is archived");
    assert!(archived.archived_at.is_some() && archived.key_beginning.is_none());
    let again = trading.archive_account(actor, ada, account).await.expect("it was");
    assert_eq!(again, archived);
    let actions = desk.done_to(account).await;
    assert_eq!(actions, ["account.archive", "account.change", "account.create"]);

    let archived = "Archived";
    assert_eq!(why(trading.command_bot(actor, ada, bot.id, BotCommand::Start).await), archived);
    assert_eq!(why(trading.change_account(actor, ada, account, change).await), archived);
    let new = new_bot(account, "Other", None, json!({}));
    assert_eq!(why(trading.create_bot(actor, ada, new).await), archived);
}
