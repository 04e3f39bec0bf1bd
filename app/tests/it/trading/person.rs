//! What is held on somebody who trades, told and erased.

use app::trading::{NewHeartbeat, NewStrategy, NewTemplate};
use domain::auth::Email;
use domain::trading::BotCommand;
use store::trading::versions::VersionTerms;

use super::*;

/// Ada with one of everything, and two templates; her account and bot.
async fn one_of_everything(desk: &Desk) -> (Uuid, Uuid) {
    let (trading, actor, ada) = (&desk.trading, NOBODY, desk.ada);
    let new = NewAccount {
        credentials: Some(credentials()),
        ..wanted("Lovelace spot", AccountKind::External)
    };
    let account = trading.create_account(actor, ada, new).await.expect("an account").id;
    let mut new = new_bot(account, "Lovelace bot", None, json!({ "owner": "lovelace" }));
    new.terms.description = Some("by A. Lovelace".into());
    let bot = trading.create_bot(actor, ada, new).await.expect("a bot").id;
    trading.command_bot(actor, ada, bot, BotCommand::Start).await.expect("it starts");
    let told = NewHeartbeat { message: Some("lovelace is rich".into()), ..NewHeartbeat::default() };
    trading.heartbeat(actor, ada, bot, told).await.expect("it is heard of");
    let version = || VersionTerms { config_schema: None, parameters: json!({}), notes: None };
    for (name, is_public) in [("Lovelace's own", false), ("Cross", true)] {
        let new =
            NewTemplate { name: name.into(), description: None, version: version(), is_public };
        trading.create_template(actor, ada, new).await.expect("a template");
    }
    let new = NewStrategy { name: "Lovelace's".into(), description: None, template: None };
    let strategy = trading.create_strategy(actor, ada, new).await.expect("a strategy").id;
    trading.add_version(actor, ada, strategy, version()).await.expect("a version");
    trading.link(actor, ada, strategy, account, true).await.expect("a link");
    (account, bot)
}

#[tokio::test]
async fn the_books_stay_and_nothing_in_them_names_whoever_is_erased() {
    let desk = Desk::new().await;
    let (account, bot) = one_of_everything(&desk).await;
    let email: Email = "ada@example.com".parse().expect("an address");
    let held = desk.accounts.held_on(NOBODY, &email).await.expect("what is held");
    for table in [
        "venue_accounts",
        "bots",
        "strategies",
        "strategy_versions",
        "strategy_accounts",
        "bot_heartbeats",
    ] {
        assert_eq!(
            held[format!("trading.{table}")].as_array().map(Vec::len),
            Some(1),
            "{table}: {held}"
        );
    }
    assert_eq!(held["trading.strategy_templates"].as_array().map(Vec::len), Some(2), "{held}");
    assert!(!held.to_string().contains("\"credentials\""), "{held}");

    desk.accounts.erase(NOBODY, &email).await.expect("erased");
    let mut left = format!("{:?}", desk.record().await).to_lowercase();
    for table in [
        "venue_accounts",
        "bots",
        "strategies",
        "strategy_versions",
        "strategy_templates",
        "bot_heartbeats",
    ] {
        left += &desk.dump(&format!("trading.{table}")).await.to_lowercase();
    }
    assert!(!left.contains("lovelace"), "{left}");
    let client = desk.fresh.database.connect().await;
    let row = client
        .query_one(
            "SELECT a.name, b.name, b.status, a.credentials IS NULL AND a.user_id IS NULL AND b.user_id IS NULL,
                 a.archived_at IS NOT NULL
             FROM trading.bots b JOIN trading.venue_accounts a ON a.id = b.account_id",
            &[],
        )
        .await
        .expect("the books are there");
    let texts = [0, 1, 2].map(|at| row.get::<_, String>(at));
    assert_eq!(texts, [account.to_string(), bot.to_string(), "stopped".into()]);
    assert_eq!((row.get::<_, bool>(3), row.get::<_, bool>(4)), (true, true));
    let templates = desk.trading.templates(desk.ben, None, 9).await.expect("templates");
    assert_eq!(
        templates.iter().map(|one| (one.name.as_str(), one.created_by)).collect::<Vec<_>>(),
        [("Cross", None)]
    );
    assert_eq!(desk.dump("trading.strategies").await, "");
}
