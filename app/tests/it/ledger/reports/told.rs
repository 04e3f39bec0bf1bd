//! What was told then is told again, and what is told adds up.

use std::collections::BTreeMap;

use app::ledger::reports::LineKind;
use domain::ledger::Trade;
use store::ledger::explain::StepQuery;

use super::*;

#[tokio::test]
async fn what_was_told_then_is_told_again() {
    let mut desk = Desk::new().await;
    let mut dice = fastrand::Rng::with_seed(31);
    let mut then = Vec::new();
    for round in 0..40 {
        desk.clock.set(desk.clock.now().plus_micros(1_000_000));
        if round == 0 {
            desk.deposit("1000").await;
        }
        let price = ["40000", "40123.45", "39000.01"][dice.usize(0..3)];
        let quantity = ["0.1", "0.25", "0.4"][dice.usize(0..3)];
        let order = if dice.bool() { buy("", "1", "1") } else { sell("", "1", "1") };
        let fees: &[(&str, &str)] =
            [&[("USDT", "1.25")][..], &[("BTC", "0.001"), ("BNB", "0.02")]][dice.usize(0..2)];
        let mut id = desk.trade(order, price, quantity, fees).await;
        if dice.u8(0..3) == 0 {
            desk.clock.set(desk.clock.now().plus_micros(500_000));
            let open = buy(&format!("open{round}"), "0.5", "30000");
            id = desk.ledger.place(ADA, open).await.expect("placed").id;
            if dice.bool() {
                let cancelled = OrderEvent::Cancelled { reason: "by hand".into() };
                desk.ledger.tell(ADA, id, cancelled, None).await.expect("cancelled");
            }
        }
        assert!(!id.is_nil());
        then.push((desk.clock.now(), desk.told(None).await, desk.portfolio(None).await));
    }
    for (time, told, portfolio) in &then {
        assert_eq!(desk.told(Some(*time)).await, *told, "{time}");
        let again = desk.portfolio(Some(*time)).await;
        assert_eq!(again.bots[0].realised, portfolio.bots[0].realised, "{time}");
        assert_eq!(again.accounts[0].today, portfolio.accounts[0].today, "{time}");
        assert_eq!(again.exposure, portfolio.exposure, "{time}");
    }
    let closed = OrderQuery {
        user: Some(ADA),
        status: vec!["cancelled".into()],
        limit: 5,
        ..OrderQuery::default()
    };
    let (time, told, _) = &then[20];
    let found = desk.reports.orders_at(&closed, *time).await.expect("orders");
    let due = told.orders.iter().filter(|order| order.status == "cancelled").take(5);
    assert_eq!(found.iter().collect::<Vec<_>>(), due.collect::<Vec<_>>());
    let before = desk.told(Some(at("2026-01-05T09:00:00Z"))).await;
    assert_eq!((before.orders.len(), before.positions.len(), before.balances.len()), (0, 0, 0));
}

#[tokio::test]
async fn lines_add_up_to_what_is_shown() {
    let mut desk = Desk::new().await;
    let mut dice = fastrand::Rng::with_seed(7);
    for _ in 0..60 {
        desk.clock.set(desk.clock.now().plus_micros(60_000_000));
        let price = ["40000", "40123.45", "39000.01"][dice.usize(0..3)];
        let quantity = ["0.1", "0.3", "0.7"][dice.usize(0..3)];
        let mut order = if dice.bool() { buy("", "1", "1") } else { sell("", "1", "1") };
        order.terms.mode = if dice.bool() { Mode::Margin } else { Mode::Spot };
        let fees = [("USDT", "1.25"), ("BTC", "0.0011"), ("BNB", "0.02")];
        let margin = order.terms.mode == Mode::Margin;
        desk.trade(order, price, quantity, &fees[..dice.usize(0..4)]).await;
        if margin && dice.bool() {
            let event = AccountEvent::FundingPaid {
                bot: Some(BOT),
                symbol: "binance:BTCUSDT".parse().expect("a symbol"),
                asset: "USDT".into(),
                amount: amount(["-0.37", "0.21"][dice.usize(0..2)]),
                time: desk.clock.now(),
            };
            let key = desk.clock.now().to_string();
            desk.ledger.tell_account(ADA, ACCOUNT, event, &key).await.expect("funding");
        }
    }
    let all = TripQuery { user: ADA, limit: 1_000, ..TripQuery::default() };
    let positions = desk.reports.positions(&all).await.expect("positions");
    assert!(positions.len() > 5, "{}", positions.len());
    let mut sum = Amount::ZERO;
    for (row, position) in &positions {
        let trade = Trade::of(position).expect("a trade");
        let told = desk.reports.explain_position(ADA, row.id).await.expect("an explanation");
        let mut lines = Amount::ZERO;
        told.lines.iter().filter_map(|line| line.profit).for_each(|profit| lines += profit);
        let total = &told.totals["USDT"];
        assert_eq!((lines, total.total), (trade.net, trade.net), "{}", row.id);
        assert_eq!((total.gross, total.funding), (trade.gross, trade.funding));
        assert_eq!(total.commission, trade.commission);
        let mut fees = BTreeMap::<&str, Amount>::new();
        for line in &told.lines {
            if let LineKind::Paid { fee: true, asset, amount } = &line.kind {
                *fees.entry(asset).or_default() += -*amount;
            }
        }
        fees.retain(|_, fee| *fee != Amount::ZERO);
        let due = position.fees.iter().map(|(asset, fee)| (asset.as_str(), *fee));
        assert_eq!(fees, due.filter(|(_, fee)| *fee != Amount::ZERO).collect());
        sum += trade.net;
    }
    let mut halves = Amount::ZERO;
    let middle = at("2026-01-05T10:00:00Z");
    for (from, to) in [(at("2026-01-05T09:00:00Z"), middle), (middle, at("2026-01-06T00:00:00Z"))] {
        let query = StepQuery { from: Some(from), to: Some(to), ..StepQuery::default() };
        let told = desk.reports.explain_period(ADA, None, query).await.expect("a period");
        halves += told.totals["USDT"].total;
    }
    assert_eq!(halves, sum);
    let others = desk.reports.explain_position(BEN, positions[0].0.id).await;
    assert!(matches!(others, Err(LedgerError::UnknownPosition)));
}
