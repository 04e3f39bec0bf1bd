//! The grammar by examples of its documentation, by a writer of its own, and by garbage.

use std::borrow::Cow;

use domain::Time;
use proptest::prelude::*;

use super::parse::{Lines, point};
use super::*;

fn parse(line: &str) -> Result<Point<'_>, String> {
    point(line.as_bytes(), Precision::Nanos)
}

fn json(line: &str) -> String {
    let mut out = String::new();
    parse(line).unwrap().fields[0].1.write_json(&mut out);
    out
}

fn escaped(text: &str, special: &[char]) -> String {
    let escape = |c: char| if special.contains(&c) { format!("\\{c}") } else { c.to_string() };
    text.chars().map(escape).collect()
}

/// Writes a point as a client does.
fn written(point: &Point<'_>) -> String {
    let name = |text: &str| escaped(text, &[',', ' ', '=']);
    let mut line = escaped(&point.measurement, &[',', ' ']);
    for (key, value) in &point.tags {
        line.push_str(&format!(",{}={}", name(key), name(value)));
    }
    let fields = point.fields.iter().map(|(key, value)| {
        let value = match value {
            Field::Float(text) => (*text).to_owned(),
            Field::Int(value) => format!("{value}i"),
            Field::Unsigned(value) => format!("{value}u"),
            Field::Truth(value) => value.to_string(),
            Field::Text(text) => format!("\"{}\"", escaped(text, &['"', '\\'])),
        };
        format!("{}={value}", name(key))
    });
    line.push(' ');
    line.push_str(&fields.collect::<Vec<_>>().join(","));
    if let Some(nanos) = point.nanos {
        line.push_str(&format!(" {nanos}"));
    }
    line
}

/// Names that every client can write: a backslash can't be escaped in them, so none stands at an end.
fn names() -> impl Strategy<Value = String> {
    "[a-zé,= 日][a-z,= \"é#]{0,6}[a-z]".prop_filter("no blank ahead", |name| !name.starts_with(' '))
}

fn fields() -> impl Strategy<Value = Field<'static>> {
    prop_oneof![
        any::<i64>().prop_map(Field::Int),
        any::<u64>().prop_map(Field::Unsigned),
        any::<bool>().prop_map(Field::Truth),
        "[a-z \",=\\\\\n日#]{0,12}".prop_map(|text| Field::Text(Cow::Owned(text))),
        prop::sample::select(vec!["1", "-0.5", "1e-8", "61794.15", "1.", ".5"])
            .prop_map(Field::Float),
    ]
}

fn points() -> impl Strategy<Value = Point<'static>> {
    let tags = prop::collection::btree_map(names(), names(), 0..4);
    let fields = prop::collection::vec((names(), fields()), 1..4);
    (names(), tags, fields, any::<Option<i64>>()).prop_map(|(measurement, tags, fields, nanos)| {
        Point {
            measurement: measurement.trim_start_matches('#').to_owned().into(),
            tags: tags.into_iter().map(|(key, value)| (key.into(), value.into())).collect(),
            fields: fields.into_iter().map(|(key, value)| (key.into(), value)).collect(),
            nanos,
        }
    })
}

proptest! {
    #[test]
    fn what_a_client_writes_comes_back(points in prop::collection::vec(points(), 1..5)) {
        let lines: Vec<String> = points.iter().map(written).collect();
        let body = lines.join("\n");
        let read: Vec<_> = Lines::new(body.as_bytes())
            .map(|(_, line)| point(line, Precision::Nanos).unwrap())
            .collect();
        prop_assert_eq!(read, points);
    }

    #[test]
    fn garbage_is_refused_line_by_line(body in prop::collection::vec(any::<u8>(), 0..300)) {
        for line in read(&body, Precision::Nanos, Time::default()) {
            let _ = line;
        }
    }

    #[test]
    fn near_misses_are_refused_or_read(body in "[m,=\" \\\\\n1iutf.e#-]{0,60}") {
        for line in read(body.as_bytes(), Precision::Seconds, Time::default()) {
            if let Ok((_, Item::Point(point))) = line {
                let mut json = String::new();
                point.fields[0].1.write_json(&mut json);
                prop_assert!(serde_json::from_str::<serde_json::Value>(&json).is_ok(), "{}", json);
            }
        }
    }
}

#[test]
fn the_documentations_examples_are_read() {
    let line = r#"my\ measurement,tag\,key\=1=tag\ value v="a \"quoted\" \\ text, with = and 日",i=-3i,u=7u,b=T 1556813561098000000"#;
    let point = parse(line).unwrap();
    assert_eq!(point.measurement, "my measurement");
    assert_eq!(point.tags, [("tag,key=1".into(), "tag value".into())]);
    assert_eq!(point.field("v"), Some(&Field::Text(r#"a "quoted" \ text, with = and 日"#.into())));
    assert_eq!(point.field("i"), Some(&Field::Int(-3)));
    assert_eq!(point.field("u"), Some(&Field::Unsigned(7)));
    assert_eq!(point.field("b"), Some(&Field::Truth(true)));
    assert_eq!(point.nanos, Some(1_556_813_561_098_000_000));
    assert_eq!(parse(r"back\slash v=1").unwrap().measurement, r"back\slash");
    for (number, written) in [
        ("1", "1.0"),
        ("-1.", "-1.0"),
        (".5", "0.5"),
        ("007.50", "7.50"),
        ("1.2e+78", "1.2e78"),
        ("-0", "-0.0"),
        ("5e-999", "0.0"),
    ] {
        assert_eq!(json(&format!("m v={number}")), written, "{number}");
    }
    assert_eq!(json("m v=9223372036854775807i"), "9223372036854775807");
}

#[test]
fn a_bad_line_says_why() {
    for (line, reason) in [
        ("m", "missing fields"),
        ("m ", "missing fields"),
        (",t=1 v=1", "missing measurement"),
        ("m,t v=1", "missing tag value"),
        ("m,t= v=1", "missing tag value of \"t\""),
        ("m,=x v=1", "missing tag key"),
        ("m,t=1,t=2 v=1", "the tag \"t\" is given twice"),
        ("m v", "missing value of field \"v\""),
        ("m v=", "missing value of field \"v\""),
        ("m v=abc", "field \"v\": \"abc\" is no value; texts stand in double quotes"),
        ("m v=nan", "field \"v\": \"nan\" is no value; texts stand in double quotes"),
        ("m v=1e999", "field \"v\": \"1e999\" is out of range"),
        ("m v=9223372036854775808i", "field \"v\": \"9223372036854775808i\" is out of range"),
        ("m v=\"open", "the text of field \"v\" has no end"),
        ("m v=1 soon", "\"soon\" is no time"),
        (
            "m v=1 99999999999999999999",
            "the time 99999999999999999999 is outside the years 1677 to 2262",
        ),
    ] {
        assert_eq!(parse(line).unwrap_err(), reason, "{line}");
    }
}

#[test]
fn lines_have_their_numbers_whatever_stands_between_them() {
    let body = "# comment\n\n  a v=1\r\nb v=\"two\nlines\"\nc v=1 1\n# end\nd v=\"open\ne v=1\n";
    let read: Vec<_> = read(body.as_bytes(), Precision::Nanos, Time::default()).collect();
    let lines: Vec<_> = read
        .iter()
        .map(|line| match line {
            Ok((line, Item::Point(point))) => (*line, point.measurement.to_string()),
            Ok((line, _)) => (*line, "?".to_owned()),
            Err(bad) => (bad.line, bad.reason.clone()),
        })
        .collect();
    let expected =
        [(3, "a"), (4, "b"), (6, "c"), (8, "the text of field \"v\" has no end"), (9, "e")];
    assert_eq!(lines, expected.map(|(line, text)| (line, text.to_owned())));
}

fn one(line: &str) -> Result<(usize, Item<'_>), BadLine> {
    read(line.as_bytes(), Precision::Millis, Time::default()).next().unwrap()
}

fn item(line: &str) -> Item<'_> {
    one(line).unwrap().1
}

#[test]
fn trades_and_candles_are_told_from_points() {
    let tick = |line: &str| match item(line) {
        Item::Tick(symbol, kind, tick) => (symbol.to_string(), kind, tick),
        other => panic!("{other:?}"),
    };
    let head = "trades,venue=binance,symbol=BTCUSDT";
    let (symbol, kind, own) = tick(&format!(
        "{head} price=61794.15,quantity=0.00100,trade_id=7i,side=\"sell\" 1723161240000"
    ));
    assert_eq!((symbol.as_str(), kind.as_str(), own.trade_id), ("binance:BTCUSDT", "trade", 7));
    assert_eq!(
        (own.price.to_string(), own.quantity.to_string()),
        ("61794.15".to_owned(), "0.00100".to_owned())
    );
    assert_eq!((own.buyer_is_maker, own.seq), (Some(true), 0));
    let (_, _, derived) = tick(&format!("{head} price=1,size=2 5"));
    assert_eq!(tick(&format!("{head} price=1.0,size=2.00 5")).2.trade_id, derived.trade_id);
    assert_ne!(tick(&format!("{head} price=1,size=3 5")).2.trade_id, derived.trade_id);
    assert!(derived.trade_id < 0);
    let (_, _, named) = tick(&format!("{head} price=1,size=2,id=\"a-1\" 5"));
    assert_eq!(named.venue_trade_id.as_deref(), Some("a-1"));
    // More digits than fit: the double that it is, by its shortest decimal.
    let (_, _, long) = tick(&format!("{head} price=0.1000000000000000055511151231257827,size=1 5"));
    assert_eq!(long.price.to_string(), "0.1");
    let candle = "candles,venue=binance,symbol=BTCUSDT,interval=1m open=1,high=2,low=0.5,close=1.5,volume=10";
    assert!(matches!(item(&format!("{candle} 60000")), Item::Candle(..)));
    for (line, reason) in [
        (format!("{candle} 60001"), "the time is not the beginning of a candle of 1m"),
        ("trades,symbol=X price=1,size=1".to_owned(), "trades needs the tag venue"),
        (format!("{head} price=0,size=1"), "price is zero"),
        (format!("{head} size=1"), "the field price is missing"),
        (format!("{head} price=1,size=1,side=\"up\""), "side \"up\" is neither buy nor sell"),
    ] {
        assert_eq!(one(&line).unwrap_err().reason, reason, "{line}");
    }
    assert!(matches!(item("cpu usage=1"), Item::Point(_)));
}
