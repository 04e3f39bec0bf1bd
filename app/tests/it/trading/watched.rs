//! Heartbeats, silence, and what bots are doing, at hand.

use app::trading::NewHeartbeat;
use domain::Time;
use domain::trading::{BotCommand, BotStatus};
use tokio_util::sync::CancellationToken;

use super::*;

impl Desk {
    async fn running(&self) -> Bot {
        let bot = self.bot("Cross", json!({})).await;
        let start = self.trading.command_bot(NOBODY, self.ada, bot.id, BotCommand::Start);
        start.await.expect("it starts")
    }

    async fn beat(&self, bot: Uuid, told: NewHeartbeat) -> Bot {
        let heard = self.trading.heartbeat(NOBODY, self.ada, bot, told).await;
        heard.expect("it is heard of")
    }
}

fn error(text: &str) -> NewHeartbeat {
    NewHeartbeat { error: Some(text.into()), ..NewHeartbeat::default() }
}

#[tokio::test]
async fn a_silent_bot_is_told_of_once_and_runs_again_when_it_is_heard_of() {
    let desk = Desk::new().await;
    let bot = desk.running().await.id;
    let (second, one) = (Duration::from_secs(1), desk.elsewhere());
    desk.pass(Duration::from_secs(50));
    let heard = desk.beat(bot, NewHeartbeat::default()).await;
    assert_eq!((heard.status, heard.last_heartbeat), (BotStatus::Running, Some(desk.clock.now())));
    desk.pass(Duration::from_secs(60));
    assert_eq!(one.look().await.expect("a look"), 0, "60 s are not too long");
    desk.pass(second);
    let looks = (0..4).map(|_| async {
        (one.look().await.expect("a look"), desk.trading.look().await.expect("a look"))
    });
    let told: usize = futures_util::future::join_all(looks).await.iter().map(|(a, b)| a + b).sum();
    assert_eq!(told, 1);
    assert_eq!(desk.trading.bot(desk.ada, bot).await.expect("a bot").status, BotStatus::Silent);
    let line = desk.record().await.remove(0);
    assert_eq!((line.action.as_str(), line.user_id), ("bot.silent", None));
    assert_eq!(line.after.expect("a state")["last_heard_of"], "2026-01-05T10:00:50.001Z");

    assert_eq!(desk.beat(bot, NewHeartbeat::default()).await.status, BotStatus::Running);
    assert_eq!(desk.beat(bot, error("no money")).await.status, BotStatus::Error);
    desk.pass(Duration::from_secs(61));
    assert_eq!(one.look().await.expect("a look"), 1, "one that told of an error is missed too");
    let actions = desk.done_to(bot).await;
    assert_eq!(actions[..4], ["bot.silent", "bot.error", "bot.running", "bot.silent"]);
    // Whoever starts it again gives it as much time.
    let start = desk.trading.command_bot(NOBODY, desk.ada, bot, BotCommand::Start);
    assert_eq!(start.await.expect("it starts").status, BotStatus::Running);
    desk.pass(Duration::from_secs(60));
    assert_eq!(one.look().await.expect("a look"), 0);
}

#[tokio::test]
async fn heartbeats_are_kept_counted_and_never_start_a_bot() {
    let desk = Desk::new().await;
    let bot = desk.bot("Cross", json!({})).await.id;
    assert_eq!(desk.beat(bot, NewHeartbeat::default()).await.status, BotStatus::Stopped);
    desk.pass(Duration::from_secs(1));
    let told = NewHeartbeat {
        message: Some("bought".into()),
        balance: "-1000.000000000000000001".parse().ok(),
        total_pnl: "12.5".parse().ok(),
        ..error("a fee")
    };
    let heard = desk.beat(bot, told).await;
    desk.pass(Duration::from_secs(1));
    let heard_again = desk.beat(bot, NewHeartbeat { balance: None, ..error("b") }).await;
    assert_eq!((heard.error_count, heard_again.error_count), (1, 2));
    assert_eq!(
        heard_again.balance.map(|it| it.to_string()).as_deref(),
        Some("-1000.000000000000000001")
    );
    assert_eq!(heard_again.total_pnl.map(|it| it.to_string()).as_deref(), Some("12.5"));

    let list = async |user, before, limit| desk.trading.heartbeats(user, bot, before, limit).await;
    let all = list(desk.ada, Time::MAX, 9).await.expect("heartbeats");
    assert_eq!(
        all.iter().map(|one| one.error.as_deref()).collect::<Vec<_>>(),
        [Some("b"), Some("a fee"), None]
    );
    assert_eq!(all[1].message.as_deref(), Some("bought"));
    assert_eq!(list(desk.ada, all[1].at, 1).await.expect("the rest"), all[2..]);
    assert_eq!(why(list(desk.ben, Time::MAX, 9).await), "unknown bot");
    let foreign = desk.trading.heartbeat(NOBODY, desk.ben, bot, NewHeartbeat::default()).await;
    assert_eq!(why(foreign), "unknown bot");
    let long = desk.trading.heartbeat(NOBODY, desk.ada, bot, error(&"x".repeat(1_001))).await;
    assert_eq!(why(long), "error");

    // Old ones go.
    let prune = |tx| async move { store::trading::heartbeats::prune(&tx, Time::MAX, 2).await };
    assert_eq!(desk.fresh.db.run("test", prune).await.expect("they go"), 2);
    assert_eq!(list(desk.ada, Time::MAX, 9).await.expect("the newest"), all[..1]);
}

#[tokio::test]
async fn what_is_at_hand_is_what_any_process_wrote_last() {
    let desk = Desk::new().await;
    let (bot, stop) = (desk.running().await.id, CancellationToken::new());
    let (here, elsewhere) = (desk.trading.clone(), desk.elsewhere());
    let hearing = tokio::spawn({
        let (here, stop) = (here.clone(), stop.clone());
        async move { here.hear_changes(&stop).await }
    });
    let status = async |user| here.bot_state(user, bot).await.map(|state| state.status);
    let becomes = async |wanted: &str| {
        for _ in 0..400 {
            if status(desk.ada).await.expect("a state") == wanted {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it is not {wanted}");
    };
    becomes("running").await;
    assert_eq!(why(status(desk.ben).await), "unknown bot");
    // Once it hears, the table is not asked: nobody is told of a change by hand that no trigger sees.
    let client = desk.fresh.database.connect().await;
    let unseen = "SET session_replication_role = 'replica'; UPDATE trading.bots SET error_count = 99; RESET session_replication_role";
    let mut is_at_hand = false;
    for _ in 0..100 {
        client.batch_execute(unseen).await.expect("a change");
        is_at_hand = here.bot_state(desk.ada, bot).await.expect("a state").error_count == 0;
        if is_at_hand {
            break;
        }
        client.batch_execute("UPDATE trading.bots SET error_count = 0").await.expect("a change");
        tokio::time::sleep(Duration::from_millis(20)).await;
        here.bot_state(desk.ada, bot).await.expect("a state");
    }
    assert!(is_at_hand, "it is never at hand");

    elsewhere.command_bot(NOBODY, desk.ada, bot, BotCommand::Pause).await.expect("it waits");
    becomes("paused").await;
    client.batch_execute("UPDATE trading.bots SET status = 'stopped'").await.expect("by hand");
    becomes("stopped").await;
    elsewhere.delete_bot(NOBODY, desk.ada, bot).await.expect("it goes");
    for _ in 0..400 {
        if let Err(error) = status(desk.ada).await {
            assert_eq!(error.to_string(), "there is no such bot");
            stop.cancel();
            hearing.await.expect("no panic");
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("what is gone is told of");
}
