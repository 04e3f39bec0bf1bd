//! An embedded PostgreSQL that lives in the data folder. Its life is tied to the set of commands
//! that use the folder: each takes a lease (a shared file lock, which the kernel gives back even
//! after kill -9), the first one starts a supervisor process, and the supervisor stops PostgreSQL
//! cleanly when it can take the lock for itself, that is when nobody holds a lease any more.

mod account;
mod binaries;
mod error;
mod folder_lock;
mod layout;
mod lease;
mod lock;
mod orphans;
mod server;
mod settings;
mod supervisor;

use std::ffi::OsString;
use std::path::PathBuf;
use std::time::Duration;

pub use error::ClusterError;
pub use folder_lock::{FolderLock, FolderLockError, Holder};
pub use lease::{Lease, acquire};
pub use supervisor::supervise;

/// The database superuser, who owns the cluster; also the name of the database.
pub const ROLE: &str = "chandlery";
/// The role that programs serve as: it reads and writes rows, and can't change tables or lines of the record.
pub const SERVING_ROLE: &str = "chandlery_app";
/// The database that every lease can connect to.
pub const DATABASE: &str = "chandlery";
/// The port in the socket's name; the server listens on no network address.
pub const PORT: u16 = 5432;
/// The oldest major version of PostgreSQL that works.
pub const OLDEST_VERSION: u32 = 15;
/// The hidden command that the program must pass on to [`supervise`].
pub const SUPERVISE_COMMAND: &str = "supervise-postgres";

/// Where the cluster is and how to start it.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The data folder; created if it does not exist.
    pub data_dir: PathBuf,
    /// Where `postgres` and `initdb` are; looked for in the usual places if absent.
    pub bin_dir: Option<PathBuf>,
    /// The program that calls [`supervise`], and its leading arguments.
    pub supervisor: Vec<OsString>,
    /// Server settings that outrank the tuning and the operator's file.
    pub extra_settings: Vec<(String, String)>,
    /// How long to wait without a sign of life. Recovery after a crash may take longer.
    pub start_timeout: Duration,
    /// For tests: delete the data folder when its last user has gone.
    pub remove_data_dir_on_exit: bool,
}

impl ClusterOptions {
    /// The running program supervises the cluster in `data_dir` through [`SUPERVISE_COMMAND`].
    ///
    /// # Errors
    /// The system cannot say which program is running.
    pub fn new(data_dir: impl Into<PathBuf>) -> Result<Self, ClusterError> {
        let program = std::env::current_exe().map_err(|source| ClusterError::Spawn {
            program: PathBuf::from("the running program"),
            source,
        })?;
        Ok(Self {
            data_dir: data_dir.into(),
            bin_dir: None,
            supervisor: vec![program.into_os_string(), SUPERVISE_COMMAND.into()],
            extra_settings: Vec::new(),
            start_timeout: Duration::from_secs(30),
            remove_data_dir_on_exit: false,
        })
    }
}
