//! What we export reads back the same.

use std::sync::OnceLock;

use adapters::market::files::{
    CandleSchema, CandleWriter, Format, Kind, OutFormat, ReadOptions, TickSchema, TickWriter,
    WriteError,
};
use domain::market::{Candle, Interval, Tick, TickKind};
use domain::{Amount, Decimal, Time};
use proptest::prelude::*;

use super::{candles, gzip, made, ticks, zip_of};

fn decimal() -> impl Strategy<Value = Decimal> + Clone {
    // Up to 15 digits, so that doubles hold them too.
    (1i64..1_000_000_000_000_000, 0u32..10)
        .prop_map(|(mantissa, scale)| Decimal::new(mantissa, scale))
}

fn some_candles() -> impl Strategy<Value = Vec<Candle>> {
    let prices = proptest::collection::vec(decimal(), 4);
    let volume = decimal().prop_map(Amount::from);
    let known = (proptest::option::of(volume.clone()), proptest::option::of(0i64..1_000_000));
    let candle =
        (prices, volume, known).prop_map(|(mut prices, volume, (quote_volume, trade_count))| {
            prices.sort();
            Candle {
                open_time: Time::default(),
                open: prices[1],
                high: prices[3],
                low: prices[0],
                close: prices[2],
                volume,
                quote_volume,
                trade_count,
                taker_buy_volume: quote_volume,
                taker_buy_quote_volume: None,
            }
        });
    proptest::collection::vec(candle, 2..40).prop_map(|mut candles| {
        for (minute, candle) in candles.iter_mut().enumerate() {
            candle.open_time =
                Time::from_micros(1_700_000_040_000_000 + minute as i64 * 60_000_000).unwrap();
        }
        candles
    })
}

fn some_ticks() -> impl Strategy<Value = Vec<Tick>> {
    let id = prop_oneof![
        Just(None),
        (0i64..1_000_000).prop_map(|id| Some(id.to_string())),
        "[a-f]{1,8}".prop_map(Some)
    ];
    let tick = (0i64..5, decimal(), decimal(), any::<Option<bool>>(), id, 1i32..9, any::<bool>());
    proptest::collection::vec(tick, 1..60).prop_map(|rows| {
        let line = |(second, price, quantity, side, id, count, arrived)| {
            let side = match side {
                None => "",
                Some(true) => "sell",
                Some(false) => "buy",
            };
            let time = 1_700_000_000_000i64 + second * 1_000;
            let arrival = if arrived { format!("{}", time + 7) } else { String::new() };
            let id: Option<String> = id;
            format!("{time},{price},{quantity},{side},{},{count},{arrival}", id.unwrap_or_default())
        };
        let rows: Vec<String> = rows.into_iter().map(line).collect();
        let text =
            format!("time,price,quantity,side,id,trade_count,received_at\n{}\n", rows.join("\n"));
        ticks(made("t.csv", text).records())
    })
}

fn write_candles(format: OutFormat, candles: &[Candle]) -> Vec<u8> {
    let schema = CandleSchema::of(candles);
    let mut writer = CandleWriter::new(format, Vec::new(), Interval::M1, &schema).unwrap();
    for part in candles.chunks(7) {
        writer.write(part).unwrap();
    }
    writer.finish().unwrap()
}

fn write_ticks(format: OutFormat, kind: TickKind, ticks: &[Tick]) -> Vec<u8> {
    let mut writer = TickWriter::new(format, Vec::new(), kind, &TickSchema::of(ticks)).unwrap();
    writer.write(ticks).unwrap();
    writer.finish().unwrap()
}

const EXACT: [(OutFormat, Format); 4] = [
    (OutFormat::Csv, Format::Csv),
    (OutFormat::Parquet, Format::Parquet),
    (OutFormat::ArrowStream, Format::Arrow),
    (OutFormat::ArrowFile, Format::Arrow),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn candles_come_back(written in some_candles()) {
        for (out, format) in EXACT {
            let bytes = write_candles(out, &written);
            for packed in [bytes.clone(), gzip(&bytes), zip_of(&[("x", &bytes)])] {
                let file = made("x", packed);
                let reader = file.open(&ReadOptions::default()).unwrap();
                prop_assert_eq!(reader.source().format, format);
                prop_assert_eq!(reader.source().interval, Some(Interval::M1));
                prop_assert_eq!(&candles(file.records()), &written);
            }
        }
        let file = made("BTC_USDT-1m.feather", write_candles(OutFormat::FreqtradeFeather, &written));
        prop_assert_eq!(file.open(&ReadOptions::default()).unwrap().source().format, Format::FreqtradeFeather);
        let found = candles(file.records());
        prop_assert_eq!(found.len(), written.len());
        for (found, written) in found.iter().zip(&written) {
            prop_assert_eq!((found.open_time, found.open, found.high), (written.open_time, written.open, written.high));
            prop_assert_eq!((found.low, found.close, found.volume), (written.low, written.close, written.volume));
        }
    }

    #[test]
    fn ticks_come_back(written in some_ticks()) {
        for kind in [TickKind::Trade, TickKind::AggTrade] {
            for (out, format) in EXACT {
                let file = made("x", write_ticks(out, kind, &written));
                let reader = file.open(&ReadOptions::default()).unwrap();
                prop_assert_eq!(reader.source().format, format);
                prop_assert_eq!(reader.source().kind, Kind::from(kind));
                prop_assert_eq!(&ticks(file.records()), &written);
            }
        }
        let file = made("BTC_USDT-trades.feather", write_ticks(OutFormat::FreqtradeFeather, TickKind::Trade, &written));
        let found = ticks(file.records());
        let what = |tick: &Tick| (tick.time, tick.price, tick.quantity, tick.buyer_is_maker, tick.trade_id);
        prop_assert!(found.iter().map(what).eq(written.iter().map(what)));
    }
}

#[test]
fn what_does_not_fit_is_an_error() {
    let text = "time,open,high,low,close,volume,quote_volume\n1700000040,1.25,2,1,1.5,0.001,0.0000000000000000001\n";
    let options = ReadOptions { interval: Some(Interval::M1), ..ReadOptions::default() };
    let candle = candles(made("c.csv", text).rows(&options).0);
    let whole = CandleSchema::of(&candle);
    assert_eq!((whole.price_scale, whole.quantity_scale, whole.quote_scale), (2, 3, 19));
    for (schema, column) in [
        (CandleSchema { price_scale: 1, ..whole }, "open"),
        (CandleSchema { quantity_scale: 2, ..whole }, "volume"),
        (CandleSchema { quote_scale: 18, ..whole }, "quote_volume"),
    ] {
        let mut writer =
            CandleWriter::new(OutFormat::Parquet, Vec::new(), Interval::M1, &schema).unwrap();
        writer.write(&candle).unwrap();
        let error = writer.finish().unwrap_err();
        assert!(
            matches!(&error, WriteError::Scale { column: found, .. } if *found == column),
            "{error}"
        );
    }
    // No price needs more than 18, whatever is announced.
    let generous = CandleSchema { price_scale: 40, quantity_scale: 36, ..whole };
    let mut writer =
        CandleWriter::new(OutFormat::ArrowFile, Vec::new(), Interval::M1, &generous).unwrap();
    writer.write(&candle).unwrap();
    assert_eq!(candles(made("c", writer.finish().unwrap()).rows(&options).0), candle);
    // A scale above 18 takes 256 bits, and reads back.
    let file = made("c.parquet", write_candles(OutFormat::Parquet, &candle));
    assert_eq!(candles(file.rows(&options).0), candle);
}

#[test]
fn an_export_of_nothing_has_its_header() {
    let csv = String::from_utf8(write_candles(OutFormat::Csv, &[])).unwrap();
    assert_eq!(
        csv.trim_end(),
        "open_time,close_time,open,high,low,close,volume,quote_volume,trade_count,taker_buy_volume"
    );
    assert!(write_candles(OutFormat::Parquet, &[]).starts_with(b"PAR1"));
}

#[test]
fn the_text_of_an_export() {
    let rows = "time,open,high,low,close,volume,trade_count\n1700000040,1.250,2,1,1.5,10,\n1700000100,1.250,2,1,1.5,10,7\n";
    let csv = write_candles(OutFormat::Csv, &candles(made("c.csv", rows).records()));
    let csv = String::from_utf8(csv).unwrap();
    assert!(
        csv.contains("\n2023-11-14T22:14:00Z,2023-11-14T22:15:00Z,1.25,2,1,1.5,10,,,\n"),
        "{csv}"
    );
    assert!(csv.contains(",10,,7,\n"), "{csv}");
}

#[test]
fn a_cut_export_is_noticed() {
    let text: String =
        (0..400).map(|row| format!("{},{}.5,1\n", 1_700_000_000 + row, row + 1)).collect();
    let written = ticks(made("t.csv", text).records());
    let file = write_ticks(OutFormat::ArrowFile, TickKind::Trade, &written);
    for cut in [file.len() - 1, file.len() - 400] {
        let cut = made("x", &file[..cut]);
        let (records, errors) = cut.rows(&ReadOptions::default());
        assert!(records.len() <= 400);
        assert!(errors.len() == 1 && errors[0].fatal, "{errors:?}");
    }
    let parquet = write_ticks(OutFormat::Parquet, TickKind::Trade, &written);
    let cut = made("x", &parquet[..parquet.len() - 1]);
    assert!(cut.refusal(&ReadOptions::default()).contains("not a readable Parquet file"));
}

#[test]
fn an_arrow_file_is_read_by_its_index() {
    // polars writes no stream behind the magic.
    let written = ticks(made("t.csv", "1700000000,10,1\n1700000001,11,2\n").records());
    let mut file = write_ticks(OutFormat::ArrowFile, TickKind::Trade, &written);
    file[64..80].fill(7);
    assert_eq!(ticks(made("x", file).records()), written);
}

/// A small file of each kind, to be damaged.
pub(super) fn examples() -> Vec<Vec<u8>> {
    static EXAMPLES: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    let make = || {
        let text: String =
            (0..30).map(|row| format!("{},{}.5,1\n", 1_700_000_000 + row, row + 1)).collect();
        let some = ticks(made("t.csv", &text).records());
        let arrow = [
            OutFormat::Parquet,
            OutFormat::ArrowStream,
            OutFormat::ArrowFile,
            OutFormat::FreqtradeFeather,
        ];
        let mut files: Vec<_> =
            arrow.into_iter().map(|format| write_ticks(format, TickKind::Trade, &some)).collect();
        files.push(gzip(text.as_bytes()));
        files.push(zip_of(&[("t.csv", text.as_bytes())]));
        files
    };
    EXAMPLES.get_or_init(make).clone()
}
