//! Whatever is done in whatever order: what is accepted breaks nothing, and a replay tells the same.

use std::cell::Cell;
use std::collections::BTreeMap;

use domain::ledger::{Direction, Purse, Status, Trail};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use super::*;

/// Something that somebody tries. Numbers choose among what there is.
#[derive(Debug, Clone)]
enum Try {
    Place { owner: u8, symbol: u8, margin: bool, sell: bool, kind: u8, quantity: u8, send: bool },
    Fill { order: u8, price: u8, quantity: u8, fees: [Option<u8>; 2], again: bool },
    Command { order: u8, command: u8, number: u8 },
    Account { owner: u8, symbol: u8, what: u8, number: i8 },
}

fn tries() -> impl Strategy<Value = Vec<Try>> {
    let place = (any::<(u8, u8, bool, bool)>(), 0..7u8, any::<u8>(), prop::bool::weighted(0.9));
    let fees = [prop::option::of(any::<u8>()), prop::option::of(any::<u8>())];
    let one = prop_oneof![
        4 => place.prop_map(|((owner, symbol, margin, sell), kind, quantity, send)| {
            Try::Place { owner, symbol, margin, sell, kind, quantity, send }
        }),
        8 => (any::<(u8, u8, u8)>(), fees, prop::bool::weighted(0.1)).prop_map(
            |((order, price, quantity), fees, again)| Try::Fill { order, price, quantity, fees, again }
        ),
        2 => any::<(u8, u8, u8)>()
            .prop_map(|(order, command, number)| Try::Command { order, command, number }),
        1 => any::<(u8, u8, u8, i8)>()
            .prop_map(|(owner, symbol, what, number)| Try::Account { owner, symbol, what, number }),
    ];
    prop::collection::vec(one, 20..150)
}

/// What becomes of trying all of them. Few sizes, so that positions become flat often.
fn run(tries: &[Try]) -> Desk {
    let mut desk = Desk::default();
    for one in tries {
        let orders = desk.book.orders.len();
        // One of the latest, for most of those before are over.
        let at = |order: &u8| {
            let back = 1 + usize::from(*order) % orders.clamp(1, 4);
            orders.checked_sub(back).map(|at| id(1_000 + at as u128))
        };
        match one {
            Try::Place { .. } => place(&mut desk, one),
            Try::Fill { order, .. } => {
                let Some(order) = at(order) else { continue };
                let fill = some_fill(&desk.book.orders[&order], one);
                let _ = desk.tell(order, fill);
            }
            Try::Command { order, command, number } => {
                let Some(order) = at(order) else { continue };
                let rules = free("BTCUSDT", "BTC", "USDT");
                let context = Context { rules: Some(&rules), ..Context::default() };
                let _ = desk.command(order, self::command(*command, *number), &context);
            }
            Try::Account { owner, symbol, what, number } => {
                let event = account_event(*owner, *symbol, *what, *number);
                let account = self::account(*owner);
                let latest = event.position_key(account).and_then(|key| desk.book.position(&key));
                if event.check(latest).is_ok() {
                    desk.account(account, event).expect("what was checked");
                }
            }
        }
    }
    desk
}

fn some_fill(order: &Order, one: &Try) -> OrderEvent {
    let Try::Fill { price, quantity, fees, again, .. } = one else { unreachable!("asked for one") };
    let choose = |list: &[&'static str], by: u8| list[usize::from(by) % list.len()];
    let fees: Vec<_> = fees
        .iter()
        .flatten()
        .map(|by| {
            let sizes = ["0.01", "-0.003", "0.000000000000000001", "0.2"];
            (choose(&sizes, *by), choose(&["BTC", "USDT", "BNB"], by / 4))
        })
        .collect();
    let prices = ["0.07", "3.333333333333333333", "100", "99.9", "1.000000000000000001"];
    let sizes = ["0.3", "0.7", "1", "1.5", "2", "0.000000000000000007"];
    let left = order.left().to_string();
    let all = quantity % 2 == 0 && order.terms.quantity.is_some() && left != "0";
    let quantity = if all { &left } else { choose(&sizes, quantity / 2) };
    let known = order.fills.len() - usize::from(*again).min(order.fills.len());
    filled(&format!("t{known}"), choose(&prices, *price), quantity, &fees)
}

// One owner and one symbol more often than the others, so that fills meet.

fn account(owner: u8) -> Uuid {
    id(if owner.is_multiple_of(5) { 3 } else { 1 })
}

fn bot(owner: u8) -> Option<Uuid> {
    owner.is_multiple_of(7).then(|| id(7))
}

fn symbol(by: u8) -> domain::market::SymbolName {
    if by.is_multiple_of(4) { "kraken:BTCUSDT" } else { "binance:BTCUSDT" }
        .parse()
        .expect("a symbol")
}

fn place(desk: &mut Desk, one: &Try) {
    let Try::Place { owner, symbol, margin, sell, kind, quantity, send } = one else { return };
    let side = if *sell { Side::Sell } else { Side::Buy };
    let quantity = ["1", "2", "3", "0.7"][usize::from(*quantity % 4)];
    let mut terms = Terms {
        account: account(*owner),
        bot: bot(*owner),
        symbol: self::symbol(*symbol),
        mode: if *margin { Mode::Margin } else { Mode::Spot },
        leverage: if *margin { dec("2.5") } else { Decimal::ONE },
        reduce_only: kind % 7 == 5,
        ..market(side, quantity)
    };
    match kind % 7 {
        1 => terms = Terms { kind: OrderKind::Limit, limit_price: Some(dec("100")), ..terms },
        2 => terms = Terms { kind: OrderKind::Stop, stop_price: Some(dec("90")), ..terms },
        3 => {
            let trail = Some(Trail::Percent(dec("1")));
            terms = Terms { kind: OrderKind::TrailingStop, trail, ..terms };
        }
        4 => terms = Terms { quantity: None, quote_quantity: Some(dec("100")), ..terms },
        _ => {}
    }
    if let Ok(order) = desk.place(terms, &free("BTCUSDT", "BTC", "USDT"))
        && *send
    {
        let (asset, amount) = (if *sell { "BTC" } else { "USDT" }.into(), amount("100.7"));
        desk.tell(order, OrderEvent::Reserved { asset, amount }).expect("a new order");
        desk.tell(order, OrderEvent::Submitted {}).expect("a new order");
    }
}

fn command(command: u8, number: u8) -> OrderEvent {
    let value = ["0.5", "1", "33.333", "1000"][usize::from(number % 4)];
    let (asset, amount) = (["BTC", "USDT"][usize::from(number / 4 % 2)].to_owned(), amount(value));
    match command % 11 {
        0 => OrderEvent::Reserved { asset, amount },
        1 => OrderEvent::Released { asset, amount },
        2 => OrderEvent::Submitted {},
        3 => OrderEvent::Accepted { venue_order_id: format!("v{}", number % 2) },
        4 => OrderEvent::Rejected { code: "1".into(), reason: "no".into() },
        5 => OrderEvent::Triggered {},
        6 => {
            let (limit_price, stop_price) =
                ((number & 8 > 0).then(|| dec(value)), (number & 16 > 0).then(|| dec(value)));
            OrderEvent::Amended { quantity: Some(dec(value)), limit_price, stop_price }
        }
        7 => OrderEvent::CancelRequested {},
        8 => OrderEvent::Cancelled { reason: "asked".into() },
        9 => OrderEvent::Expired {},
        _ => OrderEvent::Completed {},
    }
}

fn account_event(owner: u8, symbol: u8, what: u8, number: i8) -> AccountEvent {
    let amount = Amount::from(Decimal::new(number.into(), 3));
    let (asset, time) = ("USDT".to_owned(), Time::default());
    match what % 3 {
        0 => AccountEvent::Deposited { asset, amount, time },
        1 => AccountEvent::Withdrawn { asset, amount, time },
        _ => {
            let bot = bot(owner);
            AccountEvent::FundingPaid { bot, symbol: self::symbol(symbol), asset, amount, time }
        }
    }
}

fn sum(values: impl Iterator<Item = Amount>) -> Amount {
    values.fold(Amount::ZERO, |sum, value| sum.checked_add(value).expect("small sums"))
}

/// Whether an order may go from one status to the other, as docs/ledger.md draws it.
fn legal(from: Status, to: Status) -> bool {
    use Status::{
        CancelRequested, Cancelled, Expired, Filled, New, Open, PartiallyFilled, Rejected,
        Submitted,
    };
    let next: &[Status] = match from {
        New => &[Submitted, Cancelled, Rejected],
        Submitted => {
            &[Open, PartiallyFilled, Filled, CancelRequested, Cancelled, Rejected, Expired]
        }
        Open => &[PartiallyFilled, Filled, CancelRequested, Cancelled, Expired],
        PartiallyFilled => &[Filled, CancelRequested, Cancelled, Expired],
        CancelRequested => &[Filled, Cancelled, Rejected, Expired],
        Filled | Cancelled | Rejected | Expired => &[],
    };
    from == to || next.contains(&to)
}

/// What came in and went out in quote by a position's fills and funding, told by the events alone: a
/// second account of net profit. Margin fees in base are bought at the fill's price.
fn cash_flows(desk: &Desk) -> BTreeMap<PositionKey, Amount> {
    let mut flows = BTreeMap::<PositionKey, Amount>::new();
    for event in &desk.events {
        match event {
            Event::Order { order, event: OrderEvent::Filled { fill } } => {
                let order = &desk.book.orders[order];
                let flow = flows.entry(PositionKey::of(order)).or_default();
                *flow += if order.terms.side == Side::Buy { -fill.quote } else { fill.quote };
                for fee in &fill.fees {
                    if fee.asset == "USDT" {
                        *flow += -fee.amount;
                    } else if fee.asset == "BTC" && order.terms.mode == Mode::Margin {
                        *flow += -fee.amount.checked_times(fill.price).expect("few digits");
                    }
                }
            }
            Event::Account { account, event } => {
                if let (Some(key), AccountEvent::FundingPaid { amount, .. }) =
                    (event.position_key(*account), event)
                {
                    *flows.entry(key).or_default() += *amount;
                }
            }
            Event::Order { .. } => {}
        }
    }
    flows
}

fn check_orders(desk: &Desk) {
    for order in desk.book.orders.values() {
        assert!(order.left() >= Amount::ZERO, "{order:?}");
        assert_eq!(order.filled, sum(order.fills.values().map(|fill| fill.quantity.into())));
        assert!(!order.status.is_final() || order.reserved.is_empty(), "{order:?}");
        assert!(order.reserved.values().all(|held| *held > Amount::ZERO), "{order:?}");
    }
    let mut statuses = BTreeMap::<Uuid, (Order, Status)>::new();
    for event in &desk.events {
        let Event::Order { order: id, event } = event else { continue };
        match statuses.get_mut(id) {
            None => {
                let order = Order::begin(*id, event).expect("placed");
                statuses.insert(*id, (order, Status::New));
            }
            Some((order, before)) => {
                order.apply(event).expect("what was decided");
                assert!(legal(*before, order.status), "{before} → {}", order.status);
                *before = order.status;
            }
        }
    }
}

fn check_money(desk: &Desk) {
    let mut sums = BTreeMap::<(Uuid, &str), Amount>::new();
    for ((account, asset, purse), value) in &desk.book.balances {
        *sums.entry((*account, asset)).or_default() += *value;
        if *purse == Purse::Held {
            let orders = desk.book.orders.values().filter(|order| order.terms.account == *account);
            let held = sum(orders.filter_map(|order| order.reserved.get(asset).copied()));
            assert_eq!(held, *value, "held is what orders hold");
        }
        if *purse == Purse::Profit {
            let positions = desk.book.positions.values();
            let theirs =
                positions.filter(|p| p.key.account == *account && p.key.mode == Mode::Margin);
            assert_eq!(-*value, sum(theirs.map(|position| position.realised)));
        }
    }
    assert!(sums.values().all(|sum| *sum == Amount::ZERO), "{sums:?}");
}

/// Gives how many positions are closed.
fn check_positions(desk: &Desk) -> usize {
    let mut closed = 0;
    for position in desk.book.positions.values() {
        let lots = sum(position.lots.iter().map(|lot| lot.quantity));
        assert_eq!(lots, position.quantity, "{position:?}");
        let (entries, exits) = (position.entries, position.exits);
        assert_eq!(entries.quantity, sum([exits.quantity, position.quantity].into_iter()));
        assert_eq!(position.is_open(), position.quantity > Amount::ZERO, "{position:?}");
        if !position.is_open() {
            closed += 1;
            let gain = exits.value.checked_sub(entries.value).expect("small sums");
            let gain = if position.direction == Direction::Long { gain } else { -gain };
            assert_eq!((position.realised, position.realised_fifo), (gain, gain), "{position:?}");
            assert_eq!((position.cost, position.lots.len()), (Amount::ZERO, 0), "{position:?}");
        }
    }
    for (key, flow) in cash_flows(desk) {
        let positions = || desk.book.positions.values().filter(|position| position.key == key);
        let net = sum(positions().map(|position| Trade::of(position).expect("small sums").net));
        // What is still held was paid for, or if short, paid out.
        let held = positions().map(|position| match position.direction {
            Direction::Long => position.cost,
            Direction::Short => -position.cost,
        });
        assert_eq!(
            net,
            sum(held.chain([flow])),
            "net profit of {key:?} is what came in less what went out"
        );
    }
    closed
}

fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Book {
    let mut book = Book::default();
    for event in events {
        book.apply(event).expect("what was decided");
    }
    book
}

#[test]
fn no_accepted_commands_break_an_invariant() {
    let closed = Cell::new(0);
    let mut runner = TestRunner::default();
    let result = runner.run(&tries(), |tries| {
        let desk = run(&tries);
        check_orders(&desk);
        check_money(&desk);
        closed.set(closed.get() + check_positions(&desk));
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    assert!(closed.get() > 100, "only {} positions were closed: try better", closed.get());
}

proptest! {
    #[test]
    fn a_replay_of_what_was_stored_tells_the_same(tries in tries()) {
        let desk = run(&tries);
        let stored: Vec<Event> = desk.events.iter().map(|event| {
            let text = serde_json::to_string(event).expect("JSON");
            serde_json::from_str(&text).expect("its own text")
        }).collect();
        prop_assert_eq!(replay(&stored), desk.book);
    }

    #[test]
    fn what_is_independent_may_come_in_any_order(tries in tries(), seed in any::<[u8; 32]>()) {
        let desk = run(&tries);
        // What shares a position keeps its order; all else is shuffled between.
        let key = |event: &Event| match event {
            Event::Order { order, .. } => Some(PositionKey::of(&desk.book.orders[order])),
            Event::Account { account, event } => event.position_key(*account),
        };
        let mut groups = BTreeMap::<Option<PositionKey>, Vec<&Event>>::new();
        for event in &desk.events {
            groups.entry(key(event)).or_default().push(event);
        }
        let mut groups: Vec<_> = groups.into_values().map(Vec::into_iter).collect();
        let mut mixed = vec![];
        let mut turns = seed.iter().cycle();
        while mixed.len() < desk.events.len() {
            let at = usize::from(*turns.next().expect("a cycle")) % groups.len();
            match groups[at].next() {
                Some(event) => mixed.push(event),
                None => drop(groups.remove(at)),
            }
        }
        prop_assert_eq!(replay(mixed), desk.book);
    }
}
