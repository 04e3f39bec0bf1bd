//! What is in a file: gzip and zip are taken off by what the bytes say, not by the name.

use std::fs::File;
use std::io::{self, Cursor, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use zip::ZipArchive;

/// The largest content that is taken; it is held in memory.
const MOST_BYTES: u64 = 2 << 30;
/// How a database of SQLite begins.
const SQLITE: &[u8] = b"SQLite format 3\0";

/// What was found.
pub(super) enum Content {
    /// A database; its bytes where it was packed.
    Database { bytes: Vec<u8>, packed: bool },
    /// The text of a result file.
    Results(String),
}

/// Reads and unpacks a file; an error in words that follow its path.
pub(super) fn content(path: &Path) -> Result<Content, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    if file.metadata().map_err(|error| error.to_string())?.is_dir() {
        return Err("is a directory; name a file in it".to_owned());
    }
    let bytes = limited(file)?;
    let (bytes, packed) = match bytes.as_slice() {
        [0x1f, 0x8b, ..] => (limited(MultiGzDecoder::new(bytes.as_slice()))?, true),
        [b'P', b'K', 3 | 5, 4 | 6, ..] => (results_of(&bytes)?, true),
        _ => (bytes, false),
    };
    if bytes.is_empty() {
        return Err("is empty".to_owned());
    }
    if bytes.starts_with(SQLITE) {
        return Ok(Content::Database { bytes, packed });
    }
    let text = String::from_utf8(bytes).map_err(|error| {
        format!(
            "is neither a database of SQLite nor UTF-8 text: byte {}",
            error.utf8_error().valid_up_to()
        )
    })?;
    if text.trim_start().starts_with('{') {
        return Ok(Content::Results(text));
    }
    Err("is neither a database of SQLite nor JSON".to_owned())
}

fn limited(from: impl Read) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let failed = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => "ends early: it is truncated".to_owned(),
        _ => format!("is damaged: {error}"),
    };
    from.take(MOST_BYTES + 1).read_to_end(&mut bytes).map_err(failed)?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(format!("is larger than {MOST_BYTES} bytes, unpacked"));
    }
    Ok(bytes)
}

/// freqtrade packs the results with configuration, strategy and market data beside them.
fn results_of(zipped: &[u8]) -> Result<Vec<u8>, String> {
    let unreadable = |error| format!("is not a readable zip file: {error}");
    let mut archive = ZipArchive::new(Cursor::new(zipped)).map_err(unreadable)?;
    let mut found = None;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(unreadable)?;
        let name = entry.name().map_err(unreadable)?.into_owned();
        let beside = name.ends_with("_config.json") || name.ends_with(".meta.json");
        let database = name.ends_with(".sqlite") || name.ends_with(".db");
        if (!name.ends_with(".json") || beside) && !database {
            continue;
        }
        if let Some((other, _)) = found.replace((name.clone(), limited(entry)?)) {
            return Err(format!("has several results, {other} and {name}; unpack it first"));
        }
    }
    found.map(|(_, bytes)| bytes).ok_or_else(|| "is a zip file without results".to_owned())
}
