//! A bad row is an error that says where and why, and the rows after it are read.

use adapters::market::files::{Kind, ReadOptions, RowError};
use domain::market::Interval;

use super::{made, zip_of};

/// The one error of a file, which must not have stopped the good row after it.
fn error(name: &str, content: &str) -> RowError {
    let (records, mut errors) = made(name, content).rows(&options(name));
    assert_eq!(errors.len(), 1, "{content}: {errors:?}");
    assert!(!records.is_empty(), "{content}: nothing was read");
    let after = records.last().unwrap().row > errors[0].row;
    assert!(after && !errors[0].fatal, "{content}: nothing was read after {}", errors[0]);
    errors.remove(0)
}

fn options(name: &str) -> ReadOptions {
    let interval = name.starts_with("candles").then_some(Interval::M1);
    ReadOptions { interval, ..ReadOptions::default() }
}

const CANDLE: &str = "1502942400000,10,12,9,11,5";

#[test]
fn candles_in_csv() {
    let cases = [
        ("1502942460000,10,12,abc,11,5", "low", "abc", "is not a number"),
        ("1502942460000,NaN,12,9,11,5", "open", "NaN", "is not a number"),
        ("1502942460000,10,inf,9,11,5", "high", "inf", "is not a number"),
        ("1502942460000,10,12,-9,11,5", "low", "-9", "is negative"),
        ("1502942460000,10,12,0,11,5", "low", "0", "is zero"),
        ("1502942460000,10,8,9,11,5", "high", "8", "is below low"),
        ("1502942460000,13,12,9,11,5", "open", "13", "is outside low and high"),
        ("1502942460000,10,12,9,8.9,5", "close", "8.9", "is outside low and high"),
        ("1502942460000,10,12,9,11,-5", "volume", "-5", "is negative"),
        ("1502942460000,10,12,9,11,", "volume", "", "is missing"),
        ("1502942460001,10,12,9,11,5", "time", "1502942460001", "is not a multiple of 1m"),
        ("soon,10,12,9,11,5", "time", "soon", "is not a time"),
        (
            "999999999999999999,10,12,9,11,5",
            "time",
            "999999999999999999",
            "is outside the years 1 to 9999",
        ),
        (
            "1502942460000,1.00000000000000000000000000001,12,1,11,5",
            "open",
            "1.00000000000000000000000000001",
            "more than 28 significant digits",
        ),
        (
            "1502942460000,10,12,9,11",
            "",
            "1502942460000,10,12,9,11",
            "has 5 columns where 6 are expected",
        ),
        (
            "1502942460000,10,12,9,11,5,",
            "",
            "1502942460000,10,12,9,11,5,",
            "has 7 columns where 6 are expected",
        ),
    ];
    for (row, column, value, reason) in cases {
        let error = error("candles.csv", &format!("{CANDLE}\n{row}\n{CANDLE}\n"));
        assert_eq!((error.row, error.line), (2, Some(2)), "{row}");
        assert_eq!((error.column.as_str(), error.value.as_str()), (column, value), "{row}");
        assert!(error.reason.contains(reason), "{row}: {error}");
    }
}

#[test]
fn an_error_reads_like_a_sentence() {
    let error = error("trades.csv", "time,price,quantity\n\n1,5,1\n2,abc,1\n3,5,1\n");
    let shown = error.to_string();
    assert!(
        shown.ends_with(r#"trades.csv: row 2 (line 4), column "price": "abc" is not a number"#),
        "{shown}"
    );
    let long =
        super::made("x.csv", format!("time,price,quantity\n1,5,1\n2,{},1\n", "9x".repeat(500)));
    let (_, errors) = long.rows(&ReadOptions::default());
    assert_eq!(errors[0].value.len(), 80);
}

#[test]
fn trades_in_csv() {
    let header = "timestamp,price,amount,side,id,trade_count";
    let good = "1502942400000,10,1,buy,1,1";
    let cases = [
        ("1502942400000,x,1,buy,2,1", "price", "is not a number"),
        ("1502942400000,0,1,buy,2,1", "price", "is zero"),
        ("1502942400000,-1,1,buy,2,1", "price", "is negative"),
        ("1502942400000,10,-1,buy,2,1", "amount", "signed_quantity"),
        ("1502942400000,10,1,hold,2,1", "side", "is neither buy nor sell"),
        ("1502942400000,10,1,buy,2,1.5", "trade_count", "is not a whole number"),
        ("1502942400000,10,1,buy,2,-3", "trade_count", "which can't be"),
        (",10,1,buy,2,1", "timestamp", "is missing"),
    ];
    for (row, column, reason) in cases {
        let error = error("trades.csv", &format!("{header}\n{good}\n{row}\n{good}\n"));
        assert_eq!((error.row, error.line, error.column.as_str()), (2, Some(3), column), "{row}");
        assert!(error.reason.contains(reason), "{row}: {error}");
    }
}

#[test]
fn rows_of_binance() {
    let good = "1735689600000,10,12,9,11,5,1735689659999,50,3,2,20,0";
    for (row, column, reason) in [
        (
            "1735689660000,10,12,9,11,5,1735689719999,50,3.5,2,20,0",
            "trade_count",
            "is not a whole number",
        ),
        ("1735689660000,10,12,9,11,5,1735689719999,-50,3,2,20,0", "quote_volume", "is negative"),
        ("1735689661000,10,12,9,11,5,1735689719999,50,3,2,20,0", "time", "is not a multiple of 1m"),
        (
            "1735689660000,10,12,9,11,5,1735689719999,50,3,2,20",
            "",
            "has 11 columns where 12 are expected",
        ),
    ] {
        let content = format!("{good}\n{row}\n{good}\n");
        let error = error("BTCUSDT-1m-2025-01.csv", &content);
        assert_eq!(error.column, column);
        assert!(error.reason.contains(reason), "{error}");
        let zipped = made("x.zip", zip_of(&[("BTCUSDT-1m-2025-01.csv", content.as_bytes())]));
        assert_eq!(zipped.rows(&ReadOptions::default()).1[0].reason, error.reason);
    }
    let good = "26129,10,4,27781,27783,1498793709153,true,true";
    for (row, column, reason) in [
        ("26130,10,4,27784,27783,1498793709153,true,true", "last_id", "means 0 trades"),
        (
            "26130,10,4,27784,27785,1498793709153,maybe,true",
            "is_buyer_maker",
            "neither true nor false",
        ),
    ] {
        let error = error("agg.csv", &format!("{good}\n{row}\n{good}\n"));
        assert_eq!(error.column, column);
        assert!(error.reason.contains(reason), "{error}");
    }
}

#[test]
fn rows_of_json() {
    let good = "[1502942400000,10,12,9,11,5]";
    for (row, column, reason) in [
        ("[1502942460000,10,12,NaN,11,5]", "low", "is not a number"),
        ("[1502942460000,10,12,null,11,5]", "low", "is missing"),
        ("[1502942460000,10,Infinity,9,11,5]", "high", "is not a number"),
        ("[1502942460000,10,8,9,11,5]", "high", "is below low"),
        ("[1502942460000,10,12,9,11]", "", "has 5 values where 6 are expected"),
        ("[1502942460000,10,12,[9],11,5]", "", "is not an array of plain values"),
        ("{\"a\":1}", "", "is not an array of plain values"),
        ("[1502942460000,true,12,9,11,5]", "open", "is not a number"),
        ("7", "", "is not an array of plain values"),
    ] {
        let error = error("candles.json", &format!("[{good},{row},{good}]"));
        assert_eq!((error.row, error.column.as_str()), (2, column), "{row}");
        assert!(error.reason.contains(reason), "{row}: {error}");
    }
    let good = r#"{"timestamp":1,"side":"buy","price":1,"amount":1,"id":"1"}"#;
    for (row, column, reason) in [
        (r#"{"timestamp":1,"side":"buy","price":-1,"amount":1}"#, "price", "is negative"),
        (r#"{"timestamp":1,"side":"buy","amount":1}"#, "", "is not a trade as ccxt writes it"),
        (r#"{"timestamp":null,"side":"buy","price":1,"amount":1}"#, "timestamp", "is missing"),
        (r#"{"timestamp":1,"side":"buy","price":NaN,"amount":1}"#, "", "is not a trade"),
    ] {
        let error = error("trades.json", &format!("[{good},{row},{good}]"));
        assert_eq!(error.column, column);
        assert!(error.reason.contains(reason), "{error}");
    }
}

#[test]
fn rows_of_captures() {
    let message = |price: &str| {
        format!(
            r#"{{"e":"trade","s":"BTCUSDT","t":7,"p":"{price}","q":"2","T":1723161255342,"m":true}}"#
        )
    };
    let good = format!("1723161254087896568 {}", message("10"));
    for (row, column, reason) in [
        (format!("1723161254087896568 {}", message("ten")), "p", "is not a number"),
        (format!("1723161254087896568 {}", message("0")), "p", "is zero"),
        ("1723161254087896568 {\"e\":".to_owned(), "", "is not a message in JSON"),
        ("nothing".to_owned(), "", "is not an arrival time"),
        (format!("when {}", message("10")), "arrival", "is not a time"),
        (
            format!("1723161254087896568 {}", message("10").replace("\"t\":7,", "")),
            "id",
            "is missing",
        ),
    ] {
        let error = error("capture", &format!("{good}\n{row}\n{good}\n"));
        assert_eq!((error.line, error.column.as_str()), (Some(2), column), "{row}");
        assert!(error.reason.contains(reason), "{row}: {error}");
    }
}

#[test]
fn a_sign_among_few_is_no_side() {
    let mut rows: Vec<String> =
        (0..40).map(|row| format!("{},10,1", 1_502_942_400 + row)).collect();
    rows[5] = "1502942405,10,-1".to_owned();
    let (records, errors) = made("t.csv", rows.join("\n")).rows(&ReadOptions::default());
    assert_eq!((records.len(), errors.len(), errors[0].row), (39, 1, 6));
    for row in rows.iter_mut().step_by(4) {
        *row = row.replace(",1", ",-1").replace(",-10", ",10");
    }
    let file = made("t.csv", rows.join("\n"));
    let (records, errors) = file.rows(&ReadOptions::default());
    assert_eq!((records.len(), errors.len()), (40, 0));
}

#[test]
fn kinds_do_not_mix() {
    let rows =
        "time,price,quantity,kind,trade_id\n1,1,1,agg_trade,1\n2,1,1,trade,2\n3,1,1,agg_trade,3\n";
    let file = made("t.csv", rows);
    assert_eq!(file.open(&ReadOptions::default()).unwrap().source().kind, Kind::AggTrades);
    let (records, errors) = file.rows(&ReadOptions::default());
    assert_eq!((records.len(), errors.len(), errors[0].column.as_str()), (2, 1, "kind"));
    for wrong in [Kind::Candles, Kind::Symbols] {
        let options = ReadOptions { kind: Some(wrong), ..ReadOptions::default() };
        assert!(file.refusal(&options).contains(&format!("not {wrong}")));
    }
}
