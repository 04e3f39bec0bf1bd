//! How tests start a cluster: with the program `test-supervisor`, and without waiting for disks.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use store::ops::cluster::ClusterOptions;

/// Options for a cluster in `data_dir` whose files are not forced to disk: it survives killed
/// processes, which are all that a test can cause.
///
/// # Panics
/// `test-supervisor` has not been built, or is older than the code it is made from.
#[must_use]
pub fn cluster_options(data_dir: impl Into<PathBuf>) -> ClusterOptions {
    ClusterOptions {
        data_dir: data_dir.into(),
        bin_dir: None,
        supervisor: vec![program().into_os_string()],
        extra_settings: vec![("fsync".to_owned(), "off".to_owned())],
        start_timeout: Duration::from_secs(60),
        remove_data_dir_on_exit: false,
    }
}

/// Beside the folder of the test executables, where cargo puts a workspace's programs.
fn program() -> PathBuf {
    let test = env::current_exe().expect("the test executable has a path");
    let folder = test.parent().and_then(Path::parent).expect("it lies in target/<profile>/deps");
    let program = folder.join("test-supervisor");
    let built = changed(&program);
    assert!(
        built.is_some_and(|built| newest_source().is_none_or(|changed| changed <= built)),
        "{} is missing or older than the supervisor's code; run `cargo build -p chandlery-testkit` \
         (`cargo test --workspace` does it by itself)",
        program.display()
    );
    program
}

/// When the supervisor's code was changed last; `None` where the tests run without the sources.
fn newest_source() -> Option<SystemTime> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../store/src/ops/cluster");
    fs::read_dir(folder).ok()?.flatten().filter_map(|entry| changed(&entry.path())).max()
}

fn changed(path: &Path) -> Option<SystemTime> {
    fs::metadata(path).and_then(|found| found.modified()).ok()
}
