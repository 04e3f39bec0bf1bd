//! Arrow files by the index at their end. (polars needs this: behind its magic stands no stream.)

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::convert::try_fb_to_schema;
use arrow_ipc::reader::FileDecoder;
use arrow_ipc::{Block, root_as_footer, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};

use super::arrow::{CONTINUATION, MAGIC, check_lengths};
use super::input::Input;

/// The batches of a file with an index.
pub(super) struct Blocks {
    file: File,
    len: u64,
    read: Arc<AtomicU64>,
    schema: SchemaRef,
    decoder: FileDecoder,
    blocks: std::vec::IntoIter<Block>,
}

impl Blocks {
    /// Opens a file; `None` where it doesn't end as a whole one does.
    pub(super) fn open(
        input: &Input,
        places: Option<&[usize]>,
    ) -> Result<Option<Self>, ArrowError> {
        let (mut file, read, len) = (input.file()?, input.counter(), input.bytes);
        read.store(0, Ordering::Relaxed);
        let Some(end) = len.checked_sub(10) else { return Ok(None) };
        let tail = bytes(&mut file, end, 10)?;
        let (length, magic) = tail.split_at(4);
        let length = length.first_chunk().map_or(0, |length| u32::from_le_bytes(*length)).into();
        let start = end.checked_sub(length);
        let (Some(start), true) = (start, magic == MAGIC) else { return Ok(None) };
        let footer = bytes(&mut file, start, length)?;
        let footer = root_as_footer(&footer).map_err(|error| broken(&error.to_string()))?;
        let schema = footer.schema().ok_or_else(|| broken("it has no schema"))?;
        let schema = Arc::new(try_fb_to_schema(schema)?);
        let mut decoder = FileDecoder::new(Arc::clone(&schema), footer.version());
        if let Some(places) = places {
            decoder = decoder.with_projection(places.to_vec());
        }
        let blocks: Vec<Block> = footer.recordBatches().into_iter().flatten().copied().collect();
        let blocks = blocks.into_iter();
        let mut opened = Self { file, len, read, schema, decoder, blocks };
        for block in footer.dictionaries().into_iter().flatten() {
            let buffer = opened.block(block)?;
            opened.decoder.read_dictionary(block, &buffer)?;
        }
        Ok(Some(opened))
    }

    pub(super) fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    /// The bytes of a message and its body.
    fn block(&mut self, block: &Block) -> Result<Buffer, ArrowError> {
        let unsigned =
            |number: i64| u64::try_from(number).map_err(|_| broken("a length is negative"));
        let (start, header_len) =
            (unsigned(block.offset())?, unsigned(block.metaDataLength().into())?);
        let length = header_len.saturating_add(unsigned(block.bodyLength())?);
        if start.saturating_add(length) > self.len {
            return Err(broken("its index points beyond its end"));
        }
        let bytes = bytes(&mut self.file, start, length)?;
        self.read.fetch_add(length, Ordering::Relaxed);
        let split = usize::try_from(header_len).unwrap_or(usize::MAX);
        let (header, body) = bytes.split_at_checked(split).unwrap_or_default();
        let frame = if header.starts_with(&CONTINUATION) { 8 } else { 4 };
        let header = root_as_message(header.get(frame..).unwrap_or_default());
        check_lengths(&header.map_err(|error| broken(&error.to_string()))?, body)?;
        Ok(bytes.into())
    }
}

impl Iterator for Blocks {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let block = self.blocks.next()?;
        let buffer = self.block(&block);
        buffer.and_then(|buffer| self.decoder.read_record_batch(&block, &buffer)).transpose()
    }
}

fn broken(what: &str) -> ArrowError {
    ArrowError::IpcError(what.to_owned())
}

/// Exactly so many bytes of a file, which are known to be there.
fn bytes(file: &mut File, start: u64, length: u64) -> Result<Vec<u8>, ArrowError> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = vec![0; usize::try_from(length).map_err(|_| broken("it is too long"))?];
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}
