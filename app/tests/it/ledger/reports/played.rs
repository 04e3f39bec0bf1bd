//! What is played is worth its own price, where it is played and nowhere else.

use super::*;

const PLAYED: (&str, Option<&str>) = ("replay-binance:BTCUSDT", Some("binance"));
const OTHER: Uuid = Uuid::from_u128(0x0a);

#[tokio::test]
async fn what_an_account_of_a_replay_has_is_worth_what_is_played() {
    let mut desk = Desk::new().await;
    desk.go_to("2026-01-05T09:59:30Z").await;
    desk.deposit("100000").await;
    desk.price("2026-01-05T09:59:30Z", "40000").await;
    desk.price_of(PLAYED, "2026-01-05T09:59:30Z", "20000").await;
    desk.trade(buy("", "1", "1"), "40000", "1", &[]).await;
    desk.go_to("2026-01-05T10:01:30Z").await;
    let query = CurveQuery {
        user: ADA,
        step: Step::Minute,
        from: Some(at("2026-01-05T10:00:00Z")),
        currency: "USDT".into(),
        ..CurveQuery::default()
    };
    let worth = |due: &'static str| {
        let (desk, query) = (&desk, &query);
        async move {
            let portfolio = desk.portfolio(None).await;
            assert_eq!(portfolio.equity, amount(due));
            assert_eq!(portfolio.accounts[0].equity, amount(due));
            assert_eq!(portfolio.unpriced, Vec::<String>::new());
            let then = desk.portfolio(Some(at("2026-01-05T10:00:30Z"))).await;
            assert_eq!(then.equity, amount(due));
            let points = desk.reports.curve(query).await.expect("a curve").points;
            let told = points.iter().map(|p| (p.time.to_string(), p.equity.to_string()));
            let times = ["10:00:00", "10:01:00", "10:01:30"];
            let due = times.map(|time| (format!("2026-01-05T{time}Z"), due.to_owned()));
            assert_eq!(told.collect::<Vec<_>>(), due);
        }
    };
    worth("100000").await;
    let client = desk.world.fresh.database.connect().await;
    let move_it = "UPDATE trading.venue_accounts SET venue_id = (SELECT id FROM market.venues WHERE code = 'replay-binance')";
    client.batch_execute(move_it).await.expect("moved");
    worth("80000").await;
    assert_eq!(desk.make_snapshots().await, 1);
    assert_eq!(desk.snapshots(None).await[0].equity, amount("80000"));

    let other = format!(
        "INSERT INTO trading.venue_accounts (id, user_id, venue_id, name, kind, created_at, updated_at)
         SELECT '{OTHER}', '{ADA}', id, 'other', 'external', now(), now() FROM market.venues WHERE code = 'binance'"
    );
    client.batch_execute(&other).await.expect("another account");
    let (asset, amount_in, time) = ("BTC".into(), amount("2"), desk.clock.now());
    let event = AccountEvent::Deposited { asset, amount: amount_in, time };
    desk.ledger.tell_account(ADA, OTHER, event, "btc").await.expect("a deposit");
    let portfolio = desk.portfolio(None).await;
    assert_eq!(portfolio.equity, amount("160000"));
    let bitcoin = portfolio.assets.iter().find(|asset| asset.asset == "BTC").expect("bitcoin");
    assert_eq!((bitcoin.cash, bitcoin.value), (amount("3"), Some(amount("100000"))));
    assert_eq!((bitcoin.price, bitcoin.price_time), (None, None));
}
