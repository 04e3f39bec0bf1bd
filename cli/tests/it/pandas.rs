//! What we export is what pandas and pyarrow read: the same numbers in every format.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::Place;

#[test]
fn pandas_reads_the_same_numbers_from_every_format() {
    let place = Place::new();
    let mut trades = String::new();
    // Prices and sizes of every length, over two hours; some minutes have no trade.
    for id in 0..2_000_u64 {
        let time = 1_723_118_400_000 + id * 3_600 + (id % 7) * 200_000;
        let (cents, dust) = (5_000_000 + (id * 7_919) % 90_000, (id * 104_729) % 100_000_000);
        trades +=
            &format!("{id},{}.{:02},{}.{dust:08},1,{time},", cents / 100, cents % 100, id % 3);
        trades += if id % 2 == 0 { "true,true\n" } else { "false,true\n" };
    }
    place.write("BTCUSDT-trades-2024-08-08.csv", &trades);
    let imported = place.run(&["import", "BTCUSDT-trades-2024-08-08.csv", "--skip-bad"], &[]);
    assert_eq!(imported.status(), 0, "{imported:?}");
    for (name, format) in [
        ("series.csv", "csv"),
        ("series.parquet", "parquet"),
        ("series.feather", "arrow"),
        ("series.arrows", "arrow-stream"),
        ("freqtrade.feather", "freqtrade-feather"),
    ] {
        let export = ["export", "--symbol", "binance:BTCUSDT", "--format", format, "-o", name];
        let ended = place.run(&export, &[]);
        assert_eq!(ended.status(), 0, "{ended:?}");
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/read_exports.py");
    let read = Command::new(python()).arg(script).arg(place.path()).output().unwrap();
    assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
    let rows: usize = String::from_utf8(read.stdout).unwrap().trim().parse().unwrap();
    assert!(rows > 100, "{rows}");
}

/// The Python that `scripts/install-deps --tests` makes.
fn python() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let python = root.join("target/py/bin/python");
    assert!(python.exists(), "{} is missing: run scripts/install-deps --tests", python.display());
    python
}
