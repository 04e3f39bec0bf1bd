//! Listening: how many connections are served at a time, when one that does nothing is closed, and
//! how everything ends.

use std::io;
use std::net::IpAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use crate::state::ApiSettings;
use crate::tls::Tls;

/// How long requests that are under way have once the end is asked for.
const GRACE: Duration = Duration::from_secs(5);
/// Pause after an error that another try won't mend at once, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_millis(500);
/// Least time in which something must move on a connection.
const IDLE: Duration = Duration::from_secs(120);
/// Time for the handshake of TLS.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// Largest head of a request.
const MAX_HEAD: usize = 64 * 1024;
/// Most headers of a request.
const MAX_HEADERS: usize = 100;

/// Serves until `shutdown` is cancelled, and then for 5 s more at most; over TLS where it has a certificate.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    settings: &ApiSettings,
    tls: Option<Tls>,
    shutdown: CancellationToken,
) {
    if let Some(tls) = &tls {
        tokio::spawn(tls.clone().watch(shutdown.clone()));
    }
    let server = Arc::new(Server {
        http: http(settings),
        router,
        tls,
        // While a request is worked on, nothing need move.
        idle: IDLE.max(settings.request_timeout * 2),
        shutdown: shutdown.clone(),
    });
    let (free, open) = (Arc::new(Semaphore::new(settings.max_connections)), TaskTracker::new());
    while let Some(accepted) = shutdown.run_until_cancelled(accept(&listener, &free)).await {
        open.spawn(Arc::clone(&server).attend(accepted));
    }
    drop(listener);
    open.close();
    if timeout(GRACE, open.wait()).await.is_err() {
        tracing::warn!("some requests were not finished within {GRACE:?} and are broken off");
    }
}

/// The protocol, with a limit to everything that comes before a request is known.
fn http(settings: &ApiSettings) -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(settings.head_timeout)
        .max_headers(MAX_HEADERS)
        .max_header_size(MAX_HEAD);
    http
}

/// The address at the other end of a connection; behind a trusted proxy, the one it tells.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

struct Accepted {
    stream: TcpStream,
    peer: Peer,
    place: Option<OwnedSemaphorePermit>,
}

/// The next connection, once there is a place for it.
async fn accept(listener: &TcpListener, free: &Arc<Semaphore>) -> Accepted {
    let place = Arc::clone(free).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, address)) => {
                // Answers are written whole: waiting for more would only delay them.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "TCP_NODELAY");
                }
                return Accepted { stream, peer: Peer(address.ip().to_canonical()), place };
            }
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "connections can't be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// What every connection needs.
struct Server {
    http: http1::Builder,
    router: Router,
    tls: Option<Tls>,
    idle: Duration,
    shutdown: CancellationToken,
}

impl Server {
    async fn attend(self: Arc<Self>, Accepted { stream, peer, place }: Accepted) {
        let stream = Connection::new(stream, self.idle, place);
        let Some(tls) = &self.tls else { return self.converse(stream, peer).await };
        match timeout(HANDSHAKE, tls.acceptor().accept(stream)).await {
            Ok(Ok(stream)) => self.converse(stream, peer).await,
            Ok(Err(error)) => tracing::debug!(%error, "no TLS was agreed on"),
            Err(_) => tracing::debug!("a handshake took too long"),
        }
    }

    async fn converse<S>(&self, stream: S, peer: Peer)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let answer = |mut request: hyper::Request<hyper::body::Incoming>| {
            request.extensions_mut().insert(peer);
            self.router.clone().oneshot(request.map(axum::body::Body::new))
        };
        let service = hyper::service::service_fn(answer);
        let conversation = self.http.serve_connection(TokioIo::new(stream), service);
        let mut conversation = pin!(conversation.with_upgrades());
        let ended = tokio::select! {
            ended = conversation.as_mut() => ended,
            () = self.shutdown.cancelled() => {
                conversation.as_mut().graceful_shutdown();
                conversation.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection was broken off");
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionRefused | ConnectionAborted | ConnectionReset)
}

/// A connection that ends when nothing was read or written for too long: a client that is gone, or
/// that keeps a place without using it, or that doesn't read its answer.
struct Connection {
    stream: TcpStream,
    idle: Duration,
    /// When something last moved.
    moved: Instant,
    /// Fires some time after that; set again only then, for that costs more than noting a time.
    alarm: Pin<Box<Sleep>>,
    _place: Option<OwnedSemaphorePermit>,
}

impl Connection {
    fn new(stream: TcpStream, idle: Duration, place: Option<OwnedSemaphorePermit>) -> Self {
        let moved = Instant::now();
        Self { stream, idle, moved, alarm: Box::pin(sleep_until(moved + idle)), _place: place }
    }

    /// Notes that something moved, or fails where nothing has for too long.
    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        done: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if done.is_ready() {
            self.moved = Instant::now();
            return done;
        }
        loop {
            ready!(self.alarm.as_mut().poll(context));
            let deadline = self.moved + self.idle;
            if deadline <= Instant::now() {
                return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
            }
            self.alarm.as_mut().reset(deadline);
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let done = Pin::new(&mut self.stream).poll_read(context, into);
        self.watch(context, done)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, done)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.watch(context, done)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    #[tokio::test]
    async fn a_connection_on_which_nothing_moves_ends() {
        let idle = Duration::from_millis(300);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut connection = Connection::new(stream, idle, None);
        let begun = Instant::now();
        let mut byte = [0];
        for _ in 0..4 {
            tokio::time::sleep(idle / 2).await;
            client.write_all(b"x").await.unwrap();
            assert_eq!(connection.read(&mut byte).await.unwrap(), 1);
        }
        assert!(begun.elapsed() > idle, "what is used goes on for longer");
        let error = connection.read(&mut byte).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        // The client takes nothing: when the buffers are full, writing ends too.
        let plenty = vec![0; 1 << 20];
        let error = loop {
            if let Err(error) = connection.write_all(&plenty).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
