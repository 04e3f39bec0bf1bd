//! File locks (`flock`). The kernel frees them with the process that holds them, however it ends,
//! and Rust opens files so that child processes do not inherit them.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};
use serde::{Deserialize, Serialize};

use super::error::ClusterError;
use super::layout::Layout;

/// A file that exists to be locked; its text tells others about the holder.
#[derive(Debug)]
pub(super) struct LockFile {
    file: File,
    path: PathBuf,
}

impl LockFile {
    /// Opens the file and creates it if absent, without locking it.
    pub(super) fn open(path: &Path) -> Result<Self, ClusterError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(ClusterError::io("open", path))?;
        Ok(Self { file, path: path.to_path_buf() })
    }

    /// Takes the lock alone if nobody has it; gives up a shared lock held so far either way.
    pub(super) fn try_exclusive(&self) -> Result<bool, ClusterError> {
        self.lock(FlockOperation::NonBlockingLockExclusive)
    }

    /// Takes the lock together with others if nobody has it alone.
    pub(super) fn try_shared(&self) -> Result<bool, ClusterError> {
        self.lock(FlockOperation::NonBlockingLockShared)
    }

    /// Gives the lock back.
    pub(super) fn unlock(&self) -> Result<(), ClusterError> {
        self.lock(FlockOperation::Unlock).map(|_| ())
    }

    /// Replaces the file's text.
    pub(super) fn write(&self, text: &str) -> Result<(), ClusterError> {
        self.replace(text).map_err(ClusterError::io("write", &self.path))
    }

    /// The file's text.
    pub(super) fn read(&self) -> Result<String, ClusterError> {
        let mut text = String::new();
        let mut file = &self.file;
        file.rewind()
            .and_then(|()| file.read_to_string(&mut text))
            .map_err(ClusterError::io("read", &self.path))?;
        Ok(text)
    }

    /// Shortens the file last: on a full disk there is room only for what was there before.
    fn replace(&self, text: &str) -> io::Result<()> {
        let mut file = &self.file;
        file.rewind()?;
        file.write_all(text.as_bytes())?;
        file.set_len(text.len() as u64)
    }

    fn lock(&self, operation: FlockOperation) -> Result<bool, ClusterError> {
        loop {
            match flock(&self.file, operation) {
                Ok(()) => return Ok(true),
                Err(Errno::WOULDBLOCK) => return Ok(false),
                Err(Errno::INTR) => {}
                Err(error) => {
                    return Err(ClusterError::io("lock", &self.path)(error.into()));
                }
            }
        }
    }
}

/// What the supervisor writes into the file it holds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct SupervisorNote {
    /// The supervisor.
    pub(super) pid: u32,
    /// PostgreSQL's first process, absent while there is none.
    pub(super) postmaster: Option<u32>,
}

/// What others can see of the supervisor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SupervisorState {
    /// Nobody holds its lock.
    Absent,
    /// It has no PostgreSQL running at the moment.
    Busy,
    /// PostgreSQL runs under this pid, though it may not answer yet.
    Running(u32),
}

/// Looks at the supervisor's lock and note.
pub(super) fn supervisor_state(layout: &Layout) -> Result<SupervisorState, ClusterError> {
    let path = layout.supervisor();
    if !fs::exists(&path).map_err(ClusterError::io("look for", &path))? {
        return Ok(SupervisorState::Absent);
    }
    let file = LockFile::open(&path)?;
    // A supervisor that starts in this instant meets our shared lock, and tries again.
    if file.try_shared()? {
        file.unlock()?;
        return Ok(SupervisorState::Absent);
    }
    // The note may still be that of a supervisor who died a moment ago.
    let note: Option<SupervisorNote> = serde_json::from_str(&file.read()?).ok();
    let current = note.filter(|note| is_running(note.pid));
    Ok(match current.and_then(|note| note.postmaster) {
        Some(postmaster) => SupervisorState::Running(postmaster),
        None => SupervisorState::Busy,
    })
}

/// Whether there is a process with that pid.
pub(super) fn is_running(pid: u32) -> bool {
    let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
    pid.is_some_and(|pid| test_kill_process(pid) != Err(Errno::SRCH))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_lock_keeps_the_exclusive_one_away_and_not_other_shared_ones() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("lock");
        let (first, second) = (LockFile::open(&path).unwrap(), LockFile::open(&path).unwrap());
        assert!(first.try_shared().unwrap());
        assert!(second.try_shared().unwrap());
        assert!(!second.try_exclusive().unwrap());
        first.unlock().unwrap();
        assert!(second.try_exclusive().unwrap());
        assert!(!first.try_shared().unwrap());
        drop(second);
        assert!(first.try_shared().unwrap());
    }

    #[test]
    fn a_supervisor_lives_as_long_as_its_lock() {
        let folder = tempfile::tempdir().unwrap();
        let layout = Layout::create(folder.path()).unwrap();
        let state = || supervisor_state(&layout).unwrap();
        assert_eq!(state(), SupervisorState::Absent);
        let lock = LockFile::open(&layout.supervisor()).unwrap();
        assert!(lock.try_exclusive().unwrap());
        assert_eq!(state(), SupervisorState::Busy);
        let note = |pid, postmaster| {
            serde_json::to_string(&SupervisorNote { pid, postmaster: Some(postmaster) }).unwrap()
        };
        lock.write(&note(std::process::id(), 8)).unwrap();
        assert_eq!(state(), SupervisorState::Running(8));
        lock.write(&note(u32::MAX >> 1, 8)).unwrap();
        assert_eq!(state(), SupervisorState::Busy, "a dead supervisor's note");
        drop(lock);
        assert_eq!(state(), SupervisorState::Absent);
    }
}
