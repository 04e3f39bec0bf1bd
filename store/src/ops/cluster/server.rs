//! The cluster's folder and the programs that run in it: making it, configuring it, starting the
//! server. As root the programs run as another user, who may be unable to walk down to the folder
//! (a home or temporary folder closed to others), so they get it as an open file descriptor.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;

use rustix::process::Signal;

use super::account::Account;
use super::binaries::Binaries;
use super::error::ClusterError;
use super::layout::Layout;
use super::settings::{self, Abilities, Machine};
use super::{ROLE, supervisor::rotate};

/// Our settings in the cluster's folder, and the copy of the operator's.
const SETTINGS_FILE: &str = "chandlery.conf";
const OPERATOR_FILE: &str = "operator.conf";

/// A cluster and what can run it.
pub(super) struct Server {
    binaries: Binaries,
    account: Account,
    folder: Folder,
}

impl Server {
    /// The cluster of this data folder, made if there is none.
    pub(super) fn open(
        layout: &Layout,
        bin_dir: Option<&Path>,
        extra: &[(String, String)],
    ) -> Result<Self, ClusterError> {
        let cluster = layout.cluster();
        let account = Account::of_cluster(&cluster)?;
        let made_by = version_of(&cluster)?;
        let binaries = Binaries::find(bin_dir, &cluster, made_by)?;
        if made_by.is_none() {
            create(layout, &binaries, &account, extra)?;
        }
        let folder = Folder::open(&cluster)?;
        let server = Self { binaries, account, folder };
        server.configure(layout, extra)?;
        Ok(server)
    }

    /// Starts the server as a child of this process; it writes to `log`.
    pub(super) fn start(&self, log: &Path) -> Result<Child, ClusterError> {
        rotate(log).map_err(ClusterError::io("rotate", log))?;
        let open = || OpenOptions::new().append(true).create(true).open(log);
        let output = open().map_err(ClusterError::io("open", log))?;
        let errors = output.try_clone().map_err(ClusterError::io("open", log))?;
        let program = self.binaries.postgres();
        // SIGINT is PostgreSQL's fast shutdown: what is committed is kept, clients are cut off.
        let mut command = self.folder.command(&program, &self.account, Signal::INT);
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        command.spawn().map_err(|source| ClusterError::Spawn { program, source })
    }

    fn configure(&self, layout: &Layout, extra: &[(String, String)]) -> Result<(), ClusterError> {
        let operator = layout.operator_settings();
        let own = match fs::read_to_string(&operator) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(ClusterError::io("read", &operator)(error)),
        };
        let abilities = Abilities {
            lz4: self.knows_lz4(),
            statement_statistics: self.binaries.has_library("pg_stat_statements"),
        };
        let mut text = settings::render(Machine::here(), abilities);
        text.push_str(&format!("include '{OPERATOR_FILE}'\n"));
        for (name, value) in extra {
            text.push_str(&settings::line(name, value));
        }
        self.write(OPERATOR_FILE, &own)?;
        self.write(SETTINGS_FILE, &text)?;
        self.write("pg_hba.conf", &settings::access_rules())?;
        // root may read everything here anyway, and it should be able to help.
        let mut users = vec![self.account.name.as_str()];
        users.extend((self.account.name != "root").then_some("root"));
        self.write("pg_ident.conf", &settings::user_map(&users))
    }

    /// The server checks a setting's value against how it was built.
    fn knows_lz4(&self) -> bool {
        let mut command =
            self.folder.command(&self.binaries.postgres(), &self.account, Signal::KILL);
        command.args(["-c", "wal_compression=lz4", "-C", "wal_compression"]);
        command.stdin(Stdio::null()).output().is_ok_and(|answer| answer.status.success())
    }

    fn write(&self, name: &str, text: &str) -> Result<(), ClusterError> {
        let path = self.folder.path.join(name);
        let write = || {
            let mut options = OpenOptions::new();
            options
                .write(true)
                .create(true)
                .truncate(true)
                .mode(0o600)
                .open(&path)?
                .write_all(text.as_bytes())?;
            self.account.own(&path)
        };
        write().map_err(ClusterError::io("write", &path))
    }
}

impl Account {
    /// Makes the account the owner of what root has created.
    fn own(&self, path: &Path) -> io::Result<()> {
        if self.switch { chown(path, Some(self.uid), Some(self.gid)) } else { Ok(()) }
    }
}

/// The cluster's folder, kept open so that it can be handed to child processes.
struct Folder {
    path: PathBuf,
    handle: Arc<File>,
}

impl Folder {
    fn open(path: &Path) -> Result<Self, ClusterError> {
        let handle = File::open(path).map_err(ClusterError::io("open", path))?;
        Ok(Self { path: path.to_path_buf(), handle: Arc::new(handle) })
    }

    /// A command on this folder under that account, which gets `farewell` when this process ends.
    #[allow(clippy::disallowed_methods, reason = "passes variables on, reads no settings")]
    fn command(&self, program: &Path, account: &Account, farewell: Signal) -> Command {
        let mut command = Command::new(program);
        command.arg("-D").arg(self.name_for(account)).current_dir("/").env_clear();
        // Nothing of our environment may change the server's ways, or show up in it as a secret.
        for name in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.env("LC_ALL", "C");
        if account.switch {
            command.uid(account.uid).gid(account.gid);
        }
        tie_to_this_process(&mut command, Arc::clone(&self.handle), farewell);
        command
    }

    /// Under Linux, this name leads a child process to the folder without walking down to it.
    fn name_for(&self, account: &Account) -> OsString {
        if account.switch && cfg!(target_os = "linux") {
            return format!("/proc/self/fd/{}", self.handle.as_raw_fd()).into();
        }
        self.path.clone().into_os_string()
    }
}

/// Lets the child keep the folder open and get a signal when this process dies, even by kill -9.
/// The kernel ties the signal to the thread that starts the child, so that must be the main one.
#[cfg(target_os = "linux")]
fn tie_to_this_process(command: &mut Command, folder: Arc<File>, farewell: Signal) {
    use rustix::io::{FdFlags, fcntl_setfd};
    use rustix::process::{Pid, getpid, getppid, set_parent_process_death_signal};

    let parent: Pid = getpid();
    let prepare = move || {
        fcntl_setfd(&folder, FdFlags::empty())?;
        set_parent_process_death_signal(Some(farewell))?;
        // We may have died before the line above.
        if getppid() == Some(parent) { Ok(()) } else { Err(io::ErrorKind::BrokenPipe.into()) }
    };
    // SAFETY: between fork and exec only async-signal-safe work is allowed. The closure makes three
    // system calls without memory allocation or locks.
    #[allow(unsafe_code)]
    unsafe {
        command.pre_exec(prepare);
    }
}

/// Other systems have no such signal: there the next supervisor ends what this one left behind.
#[cfg(not(target_os = "linux"))]
fn tie_to_this_process(_command: &mut Command, _folder: Arc<File>, _farewell: Signal) {}

/// The major version that made the cluster, `None` if there is no cluster.
fn version_of(cluster: &Path) -> Result<Option<u32>, ClusterError> {
    if !fs::exists(cluster).map_err(ClusterError::io("look for", cluster))? {
        return Ok(None);
    }
    let file = cluster.join("PG_VERSION");
    let not_a_cluster = || ClusterError::NotACluster { path: cluster.to_path_buf() };
    match fs::read_to_string(&file) {
        Ok(text) => text.trim().parse().map(Some).map_err(|_| not_a_cluster()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(not_a_cluster()),
        Err(error) => Err(ClusterError::io("read", &file)(error)),
    }
}

/// Makes the cluster under another name, so that a cluster with its proper name is always whole.
fn create(
    layout: &Layout,
    binaries: &Binaries,
    account: &Account,
    extra: &[(String, String)],
) -> Result<(), ClusterError> {
    let root = layout.root();
    for path in layout.abandoned_clusters().map_err(ClusterError::io("read", root))? {
        fs::remove_dir_all(&path).map_err(ClusterError::io("remove", &path))?;
    }
    let new = layout.new_cluster(std::process::id());
    DirBuilder::new().mode(0o700).create(&new).map_err(ClusterError::io("create", &new))?;
    account.own(&new).map_err(ClusterError::io("change the owner of", &new))?;
    let folder = Folder::open(&new)?;
    let careless = extra.iter().any(|(name, value)| name == "fsync" && value == "off");
    // Bytes decide the order, which is fast and never changes with the system's libraries; letters
    // of all languages have upper and lower case, where the system knows the locale C.UTF-8.
    let made = initdb(&folder, binaries, account, "C.UTF-8", careless)?;
    let made = match made {
        Err(output) if output.contains("locale") => {
            initdb(&folder, binaries, account, "C", careless)?
        }
        other => other,
    };
    if let Err(output) = made {
        // What is left is removed by the next attempt, should this fail as well.
        let _ = fs::remove_dir_all(&new);
        return Err(ClusterError::Initdb { path: layout.cluster(), output });
    }
    let configuration = new.join("postgresql.conf");
    OpenOptions::new()
        .append(true)
        .open(&configuration)
        .and_then(|mut file| {
            writeln!(file, "include_if_exists '{SETTINGS_FILE}'")?;
            file.sync_all()
        })
        .map_err(ClusterError::io("write", &configuration))?;
    let cluster = layout.cluster();
    fs::rename(&new, &cluster).map_err(ClusterError::io("create", &cluster))?;
    File::open(root).and_then(|root| root.sync_all()).map_err(ClusterError::io("write", root))
}

/// Runs `initdb`; the inner error is what it printed.
fn initdb(
    folder: &Folder,
    binaries: &Binaries,
    account: &Account,
    letters: &str,
    careless: bool,
) -> Result<Result<(), String>, ClusterError> {
    let program = binaries.initdb();
    let mut command = folder.command(&program, account, Signal::KILL);
    command.args(["--username", ROLE, "--auth", "peer", "--data-checksums", "--no-instructions"]);
    command.args(["--encoding", "UTF8", "--locale", "C", "--lc-ctype", letters]);
    if careless {
        command.arg("--no-sync");
    }
    let answer = command.stdin(Stdio::null()).output();
    let answer = answer.map_err(|source| ClusterError::Spawn { program, source })?;
    if answer.status.success() {
        return Ok(Ok(()));
    }
    let text = String::from_utf8_lossy(&answer.stderr);
    let lines = text.lines().filter(|line| !line.starts_with("initdb: removing contents"));
    let text = lines.collect::<Vec<_>>().join("\n").trim().to_owned();
    Ok(Err(if text.is_empty() { answer.status.to_string() } else { text }))
}
