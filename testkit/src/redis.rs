//! Real Redis servers: one, one that Sentinel watches, and a cluster. They end with their values.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(30);

/// One server. What it holds is gone when it is killed.
pub struct RedisServer {
    process: Child,
    port: u16,
    arguments: Vec<String>,
    folder: TempDir,
}

impl RedisServer {
    /// Starts one on a free port of 127.0.0.1.
    ///
    /// # Panics
    /// redis-server is not installed or does not answer.
    #[must_use]
    pub fn start() -> Self {
        Self::start_with(&[])
    }

    fn start_with(arguments: &[&str]) -> Self {
        let folder = tempfile::Builder::new().prefix("redis").tempdir().expect("a folder");
        let arguments: Vec<String> = arguments.iter().map(|text| (*text).to_owned()).collect();
        let port = free_port();
        let process = run(port, &arguments, folder.path());
        wait_for(port);
        Self { process, port, arguments, folder }
    }

    /// Its URL.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Kills it with −9.
    ///
    /// # Panics
    /// It is not ours to kill.
    pub fn kill(&mut self) {
        self.process.kill().expect("it is ours to kill");
        self.process.wait().expect("it is gone");
    }

    /// Makes it answer nothing until [`Self::go_on`].
    ///
    /// # Panics
    /// It is gone.
    pub fn pause(&self) {
        self.signal(rustix::process::Signal::STOP);
    }

    /// Ends a pause.
    ///
    /// # Panics
    /// It is gone.
    pub fn go_on(&self) {
        self.signal(rustix::process::Signal::CONT);
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.process);
        rustix::process::kill_process(pid, signal).expect("it runs");
    }

    /// Starts it again at the same port, empty.
    ///
    /// # Panics
    /// It does not answer.
    pub fn start_again(&mut self) {
        self.process = run(self.port, &self.arguments, self.folder.path());
        wait_for(self.port);
    }
}

impl Drop for RedisServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Two servers, one of them the master, watched by one sentinel that decides alone.
pub struct RedisSentinel {
    /// The master at first.
    pub first: RedisServer,
    second: RedisServer,
    sentinel: Child,
    port: u16,
    _folder: TempDir,
}

impl RedisSentinel {
    /// Starts all three.
    ///
    /// # Panics
    /// One of them is not installed or does not answer.
    #[must_use]
    pub fn start() -> Self {
        let first = RedisServer::start();
        let master = first.port.to_string();
        let second = RedisServer::start_with(&["--replicaof", &format!("127.0.0.1 {master}")]);
        let folder = tempfile::Builder::new().prefix("sentinel").tempdir().expect("a folder");
        let (port, file) = (free_port(), folder.path().join("sentinel.conf"));
        let settings = format!(
            "port {port}\nbind 127.0.0.1\ndir {}\nsentinel monitor mymaster 127.0.0.1 {master} 1\n\
             sentinel down-after-milliseconds mymaster 3000\nsentinel failover-timeout mymaster 5000\n",
            folder.path().display()
        );
        std::fs::write(&file, settings).expect("the settings are written");
        let sentinel = spawn(Command::new("redis-sentinel").arg(&file), folder.path());
        wait_for(port);
        // A failover needs a copy that is complete and that the sentinel knows.
        let this = Self { first, second, sentinel, port, _folder: folder };
        wait_until("the copy is complete", || {
            cli(this.second.port, &["INFO", "replication"]).contains("master_link_status:up")
        });
        wait_until("the sentinel knows the copy", || {
            cli(port, &["SENTINEL", "replicas", "mymaster"]).contains(&this.second.port.to_string())
        });
        this
    }

    /// Waits until the copy has everything.
    ///
    /// # Panics
    /// It is too far behind.
    pub fn copied(&self) {
        // What was written on another connection counts too.
        let master = self.first.port;
        let at = || {
            let told = cli(master, &["INFO", "replication"]);
            told.lines()
                .find_map(|line| line.strip_prefix("master_repl_offset:")?.trim().parse().ok())
        };
        let wanted: Option<u64> = at();
        wait_until("the copy has everything", || {
            let told = cli(self.second.port, &["INFO", "replication"]);
            let has = told.lines().find_map(|line| {
                line.strip_prefix("slave_repl_offset:")?.trim().parse::<u64>().ok()
            });
            has >= wanted
        });
    }

    /// The URL of what is watched.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+sentinel://127.0.0.1:{}/mymaster", self.port)
    }
}

impl Drop for RedisSentinel {
    fn drop(&mut self) {
        let _ = self.sentinel.kill();
        let _ = self.sentinel.wait();
    }
}

/// A cluster of three masters.
pub struct RedisCluster(Vec<RedisServer>);

impl RedisCluster {
    /// Starts it.
    ///
    /// # Panics
    /// It does not come together.
    #[must_use]
    pub fn start() -> Self {
        let nodes: Vec<RedisServer> = (0..3)
            .map(|_| {
                let bus = free_port().to_string();
                RedisServer::start_with(&["--cluster-enabled", "yes", "--cluster-port", &bus])
            })
            .collect();
        let mut command = Command::new("redis-cli");
        command.args(["--cluster", "create"]);
        command.args(nodes.iter().map(|node| format!("127.0.0.1:{}", node.port)));
        let made = command.args(["--cluster-yes"]).output().expect("redis-cli runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stdout));
        wait_until("the cluster is whole", || {
            nodes.iter().all(|node| cli(node.port, &["CLUSTER", "INFO"]).contains("state:ok"))
        });
        Self(nodes)
    }

    /// Its URL, by two of its nodes.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis+cluster://127.0.0.1:{},127.0.0.1:{}", self.0[0].port, self.0[1].port)
    }
}

fn run(port: u16, arguments: &[String], folder: &Path) -> Child {
    let mut command = Command::new("redis-server");
    command.args(["--port", &port.to_string(), "--bind", "127.0.0.1"]);
    command.args(["--save", "", "--appendonly", "no"]).args(arguments);
    spawn(&mut command, folder)
}

fn spawn(command: &mut Command, folder: &Path) -> Child {
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().expect("Redis starts (apt-get install redis-server redis-sentinel)")
}

fn cli(port: u16, words: &[&str]) -> String {
    let mut command = Command::new("redis-cli");
    let answer = command.args(["-p", &port.to_string()]).args(words).output();
    String::from_utf8_lossy(&answer.expect("redis-cli runs").stdout).into_owned()
}

fn wait_for(port: u16) {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    wait_until("Redis answers", || TcpStream::connect(address).is_ok());
}

#[allow(
    clippy::disallowed_methods,
    reason = "a test waits for its servers before it does anything"
)]
fn wait_until(what: &str, is: impl Fn() -> bool) {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < PATIENCE, "{what}: not in time");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
