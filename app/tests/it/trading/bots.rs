//! Bots: their configurations, and what they are told to do.

use app::trading::{BotChange, NewStrategy};
use domain::trading::{BotCommand, BotStatus};
use store::trading::bots::BotQuery;
use store::trading::versions::VersionTerms;

use super::*;

impl Desk {
    /// A version of a strategy whose bots name a pair.
    async fn version(&self, strategy: &str) -> Uuid {
        let (actor, ada) = (NOBODY, self.ada);
        let new = NewStrategy { name: strategy.into(), description: None, template: None };
        let made = self.trading.create_strategy(actor, ada, new).await.expect("a strategy");
        let schema = json!({
            "type": "object", "required": ["pair"],
            "properties": { "pair": { "type": "string" }, "stake": { "type": "number", "minimum": 0 } },
        });
        let new = VersionTerms { config_schema: Some(schema), parameters: json!({}), notes: None };
        self.trading.add_version(actor, ada, made.id, new).await.expect("a version").id
    }
}

#[tokio::test]
async fn a_configuration_is_as_the_version_wants_it() {
    let desk = Desk::new().await;
    let (trading, actor, ada) = (&desk.trading, NOBODY, desk.ada);
    let account = desk.account("Spot", AccountKind::Paper).await.id;
    let version = desk.version("Cross").await;
    let make = async |user, name: &str, version, config| {
        trading.create_bot(actor, user, new_bot(account, name, version, config)).await
    };
    let wrong = json!({ "pair": "BTCUSDT", "stake": -1 });
    let error = make(ada, "Bot", Some(version), wrong.clone()).await.expect_err("refused");
    assert!(error.to_string().starts_with("config/stake: "), "{error}");
    make(ada, "Free", None, wrong.clone()).await.expect("without a version everything will do");
    let good = json!({ "pair": "BTCUSDT", "stake": 0.5 });
    let bot = make(ada, "Bot", Some(version), good.clone()).await.expect("a bot");
    assert_eq!((bot.status, &bot.terms.config), (BotStatus::Stopped, &good));
    assert_eq!(why(make(ada, "Bot", None, json!({})).await), "bot taken");
    assert_eq!(why(make(desk.ben, "Bot", None, json!({})).await), "unknown account");
    assert_eq!(why(make(ada, "Other", Some(bot.id), json!({})).await), "unknown version");
    let live = NewBot { kind: BotKind::Live, ..new_bot(account, "Live", None, json!({})) };
    assert_eq!(why(trading.create_bot(actor, ada, live).await), "type");

    let change = async |change| trading.change_bot(actor, ada, bot.id, change).await;
    let config =
        |config: &Value| BotChange { config: Some(config.clone()), ..BotChange::default() };
    assert_eq!(why(change(config(&wrong)).await), "config");
    let silent = BotChange { silent_after_s: Some(4), ..BotChange::default() };
    assert_eq!(why(change(silent).await), "silent_after_s");
    let lines = desk.record().await.len();
    change(config(&good)).await.expect("nothing changes");
    assert_eq!(desk.record().await.len(), lines);

    // It keeps to what it trades by while it trades.
    trading.command_bot(actor, ada, bot.id, BotCommand::Start).await.expect("it starts");
    let other = json!({ "pair": "ETHUSDT" });
    assert_eq!(why(change(config(&other)).await), "Active(Running)");
    let named = BotChange { name: Some("Renamed".into()), ..BotChange::default() };
    assert_eq!(change(named).await.expect("a name").terms.name, "Renamed");
    trading.command_bot(actor, ada, bot.id, BotCommand::Pause).await.expect("it waits");
    assert_eq!(change(config(&other)).await.expect("a change").terms.config, other);
    let foreign = trading.change_bot(actor, desk.ben, bot.id, config(&other)).await;
    assert_eq!(why(foreign), "unknown bot");
    assert!(
        !format!("{:?}", desk.record().await).contains("ETHUSDT"),
        "its owner's words stay theirs"
    );
}

#[tokio::test]
async fn commands_are_done_once_and_each_has_its_line() {
    let desk = Desk::new().await;
    let (trading, actor, ada) = (&desk.trading, NOBODY, desk.ada);
    let bot = desk.bot("Cross", json!({})).await;
    let command = async |command| trading.command_bot(actor, ada, bot.id, command).await;
    let told = why(command(BotCommand::Pause).await);
    assert_eq!(told, "Stopped");
    let started = command(BotCommand::Start).await.expect("it starts");
    assert_eq!((started.status, started.started_at), (BotStatus::Running, Some(desk.clock.now())));
    desk.pass(Duration::from_secs(9));
    assert_eq!(command(BotCommand::Start).await.expect("it runs"), started);
    // Of several at once one changes something.
    let pauses = (0..5).map(|_| command(BotCommand::Pause));
    for paused in futures_util::future::join_all(pauses).await {
        assert_eq!(paused.expect("it waits").status, BotStatus::Paused);
    }
    let again = command(BotCommand::Start).await.expect("it goes on");
    assert!(again.started_at > started.started_at);
    command(BotCommand::Stop).await.expect("it stops");
    let foreign = trading.command_bot(actor, desk.ben, bot.id, BotCommand::Start).await;
    assert_eq!(why(foreign), "unknown bot");
    let actions = desk.done_to(bot.id).await;
    assert_eq!(actions, ["bot.stop", "bot.start", "bot.pause", "bot.start", "bot.create"]);
    let line = desk.record().await.remove(0);
    assert_eq!(
        (line.before, line.after),
        (Some(json!({ "status": "running" })), Some(json!({ "status": "stopped" })))
    );
}

#[tokio::test]
async fn a_bot_goes_unless_it_trades_or_the_ledger_has_something_of_it() {
    let desk = Desk::new().await;
    let (trading, actor, ada) = (&desk.trading, NOBODY, desk.ada);
    let bot = desk.bot("Cross", json!({})).await;
    let delete = async |user| trading.delete_bot(actor, user, bot.id).await;
    assert_eq!(why(delete(desk.ben).await), "unknown bot");
    trading.command_bot(actor, ada, bot.id, BotCommand::Start).await.expect("it starts");
    assert_eq!(why(delete(ada).await), "Active(Running)");
    trading.command_bot(actor, ada, bot.id, BotCommand::Stop).await.expect("it stops");
    let client = desk.fresh.database.connect().await;
    client.execute(OPEN_ORDER, &[&bot.id, &bot.account_id]).await.expect("an order");
    let lines = desk.record().await.len();
    assert_eq!(why(delete(ada).await), "HasOrders");
    assert_eq!(desk.record().await.len(), lines, "what is refused is not recorded as done");
    client.execute("DELETE FROM ledger.orders", &[]).await.expect("no order");
    delete(ada).await.expect("it goes");
    assert_eq!(why(delete(ada).await), "unknown bot");
    assert_eq!(desk.done_to(bot.id).await[0], "bot.delete");
}

#[tokio::test]
async fn bots_are_listed_by_status_and_account_page_by_page() {
    let desk = Desk::new().await;
    let mut made = Vec::new();
    for name in ["one", "two", "three"] {
        desk.pass(Duration::from_millis(2));
        made.push(desk.bot(name, json!({})).await);
    }
    desk.trading
        .command_bot(NOBODY, desk.ada, made[1].id, BotCommand::Start)
        .await
        .expect("it starts");
    let all =
        BotQuery { user_id: desk.ada, status: None, account_id: None, before: None, limit: 9 };
    let names = async |query: BotQuery| {
        let found = desk.trading.bots(&query).await.expect("bots");
        found.into_iter().map(|bot| bot.terms.name).collect::<Vec<_>>().join(" ")
    };
    assert_eq!(names(all).await, "three two one");
    assert_eq!(names(BotQuery { limit: 2, ..all }).await, "three two");
    assert_eq!(names(BotQuery { before: Some(made[1].id), ..all }).await, "one");
    assert_eq!(names(BotQuery { status: Some(BotStatus::Running), ..all }).await, "two");
    assert_eq!(names(BotQuery { account_id: Some(made[2].account_id), ..all }).await, "three");
    assert_eq!(names(BotQuery { user_id: desk.ben, ..all }).await, "");
}
