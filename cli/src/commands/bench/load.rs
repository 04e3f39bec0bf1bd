//! A small HTTP/1.1 client that asks again and again, over connections that it keeps.
//! It reads answers and throws them away, so that it takes as little as can be of what is measured.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

const BUFFER: usize = 256 * 1024;
/// An answer that takes longer is none.
const TIMEOUT: Duration = Duration::from_secs(30);

/// What a connection asks: each call gives the next request, whole.
pub(super) type Requests = Box<dyn FnMut() -> String + Send>;

/// One whole answer.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

/// What a load found.
#[derive(Debug, Default)]
pub(super) struct Load {
    /// How long each request took.
    pub(super) latencies: Vec<Duration>,
    /// How long all of it took.
    pub(super) elapsed: Duration,
}

impl Load {
    /// Requests per second.
    pub(super) fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }

    /// The latency in milliseconds that `share` of the requests kept. Puts them in order.
    pub(super) fn within(&mut self, share: f64) -> f64 {
        self.latencies.sort_unstable();
        let last = self.latencies.len().saturating_sub(1);
        let place = (last as f64 * share).ceil() as usize;
        self.latencies.get(place).map_or(0.0, |latency| latency.as_secs_f64() * 1e3)
    }

    /// Both together, as if one had followed the other.
    pub(super) fn and(mut self, other: Self) -> Self {
        self.latencies.extend(other.latencies);
        self.elapsed += other.elapsed;
        self
    }
}

/// One answer from a connection of its own.
pub(super) async fn get(server: SocketAddr, path: &str) -> Result<Answer> {
    let mut connection = Connection::open(server, getting(server, path)).await?;
    let head = connection.ask().await?;
    let body = connection.buffer[head.length..head.length + head.body].to_vec();
    Ok(Answer { status: head.status, headers: head.headers, body })
}

/// Asks for `path` over `connections` at once for that long, each again as soon as it has its answer.
pub(super) async fn run(
    server: SocketAddr,
    path: &str,
    connections: usize,
    duration: Duration,
) -> Result<Load> {
    run_each(server, (0..connections).map(|_| getting(server, path)).collect(), duration).await
}

/// The same with requests of each connection's own.
///
/// It has a thread of its own, so that it doesn't wait in the queue of the server's runtime.
pub(super) async fn run_each(
    server: SocketAddr,
    requests: Vec<Requests>,
    duration: Duration,
) -> Result<Load> {
    apart(all(server, requests, duration, Duration::ZERO)).await
}

/// The same with `rate` requests a second of all connections together, evenly spread. A latency counts from when
/// its request was due, so that one that had to wait for the answer before it isn't taken for a fast one.
pub(super) async fn run_paced(
    server: SocketAddr,
    requests: Vec<Requests>,
    duration: Duration,
    rate: u32,
) -> Result<Load> {
    let every = Duration::from_secs(1) * u32::try_from(requests.len())? / rate;
    apart(all(server, requests, duration, every)).await
}

/// On a thread of its own, with a runtime of its own.
async fn apart(work: impl Future<Output = Result<Load>> + Send + 'static) -> Result<Load> {
    let work =
        || tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(work);
    tokio::task::spawn_blocking(work).await?
}

fn getting(server: SocketAddr, path: &str) -> Requests {
    let request =
        format!("GET {path} HTTP/1.1\r\nHost: {server}\r\nAccept: application/json\r\n\r\n");
    Box::new(move || request.clone())
}

/// `every` is how far apart a connection's requests are; zero is as soon as it has its answer.
async fn all(
    server: SocketAddr,
    each: Vec<Requests>,
    duration: Duration,
    every: Duration,
) -> Result<Load> {
    let mut open = Vec::with_capacity(each.len());
    for requests in each {
        open.push(Connection::open(server, requests).await?);
    }
    let started = Instant::now();
    let end = started + duration;
    let (mut tasks, connections) = (JoinSet::new(), u32::try_from(open.len())?);
    for (number, connection) in (0..).zip(open) {
        tasks.spawn(connection.again_until(end, started + every * number / connections, every));
    }
    let mut load = Load::default();
    while let Some(latencies) = tasks.join_next().await {
        load.latencies.extend(latencies??);
    }
    load.elapsed = started.elapsed();
    Ok(load)
}

/// A connection that is kept.
struct Connection {
    stream: TcpStream,
    requests: Requests,
    buffer: Vec<u8>,
}

/// What stands before a body.
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
    /// Its own length.
    length: usize,
    /// The body's length.
    body: usize,
}

impl Connection {
    async fn open(server: SocketAddr, requests: Requests) -> Result<Self> {
        let stream = TcpStream::connect(server).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, requests, buffer: vec![0; BUFFER] })
    }

    async fn again_until(
        mut self,
        end: Instant,
        mut due: Instant,
        every: Duration,
    ) -> Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        while due < end {
            if !every.is_zero() {
                tokio::time::sleep_until(due.into()).await;
            }
            let head = self.ask().await?;
            ensure!(
                (200..300).contains(&head.status),
                "the server answered with status {}",
                head.status
            );
            latencies.push(due.elapsed());
            due = if every.is_zero() { Instant::now() } else { due + every };
        }
        Ok(latencies)
    }

    /// Asks once; the whole answer is in the buffer then.
    async fn ask(&mut self) -> Result<Head> {
        let request = (self.requests)();
        self.stream.write_all(request.as_bytes()).await?;
        let answer = tokio::time::timeout(TIMEOUT, self.answer()).await;
        answer.with_context(|| format!("no answer within {TIMEOUT:?}"))?
    }

    async fn answer(&mut self) -> Result<Head> {
        let (mut filled, mut head) = (0, None);
        loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection in the middle of an answer");
            filled += read;
            if head.is_none() {
                head = parse(&self.buffer[..filled])?;
            }
            match head {
                Some(head) if filled == head.length + head.body => return Ok(head),
                Some(head) if filled > head.length + head.body => {
                    bail!("the server sent more than the length it told")
                }
                waiting => head = waiting,
            }
        }
    }
}

/// The head of an answer, once it is there whole.
fn parse(bytes: &[u8]) -> Result<Option<Head>> {
    let Some(length) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let text = std::str::from_utf8(&bytes[..length]).context("reading an answer's head")?;
    let mut lines = text.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap_or_default();
    let status = status.parse().context("reading an answer's status")?;
    let pairs = lines.filter_map(|line| line.split_once(": "));
    let headers: Vec<_> =
        pairs.map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned())).collect();
    let body = headers.iter().find(|(name, _)| name == "content-length");
    let (_, body) = body.context("an answer doesn't tell its length")?;
    let body = body.parse().context("reading an answer's length")?;
    Ok(Some(Head { status, headers, length: length + 4, body }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_once_it_is_whole() {
        let text = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello";
        assert!(parse(&text[..30]).unwrap().is_none());
        let head = parse(text).unwrap().unwrap();
        assert_eq!((head.status, head.length, head.body), (200, text.len() - 5, 5));
        assert_eq!(head.headers[1], ("x-a".to_owned(), "b".to_owned()));
        assert!(parse(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }

    #[test]
    fn percentiles_are_latencies_that_occurred() {
        let latencies = (1..=200).rev().map(Duration::from_millis).collect();
        let mut load = Load { latencies, elapsed: Duration::from_secs(2) };
        assert!((load.rate() - 100.0).abs() < 1e-9);
        for (share, latency) in [(0.0, 1.0), (0.99, 199.0), (1.0, 200.0)] {
            assert!((load.within(share) - latency).abs() < 1e-9, "{share}");
        }
    }
}
