//! Arrow IPC, as files (feather, version 2) and as streams. A file holds a stream behind its
//! padded magic; where its index at the end is missing (cut) or out of reach (packed), it is read
//! as one, so that what stands before damage is delivered.
//!
//! Messages are taken out here, not by arrow's own reader, which believes the length that a damaged
//! file gives for an unpacked column and then ends the process for want of memory.

use std::io::{BufRead, BufReader, ErrorKind, Read};

use arrow_array::RecordBatch;
use arrow_buffer::Buffer;
use arrow_ipc::reader::StreamDecoder;
use arrow_ipc::{Message, root_as_message};
use arrow_schema::{ArrowError, SchemaRef};

use super::arrow_file::Blocks;
use super::batches::{self, Batches, guarded};
use super::error::Refusal;
use super::input::{Bytes, Input};
use super::name::Named;
use super::reader::Opened;
use super::{Format, ReadOptions};

/// What a file begins and ends with.
pub(super) const MAGIC: &[u8; 6] = b"ARROW1";
/// Stands before the length of a message since Arrow 0.15.
pub(super) const CONTINUATION: [u8; 4] = [0xff; 4];
/// The message that ends a stream.
const END: &[u8] = &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
/// Most bytes of one column of one batch: 100 million doubles.
const MAX_COLUMN: i64 = 1 << 30;

/// Reads the schema and opens the rows.
pub(super) fn open(input: &Input, options: &ReadOptions, named: &Named) -> Result<Opened, Refusal> {
    let (schema, _) = read(input, None)?;
    batches::open(input, options, named, &schema, Format::Arrow, |input, places| {
        read(input, Some(places)).map(|(_, batches)| batches)
    })
}

fn read(input: &Input, places: Option<&[usize]>) -> Result<(SchemaRef, Batches), Refusal> {
    let is_file = input.head(6)?.as_slice() == MAGIC;
    let opened = guarded(|| {
        if is_file
            && input.is_plain()
            && let Some(blocks) = Blocks::open(input, places)?
        {
            return Ok((blocks.schema(), Box::new(blocks) as Batches));
        }
        let mut messages = Messages::new(input, is_file)?;
        let schema = messages.schema()?;
        let places = places.map(<[usize]>::to_vec);
        let used = Messages::new(input, is_file)?.map(move |batch| match &places {
            Some(places) => batch?.project(places),
            None => batch,
        });
        // The packing shows by itself that a file was cut; a plain one without an index was.
        let cut = (is_file && input.is_plain())
            .then(|| Err(std::io::Error::from(ErrorKind::UnexpectedEof).into()));
        Ok((schema, Box::new(used.chain(cut)) as Batches))
    });
    opened.map_err(|fault| {
        Refusal::because(format!("is not a readable Arrow file: {}", fault.reason))
    })
}

/// Refuses lengths of unpacked columns beyond all reason: each stands in the eight bytes before
/// its packed column.
pub(super) fn check_lengths(header: &Message<'_>, body: &[u8]) -> Result<(), ArrowError> {
    let batch = header.header_as_record_batch();
    let batch = batch.or_else(|| header.header_as_dictionary_batch().and_then(|d| d.data()));
    let Some(batch) = batch.filter(|batch| batch.compression().is_some()) else { return Ok(()) };
    let columns = batch.buffers().into_iter().flatten().filter(|column| column.length() > 0);
    for column in columns {
        let start = usize::try_from(column.offset()).ok().and_then(|at| body.get(at..));
        let length = start.and_then(<[u8]>::first_chunk).map(|bytes| i64::from_le_bytes(*bytes));
        if length.is_none_or(|length| length > MAX_COLUMN) {
            return Err(ArrowError::IpcError("a column is longer than 1 GB".to_owned()));
        }
    }
    Ok(())
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
        let length =
            u64::try_from(header.bodyLength()).map_err(|_| broken("a length is negative"))?;
        self.read(length, &mut message)?;
        let header =
            root_as_message(&message[8..body]).map_err(|error| broken(&error.to_string()))?;
        check_lengths(&header, &message[body..])?;
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
