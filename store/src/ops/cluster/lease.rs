//! The right to use the cluster of a data folder. While any process holds a lease, PostgreSQL runs;
//! giving the last one back stops it.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tokio::sync::Mutex;
use tokio::time::sleep;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls};

use super::error::ClusterError;
use super::layout::Layout;
use super::lock::{LockFile, SupervisorState, supervisor_state};
use super::supervisor::arguments;
use super::{ClusterOptions, DATABASE, PORT, ROLE, SERVING_ROLE, orphans};

const POLL: Duration = Duration::from_millis(20);
/// Each look at a recovering server leaves a line in its log.
const RECOVERY_POLL: Duration = Duration::from_millis(100);
const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// So many looks in a row must find other users before a lease is given back without waiting.
const SURE_OF_OTHERS: u32 = 3;
/// A socket's path may have 107 bytes; this leaves room for `/.s.PGSQL.5432`.
const LONGEST_SOCKET_FOLDER: usize = 90;

/// A share in the running cluster. Dropping it gives the share back without waiting.
#[derive(Debug)]
pub struct Lease {
    options: ClusterOptions,
    layout: Layout,
    users: LockFile,
    socket_dir: PathBuf,
    /// Keeps `socket_dir` valid where it is a name for an open folder.
    _socket_folder: Option<File>,
    /// The supervisor, if this process started it; kept to be reaped.
    supervisor: Mutex<Option<Child>>,
}

/// Joins the cluster of the data folder, which is made and started as needed, and waits until its
/// database answers a query.
///
/// # Errors
/// Anything from missing binaries to a data folder that cannot be written; see [`ClusterError`].
pub async fn acquire(options: &ClusterOptions) -> Result<Lease, ClusterError> {
    let layout = Layout::create(&options.data_dir)?;
    let users = LockFile::open(&layout.users())?;
    let started = Instant::now();
    // A supervisor that is stopping keeps this lock until it has ended.
    while !users.try_shared()? {
        if started.elapsed() > STOP_TIMEOUT.max(options.start_timeout) {
            return Err(still_stopping(&layout, started.elapsed()));
        }
        sleep(POLL).await;
    }
    let supervisor = Mutex::new(None);
    wait_until_ready(options, &layout, &supervisor).await?;
    let (socket_dir, socket_folder) = socket_folder(&layout)?;
    Ok(Lease {
        options: options.clone(),
        layout,
        users,
        socket_dir,
        _socket_folder: socket_folder,
        supervisor,
    })
}

impl Lease {
    /// The folder of the server's unix socket, for [`Config::host_path`]; valid while this lease is
    /// held. It may be a name in `/proc`, for sockets allow only short paths.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        &self.socket_dir
    }

    /// The port in the socket's name.
    #[must_use]
    pub fn port(&self) -> u16 {
        PORT
    }

    /// How to connect to the cluster's database as its owner.
    #[must_use]
    pub fn config(&self) -> Config {
        config(&self.socket_dir, DATABASE)
    }

    /// How to connect to it with the rights that serving needs.
    #[must_use]
    pub fn serving_config(&self) -> Config {
        let mut config = self.config();
        config.user(SERVING_ROLE);
        config
    }

    /// The absolute path of the data folder.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        self.layout.root()
    }

    /// The server's first process, absent while it is being restarted.
    #[must_use]
    pub fn postmaster_pid(&self) -> Option<u32> {
        match supervisor_state(&self.layout) {
            Ok(SupervisorState::Running(pid)) => Some(pid),
            _ => None,
        }
    }

    /// Whether the supervisor lives; it sees to it that the server does.
    #[must_use]
    pub fn is_alive(&self) -> bool {
        !matches!(supervisor_state(&self.layout), Ok(SupervisorState::Absent) | Err(_))
    }

    /// Starts the supervisor again if it has been killed, and waits until the database answers.
    /// Returns at once while the supervisor lives.
    ///
    /// # Errors
    /// As [`acquire`].
    pub async fn ensure_running(&self) -> Result<(), ClusterError> {
        if supervisor_state(&self.layout)? != SupervisorState::Absent {
            return Ok(());
        }
        wait_until_ready(&self.options, &self.layout, &self.supervisor).await
    }

    /// Gives the lease back. If it was the last one, waits until PostgreSQL has stopped.
    ///
    /// # Errors
    /// [`ClusterError::StillStopping`] after 30 s; the shutdown goes on nevertheless.
    pub async fn release(self) -> Result<(), ClusterError> {
        self.users.unlock()?;
        let started = Instant::now();
        let mut others_seen = 0;
        while others_seen < SURE_OF_OTHERS && !self.has_stopped().await? {
            others_seen = if self.is_used_by_others()? { others_seen + 1 } else { 0 };
            if started.elapsed() > STOP_TIMEOUT {
                return Err(still_stopping(&self.layout, started.elapsed()));
            }
            sleep(POLL).await;
        }
        Ok(())
    }

    async fn has_stopped(&self) -> Result<bool, ClusterError> {
        if let Some(child) = self.supervisor.lock().await.as_mut() {
            // Only to reap it; its lock says whether it lives.
            let _ = child.try_wait();
        }
        Ok(supervisor_state(&self.layout)? == SupervisorState::Absent
            && orphans::postmaster(&self.layout.cluster()).is_none())
    }

    /// A shared lock is somebody's lease; an exclusive one is that of the stopping supervisor. Either
    /// may also be another process's look at the lock, which takes an instant.
    fn is_used_by_others(&self) -> Result<bool, ClusterError> {
        let used = !self.users.try_exclusive()? && self.users.try_shared()?;
        self.users.unlock()?;
        Ok(used)
    }
}

/// Sees to it that there is a supervisor and waits for its server. The caller holds a lease, so a
/// supervisor that starts now does not end for lack of users.
async fn wait_until_ready(
    options: &ClusterOptions,
    layout: &Layout,
    supervisor: &Mutex<Option<Child>>,
) -> Result<(), ClusterError> {
    let mut supervisor = supervisor.lock().await;
    let mut sign_of_life = Instant::now();
    loop {
        if let Some(child) = supervisor.as_mut()
            && let Some(status) =
                child.try_wait().map_err(ClusterError::io("watch", &layout.supervisor()))?
        {
            let reason = last_words(child);
            *supervisor = None;
            // Success means that another process's supervisor was first, no code that it was killed.
            if status.code().is_some_and(|code| code != 0) {
                return Err(ClusterError::Supervisor {
                    reason: reason.unwrap_or_else(|| {
                        let log = layout.supervisor_log();
                        format!("the PostgreSQL supervisor ended ({status}); see {}", log.display())
                    }),
                });
            }
        }
        match supervisor_state(layout)? {
            SupervisorState::Absent if supervisor.is_none() => {
                *supervisor = Some(spawn(options, layout)?);
            }
            SupervisorState::Absent | SupervisorState::Busy => {}
            SupervisorState::Running(_) => match probe(layout).await? {
                Answer::Ready => return Ok(()),
                Answer::Recovering => {
                    sign_of_life = Instant::now();
                    sleep(RECOVERY_POLL).await;
                }
                Answer::None => {}
            },
        }
        if sign_of_life.elapsed() > options.start_timeout {
            return Err(ClusterError::StartTimeout {
                path: layout.root().to_path_buf(),
                waited: options.start_timeout,
                log: layout.server_log(),
            });
        }
        sleep(POLL).await;
    }
}

fn spawn(options: &ClusterOptions, layout: &Layout) -> Result<Child, ClusterError> {
    let (program, leading) = options
        .supervisor
        .split_first()
        .ok_or_else(|| ClusterError::Arguments("no supervisor program is named".to_owned()))?;
    Command::new(program)
        .args(leading)
        .args(arguments(options, layout.root()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|source| ClusterError::Spawn { program: program.into(), source })
}

/// What a supervisor that has ended wrote about it.
fn last_words(child: &mut Child) -> Option<String> {
    let mut text = String::new();
    child.stderr.take()?.read_to_string(&mut text).ok()?;
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// The folder of the socket by a name short enough to connect to.
fn socket_folder(layout: &Layout) -> Result<(PathBuf, Option<File>), ClusterError> {
    let folder = layout.cluster();
    if folder.as_os_str().len() <= LONGEST_SOCKET_FOLDER || !cfg!(target_os = "linux") {
        return Ok((folder, None));
    }
    use std::os::fd::AsRawFd;
    let opened = File::open(&folder).map_err(ClusterError::io("open", &folder))?;
    Ok((PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd())), Some(opened)))
}

fn config(socket_dir: &Path, database: &str) -> Config {
    let mut config = Config::new();
    config.host_path(socket_dir).port(PORT).user(ROLE).dbname(database);
    config.connect_timeout(CONNECT_TIMEOUT);
    config
}

enum Answer {
    /// A query was answered.
    Ready,
    /// The server starts up, which after a crash takes as long as it takes.
    Recovering,
    /// Nobody is there, or too busy.
    None,
}

/// The role to serve as, made where it is missing. Migrations give rights to the one that it is a member of.
const MAKE_ROLES: &str = "DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chandlery_serve') THEN
        CREATE ROLE chandlery_serve NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'chandlery_app') THEN
        CREATE ROLE chandlery_app LOGIN IN ROLE chandlery_serve;
    END IF;
EXCEPTION
    -- Another user of the folder was as quick.
    WHEN duplicate_object OR unique_violation THEN NULL;
END $$";

/// Asks the database; it and the role to serve as are made if they are missing.
async fn probe(layout: &Layout) -> Result<Answer, ClusterError> {
    let (socket_dir, _folder) = socket_folder(layout)?;
    let failed = |source| ClusterError::Database { path: layout.root().to_path_buf(), source };
    let error = match query(&config(&socket_dir, DATABASE), MAKE_ROLES).await {
        Ok(()) => return Ok(Answer::Ready),
        Err(error) => error,
    };
    let Some(code) = error.code() else { return Ok(Answer::None) };
    if *code == SqlState::UNDEFINED_DATABASE {
        let create = format!("CREATE DATABASE {DATABASE}");
        return match query(&config(&socket_dir, "postgres"), &create).await {
            // Another user of the folder may be making it at the same time.
            Err(error) if error.code().is_some_and(|code| !is_duplicate(code)) => {
                Err(failed(error))
            }
            _ => Ok(Answer::None),
        };
    }
    match *code {
        SqlState::CANNOT_CONNECT_NOW => Ok(Answer::Recovering),
        SqlState::TOO_MANY_CONNECTIONS | SqlState::ADMIN_SHUTDOWN | SqlState::CRASH_SHUTDOWN => {
            Ok(Answer::None)
        }
        _ => Err(failed(error)),
    }
}

fn is_duplicate(code: &SqlState) -> bool {
    [SqlState::DUPLICATE_DATABASE, SqlState::UNIQUE_VIOLATION, SqlState::OBJECT_IN_USE]
        .contains(code)
}

async fn query(config: &Config, statement: &str) -> Result<(), tokio_postgres::Error> {
    let (client, connection): (Client, _) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    let answer = client.batch_execute(statement).await;
    drop(client);
    // Ends now that it has no client; what it says about that is of no interest.
    let _ = connection.await;
    answer
}

fn still_stopping(layout: &Layout, waited: Duration) -> ClusterError {
    ClusterError::StillStopping {
        path: layout.root().to_path_buf(),
        waited: Duration::from_secs(waited.as_secs()),
        log: layout.server_log(),
    }
}
