//! What a file is found to be, and what its rows are taken for.

use adapters::market::files::{Column, Format, Kind, ReadOptions, TimeUnit};
use domain::market::Interval;

use super::{candles, gzip, made, ticks, zip_of};

const KLINES: &str = "\
1735689600000,93576.00,93610.93,93537.50,93610.93,8.21827,1735689659999,768978.90522470,2631,3.95157,369757.33652410,0
1735689660000,93610.93,93652.00,93606.20,93652.00,10.03865,1735689719999,939838.12345678,1551,7.11000,665000.00000000,0
";
const KLINE_HEADER: &str = "open_time,open,high,low,close,volume,close_time,quote_volume,count,\
                            taker_buy_volume,taker_buy_quote_volume,ignore\n";

fn columns(names: &str) -> Option<Vec<Column>> {
    Some(names.split(',').map(|name| name.parse().unwrap()).collect())
}

#[test]
fn klines_with_and_without_header_in_ms_and_us() {
    let micros = KLINES.replace("00000,9", "00000000,9").replace("9999,", "9999999,");
    let plain = made("BTCUSDT-1m-2025-01.csv", KLINES);
    let reader = plain.open(&ReadOptions::default()).unwrap();
    let source = reader.source();
    assert_eq!((source.format, source.kind), (Format::BinanceCsv, Kind::Candles));
    assert_eq!((source.code.as_deref(), source.interval), (Some("BTCUSDT"), Some(Interval::M1)));
    assert_eq!((source.venue, source.bytes), (Some("binance"), KLINES.len() as u64));
    assert_eq!(&source.digest, blake3::hash(KLINES.as_bytes()).as_bytes());
    let expected = candles(plain.records());
    assert_eq!(expected[0].open_time.to_string(), "2025-01-01T00:00:00Z");
    assert_eq!(expected[1].quote_volume.unwrap().to_string(), "939838.12345678");
    assert_eq!((expected[1].trade_count, expected[0].close), (Some(1551), expected[1].open));
    let headed = format!("{KLINE_HEADER}{micros}");
    for (name, content) in [
        ("x.csv", headed.clone().into_bytes()),
        ("klines", micros.clone().into_bytes()),
        ("BTCUSDT-1m-2025-01.zip", zip_of(&[("BTCUSDT-1m-2025-01.csv", headed.as_bytes())])),
        ("x.csv.gz", gzip(micros.as_bytes())),
        // Two gzip members one after the other are one file.
        ("x.gz", [gzip(KLINE_HEADER.as_bytes()), gzip(KLINES.as_bytes())].concat()),
        ("windows.csv", format!("\u{feff}{}", headed.replace('\n', "\r\n")).into_bytes()),
    ] {
        assert_eq!(candles(made(name, content).records()), expected, "{name}");
    }
    let three = KLINES.replace("1735689659999", "1735689779999");
    assert!(
        made("BTCUSDT-3m.csv", three).refusal(&ReadOptions::default()).contains("candles of 3m")
    );
}

#[test]
fn binance_trades_of_every_shape() {
    let spot = "4401010,93576.00,0.00100,93.57600,1735689600123456,True,True\n\
                4401011,93577.00,0.00200,187.15400,1735689600123999,False,True\n";
    let futures = "id,price,qty,quote_qty,time,is_buyer_maker\n\
                   4401010,93576.0,0.001,93.576,1735689600123,true\n";
    let (spot, futures) = (made("BTCUSDT-trades-2025-01.csv", spot), made("f.csv", futures));
    let reader = spot.open(&ReadOptions::default()).unwrap();
    assert_eq!(
        (reader.source().kind, reader.source().code.as_deref()),
        (Kind::Trades, Some("BTCUSDT"))
    );
    let found = ticks(spot.records());
    assert_eq!(found[0].time.to_string(), "2025-01-01T00:00:00.123456Z");
    assert_eq!(
        (found[0].trade_id, found[0].seq, found[0].buyer_is_maker),
        (4_401_010, 0, Some(true))
    );
    assert_eq!(
        (found[1].buyer_is_maker, ticks(futures.records())[0].buyer_is_maker),
        (Some(false), Some(true))
    );
    let spot_agg = "26129,0.01633102,4.70443515,27781,27783,1498793709153,true,true\n";
    let futures_agg = "agg_trade_id,price,quantity,first_trade_id,last_trade_id,transact_time,is_buyer_maker\n\
                       26129,0.01633102,4.70443515,27781,27783,1498793709153,1\n";
    for content in [spot_agg, futures_agg] {
        let file = made("agg.csv", content);
        assert_eq!(file.open(&ReadOptions::default()).unwrap().source().kind, Kind::AggTrades);
        let found = ticks(file.records());
        assert_eq!((found[0].trade_id, found[0].trade_count), (26_129, 3));
        assert_eq!(found[0].time.to_string(), "2017-06-30T03:35:09.153Z");
    }
    let wrong = ReadOptions { kind: Some(Kind::Trades), ..ReadOptions::default() };
    assert!(made("agg.csv", spot_agg).refusal(&wrong).contains("holds agg-trades, not trades"));
}

#[test]
fn captures_wrapped_and_bare() {
    let trade = r#"{"e":"trade","E":1,"s":"BTCUSDT","t":7,"p":"10.50","q":"2","T":1723161255342,"m":true,"M":true}"#;
    let agg = r#"{"e":"aggTrade","E":1,"s":"ETHUSDT","a":9,"p":"3","q":"2","f":4,"l":6,"T":1723161255342,"m":false}"#;
    let book = r#"{"stream":"btcusdt@bookTicker","data":{"u":5,"s":"BTCUSDT","b":"1","B":"2","a":"3","A":"4"}}"#;
    let fund =
        r#"{"e":"trade","T":1723161255342,"s":"BTCUSDT","t":8,"p":"0","q":"0","X":"NA","m":true}"#;
    let line = |message: &str| format!("1723161254087896568 {message}\n");
    let wrapped = line(&format!(r#"{{"stream":"x","data":{trade}}}"#));
    let mixed =
        [line(r#"{"result":null,"id":1}"#), line(book), line(agg), wrapped, line(fund)].concat();
    let file = made("capture.gz", gzip(mixed.as_bytes()));
    assert_eq!(file.open(&ReadOptions::default()).unwrap().source().kind, Kind::Trades);
    let found = ticks(file.records());
    assert_eq!(
        (found.len(), found[0].trade_id, found[0].price.to_string()),
        (1, 7, "10.50".into())
    );
    assert_eq!(found[0].received_at.unwrap().to_string(), "2024-08-08T23:54:14.087896Z");
    let aggregates = ReadOptions { kind: Some(Kind::AggTrades), ..ReadOptions::default() };
    let (records, errors) = file.rows(&aggregates);
    assert_eq!((errors.len(), ticks(records)[0].trade_count), (0, 3));
    let other = made("c", [line(trade), line(&trade.replace("BTCUSDT", "SOLUSDT"))].concat());
    let codes: Vec<_> = other.records().into_iter().map(|record| record.code).collect();
    assert_eq!(codes, [None, Some("SOLUSDT".into())]);
    assert!(made("c", line(book)).refusal(&ReadOptions::default()).contains("holds no trades"));
}

#[test]
fn json_arrays() {
    let file = made(
        "BTC_USDT-5m.json",
        " [[1502942400000, 4261.48, 4313.62, 4261.32, 4308.83, 47.181009000000001],\n[1502942700000,1e3,1.1E3,999,1000.5,0]] \n",
    );
    let reader = file.open(&ReadOptions::default()).unwrap();
    assert_eq!(
        (reader.source().format, reader.source().interval),
        (Format::FreqtradeJson, Some(Interval::M5))
    );
    let found = candles(file.records());
    assert_eq!(found[0].volume.to_string(), "47.181009000000001");
    assert_eq!(found[1].high.to_string(), "1100");
    let trades = made(
        "BTC_USDT-trades.json",
        r#"[[1565798399463,"126181329",null,"buy",0.019627,0.04,7.8e-4],[1565798399463,null,null,"sell",1,2,2],[1565798399463,"a-b",null,null,1,2,2]]"#,
    );
    let found = ticks(trades.records());
    assert_eq!((found[0].trade_id, found[0].buyer_is_maker), (126_181_329, Some(false)));
    assert!(found[1].trade_id < 0);
    assert_eq!((found[2].venue_trade_id.as_deref(), found[2].seq), (Some("a-b"), 1));
    let rest = r#"[[1499040000000,"0.01634790","0.80000000","0.01575800","0.01577100","148976.11427815",1499040059999,"2434.19055334",308,"1756.87402397","28.46694368","0"]]"#;
    let klines = ReadOptions { interval: Some(Interval::M1), ..ReadOptions::default() };
    let (records, errors) = made("klines.json", rest).rows(&klines);
    assert_eq!((errors.len(), candles(records)[0].trade_count), (0, Some(308)));
}

#[test]
fn ccxt_objects() {
    let object = |id: &str, symbol: &str| {
        format!(
            r#"{{"info":{{"x":1}},"timestamp":1570752011620,"symbol":"{symbol}","id":{id},"side":"sell","price":0.00141342,"amount":23.0}}"#
        )
    };
    let content = [
        object("\"12\"", "XRP/ETH"),
        object("null", "BTC/USDT:USDT"),
        object("null", "BTC/USDT:USDT"),
    ];
    let file = made("trades.json", format!("[{}]", content.join(",\n")));
    assert_eq!(
        file.open(&ReadOptions::default()).unwrap().source().code.as_deref(),
        Some("XRPETH")
    );
    let records = file.records();
    assert_eq!((records[0].code.as_deref(), records[1].code.as_deref()), (None, Some("BTCUSDT")));
    let found = ticks(records);
    assert_eq!((found[0].trade_id, found[0].price.to_string()), (12, "0.00141342".into()));
    assert_ne!(found[1].trade_id, found[2].trade_id);
    let aggregates = ReadOptions { kind: Some(Kind::AggTrades), ..ReadOptions::default() };
    assert_eq!(file.open(&aggregates).unwrap().source().kind, Kind::AggTrades);
}

#[test]
fn csv_by_header_by_shape_and_by_columns() {
    let by_header = made(
        "a.csv",
        "Date;Open;High;Low;Close;Volume USD;Volume\n2024-01-01 00:00;1;2;0.5;1.5;9;10\n2024-01-01 00:15;1;2;0.5;1.5;9;\n",
    );
    let (records, errors) = by_header.rows(&ReadOptions::default());
    assert_eq!(candles(records)[0].volume.to_string(), "10");
    assert_eq!(
        (errors.len(), errors[0].column.as_str(), errors[0].reason.as_str()),
        (1, "Volume", "is missing")
    );
    let reader = by_header.open(&ReadOptions::default()).unwrap();
    assert_eq!(reader.source().interval, Some(Interval::M15));
    assert!(
        reader.source().notes.iter().any(|note| note.contains("Volume USD")),
        "{:?}",
        reader.source().notes
    );

    let by_shape = made("b.csv", "1315922016,5.8,1.0\n1315922016,5.8,1.0\n1315922024,5.83,3\n");
    let found = ticks(by_shape.records());
    assert_eq!((found[0].seq, found[1].seq, found[2].seq), (0, 1, 0));
    assert_ne!(found[0].trade_id, found[1].trade_id);
    assert_eq!(found[0].buyer_is_maker, None);
    // A longer file of the same trades gives them the same identities.
    let longer = made(
        "c.csv",
        "1315922010,1,1\n1315922016,5.80,1.00\n1315922016,5.8,1\n1315922024,5.83,3\n",
    );
    assert_eq!(
        ticks(longer.records())[1..].iter().map(|t| (t.time, t.trade_id)).collect::<Vec<_>>(),
        found.iter().map(|t| (t.time, t.trade_id)).collect::<Vec<_>>()
    );

    let mut options =
        ReadOptions { columns: columns("-,signed_quantity,price,time"), ..ReadOptions::default() };
    options.time_unit = Some(TimeUnit::Millis);
    let (records, errors) = made("d.csv", "x,-2,10,5\ny,3,11,6\n").rows(&options);
    let found = ticks(records);
    assert_eq!(
        (errors.len(), found[0].quantity.to_string(), found[0].buyer_is_maker),
        (0, "2".into(), Some(true))
    );
    assert_eq!((found[1].time.micros(), found[1].buyer_is_maker), (6_000, Some(false)));
    assert!(made("d.csv", "x,-2,10\n").refusal(&options).contains("3 columns, --columns names 4"));
}

#[test]
fn ids_that_tell_no_order_keep_the_files_order() {
    let file = made(
        "t.csv",
        "time,price,size,side,trade_id\n1,1,1,B,900\n1,2,1,S,17\n2,1,1,buy,0x1f\n2,1,1,ask,007\n",
    );
    let found = ticks(file.records());
    assert_eq!((found[0].seq, found[1].seq, found[1].trade_id), (0, 1, 17));
    assert_eq!(
        (found[2].venue_trade_id.as_deref(), found[3].venue_trade_id.as_deref()),
        (Some("0x1f"), Some("007"))
    );
    assert!(found[2].trade_id > 0 && found[2].trade_id != found[3].trade_id);
    assert_eq!(found[3].buyer_is_maker, Some(true));
}

#[test]
fn futures_symbols_have_their_own_names_for_rules() {
    let list = r#"{"timezone":"UTC","serverTime":1,"rateLimits":[],"symbols":[{"symbol":"BTCUSD_PERP","contractStatus":"TRADING","baseAsset":"BTC","quoteAsset":"USD","onboardDate":1569398400000,"pricePrecision":2,"quantityPrecision":3,"filters":[{"filterType":"PRICE_FILTER","tickSize":"0.10"},{"filterType":"MIN_NOTIONAL","notional":"100"},{"filterType":"LOT_SIZE","stepSize":"0","minQty":"0.001"}]},{"symbol":"X"}]}"#;
    let (records, errors) = made("exchangeInfo.json", list).rows(&ReadOptions::default());
    let adapters::market::files::Item::Symbol(rules) = &records[0].item else {
        panic!("no symbol")
    };
    assert!(rules.active);
    assert_eq!(rules.listed_at.unwrap().to_string(), "2019-09-25T08:00:00Z");
    assert_eq!(
        (rules.price_precision, rules.quantity_precision, rules.lot_size),
        (Some(1), Some(3), None)
    );
    assert_eq!(rules.min_notional.unwrap().to_string(), "100");
    assert_eq!((errors.len(), errors[0].row), (1, 2));
}
