//! `chandlery config`: mistakes are named with their place, values with their source.

use crate::program::Place;

#[test]
fn check_is_content_with_nothing_and_with_the_reference() {
    let place = Place::new();
    let ended = place.run(&["config", "check"], &[]);
    assert_eq!((ended.status(), ended.stdout().as_str()), (0, "ok\n"), "{ended:?}");

    let reference = place.run(&["config", "reference"], &[]).stdout();
    place.write("chandlery.toml", &reference);
    assert_eq!(place.run(&["config", "check"], &[]).status(), 0);
    assert_eq!(place.run(&["config", "check", "--json"], &[]).json()["ok"], true);
}

#[test]
fn check_names_every_mistake_and_ends_with_2() {
    let place = Place::new();
    place.write("chandlery.toml", "[database]\npol_size = 3\n[market]\nhot_cache_mb = 0\n");
    let environment = [("CHANDLERY_HTTP__LISTEN", "here"), ("CHANDLERY_BINANCE__KLINES", "often")];
    let ended = place.run(&["config", "check"], &environment);
    assert_eq!(ended.status(), 2);
    assert_eq!(ended.stdout(), "");
    let lines = [
        "chandlery.toml: database.pol_size: unknown key; did you mean database.pool_size?",
        "environment CHANDLERY_HTTP__LISTEN: http.listen: \"here\" is not an address and port",
        "environment CHANDLERY_BINANCE__KLINES: binance.klines: \"often\" is not true or false",
        "chandlery.toml: market.hot_cache_mb: must be 1 to 65536, not 0",
    ];
    for line in lines {
        assert!(ended.stderr().contains(line), "{line}\n{}", ended.stderr());
    }
    let error = place.run(&["--json", "config", "check"], &[]).json()["error"].clone();
    assert_eq!((&error["code"], &error["exit"]), (&"configuration".into(), &2.into()));
    assert_eq!(error["problems"].as_array().unwrap().len(), 2);
}

#[test]
fn every_command_refuses_a_wrong_configuration() {
    let place = Place::new();
    let ended = place.run(&["doctor", "--config", "missing.toml"], &[]);
    assert_eq!(ended.status(), 2);
    assert!(ended.stderr().contains("missing.toml: can't be read"), "{ended:?}");
    assert!(!place.path().join("chandlery-data").exists());
}

#[test]
fn show_tells_where_a_value_came_from_and_no_password() {
    let place = Place::new();
    place.write("chandlery.toml", "[http]\nmax_streams = 7\n");
    let environment = [
        ("DATABASE_URL", "postgresql://me:hush@host/db"),
        ("REDIS_URL", "redis://:hush@host"),
        ("MONGODB_URL", "mongodb://me:hush@host"),
    ];
    let shown = place.run(&["config", "show"], &environment);
    assert_eq!(shown.status(), 0, "{shown:?}");
    let line = |key: &str| {
        let text = shown.stdout();
        let line = text.lines().find(|line| line.starts_with(key)).unwrap().to_owned();
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(line("max_streams"), "max_streams = 7 # chandlery.toml");
    let url = "url = \"postgresql://me:***@host/db\" # environment DATABASE_URL";
    assert_eq!(line("url"), url);
    assert!(line("pool_size").ends_with("# default"));
    assert!(shown.stdout().contains("# MONGODB_URL is set, and not used by this version"));
    assert!(!shown.stdout().contains("hush"));

    let json = place.run(&["config", "show", "--json"], &environment);
    assert!(!json.stdout().contains("hush"));
    let settings = json.json()["settings"].as_array().unwrap().clone();
    let of = |key: &str| settings.iter().find(|s| s["key"] == key).unwrap().clone();
    assert_eq!(of("http.max_streams")["value"], 7);
    assert_eq!(of("http.max_streams")["source"], "file");
    assert_eq!(of("database.url")["source"], "environment");
    assert_eq!(of("redis.url")["source"], "environment");
    assert_eq!(of("database.bin_dir")["value"], serde_json::Value::Null);
}

#[test]
fn the_documentation_is_the_output_of_the_program() {
    let docs = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    let place = Place::new();
    for (page, arguments) in [
        ("configuration.md", &["config", "reference", "--markdown"][..]),
        ("cli.md", &["reference"]),
        ("access.md", &["reference", "access"]),
    ] {
        let written = std::fs::read_to_string(docs.join(page)).unwrap();
        let now = place.run(arguments, &[]).stdout();
        assert_eq!(written.trim_end(), now.trim_end(), "docs/{page} is stale: run `make docs`");
    }
    // Laid out by whoever wrote it last: what counts is what it says.
    let json = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
    let written = std::fs::read_to_string(docs.join("../web/openapi.json")).unwrap();
    let now = place.run(&["openapi"], &[]).stdout();
    assert!(json(&written) == json(&now), "web/openapi.json is stale: run `make docs`");
}
