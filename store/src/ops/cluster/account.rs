//! Which operating system user PostgreSQL runs as: never root, since PostgreSQL refuses that.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::process::Command;

use super::error::ClusterError;

/// The user that PostgreSQL runs as when chandlery runs as root.
const SERVICE_USER: &str = "postgres";

/// The user of the PostgreSQL processes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Account {
    /// Its name, which peer authentication compares.
    pub(super) name: String,
    /// Its number.
    pub(super) uid: u32,
    /// Its main group.
    pub(super) gid: u32,
    /// Whether we are root and must become this user.
    pub(super) switch: bool,
}

impl Account {
    /// The owner of the cluster's folder; for a cluster yet to be made `postgres` under root, and
    /// else the user who runs chandlery.
    pub(super) fn of_cluster(cluster: &Path) -> Result<Self, ClusterError> {
        let user = rustix::process::geteuid();
        let owner = match fs::metadata(cluster) {
            Ok(found) => Some(found.uid()),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(ClusterError::io("look at", cluster)(error)),
        };
        let wanted = match owner {
            Some(owner) if user.is_root() && owner != 0 => owner.to_string(),
            Some(owner) if !user.is_root() && owner != user.as_raw() => {
                let owner = look_up(&owner.to_string()).map_or(owner.to_string(), |found| found.0);
                return Err(ClusterError::ForeignCluster { path: cluster.to_path_buf(), owner });
            }
            _ if user.is_root() => SERVICE_USER.to_owned(),
            _ => user.as_raw().to_string(),
        };
        let (name, uid, gid) =
            look_up(&wanted).ok_or(ClusterError::NoUser { name: wanted.clone() })?;
        Ok(Self { name, uid, gid, switch: user.is_root() })
    }
}

/// Name, uid and gid of a user given by name or number; from /etc/passwd, or else from `id`, which
/// also knows directory services.
fn look_up(wanted: &str) -> Option<(String, u32, u32)> {
    let local = fs::read_to_string("/etc/passwd").unwrap_or_default();
    find_in_passwd(&local, wanted).or_else(|| {
        let ask = |what: &str| {
            let answer = Command::new("id").args([what, wanted]).output().ok()?;
            let text = String::from_utf8(answer.stdout).ok()?.trim().to_owned();
            (answer.status.success() && !text.is_empty()).then_some(text)
        };
        Some((ask("-un")?, ask("-u")?.parse().ok()?, ask("-g")?.parse().ok()?))
    })
}

fn find_in_passwd(passwd: &str, wanted: &str) -> Option<(String, u32, u32)> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, _password) = (fields.next()?, fields.next()?);
        let (uid, gid) = (fields.next()?, fields.next()?);
        if name != wanted && uid != wanted {
            return None;
        }
        Some((name.to_owned(), uid.parse().ok()?, gid.parse().ok()?))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_found_by_name_and_by_number() {
        let passwd = "root:x:0:0:root:/root:/bin/sh\n\
                      broken line\n\
                      postgres:x:101:104:PostgreSQL:/var/lib/postgresql:/bin/bash\n";
        let postgres = Some(("postgres".to_owned(), 101, 104));
        assert_eq!(find_in_passwd(passwd, "postgres"), postgres);
        assert_eq!(find_in_passwd(passwd, "101"), postgres);
        assert_eq!(find_in_passwd(passwd, "104"), None);
        assert_eq!(find_in_passwd(passwd, "postgre"), None);
    }

    #[test]
    fn the_running_user_is_known_to_the_system() {
        let uid = rustix::process::geteuid().as_raw();
        assert_eq!(look_up(&uid.to_string()).map(|found| found.1), Some(uid));
        assert_eq!(look_up("no-such-user-here"), None);
    }
}
