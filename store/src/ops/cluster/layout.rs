//! What lies where in a data folder, and how its folders come to be.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::error::ClusterError;

/// The paths of one data folder.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of `data_dir`, which is created if it does not exist; paths become absolute.
    pub(super) fn create(data_dir: &Path) -> Result<Self, ClusterError> {
        let made = fs::create_dir_all(data_dir);
        if fs::metadata(data_dir).is_ok_and(|found| !found.is_dir()) {
            return Err(ClusterError::NotAFolder { path: data_dir.to_path_buf() });
        }
        made.map_err(ClusterError::io("create the data folder", data_dir))?;
        let root = data_dir.canonicalize().map_err(ClusterError::io("open", data_dir))?;
        Ok(Self { root })
    }

    /// The data folder.
    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// PostgreSQL's own folder, which also holds the socket.
    pub(super) fn cluster(&self) -> PathBuf {
        self.root.join("postgres")
    }

    /// Where a cluster is made before it gets its name; each process has a folder of its own.
    pub(super) fn new_cluster(&self, pid: u32) -> PathBuf {
        self.root.join(format!("postgres.new-{pid}"))
    }

    /// Folders that a killed `initdb` left behind.
    pub(super) fn abandoned_clusters(&self) -> io::Result<Vec<PathBuf>> {
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.root)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with("postgres.new-") {
                found.push(entry.path());
            }
        }
        Ok(found)
    }

    /// Locked shared by each user of the cluster, exclusively by the supervisor as it stops.
    pub(super) fn users(&self) -> PathBuf {
        self.root.join("postgres.users")
    }

    /// Locked by the supervisor for its life; says its pid and PostgreSQL's.
    pub(super) fn supervisor(&self) -> PathBuf {
        self.root.join("postgres.supervisor")
    }

    /// The operator's own settings, read after ours; optional.
    pub(super) fn operator_settings(&self) -> PathBuf {
        self.root.join("postgres.conf")
    }

    /// The folder of the log files.
    pub(super) fn logs(&self) -> PathBuf {
        self.root.join("logs")
    }

    /// What the server says.
    pub(super) fn server_log(&self) -> PathBuf {
        self.logs().join("postgresql.log")
    }

    /// What the supervisor did and why.
    pub(super) fn supervisor_log(&self) -> PathBuf {
        self.logs().join("supervisor.log")
    }
}
