//! The supervisor process of the clusters that tests start, since a test executable has no command
//! of its own for it. `test-supervisor hold-lease DIR` uses a cluster until it is killed.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use store::ops::cluster::{self, ClusterOptions};

fn main() -> ExitCode {
    let arguments: Vec<OsString> = env::args_os().skip(1).collect();
    match arguments.as_slice() {
        [command, data_dir] if command == "hold-lease" => hold_lease(data_dir),
        _ => cluster::supervise(arguments.into_iter()),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn hold_lease(data_dir: &OsString) -> ExitCode {
    let options = ClusterOptions::new(data_dir).map(|options| ClusterOptions {
        supervisor: options.supervisor.into_iter().take(1).collect(),
        extra_settings: vec![("fsync".to_owned(), "off".to_owned())],
        ..options
    });
    let lease = match options {
        Ok(options) => cluster::acquire(&options).await,
        Err(error) => Err(error),
    };
    match lease {
        Ok(lease) => {
            println!("{}", lease.socket_dir().display());
            std::future::pending().await
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
