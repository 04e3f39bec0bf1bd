//! Damaged files: what stands before the damage is delivered, the damage is told, and nothing
//! whatever makes the reader panic.

use adapters::market::files::{Format, Kind, ReadOptions};
use proptest::prelude::*;

use super::{gzip, made, zip_of};

/// Numbers that hardly compress, so that half of a packed file is some half of its rows.
fn rows(count: u64) -> String {
    let price = |row: u64| row.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20;
    (0..count)
        .map(|row| format!("{},{}.5,{}\n", 1_502_942_400 + row, price(row), price(row + 9)))
        .collect()
}

/// The rows before the damage, and its one error, which must be the last.
fn stops(name: &str, content: &[u8]) -> (usize, String) {
    let mut reader = made(name, content).open(&ReadOptions::default()).unwrap();
    let mut read = 0;
    let error = loop {
        match reader.next().expect("the damage is noticed") {
            Ok(_) => read += 1,
            Err(error) => break error,
        }
    };
    assert!(error.fatal, "{error}");
    assert_eq!(error.row, read as u64 + 1);
    assert!(reader.next().is_none());
    (read, error.to_string())
}

#[test]
fn truncated_packings() {
    let text = rows(20_000);
    let gz = gzip(text.as_bytes());
    let (read, error) = stops("t.csv.gz", &gz[..gz.len() / 2]);
    assert!((5_000..15_000).contains(&read), "{read}");
    assert!(error.contains("truncated"), "{error}");
    // Even one byte less, when all rows are there already.
    assert_eq!(stops("t.csv.gz", &gz[..gz.len() - 1]).0, 20_000);
    let zip = zip_of(&[("t.csv", text.as_bytes())]);
    let (read, error) = stops("t.zip", &zip[..zip.len() / 2]);
    assert!((5_000..15_000).contains(&read), "{read}");
    assert!(error.contains("truncated"), "{error}");
    let row = |row: u64| format!(r#"[{},"{row}",null,"buy",{row}.5,1,1]"#, 1_502_942_400_000 + row);
    let json = format!("[{}]", (1..20_000).map(row).collect::<Vec<_>>().join(","));
    let (read, error) = stops("t.json.gz", &gzip(&json.as_bytes()[..json.len() / 2]));
    assert!((9_000..11_000).contains(&read), "{read}");
    assert!(error.contains("ends early"), "{error}");
}

#[test]
fn wrong_checksums() {
    let text = rows(2_000);
    let mut gz = gzip(text.as_bytes());
    let crc = gz.len() - 8;
    gz[crc] ^= 1;
    let (read, error) = stops("t.csv.gz", &gz);
    assert_eq!(read, 2_000);
    assert!(error.contains("damaged"), "{error}");
    let mut zip = zip_of(&[("t.csv", text.as_bytes())]);
    // The directory's copy of the checksum, 16 bytes behind its signature.
    let directory = zip.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    zip[directory + 16] ^= 1;
    let (read, error) = stops("t.zip", &zip);
    assert_eq!(read, 2_000);
    assert!(error.contains("checksum"), "{error}");
}

#[test]
fn broken_texts() {
    let mut text = rows(500).into_bytes();
    let line = text.iter().position(|b| *b == b'\n').unwrap();
    let (good, bad) = text.split_at_mut(line + 1);
    assert!(!good.is_empty());
    bad[3_000] = 0xff;
    assert!(stops("t.csv", &text).1.contains("not UTF-8"));
    let quoted = format!("1,5,1\n2,\"5,1\n{}", rows(3));
    let (read, error) = stops("t.csv", quoted.as_bytes());
    assert!(read == 1 && error.contains("quote"), "{error}");
    for (json, reason) in [
        ("[[1,1,1,1,1,1]", "array isn't closed"),
        ("[[1,1,1,1,1,1],[1,1", "last row isn't closed"),
        ("[[1,1,1,1,1,1]] x", "something follows"),
        ("[[1,1,1,1,1,1][1,1,1,1,1,1]]", "comma is missing"),
        ("[[1,1,1,1,1,1],,[1]]", "row is missing"),
    ] {
        let options =
            ReadOptions { interval: Some(domain::market::Interval::M1), ..ReadOptions::default() };
        let (_, errors) = made("x.json", json).rows(&options);
        let last = errors.last().unwrap();
        assert!(last.fatal && last.reason.contains(reason), "{json}: {last}");
    }
    let list = r#"{"serverTime":1,"rateLimits":[],"symbols":[{"symbol":"X""#;
    assert!(stops("exchangeInfo.json", list.as_bytes()).1.contains("not whole"));
}

#[test]
fn what_holds_nothing_is_refused() {
    let none = ReadOptions::default();
    for (content, reason) in [
        (Vec::new(), "is empty"),
        (b" \n ".to_vec(), "is empty"),
        (b"[]".to_vec(), "is empty"),
        (gzip(b""), "is empty"),
        (vec![0, 159, 146, 150], "no known format"),
        (b"PAR1".to_vec(), "not a readable Parquet file"),
        (b"ARROW1\0\0".to_vec(), "not a readable Arrow file"),
        (zip_of(&[("a.csv", b"1"), ("b.csv", b"2")]), "zip of several files"),
        (b"PK\x05\x06".to_vec(), "zip file without content"),
        (b"time,price\n1,2\n".to_vec(), "`quantity`"),
        (b"[[1,2]]".to_vec(), "arrays of 2 values"),
        (b"[{\"a\":1}]".to_vec(), "not ccxt's trades"),
        (b"time,open,high,low,close,volume\n1,1,1,1,1,1\n".to_vec(), "--interval"),
    ] {
        let refusal = made("x", &content).refusal(&none);
        assert!(refusal.contains(reason), "{refusal}");
    }
}

const FORMATS: [Option<Format>; 10] = [
    None,
    Some(Format::BinanceCsv),
    Some(Format::BinanceWsCapture),
    Some(Format::FreqtradeFeather),
    Some(Format::FreqtradeJson),
    Some(Format::CcxtJson),
    Some(Format::Csv),
    Some(Format::Parquet),
    Some(Format::Arrow),
    Some(Format::BinanceExchangeInfo),
];

/// Reads as whatever it may be; only that this ends matters.
fn survive(content: &[u8]) {
    let file = made("x", content);
    for format in FORMATS {
        for kind in [None, Some(Kind::Trades), Some(Kind::Candles)] {
            let options = ReadOptions { format, kind, ..ReadOptions::default() };
            if let Ok(reader) = file.open(&options) {
                assert!(reader.count() < 100_000);
            }
        }
    }
}

#[test]
fn no_damaged_byte_ends_the_process() {
    // Lengths that a damaged file gives must not be believed: asking for that much memory aborts.
    let example = super::round_trip::examples().swap_remove(3);
    for at in 0..example.len() {
        let mut content = example.clone();
        content[at] ^= 0x7f;
        if let Ok(reader) = made("x", &content).open(&ReadOptions::default()) {
            assert!(reader.count() < 100_000);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_bytes(content in proptest::collection::vec(any::<u8>(), 0..300)) {
        survive(&content);
    }

    #[test]
    fn random_texts(content in "[\\[\\]{}\",:0-9a-z.\\-\n \u{e9}\\\\]{0,200}") {
        survive(content.as_bytes());
    }

    #[test]
    fn damaged_files(which in 0usize..6, at in any::<prop::sample::Index>(), byte: u8, cut: bool) {
        let mut content = super::round_trip::examples().swap_remove(which);
        let at = at.index(content.len());
        if cut { content.truncate(at) } else { content[at] = byte }
        survive(&content);
    }
}
