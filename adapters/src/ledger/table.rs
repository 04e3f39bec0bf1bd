//! Lists of the ledger as CSV, Parquet and Arrow. One description of the columns makes all of them, out of the same rows that are
//! answered as JSON, so that no format tells something else.

use std::io::Write;
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};
use domain::{Amount, Time};
use serde_json::Value;

use crate::market::files::write::columns::{
    MAX_SCALE_128, amount_field, amounts, micros, time_field,
};
use crate::market::files::write::sink::Sink;
use crate::market::files::{OutFormat, WriteError};

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Text,
    Time,
    Decimal,
    Whole,
    Real,
    Truth,
    Json,
}

/// A column; its name is that of the row's field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    name: &'static str,
    kind: Kind,
    nullable: bool,
}

impl Column {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, nullable: false }
    }

    /// Of texts: names and numbers of things.
    #[must_use]
    pub const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    /// Of moments, in microseconds (UTC).
    #[must_use]
    pub const fn time(name: &'static str) -> Self {
        Self::new(name, Kind::Time)
    }

    /// Of exact decimals.
    #[must_use]
    pub const fn decimal(name: &'static str) -> Self {
        Self::new(name, Kind::Decimal)
    }

    /// Of whole numbers.
    #[must_use]
    pub const fn whole(name: &'static str) -> Self {
        Self::new(name, Kind::Whole)
    }

    /// Of doubles: ratios that are no money.
    #[must_use]
    pub const fn real(name: &'static str) -> Self {
        Self::new(name, Kind::Real)
    }

    /// Of what is true or false.
    #[must_use]
    pub const fn truth(name: &'static str) -> Self {
        Self::new(name, Kind::Truth)
    }

    /// Of what has parts: their JSON.
    #[must_use]
    pub const fn json(name: &'static str) -> Self {
        Self::new(name, Kind::Json)
    }

    /// The same where some rows have none.
    #[must_use]
    pub const fn or_none(self) -> Self {
        Self { nullable: true, ..self }
    }

    /// Whether it is of what has parts.
    #[must_use]
    pub fn is_json(&self) -> bool {
        self.kind == Kind::Json
    }

    /// The field's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    fn field(&self, scale: u8) -> Field {
        let Self { name, kind, nullable } = *self;
        match kind {
            Kind::Text | Kind::Json => Field::new(name, DataType::Utf8, nullable),
            Kind::Time => time_field(name, TimeUnit::Microsecond, nullable),
            Kind::Decimal => amount_field(name, scale, nullable),
            Kind::Whole => Field::new(name, DataType::Int64, nullable),
            Kind::Real => Field::new(name, DataType::Float64, nullable),
            Kind::Truth => Field::new(name, DataType::Boolean, nullable),
        }
    }

    /// A value that is of another kind than the column's is a mistake of whoever described it.
    fn unlike(&self, value: &Value) -> WriteError {
        WriteError::Encode(format!("{}: {value} is no {:?}", self.name, self.kind))
    }

    fn array(&self, scale: u8, rows: &[Value]) -> Result<ArrayRef, WriteError> {
        let values = rows.iter().map(|row| &row[self.name]);
        let column: ArrayRef = match self.kind {
            Kind::Text | Kind::Json => Arc::new(values.map(text).collect::<StringArray>()),
            Kind::Time => {
                let times = values.map(|value| self.read::<Time>(value));
                micros(times.collect::<Result<Vec<_>, _>>()?.into_iter())
            }
            Kind::Decimal => {
                let read = values.map(|value| self.read::<Amount>(value));
                let read = read.collect::<Result<Vec<_>, _>>()?.into_iter();
                // Which row it is of doesn't matter: see `too_fine`.
                amounts(self.name, scale, read.map(|value| (Time::MIN, value))).map_err(too_fine)?
            }
            Kind::Whole => Arc::new(self.plain(values, Value::as_i64)?.collect::<Int64Array>()),
            Kind::Real => Arc::new(self.plain(values, Value::as_f64)?.collect::<Float64Array>()),
            Kind::Truth => Arc::new(self.plain(values, Value::as_bool)?.collect::<BooleanArray>()),
        };
        Ok(column)
    }

    fn read<T: std::str::FromStr>(&self, value: &Value) -> Result<Option<T>, WriteError> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) => text.parse().map(Some).map_err(|_| self.unlike(value)),
            _ => Err(self.unlike(value)),
        }
    }

    fn plain<'a, T>(
        &self,
        values: impl Iterator<Item = &'a Value>,
        read: fn(&Value) -> Option<T>,
    ) -> Result<std::vec::IntoIter<Option<T>>, WriteError> {
        let one = |value: &Value| match value {
            Value::Null => Ok(None),
            value => read(value).map(Some).ok_or_else(|| self.unlike(value)),
        };
        Ok(values.map(one).collect::<Result<Vec<_>, WriteError>>()?.into_iter())
    }
}

/// Null is none; what has parts is their JSON.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Digits after the point of each column's decimals: the most that any value needs. CSV needs none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scales(Vec<u8>);

impl Scales {
    /// Of no rows yet.
    #[must_use]
    pub fn none(columns: &[Column]) -> Self {
        Self(vec![0; columns.len()])
    }

    /// Makes room for more rows.
    ///
    /// # Errors
    /// [`WriteError::Encode`] for a value that is no decimal.
    pub fn widen(&mut self, columns: &[Column], rows: &[Value]) -> Result<(), WriteError> {
        let decimals = columns.iter().zip(&mut self.0).filter(|(c, _)| c.kind == Kind::Decimal);
        for (column, scale) in decimals {
            for row in rows {
                let value = column.read::<Amount>(&row[column.name])?.unwrap_or_default();
                *scale = (*scale).max(needed(value));
            }
        }
        Ok(())
    }
}

/// More than 20 digits before the point have no room in the narrow decimals, which go with a small scale.
fn needed(value: Amount) -> u8 {
    let narrow = value.abs() < Amount::unpacked(10i128.pow(20), 0);
    let scale = u8::try_from(value.scale()).unwrap_or(u8::MAX);
    if narrow { scale } else { scale.max(MAX_SCALE_128 + 1) }
}

/// Scales are of the rows themselves, so only one that has changed meanwhile can fail to fit.
fn too_fine(error: WriteError) -> WriteError {
    match error {
        WriteError::Scale { column, value, .. } => {
            let what = "is of a row that changed while it was read; try again";
            WriteError::Encode(format!("{column}: {value} {what}"))
        }
        error => error,
    }
}

/// Writes rows, each an object that has the columns as its fields.
pub struct TableWriter<W: Write + Send> {
    sink: Sink<W>,
    columns: &'static [Column],
    scales: Scales,
    schema: SchemaRef,
}

impl<W: Write + Send> TableWriter<W> {
    /// Begins the output; rows fit the scales.
    ///
    /// # Errors
    /// Where the output refuses the beginning.
    pub fn new(
        format: OutFormat,
        out: W,
        columns: &'static [Column],
        scales: Scales,
    ) -> Result<Self, WriteError> {
        let fields = columns.iter().zip(&scales.0).map(|(column, scale)| column.field(*scale));
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let sink = Sink::new(format, out, &schema)?;
        Ok(Self { sink, columns, scales, schema })
    }

    /// Takes rows in.
    ///
    /// # Errors
    /// [`WriteError`]: a value that doesn't fit its column, or the output's.
    pub fn write(&mut self, rows: &[Value]) -> Result<(), WriteError> {
        if let Sink::Csv(csv) = &mut self.sink {
            for row in rows {
                let fields = self.columns.iter().map(|column| text(&row[column.name]));
                csv.write_record(fields.map(Option::unwrap_or_default))?;
            }
            return Ok(());
        }
        if rows.is_empty() {
            return Ok(());
        }
        let columns = self.columns.iter().zip(&self.scales.0);
        let arrays = columns.map(|(column, scale)| column.array(*scale, rows));
        let arrays = arrays.collect::<Result<Vec<_>, WriteError>>()?;
        self.sink.write(&RecordBatch::try_new(Arc::clone(&self.schema), arrays)?)
    }

    /// Ends the output and gives it back.
    ///
    /// # Errors
    /// The output's.
    pub fn finish(self) -> Result<W, WriteError> {
        self.sink.finish()
    }
}

#[cfg(test)]
mod tests {
    use arrow_array::cast::AsArray;
    use arrow_array::types::{Decimal128Type, Decimal256Type};
    use arrow_ipc::reader::StreamReader;
    use serde_json::json;

    use super::*;

    const COLUMNS: &[Column] = &[
        Column::time("time"),
        Column::text("name"),
        Column::decimal("amount").or_none(),
        Column::whole("count"),
        Column::real("ratio").or_none(),
        Column::json("parts"),
        Column::truth("sure").or_none(),
    ];

    fn rows(amount: &str) -> [Value; 2] {
        [
            json!({ "time": "2026-01-05T10:00:00.25Z", "name": "a \"b\", c", "amount": amount, "count": 7,
                    "ratio": 0.5, "parts": { "BNB": "1" }, "sure": true, "other": 1 }),
            json!({ "time": "2026-01-05T10:00:01Z", "name": "", "amount": null, "count": -1, "ratio": null,
                    "parts": [] }),
        ]
    }

    fn written(format: OutFormat, rows: &[Value]) -> Result<Vec<u8>, WriteError> {
        let mut scales = Scales::none(COLUMNS);
        scales.widen(COLUMNS, rows)?;
        let mut writer = TableWriter::new(format, Vec::new(), COLUMNS, scales)?;
        writer.write(rows)?;
        writer.finish()
    }

    #[test]
    fn csv_quotes_where_it_must_and_has_nothing_for_none() {
        let text = String::from_utf8(written(OutFormat::Csv, &rows("0.25")).unwrap()).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "time,name,amount,count,ratio,parts,sure");
        let first = "2026-01-05T10:00:00.25Z,\"a \"\"b\"\", c\",0.25,7,0.5,\"{\"\"BNB\"\":\"\"1\"\"}\",true";
        assert_eq!(lines[1..], [first, "2026-01-05T10:00:01Z,,,-1,,[],"]);
    }

    #[test]
    fn arrow_has_every_digit_in_the_narrowest_decimals_that_hold_it() {
        for (amount, data_type) in [
            ("0.25", DataType::Decimal128(38, 2)),
            ("-99999999999999999999.000000000000000001", DataType::Decimal128(38, 18)),
            ("100000000000000000000", DataType::Decimal256(76, 19)),
            ("0.0000000000000000001", DataType::Decimal256(76, 19)),
            (
                "-9999999999999999999999999999999999999999.999999999999999999999999999999999999",
                DataType::Decimal256(76, 36),
            ),
        ] {
            let bytes = written(OutFormat::ArrowStream, &rows(amount)).unwrap();
            let mut batches = StreamReader::try_new(bytes.as_slice(), None).unwrap();
            let batch = batches.next().unwrap().unwrap();
            assert_eq!(*batch.schema().field(2).data_type(), data_type, "{amount}");
            let column = batch.column(2);
            let told = match data_type {
                DataType::Decimal128(..) => {
                    column.as_primitive::<Decimal128Type>().value_as_string(0)
                }
                _ => column.as_primitive::<Decimal256Type>().value_as_string(0),
            };
            assert_eq!(told.parse::<Amount>().unwrap(), amount.parse::<Amount>().unwrap());
            let nulls = batch.columns().iter().map(|column| column.null_count());
            assert_eq!(nulls.collect::<Vec<_>>(), [0, 0, 1, 0, 1, 0, 1]);
        }
    }

    #[test]
    fn what_is_not_as_described_is_refused() {
        for (field, value) in [
            ("time", json!("noon")),
            ("amount", json!(0.25)),
            ("count", json!("7")),
            ("name", Value::Null),
            ("sure", json!("yes")),
        ] {
            let mut rows = rows("1");
            rows[1][field] = value;
            let error = written(OutFormat::ArrowStream, &rows).unwrap_err().to_string();
            assert!(error.contains(field), "{error}");
        }
    }
}
