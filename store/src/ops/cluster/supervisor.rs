//! The hidden process between the users of a data folder and its PostgreSQL. It keeps the server
//! running while anybody holds a lease, starts it again when it dies by itself, and stops it when
//! the last lease is gone. It works on its main thread alone, since the kernel ties "tell the child
//! when I die" to the thread that started the child.

#![allow(
    clippy::disallowed_methods,
    reason = "a process without a runtime, so sleeping blocks nobody; its log needs the real time"
)]

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitCode, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::ClusterOptions;
use super::error::ClusterError;
use super::layout::Layout;
use super::lock::{LockFile, SupervisorNote};
use super::orphans;
use super::server::Server;

const POLL: Duration = Duration::from_millis(50);
/// A server that ends sooner than this after its start counts as a failed start.
const QUICK: Duration = Duration::from_secs(10);
const FAILED_STARTS_ALLOWED: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_millis(200);
/// A log larger than this is put aside at the next start, replacing the one put aside before.
const LOG_LIMIT_BYTES: u64 = 10 << 20;
/// How much of the server's log goes into an error message.
const TAIL_LINES: usize = 12;

/// Runs a supervisor until its data folder has no user any more. `arguments` are those after the
/// program and its leading arguments. Must be called on the main thread, before any runtime.
pub fn supervise(arguments: impl Iterator<Item = OsString>) -> ExitCode {
    let ended = Arguments::parse(arguments).and_then(|arguments| arguments.run());
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever started this process reads it from there; if they have gone, so be it.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

/// What the starter passes on to the supervisor.
#[derive(Debug, Default)]
struct Arguments {
    data_dir: PathBuf,
    bin_dir: Option<PathBuf>,
    settings: Vec<(String, String)>,
    remove_data_dir_on_exit: bool,
}

/// The arguments that [`supervise`] understands.
pub(super) fn arguments(options: &ClusterOptions, data_dir: &Path) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["--data-dir".into(), data_dir.into()];
    if let Some(bin_dir) = &options.bin_dir {
        arguments.extend(["--bin-dir".into(), bin_dir.into()]);
    }
    for (name, value) in &options.extra_settings {
        arguments.extend(["--set".into(), format!("{name}={value}").into()]);
    }
    if options.remove_data_dir_on_exit {
        arguments.push("--remove-data-dir-on-exit".into());
    }
    arguments
}

impl Arguments {
    fn parse(mut given: impl Iterator<Item = OsString>) -> Result<Self, ClusterError> {
        let mut parsed = Self::default();
        while let Some(name) = given.next() {
            let name = name.to_string_lossy().into_owned();
            if name == "--remove-data-dir-on-exit" {
                parsed.remove_data_dir_on_exit = true;
                continue;
            }
            let missing = || ClusterError::Arguments(format!("{name} is unknown or has no value"));
            let value = given.next().ok_or_else(missing)?;
            match name.as_str() {
                "--data-dir" => parsed.data_dir = value.into(),
                "--bin-dir" => parsed.bin_dir = Some(value.into()),
                "--set" => {
                    let text = value.to_string_lossy();
                    let (key, value) = text.split_once('=').ok_or_else(missing)?;
                    parsed.settings.push((key.to_owned(), value.to_owned()));
                }
                _ => return Err(missing()),
            }
        }
        if parsed.data_dir.is_absolute() {
            return Ok(parsed);
        }
        Err(ClusterError::Arguments("--data-dir must be an absolute path".to_owned()))
    }

    fn run(self) -> Result<(), ClusterError> {
        // Away from the terminal, so that Ctrl-C and hanging up reach only who was meant. Fails
        // only where that is the case already.
        let _ = rustix::process::setsid();
        std::env::set_current_dir("/").map_err(ClusterError::io("enter", Path::new("/")))?;
        let layout = Layout::create(&self.data_dir)?;
        let Some(lock) = take_lock(&layout)? else {
            return Ok(());
        };
        let users = LockFile::open(&layout.users())?;
        let logs = layout.logs();
        fs::create_dir_all(&logs).map_err(ClusterError::io("create", &logs))?;
        let journal = Journal::open(&layout.supervisor_log())?;
        let supervisor = Supervisor { arguments: self, layout, lock, users, journal };
        let ended = supervisor.serve();
        if let Err(error) = &ended {
            supervisor.journal.say(&error.to_string());
        }
        if supervisor.arguments.remove_data_dir_on_exit {
            let root = supervisor.layout.root();
            fs::remove_dir_all(root).map_err(ClusterError::io("remove", root))?;
        }
        ended
    }
}

/// The lock that says a supervisor lives; `None` if another one does. Somebody who only looks at
/// the lock holds it for an instant, therefore several attempts.
fn take_lock(layout: &Layout) -> Result<Option<LockFile>, ClusterError> {
    let lock = LockFile::open(&layout.supervisor())?;
    for _ in 0..20 {
        if lock.try_exclusive()? {
            return Ok(Some(lock));
        }
        sleep(POLL);
    }
    Ok(None)
}

struct Supervisor {
    arguments: Arguments,
    layout: Layout,
    lock: LockFile,
    /// Locking it exclusively is how the supervisor learns that there are no users, and keeps new
    /// ones waiting until it has ended.
    users: LockFile,
    journal: Journal,
}

enum Ended {
    Unused,
    Died(ExitStatus),
}

impl Supervisor {
    fn serve(&self) -> Result<(), ClusterError> {
        self.note(None)?;
        let log = self.layout.server_log();
        let log_start = fs::metadata(&log).map_or(0, |found| found.len());
        let cluster = self.layout.cluster();
        orphans::clear(&cluster, |text| self.journal.say(text))?;
        let bin_dir = self.arguments.bin_dir.as_deref();
        let server = Server::open(&self.layout, bin_dir, &self.arguments.settings)?;
        let mut failed_starts = 0;
        loop {
            let mut child = server.start(&log)?;
            self.journal.say(&format!("started PostgreSQL (pid {})", child.id()));
            self.note(Some(child.id()))?;
            let started = Instant::now();
            let status = match self.watch(&mut child)? {
                Ended::Unused => return self.stop(child),
                Ended::Died(status) => status,
            };
            self.note(None)?;
            self.journal.say(&format!("PostgreSQL ended by itself: {status}"));
            failed_starts = if started.elapsed() < QUICK { failed_starts + 1 } else { 0 };
            if failed_starts == FAILED_STARTS_ALLOWED {
                let tail = tail(&log, log_start);
                return Err(ClusterError::KeepsStopping {
                    times: failed_starts,
                    status,
                    log,
                    tail,
                });
            }
            sleep(pause_after(failed_starts, status));
            orphans::clear(&cluster, |text| self.journal.say(text))?;
        }
    }

    /// Returns when nobody uses the server any more, or when it has ended.
    fn watch(&self, child: &mut Child) -> Result<Ended, ClusterError> {
        let path = self.layout.server_log();
        loop {
            if let Some(status) = child.try_wait().map_err(ClusterError::io("watch", &path))? {
                return Ok(Ended::Died(status));
            }
            if self.users.try_exclusive()? {
                return Ok(Ended::Unused);
            }
            sleep(POLL);
        }
    }

    fn stop(&self, mut child: Child) -> Result<(), ClusterError> {
        self.journal.say("nobody uses PostgreSQL any more, stopping it");
        // It is our child and not yet reaped, so the number cannot belong to anybody else.
        let _ = kill_process(Pid::from_child(&child), Signal::INT);
        let status = child.wait().map_err(ClusterError::io("watch", &self.layout.server_log()))?;
        self.journal.say(&format!("PostgreSQL stopped: {status}"));
        Ok(())
    }

    fn note(&self, postmaster: Option<u32>) -> Result<(), ClusterError> {
        let note = SupervisorNote { pid: std::process::id(), postmaster };
        self.lock.write(&serde_json::to_string(&note).expect("a note is two numbers"))
    }
}

/// None after a server that ran well or was killed for the first time; then ever longer.
fn pause_after(failed_starts: u32, status: ExitStatus) -> Duration {
    let steps =
        if status.signal().is_some() { failed_starts.saturating_sub(1) } else { failed_starts };
    if steps == 0 { Duration::ZERO } else { FIRST_PAUSE * 2_u32.pow(steps - 1) }
}

/// The last lines that the log has got since it was `start` bytes long.
fn tail(log: &Path, start: u64) -> String {
    let read = || {
        let mut file = File::open(log)?;
        let start = if file.metadata()?.len() < start { 0 } else { start };
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(LOG_LIMIT_BYTES).read_to_end(&mut bytes)?;
        io::Result::Ok(String::from_utf8_lossy(&bytes).into_owned())
    };
    let text = read().unwrap_or_else(|error| format!("(unreadable: {error})"));
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

/// Puts a log aside that has grown large.
pub(super) fn rotate(log: &Path) -> io::Result<()> {
    if fs::metadata(log).is_ok_and(|found| found.len() > LOG_LIMIT_BYTES) {
        fs::rename(log, log.with_extension("log.1"))?;
    }
    Ok(())
}

/// The supervisor's own log.
struct Journal(File);

impl Journal {
    fn open(path: &Path) -> Result<Self, ClusterError> {
        rotate(path).map_err(ClusterError::io("rotate", path))?;
        let file = OpenOptions::new().append(true).create(true).open(path);
        Ok(Self(file.map_err(ClusterError::io("open", path))?))
    }

    /// A full disk must not end the supervision, so a line that cannot be written is given up.
    fn say(&self, text: &str) {
        let now = jiff::Timestamp::now();
        let _ = writeln!(&self.0, "{now:.3} supervisor[{}] {text}", std::process::id());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_supervisor_understands_what_the_starter_says() {
        let options = ClusterOptions {
            bin_dir: Some("/opt/pg/bin".into()),
            extra_settings: vec![("fsync".to_owned(), "off".to_owned())],
            remove_data_dir_on_exit: true,
            ..ClusterOptions::new("ignored").unwrap()
        };
        let given = arguments(&options, Path::new("/data dir"));
        let parsed = Arguments::parse(given.into_iter()).unwrap();
        assert_eq!(parsed.data_dir, Path::new("/data dir"));
        assert_eq!(parsed.bin_dir.as_deref(), Some(Path::new("/opt/pg/bin")));
        assert_eq!(parsed.settings, options.extra_settings);
        assert!(parsed.remove_data_dir_on_exit);
    }

    #[test]
    fn wrong_arguments_are_named() {
        for (given, said) in [
            (vec!["--data-dir"], "--data-dir is unknown or has no value"),
            (vec!["--nonsense", "x"], "--nonsense is unknown"),
            (vec!["--data-dir", "relative"], "must be an absolute path"),
            (vec!["--data-dir", "/x", "--set", "fsync"], "--set is unknown or has no value"),
        ] {
            let error = Arguments::parse(given.iter().map(OsString::from)).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }

    #[test]
    fn pauses_grow_and_the_first_kill_costs_none() {
        let (failed, killed) = (ExitStatus::from_raw(1 << 8), ExitStatus::from_raw(9));
        let after = |steps, status| pause_after(steps, status).as_millis();
        assert_eq!([0, 1, 2, 3].map(|n| after(n, failed)), [0, 200, 400, 800]);
        assert_eq!([0, 1, 2, 3].map(|n| after(n, killed)), [0, 0, 200, 400]);
    }

    #[test]
    fn only_the_last_new_lines_of_a_log_are_shown() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        fs::write(&log, "old\nnew 1\nnew 2\n").unwrap();
        assert_eq!(tail(&log, 4), "new 1\nnew 2");
        assert_eq!(tail(&log, 999), "old\nnew 1\nnew 2", "a log begun anew");
        let many: String = (0..100).map(|n| format!("{n}\n")).collect();
        fs::write(&log, many).unwrap();
        assert!(tail(&log, 0).starts_with("88\n"));
    }
}
