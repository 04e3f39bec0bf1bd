//! Commands of every kind in any order, some of them wrong, by several at once: afterwards the tables are
//! what the events make.

use super::*;

const ROUNDS: usize = 60;
const AT_ONCE: usize = 4;

#[tokio::test]
async fn no_order_of_commands_breaks_the_books() {
    let world = world().await;
    let mut dice = fastrand::Rng::with_seed(20_260_105);
    let mut known = Vec::new();
    let (mut done, mut refused) = (0, 0);
    for round in 0..ROUNDS {
        let mut tasks = Vec::new();
        for lane in 0..AT_ONCE {
            let roll = dice.u32(..) as usize;
            let name = format!("r{round}-{lane}");
            let order = if known.is_empty() { None } else { Some(known[roll / 7 % known.len()]) };
            tasks.push(tokio::spawn(act(world.ledger.clone(), roll, name, order)));
        }
        for task in tasks {
            match task.await.expect("no panic") {
                Ok(Some(id)) => known.push(id),
                Ok(None) => done += 1,
                Err(error) => {
                    code(error);
                    refused += 1;
                }
            }
        }
    }
    assert!(known.len() > 20 && done > 60 && refused > 20, "{} {done} {refused}", known.len());
    world.is_whole().await;
}

/// One command; gives the order that it made.
async fn act(
    ledger: Ledger,
    roll: usize,
    name: String,
    order: Option<Uuid>,
) -> Result<Option<Uuid>, LedgerError> {
    let quantity = ["0.1", "0.25", "0.4"][roll / 11 % 3];
    let price = ["40000", "40123.45", "39000.01"][roll / 13 % 3];
    let Some(order) = order.filter(|_| !roll.is_multiple_of(4)) else {
        let new = if roll.is_multiple_of(8) {
            buy(&name, quantity, price)
        } else {
            sell(&name, quantity, price)
        };
        return ledger.place(ADA, new).await.map(|placed| Some(placed.id));
    };
    let command = match roll % 16 {
        1 => OrderEvent::CancelRequested {},
        2 => OrderEvent::Cancelled { reason: "by hand".into() },
        3 => {
            OrderEvent::Amended { quantity: Some(dec("0.5")), limit_price: None, stop_price: None }
        }
        5 => OrderEvent::Expired {},
        6 => OrderEvent::Reserved { asset: "USDT".into(), amount: amount("100.5") },
        7 => {
            let asset = "USDT".into();
            let event =
                AccountEvent::Deposited { asset, amount: amount("10"), time: Time::default() };
            return ledger.tell_account(ADA, ACCOUNT, event, &name).await.map(|()| None);
        }
        _ => fill(
            &format!("t{}", roll / 17 % 40),
            price,
            ["0.05", "0.1", "0.15"][roll / 19 % 3],
            "1.25",
        ),
    };
    ledger.tell(ADA, order, command, None).await.map(|_| None)
}
