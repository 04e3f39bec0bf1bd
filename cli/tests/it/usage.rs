//! Help, version, completions, and what a wrong command line leads to.

use std::io::Read;
use std::process::Stdio;

use crate::program::Place;

#[test]
fn help_and_version_are_results() {
    let place = Place::new();
    let help = place.run(&["--help"], &[]);
    assert_eq!(help.status(), 0);
    for part in ["Exit status:", "--data-dir", "doctor", "migrate"] {
        assert!(help.stdout().contains(part), "{part}");
    }
    assert!(!help.stdout().contains("supervise-postgres"));
    let version = place.run(&["--version"], &[]).stdout();
    assert_eq!(version.trim(), concat!("chandlery ", env!("CARGO_PKG_VERSION")));
}

#[test]
fn a_wrong_command_line_ends_with_2_in_words_and_in_json() {
    let place = Place::new();
    let ended = place.run(&["migrate", "down"], &[]);
    assert_eq!((ended.status(), ended.stdout().as_str()), (2, ""));
    assert!(ended.stderr().contains("--to <N>"), "{ended:?}");

    let ended = place.run(&["--json", "frobnicate"], &[]);
    assert_eq!(ended.status(), 2);
    assert_eq!(ended.json()["error"]["code"], "usage");
    assert!(ended.json()["error"]["message"].as_str().unwrap().contains("frobnicate"));
}

#[test]
fn completions_know_the_commands() {
    for shell in ["bash", "zsh", "fish"] {
        let ended = Place::new().run(&["completions", shell], &[]);
        assert_eq!(ended.status(), 0);
        assert!(ended.stdout().contains("doctor"), "{shell}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let place = Place::new();
    let mut child = place
        .command(&["config", "reference"], &[])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((child.wait().unwrap().code(), said.as_str()), (Some(0), ""));
}
