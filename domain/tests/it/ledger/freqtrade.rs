//! Every trade of freqtrade's result files, replayed as fills, comes out as freqtrade says.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use domain::ledger::{OrderEvent, Purse};
use domain::quotient;
use flate2::read::GzDecoder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::*;

/// freqtrade's own test data. Its `profit_abs` is without fees, its `profit_ratio` with them, so
/// they can't both be of the net profit.
const WITHOUT_FEES: &str = "backtest-result_179.json.gz";

/// A number as its text: a double's shortest decimal, never the double.
type Number<'a> = &'a RawValue;

#[derive(Deserialize)]
struct Results<'a> {
    #[serde(borrow)]
    strategy: std::collections::BTreeMap<String, Strategy<'a>>,
}

#[derive(Deserialize)]
struct Strategy<'a> {
    #[serde(borrow)]
    trades: Vec<Told<'a>>,
}

/// A trade as freqtrade tells it.
#[derive(Deserialize)]
struct Told<'a> {
    pair: String,
    #[serde(borrow)]
    amount: Number<'a>,
    open_rate: Number<'a>,
    close_rate: Number<'a>,
    fee_open: Number<'a>,
    fee_close: Number<'a>,
    leverage: Number<'a>,
    funding_fees: Option<Number<'a>>,
    profit_abs: Number<'a>,
    profit_ratio: Number<'a>,
    open_timestamp: f64,
    close_timestamp: f64,
    is_short: bool,
    exit_reason: String,
    enter_tag: Option<String>,
    orders: Option<Vec<ToldOrder<'a>>>,
}

#[derive(Deserialize)]
struct ToldOrder<'a> {
    #[serde(borrow)]
    amount: Number<'a>,
    safe_price: Number<'a>,
    ft_is_entry: bool,
    order_filled_timestamp: f64,
}

/// One order as it is replayed.
struct Leg {
    entry: bool,
    price: Decimal,
    quantity: Decimal,
    millis: f64,
}

/// Doubles below 1 may have more than 18 digits after the point, of which none beyond means anything.
fn rounded(number: Amount) -> Amount {
    quotient(number, amount("1"), 18).expect("a small number")
}

fn number(text: Number<'_>) -> Decimal {
    dec(&rounded(amount(text.get())).to_string())
}

fn legs(told: &Told<'_>) -> Vec<Leg> {
    if let Some(orders) = &told.orders {
        let leg = |order: &ToldOrder<'_>| Leg {
            entry: order.ft_is_entry,
            price: number(order.safe_price),
            quantity: number(order.amount),
            millis: order.order_filled_timestamp,
        };
        return orders.iter().map(leg).collect();
    }
    let leg = |entry, price, millis| Leg {
        entry,
        price: number(price),
        quantity: number(told.amount),
        millis,
    };
    vec![
        leg(true, told.open_rate, told.open_timestamp),
        leg(false, told.close_rate, told.close_timestamp),
    ]
}

fn trade_leg(desk: &mut Desk, told: &Told<'_>, bot: Uuid, strategy: &str, leg: &Leg) {
    let (pair, settled) = told.pair.split_once(':').unwrap_or((&told.pair, ""));
    let (base, quote) = pair.split_once('/').expect("base and quote");
    let tags = Tags {
        strategy: Some(strategy.into()),
        entry_logic: told.enter_tag.clone(),
        exit_reason: (!leg.entry).then(|| told.exit_reason.clone()),
        ..Tags::default()
    };
    let side = if leg.entry == told.is_short { Side::Sell } else { Side::Buy };
    let terms = Terms {
        bot: Some(bot),
        symbol: domain::market::SymbolName::new("binance", pair).expect("a symbol"),
        mode: if settled.is_empty() { Mode::Spot } else { Mode::Margin },
        leverage: number(told.leverage),
        quantity: Some(leg.quantity),
        tags,
        ..market(side, "1")
    };
    let rate = number(if leg.entry { told.fee_open } else { told.fee_close });
    let cost = rounded(Amount::product(leg.price, leg.quantity));
    let fee = Fee { asset: quote.into(), amount: cost.checked_times(rate).expect("few digits") };
    let order = desk.place(terms, &free(pair, base, quote)).expect("fine terms");
    desk.tell(order, OrderEvent::Submitted {}).expect("a new order");
    let fill = Fill {
        price: leg.price,
        quantity: leg.quantity,
        quote: Amount::product(leg.price, leg.quantity),
        fees: vec![fee],
        time: Time::from_millis(leg.millis as i64).expect("a time"),
        ..fill("t1", "1", "1", &[])
    };
    desk.tell(order, OrderEvent::Filled { fill }).expect("all of it");
}

fn funding(desk: &mut Desk, told: &Told<'_>, bot: Uuid) {
    let Some(funding) = told.funding_fees else { return };
    let (pair, asset) = told.pair.split_once(':').expect("a future");
    let event = AccountEvent::FundingPaid {
        bot: Some(bot),
        symbol: domain::market::SymbolName::new("binance", pair).expect("a symbol"),
        asset: asset.into(),
        amount: rounded(amount(funding.get())),
        time: Time::from_millis(told.close_timestamp as i64).expect("a time"),
    };
    desk.account(id(1), event).expect("an open position");
}

fn assert_close(ours: Amount, told: Number<'_>, what: &str) {
    let differs = ours.checked_sub(amount(told.get())).expect("small numbers").abs();
    assert!(differs <= amount("0.00000001"), "{what}: {ours}, freqtrade has {}", told.get());
}

/// Replays a strategy's trades; gives how many there were.
fn replay(name: &str, strategy: &str, trades: &[Told<'_>]) -> usize {
    let mut desk = Desk::default();
    for (at, told) in trades.iter().enumerate() {
        // A bot each, so that trades of a pair that touch stay two.
        let bot = id(10_000 + at as u128);
        let legs = legs(told);
        let (entries, exits): (Vec<_>, Vec<_>) = legs.iter().partition(|leg| leg.entry);
        for leg in entries {
            trade_leg(&mut desk, told, bot, strategy, leg);
        }
        funding(&mut desk, told, bot);
        for leg in exits {
            trade_leg(&mut desk, told, bot, strategy, leg);
        }
    }
    let found: Vec<Trade> = desk
        .positions()
        .into_iter()
        .map(|position| Trade::of(position).expect("sums that fit"))
        .collect();
    assert_eq!(found.len(), trades.len(), "{name}: one position a trade");
    let mut total = Amount::ZERO;
    for trade in &found {
        let at = trade.key.bot.expect("a bot").as_u128() - 10_000;
        let (told, what) = (&trades[at as usize], format!("{name} {strategy} trade {at}"));
        assert!(trade.is_closed(), "{what}");
        let profit = if name == WITHOUT_FEES { trade.gross } else { trade.net };
        assert_close(profit, told.profit_abs, &what);
        assert_close(trade.profit_ratio.expect("a ratio"), told.profit_ratio, &what);
        assert_eq!(trade.exit_reason.as_ref(), Some(&told.exit_reason), "{what}");
        total += trade.net;
    }
    let mut cash = Amount::ZERO;
    for ((_, asset, purse), value) in &desk.book.balances {
        match (*purse, asset.as_str()) {
            (Purse::Cash, "USDT" | "BTC") if *value != Amount::ZERO => cash += *value,
            (Purse::Cash, _) => assert_eq!(*value, Amount::ZERO, "{asset} is all sold"),
            _ => {}
        }
    }
    assert_eq!(cash, total, "{name}: profit is in the account, to the last digit");
    found.len()
}

fn files() -> Option<Vec<PathBuf>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/results/freqtrade");
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).ok()?.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "gz"));
    files.sort();
    Some(files)
}

#[test]
fn profits_are_freqtrades() {
    let Some(files) = files() else {
        println!("skipped: ../shared/data/results/freqtrade is absent");
        return;
    };
    let mut all = 0;
    for file in files {
        let mut text = String::new();
        let gzip = GzDecoder::new(File::open(&file).expect("a file"));
        { gzip }.read_to_string(&mut text).expect("gzip of text");
        let results: Results<'_> = serde_json::from_str(&text).expect("freqtrade's format");
        let name = file.file_name().and_then(|name| name.to_str()).expect("a name");
        for (strategy, told) in &results.strategy {
            let trades = replay(name, strategy, &told.trades);
            println!("{name} {strategy}: {trades} trades");
            all += trades;
        }
    }
    assert!(all > 2_000, "{all} trades were found");
}
