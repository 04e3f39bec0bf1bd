//! What is told of trading: it adds up, it is what was told then, and it doesn't depend on when it is made.

mod played;
mod told;

use app::ledger::reports::{CurveQuery, GroupBy, PerformanceQuery, Portfolio, Reports, Step};
use app::market::live::Live;
use app::market::read::MarketReader;
use domain::market::{Tick, TickKind};
use store::ledger::curves::ClosedQuery;
use store::ledger::orders::OrderQuery;
use store::ledger::snapshots::{Snapshot, SnapshotQuery};
use store::ledger::trips::TripQuery;
use store::market::partitions::{self, Table};
use store::market::{candles, symbols};
use tokio_util::sync::CancellationToken;

use super::*;

struct Desk {
    world: World,
    ledger: Ledger,
    reports: Reports,
    clock: Clock,
    fills: u32,
}

fn at(text: &str) -> Time {
    text.parse().expect(text)
}

impl Desk {
    async fn new() -> Self {
        let world = world().await;
        let db = world.fresh.db.clone();
        let days = (0..6).map(|day| at("2026-01-04T00:00:00Z").plus_micros(day * 86_400_000_000));
        let days: Vec<Time> = days.collect();
        for table in [Table::Ticks, Table::Candles] {
            partitions::ensure(&db, table, days.iter().copied()).await.expect("partitions");
        }
        let clock = Clock::fixed(at("2026-01-05T09:30:00Z"));
        let ledger = Ledger::new(db.clone(), clock.clone(), Random::system());
        let reader = MarketReader::new(db.clone(), Live::default(), clock.clone());
        let reports = Reports::new(db, reader, clock.clone());
        Self { world, ledger, reports, clock, fills: 0 }
    }

    /// A trade of somebody else's, known as it happens.
    async fn price(&self, time: &str, price: &str) {
        self.price_of(("binance:BTCUSDT", None), time, price).await;
    }

    /// The same of a symbol that may play another venue's past.
    async fn price_of(
        &self,
        (symbol, replay_of): (&'static str, Option<&'static str>),
        time: &str,
        price: &str,
    ) {
        let time = at(time);
        let tick = Tick {
            time,
            seq: 0,
            trade_id: time.millis(),
            price: dec(price),
            quantity: dec("1"),
            buyer_is_maker: Some(true),
            trade_count: 1,
            received_at: Some(time),
            venue_trade_id: None,
        };
        let written = self.world.fresh.db.run("test", |tx| {
            let tick = tick.clone();
            async move {
                let name = symbol.parse().expect("a symbol");
                let symbol = symbols::ensure(&tx, &name, replay_of).await?;
                candles::write_ticks(&tx, &symbol, TickKind::Trade, &[tick], None).await
            }
        });
        written.await.expect("written");
        let aged = "UPDATE market.candles SET updated_at = last_time + INTERVAL '1 second'";
        self.world.fresh.database.connect().await.batch_execute(aged).await.expect("aged");
    }

    async fn deposit(&self, quantity: &str) {
        let (asset, amount, time) = ("USDT".into(), amount(quantity), self.clock.now());
        let event = AccountEvent::Deposited { asset, amount, time };
        let key = self.clock.now().to_string();
        self.ledger.tell_account(ADA, ACCOUNT, event, &key).await.expect("a deposit");
    }

    /// An order that is filled at once, at the time that it is.
    async fn trade(
        &mut self,
        mut order: NewOrder,
        price: &str,
        quantity: &str,
        fees: &[(&str, &str)],
    ) -> Uuid {
        self.fills += 1;
        order.terms.client_order_id = format!("o{}", self.fills);
        order.terms.kind = OrderKind::Market;
        (order.terms.limit_price, order.terms.quantity) = (None, Some(dec(quantity)));
        let id = self.ledger.place(ADA, order).await.expect("placed").id;
        let OrderEvent::Filled { mut fill } =
            fill(&format!("t{}", self.fills), price, quantity, "0")
        else {
            unreachable!()
        };
        let fee =
            |(asset, paid): &(&str, &str)| Fee { asset: (*asset).into(), amount: amount(paid) };
        fill.fees = fees.iter().map(fee).collect();
        fill.time = self.clock.now();
        self.ledger.tell(ADA, id, OrderEvent::Filled { fill }, None).await.expect("filled");
        id
    }

    async fn go_to(&self, time: &str) {
        self.clock.set(at(time));
    }

    /// All that is answered at a time.
    async fn told(&self, as_of: Option<Time>) -> Told {
        let (orders, trips) = (
            OrderQuery { user: Some(ADA), limit: 1_000, ..OrderQuery::default() },
            TripQuery { user: ADA, limit: 1_000, ..TripQuery::default() },
        );
        let reports = &self.reports;
        match as_of {
            None => Told {
                orders: self.ledger.orders(&orders).await.expect("orders"),
                positions: self.ledger.positions(&trips).await.expect("positions"),
                trades: self.ledger.trades(&trips).await.expect("trades"),
                balances: self.ledger.balances(ADA, ACCOUNT).await.expect("balances"),
            },
            Some(at) => {
                let positions = reports.positions_at(&trips, at).await.expect("positions");
                Told {
                    orders: reports.orders_at(&orders, at).await.expect("orders"),
                    positions: positions.into_iter().map(|(row, _)| row).collect(),
                    trades: reports.trades_at(&trips, at).await.expect("trades"),
                    balances: reports.balances_at(ADA, ACCOUNT, at).await.expect("balances"),
                }
            }
        }
    }

    async fn portfolio(&self, as_of: Option<Time>) -> Portfolio {
        self.reports.portfolio(ADA, "USDT", as_of).await.expect("a portfolio")
    }

    async fn snapshots(&self, bot: Option<Uuid>) -> Vec<Snapshot> {
        let query = SnapshotQuery { bot, ..SnapshotQuery::default() };
        self.reports.snapshots(ADA, None, query).await.expect("snapshots")
    }

    async fn make_snapshots(&self) -> u64 {
        self.reports.make_snapshots(&CancellationToken::new()).await.expect("snapshots")
    }
}

#[derive(Debug, PartialEq)]
struct Told {
    orders: Vec<store::ledger::orders::OrderRow>,
    positions: Vec<store::ledger::trips::PositionRow>,
    trades: Vec<store::ledger::trips::TradeRow>,
    balances: Vec<store::ledger::books::Balance>,
}

/// Three trades over some hours, with a fall between: figures that are made by hand.
async fn some_hours(desk: &mut Desk, each_hour: bool) -> u64 {
    let mut made = 0;
    desk.deposit("100000").await;
    for (time, price) in [
        ("2026-01-05T09:59:30Z", "40000"),
        ("2026-01-05T10:59:30Z", "42000"),
        ("2026-01-05T11:59:30Z", "41000"),
        ("2026-01-05T12:59:30Z", "43000"),
    ] {
        desk.go_to(time).await;
        desk.price(time, price).await;
        match time {
            "2026-01-05T09:59:30Z" => {
                desk.trade(buy("", "1", "1"), price, "1", &[("USDT", "40")]).await;
            }
            "2026-01-05T11:59:30Z" => {
                desk.trade(sell("", "1", "1"), price, "0.5", &[("USDT", "20")]).await;
            }
            "2026-01-05T12:59:30Z" => {
                desk.trade(sell("", "1", "1"), price, "0.5", &[("USDT", "21")]).await;
            }
            _ => {}
        }
        if each_hour {
            let hour = domain::market::Interval::H1
                .close_time(domain::market::Interval::H1.open_time(at(time)));
            desk.clock.set(hour.plus_micros(61_000_000));
            made += desk.make_snapshots().await;
        }
    }
    desk.go_to("2026-01-05T13:01:30Z").await;
    made + desk.make_snapshots().await
}

#[tokio::test]
async fn a_late_snapshot_says_what_one_on_time_said() {
    let mut desk = Desk::new().await;
    assert_eq!(some_hours(&mut desk, true).await, 4);
    let (whole, bot) = (desk.snapshots(None).await, desk.snapshots(Some(BOT)).await);
    let told = |made: &[Snapshot]| -> Vec<_> {
        let told = |s: &Snapshot| {
            let at = s.at.to_string();
            let drawdown = s.peak.checked_sub(s.equity).expect("a fall");
            let money =
                [s.equity, s.realised_pnl, s.unrealised_pnl, drawdown].map(|a| a.to_string());
            (at, money.join(" "), s.open_positions, s.closed_trades, s.won_trades)
        };
        made.iter().map(told).collect()
    };
    let due = [
        ("2026-01-05T10:00:00Z", "99960 -40 0 0", 1, 0, 0),
        ("2026-01-05T11:00:00Z", "101960 -40 2000 0", 1, 0, 0),
        ("2026-01-05T12:00:00Z", "100940 440 500 1020", 1, 0, 0),
        ("2026-01-05T13:00:00Z", "101919 1919 0 41", 0, 1, 1),
    ];
    let due = due
        .map(|(at, money, open, closed, won)| (at.to_owned(), money.to_owned(), open, closed, won));
    assert_eq!(told(&whole), due);
    assert_eq!(told(&bot), due);
    assert_eq!(whole[0].cash, Some(amount("59960")));

    let in_currency = async |currency| {
        let told = desk.reports.in_currency(ADA, whole.clone(), currency).await.expect("snapshots");
        let money = told.0.into_iter().map(|s| (s.currency, s.equity, s.realised_pnl, s.cash));
        (money.collect::<Vec<_>>(), told.1)
    };
    let (in_btc, without) = in_currency("BTC").await;
    assert_eq!((in_btc.len(), without), (4, vec![]));
    // At 40000.
    assert_eq!(in_btc[0], ("BTC".to_owned(), amount("2.499"), amount("-0.001"), None));
    assert_eq!(in_currency("USDT").await.0[0].3, whole[0].cash);
    let hours: Vec<Time> = whole.iter().map(|made| made.at).collect();
    assert_eq!(in_currency("EUR").await, (vec![], hours));

    let remade = desk.reports.remake_snapshots(&CancellationToken::new()).await;
    assert_eq!(remade.expect("snapshots"), 4);
    assert_eq!((desk.snapshots(None).await, desk.snapshots(Some(BOT)).await), (whole, bot));
    assert_eq!(desk.make_snapshots().await, 0);
    let daily = SnapshotQuery { daily: true, ..SnapshotQuery::default() };
    assert_eq!(desk.reports.snapshots(ADA, None, daily).await.expect("snapshots"), []);
    let others = desk.reports.snapshots(BEN, Some(ACCOUNT), SnapshotQuery::default()).await;
    assert!(matches!(others, Err(LedgerError::UnknownAccount)));
}

#[tokio::test]
async fn the_curve_falls_and_rises_as_by_hand() {
    let mut desk = Desk::new().await;
    some_hours(&mut desk, false).await;
    let query = CurveQuery {
        user: ADA,
        step: Step::Hour,
        from: Some(at("2026-01-05T10:00:00Z")),
        currency: "USDT".into(),
        ..CurveQuery::default()
    };
    let due = [
        ("2026-01-05T10:00:00Z", "99960 0 0 0"),
        ("2026-01-05T11:00:00Z", "101960 0 2000 0"),
        ("2026-01-05T12:00:00Z", "100940 480 500 1020"),
        ("2026-01-05T13:00:00Z", "101919 1959 0 41"),
        ("2026-01-05T13:01:30Z", "101919 1959 0 41"),
    ]
    .map(|(time, money)| (time.to_owned(), money.to_owned()));
    for bot in [None, Some(BOT)] {
        let curve =
            desk.reports.curve(&CurveQuery { bot, ..query.clone() }).await.expect("a curve");
        let told = curve.points.iter().map(|p| {
            let money = [p.equity, p.realised, p.unrealised, p.drawdown].map(|a| a.to_string());
            (p.time.to_string(), money.join(" "))
        });
        assert_eq!(told.collect::<Vec<_>>(), due, "{bot:?}");
        let ratio = curve.points[2].drawdown_ratio.expect("a ratio");
        assert!((ratio - 1020.0 / 101_960.0).abs() < 1e-12, "{ratio}");
        assert_eq!(curve.unpriced, Vec::<String>::new());
    }
    let back = CurveQuery { currency: "BTC".into(), to: Some(at("2026-01-05T12:00:00Z")), ..query };
    let points = desk.reports.curve(&back).await.expect("a curve").points;
    assert_eq!(points[0].equity.to_string(), "2.499", "99960 at 40000");

    let portfolio = desk.portfolio(None).await;
    assert_eq!((portfolio.equity, portfolio.today), (amount("101919"), amount("1919")));
    assert_eq!((portfolio.bots[0].realised, portfolio.bots[0].open), (amount("1919"), 0));
    let then = desk.portfolio(Some(at("2026-01-05T12:00:30Z"))).await;
    assert_eq!((then.equity, then.unrealised), (amount("100940"), amount("500")));
    assert_eq!(then.exposure[0].value, Some(amount("20500")));
    assert_eq!(then.bots[0].open, 1);
}

#[tokio::test]
async fn trades_in_several_currencies_are_never_mixed() {
    let mut desk = Desk::new().await;
    let sql = "INSERT INTO market.symbols (venue_id, code, base, quote, tick_size, lot_size)
               SELECT id, 'ETHBTC', 'ETH', 'BTC', 0.00001, 0.0001 FROM market.venues;
               INSERT INTO market.symbols (venue_id, code, base, quote, tick_size, lot_size)
               SELECT id, 'ETHXYZ', 'ETH', 'XYZ', 0.00001, 0.0001 FROM market.venues";
    desk.world.fresh.database.connect().await.batch_execute(sql).await.expect("symbols");
    desk.price("2026-01-05T09:10:00Z", "40000").await;
    desk.deposit("1000").await;
    for (symbol, gain) in [("BTCUSDT", "40100"), ("ETHBTC", "40001"), ("ETHXYZ", "40007")] {
        let on = |mut order: NewOrder| {
            order.terms.symbol = format!("binance:{symbol}").parse().expect("a symbol");
            order
        };
        desk.go_to("2026-01-05T10:30:00Z").await;
        desk.trade(on(buy("", "1", "1")), "40000", "1", &[]).await;
        desk.go_to("2026-01-05T10:40:00Z").await;
        desk.trade(on(sell("", "1", "1")), gain, "1", &[]).await;
    }
    let query = PerformanceQuery {
        user: ADA,
        group_by: Some(GroupBy::Symbol),
        trades: ClosedQuery::default(),
        ..PerformanceQuery::default()
    };
    let told = desk.reports.performance(&query).await.expect("figures");
    assert_eq!((told.currency.as_str(), told.starting_balance), ("USDT", amount("1000")));
    let groups = told.groups.iter().map(|g| (g.key.clone().expect("a key").1, g.net.to_string()));
    let name = |code: &str| Some(format!("binance:{code}"));
    let due = [(name("ETHBTC"), "40000".to_owned()), (name("BTCUSDT"), "100".to_owned())];
    assert_eq!(groups.collect::<Vec<_>>(), due);
    assert_eq!(told.unconverted.len(), 1);
    let not = &told.unconverted[0];
    assert_eq!((not.quote.as_str(), not.trades, not.net), ("XYZ", 1, amount("7")));
    let own = PerformanceQuery {
        trades: ClosedQuery { symbol: name("ETHXYZ"), ..ClosedQuery::default() },
        group_by: None,
        ..query
    };
    let told = desk.reports.performance(&own).await.expect("figures");
    assert_eq!((told.currency.as_str(), told.groups[0].net), ("XYZ", amount("7")));
}
