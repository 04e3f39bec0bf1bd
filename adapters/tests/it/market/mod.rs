//! Files of market data: real ones, broken ones, and our own read back; and venues.

mod bad_rows;
mod damage;
mod formats;
mod real_files;
mod round_trip;
mod venue;

use std::io::Write as _;
use std::path::{Path, PathBuf};

use adapters::market::files::{FileError, Item, ReadOptions, Reader, Record, RowError, open};
use domain::market::{Candle, Tick};

/// A file of captured market data, or `None` (said aloud) where they are absent.
fn real(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        println!("skipped: {} is not here", path.display());
        return None;
    }
    Some(path)
}

/// A file made up for a test.
struct Made {
    folder: tempfile::TempDir,
    path: PathBuf,
}

fn made(name: &str, content: impl AsRef<[u8]>) -> Made {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    Made { folder, path }
}

impl Made {
    fn open(&self, options: &ReadOptions) -> Result<Reader, FileError> {
        assert!(self.folder.path().exists());
        open(&self.path, options)
    }

    /// Good rows and bad ones.
    fn rows(&self, options: &ReadOptions) -> (Vec<Record>, Vec<RowError>) {
        split(self.open(options).unwrap())
    }

    /// The rows of a file without a bad one.
    fn records(&self) -> Vec<Record> {
        let (records, errors) = self.rows(&ReadOptions::default());
        assert_eq!(errors, []);
        records
    }

    /// Why it can't be opened.
    fn refusal(&self, options: &ReadOptions) -> String {
        match self.open(options) {
            Ok(reader) => panic!("was opened as {:?}", reader.source()),
            Err(error) => error.to_string(),
        }
    }
}

fn split(reader: Reader) -> (Vec<Record>, Vec<RowError>) {
    let (mut records, mut errors) = (Vec::new(), Vec::new());
    for row in reader {
        match row {
            Ok(record) => records.push(record),
            Err(error) => errors.push(error),
        }
    }
    (records, errors)
}

fn ticks(records: Vec<Record>) -> Vec<Tick> {
    let tick = |record: Record| match record.item {
        Item::Tick(tick) => tick,
        other => panic!("{other:?} is no tick"),
    };
    records.into_iter().map(tick).collect()
}

fn candles(records: Vec<Record>) -> Vec<Candle> {
    let candle = |record: Record| match record.item {
        Item::Candle(candle) => candle,
        other => panic!("{other:?} is no candle"),
    };
    records.into_iter().map(candle).collect()
}

fn gzip(content: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(content).unwrap();
    packed.finish().unwrap()
}

fn zip_of(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut packed = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, content) in members {
        packed.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
        packed.write_all(content).unwrap();
    }
    packed.finish().unwrap().into_inner()
}
