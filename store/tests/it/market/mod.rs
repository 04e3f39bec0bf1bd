//! The market area of the tests: helpers to write and to compare.

mod candles;
mod migrations;
mod pooled;
mod statements;
mod ticks;

use domain::market::{Candle, SymbolName, Tick, TickKind};
use domain::{Decimal, Time};
use store::market::candles::Written;
use store::market::partitions::{self, Table};
use store::market::{candles as written, symbols};
use store::{Db, StoreError};

pub(crate) fn time(text: &str) -> Time {
    text.parse().expect("a time")
}

pub(crate) fn number(text: &str) -> Decimal {
    domain::parse_decimal(text).expect("a number")
}

pub(crate) fn tick(at: &str, id: i64, price: &str, quantity: &str) -> Tick {
    Tick {
        time: time(at),
        seq: 0,
        trade_id: id,
        price: number(price),
        quantity: number(quantity),
        buyer_is_maker: Some(id % 2 == 0),
        trade_count: 1,
        received_at: None,
        venue_trade_id: None,
    }
}

pub(crate) fn candle(at: &str, prices: [&str; 4], volume: &str) -> Candle {
    let [open, high, low, close] = prices.map(number);
    Candle {
        open_time: time(at),
        open,
        high,
        low,
        close,
        volume: volume.parse().expect("an amount"),
        quote_volume: None,
        trade_count: None,
        taker_buy_volume: None,
        taker_buy_quote_volume: None,
    }
}

pub(crate) fn name() -> SymbolName {
    "binance:BTCUSDT".parse().expect("a symbol")
}

/// Partitions around the turn of 2024, in which these tests play.
pub(crate) async fn partitions(db: &Db) {
    let days = (0..9).map(|day| time("2023-12-28T00:00:00Z").plus_micros(day * 86_400_000_000));
    partitions::ensure(db, Table::Ticks, days.clone()).await.expect("tick partitions");
    partitions::ensure(db, Table::Candles, days).await.expect("candle partitions");
}

pub(crate) async fn write_ticks(db: &Db, ticks: &[Tick]) -> Written {
    db.run("test.ticks", |tx| async move {
        let symbol = symbols::ensure(&tx, &name(), None).await?;
        written::write_ticks(&tx, &symbol, TickKind::Trade, ticks, None).await
    })
    .await
    .expect("ticks are written")
}

pub(crate) async fn symbol_id(db: &Db) -> i32 {
    db.run("test.symbol", |tx| async move {
        Ok::<_, StoreError>(symbols::ensure(&tx, &name(), None).await?.id)
    })
    .await
    .expect("a symbol")
}
