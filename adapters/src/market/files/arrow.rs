//! Arrow IPC, as files (feather, version 2) and as streams. A file holds a stream behind its
//! padded magic, so both are read as streams: what stands before damage is delivered.
//!
//! Messages are taken out here, not by arrow's own reader, which believes the length that a damaged
//! file gives for an unpacked column and then ends the process for want of memory.

use std::io::{BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::{RecordBatch as BatchHeader, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};

use super::batches::{self, Batches, guarded};
use super::error::Refusal;
use super::input::{Bytes, Input};
use super::name::Named;
use super::reader::Opened;
use super::{Format, ReadOptions};

const MAGIC: &[u8; 6] = b"ARROW1";
/// Stands before the length of a message since Arrow 0.15.
const CONTINUATION: [u8; 4] = [0xff; 4];
/// The message that ends a stream.
const END: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
/// Most bytes of one column of one batch: 100 million doubles.
const MAX_COLUMN: i64 = 1 << 30;

/// Reads the schema and opens the rows.
pub(super) fn open(input: &Input, options: &ReadOptions, named: &Named) -> Result<Opened, Refusal> {
    let is_file = input.head(6)?.as_slice() == MAGIC;
    let schema = guarded(|| Messages::new(input, is_file)?.schema()).map_err(|fault| {
        Refusal::because(format!("is not a readable Arrow file: {}", fault.reason))
    })?;
    let cut = is_file && is_cut(input)?;
    batches::open(input, options, named, &schema, Format::Arrow, |input, places| {
        let places = places.to_vec();
        let messages = guarded(|| Messages::new(input, is_file))?;
        let used = messages.map(move |batch| batch?.project(&places));
        let early = || ArrowError::IoError(String::new(), ErrorKind::UnexpectedEof.into());
        Ok(Box::new(used.chain(cut.then(|| Err(early())))) as Batches)
    })
}

/// Whether a file lacks its end. A stream that breaks off between batches doesn't show it, but a
/// file ends with the bytes that it begins with. (In a packed file the packing shows it.)
fn is_cut(input: &Input) -> Result<bool, Refusal> {
    if !input.is_plain() {
        return Ok(false);
    }
    let mut end = [0; 6];
    let mut file = input.file()?;
    if file.seek(SeekFrom::End(-6)).is_err() || file.read_exact(&mut end).is_err() {
        return Ok(true);
    }
    Ok(end != *MAGIC)
}

/// The batches of a stream.
struct Messages {
    bytes: BufReader<Bytes>,
    decoder: StreamDecoder,
    /// What the decoder hasn't taken yet of the last message.
    pending: Buffer,
    ended: bool,
}

impl Messages {
    fn new(input: &Input, is_file: bool) -> Result<Self, ArrowError> {
        let mut bytes = BufReader::with_capacity(1 << 16, input.open()?);
        if is_file {
            // Writers pad the beginning with zeros to 8 or 64 bytes; a message begins with none.
            bytes.read_exact(&mut [0; 8])?;
            while bytes.fill_buf()?.first() == Some(&0) {
                bytes.consume(1);
            }
        }
        let pending = Buffer::from(&[] as &[u8]);
        Ok(Self { bytes, decoder: StreamDecoder::new(), pending, ended: false })
    }

    /// Reads up to the schema, which is the first message.
    fn schema(&mut self) -> Result<SchemaRef, ArrowError> {
        // The decoder acts on a message without a body only when more bytes come: here, the end's.
        let mut message = Buffer::from(self.message()?.unwrap_or_default());
        self.decoder.decode(&mut message)?;
        self.decoder.decode(&mut Buffer::from(END))?;
        self.decoder.schema().ok_or_else(|| ArrowError::IpcError("it has no schema".to_owned()))
    }

    fn batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        while !self.ended || !self.pending.is_empty() {
            if self.pending.is_empty() {
                let message = self.message()?;
                self.ended = message.is_none();
                self.pending = message.map_or_else(|| Buffer::from(END), Buffer::from);
            }
            if let Some(batch) = self.decoder.decode(&mut self.pending)? {
                return Ok(Some(batch));
            }
        }
        self.decoder.finish().map(|()| None)
    }

    /// The bytes of the next message with its body; `None` after the last.
    fn message(&mut self) -> Result<Option<Vec<u8>>, ArrowError> {
        let mut length = [0; 4];
        if self.bytes.fill_buf()?.is_empty() {
            return Ok(None);
        }
        self.bytes.read_exact(&mut length)?;
        if length == CONTINUATION {
            self.bytes.read_exact(&mut length)?;
        }
        if length == [0; 4] {
            return Ok(None);
        }
        let mut message = [CONTINUATION, length].concat();
        let body = message.len() + u32::from_le_bytes(length) as usize;
        self.read(u32::from_le_bytes(length).into(), &mut message)?;
        let broken = |what: &str| ArrowError::IpcError(what.to_owned());
        let header = root_as_message(&message[8..]).map_err(|error| broken(&error.to_string()))?;
        let batch = header.header_as_record_batch();
        let batch = batch.or_else(|| header.header_as_dictionary_batch().and_then(|d| d.data()));
        let packed = batch.filter(|batch| batch.compression().is_some());
        let columns = packed.as_ref().map(columns).unwrap_or_default();
        let length =
            u64::try_from(header.bodyLength()).map_err(|_| broken("a length is negative"))?;
        self.read(length, &mut message)?;
        // An unpacked column's length stands in the eight bytes before it.
        for at in columns {
            let prefix = message.get(body.saturating_add(at)..).and_then(<[u8]>::first_chunk);
            if prefix.is_none_or(|prefix| i64::from_le_bytes(*prefix) > MAX_COLUMN) {
                return Err(broken("a column is longer than 1 GB"));
            }
        }
        Ok(Some(message))
    }

    /// Adds exactly so many bytes; memory grows with what is there, not with what is promised.
    fn read(&mut self, length: u64, message: &mut Vec<u8>) -> Result<(), ArrowError> {
        let read = (&mut self.bytes).take(length).read_to_end(message)?;
        if read as u64 == length {
            Ok(())
        } else {
            Err(std::io::Error::from(ErrorKind::UnexpectedEof).into())
        }
    }
}

impl Iterator for Messages {
    type Item = Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.batch().transpose()
    }
}

/// Where the columns of a batch begin in its body.
fn columns(batch: &BatchHeader<'_>) -> Vec<usize> {
    let buffers = batch.buffers().into_iter().flatten().filter(|buffer| buffer.length() > 0);
    buffers.map(|buffer| usize::try_from(buffer.offset()).unwrap_or(usize::MAX)).collect()
}
