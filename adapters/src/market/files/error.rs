//! What can be wrong with a file as a whole, and with one of its rows. Both say where, so that
//! the one who reads the message can open the file and look.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

/// Longest value shown in a message, in characters.
const MAX_VALUE: usize = 80;

/// Why a file can't be read at all.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It holds no rows, so not even its kind is known.
    #[error("{}: is empty", .0.display())]
    Empty(PathBuf),
    /// Its content is none of the known formats, or lacks what the format needs.
    #[error("{}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What was looked for, and what to do.
        reason: String,
    },
}

/// The part of a [`FileError`] that doesn't need the path.
#[derive(Debug)]
pub(super) enum Refusal {
    Io(std::io::Error),
    Empty,
    Because(String),
}

impl Refusal {
    /// A refusal in words.
    pub(super) fn because(reason: impl Into<String>) -> Self {
        Self::Because(reason.into())
    }

    pub(super) fn at(self, path: &Path) -> FileError {
        let path = path.to_owned();
        match self {
            Self::Io(source) => FileError::Io { path, source },
            Self::Empty => FileError::Empty(path),
            Self::Because(reason) => FileError::Unreadable { path, reason },
        }
    }
}

impl From<std::io::Error> for Refusal {
    fn from(error: std::io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<Fault> for Refusal {
    fn from(fault: Fault) -> Self {
        Self::Because(fault.reason.into_owned())
    }
}

/// Why one row can't be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct RowError {
    /// The file.
    pub path: Box<Path>,
    /// Which data row, counted from 1; a header is not counted.
    pub row: u64,
    /// Which line of a text file, counted from 1.
    pub line: Option<u64>,
    /// The column as the file names it; empty where the fault is the row's.
    pub column: String,
    /// The value found there, cut to 80 characters.
    pub value: String,
    /// What is wrong with it, in words that follow the value.
    pub reason: String,
    /// Whether nothing after it can be read.
    pub fatal: bool,
}

impl fmt::Display for RowError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: row {}", self.path.display(), self.row)?;
        if let Some(line) = self.line {
            write!(out, " (line {line})")?;
        }
        if !self.column.is_empty() {
            write!(out, ", column \"{}\"", self.column)?;
        }
        out.write_str(":")?;
        if !self.value.is_empty() {
            write!(out, " \"{}\"", self.value)?;
        }
        write!(out, " {}", self.reason)
    }
}

/// A [`RowError`] before it knows its place.
#[derive(Debug)]
pub(super) struct Fault {
    pub(super) column: String,
    pub(super) value: String,
    pub(super) reason: Cow<'static, str>,
    pub(super) fatal: bool,
}

impl Fault {
    /// A fault of one value.
    pub(super) fn of(column: &str, value: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { column: column.to_owned(), value: cut(value), reason: reason.into(), fatal: false }
    }

    /// A fault of the row as a whole.
    pub(super) fn row(value: &str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self::of("", value, reason)
    }

    /// A fault after which nothing can be read.
    pub(super) fn fatal(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { fatal: true, ..Self::of("", "", reason) }
    }

    pub(super) fn at(self, path: &Path, row: u64, line: Option<u64>) -> RowError {
        RowError {
            path: path.into(),
            row,
            line,
            column: self.column,
            value: self.value,
            reason: self.reason.into_owned(),
            fatal: self.fatal,
        }
    }
}

impl From<std::io::Error> for Fault {
    /// An error while reading is the end of the file: truncated or damaged compression mostly.
    fn from(error: std::io::Error) -> Self {
        let reason = match error.kind() {
            std::io::ErrorKind::UnexpectedEof => "the file ends early: it is truncated".to_owned(),
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::InvalidInput => {
                format!("the file is damaged: {error}")
            }
            _ => format!("the file can't be read on: {error}"),
        };
        Self::fatal(reason)
    }
}

fn cut(value: &str) -> String {
    let printable = |c: char| if c.is_control() { ' ' } else { c };
    value.chars().take(MAX_VALUE).map(printable).collect()
}
