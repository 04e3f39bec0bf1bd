//! Exports: candles and ticks as CSV, Parquet, Arrow and freqtrade's feather, written in batches
//! of bounded memory. Decimals keep their exact value; one that doesn't fit the scale announced
//! is an error, never rounded. (freqtrade's format knows only doubles.)

mod candles;
pub(crate) mod columns;
pub(crate) mod sink;
mod ticks;

use std::fmt;
use std::io::Write;
use std::str::FromStr;

use arrow_schema::ArrowError;
use domain::Time;
use domain::market::{Candle, Interval, Tick, TickKind};

pub use candles::{CandleSchema, candles_batch, candles_schema};
use sink::Sink;
pub use ticks::{TickSchema, ticks_batch, ticks_schema};

/// Rows in a batch: some 25 MB.
const BATCH: usize = 65_536;

/// A format to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutFormat {
    /// CSV with a header, times in RFC 3339, plain decimals, nothing for null.
    Csv,
    /// Parquet, compressed with zstd.
    Parquet,
    /// Arrow IPC stream.
    ArrowStream,
    /// Arrow IPC file (feather, version 2) with exact decimals.
    ArrowFile,
    /// freqtrade's feather: milliseconds and doubles.
    FreqtradeFeather,
}

impl OutFormat {
    const ALL: [Self; 5] =
        [Self::Csv, Self::Parquet, Self::ArrowStream, Self::ArrowFile, Self::FreqtradeFeather];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Parquet => "parquet",
            Self::ArrowStream => "arrow-stream",
            Self::ArrowFile => "arrow",
            Self::FreqtradeFeather => "freqtrade-feather",
        }
    }
}

/// A text that names no format to write.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is not a format to write; there are csv, parquet, arrow, arrow-stream and \
     freqtrade-feather"
)]
pub struct UnknownOutFormat(pub String);

impl FromStr for OutFormat {
    type Err = UnknownOutFormat;

    fn from_str(text: &str) -> Result<Self, UnknownOutFormat> {
        if text == "feather" {
            return Ok(Self::FreqtradeFeather);
        }
        let found = Self::ALL.into_iter().find(|format| format.as_str() == text);
        found.ok_or_else(|| UnknownOutFormat(text.to_owned()))
    }
}

impl fmt::Display for OutFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Why an export stopped.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The output refused.
    #[error("can't write: {0}")]
    Io(#[from] std::io::Error),
    /// A value needs more digits than announced.
    #[error("{column} of {time}: {value} doesn't fit {scale} digits after the point")]
    Scale {
        /// The column.
        column: &'static str,
        /// The row's time.
        time: Time,
        /// The value.
        value: String,
        /// Digits after the point that were announced.
        scale: u8,
    },
    /// The encoder refused.
    #[error("can't encode: {0}")]
    Encode(String),
}

impl From<ArrowError> for WriteError {
    fn from(error: ArrowError) -> Self {
        match error {
            ArrowError::IoError(_, error) => Self::Io(error),
            other => Self::Encode(other.to_string()),
        }
    }
}

impl From<::parquet::errors::ParquetError> for WriteError {
    fn from(error: ::parquet::errors::ParquetError) -> Self {
        Self::Encode(error.to_string())
    }
}

impl From<::csv::Error> for WriteError {
    /// The system's error comes out as it went in, so that a closed pipe is known as one.
    fn from(error: ::csv::Error) -> Self {
        match error.into_kind() {
            ::csv::ErrorKind::Io(error) => Self::Io(error),
            other => Self::Encode(format!("{other:?}")),
        }
    }
}

/// Writes candles of one interval.
pub struct CandleWriter<W: Write + Send> {
    sink: Sink<W>,
    interval: Interval,
    schema: CandleSchema,
    pending: Vec<Candle>,
}

impl<W: Write + Send> CandleWriter<W> {
    /// Begins the output.
    ///
    /// # Errors
    /// Where the output refuses the beginning.
    pub fn new(
        format: OutFormat,
        out: W,
        interval: Interval,
        schema: &CandleSchema,
    ) -> Result<Self, WriteError> {
        let columns = match format {
            OutFormat::FreqtradeFeather => candles::freqtrade_schema(),
            _ => candles_schema(schema),
        };
        let sink = Sink::new(format, out, &columns)?;
        Ok(Self { sink, interval, schema: *schema, pending: Vec::new() })
    }

    /// Takes candles in.
    ///
    /// # Errors
    /// [`WriteError::Scale`] for a value that doesn't fit; else where the output refuses.
    pub fn write(&mut self, candles: &[Candle]) -> Result<(), WriteError> {
        for candle in candles {
            self.pending.push(candle.clone());
            if self.pending.len() == BATCH {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Ends the output and gives it back.
    ///
    /// # Errors
    /// As [`CandleWriter::write`].
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.flush()?;
        self.sink.finish()
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let (pending, interval) = (std::mem::take(&mut self.pending), self.interval);
        match &mut self.sink {
            _ if pending.is_empty() => Ok(()),
            Sink::Csv(csv) => candles::write_csv(csv, &pending, interval),
            Sink::FreqtradeFile(file) => Ok(file.write(&candles::freqtrade_batch(&pending)?)?),
            sink => sink.write(&candles_batch(&pending, interval, &self.schema)?),
        }
    }
}

/// Writes ticks of one kind.
pub struct TickWriter<W: Write + Send> {
    sink: Sink<W>,
    kind: TickKind,
    schema: TickSchema,
    pending: Vec<Tick>,
}

impl<W: Write + Send> TickWriter<W> {
    /// Begins the output.
    ///
    /// # Errors
    /// Where the output refuses the beginning.
    pub fn new(
        format: OutFormat,
        out: W,
        kind: TickKind,
        schema: &TickSchema,
    ) -> Result<Self, WriteError> {
        let columns = match format {
            OutFormat::FreqtradeFeather => ticks::freqtrade_schema(),
            _ => ticks_schema(schema),
        };
        let sink = Sink::new(format, out, &columns)?;
        Ok(Self { sink, kind, schema: *schema, pending: Vec::new() })
    }

    /// Takes ticks in.
    ///
    /// # Errors
    /// [`WriteError::Scale`] for a value that doesn't fit; else where the output refuses.
    pub fn write(&mut self, ticks: &[Tick]) -> Result<(), WriteError> {
        for tick in ticks {
            self.pending.push(tick.clone());
            if self.pending.len() == BATCH {
                self.flush()?;
            }
        }
        Ok(())
    }

    /// Ends the output and gives it back.
    ///
    /// # Errors
    /// As [`TickWriter::write`].
    pub fn finish(mut self) -> Result<W, WriteError> {
        self.flush()?;
        self.sink.finish()
    }

    fn flush(&mut self) -> Result<(), WriteError> {
        let (pending, kind) = (std::mem::take(&mut self.pending), self.kind);
        match &mut self.sink {
            _ if pending.is_empty() => Ok(()),
            Sink::Csv(csv) => ticks::write_csv(csv, &pending, kind),
            Sink::FreqtradeFile(file) => Ok(file.write(&ticks::freqtrade_batch(&pending)?)?),
            sink => sink.write(&ticks_batch(&pending, kind, &self.schema)?),
        }
    }
}
