//! Captured market data reads whole and without an error, and trades give the venue's own candles.

use adapters::market::files::{Format, Kind, ReadOptions, Source, TimeUnit, open};
use domain::market::{Candle, Interval, Roll, Tick, roll_ticks};

use super::{candles, real, split, ticks};

/// Reads a real file whole: what it is, how many rows it has.
fn read(name: &str) -> Option<(Source, usize)> {
    let path = real(name)?;
    let mut reader = open(&path, &ReadOptions::default()).unwrap();
    let rows = reader.by_ref().map(Result::unwrap).count();
    assert_eq!(reader.bytes_read(), reader.source().bytes, "{name}");
    Some((reader.source().clone(), rows))
}

fn real_ticks(name: &str) -> Option<Vec<Tick>> {
    let (records, errors) = split(open(&real(name)?, &ReadOptions::default()).unwrap());
    assert_eq!(errors, []);
    Some(ticks(records))
}

fn real_candles(name: &str) -> Option<Vec<Candle>> {
    let (records, errors) = split(open(&real(name)?, &ReadOptions::default()).unwrap());
    assert_eq!(errors, []);
    Some(candles(records))
}

#[test]
fn every_file_of_trades() {
    let expected = [
        (
            "binance_XRPETH_2019-10_with_raw_aggtrade.json.gz",
            Format::CcxtJson,
            Kind::AggTrades,
            12_477,
        ),
        ("binance_XRPETH_2019-10_ccxt_rows.json.gz", Format::CcxtJson, Kind::Trades, 12_477),
        ("bitmex_XBTUSD_1M_2018-01.csv.gz", Format::Csv, Kind::Trades, 1_000_000),
        ("bitstamp_BTCUSD_2011.csv.gz", Format::Csv, Kind::Trades, 9_999),
        ("hyperliquid_BTC_2025-09.csv.gz", Format::Csv, Kind::Trades, 6_675),
        ("hyperliquid_ETH_2025-09.csv.gz", Format::Csv, Kind::Trades, 6_884),
        ("kraken_BCHEUR.csv", Format::Csv, Kind::Trades, 148),
        ("kraken_BCHEUR_q2.csv", Format::Csv, Kind::Trades, 486),
    ];
    for (name, format, kind, rows) in expected {
        let Some((source, found)) = read(&format!("trades/{name}")) else { return };
        assert_eq!((source.format, source.kind, found), (format, kind, rows), "{name}");
        assert_eq!(source.interval, None);
    }
}

#[test]
fn every_file_of_candles() {
    let expected = [
        ("binance/ADABTC-1m-2021-11-27.csv", Format::BinanceCsv, "1m", "ADABTC", 10),
        ("binance/ADABTC-1m-2021-11-28.csv", Format::BinanceCsv, "1m", "ADABTC", 11),
        ("binance/ADA_USDT-1h.json.gz", Format::FreqtradeJson, "1h", "ADAUSDT", 39_232),
        ("binance/BNB_USDT-1h.json.gz", Format::FreqtradeJson, "1h", "BNBUSDT", 43_087),
        ("binance/BTC_USDT-1h.json.gz", Format::FreqtradeJson, "1h", "BTCUSDT", 45_024),
        ("binance/BTC_USDT-1m.feather", Format::FreqtradeFeather, "1m", "BTCUSDT", 43_209),
        ("binance/BTC_USDT-5m.feather", Format::FreqtradeFeather, "5m", "BTCUSDT", 121_739),
        ("binance/ETH_USDT-5m.feather", Format::FreqtradeFeather, "5m", "ETHUSDT", 121_743),
        ("binance/UNITTEST_BTC-1m.feather", Format::FreqtradeFeather, "1m", "UNITTESTBTC", 13_681),
        ("binance/XRP_ETH-1m.feather", Format::FreqtradeFeather, "1m", "XRPETH", 2_469),
        ("binance/XRP_ETH-5m.feather", Format::FreqtradeFeather, "5m", "XRPETH", 706),
        ("bitfinex_BTCUSD_1m_2018.csv.gz", Format::Csv, "1m", "", 520_499),
    ];
    for (name, format, interval, code, rows) in expected {
        let Some((source, found)) = read(&format!("candles/{name}")) else { return };
        let interval = interval.parse().unwrap();
        assert_eq!((source.format, source.interval), (format, Some(interval)), "{name}");
        assert_eq!((source.kind, found), (Kind::Candles, rows), "{name}");
        assert_eq!(source.code.unwrap_or_default(), code, "{name}");
    }
}

#[test]
fn every_capture() {
    let expected = [
        ("binance_spot_ws/btcusdt_20240808.gz", "BTCUSDT", 9_757),
        ("binance_spot_ws/ethusdt_20240808.gz", "ETHUSDT", 6_106),
        ("binance_usdm_ws/btcusdt_20240808.gz", "BTCUSDT", 21_313),
    ];
    for (name, code, rows) in expected {
        let Some((source, found)) = read(&format!("payloads/{name}")) else { return };
        assert_eq!((source.format, source.kind), (Format::BinanceWsCapture, Kind::Trades));
        assert_eq!((source.code.as_deref(), source.venue), (Some(code), Some("binance")));
        assert_eq!(found, rows, "{name}");
    }
}

#[test]
fn what_is_none_of_ours_is_refused_with_advice() {
    let expected = [
        ("candles/binance/XRP_USDT_USDT-8h-funding_rate.feather", "are not candles"),
        ("candles/multi_timeframe/binance_BTCUSDT_2018-04.sqlite.gz", "no known format"),
        ("candles/sp500_1w_1950_2026.json.gz", "no known format"),
        ("trades/binance_spot_BTC_ETH_SOL_2025-03-25.jsonl.gz", "no known format"),
        ("trades/equity_SPY_20131007_trade.zip", "--columns"),
        ("trades", "is a directory"),
        ("trades/not_there.csv", ""),
    ];
    for (name, advice) in expected {
        let Some(folder) = real("") else { return };
        let error = open(&folder.join(name), &ReadOptions::default()).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(advice), "{error}");
        assert!(error.to_string().contains(name.rsplit('/').next().unwrap()), "{error}");
    }
}

#[test]
fn scaled_equity_ticks_read_with_columns() {
    let Some(path) = real("trades/equity_SPY_20131007_trade.zip") else { return };
    let columns = "time,price,quantity,-,-,-".split(',').map(|name| name.parse().unwrap());
    let options = ReadOptions {
        columns: Some(columns.collect()),
        time_unit: Some(TimeUnit::Millis),
        ..ReadOptions::default()
    };
    let (records, errors) = split(open(&path, &options).unwrap());
    assert!(errors.is_empty(), "{:?}", errors.first());
    assert!(records.len() > 100_000);
}

#[test]
fn both_files_of_the_same_trades_agree() {
    let Some(exact) = real_ticks("trades/binance_XRPETH_2019-10_with_raw_aggtrade.json.gz") else {
        return;
    };
    let Some(rows) = real_ticks("trades/binance_XRPETH_2019-10_ccxt_rows.json.gz") else { return };
    assert_eq!(exact.len(), rows.len());
    // ccxt's rows don't tell how many trades an aggregate stands for.
    let single = exact.iter().map(|tick| Tick { trade_count: 1, ..tick.clone() });
    assert!(single.eq(rows));
    assert!(exact.iter().any(|tick| tick.trade_count > 1));
    assert!(exact.windows(2).all(|pair| pair[1].trade_id == pair[0].trade_id + 1));
}

/// Whether a roll is the venue's candle, in the fields that the venue's file has.
fn is_same(roll: &Roll, candle: &Candle) -> bool {
    let ours = &roll.candle;
    (ours.open_time, ours.open, ours.high) == (candle.open_time, candle.open, candle.high)
        && (ours.low, ours.close, ours.volume) == (candle.low, candle.close, candle.volume)
}

#[test]
fn trades_roll_into_the_venues_candles() {
    let Some(trades) = real_ticks("trades/binance_XRPETH_2019-10_with_raw_aggtrade.json.gz") else {
        return;
    };
    let rolls = roll_ticks(&trades);
    for (interval, rows) in [(Interval::M1, 2_469), (Interval::M5, 706)] {
        let Some(venue) = real_candles(&format!("candles/binance/XRP_ETH-{interval}.feather"))
        else {
            return;
        };
        let ours: Vec<_> = rolls.iter().filter(|roll| roll.interval == interval).collect();
        assert_eq!((ours.len(), venue.len()), (rows, rows));
        for (roll, candle) in ours.into_iter().zip(&venue) {
            assert!(is_same(roll, candle), "{roll:?} is not {candle:?}");
        }
    }
}

#[test]
fn captured_messages_roll_into_the_venues_candles() {
    let Some(trades) = real_ticks("payloads/binance_spot_ws/btcusdt_20240808.gz") else { return };
    let Some(venue) = real_candles("candles/binance/BTC_USDT-1m.feather") else { return };
    assert!(trades.iter().all(|tick| tick.received_at.is_some()));
    let rolls = roll_ticks(&trades);
    let minutes: Vec<_> = rolls.iter().filter(|roll| roll.interval == Interval::M1).collect();
    // The first and the last minute are not held whole.
    let whole = &minutes[1..minutes.len() - 1];
    assert!(whole.len() >= 4);
    for roll in whole {
        let candle = venue.iter().find(|c| c.open_time == roll.candle.open_time).unwrap();
        assert!(is_same(roll, candle), "{roll:?} is not {candle:?}");
    }
}

#[test]
fn signed_sizes_are_sides() {
    let Some(path) = real("trades/bitmex_XBTUSD_1M_2018-01.csv.gz") else { return };
    let reader = open(&path, &ReadOptions::default()).unwrap();
    let notes = reader.source().notes.join("; ");
    assert!(notes.contains("negative means the taker sold"), "{notes}");
    let mut seen = std::collections::HashSet::new();
    let (mut sold, mut repeated) = (0, 0);
    for record in reader.take(100_000) {
        let tick = ticks(vec![record.unwrap()]).remove(0);
        sold += usize::from(tick.buyer_is_maker == Some(true));
        repeated += usize::from(tick.seq > 0);
        assert!(tick.trade_id < 0);
        assert!(seen.insert((tick.time, tick.trade_id)), "{tick:?} is there twice");
    }
    assert!(sold > 10_000 && repeated > 10_000);
}

#[test]
fn late_trades_keep_both_times() {
    let Some(trades) = real_ticks("trades/hyperliquid_BTC_2025-09.csv.gz") else { return };
    let first = &trades[0];
    assert_eq!(first.time.to_string(), "2025-09-04T19:46:49.306Z");
    assert_eq!(first.received_at.unwrap().to_string(), "2025-09-04T19:46:56.673878Z");
    assert_eq!((first.trade_id, first.seq), (833_120_162_794_147, 0));
    assert_eq!(first.buyer_is_maker, Some(false));
    let Some(trades) = real_ticks("trades/hyperliquid_ETH_2025-09.csv.gz") else { return };
    assert_eq!(trades.windows(2).filter(|pair| pair[1].time < pair[0].time).count(), 1);
}

#[test]
fn the_list_of_symbols() {
    let Some(path) = real("payloads/binance_exchange_info.json.gz") else { return };
    let reader = open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(
        (reader.source().format, reader.source().kind),
        (Format::BinanceExchangeInfo, Kind::Symbols)
    );
    let rules: Vec<_> = reader
        .map(|record| match record.unwrap().item {
            adapters::market::files::Item::Symbol(rules) => rules,
            other => panic!("{other:?} is no symbol"),
        })
        .collect();
    assert_eq!(rules.len(), 776);
    assert_eq!(rules.iter().filter(|rules| rules.active).count(), 601);
    let first = &rules[0];
    assert_eq!(
        (first.code.as_str(), first.base.as_str(), first.quote.as_str()),
        ("ETHBTC", "ETH", "BTC")
    );
    assert_eq!(first.tick_size.unwrap().to_string(), "0.000001");
    assert_eq!(first.lot_size.unwrap().to_string(), "0.001");
    assert_eq!(first.min_notional.unwrap().to_string(), "0.0001");
    assert_eq!((first.price_precision, first.quantity_precision), (Some(6), Some(3)));
    assert!(first.raw.starts_with('{') && first.raw.contains("\"ETHBTC\""));
}
