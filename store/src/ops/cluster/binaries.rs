//! Finding PostgreSQL's programs on the machine. A folder counts only if it holds both `postgres`
//! and `initdb`: some systems put single tools such as `pg_ctl` on the PATH without the server.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::OLDEST_VERSION;
use super::error::ClusterError;

/// A folder with a server and `initdb` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    folder: PathBuf,
    major: u32,
}

impl Binaries {
    /// The binaries for the cluster in `cluster`, whose major version is `made_by` if it exists:
    /// those of that version, or else the first that are new enough.
    pub(super) fn find(
        bin_dir: Option<&Path>,
        cluster: &Path,
        made_by: Option<u32>,
    ) -> Result<Self, ClusterError> {
        let (folders, looked_in) = match bin_dir {
            Some(folder) => (vec![folder.to_path_buf()], folder.display().to_string()),
            None => (usual_folders(), "PATH and the usual folders".to_owned()),
        };
        let (mut found, mut broken) = (Vec::new(), None);
        for folder in folders.into_iter().filter(|folder| is_complete(folder)) {
            let folder = home_of(folder);
            match version_of(&folder.join("postgres")) {
                Ok(major) => found.push(Self { folder, major }),
                Err(error) => broken = Some(error),
            }
        }
        match broken {
            Some(error) if found.is_empty() => Err(error),
            _ => choose(found, looked_in, cluster, made_by),
        }
    }

    /// The server.
    pub(super) fn postgres(&self) -> PathBuf {
        self.folder.join("postgres")
    }

    /// The program that makes a cluster.
    pub(super) fn initdb(&self) -> PathBuf {
        self.folder.join("initdb")
    }

    /// Whether the server can load that library, looked for where packages put it.
    pub(super) fn has_library(&self, name: &str) -> bool {
        ["../lib", "../lib/postgresql", "../lib64/pgsql"].iter().any(|place| {
            let stem = self.folder.join(place).join(name);
            stem.with_extension("so").exists() || stem.with_extension("dylib").exists()
        })
    }
}

fn choose(
    found: Vec<Binaries>,
    looked_in: String,
    cluster: &Path,
    made_by: Option<u32>,
) -> Result<Binaries, ClusterError> {
    if let Some(made_by) = made_by
        && let Some(same) = found.iter().find(|each| each.major == made_by)
    {
        return Ok(same.clone());
    }
    let Some(newest) = found.iter().max_by_key(|each| each.major) else {
        return Err(ClusterError::NoBinaries { looked_in, advice: advice() });
    };
    if let Some(cluster_version) = made_by {
        let versions: Vec<String> = found.iter().map(|each| each.major.to_string()).collect();
        return Err(ClusterError::VersionMismatch {
            path: cluster.to_path_buf(),
            cluster: cluster_version,
            found: versions.join(", "),
        });
    }
    found.iter().find(|each| each.major >= OLDEST_VERSION).cloned().ok_or_else(|| {
        ClusterError::BinariesTooOld {
            path: newest.folder.clone(),
            found: newest.major,
            advice: advice(),
        }
    })
}

/// PATH first, then what `pg_config` says, then where packages put it, new versions first.
#[allow(clippy::disallowed_methods, reason = "PATH belongs to the system, it is not our setting")]
fn usual_folders() -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> =
        env::var_os("PATH").map(|path| env::split_paths(&path).collect()).unwrap_or_default();
    if let Ok(answer) = Command::new("pg_config").arg("--bindir").output()
        && let Ok(text) = String::from_utf8(answer.stdout)
    {
        folders.push(PathBuf::from(text.trim()));
    }
    for (parent, prefix, suffix) in [
        ("/usr/lib/postgresql", "", "bin"),
        ("/usr", "pgsql-", "bin"),
        ("/opt/homebrew/opt", "postgresql", "bin"),
        ("/usr/local/opt", "postgresql", "bin"),
        ("/usr/libexec", "postgresql", ""),
    ] {
        folders.extend(versioned(Path::new(parent), prefix).into_iter().map(|f| f.join(suffix)));
    }
    folders.push(PathBuf::from("/usr/local/pgsql/bin"));
    let mut seen = Vec::new();
    folders.retain(|folder| {
        let real = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        let new = folder.is_absolute() && !seen.contains(&real);
        seen.push(real);
        new
    });
    folders
}

/// The folders in `parent` whose name starts with `prefix`, the highest number in it first.
fn versioned(parent: &Path, prefix: &str) -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir(parent)
        .into_iter()
        .flatten()
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().starts_with(prefix))
        .map(|entry| (first_number(&entry.file_name().to_string_lossy()), entry.path()))
        .collect();
    found.sort_by(|one, other| other.cmp(one));
    found.into_iter().map(|(_, path)| path).collect()
}

fn is_complete(folder: &Path) -> bool {
    ["postgres", "initdb"].iter().all(|program| folder.join(program).is_file())
}

/// Where the programs really are, if the folder holds links: their libraries lie beside that.
fn home_of(folder: PathBuf) -> PathBuf {
    let real = folder.join("postgres").canonicalize();
    match real.ok().and_then(|program| program.parent().map(Path::to_path_buf)) {
        Some(home) if is_complete(&home) => home,
        _ => folder,
    }
}

/// The major version that `program --version` prints.
fn version_of(program: &Path) -> Result<u32, ClusterError> {
    let bad = |reason: String| ClusterError::BadBinary { path: program.to_path_buf(), reason };
    let answer =
        Command::new(program).arg("--version").output().map_err(|error| bad(error.to_string()))?;
    let text = String::from_utf8_lossy(&answer.stdout);
    // "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", "postgres (PostgreSQL) 18beta1"
    match text.split_once("(PostgreSQL)").map(|(_, version)| first_number(version)) {
        Some(major) if major > 0 => Ok(major),
        _ => Err(bad(format!(
            "`--version` printed {:?} {:?}",
            text.trim(),
            String::from_utf8_lossy(&answer.stderr).trim()
        ))),
    }
}

/// The first run of digits, 0 if there is none.
fn first_number(text: &str) -> u32 {
    let start = text.trim_start_matches(|c: char| !c.is_ascii_digit());
    let digits = start.find(|c: char| !c.is_ascii_digit()).map_or(start, |end| &start[..end]);
    digits.parse().unwrap_or(0)
}

/// Which package brings the server, on this system.
fn advice() -> String {
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let how = install_command(&release, cfg!(target_os = "macos"));
    format!(
        "install PostgreSQL {OLDEST_VERSION} or newer{how}, or give a running server's \
         DATABASE_URL"
    )
}

fn install_command(os_release: &str, macos: bool) -> String {
    if macos {
        return " with `brew install postgresql@17`".to_owned();
    }
    let systems: Vec<&str> = os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
        .flat_map(|value| value.trim_matches('"').split(' '))
        .collect();
    let command = systems.iter().find_map(|system| match *system {
        "debian" | "ubuntu" => Some("apt-get install postgresql"),
        "fedora" | "rhel" | "centos" => Some("dnf install postgresql-server"),
        "arch" => Some("pacman -S postgresql"),
        "alpine" => Some("apk add postgresql"),
        "suse" | "opensuse" => Some("zypper install postgresql-server"),
        _ => None,
    });
    command.map(|command| format!(" with `{command}`")).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(majors: &[u32]) -> Vec<Binaries> {
        majors
            .iter()
            .map(|major| Binaries { folder: PathBuf::from(format!("/pg/{major}")), major: *major })
            .collect()
    }

    fn chosen(majors: &[u32], made_by: Option<u32>) -> Result<u32, String> {
        choose(with(majors), "the test".to_owned(), Path::new("/data/postgres"), made_by)
            .map(|binaries| binaries.major)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_new_cluster_takes_the_first_binaries_that_are_new_enough() {
        assert_eq!(chosen(&[14, 16, 17], None), Ok(16));
        let old = chosen(&[13, 14], None).unwrap_err();
        assert!(old.contains("PostgreSQL 14 in /pg/14 is too old"), "{old}");
        let none = chosen(&[], None).unwrap_err();
        assert!(none.contains("no PostgreSQL server found in the test; install"), "{none}");
    }

    #[test]
    fn an_existing_cluster_keeps_its_version() {
        assert_eq!(chosen(&[17, 15], Some(15)), Ok(15));
        let other = chosen(&[17, 16], Some(15)).unwrap_err();
        let said = "/data/postgres was made by PostgreSQL 15, but only PostgreSQL 17, 16 is";
        assert!(other.starts_with(said), "{other}");
    }

    #[test]
    fn the_package_is_that_of_the_system_or_of_its_parent() {
        let debian = install_command("NAME=\"Debian\"\nID=debian\n", false);
        assert_eq!(debian, " with `apt-get install postgresql`");
        let rocky = install_command("ID=\"rocky\"\nID_LIKE=\"rhel centos fedora\"\n", false);
        assert_eq!(rocky, " with `dnf install postgresql-server`");
        assert_eq!(install_command("ID=plan9\n", false), "");
    }

    #[test]
    fn versions_are_read_from_names_and_answers() {
        assert_eq!(first_number("postgresql@17"), 17);
        assert_eq!(first_number(" 18beta1"), 18);
        assert_eq!(first_number("none"), 0);
    }
}
