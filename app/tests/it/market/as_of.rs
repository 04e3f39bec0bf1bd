//! Candles as they were known: corrected ones, ones that came later, and the one still forming.

use app::Clock;
use app::market::live::Live;
use app::market::read::{CandleRequest, Direction, MarketReader, PageRequest};
use domain::market::{Candle, Interval, Origin, Roll, Tick, TickKind, roll_ticks};
use domain::{Time, parse_decimal};
use store::Db;
use store::market::partitions::{self, Table};
use store::market::symbols::Symbol;
use store::market::{candles, symbols};
use testkit::Migrated;

use super::symbol;

const NAME: &str = "binance:BTCUSDT";

struct Market {
    fresh: Migrated,
    reader: MarketReader,
    symbol: Symbol,
}

impl Market {
    async fn new() -> Self {
        let fresh = testkit::migrated().await;
        let name = &symbol(NAME);
        let made = fresh.db.run("test", |tx| async move { symbols::ensure(&tx, name, None).await });
        let symbol = made.await.expect("a symbol");
        let times = || [at("2024-04-30T00:00:00Z"), at("2024-06-03T00:00:00Z")];
        partitions::ensure(&fresh.db, Table::Candles, times()).await.expect("partitions");
        let days = (0..40).map(|day| times()[0].plus_micros(day * 86_400_000_000));
        partitions::ensure(&fresh.db, Table::Ticks, days).await.expect("partitions");
        let months = [at("2024-05-15T00:00:00Z")];
        partitions::ensure(&fresh.db, Table::Candles, months).await.expect("partitions");
        let reader = MarketReader::new(fresh.db.clone(), Live::default(), Clock::system());
        Self { fresh, reader, symbol }
    }

    fn db(&self) -> &Db {
        &self.fresh.db
    }

    /// Writes trades as a live feed does, and returns a time after that was committed.
    async fn trade(&self, ticks: &[Tick]) -> Time {
        let symbol = &self.symbol;
        let written = self.db().run("test", |tx| async move {
            candles::write_ticks(&tx, symbol, TickKind::Trade, ticks, None).await
        });
        written.await.expect("written");
        self.now().await
    }

    async fn venue(&self, rows: &[Candle]) -> Time {
        let symbol = &self.symbol;
        let written = self.db().run("test", |tx| async move {
            candles::write_venue(&tx, symbol, Interval::M1, rows, None).await
        });
        written.await.expect("written");
        self.now().await
    }

    async fn now(&self) -> Time {
        let sql = "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint";
        let rows = self.db().query("test", sql, &[]).await.expect("a time");
        Time::from_micros(rows[0].get(0)).expect("in range")
    }

    /// As if what is stored had been written when it closed.
    async fn age(&self) {
        let sql = "UPDATE market.candles SET updated_at = last_time + INTERVAL '1 second'";
        self.db().query("test", sql, &[]).await.expect("an update");
    }

    fn request(&self, interval: Interval, page: PageRequest) -> CandleRequest {
        CandleRequest { symbol: symbol(NAME), interval, origin: None, page }
    }

    async fn known(&self, interval: Interval, as_of: Time) -> Vec<Candle> {
        let page = PageRequest { as_of: Some(as_of), limit: Some(100), ..PageRequest::default() };
        let request = self.request(interval, page);
        let plan = self.reader.plan_candles(&request).await.expect("a plan");
        let one = self.reader.candles(&request.symbol, &plan).await.expect("a page").candles;
        // A range in chunks, and pages of one candle in both directions, tell the same.
        for direction in [Direction::Ascending, Direction::Descending] {
            let mut pages = self.by_ones(interval, as_of, direction).await;
            if direction == Direction::Descending {
                pages.reverse();
            }
            assert_eq!(pages, one, "{direction:?}");
        }
        one
    }

    async fn by_ones(&self, interval: Interval, as_of: Time, direction: Direction) -> Vec<Candle> {
        let (as_of, direction, limit) = (Some(as_of), Some(direction), Some(1));
        let mut page = PageRequest { as_of, direction, limit, ..PageRequest::default() };
        let mut all = Vec::new();
        loop {
            let request = self.request(interval, page);
            let plan = self.reader.plan_candles(&request).await.expect("a plan");
            let one = self.reader.candles(&request.symbol, &plan).await.expect("a page");
            all.extend(one.candles);
            // The cursor carries the time.
            let Some(next) = one.next else { return all };
            page = PageRequest { cursor: Some(next), limit, ..PageRequest::default() };
        }
    }
}

fn at(text: &str) -> Time {
    text.parse().expect("a time")
}

fn tick(time: &str, id: i64, price: i64) -> Tick {
    let time = at(time);
    Tick {
        time,
        seq: 0,
        trade_id: id,
        price: domain::Decimal::new(price, 0),
        quantity: parse_decimal("1.5").expect("a number"),
        buyer_is_maker: Some(false),
        trade_count: 1,
        received_at: Some(time.plus_micros(200_000)),
        venue_trade_id: None,
    }
}

fn candle_of(interval: Interval, ticks: &[Tick]) -> Candle {
    let mut rolls: Vec<Roll> = roll_ticks(ticks);
    rolls.retain(|roll| roll.interval == interval);
    assert_eq!(rolls.len(), 1);
    rolls.remove(0).candle
}

#[tokio::test]
async fn a_corrected_candle_is_given_as_it_was() {
    let market = Market::new().await;
    let before = market.now().await;
    let first = candle_of(Interval::M1, &[tick("2024-06-01T00:00:10Z", 1, 100)]);
    let second = Candle { close: domain::Decimal::new(101, 0), high: 101.into(), ..first.clone() };
    let third = Candle { low: 99.into(), ..second.clone() };
    let one = market.venue(std::slice::from_ref(&first)).await;
    let two = market.venue(std::slice::from_ref(&second)).await;
    let three = market.venue(std::slice::from_ref(&third)).await;
    assert_eq!(market.known(Interval::M1, before).await, []);
    for (time, then) in [(one, &first), (two, &second), (three, &third)] {
        assert_eq!(market.known(Interval::M1, time).await, std::slice::from_ref(then));
        let hour = market.known(Interval::H1, time).await;
        assert_eq!((hour.len(), hour[0].high, hour[0].low), (1, then.high, then.low));
    }
}

#[tokio::test]
async fn late_trades_and_candles_filled_in_later_were_not_known() {
    let market = Market::new().await;
    let early = tick("2024-06-01T00:00:10Z", 1, 100);
    let late = tick("2024-06-01T00:00:05Z", 2, 90);
    let one = market.trade(std::slice::from_ref(&early)).await;
    let two = market.trade(std::slice::from_ref(&late)).await;
    let filled = Candle {
        open_time: at("2024-06-01T00:02:00Z"),
        ..candle_of(Interval::M1, std::slice::from_ref(&early))
    };
    let three = market.venue(std::slice::from_ref(&filled)).await;
    let whole = candle_of(Interval::M1, &[early.clone(), late]);
    let then = candle_of(Interval::M1, &[early]);
    assert_eq!(market.known(Interval::M1, one).await, std::slice::from_ref(&then));
    assert_eq!(market.known(Interval::M1, two).await, std::slice::from_ref(&whole));
    assert_eq!(market.known(Interval::M1, three).await, [whole, filled]);
}

#[tokio::test]
async fn the_forming_candle_is_made_of_what_had_arrived() {
    let market = Market::new().await;
    let ticks = [
        tick("2024-05-27T10:00:30Z", 1, 100),
        tick("2024-06-01T09:58:00Z", 2, 107),
        tick("2024-06-01T10:00:10Z", 3, 101),
        tick("2024-06-01T10:00:20Z", 4, 104),
        tick("2024-06-01T10:00:50Z", 5, 103),
        tick("2024-06-01T10:01:05Z", 6, 102),
    ];
    market.trade(&ticks).await;
    market.age().await;
    // 10:00:20 arrived at 10:00:20.2.
    let moments = [
        ("2024-06-01T10:00:20.1Z", 3),
        ("2024-06-01T10:00:20.2Z", 4),
        ("2024-06-01T10:00:59Z", 5),
        ("2024-06-01T10:01:05.3Z", 6),
    ];
    for (moment, arrived) in moments {
        for interval in Interval::ALL {
            let moment = at(moment);
            let of = interval.open_time(moment);
            let within: Vec<Tick> = ticks[..arrived]
                .iter()
                .filter(|tick| interval.open_time(tick.time) == of)
                .cloned()
                .collect();
            let known = market.known(interval, moment).await;
            assert_eq!(known.last(), Some(&candle_of(interval, &within)), "{interval} {moment}");
        }
    }
}

#[tokio::test]
async fn trades_that_were_imported_later_form_nothing() {
    let market = Market::new().await;
    let arrival_unknown = |time, id| Tick { received_at: None, ..tick(time, id, 100) };
    market
        .trade(&[
            arrival_unknown("2024-06-01T10:00:10Z", 1),
            arrival_unknown("2024-06-01T10:01:10Z", 2),
        ])
        .await;
    let moment = at("2024-06-01T10:01:20Z");
    assert_eq!(market.known(Interval::M1, moment).await, []);
    // Where candles were being written then, the trade's own time counts.
    market.age().await;
    assert_eq!(market.known(Interval::M1, moment).await.len(), 2);
    let only = CandleRequest {
        origin: Some(Origin::AggTrades),
        ..market
            .request(Interval::M1, PageRequest { as_of: Some(moment), ..PageRequest::default() })
    };
    let plan = market.reader.plan_candles(&only).await.expect("a plan");
    assert_eq!(market.reader.candles(&only.symbol, &plan).await.expect("a page").candles, []);
}
