//! Candles: merged in any order, corrected with everything above them, and read by preference.

use domain::Time;
use domain::market::{Candle, Interval, Origin, TickKind, roll_candles, roll_ticks};
use store::Db;
use store::market::candles::{self, CandleQuery};
use store::market::{holdings, symbols};

use super::{candle, name, partitions, symbol_id, tick, time, write_ticks};

async fn read(db: &Db, interval: Interval, origin: Option<Origin>) -> Vec<Candle> {
    let query = CandleQuery {
        symbol_id: symbol_id(db).await,
        interval,
        origin,
        from: Time::MIN,
        to: time("2030-01-01T00:00:00Z"),
        descending: false,
        limit: 10_000,
    };
    candles::page(db, &query).await.expect("candles")
}

async fn write_venue(db: &Db, interval: Interval, rows: &[Candle]) -> usize {
    db.run("test.venue", |tx| async move {
        let symbol = symbols::ensure(&tx, &name(), None).await?;
        candles::write_venue(&tx, &symbol, interval, rows, None).await
    })
    .await
    .expect("candles are written")
    .places
    .len()
}

#[tokio::test]
async fn late_trades_reach_every_interval() {
    let fresh = testkit::migrated().await;
    partitions(&fresh.db).await;
    let ticks = [
        tick("2023-12-31T23:59:59Z", 1, "100", "1"),
        tick("2024-01-01T00:00:00Z", 2, "101.5", "0.25"),
        tick("2024-01-01T00:00:59.999999Z", 3, "99.000001", "3"),
        tick("2024-01-01T04:00:00Z", 4, "102", "1"),
        tick("2024-01-03T12:30:00Z", 5, "98", "1"),
    ];
    // Backwards, one by one: each is late to all that came before it.
    for one in ticks.iter().rev() {
        write_ticks(&fresh.db, std::slice::from_ref(one)).await;
    }
    let want = roll_ticks(&ticks);
    for interval in Interval::ALL {
        let expected: Vec<Candle> =
            want.iter().filter(|r| r.interval == interval).map(|r| r.candle.clone()).collect();
        assert_eq!(read(&fresh.db, interval, None).await, expected, "{interval}");
    }
    let held = holdings::of_symbol(&fresh.db, symbol_id(&fresh.db).await).await.expect("holdings");
    let weeks = held.iter().find(|h| h.interval == "1w").expect("weeks are held");
    assert_eq!(weeks.row_count, 2);
}

#[tokio::test]
async fn a_corrected_candle_corrects_every_longer_one() {
    let fresh = testkit::migrated().await;
    partitions(&fresh.db).await;
    let mut minutes = vec![
        candle("2024-01-01T00:00:00Z", ["10", "12", "9", "11"], "5"),
        candle("2024-01-01T00:01:00Z", ["11", "15", "11", "14"], "2"),
        candle("2024-01-01T00:07:00Z", ["14", "14", "13", "13"], "1"),
    ];
    assert_eq!(write_venue(&fresh.db, Interval::M1, &minutes).await, 3);
    assert_eq!(
        write_venue(&fresh.db, Interval::M1, &minutes).await,
        0,
        "nothing new, nothing written"
    );
    minutes[1] = candle("2024-01-01T00:01:00Z", ["11", "11.5", "11", "11.2"], "1.5");
    minutes.push(candle("2024-01-01T00:08:00Z", ["13", "13", "12", "12"], "4"));
    assert_eq!(write_venue(&fresh.db, Interval::M1, &minutes).await, 2);
    assert_eq!(read(&fresh.db, Interval::M1, None).await, minutes);
    for (interval, want) in Interval::M1.above().map(|i| (i, roll_candles(Interval::M1, &minutes)))
    {
        let want: Vec<Candle> =
            want.into_iter().filter(|r| r.interval == interval).map(|r| r.candle).collect();
        assert_eq!(read(&fresh.db, interval, None).await, want, "{interval}");
    }
    let held = holdings::of_symbol(&fresh.db, symbol_id(&fresh.db).await).await.expect("holdings");
    assert!(held.iter().any(|h| h.interval == "1m" && h.row_count == 4), "{held:?}");
    assert!(held.iter().any(|h| h.interval == "5m" && h.row_count == 2), "{held:?}");
}

#[tokio::test]
async fn rolls_made_ahead_are_taken_only_where_all_is_new() {
    let fresh = testkit::migrated().await;
    partitions(&fresh.db).await;
    let minutes = [
        candle("2024-01-01T00:00:00Z", ["10", "12", "9", "11"], "5"),
        candle("2024-01-01T00:01:00Z", ["11", "15", "11", "14"], "2"),
        candle("2024-01-01T00:04:00Z", ["14", "14", "13", "13"], "1"),
    ];
    let (minutes, write) = (&minutes, async |rows: &[Candle]| {
        let ahead = &roll_candles(Interval::M1, rows);
        let written = fresh.db.run("test.ahead", |tx| async move {
            let symbol = symbols::ensure(&tx, &name(), None).await?;
            candles::write_venue(&tx, &symbol, Interval::M1, rows, Some(ahead)).await
        });
        written.await.expect("candles are written").places.len()
    });
    assert_eq!(write(&minutes[..2]).await, 2);
    // The second minute is known: were its part of the rolls taken again, volumes would double.
    assert_eq!(write(&minutes[1..]).await, 1);
    for interval in Interval::M1.above() {
        let want: Vec<Candle> = roll_candles(Interval::M1, minutes)
            .into_iter()
            .filter(|roll| roll.interval == interval)
            .map(|roll| roll.candle)
            .collect();
        assert_eq!(read(&fresh.db, interval, None).await, want, "{interval}");
    }
}

#[tokio::test]
async fn origins_stand_side_by_side_and_the_venue_comes_first() {
    let fresh = testkit::migrated().await;
    partitions(&fresh.db).await;
    write_ticks(
        &fresh.db,
        &[tick("2024-01-01T00:00:30Z", 1, "100", "1"), tick("2024-01-01T00:01:30Z", 2, "101", "1")],
    )
    .await;
    let venue = [candle("2024-01-01T00:00:00Z", ["99", "103", "98", "100"], "7")];
    write_venue(&fresh.db, Interval::M1, &venue).await;
    let built = read(&fresh.db, Interval::M1, Some(TickKind::Trade.into())).await;
    assert_eq!(built.len(), 2);
    let best = read(&fresh.db, Interval::M1, None).await;
    assert_eq!(best, vec![venue[0].clone(), built[1].clone()]);
    assert_eq!(read(&fresh.db, Interval::M5, None).await[0].volume, venue[0].volume);
    let all = read(&fresh.db, Interval::M5, Some(Origin::Trades)).await;
    assert_eq!(all[0].volume.to_string(), "2");
}

#[tokio::test]
async fn the_summary_tells_the_last_day() {
    let fresh = testkit::migrated().await;
    partitions(&fresh.db).await;
    let rows = [
        candle("2024-01-01T00:00:00Z", ["90", "90", "90", "90"], "100"),
        candle("2024-01-02T10:00:00Z", ["100", "101", "99", "100"], "1"),
        candle("2024-01-03T09:59:00Z", ["110", "112", "110", "111"], "2"),
    ];
    write_venue(&fresh.db, Interval::M1, &rows).await;
    symbols::refresh_summaries(&fresh.db).await.expect("a refresh");
    let symbol = symbols::get(&fresh.db, &name()).await.expect("a query").expect("the symbol");
    let summary = symbol.summary.expect("a summary");
    assert_eq!(
        (summary.last_price.to_string(), summary.price_24h_ago.to_string()),
        ("111".into(), "100".into())
    );
    assert_eq!(summary.volume_24h.expect("a volume").to_string(), "3");
    assert_eq!((symbol.base.as_deref(), symbol.quote.as_deref()), (Some("BTC"), Some("USDT")));
}

#[tokio::test]
async fn a_source_that_knows_less_erases_nothing() {
    let fresh = testkit::migrated().await;
    partitions(&fresh.db).await;
    let poor = candle("2024-01-01T00:00:00Z", ["10", "12", "9", "11"], "5");
    let rich = Candle { quote_volume: "55".parse().ok(), trade_count: Some(3), ..poor.clone() };
    write_venue(&fresh.db, Interval::M1, std::slice::from_ref(&rich)).await;
    assert_eq!(write_venue(&fresh.db, Interval::M1, std::slice::from_ref(&poor)).await, 0);
    assert_eq!(read(&fresh.db, Interval::M1, None).await, vec![rich.clone()]);
    let richer = Candle { taker_buy_volume: "2".parse().ok(), ..poor };
    assert_eq!(write_venue(&fresh.db, Interval::M1, std::slice::from_ref(&richer)).await, 1);
    let both = Candle { taker_buy_volume: richer.taker_buy_volume, ..rich };
    assert_eq!(read(&fresh.db, Interval::M1, None).await, vec![both]);
    assert_eq!(read(&fresh.db, Interval::M5, None).await[0].trade_count, Some(3));
}

#[tokio::test]
async fn a_partial_roll_up_does_not_hide_what_saw_more() {
    let fresh = testkit::migrated().await;
    partitions(&fresh.db).await;
    let hour: Vec<_> = (0..60)
        .map(|minute| tick(&format!("2024-01-01T00:{minute:02}:30Z"), minute, "100", "1"))
        .collect();
    write_ticks(&fresh.db, &hour).await;
    let one = [candle("2024-01-01T00:05:00Z", ["100", "100", "100", "100"], "1")];
    write_venue(&fresh.db, Interval::M1, &one).await;
    let hours = read(&fresh.db, Interval::H1, None).await;
    assert_eq!(hours[0].volume.to_string(), "60");
    assert_eq!(read(&fresh.db, Interval::H1, Some(Origin::Rollup(Interval::M1))).await.len(), 1);
}
