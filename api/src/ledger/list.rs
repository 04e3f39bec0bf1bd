//! Lists of the ledger as JSON, CSV or Arrow, as the client likes it; and for whoever has the database at hand.

use std::collections::BTreeMap;

use adapters::ledger::table::{Column, Scales, TableWriter};
use adapters::market::files::OutFormat;
use app::ledger::Ledger;
use app::ledger::reports::Reports;
use axum::body::Body;
use axum::response::Response;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::{RawValue, to_raw_value};
use uuid::Uuid;

use super::{entries, history, orders, performance, trips};
use crate::accept::Format;
use crate::market::export::{answer, to_json};
use crate::params::Params;
use crate::problem::Problem;
use crate::state::ApiState;

/// Where lists come from.
#[derive(Clone, Copy)]
pub struct Books<'a> {
    /// What is there.
    pub ledger: &'a Ledger,
    /// What was there, and what came of it.
    pub reports: &'a Reports,
}

impl ApiState {
    /// The server's.
    pub(super) fn books(&self) -> Books<'_> {
        Books { ledger: &self.0.ledger, reports: &self.0.reports }
    }
}

/// A list that is exported row by row. Its columns and parameters are those of its endpoint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum List {
    /// `/v1/ledger/orders`.
    Orders,
    /// `/v1/ledger/fills`.
    Fills,
    /// `/v1/ledger/entries`.
    Entries,
    /// `/v1/ledger/trades`.
    Trades,
}

/// What is wrong with a request, in words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct BadRequest(String);

impl From<Problem> for BadRequest {
    fn from(problem: Problem) -> Self {
        Self(problem.detail.into_owned())
    }
}

/// Some rows of a list.
#[derive(Debug)]
pub struct Rows {
    /// Objects that have the list's columns as their fields; what has parts is a text, see [`Rows::json`].
    pub rows: Vec<Value>,
    /// The cursor of those behind them.
    pub next: Option<String>,
}

impl Rows {
    /// A row as JSON.
    ///
    /// # Errors
    /// It is none of the list.
    pub fn json(list: List, row: &Value) -> serde_json::Result<String> {
        let mut fields = BTreeMap::new();
        for column in list.columns() {
            let field = match &row[column.name()] {
                Value::String(parts) if column.is_json() => RawValue::from_string(parts.clone()),
                other => to_raw_value(other),
            };
            fields.insert(column.name(), field?);
        }
        serde_json::to_string(&fields)
    }
}

impl List {
    /// Its columns.
    #[must_use]
    pub const fn columns(self) -> &'static [Column] {
        match self {
            Self::Orders => orders::COLUMNS,
            Self::Fills => history::COLUMNS,
            Self::Entries => entries::COLUMNS,
            Self::Trades => trips::COLUMNS,
        }
    }

    /// A page of somebody's, as the endpoint gives it to this query.
    ///
    /// # Errors
    /// The endpoint's, in words.
    pub async fn page(
        self,
        books: Books<'_>,
        user: Uuid,
        query: &[(&str, String)],
    ) -> Result<Rows, BadRequest> {
        let read = |known| Params::given(query, known);
        match self {
            Self::Orders => {
                let page = orders::page(books, user, &read(orders::PARAMETERS)?).await?;
                rows(self.columns(), &page.orders, page.next)
            }
            Self::Fills => {
                let page = history::page(books, user, &read(history::PARAMETERS)?).await?;
                rows(self.columns(), &page.fills, page.next)
            }
            Self::Entries => {
                let page = entries::page(books, user, &read(entries::PARAMETERS)?).await?;
                rows(self.columns(), &page.entries, page.next)
            }
            Self::Trades => {
                let page = trips::page(books, user, &read(trips::PARAMETERS)?).await?;
                rows(self.columns(), &page.trades, page.next)
            }
        }
    }
}

/// What `/v1/ledger/performance` answers to this query.
///
/// # Errors
/// The endpoint's, in words.
pub async fn performance(
    books: Books<'_>,
    user: Uuid,
    query: &[(&str, String)],
) -> Result<Value, BadRequest> {
    let params = Params::given(query, performance::PARAMETERS)?;
    let told = performance::tell(books, user, &params).await?;
    Ok(serde_json::to_value(told).map_err(|_| Problem::internal())?)
}

fn rows<T: Serialize>(
    columns: &[Column],
    rows: &[T],
    next: Option<String>,
) -> Result<Rows, BadRequest> {
    let rows = values(columns, rows).map_err(|_| Problem::internal())?;
    Ok(Rows { rows, next })
}

/// Rows as values; what has parts as its JSON, letter by letter, for values would take its numbers for doubles.
fn values<T: Serialize>(columns: &[Column], rows: &[T]) -> serde_json::Result<Vec<Value>> {
    let parts: Vec<&str> = columns.iter().filter(|one| one.is_json()).map(Column::name).collect();
    let one = |row: &T| {
        let mut value = serde_json::to_value(row)?;
        if !parts.is_empty() {
            let text = serde_json::to_string(row)?;
            let fields: BTreeMap<&str, &RawValue> = serde_json::from_str(&text)?;
            for (name, part) in fields.into_iter().filter(|(name, _)| parts.contains(name)) {
                value[name] = part.get().into();
            }
        }
        Ok(value)
    };
    rows.iter().map(one).collect()
}

/// A page as JSON, or its rows as CSV or Arrow with the cursor of the next in a header.
pub(super) fn give<T: Serialize>(
    format: Format,
    whole: &impl Serialize,
    columns: &'static [Column],
    rows: &[T],
    next: Option<&str>,
) -> Result<Response, Problem> {
    let out = match format {
        Format::Json => return Ok(answer(format, None, Body::from(to_json(whole)?))),
        Format::Csv => OutFormat::Csv,
        Format::Arrow => OutFormat::ArrowStream,
    };
    let rows = values(columns, rows).map_err(|_| Problem::internal())?;
    let mut scales = Scales::none(columns);
    scales.widen(columns, &rows)?;
    let mut writer = TableWriter::new(out, Vec::new(), columns, scales)?;
    writer.write(&rows)?;
    Ok(answer(format, next.map(str::to_owned), Body::from(writer.finish()?)))
}
