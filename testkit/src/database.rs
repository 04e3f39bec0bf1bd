//! A real PostgreSQL database for each test: one cluster per test process, one migrated template,
//! and a copy of it for each test. The cluster's folder goes away with the test process, even if
//! that is killed.

use std::fmt::Debug;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use store::ops::cluster::{self, ClusterOptions, Lease, ROLE};
use tokio::sync::OnceCell;
use tokio_postgres::{Client, Config, NoTls};

use crate::cluster_options;

const TEMPLATE: &str = "migrated_template";

/// Makes the names of databases in this process's cluster.
static COUNTER: AtomicU32 = AtomicU32::new(1);
static CLUSTER: OnceCell<Lease> = OnceCell::const_new();
static MIGRATED: OnceCell<()> = OnceCell::const_new();

/// A database that one test has for itself; it is dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    name: String,
    config: Config,
}

/// A new database, a copy of a template that `migrate` prepared. `migrate` runs once in a test
/// process, so all tests of a process give the same.
///
/// # Panics
/// PostgreSQL cannot be started, or `migrate` fails.
pub async fn database<E: Debug>(
    migrate: impl AsyncFnOnce(&Config) -> Result<(), E>,
) -> TestDatabase {
    let lease = CLUSTER.get_or_init(start).await;
    let admin = administrator(lease);
    MIGRATED
        .get_or_init(async || {
            // There is one already if an earlier test's migration panicked.
            execute(&admin, &format!("DROP DATABASE IF EXISTS {TEMPLATE} WITH (FORCE)")).await;
            execute(&admin, &format!("CREATE DATABASE {TEMPLATE}")).await;
            let mut template = lease.config();
            template.dbname(TEMPLATE);
            migrate(&template).await.expect("the template database can be migrated");
        })
        .await;
    let name = format!("test_{}", COUNTER.fetch_add(1, Ordering::Relaxed));
    // PostgreSQL waits up to 5 s for the last connection to the template to end.
    execute(&admin, &format!("CREATE DATABASE {name} TEMPLATE {TEMPLATE}")).await;
    let mut config = lease.config();
    config.dbname(&name);
    TestDatabase { name, config }
}

impl TestDatabase {
    /// How to connect, with tokio-postgres.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How to connect, as a URL.
    #[must_use]
    pub fn url(&self) -> String {
        url(self.socket_dir(), &self.name)
    }

    /// The folder of the server's unix socket.
    ///
    /// # Panics
    /// Never: the cluster runs for as long as there are databases in it.
    #[must_use]
    pub fn socket_dir(&self) -> &Path {
        CLUSTER.get().expect("a database is made in a running cluster").socket_dir()
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A new connection of its own.
    ///
    /// # Panics
    /// The server does not answer.
    pub async fn connect(&self) -> Client {
        connect(&self.config).await
    }
}

impl Drop for TestDatabase {
    /// On a thread with a runtime of its own, since the test's may be ending. What fails here
    /// goes away with the cluster.
    fn drop(&mut self) {
        let Some(lease) = CLUSTER.get() else { return };
        let admin = administrator(lease);
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        let _ = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            if let Ok(runtime) = runtime {
                runtime.block_on(execute(&admin, &statement));
            }
        })
        .join();
    }
}

/// The lease is never given back: it ends with the process, which is when the supervisor removes
/// the folder.
async fn start() -> Lease {
    let folder = tempfile::Builder::new().prefix("chandlery-test-").tempdir();
    let folder = folder.expect("a temporary folder can be made").keep();
    let options = ClusterOptions { remove_data_dir_on_exit: true, ..cluster_options(folder) };
    cluster::acquire(&options).await.expect("PostgreSQL for tests can be started")
}

fn administrator(lease: &Lease) -> Config {
    let mut config = lease.config();
    config.dbname("postgres");
    config
}

async fn execute(config: &Config, statement: &str) {
    let client = connect(config).await;
    client.batch_execute(statement).await.unwrap_or_else(|error| panic!("{statement}: {error:?}"));
}

async fn connect(config: &Config) -> Client {
    let (client, connection) = config.connect(NoTls).await.expect("PostgreSQL answers");
    // Ends with the client; tests that cut it see the error through the client.
    tokio::spawn(connection);
    client
}

fn url(socket_dir: &Path, database: &str) -> String {
    let folder: String = socket_dir
        .to_string_lossy()
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("postgresql://{ROLE}@{folder}/{database}")
}
