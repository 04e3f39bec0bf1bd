//! The real PgBouncer, in transaction mode, before one test's database.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_postgres::Config;

use crate::{FaultProxy, TestDatabase, Upstream};

/// A running PgBouncer; it ends with this value.
pub struct PgBouncer {
    process: Child,
    address: SocketAddr,
    database: String,
    // PgBouncer runs as another user than the test, so it reaches the server's socket, which only
    // known users may, through a proxy of the test's own.
    _proxy: FaultProxy,
    _folder: TempDir,
}

impl PgBouncer {
    /// Starts one with `pool` server connections.
    ///
    /// # Panics
    /// PgBouncer is not installed or does not answer.
    pub async fn start(database: &TestDatabase, pool: usize) -> Self {
        let socket = database.socket_dir().join(".s.PGSQL.5432");
        let proxy = FaultProxy::start(Upstream::Unix(socket)).await.expect("a proxy starts");
        let folder =
            tempfile::Builder::new().prefix("pgbouncer").tempdir().expect("a temporary folder");
        let address = free_address();
        let upstream = proxy.address();
        let ini = folder.path().join("pgbouncer.ini");
        let settings = format!(
            "[databases]\n{name} = host={host} port={upstream_port} dbname={name} user=chandlery\n\
             [pgbouncer]\nlisten_addr = {ip}\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = transaction\ndefault_pool_size = {pool}\nmax_client_conn = 500\n",
            name = database.name(),
            host = upstream.ip(),
            upstream_port = upstream.port(),
            ip = address.ip(),
            port = address.port(),
        );
        fs::write(&ini, settings).expect("the settings are written");
        open_to_all(folder.path());
        let mut command = Command::new("pgbouncer");
        if rustix::process::geteuid().is_root() {
            command.args(["-u", "postgres"]);
        }
        let process = command
            .arg("-q")
            .arg(&ini)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pgbouncer starts (apt-get install pgbouncer)");
        let bouncer = Self {
            process,
            address,
            database: database.name().to_owned(),
            _proxy: proxy,
            _folder: folder,
        };
        let started = Instant::now();
        while TcpStream::connect(address).is_err() {
            assert!(started.elapsed() < Duration::from_secs(10), "pgbouncer does not answer");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bouncer
    }

    /// How to connect through it.
    #[must_use]
    pub fn config(&self) -> Config {
        let mut config = Config::new();
        config.host(self.address.ip().to_string()).port(self.address.port());
        config.user("chandlery").dbname(&self.database);
        config.ssl_mode(tokio_postgres::config::SslMode::Disable);
        config
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn open_to_all(folder: &std::path::Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("the folder is ours");
}

/// A port that was free a moment ago.
fn free_address() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a free port")
}
