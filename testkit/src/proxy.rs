//! A network that fails on demand: a TCP port in front of a server, whose connections can be cut,
//! refused and slowed down. It moves bytes and knows no protocol.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::sync::watch;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::sleep;

/// Where the proxy leads.
#[derive(Debug, Clone)]
pub enum Upstream {
    /// A unix socket, for PostgreSQL `<folder>/.s.PGSQL.5432`.
    Unix(PathBuf),
    /// A TCP address.
    Tcp(SocketAddr),
}

#[derive(Debug, Clone, Copy, Default)]
struct Weather {
    cut: bool,
    delay: Duration,
    losing: Option<&'static [u8]>,
}

/// The proxy; it ends, with its connections, when this is dropped.
#[derive(Debug)]
pub struct FaultProxy {
    address: SocketAddr,
    weather: watch::Sender<Weather>,
    lost: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl FaultProxy {
    /// Listens on a free port of 127.0.0.1 and lets everything pass.
    ///
    /// # Errors
    /// No port can be had.
    pub async fn start(upstream: Upstream) -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (weather, seen) = watch::channel(Weather::default());
        let lost = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(accept(listener, upstream, seen, Arc::clone(&lost)));
        Ok(Self { address, weather, lost, task })
    }

    /// Where to connect.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Breaks all connections; new ones are closed as soon as they are made.
    pub fn cut(&self) {
        self.weather.send_modify(|weather| weather.cut = true);
    }

    /// Lets new connections pass again.
    pub fn restore(&self) {
        self.weather.send_modify(|weather| weather.cut = false);
    }

    /// Holds each piece of data back for this long, in both directions.
    pub fn delay(&self, delay: Duration) {
        self.weather.send_modify(|weather| weather.delay = delay);
    }

    /// From now on whatever a client sends with `request` in one piece reaches the server, and the
    /// connection breaks when the answer comes, which the client never sees; `None` ends that.
    pub fn lose_answers(&self, request: Option<&'static [u8]>) {
        self.weather.send_modify(|weather| weather.losing = request);
    }

    /// How many answers were lost so.
    #[must_use]
    pub fn answers_lost(&self) -> u64 {
        self.lost.load(SeqCst)
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn accept(
    listener: TcpListener,
    upstream: Upstream,
    weather: watch::Receiver<Weather>,
    lost: Arc<AtomicU64>,
) {
    // Aborted with this task, and so are the connections in it.
    let mut connections = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        while connections.try_join_next().is_some() {}
        if !weather.borrow().cut {
            connections.spawn(serve(client, upstream.clone(), weather.clone(), Arc::clone(&lost)));
        }
    }
}

async fn serve(
    client: TcpStream,
    upstream: Upstream,
    mut weather: watch::Receiver<Weather>,
    lost: Arc<AtomicU64>,
) {
    let seen = weather.clone();
    let passing = async {
        match upstream {
            Upstream::Unix(path) => {
                pass(client, UnixStream::connect(path).await?, &seen, &lost).await
            }
            Upstream::Tcp(address) => {
                pass(client, TcpStream::connect(address).await?, &seen, &lost).await
            }
        }
    };
    tokio::select! {
        // A broken connection is the client's to notice; there is nobody here to tell.
        _ = passing => {}
        _ = weather.wait_for(|weather| weather.cut) => {}
    }
}

async fn pass(
    client: TcpStream,
    server: impl AsyncRead + AsyncWrite,
    weather: &watch::Receiver<Weather>,
    lost: &AtomicU64,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = tokio::io::split(server);
    let losing = AtomicBool::new(false);
    let asked = |sent: &[u8]| {
        let request = weather.borrow().losing;
        let says = |request: &[u8]| sent.windows(request.len()).any(|part| part == request);
        losing.fetch_or(request.is_some_and(says), SeqCst);
        Ok(())
    };
    let answered = |_: &[u8]| {
        if losing.load(SeqCst) {
            lost.fetch_add(1, SeqCst);
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(())
    };
    tokio::try_join!(
        copy(from_client, to_server, weather, asked),
        copy(from_server, to_client, weather, answered)
    )?;
    Ok(())
}

/// Moves what is read, if `may` lets it pass, until there is no more.
async fn copy(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    weather: &watch::Receiver<Weather>,
    may: impl Fn(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        may(&buffer[..length])?;
        let delay = weather.borrow().delay;
        if !delay.is_zero() {
            sleep(delay).await;
        }
        to.write_all(&buffer[..length]).await?;
    }
}
