//! Everything that can stop an embedded PostgreSQL from being there, said so that the reader
//! knows which path is meant and what to do about it.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::Duration;

use super::OLDEST_VERSION;

/// Why the embedded PostgreSQL cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// The data folder's path leads to something else.
    #[error("{path} is not a folder; choose another data folder with --data-dir")]
    NotAFolder {
        /// The path that was given.
        path: PathBuf,
    },
    /// A file or folder could not be read, written, locked, …
    #[error("cannot {action} {path}: {source}")]
    Io {
        /// What was tried: "create", "lock", …
        action: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Neither PATH nor the usual places hold both programs.
    #[error("no PostgreSQL server found in {looked_in}; {advice}")]
    NoBinaries {
        /// The places, for people.
        looked_in: String,
        /// Which package to install.
        advice: String,
    },
    /// There are binaries, but of an old version.
    #[error(
        "PostgreSQL {found} in {path} is too old, version {OLDEST_VERSION} or newer is needed; \
         {advice}"
    )]
    BinariesTooOld {
        /// The folder of the newest binaries there are.
        path: PathBuf,
        /// Their major version.
        found: u32,
        /// Which package to install.
        advice: String,
    },
    /// A program in the folder does not say its version.
    #[error("{path} does not run: {reason}")]
    BadBinary {
        /// The program.
        path: PathBuf,
        /// What it answered.
        reason: String,
    },
    /// The cluster was made by another major version.
    #[error(
        "{path} was made by PostgreSQL {cluster}, but only PostgreSQL {found} is installed; \
         install PostgreSQL {cluster}, or upgrade the folder with pg_upgrade"
    )]
    VersionMismatch {
        /// The cluster's folder.
        path: PathBuf,
        /// Its major version.
        cluster: u32,
        /// The installed major versions.
        found: String,
    },
    /// The operating system has no such user.
    #[error(
        "PostgreSQL does not run as root and there is no user {name} to run it as; create it \
         (`useradd --system {name}`) or start chandlery as an ordinary user"
    )]
    NoUser {
        /// The missing user.
        name: String,
    },
    /// The cluster's folder belongs to somebody else.
    #[error("{path} belongs to user {owner}; run chandlery as that user or as root")]
    ForeignCluster {
        /// The cluster's folder.
        path: PathBuf,
        /// Its owner.
        owner: String,
    },
    /// There is a folder in the way of the cluster.
    #[error(
        "{path} exists but holds no PostgreSQL cluster (no PG_VERSION); move it away or choose \
         another data folder with --data-dir"
    )]
    NotACluster {
        /// The folder.
        path: PathBuf,
    },
    /// `initdb` failed.
    #[error("cannot create a PostgreSQL cluster in {path}: {output}")]
    Initdb {
        /// The cluster's folder.
        path: PathBuf,
        /// What `initdb` printed.
        output: String,
    },
    /// The server ended again and again.
    #[error("PostgreSQL stopped {times} times in a row ({status}); last lines of {log}:\n{tail}")]
    KeepsStopping {
        /// How often.
        times: u32,
        /// How it ended the last time.
        status: ExitStatus,
        /// Its log file.
        log: PathBuf,
        /// The end of it.
        tail: String,
    },
    /// A program could not be run.
    #[error("cannot run {program}: {source}")]
    Spawn {
        /// The program.
        program: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The supervisor process gave up and said why.
    #[error("{reason}")]
    Supervisor {
        /// Its words.
        reason: String,
    },
    /// The hidden command was called wrongly.
    #[error("bad arguments for the PostgreSQL supervisor: {0}")]
    Arguments(String),
    /// Nothing answered in time.
    #[error("PostgreSQL in {path} did not answer within {waited:?}; its log is {log}")]
    StartTimeout {
        /// The data folder.
        path: PathBuf,
        /// How long it was given.
        waited: Duration,
        /// Its log file.
        log: PathBuf,
    },
    /// PostgreSQL runs but this user may not connect, or the database cannot be made.
    #[error("PostgreSQL in {path} refuses the connection: {}", in_full(.source))]
    Database {
        /// The data folder.
        path: PathBuf,
        /// What it said.
        source: tokio_postgres::Error,
    },
    /// The last lease was given back but the server is still busy stopping.
    #[error("PostgreSQL in {path} is still shutting down after {waited:?}; its log is {log}")]
    StillStopping {
        /// The data folder.
        path: PathBuf,
        /// How long it was given.
        waited: Duration,
        /// Its log file.
        log: PathBuf,
    },
}

impl ClusterError {
    /// For `map_err`: what was tried on which path.
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }
}

/// tokio-postgres says "db error" and keeps the server's words for its source.
fn in_full(error: &tokio_postgres::Error) -> String {
    match error.as_db_error() {
        Some(answer) => answer.to_string(),
        None => error.to_string(),
    }
}
