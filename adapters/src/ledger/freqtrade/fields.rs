//! One row by the names of its columns, whatever the file, and what can be wrong with a value in it.

use std::collections::BTreeMap;
use std::fmt;

use domain::number::MAX_SCALE;
use domain::{Amount, Decimal, Time, parse_decimal, quotient};

/// A value as the file has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Null,
    Text(String),
    /// A number by its text; a double's shortest.
    Number(String),
    Truth(bool),
    /// Bytes that are no text.
    Bytes,
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Fault {
    /// The table.
    pub table: &'static str,
    /// The row's name.
    pub row: String,
    /// The column.
    pub column: String,
    /// The value, cut to 80 characters.
    pub value: String,
    /// In words that follow the value.
    pub reason: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} row {}, column {}:", self.table, self.row, self.column)?;
        if !self.value.is_empty() {
            write!(out, " \"{}\"", self.value)?;
        }
        write!(out, " {}", self.reason)
    }
}

/// A row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Fields {
    pub(super) table: &'static str,
    pub(super) row: String,
    pub(super) cells: BTreeMap<String, Cell>,
}

impl Fields {
    pub(super) fn fault(&self, column: &str, reason: impl Into<String>) -> Fault {
        let value = match self.cells.get(column) {
            Some(Cell::Text(text) | Cell::Number(text)) => text.as_str(),
            Some(Cell::Truth(true)) => "true",
            Some(Cell::Truth(false)) => "false",
            Some(Cell::Null | Cell::Bytes) | None => "",
        };
        let printable = |c: char| if c.is_control() { ' ' } else { c };
        let value = value.chars().take(80).map(printable).collect();
        let (row, column) = (self.row.clone(), column.to_owned());
        Fault { table: self.table, row, column, value, reason: reason.into() }
    }

    fn cell(&self, column: &str) -> Result<Option<&Cell>, Fault> {
        match self.cells.get(column) {
            Some(Cell::Bytes) => Err(self.fault(column, "is not text in UTF-8")),
            Some(Cell::Null) | None => Ok(None),
            Some(cell) => Ok(Some(cell)),
        }
    }

    /// Text, or nothing where it is empty.
    pub(super) fn text(&self, column: &str) -> Result<Option<String>, Fault> {
        Ok(match self.cell(column)? {
            Some(Cell::Text(text) | Cell::Number(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        })
    }

    pub(super) fn amount(&self, column: &str) -> Result<Option<Amount>, Fault> {
        match self.cell(column)? {
            Some(Cell::Number(text) | Cell::Text(text)) => {
                text.parse().map(Some).map_err(|error| self.fault(column, format!("{error}")))
            }
            Some(_) => Err(self.fault(column, "is not a number")),
            None => Ok(None),
        }
    }

    pub(super) fn needed_amount(&self, column: &str) -> Result<Amount, Fault> {
        self.amount(column)?.ok_or_else(|| self.fault(column, "is missing"))
    }

    /// A price, quantity or rate, rounded to 18 digits after the point.
    pub(super) fn decimal(&self, column: &str) -> Result<Option<Decimal>, Fault> {
        let held = |number| decimal(number).map_err(|reason| self.fault(column, reason));
        self.amount(column)?.map(held).transpose()
    }

    /// The same where it is above zero; nothing else is a price.
    pub(super) fn above_zero(&self, column: &str) -> Result<Option<Decimal>, Fault> {
        Ok(self.decimal(column)?.filter(|number| *number > Decimal::ZERO))
    }

    pub(super) fn truth(&self, column: &str) -> Result<Option<bool>, Fault> {
        match self.cell(column)? {
            Some(Cell::Truth(truth)) => Ok(Some(*truth)),
            Some(Cell::Number(text) | Cell::Text(text)) if text == "0" || text == "1" => {
                Ok(Some(text == "1"))
            }
            Some(_) => Err(self.fault(column, "is neither true nor false")),
            None => Ok(None),
        }
    }

    /// A time: text, of UTC where it names no zone, or a number of milliseconds since 1970.
    pub(super) fn time(&self, column: &str) -> Result<Option<Time>, Fault> {
        let wrong = || self.fault(column, "is not a time");
        match self.cell(column)? {
            Some(Cell::Text(text)) => {
                let zoned = text.get(19..).is_some_and(|rest| rest.contains(['+', '-', 'Z']));
                let zone = if zoned { "" } else { "Z" };
                let full = format!("{}{zone}", text.replacen(' ', "T", 1));
                full.parse().map(Some).map_err(|_| wrong())
            }
            Some(Cell::Number(text)) => {
                let millis =
                    text.strip_suffix(".0").unwrap_or(text).parse().map_err(|_| wrong())?;
                Time::from_millis(millis).map(Some).map_err(|_| wrong())
            }
            Some(_) => Err(wrong()),
            None => Ok(None),
        }
    }
}

/// Rounded to 18 digits after the point: what stands behind them in a double means nothing.
pub(super) fn rounded(number: Amount) -> Amount {
    quotient(number, Amount::from(Decimal::ONE), MAX_SCALE).unwrap_or(number)
}

/// The same as a price, quantity or rate.
pub(super) fn decimal(number: Amount) -> Result<Decimal, String> {
    parse_decimal(&rounded(number).to_string()).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(cell: Cell) -> Fields {
        Fields { table: "trades", row: "5".into(), cells: [("amount".into(), cell)].into() }
    }

    #[test]
    fn what_is_no_number_is_told_with_its_place() {
        for (text, told) in [
            ("nan", "trades row 5, column amount: \"nan\" is not a number"),
            ("inf", "trades row 5, column amount: \"inf\" is not a number"),
            ("1e400", "trades row 5, column amount: \"1e400\" has more than"),
        ] {
            let fault = fields(Cell::Number(text.into())).amount("amount").unwrap_err();
            assert!(fault.to_string().starts_with(told), "{fault}");
        }
        let fault = fields(Cell::Null).needed_amount("amount").unwrap_err();
        assert_eq!(fault.to_string(), "trades row 5, column amount: is missing");
        let fault = fields(Cell::Bytes).text("amount").unwrap_err();
        assert_eq!(fault.to_string(), "trades row 5, column amount: is not text in UTF-8");
    }

    #[test]
    fn times_are_utc_unless_they_say_otherwise() {
        for (cell, told) in [
            (Cell::Text("2021-03-21 09:08:52.635345".into()), "2021-03-21T09:08:52.635345Z"),
            (Cell::Text("2024-07-25 19:10:00+00:00".into()), "2024-07-25T19:10:00Z"),
            (Cell::Text("2024-07-25 19:10:00+02:00".into()), "2024-07-25T17:10:00Z"),
            (Cell::Number("1515568500000.0".into()), "2018-01-10T07:15:00Z"),
        ] {
            assert_eq!(fields(cell).time("amount").unwrap().unwrap().to_string(), told);
        }
        for wrong in ["yesterday", "2021-13-01 00:00:00", "12é45678901234567890"] {
            assert!(fields(Cell::Text(wrong.into())).time("amount").is_err(), "{wrong}");
        }
    }

    #[test]
    fn doubles_are_rounded_where_they_mean_nothing() {
        let exact = |text: &str| decimal(text.parse().unwrap()).unwrap().to_string();
        assert_eq!(exact("4.5112781954887056e-05"), "0.000045112781954887");
        assert_eq!(exact("0.8372800000000001"), "0.8372800000000001");
    }
}
