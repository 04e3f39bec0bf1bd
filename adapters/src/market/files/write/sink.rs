//! The encoders behind one face: each begins with a header, takes batches and ends with a footer.

use std::io::Write;

use ::csv::Writer;
use ::parquet::arrow::ArrowWriter;
use ::parquet::basic::{Compression, ZstdLevel};
use ::parquet::file::properties::WriterProperties;
use arrow_array::RecordBatch;
use arrow_ipc::CompressionType;
use arrow_ipc::writer::{FileWriter, IpcWriteOptions, StreamWriter};
use arrow_schema::SchemaRef;

use super::{BATCH, OutFormat, WriteError};

/// An output that was begun.
pub(crate) enum Sink<W: Write + Send> {
    Csv(Box<Writer<W>>),
    Parquet(Box<ArrowWriter<W>>),
    Stream(Box<StreamWriter<W>>),
    File(Box<FileWriter<W>>),
    FreqtradeFile(Box<FileWriter<W>>),
}

impl<W: Write + Send> Sink<W> {
    pub(crate) fn new(format: OutFormat, out: W, schema: &SchemaRef) -> Result<Self, WriteError> {
        Ok(match format {
            OutFormat::Csv => {
                let mut csv = Writer::from_writer(out);
                csv.write_record(schema.fields().iter().map(|field| field.name()))?;
                Self::Csv(Box::new(csv))
            }
            OutFormat::Parquet => {
                let properties = WriterProperties::builder()
                    .set_compression(Compression::ZSTD(ZstdLevel::default()))
                    .set_max_row_group_row_count(Some(2 * BATCH))
                    .build();
                let writer = ArrowWriter::try_new(out, SchemaRef::clone(schema), Some(properties))?;
                Self::Parquet(Box::new(writer))
            }
            OutFormat::ArrowStream => Self::Stream(Box::new(StreamWriter::try_new(out, schema)?)),
            OutFormat::ArrowFile => Self::File(Box::new(file(out, schema)?)),
            OutFormat::FreqtradeFeather => Self::FreqtradeFile(Box::new(file(out, schema)?)),
        })
    }

    /// Writes a batch; CSV is written row by row instead.
    pub(crate) fn write(&mut self, batch: &RecordBatch) -> Result<(), WriteError> {
        match self {
            Self::Csv(_) => return Err(WriteError::Encode("CSV takes no batches".to_owned())),
            Self::Parquet(writer) => writer.write(batch)?,
            Self::Stream(writer) => writer.write(batch)?,
            Self::File(writer) | Self::FreqtradeFile(writer) => writer.write(batch)?,
        }
        Ok(())
    }

    pub(crate) fn finish(self) -> Result<W, WriteError> {
        match self {
            Self::Csv(csv) => csv.into_inner().map_err(|error| WriteError::Io(error.into_error())),
            Self::Parquet(writer) => Ok(writer.into_inner()?),
            Self::Stream(writer) => Ok(writer.into_inner()?),
            Self::File(writer) | Self::FreqtradeFile(writer) => Ok(writer.into_inner()?),
        }
    }
}

/// A feather file, with the compression that pandas uses.
fn file<W: Write>(out: W, schema: &SchemaRef) -> Result<FileWriter<W>, WriteError> {
    let options =
        IpcWriteOptions::default().try_with_compression(Some(CompressionType::LZ4_FRAME))?;
    Ok(FileWriter::try_new_with_options(out, schema, options)?)
}
