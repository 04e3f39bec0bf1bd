//! Parquet, as we export it and as pandas and polars write it.

use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use ::parquet::arrow::ProjectionMask;
use ::parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use ::parquet::errors::ParquetError;
use ::parquet::file::reader::{ChunkReader, Length};
use arrow_schema::{ArrowError, SchemaRef};
use bytes::Bytes;

use super::batches::{self, Batches, guarded};
use super::error::Refusal;
use super::input::Input;
use super::name::Named;
use super::reader::Opened;
use super::{Format, ReadOptions};

/// Rows decoded at a time.
const BATCH: usize = 8_192;
/// Largest file read out of a packing: its index is at its end, so it is unpacked in memory.
const MAX_UNPACKED: u64 = 256 << 20;

/// Reads the schema and opens the rows.
pub(super) fn open(input: &Input, options: &ReadOptions, named: &Named) -> Result<Opened, Refusal> {
    let (schema, _) = read(input, None)?;
    batches::open(input, options, named, &schema, Format::Parquet, |input, places| {
        read(input, Some(places)).map(|(_, batches)| batches)
    })
}

fn read(input: &Input, places: Option<&[usize]>) -> Result<(SchemaRef, Batches), Refusal> {
    let opened = if input.is_plain() {
        let read = input.counter();
        read.store(0, Ordering::Relaxed);
        let chunks = Chunks { file: input.file()?, len: input.bytes, read };
        guarded(|| build(chunks, places))
    } else {
        let mut content = Vec::new();
        input.open()?.take(MAX_UNPACKED + 1).read_to_end(&mut content)?;
        if content.len() as u64 > MAX_UNPACKED {
            return Err(Refusal::because("is Parquet packed once more; unpack it first"));
        }
        guarded(|| build(Bytes::from(content), places))
    };
    opened.map_err(|fault| {
        Refusal::because(format!("is not a readable Parquet file: {}", fault.reason))
    })
}

fn build<T: ChunkReader + 'static>(
    chunks: T,
    places: Option<&[usize]>,
) -> Result<(SchemaRef, Batches), ArrowError> {
    let builder = ParquetRecordBatchReaderBuilder::try_new(chunks)?.with_batch_size(BATCH);
    let schema = Arc::clone(builder.schema());
    let mask = match places {
        Some(places) => ProjectionMask::roots(builder.parquet_schema(), places.iter().copied()),
        None => ProjectionMask::all(),
    };
    Ok((schema, Box::new(builder.with_projection(mask).build()?)))
}

/// A file that counts what is read, and refuses lengths that a damaged index makes up before
/// memory is asked for them.
struct Chunks {
    file: File,
    len: u64,
    read: Arc<AtomicU64>,
}

impl Length for Chunks {
    fn len(&self) -> u64 {
        self.len
    }
}

impl ChunkReader for Chunks {
    type T = BufReader<File>;

    fn get_read(&self, start: u64) -> Result<Self::T, ParquetError> {
        let mut file = self.file.try_clone()?;
        file.seek(SeekFrom::Start(start))?;
        Ok(BufReader::new(file))
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes, ParquetError> {
        if start.checked_add(length as u64).is_none_or(|end| end > self.len) {
            return Err(ParquetError::EOF("its index points beyond its end".to_owned()));
        }
        let mut bytes = vec![0; length];
        self.get_read(start)?.read_exact(&mut bytes)?;
        self.read.fetch_add(length as u64, Ordering::Relaxed);
        Ok(bytes.into())
    }
}
