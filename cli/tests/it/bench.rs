//! `chandlery bench`: each measurement runs to its end, and leaves no trace.

use crate::program::Place;

const TRADES: &str = "id,price,qty,quote_qty,time,is_buyer_maker,is_best_match\n\
    1,100.10,0.50000000,50.05,1723118400000,true,true\n\
    2,100.20,0.25000000,25.05,1723118430000,false,true\n\
    3,99.90,1.00000000,99.90,1723118460000,true,true\n";

const CANDLES: &str = "1723118400000,1,2,1,2,5,1723118459999,8,3,2,3,0\n\
    1723118460000,2,3,2,2,1,1723118519999,2,1,1,2,0\n";

fn is_above_zero(figure: &serde_json::Value) -> bool {
    figure.as_f64().is_some_and(|figure| figure > 0.0)
}

#[test]
fn an_import_is_measured_in_databases_that_go_away() {
    let place = Place::new();
    place.write("BTCUSDT-trades-2024-08-08.csv", TRADES);
    place.write("BTCUSDT-1m-2024-08-08.csv", CANDLES);
    let files = ["BTCUSDT-trades-2024-08-08.csv", "BTCUSDT-1m-2024-08-08.csv"];
    let bench = [&["bench", "import", "--rounds", "2", "--json"][..], &files].concat();
    let ended = place.run(&bench, &[]);
    assert_eq!(ended.status(), 0, "{ended:?}");
    let imports = ended.json()["imports"].clone();
    for (at, rows, kept) in [(0, 3, 9), (1, 2, 7)] {
        let one = &imports[at];
        assert_eq!((&one["rows"], &one["candles_kept"]), (&rows.into(), &kept.into()), "{one}");
        assert_eq!(one["rounds"].as_array().map(Vec::len), Some(2), "{one}");
        for figure in [&one["median_ratio"], &one["rounds"][1]["copy_rows_per_second"]] {
            assert!(is_above_zero(figure), "{one}");
        }
    }
    // Neither the scratch database nor the measured rows are left.
    let export = ["export", "--symbol", "binance:BTCUSDT", "--kind", "ticks"];
    let ended = place.run(&export, &[]);
    assert!(ended.stderr().contains("binance:BTCUSDT"), "{ended:?}");
    let again = place.run(&["bench", "import", "--rounds", "1", files[0]], &[]);
    assert_eq!(again.status(), 0, "{again:?}");
    assert!(again.stdout().contains("3 rows (trades, binance:BTCUSDT)"), "{again:?}");
}

#[test]
fn what_can_not_be_measured_is_said() {
    let place = Place::new();
    place.write("bad.csv", &TRADES.replace("99.90,1.0", "99.9O,1.0"));
    for (arguments, status, part) in [
        (&["bench", "import", "--symbol", "a:B", "bad.csv"][..], 3, "row 3"),
        (&["bench", "http"], 1, "chandlery up --demo"),
        (&["bench", "import", "--rounds", "0", "bad.csv"], 2, "--rounds"),
    ] {
        let ended = place.run(arguments, &[]);
        assert_eq!(ended.status(), status, "{arguments:?}: {ended:?}");
        assert!(ended.stderr().contains(part), "{part} in {ended:?}");
    }
    let ended = Place::new().run(&["bench", "start"], &[]);
    assert_eq!(ended.status(), 1, "{ended:?}");
    assert!(ended.stderr().contains("chandlery-data"), "{ended:?}");
}

#[test]
fn requests_and_starts_are_measured_on_what_is_stored() {
    let place = Place::new();
    place.write("BTCUSDT-1m-2024-08-08.csv", CANDLES);
    assert_eq!(place.run(&["import", "BTCUSDT-1m-2024-08-08.csv"], &[]).status(), 0);

    let http = ["bench", "http", "--seconds", "1", "--connections", "3", "--json"];
    let ended = place.run(&http, &[]);
    assert_eq!(ended.status(), 0, "{ended:?}");
    let measured = ended.json();
    assert_eq!((&measured["symbol"], &measured["candles"]), (&"binance:BTCUSDT".into(), &2.into()));
    for (of, name) in [("requested", "requests"), ("constant", "p99_ms")] {
        assert!(is_above_zero(&measured[of][name]), "{measured}");
    }

    let ended = place.run(&["bench", "start", "--rounds", "2", "--json"], &[]);
    assert_eq!(ended.status(), 0, "{ended:?}");
    assert!(is_above_zero(&ended.json()["median_seconds"]), "{ended:?}");
    assert!(!place.path().join("chandlery-data/postgres/postmaster.pid").exists());
}

#[test]
fn logins_and_checks_are_measured() {
    let place = Place::new();
    let ended = place.run(&["bench", "auth", "--logins", "8", "--json"], &[]);
    assert_eq!(ended.status(), 0, "{ended:?}");
    let measured = ended.json();
    for figure in [
        &measured["logins_per_second"],
        &measured["session"]["memory_us"],
        &measured["session"]["table_us"],
        &measured["key"]["memory_us"],
        &measured["select_1_us"],
    ] {
        assert!(is_above_zero(figure), "{measured}");
    }
    assert_eq!(place.run(&["--json", "user", "list"], &[]).json()["users"], serde_json::json!([]));
}

#[test]
fn streams_are_measured_and_every_trade_is_accounted_for() {
    let place = Place::new();
    let bench =
        "bench streams --clients 6 --symbols 2 --universe 3 --rate 200 --slow 2 --seconds 1 --json";
    let ended = place.run(&bench.split(' ').collect::<Vec<_>>(), &[]);
    assert_eq!(ended.status(), 0, "{ended:?}");
    let measured = ended.json();
    assert_eq!(measured["slow_clients"], 2);
    for figures in [&measured["all_read"], &measured["beside_slow"]] {
        assert!(
            is_above_zero(&figures["p99_ms"]) && is_above_zero(&figures["trades"]),
            "{figures}"
        );
        assert_eq!((&figures["lost"], &figures["ended"]), (&0.into(), &0.into()), "{figures}");
    }
}
