//! Starts the built program in a folder of its own, with nothing in the environment that could
//! change what it does.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

/// A folder in which the program runs.
pub(crate) struct Place {
    folder: TempDir,
}

impl Place {
    /// An empty folder.
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    /// The folder.
    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Writes a file there.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path().join(name), text).unwrap();
    }

    /// The program with `arguments` and `environment`, to be started.
    pub(crate) fn command(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_chandlery"));
        command.args(arguments).current_dir(self.path()).env_clear();
        for name in ["PATH", "HOME", "TMPDIR"] {
            #[allow(clippy::disallowed_methods, reason = "what every program needs to run at all")]
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(environment.iter().copied());
        command
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ended {
        Ended(self.command(arguments, environment).output().unwrap())
    }
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Ended(Output);

impl Ended {
    /// Its exit status.
    pub(crate) fn status(&self) -> i32 {
        self.0.status.code().unwrap()
    }

    /// What it printed as its result.
    pub(crate) fn stdout(&self) -> String {
        String::from_utf8(self.0.stdout.clone()).unwrap()
    }

    /// What it said beside that.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8(self.0.stderr.clone()).unwrap()
    }

    /// The one JSON document it printed.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout()).unwrap_or_else(|e| panic!("{e} in {self:?}"))
    }
}
