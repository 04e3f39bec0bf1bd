//! `chandlery bench rebuild`: the ledger made again from its events, beside PostgreSQL copying the same rows.

use std::time::Instant;

use anyhow::{Result, ensure};
use app::ledger::{MOST_ORDERS, Rebuilt};
use app::{Clock, Random};
use domain::ledger::{
    Fee, Fill, Liquidity, Metadata, Mode, OrderEvent, OrderKind, Side, Tags, Terms, TimeInForce,
};
use domain::market::SymbolName;
use domain::{Amount, Decimal, Time};
use serde::Serialize;
use store::ledger::events::{self, NewEvent, Tip};
use store::{Db, Session};
use uuid::Uuid;

use super::orders::trader;
use super::{rounded, scratch};
use crate::context::Context;
use crate::output::grouped;

/// Round trips that are written at once.
const PIECE: u32 = 1_000;
/// Events of a round trip: two orders that are placed, sent, accepted and filled.
const EACH: u32 = 8;
const SYMBOLS: u32 = 10;
/// The rows that a rebuild writes beside the tables, by nobody but PostgreSQL itself.
const COPY: &str = "
BEGIN;
SELECT count(body::text), count(hash) FROM ledger.events;
CREATE TEMP TABLE plain_orders ON COMMIT DROP AS TABLE ledger.orders;
CREATE TEMP TABLE plain_fills ON COMMIT DROP AS TABLE ledger.fills;
CREATE TEMP TABLE plain_positions ON COMMIT DROP AS TABLE ledger.positions;
CREATE TEMP TABLE plain_trades ON COMMIT DROP AS TABLE ledger.trades;
CREATE TEMP TABLE plain_steps ON COMMIT DROP AS TABLE ledger.position_steps;
CREATE TEMP TABLE plain_postings ON COMMIT DROP AS TABLE ledger.postings;
COMMIT";

/// Measure how fast the ledger is made again from its events
///
/// Writes the events of round trips (two orders each that are placed, sent, accepted and filled) into a database
/// that is dropped afterwards, and rebuilds: first with empty tables, so that every row is missing, then with
/// right ones. Beside it PostgreSQL reads the events and copies the rows that they make, and does nothing else.
#[derive(Debug, clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Args {
    /// How many events there are
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(8_000..=100_000_000))]
    events: u32,
}

#[derive(Debug, Serialize)]
struct Measured {
    events: u64,
    rows: u64,
    from_nothing: Rebuilt,
    again: Rebuilt,
    played_per_second: f64,
    copied_per_second: f64,
    ratio: f64,
}

/// Measures in a database of its own.
pub(super) async fn run(args: Args, context: &Context) -> Result<()> {
    let work = async |db: &Db| measure(&args, context, db).await;
    let measured = scratch::of(context, work).await?;
    context.output.result(&measured, || words(&measured));
    Ok(())
}

async fn measure(args: &Args, context: &Context, db: &Db) -> Result<Measured> {
    let account = trader(context, db).await?.account;
    write(args.events / EACH, account, context, db).await?;
    let session = db.session().await?;
    settle(&session).await?;
    let from_nothing = rebuild(context, db).await?;
    settle(&session).await?;
    let again = rebuild(context, db).await?;
    ensure!(again.wrong == 0, "what was made differs from what is made again: {:?}", again.tables);

    let began = Instant::now();
    session.client().batch_execute(COPY).await?;
    let copied_per_second = again.events as f64 / began.elapsed().as_secs_f64();
    let played_per_second = again.events as f64 * 1_000.0 / again.replay_ms.max(1) as f64;
    Ok(Measured {
        events: again.events,
        rows: from_nothing.wrong,
        from_nothing,
        again,
        played_per_second: rounded(played_per_second),
        copied_per_second: rounded(copied_per_second),
        ratio: rounded(played_per_second / copied_per_second),
    })
}

/// So that what was written before doesn't fall into what is measured next.
async fn settle(session: &Session) -> Result<()> {
    for statement in ["VACUUM ANALYZE", "CHECKPOINT"] {
        session.client().batch_execute(statement).await?;
    }
    Ok(())
}

async fn rebuild(context: &Context, db: &Db) -> Result<Rebuilt> {
    Ok(context.ledger(db).rebuild(MOST_ORDERS, |_| ()).await?)
}

/// Writes the events of round trips, and nothing of what follows from them.
async fn write(trips: u32, account: Uuid, context: &Context, db: &Db) -> Result<()> {
    let progress = context.output.counted("events", u64::from(trips * EACH));
    let (clock, random) = (Clock::system(), Random::system());
    let symbols = (0..SYMBOLS).map(|number| format!("bench:S{number}USDT").parse());
    let symbols = symbols.collect::<Result<Vec<SymbolName>, _>>()?;
    for from in (0..trips).step_by(PIECE as usize) {
        let (now, to) = (clock.now(), trips.min(from + PIECE));
        let mut new = Vec::new();
        for number in from..to {
            let symbol = &symbols[(number % SYMBOLS) as usize];
            for side in [Side::Buy, Side::Sell] {
                let id = random.id(now);
                for event in filled(number, account, symbol, side, now) {
                    new.push((Tip::default(), NewEvent::of_order(id, &event)?));
                }
            }
        }
        let new = &new;
        db.run("bench.events", async |tx| events::append(&tx, new, now).await).await?;
        let written = u64::from(to * EACH);
        progress.at(written, format!("{} events", grouped(written)));
    }
    Ok(())
}

/// All that happens to an order.
fn filled(
    number: u32,
    account: Uuid,
    symbol: &SymbolName,
    side: Side,
    now: Time,
) -> [OrderEvent; 4] {
    let up = u32::from(side == Side::Sell);
    let price = Decimal::from(30_000 + number % 5_000 + up * (number % 7));
    let (quantity, name) = (Decimal::new(25, 2), format!("bench-{number}-{}", side.as_str()));
    let terms = Terms {
        account,
        bot: None,
        client_order_id: name.clone(),
        symbol: symbol.clone(),
        mode: Mode::Spot,
        side,
        kind: OrderKind::Limit,
        time_in_force: TimeInForce::Gtc,
        quantity: Some(quantity),
        quote_quantity: None,
        limit_price: Some(price),
        stop_price: None,
        trail: None,
        reduce_only: false,
        leverage: Decimal::ONE,
        tags: Tags { strategy: Some("bench".to_owned()), ..Tags::default() },
        exchange_metadata: Metadata::default(),
    };
    let fee = Fee { asset: "USDT".to_owned(), amount: Amount::from(Decimal::new(75, 1)) };
    let fill = Fill {
        venue_trade_id: name.clone(),
        price,
        quantity,
        quote: Amount::product(price, quantity),
        fees: vec![fee],
        liquidity: Liquidity::Maker,
        time: now,
        venue_profit: None,
    };
    let base = symbol.code().trim_end_matches("USDT").to_owned();
    [
        OrderEvent::Placed { terms: Box::new(terms), base, quote: "USDT".to_owned() },
        OrderEvent::Submitted {},
        OrderEvent::Accepted { venue_order_id: name },
        OrderEvent::Filled { fill },
    ]
}

fn words(measured: &Measured) -> String {
    let Measured { events, rows, from_nothing, again, .. } = measured;
    let whole = |one: &Rebuilt| one.replay_ms + one.compare_ms + one.held_ms;
    let line = |what: &str, one: &Rebuilt| {
        format!(
            "  {what}: played in {} ms, compared in {} ms, writers waited {} ms; {} events/s in all\n",
            grouped(one.replay_ms),
            grouped(one.compare_ms),
            grouped(one.held_ms),
            grouped(one.events * 1_000 / whole(one).max(1)),
        )
    };
    format!(
        "{} events, {} rows of seven tables\n{}{}  played {} events/s, copied by PostgreSQL alone {}/s, ratio {:.2}",
        grouped(*events),
        grouped(*rows),
        line("tables empty", from_nothing),
        line("tables right", again),
        grouped(measured.played_per_second as u64),
        grouped(measured.copied_per_second as u64),
        measured.ratio,
    )
}
