//! One `chandlery up` per data folder: the second one is told who holds it.

use std::fmt;
use std::path::{Path, PathBuf};

use domain::Time;
use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::layout::Layout;
use super::lock::LockFile;

const FILE: &str = "up.lock";

/// Who holds a data folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holder {
    /// Its process.
    pub pid: u32,
    /// What it runs, for example `chandlery up`.
    pub command: String,
    /// Where it listens, once it does, for example `http://127.0.0.1:8080`.
    pub listen: Option<String>,
    /// When it took the folder, RFC 3339.
    pub since: String,
}

impl Holder {
    /// The running process, which took the folder at `since` and listens nowhere yet.
    #[must_use]
    pub fn this_process(command: impl Into<String>, since: Time) -> Self {
        Self {
            pid: std::process::id(),
            command: command.into(),
            listen: None,
            since: since.to_string(),
        }
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "`{}` (pid {}", self.command, self.pid)?;
        if let Some(listen) = &self.listen {
            write!(out, ", {listen}")?;
        }
        write!(out, ", since {})", self.since)
    }
}

/// Why a data folder cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum FolderLockError {
    /// Somebody else has it.
    #[error(
        "the data folder {path} is in use by {}; stop that first or choose another folder with \
         --data-dir",
        match .holder { Some(holder) => holder.to_string(), None => "another process".to_owned() }
    )]
    Held {
        /// The data folder.
        path: PathBuf,
        /// Who; unknown only in the instant between taking the folder and saying so.
        holder: Option<Holder>,
    },
    /// The lock file cannot be used.
    #[error(transparent)]
    File(#[from] ClusterError),
}

/// The data folder, held until this is dropped or the process ends in any way.
#[derive(Debug)]
pub struct FolderLock {
    file: LockFile,
}

impl FolderLock {
    /// Takes the folder, which is created if it does not exist.
    ///
    /// # Errors
    /// [`FolderLockError::Held`] says who has it.
    pub fn take(data_dir: &Path, holder: &Holder) -> Result<Self, FolderLockError> {
        let layout = Layout::create(data_dir)?;
        let file = LockFile::open(&layout.root().join(FILE))?;
        if !file.try_exclusive()? {
            let holder = serde_json::from_str(&file.read()?).ok();
            return Err(FolderLockError::Held { path: layout.root().to_path_buf(), holder });
        }
        let lock = Self { file };
        lock.describe(holder)?;
        Ok(lock)
    }

    /// Changes what others are told, for example once the port is known.
    ///
    /// # Errors
    /// The lock file cannot be written.
    pub fn describe(&self, holder: &Holder) -> Result<(), ClusterError> {
        let text = serde_json::to_string(holder).expect("a holder is plain text and numbers");
        self.file.write(&text)
    }

    /// Who holds the folder now, if anybody does.
    ///
    /// # Errors
    /// The lock file cannot be read.
    pub fn holder(data_dir: &Path) -> Result<Option<Holder>, ClusterError> {
        let path = data_dir.join(FILE);
        if !path.exists() {
            return Ok(None);
        }
        let file = LockFile::open(&path)?;
        if file.try_shared()? {
            return Ok(None);
        }
        Ok(serde_json::from_str(&file.read()?).ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holder() -> Holder {
        Holder::this_process("chandlery up", Time::from_millis(1_767_225_600_000).unwrap())
    }

    #[test]
    fn the_second_is_told_who_holds_the_folder_and_where_it_listens() {
        let folder = tempfile::tempdir().unwrap();
        let lock = FolderLock::take(folder.path(), &holder()).unwrap();
        let listening = Holder { listen: Some("http://127.0.0.1:8080".to_owned()), ..holder() };
        lock.describe(&listening).unwrap();

        let refused = FolderLock::take(folder.path(), &holder()).unwrap_err().to_string();
        let said = format!(
            "is in use by `chandlery up` (pid {}, http://127.0.0.1:8080, since \
             2026-01-01T00:00:00Z)",
            std::process::id()
        );
        assert!(refused.contains(&said), "{refused}");
        assert!(refused.contains(&folder.path().display().to_string()), "{refused}");
        assert_eq!(FolderLock::holder(folder.path()).unwrap(), Some(listening));
    }

    #[test]
    fn the_folder_is_free_once_the_lock_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(FolderLock::holder(folder.path()).unwrap(), None);
        drop(FolderLock::take(folder.path(), &holder()).unwrap());
        assert_eq!(FolderLock::holder(folder.path()).unwrap(), None);
        FolderLock::take(folder.path(), &holder()).unwrap();
    }

    #[test]
    fn a_file_in_the_place_of_the_folder_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("data");
        std::fs::write(&file, "").unwrap();
        let refused = FolderLock::take(&file, &holder()).unwrap_err().to_string();
        assert!(refused.contains(&format!("{} is not a folder", file.display())), "{refused}");
    }
}
