//! Data folders in inconvenient places, and of other users.

use std::fs::{self, DirBuilder, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};

use super::*;

#[tokio::test]
async fn the_path_may_be_long_and_its_folders_closed_to_others() {
    let folder = empty_folder();
    let mut path = folder.path().to_path_buf();
    for part in ["a".repeat(100), "with spaces and 'quotes'".to_owned(), "b".repeat(100)] {
        path.push(part);
        DirBuilder::new().mode(0o700).create(&path).unwrap();
    }
    let lease = lease_on(&path).await;
    write_row(&lease).await;
    assert!(lease.socket_dir().as_os_str().len() < 90, "{:?}", lease.socket_dir());
    assert!(path.join("postgres/.s.PGSQL.5432").exists());
    lease.release().await.unwrap();

    let lease = lease_on(&path).await;
    assert_row_is_there(&connect(&lease).await).await;
    lease.release().await.unwrap();
}

/// Run by an ordinary user, all other tests show this; run by root, this one does.
#[tokio::test]
async fn an_ordinary_user_has_a_cluster_that_root_can_use_too() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let (user, group) = (12_345, 12_345);
    let nobody = fs::read_to_string("/etc/passwd").unwrap();
    let nobody = nobody.lines().find(|line| line.starts_with("nobody:")).map(|line| {
        let mut fields = line.split(':').skip(2).map(|field| field.parse::<u32>().unwrap_or(user));
        (fields.next().unwrap_or(user), fields.next().unwrap_or(group))
    });
    let (user, group) = nobody.expect("every system has a user nobody");
    let folder = empty_folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("program");
    fs::copy(&testkit::cluster_options(folder.path()).supervisor[0], &program).unwrap();
    let data_dir = folder.path().join("data");
    fs::create_dir(&data_dir).unwrap();
    chown(&data_dir, Some(user), Some(group)).unwrap();

    let mut holder = Command::new(&program)
        .arg("hold-lease")
        .arg(&data_dir)
        .uid(user)
        .gid(group)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(holder.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("postgres"), "the user said {line:?}");
    assert_eq!(fs::metadata(data_dir.join("postgres/PG_VERSION")).unwrap().uid(), user);

    // root joins the running cluster, and later starts it again under the same user.
    let lease = lease_on(&data_dir).await;
    write_row(&lease).await;
    holder.kill().unwrap();
    holder.wait().unwrap();
    lease.release().await.unwrap();
    let lease = lease_on(&data_dir).await;
    assert_row_is_there(&connect(&lease).await).await;
    let server = fs::metadata(format!("/proc/{}", lease.postmaster_pid().unwrap())).unwrap();
    assert_eq!(server.uid(), user);
    lease.release().await.unwrap();
}
