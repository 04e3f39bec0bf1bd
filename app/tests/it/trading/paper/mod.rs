//! The paper venue on a real database.

mod matching;
mod running;

use app::Clock;
use app::market::live::{Live, announce};
use app::market::segments::Segments;
use app::trading::paper::{PaperError, PaperVenue};
use domain::ledger::{
    Metadata, Mode, Order, OrderEvent, OrderKind, Side, Tags, Terms, TimeInForce, Trail,
};
use domain::market::{Interval, Tick, TickKind};
use domain::trading::paper::{Amendment, PaperSettings, Queue, Slippage};
use domain::{Decimal, Time, parse_decimal};
use store::market::candles;
use store::market::partitions::{self, Table};
use store::market::symbols::{self, Symbol};
use store::trading::paper_settings;
use store::{Db, StoreError};
use uuid::Uuid;

const ADA: Uuid = Uuid::from_u128(1);
const PAPER: Uuid = Uuid::from_u128(11);
const EXTERNAL: Uuid = Uuid::from_u128(12);

/// Somebody with a paper account and another, and a symbol.
struct World {
    fresh: testkit::Migrated,
    venue: PaperVenue,
    symbol: Symbol,
}

fn dec(text: &str) -> Decimal {
    parse_decimal(text).expect(text)
}

fn venue(db: &Db) -> PaperVenue {
    let clock = Clock::fixed("2026-01-05T10:00:00Z".parse().expect("a time"));
    PaperVenue::new(db.clone(), clock, Live::default(), Segments::default())
}

async fn world() -> World {
    let fresh = testkit::migrated().await;
    let sql = format!(
        "INSERT INTO auth.users (id, email, role, created_at, updated_at) VALUES ('{ADA}', 'ada@example.com', 'trader', now(), now());
         INSERT INTO market.venues (code, name) VALUES ('binance', 'Binance');
         INSERT INTO market.symbols (venue_id, code, base, quote, tick_size, lot_size)
         SELECT id, 'BTCUSDT', 'BTC', 'USDT', 0.01, 0.001 FROM market.venues;
         INSERT INTO trading.venue_accounts (id, user_id, venue_id, name, kind, created_at, updated_at)
         SELECT '{PAPER}', '{ADA}', id, 'paper', 'paper', now(), now() FROM market.venues;
         INSERT INTO trading.venue_accounts (id, user_id, venue_id, name, kind, created_at, updated_at)
         SELECT '{EXTERNAL}', '{ADA}', id, 'spot', 'external', now(), now() FROM market.venues"
    );
    fresh.database.connect().await.batch_execute(&sql).await.expect("rows");
    let name = "binance:BTCUSDT".parse().expect("a symbol");
    let symbol = symbols::get(&fresh.db, &name).await.expect("a query").expect("the symbol");
    World { venue: venue(&fresh.db), fresh, symbol }
}

/// The trade of a number, a tenth of a second after the one before.
fn tick(number: i64, price: &str, quantity: &str) -> Tick {
    Tick {
        time: Time::from_millis(1_767_600_000_000 + number * 100).expect("a time"),
        seq: 0,
        trade_id: number,
        price: dec(price),
        quantity: dec(quantity),
        buyer_is_maker: None,
        trade_count: 1,
        received_at: None,
        venue_trade_id: None,
    }
}

fn terms(side: Side, kind: OrderKind, quantity: &str) -> Terms {
    Terms {
        account: PAPER,
        bot: None,
        client_order_id: "one".into(),
        symbol: "binance:BTCUSDT".parse().expect("a symbol"),
        mode: Mode::Spot,
        side,
        kind,
        time_in_force: TimeInForce::Gtc,
        quantity: Some(dec(quantity)),
        quote_quantity: None,
        limit_price: None,
        stop_price: None,
        trail: None,
        reduce_only: false,
        leverage: Decimal::ONE,
        tags: Tags::default(),
        exchange_metadata: Metadata::default(),
    }
}

fn limit(side: Side, quantity: &str, price: &str) -> Terms {
    Terms { limit_price: Some(dec(price)), ..terms(side, OrderKind::Limit, quantity) }
}

/// An order of the ledger that was just sent.
fn order(number: u128, terms: Terms) -> Order {
    let (base, quote) = ("BTC".to_owned(), "USDT".to_owned());
    let placed = OrderEvent::Placed { terms: Box::new(terms), base, quote };
    let mut order = Order::begin(Uuid::from_u128(number), &placed).expect("placed");
    order.apply(&OrderEvent::Submitted {}).expect("it is new");
    order
}

impl World {
    /// Commits trades as another process would.
    async fn trade(&self, ticks: &[Tick]) {
        trade(&self.fresh.db, &self.symbol, ticks).await;
    }

    async fn submit(&self, number: u128, terms: Terms) -> OrderEvent {
        self.venue.submit(&order(number, terms)).await.expect("an answer")
    }

    /// No fees, no slippage, nobody before.
    async fn plain(&self) {
        let settings = &PaperSettings {
            maker_fee: Decimal::ZERO,
            taker_fee: Decimal::ZERO,
            slippage: Slippage::Fixed { bps: Decimal::ZERO },
            queue: Queue::Quote { amount: Decimal::ZERO },
            ..PaperSettings::default()
        };
        let write =
            |tx| async move { paper_settings::write(&tx, PAPER, settings, Time::default()).await };
        self.fresh.db.run("test", write).await.expect("settings");
    }

    /// All that was told: the order, and `40000 x 0.1` for a fill or the event's name.
    async fn told(&self) -> Vec<String> {
        told(&self.venue).await
    }
}

async fn told(venue: &PaperVenue) -> Vec<String> {
    let reports = venue.reports(0, 100_000).await.expect("reports");
    let say = |event: &OrderEvent| match event {
        OrderEvent::Filled { fill } => format!("{} x {}", fill.price, fill.quantity),
        event => event.kind().to_owned(),
    };
    reports
        .iter()
        .map(|report| format!("{} {}", report.order.as_u128(), say(&report.event)))
        .collect()
}

async fn trade(db: &Db, symbol: &Symbol, ticks: &[Tick]) {
    let times = || ticks.iter().map(|tick| tick.time);
    partitions::ensure(db, Table::Ticks, times()).await.expect("partitions");
    let weeks = times().map(|time| Interval::W1.open_time(time));
    partitions::ensure(db, Table::Candles, times().chain(weeks)).await.expect("partitions");
    let kind = TickKind::Trade;
    let write = |tx| async move {
        let written = candles::write_ticks(&tx, symbol, kind, ticks, None).await?;
        let new: Vec<&Tick> = written.places.iter().map(|at| &ticks[*at]).collect();
        announce(&tx, &symbol.name, symbol.id, kind, false, &new, &written.rolls).await
    };
    db.run("test", write).await.map_err(|error: StoreError| error).expect("written");
}
