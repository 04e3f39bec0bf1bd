//! Rows out of Arrow record batches, which is what Arrow files and Parquet give. Columns are found
//! by name; only those that mean something are decoded.

use std::panic::{AssertUnwindSafe, catch_unwind};

use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Date64Type, Decimal32Type, Decimal64Type, Decimal128Type, Decimal256Type,
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, LargeStringArray, PrimitiveArray, RecordBatch, StringArray,
    StringViewArray,
};
use arrow_schema::{ArrowError, DataType, Schema, TimeUnit};
use ethnum::I256;

use super::Format;
use super::cell::Cell;
use super::columns::Layout;
use super::error::{Fault, Refusal};
use super::input::Input;
use super::name::Named;
use super::plan::{Known, Rows, Unit, settle};
use super::reader::Opened;
use super::row::{Ids, Row};
use super::{Kind, ReadOptions};

/// Batches as they come out of a file.
pub(super) type Batches = Box<dyn Iterator<Item = Result<RecordBatch, ArrowError>> + Send>;

/// Opens a file whose batches `open` gives for the columns at some places.
pub(super) fn open(
    input: &Input,
    options: &ReadOptions,
    named: &Named,
    schema: &Schema,
    other: Format,
    batches: impl Fn(&Input, &[usize]) -> Result<Batches, Refusal>,
) -> Result<Opened, Refusal> {
    let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
    let whole = Layout::of_header(&names).map_err(|reason| {
        // Columns of such files can't be renamed by an option.
        Refusal::because(reason.split(';').next().unwrap_or_default().to_owned())
    })?;
    let freqtrade = other != Format::Parquet
        && (names.starts_with(&["date", "open", "high", "low", "close", "volume"])
            || names.starts_with(&["timestamp", "id", "type", "side", "price", "amount"]));
    let unused = whole.unused().join(", ");
    let (used, layout) = whole.projected();
    for at in &used {
        let field = schema.field(*at);
        if !is_readable(field.data_type()) {
            let (name, data_type) = (field.name(), field.data_type());
            return Err(Refusal::because(format!("column \"{name}\" has the type {data_type}")));
        }
    }
    let rows = || batches(input, &used).map(BatchRows::new);
    let known = Known {
        options,
        layout,
        kind: None::<Kind>,
        interval: named.interval,
        ids: if freqtrade { Ids::Rising } else { Ids::Any },
        unit: Unit::Sampled,
    };
    let (plan, mut notes) = settle(known, &mut rows()?)?;
    if used.iter().any(|at| schema.field(*at).data_type().is_floating()) {
        notes.push(
            "numbers are doubles: each is taken as the shortest decimal that reads back the same, \
             or its first 15 digits where that has more than 18 after the point"
                .to_owned(),
        );
    }
    if !unused.is_empty() && !freqtrade {
        notes.push(format!("columns not used: {unused}"));
    }
    let format = match options.format {
        Some(format) => format,
        None if freqtrade => Format::FreqtradeFeather,
        None => other,
    };
    Ok(Opened::table(format, plan, notes, rows()?))
}

/// Runs decoding code that panics on some damaged files.
pub(super) fn guarded<T>(run: impl FnOnce() -> Result<T, ArrowError>) -> Result<T, Fault> {
    let damaged = |what: String| Fault::fatal(format!("the file is damaged: {what}"));
    match catch_unwind(AssertUnwindSafe(run)) {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(ArrowError::IoError(_, error))) => Err(error.into()),
        Ok(Err(error)) => Err(damaged(error.to_string())),
        Err(_) => Err(damaged("its inner offsets make no sense".to_owned())),
    }
}

/// The rows of successive batches.
struct BatchRows {
    batches: Batches,
    columns: Vec<Values>,
    rows: usize,
    /// The row after the present one.
    next: usize,
}

impl BatchRows {
    fn new(batches: Batches) -> Self {
        Self { batches, columns: Vec::new(), rows: 0, next: 0 }
    }
}

impl Row for BatchRows {
    fn cell(&self, at: usize) -> Cell<'_> {
        self.columns.get(at).map_or(Cell::Missing, |values| values.cell(self.next - 1))
    }
}

impl Rows for BatchRows {
    fn advance(&mut self) -> Option<Result<(), Fault>> {
        while self.next == self.rows {
            let columns = guarded(|| {
                let Some(batch) = self.batches.next().transpose()? else { return Ok(None) };
                let columns: Vec<Values> = batch.columns().iter().map(Values::of).collect();
                Ok(Some((batch.num_rows(), columns)))
            });
            match columns {
                Ok(None) => return None,
                Ok(Some((rows, columns))) => {
                    (self.rows, self.columns, self.next) = (rows, columns, 0);
                }
                Err(fault) => return Some(Err(fault)),
            }
        }
        self.next += 1;
        Some(Ok(()))
    }
}

/// The values of one column of a batch.
enum Values {
    Double(PrimitiveArray<Float64Type>),
    Single(PrimitiveArray<Float32Type>),
    Whole(PrimitiveArray<Int64Type>),
    Micros(PrimitiveArray<Int64Type>),
    Exact128(PrimitiveArray<Decimal128Type>, i32),
    Exact256(PrimitiveArray<Decimal256Type>, i32),
    Text(StringArray),
    LargeText(LargeStringArray),
    ViewText(StringViewArray),
    Truth(BooleanArray),
    Dictionary(Vec<Option<usize>>, Box<Values>),
    Missing,
}

/// Whether a column of this type can be read.
fn is_readable(data_type: &DataType) -> bool {
    match data_type {
        DataType::Dictionary(_, values) => is_readable(values),
        DataType::Float64 | DataType::Float32 | DataType::Boolean | DataType::Null => true,
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => true,
        DataType::Decimal32(..) | DataType::Decimal64(..) => true,
        DataType::Decimal128(..) | DataType::Decimal256(..) => true,
        other => other.is_integer(),
    }
}

impl Values {
    fn of(array: &ArrayRef) -> Self {
        macro_rules! whole {
            ($type:ty) => {
                Self::Whole(array.as_primitive::<$type>().unary(i64::from))
            };
        }
        macro_rules! micros {
            ($type:ty, $each:expr) => {
                Self::Micros(array.as_primitive::<$type>().unary($each))
            };
        }
        match array.data_type() {
            DataType::Float64 => Self::Double(array.as_primitive().clone()),
            DataType::Float32 => Self::Single(array.as_primitive().clone()),
            DataType::Int64 => Self::Whole(array.as_primitive().clone()),
            DataType::Int32 => whole!(Int32Type),
            DataType::Int16 => whole!(Int16Type),
            DataType::Int8 => whole!(Int8Type),
            DataType::UInt64 => {
                Self::Exact128(array.as_primitive::<UInt64Type>().unary(i128::from), 0)
            }
            DataType::UInt32 => whole!(UInt32Type),
            DataType::UInt16 => whole!(UInt16Type),
            DataType::UInt8 => whole!(UInt8Type),
            DataType::Timestamp(TimeUnit::Second, _) => {
                micros!(TimestampSecondType, |t| t.saturating_mul(1_000_000))
            }
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                micros!(TimestampMillisecondType, |t| t.saturating_mul(1_000))
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                micros!(TimestampMicrosecondType, |t| t)
            }
            DataType::Timestamp(TimeUnit::Nanosecond, _) => {
                micros!(TimestampNanosecondType, |t| t.div_euclid(1_000))
            }
            DataType::Date32 => micros!(Date32Type, |day| i64::from(day) * 86_400_000_000),
            DataType::Date64 => micros!(Date64Type, |ms| ms.saturating_mul(1_000)),
            DataType::Decimal32(_, scale) => Self::Exact128(
                array.as_primitive::<Decimal32Type>().unary(i128::from),
                i32::from(*scale),
            ),
            DataType::Decimal64(_, scale) => Self::Exact128(
                array.as_primitive::<Decimal64Type>().unary(i128::from),
                i32::from(*scale),
            ),
            DataType::Decimal128(_, scale) => {
                Self::Exact128(array.as_primitive().clone(), i32::from(*scale))
            }
            DataType::Decimal256(_, scale) => {
                Self::Exact256(array.as_primitive().clone(), i32::from(*scale))
            }
            DataType::Utf8 => Self::Text(array.as_string().clone()),
            DataType::LargeUtf8 => Self::LargeText(array.as_string().clone()),
            DataType::Utf8View => Self::ViewText(array.as_string_view().clone()),
            DataType::Boolean => Self::Truth(array.as_boolean().clone()),
            DataType::Dictionary(..) => Self::of_dictionary(array),
            _ => Self::Missing,
        }
    }

    fn of_dictionary(array: &ArrayRef) -> Self {
        let Some(dictionary) = array.as_any_dictionary_opt() else { return Self::Missing };
        if dictionary.values().is_empty() {
            return Self::Missing;
        }
        let keys = dictionary.normalized_keys().into_iter().enumerate();
        let keys = keys.map(|(row, key)| dictionary.keys().is_valid(row).then_some(key));
        Self::Dictionary(keys.collect(), Box::new(Self::of(dictionary.values())))
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        let valid = |array: &dyn Array| array.is_valid(row);
        match self {
            Self::Double(array) if valid(array) => Cell::Double(array.value(row)),
            // The shortest text of the single, not of its double.
            Self::Single(array) if valid(array) => Cell::Double(widened(array.value(row))),
            Self::Whole(array) if valid(array) => Cell::Whole(array.value(row)),
            Self::Micros(array) if valid(array) => Cell::Moment(array.value(row)),
            Self::Exact128(array, scale) if valid(array) => {
                Cell::Exact(I256::from(array.value(row)), *scale)
            }
            Self::Exact256(array, scale) if valid(array) => {
                let (low, high) = array.value(row).to_parts();
                Cell::Exact(I256::from_words(high, low.cast_signed()), *scale)
            }
            Self::Text(array) if valid(array) => Cell::text(array.value(row)),
            Self::LargeText(array) if valid(array) => Cell::text(array.value(row)),
            Self::ViewText(array) if valid(array) => Cell::text(array.value(row)),
            Self::Truth(array) if valid(array) => Cell::Truth(array.value(row)),
            Self::Dictionary(keys, values) => {
                keys.get(row).copied().flatten().map_or(Cell::Missing, |key| values.cell(key))
            }
            _ => Cell::Missing,
        }
    }
}

/// The double whose shortest text is that of the single.
fn widened(single: f32) -> f64 {
    single.to_string().parse().unwrap_or(f64::NAN)
}
