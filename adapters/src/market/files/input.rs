//! The bytes of a file without their packing: gzip (several members too) and zip (one member) are
//! taken off by what the bytes say, not by the name. Counts what was read of the packed file.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::CrcReader;
use flate2::read::{DeflateDecoder, MultiGzDecoder};
use zip::{CompressionMethod, ZipArchive};

use super::error::Refusal;

/// Bytes as they come out of the packing.
pub(super) type Bytes = Box<dyn Read + Send>;

/// How a file is packed, and where its content is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Packing {
    None,
    Gzip,
    Zip(Member),
}

/// The one file inside a zip.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    name: String,
    start: u64,
    /// Packed length and checksum; unknown where the zip's directory is cut off.
    whole: Option<(u64, u32)>,
    deflated: bool,
}

/// A file that can be opened again and again.
#[derive(Debug, Clone)]
pub(super) struct Input {
    path: Arc<Path>,
    packing: Packing,
    read: Arc<AtomicU64>,
    /// Length of the file as it is on the disk.
    pub(super) bytes: u64,
    /// BLAKE3 of the file as it is on the disk.
    pub(super) digest: [u8; 32],
}

impl Input {
    /// Looks at the packing and digests the file.
    pub(super) fn look(path: &Path) -> Result<Self, Refusal> {
        let mut file = File::open(path)?;
        if file.metadata()?.is_dir() {
            return Err(Refusal::because("is a directory; name a file in it"));
        }
        let mut hasher = blake3::Hasher::new();
        let mut magic = Vec::with_capacity(4);
        (&mut file).take(4).read_to_end(&mut magic)?;
        hasher.update(&magic);
        let bytes = magic.len() as u64 + io::copy(&mut file, &mut hasher)?;
        let packing = match magic.as_slice() {
            [0x1f, 0x8b, ..] => Packing::Gzip,
            [b'P', b'K', 3, 4] => Packing::Zip(member(&mut file)?),
            [b'P', b'K', 5, 6] => return Err(Refusal::because("is a zip file without content")),
            _ => Packing::None,
        };
        let digest = *hasher.finalize().as_bytes();
        Ok(Self { path: path.into(), packing, read: Arc::default(), bytes, digest })
    }

    /// Name of the content: the member of a zip, else the file, without directories.
    pub(super) fn name(&self) -> &str {
        let name = match &self.packing {
            Packing::Zip(member) => Path::new(&member.name).file_name(),
            _ => self.path.file_name(),
        };
        name.and_then(|name| name.to_str()).unwrap_or_default()
    }

    /// Whether the bytes on the disk are the content.
    pub(super) fn is_plain(&self) -> bool {
        self.packing == Packing::None
    }

    /// The counter of packed bytes read since the last [`Input::open`].
    pub(super) fn counter(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.read)
    }

    /// The file as it is on the disk.
    pub(super) fn file(&self) -> io::Result<File> {
        File::open(&self.path)
    }

    /// The content from its beginning.
    pub(super) fn open(&self) -> io::Result<Bytes> {
        let mut file = self.file()?;
        self.read.store(0, Ordering::Relaxed);
        let count = Arc::clone(&self.read);
        Ok(match &self.packing {
            Packing::None => Box::new(Counted { inner: file, count }),
            Packing::Gzip => Box::new(MultiGzDecoder::new(Counted { inner: file, count })),
            Packing::Zip(member) => {
                file.seek(SeekFrom::Start(member.start))?;
                let packed_len = member.whole.map_or(u64::MAX, |(len, _)| len);
                let packed = Counted { inner: file, count }.take(packed_len);
                let crc = member.whole.map(|(_, crc)| crc);
                if member.deflated {
                    let inner = DeflateDecoder::new(packed);
                    Box::new(Checked { inner: CrcReader::new(inner), crc })
                } else {
                    Box::new(Checked { inner: CrcReader::new(packed), crc })
                }
            }
        })
    }

    /// The first bytes of the content, at most `most` of them.
    pub(super) fn head(&self, most: u64) -> Result<Vec<u8>, Refusal> {
        let mut head = Vec::new();
        match self.open()?.take(most).read_to_end(&mut head) {
            // Damage further on is a matter of the row that it hits.
            Err(error) if head.is_empty() => Err(error.into()),
            _ => Ok(head),
        }
    }
}

/// Finds the one member of a zip file.
fn member(file: &mut File) -> Result<Member, Refusal> {
    file.seek(SeekFrom::Start(0))?;
    let Ok(mut archive) = ZipArchive::new(BufReader::new(&mut *file)) else {
        return cut_member(file);
    };
    let unreadable = |error| Refusal::because(format!("is not a readable zip file: {error}"));
    let mut found = None;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(unreadable)?;
        if entry.is_dir() {
            continue;
        }
        let deflated = match entry.compression() {
            CompressionMethod::Stored => false,
            CompressionMethod::Deflated => true,
            other => {
                return Err(Refusal::because(format!("is zipped with {other}; unpack it first")));
            }
        };
        if entry.encrypted() {
            return Err(Refusal::because("is an encrypted zip file; unpack it first"));
        }
        let start = entry.data_start().ok_or_else(|| Refusal::because("is a damaged zip file"))?;
        let name = entry.name().map_err(unreadable)?.into_owned();
        let whole = Some((entry.compressed_size(), entry.crc32()));
        if found.replace(Member { name, start, whole, deflated }).is_some() {
            return Err(Refusal::because("is a zip of several files; unpack it first"));
        }
    }
    found.ok_or_else(|| Refusal::because("is a zip file without content"))
}

/// The first member of a zip whose directory, at its end, is missing: its rows can still be read
/// as far as they go. Layout of the local header: APPNOTE.TXT 4.3.7.
fn cut_member(file: &mut File) -> Result<Member, Refusal> {
    let damaged = || Refusal::because("is a damaged zip file");
    file.seek(SeekFrom::Start(0))?;
    let mut header = [0u8; 30];
    file.read_exact(&mut header).map_err(|_| damaged())?;
    let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
    let deflated = match short(8) {
        0 => false,
        8 => true,
        _ => return Err(damaged()),
    };
    let mut name = vec![0u8; short(26).into()];
    file.read_exact(&mut name).map_err(|_| damaged())?;
    let start = 30 + u64::from(short(26)) + u64::from(short(28));
    Ok(Member { name: String::from_utf8_lossy(&name).into_owned(), start, whole: None, deflated })
}

/// Counts what passes.
struct Counted<R> {
    inner: R,
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count.fetch_add(read as u64, Ordering::Relaxed);
        Ok(read)
    }
}

/// Compares the checksum at the end: a deflate stream doesn't tell by itself that it was cut.
struct Checked<R> {
    inner: CrcReader<R>,
    crc: Option<u32>,
}

impl<R: Read> Read for Checked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read > 0 || buffer.is_empty() {
            return Ok(read);
        }
        match self.crc {
            None => Err(io::ErrorKind::UnexpectedEof.into()),
            Some(crc) if crc != self.inner.crc().sum() => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "the zip's checksum doesn't match"))
            }
            Some(_) => Ok(0),
        }
    }
}
