//! PostgreSQL processes that outlived their supervisor, or their own first process. Nothing may
//! start in a folder where such processes still work, and PostgreSQL itself cannot tell a stale
//! `postmaster.pid` from a live one once the number has gone to another program.

#![allow(clippy::disallowed_methods, reason = "the supervisor, which waits here, has no runtime")]

use std::fs;
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::error::ClusterError;
use super::lock::is_running;

/// How long processes without their first process may take to notice SIGQUIT.
const LEFTOVERS_TIMEOUT: Duration = Duration::from_secs(10);
const POLL: Duration = Duration::from_millis(20);

/// The first process of the PostgreSQL that works in this folder, if there is one.
pub(super) fn postmaster(cluster: &Path) -> Option<u32> {
    let pid = recorded_pid(cluster)?;
    (is_running(pid) && works_in(pid, cluster)).then_some(pid)
}

/// Waits until no PostgreSQL process works in the folder, having asked those there are to stop, and
/// removes a `postmaster.pid` that names another program. `say` is told what was found.
pub(super) fn clear(cluster: &Path, mut say: impl FnMut(&str)) -> Result<(), ClusterError> {
    if let Some(pid) = postmaster(cluster) {
        say(&format!("waiting for an earlier PostgreSQL (pid {pid}) to shut down"));
        signal(pid, Signal::INT);
        while postmaster(cluster) == Some(pid) {
            sleep(POLL);
        }
    }
    end_leftovers(cluster, &mut say);
    if let Some(pid) = recorded_pid(cluster).filter(|pid| is_running(*pid)) {
        say(&format!(
            "removing postmaster.pid: process {pid} is not the PostgreSQL of this folder"
        ));
        let file = cluster.join("postmaster.pid");
        fs::remove_file(&file).map_err(ClusterError::io("remove", &file))?;
    }
    Ok(())
}

/// Processes whose first process was killed finish what they do before they notice; until then
/// PostgreSQL does not start again. Their work is lost already, so they are told to stop at once.
fn end_leftovers(cluster: &Path, say: &mut impl FnMut(&str)) {
    let started = Instant::now();
    let mut told = false;
    loop {
        let left = servers_in(cluster);
        if left.is_empty() {
            return;
        }
        let late = started.elapsed() > LEFTOVERS_TIMEOUT;
        if !told || late {
            say(&format!("ending {} processes of a PostgreSQL that was killed", left.len()));
            for pid in left {
                signal(pid, if late { Signal::KILL } else { Signal::QUIT });
            }
            told = true;
        }
        sleep(POLL);
    }
}

fn recorded_pid(cluster: &Path) -> Option<u32> {
    fs::read_to_string(cluster.join("postmaster.pid")).ok()?.lines().next()?.trim().parse().ok()
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // It may have ended in the meantime, which is what the signal is for.
        let _ = kill_process(pid, signal);
    }
}

/// PostgreSQL makes the cluster its working folder, whatever name it was given for it.
#[cfg(target_os = "linux")]
fn works_in(pid: u32, cluster: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let identity = |path: &Path| fs::metadata(path).map(|found| (found.dev(), found.ino())).ok();
    let there = identity(Path::new(&format!("/proc/{pid}/cwd")));
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    there.is_some() && there == identity(cluster) && name.trim() == "postgres"
}

#[cfg(not(target_os = "linux"))]
fn works_in(pid: u32, _cluster: &Path) -> bool {
    let answer =
        std::process::Command::new("ps").args(["-o", "comm=", "-p", &pid.to_string()]).output();
    answer.is_ok_and(|it| String::from_utf8_lossy(&it.stdout).trim().ends_with("postgres"))
}

#[cfg(target_os = "linux")]
fn servers_in(cluster: &Path) -> Vec<u32> {
    fs::read_dir("/proc")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| entry.file_name().to_string_lossy().parse().ok())
        .filter(|pid| works_in(*pid, cluster))
        .collect()
}

/// Other systems do not say where a process works; there the server's own check has to do.
#[cfg(not(target_os = "linux"))]
fn servers_in(_cluster: &Path) -> Vec<u32> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_that_names_another_program_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postmaster.pid");
        fs::write(&file, format!("{}\n/somewhere\n", std::process::id())).unwrap();
        assert_eq!(postmaster(folder.path()), None);
        let mut said = Vec::new();
        clear(folder.path(), |text| said.push(text.to_owned())).unwrap();
        assert!(!file.exists());
        assert!(said[0].contains(&std::process::id().to_string()), "{said:?}");
    }

    #[test]
    fn a_pid_file_that_names_nobody_is_left_to_postgresql() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("postmaster.pid");
        fs::write(&file, format!("{}\n/somewhere\n", u32::MAX >> 1)).unwrap();
        clear(folder.path(), |text| panic!("{text}")).unwrap();
        assert!(file.exists());
    }
}
