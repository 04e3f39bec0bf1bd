//! How the program ends: the exit status and the stable code of an error.

use std::process::ExitCode;

use adapters::market::files::FileError;
use app::ledger::import::TradeImportError;
use app::market::export::ExportError;
use app::market::import::ImportError;
use store::StoreError;
use store::ops::cluster::FolderLockError;

use crate::config::Problems;

/// What `--help` says about it.
pub(crate) const HELP: &str = "\
Exit status:
    0  done
    1  failed; the message says why
    2  wrong usage or configuration
    3  bad data in an import
    4  the data folder is held by another process
  130  interrupted

Output: results go to standard output, everything else to standard error. With --json, standard output
carries one JSON document (long work: one JSON object per line), and a failure is
{\"error\":{\"code\":…,\"message\":…}}.";

/// An exit status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Exit {
    /// Something failed.
    Failed = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// An import met a row that it can't take.
    BadData = 3,
    /// Another process holds the data folder.
    Held = 4,
    /// Stopped by Ctrl-C or SIGTERM.
    Interrupted = 130,
}

impl Exit {
    /// The code of the JSON error.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Usage => "usage",
            Self::BadData => "bad_data",
            Self::Held => "data_dir_held",
            Self::Interrupted => "interrupted",
        }
    }

    /// The status that belongs to an error.
    pub(crate) fn of(error: &anyhow::Error) -> Self {
        let any = |is: fn(&(dyn std::error::Error + 'static)) -> bool| error.chain().any(is);
        if let Some(status) = error.downcast_ref::<Status>() {
            status.exit
        } else if any(|e| e.is::<Problems>()) {
            Self::Usage
        } else if any(|e| matches!(e.downcast_ref(), Some(FolderLockError::Held { .. }))) {
            Self::Held
        } else if any(is_interruption) {
            Self::Interrupted
        } else if let Some(error) = error.chain().find_map(|e| e.downcast_ref()) {
            Self::of_trades(error)
        } else if let Some(error) = error.chain().find_map(|e| e.downcast_ref()) {
            Self::of_import(error)
        } else {
            Self::Failed
        }
    }
}

fn is_interruption(error: &(dyn std::error::Error + 'static)) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Interrupted))
        || matches!(error.downcast_ref(), Some(ExportError::Interrupted))
}

impl Exit {
    fn of_import(error: &ImportError) -> Self {
        match error {
            ImportError::Row { .. } => Self::BadData,
            ImportError::File(FileError::Io { .. }) => Self::Failed,
            ImportError::File(_) => Self::BadData,
            ImportError::Symbol { .. } => Self::Usage,
            ImportError::Interrupted { .. } => Self::Interrupted,
            ImportError::Store(_) | ImportError::Internal(_) => Self::Failed,
        }
    }
}

impl Exit {
    fn of_trades(error: &TradeImportError) -> Self {
        match error {
            TradeImportError::File(_) => Self::BadData,
            TradeImportError::Target(_) => Self::Usage,
            TradeImportError::Interrupted { .. } => Self::Interrupted,
            _ => Self::Failed,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error with a status of its own: `Err(Status::of(Exit::BadData, "…"))`.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Status {
    exit: Exit,
    message: String,
    /// With `--json` standard output holds the whole story already.
    pub(crate) told: bool,
}

impl Status {
    /// An error that ends the program with `exit`.
    pub(crate) fn of(exit: Exit, message: impl Into<String>) -> anyhow::Error {
        Self { exit, message: message.into(), told: false }.into()
    }

    /// The same for a command whose JSON result tells the failure itself.
    pub(crate) fn told(exit: Exit, message: impl Into<String>) -> anyhow::Error {
        Self { exit, message: message.into(), told: true }.into()
    }
}
