//! Recorded trades give the candles that the venue published, to the last digit.

use domain::market::{Interval, Origin, TickKind};

use super::{data, figures, of, stored_candles, stored_ticks, symbol_id, take};

#[tokio::test]
async fn trades_of_two_formats_give_the_venues_candles() {
    let Some(trades) = data("trades/binance_XRPETH_2019-10_with_raw_aggtrade.json.gz") else {
        return;
    };
    let fresh = testkit::migrated().await;
    let name = "binance:XRPETH";
    let report = take(&fresh.db, &trades, &of(name)).await.expect("an import");
    assert_eq!((report.progress.rows_done, report.progress.rows_written), (12_477, 12_477));
    // The same trades as ccxt rows add nothing.
    let rows = data("trades/binance_XRPETH_2019-10_ccxt_rows.json.gz").expect("beside the other");
    let again = take(&fresh.db, &rows, &of(name)).await.expect("an import");
    assert_eq!((again.progress.rows_done, again.progress.rows_written), (12_477, 0));
    for (interval, count) in [(Interval::M1, 2_469), (Interval::M5, 706)] {
        let file = data(&format!("candles/binance/XRP_ETH-{interval}.feather"))
            .expect("beside the trades");
        let other = testkit::migrated().await;
        take(&other.db, &file, &of(name)).await.expect("an import");
        let venue = stored_candles(&other.db, name, interval, Some(Origin::Venue)).await;
        let built = stored_candles(&fresh.db, name, interval, Some(Origin::AggTrades)).await;
        let venue: Vec<_> = venue.iter().map(figures).collect();
        let built: Vec<_> = built.iter().map(figures).collect();
        // The files of candles also hold minutes without a trade; those have no volume.
        let traded: Vec<_> = venue.into_iter().filter(|(_, figures)| figures[4] != "0").collect();
        assert_eq!(built.len(), count);
        assert_eq!(built, traded, "{interval}");
    }
}

#[tokio::test]
async fn a_recorded_stream_gives_the_minutes_it_holds_whole() {
    let Some(capture) = data("payloads/binance_spot_ws/btcusdt_20240808.gz") else { return };
    let fresh = testkit::migrated().await;
    let name = "binance:BTCUSDT";
    take(&fresh.db, &capture, &of(name)).await.expect("an import");
    let ticks = stored_ticks(&fresh.db, name, TickKind::Trade).await;
    assert_eq!(ticks.len(), 9_757);
    assert!(
        ticks.iter().all(|tick| tick.received_at.is_some_and(|at| at < tick.time)),
        "a skewed clock"
    );
    let built = stored_candles(&fresh.db, name, Interval::M1, Some(Origin::Trades)).await;
    let file = data("candles/binance/BTC_USDT-1m.feather").expect("beside the capture");
    take(&fresh.db, &file, &of(name)).await.expect("an import");
    let venue = stored_candles(&fresh.db, name, Interval::M1, Some(Origin::Venue)).await;
    // The first minute began before the recording and the last one ended after it.
    let whole = &built[1..built.len() - 1];
    assert!(whole.len() >= 4, "{} whole minutes", whole.len());
    for candle in whole {
        let theirs =
            venue.iter().find(|v| v.open_time == candle.open_time).expect("the venue has it");
        assert_eq!(figures(candle), figures(theirs));
    }
}

#[tokio::test]
async fn every_file_of_trades_and_candles_is_taken_in_whole() {
    let files = [
        ("kraken:BCHEUR", "trades/kraken_BCHEUR.csv", 0),
        ("kraken:BCHEUR", "trades/kraken_BCHEUR_q2.csv", 0),
        ("bitstamp:BTCUSD", "trades/bitstamp_BTCUSD_2011.csv.gz", 0),
        ("hyperliquid:BTC", "trades/hyperliquid_BTC_2025-09.csv.gz", 0),
        // Seventeen trades were delivered twice, with the same id and time.
        ("hyperliquid:ETH", "trades/hyperliquid_ETH_2025-09.csv.gz", 17),
        ("binance:BTCUSDT", "candles/binance/BTC_USDT-1h.json.gz", 0),
        ("binance:ADABTC", "candles/binance/ADABTC-1m-2021-11-27.csv", 0),
    ];
    if data(files[0].1).is_none() {
        return;
    }
    let fresh = testkit::migrated().await;
    for (name, path, repeated) in files {
        let path = data(path).expect("beside the others");
        let report =
            take(&fresh.db, &path, &of(name)).await.unwrap_or_else(|error| panic!("{error}"));
        let done = report.progress;
        assert!(done.finished && done.rows_written + repeated == done.rows_done, "{report:?}");
        let second = take(&fresh.db, &path, &of(name)).await.expect("a repeat");
        assert!(second.already_done, "{second:?}");
    }
    assert!(symbol_id(&fresh.db, "hyperliquid:ETH").await > 0);
}

#[tokio::test]
async fn identical_rows_of_one_file_are_different_trades() {
    let Some(path) = data("trades/bitmex_XBTUSD_1M_2018-01.csv.gz") else { return };
    // The first 50,000 rows: thousands share their time, and hundreds are the same to the letter.
    let mut lines = String::new();
    let mut text = String::new();
    std::io::Read::read_to_string(
        &mut flate2::read::GzDecoder::new(std::fs::File::open(&path).expect("the file")),
        &mut text,
    )
    .expect("text");
    for line in text.lines().take(50_001) {
        lines.push_str(line);
        lines.push('\n');
    }
    let folder = tempfile::tempdir().expect("a folder");
    let part = folder.path().join("part.csv");
    std::fs::write(&part, &lines).expect("a file");
    let fresh = testkit::migrated().await;
    let first = take(&fresh.db, &part, &of("bitmex:XBTUSD")).await.expect("an import");
    assert_eq!(first.progress.rows_written, 50_000);
    // A longer download of the same trades adds only what is new.
    for line in text.lines().skip(50_001).take(5_000) {
        lines.push_str(line);
        lines.push('\n');
    }
    std::fs::write(&part, &lines).expect("a file");
    let second = take(&fresh.db, &part, &of("bitmex:XBTUSD")).await.expect("an import");
    assert_eq!((second.progress.rows_done, second.progress.rows_written), (55_000, 5_000));
}
