//! The newest rows from memory are those that the database would give, whatever was committed.

use std::time::Duration;

use app::Clock;
use app::market::live::{Committed, Live, announce, announce_change};
use app::market::read::{CandleRequest, Direction, MarketReader, PageRequest, TickRequest};
use domain::market::{Candle, Interval, Origin, Tick, TickKind};
use domain::{Decimal, Time, parse_decimal};
use store::market::partitions::{self, Table};
use store::market::symbols::Symbol;
use store::market::{candles, symbols};
use testkit::Migrated;
use tokio_util::sync::CancellationToken;

use super::symbol;

const NAME: &str = "binance:BTCUSDT";
const MINUTE: i64 = 60_000_000;

struct Market {
    fresh: Migrated,
    live: Live,
    /// Hears of commits, and so answers from memory.
    hot: MarketReader,
    /// Hears of nothing, and so asks the database.
    cold: MarketReader,
    symbol: Symbol,
    stop: CancellationToken,
    random: u64,
    ids: i64,
}

impl Drop for Market {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Market {
    async fn new() -> Self {
        let fresh = testkit::migrated().await;
        let db = &fresh.db;
        let name = &symbol(NAME);
        let made = db.run("test", |tx| async move { symbols::ensure(&tx, name, None).await });
        let symbol = made.await.expect("a symbol");
        let days = || (-40..3).map(|day| start().plus_micros(day * 1_440 * MINUTE));
        partitions::ensure(db, Table::Candles, days()).await.expect("partitions");
        partitions::ensure(db, Table::Ticks, days()).await.expect("partitions");
        let (live, stop) = (Live::default(), CancellationToken::new());
        let (listening, on, end) = (live.clone(), db.clone(), stop.clone());
        tokio::spawn(async move { listening.run(&on, end).await });
        until(|| live.version(0).is_some()).await;
        let reader = |live: &Live| MarketReader::new(db.clone(), live.clone(), Clock::system());
        let (hot, cold) = (reader(&live), reader(&Live::default()));
        Self { hot, cold, live, symbol, stop, fresh, random: 7, ids: 0 }
    }

    fn below(&mut self, most: u64) -> u64 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % most
    }

    fn tick(&mut self, minute: i64) -> Tick {
        self.ids += 1;
        let time = start().plus_micros(minute * MINUTE + self.below(60) as i64 * 1_000_000);
        Tick {
            time,
            seq: 0,
            trade_id: self.ids,
            price: Decimal::new(6_000_000 + self.below(1_000) as i64, 2),
            quantity: Decimal::new(1 + self.below(10_000) as i64, 5),
            buyer_is_maker: [None, Some(true), Some(false)][self.below(3) as usize],
            trade_count: 1,
            received_at: (self.below(2) == 0).then_some(time),
            venue_trade_id: None,
        }
    }

    /// Commits trades, and tells of it as the live feed does or as another process does.
    async fn trade(&mut self, kind: TickKind, ticks: Vec<Tick>, own: bool) {
        let before = self.live.version(self.symbol.id);
        let (symbol, rows) = (&self.symbol, &ticks);
        let written = self.fresh.db.run("test", |tx| async move {
            let written = candles::write_ticks(&tx, symbol, kind, rows, None).await?;
            let new: Vec<&Tick> = written.places.iter().map(|at| &rows[*at]).collect();
            if !own {
                announce(&tx, &symbol.name, symbol.id, kind, false, &new, &written.rolls).await?;
            }
            Ok::<_, store::StoreError>(written)
        });
        let written = written.await.expect("written");
        if own {
            let ticks = written.places.iter().map(|at| ticks[*at].clone()).collect();
            let (name, id) = (self.symbol.name.clone(), self.symbol.id);
            let rolls = written.rolls;
            self.live.publish(Committed { symbol: name, id, kind, replay: false, ticks, rolls });
        } else {
            // The last notice is the one that matters; they come within moments of each other.
            until(|| self.live.version(self.symbol.id) != before).await;
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    async fn venue(&mut self, rows: Vec<Candle>) {
        let before = self.live.version(self.symbol.id);
        let (symbol, rows) = (&self.symbol, &rows);
        let written = self.fresh.db.run("test", |tx| async move {
            candles::write_venue(&tx, symbol, Interval::M1, rows, None).await?;
            announce_change(&tx, &symbol.name, symbol.id).await
        });
        written.await.expect("written");
        until(|| self.live.version(self.symbol.id) != before).await;
    }

    async fn same(&mut self) {
        let from = self.below(3) as i64 * 400;
        let ranges = [
            PageRequest { limit: Some(1_000), ..PageRequest::default() },
            PageRequest { limit: Some(500), ..PageRequest::default() },
            PageRequest {
                limit: Some(1 + self.below(600) as u32),
                direction: Some(Direction::Descending),
                ..PageRequest::default()
            },
            PageRequest {
                from: Some(start().plus_micros(from * MINUTE)),
                limit: Some(1 + self.below(600) as u32),
                ..PageRequest::default()
            },
            PageRequest {
                to: Some(start().plus_micros((from + 300) * MINUTE)),
                direction: Some(Direction::Descending),
                limit: Some(50),
                ..PageRequest::default()
            },
        ];
        for page in ranges {
            for kind in [None, Some(TickKind::Trade), Some(TickKind::AggTrade)] {
                let (hot, cold) =
                    (self.ticks(&self.hot, kind, &page), self.ticks(&self.cold, kind, &page));
                let (hot, cold) = (hot.await, cold.await);
                assert_eq!(hot, cold, "{kind:?} {page:?}");
            }
            for interval in Interval::ALL {
                for origin in [None, Some(Origin::Trades), Some(Origin::Rollup(Interval::M1))] {
                    let hot = self.candles(&self.hot, interval, origin, &page).await;
                    let cold = self.candles(&self.cold, interval, origin, &page).await;
                    assert_eq!(hot, cold, "{interval} {origin:?} {page:?}");
                }
            }
        }
    }

    async fn ticks(
        &self,
        reader: &MarketReader,
        kind: Option<TickKind>,
        page: &PageRequest,
    ) -> (Vec<Tick>, Option<String>) {
        let request = TickRequest { symbol: symbol(NAME), kind, page: page.clone() };
        let plan = reader.plan_ticks(&request).await.expect("a plan");
        let page = reader.ticks(&request.symbol, &plan).await.expect("a page");
        (page.ticks, page.next)
    }

    async fn candles(
        &self,
        reader: &MarketReader,
        interval: Interval,
        origin: Option<Origin>,
        page: &PageRequest,
    ) -> (Vec<Candle>, Option<String>) {
        let page = page.clone();
        let request = CandleRequest { symbol: symbol(NAME), interval, origin, page };
        let plan = reader.plan_candles(&request).await.expect("a plan");
        let page = reader.candles(&request.symbol, &plan).await.expect("a page");
        (page.candles, page.next)
    }
}

fn start() -> Time {
    "2024-06-10T00:00:00Z".parse().expect("a time")
}

pub(super) async fn until(done: impl Fn() -> bool) {
    let waiting = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("it comes true in time");
}

#[tokio::test]
async fn whatever_is_committed_memory_says_what_the_database_says() {
    let mut market = Market::new().await;
    market.same().await;
    for round in 0..14i64 {
        // On in time, many in a minute and some late, of both kinds, told both ways.
        let kind = if market.below(3) == 0 { TickKind::AggTrade } else { TickKind::Trade };
        let mut ticks: Vec<Tick> = (0..150).map(|n| market.tick(round * 100 + n * 2 / 3)).collect();
        for _ in 0..3 {
            let late = market.below(round as u64 * 100 + 1) as i64;
            ticks.push(market.tick(late));
        }
        let again = ticks[0].clone();
        ticks.push(again);
        market.trade(kind, ticks, round % 2 == 0).await;
        market.same().await;
        if round % 5 == 3 {
            let price = |value: i64| Decimal::new(value, 2);
            let rows = (0..40).map(|n| Candle {
                open_time: start().plus_micros((round * 90 + n) * MINUTE),
                open: price(6_000_000),
                high: price(6_100_000 + round),
                low: price(5_900_000),
                close: price(6_000_100),
                volume: "1.5".parse().expect("an amount"),
                quote_volume: None,
                trade_count: None,
                taker_buy_volume: None,
                taker_buy_quote_volume: None,
            });
            let rows: Vec<Candle> = rows.collect();
            market.venue(rows.clone()).await;
            market.same().await;
            // Corrected.
            let high = price(6_200_000);
            market.venue(rows.into_iter().map(|row| Candle { high, ..row }).collect()).await;
            market.same().await;
        }
    }
}

#[tokio::test]
async fn it_is_memory_that_answers_until_something_changes_unseen() {
    let mut market = Market::new().await;
    let ticks: Vec<Tick> = (0..30).map(|n| market.tick(n)).collect();
    market.trade(TickKind::Trade, ticks.clone(), true).await;
    let page = PageRequest { limit: Some(100), ..PageRequest::default() };
    let first = market.ticks(&market.hot, None, &page).await;
    let minutes = market.candles(&market.hot, Interval::M1, None, &page).await;
    assert_eq!((first.0.len(), minutes.0.len()), (30, 30));
    // Behind everybody's back: only memory still has them.
    for table in ["ticks", "candles"] {
        let sql = format!("DELETE FROM market.{table}");
        market.fresh.db.query("test", &sql, &[]).await.expect("deleted");
    }
    assert_eq!(market.ticks(&market.hot, None, &page).await, first);
    assert_eq!(market.candles(&market.hot, Interval::M1, None, &page).await, minutes);
    assert_eq!(market.ticks(&market.cold, None, &page).await.0, []);

    let before = market.live.version(market.symbol.id);
    let (name, id) = (&market.symbol.name, market.symbol.id);
    let told =
        market.fresh.db.run("test", |tx| async move { announce_change(&tx, name, id).await });
    told.await.expect("told");
    until(|| market.live.version(id) != before).await;
    assert_eq!(market.ticks(&market.hot, None, &page).await.0, []);
    assert_eq!(market.candles(&market.hot, Interval::M1, None, &page).await.0, []);
}

#[tokio::test]
async fn a_lost_connection_empties_the_memory() {
    let mut market = Market::new().await;
    let ticks: Vec<Tick> = (0..5).map(|n| market.tick(n)).collect();
    market.trade(TickKind::Trade, ticks, true).await;
    let page = PageRequest { limit: Some(100), ..PageRequest::default() };
    assert_eq!(market.ticks(&market.hot, None, &page).await.0.len(), 5);
    market.fresh.db.query("test", "DELETE FROM market.ticks", &[]).await.expect("deleted");
    let before = market.live.version(0);
    let cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
               WHERE datname = current_database() AND query LIKE 'LISTEN%'";
    market.fresh.db.query("test", cut, &[]).await.expect("cut");
    until(|| market.live.version(0).is_some() && market.live.version(0) != before).await;
    assert_eq!(market.ticks(&market.hot, None, &page).await.0, []);
}

#[tokio::test]
async fn what_memory_cannot_hold_exactly_the_database_answers() {
    let mut market = Market::new().await;
    let named = Tick { venue_trade_id: Some("a-1".into()), trade_id: -5, ..market.tick(0) };
    let large = Tick {
        price: parse_decimal("1234567890123456789012.5").expect("a price"),
        ..market.tick(1)
    };
    let plain = market.tick(2);
    for tick in [plain, named, large] {
        market.trade(TickKind::Trade, vec![tick], true).await;
        market.same().await;
    }
}
