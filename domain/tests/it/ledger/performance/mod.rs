//! Metrics against the programs whose names they carry.

mod documented;
mod empyrical;
mod freqtrade;
mod tables;

use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

/// A place among the captured data, or `None` (said aloud) where it is absent.
fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        println!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

/// The text of a file, unpacked where its name says that it is packed.
fn text(path: &Path) -> String {
    let bytes = std::fs::read(path).unwrap();
    if path.extension().is_none_or(|ending| ending != "gz") {
        return String::from_utf8(bytes).unwrap();
    }
    let mut text = String::new();
    flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    text
}

/// A number, or what stands for one that JSON doesn't have.
fn number(value: &Value) -> f64 {
    match value {
        Value::Null => f64::NAN,
        Value::String(text) => text.parse().unwrap(),
        Value::Number(_) => value.as_f64().unwrap(),
        _ => panic!("{value} is not a number"),
    }
}
