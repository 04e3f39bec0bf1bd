//! `import`, `export` and `replay` as a user types them, on the own PostgreSQL of a data folder.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;

use crate::program::{Ended, Place};

const TRADES: &str = "id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n\
    1,100.10,0.5,50.05,1723118400000,true,true\n\
    2,100.20,0.25,25.05,1723118430000,false,true\n\
    3,99.90,1,99.9,1723118461000,true,true\n";
const SYMBOL: [&str; 2] = ["--symbol", "binance:BTCUSDT"];

fn events(ended: &Ended) -> Vec<Value> {
    ended.stdout().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_is_imported_is_exported_exactly() {
    let place = Place::new();
    place.write("BTCUSDT-trades-2024-08-08.csv", TRADES);
    let import = ["import", "BTCUSDT-trades-2024-08-08.csv", "--json"];
    let first = place.run(&import, &[]);
    assert_eq!(first.status(), 0, "{first:?}");
    let done = events(&first).pop().unwrap();
    assert_eq!((&done["event"], &done["rows_written"]), (&"imported".into(), &3.into()));
    assert_eq!(done["symbols"][0], "binance:BTCUSDT");
    let again = events(&place.run(&import, &[])).pop().unwrap();
    assert_eq!(again["already_done"], true);

    let [flag, symbol] = SYMBOL;
    let candles = place.run(&["export", flag, symbol], &[]);
    assert_eq!(
        candles.stdout(),
        "open_time,close_time,open,high,low,close,volume,quote_volume,trade_count,taker_buy_volume\n\
         2024-08-08T12:00:00Z,2024-08-08T12:01:00Z,100.1,100.2,100.1,100.2,0.75,75.1,2,0.25\n\
         2024-08-08T12:01:00Z,2024-08-08T12:02:00Z,99.9,99.9,99.9,99.9,1,99.9,1,0\n",
        "{candles:?}"
    );
    let range = ["--from", "2024-08-08T12:01:00Z", "--to", "2024-08-09"];
    let ticks = [&["export", flag, symbol, "--kind", "ticks"][..], &range].concat();
    let ticks = place.run(&ticks, &[]).stdout();
    assert_eq!(ticks.lines().count(), 2, "{ticks}");
    assert!(ticks.contains("99.9,1,sell,3"), "{ticks}");

    for (name, magic) in [("c.parquet", &b"PAR1"[..]), ("c.feather", b"ARROW1")] {
        let ended = place.run(&["export", flag, symbol, "--output", name, "--json"], &[]);
        assert_eq!(events(&ended)[0]["rows"], 2, "{ended:?}");
        assert!(std::fs::read(place.path().join(name)).unwrap().starts_with(magic));
    }
    let names = std::fs::read_dir(place.path()).unwrap();
    let left = names.filter(|n| n.as_ref().unwrap().path().extension() == Some("partial".as_ref()));
    assert_eq!(left.count(), 0);
}

#[test]
fn an_export_ends_quietly_when_its_reader_has_seen_enough() {
    let place = Place::new();
    let mut file = String::new();
    for id in 0..50_000_u64 {
        file += &format!("{id},1,1,1,{},true,true\n", 1_723_118_400_000 + id);
    }
    place.write("BTCUSDT-trades-2024-08-08.csv", &file);
    assert_eq!(place.run(&["import", "BTCUSDT-trades-2024-08-08.csv"], &[]).status(), 0);
    let export = ["export", "--symbol", "binance:BTCUSDT", "--kind", "ticks"];
    let mut child =
        place.command(&export, &[]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let ended = child.wait_with_output().unwrap();
    assert_eq!((ended.status.code(), ended.stderr), (Some(0), Vec::new()));
}

#[test]
fn a_bad_row_stops_an_import_with_3_and_can_be_passed_over() {
    let place = Place::new();
    place.write("bad.csv", &TRADES.replace("99.90", "99.9O"));
    let import = ["import", "--symbol", "binance:BTCUSDT", "bad.csv"];
    let ended = place.run(&import, &[]);
    assert_eq!(ended.status(), 3, "{ended:?}");
    for part in ["bad.csv: row 3", "\"price\"", "\"99.9O\""] {
        assert!(ended.stderr().contains(part), "{part} in {ended:?}");
    }
    let ended = place.run(&[&import[..], &["--json"]].concat(), &[]);
    let error = events(&ended).pop().unwrap()["error"].clone();
    assert_eq!((&error["code"], &error["exit"]), (&"bad_data".into(), &3.into()));

    let ended = place.run(&[&import[..], &["--skip-bad"]].concat(), &[]);
    assert_eq!(ended.status(), 0, "{ended:?}");
    assert!(ended.stdout().contains("1 bad rows skipped"), "{ended:?}");
    assert!(ended.stderr().contains("row 3"), "{ended:?}");
    let rows = place.run(&["export", "--symbol", "binance:BTCUSDT", "--kind", "ticks"], &[]);
    assert_eq!(rows.stdout().lines().count(), 3, "{rows:?}");
}

#[test]
fn wrong_questions_are_answered_in_words() {
    let place = Place::new();
    place.write("x.csv", "1723118400000,1,1\n");
    for (arguments, status, part) in [
        (&["import", "x.csv"][..], 2, "--symbol venue:CODE"),
        (&["import", "none.csv", "--symbol", "a:B"], 1, "none.csv"),
        (&["import", "x.csv", "--symbol", "BTC"], 2, "venue:CODE"),
        (&["import", "x.csv", "--interval", "3m"], 2, "1m, 5m, 15m"),
        (&["export", "--symbol", "a:B", "--output", "c.txt"], 2, "--format"),
        (&["export", "--symbol", "a:NONE"], 1, "a:NONE"),
        (&["replay", "--symbol", "a:NONE"], 1, "a:NONE"),
        (&["replay", "--symbol", "a:B", "--speed", "0"], 2, "0.001"),
    ] {
        let ended = place.run(arguments, &[]);
        assert_eq!(ended.status(), status, "{arguments:?}: {ended:?}");
        assert!(ended.stderr().contains(part), "{part} in {ended:?}");
        assert_eq!(ended.stdout(), "", "{arguments:?}");
    }
    // Standard output can't hold both the data and a JSON document about it.
    let ended = place.run(&["export", "--symbol", "a:B", "--json"], &[]);
    assert_eq!((ended.status(), &ended.json()["error"]["code"]), (2, &"usage".into()));
}

#[test]
fn a_replay_plays_to_its_end_or_until_it_is_interrupted() {
    let place = Place::new();
    place.write("BTCUSDT-trades-2024-08-08.csv", TRADES);
    assert_eq!(place.run(&["import", "BTCUSDT-trades-2024-08-08.csv"], &[]).status(), 0);

    let replay = ["replay", "--symbol", "binance:BTCUSDT", "--json", "--speed"];
    let ended = place.run(&[&replay[..], &["1000"]].concat(), &[]);
    assert_eq!(ended.status(), 0, "{ended:?}");
    let played = events(&ended).pop().unwrap();
    assert_eq!((&played["event"], &played["ticks"]), (&"played".into(), &3.into()));
    let rows = ["export", "--symbol", "replay-binance:BTCUSDT", "--kind", "ticks"];
    assert_eq!(place.run(&rows, &[]).stdout().lines().count(), 4);

    // At its own pace it lasts a minute: it is told to stop long before.
    let slow = [&replay[..], &["1", "--loop"]].concat();
    let mut child = place.command(&slow, &[]).stdout(Stdio::piped()).spawn().unwrap();
    #[allow(
        clippy::disallowed_methods,
        reason = "a signal before the program listens would kill it"
    )]
    std::thread::sleep(Duration::from_secs(2));
    let pid = rustix::process::Pid::from_child(&child);
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(!place.path().join("chandlery-data/postgres/postmaster.pid").exists());
}
