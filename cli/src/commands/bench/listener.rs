//! Clients of the stream that take as little as can be of what is measured: they read WebSocket
//! frames as they come, look at two or three fields of each, and say nothing.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use app::Clock;
use domain::Time;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};

const BUFFER: usize = 8 * 1024;
/// What the system keeps for a client that doesn't read.
const NARROW: u32 = 16 * 1024;

/// What one client heard.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// From the publishing to the reading of each trade and price, in microseconds.
    pub(super) delays: Vec<u32>,
    /// Messages of all kinds.
    pub(super) messages: u64,
    pub(super) ticks: u64,
    /// Trades that the server told as left out.
    pub(super) missed: u64,
    /// Trades that are neither there nor told as left out.
    pub(super) lost: i64,
    /// The connection ended before it was to.
    pub(super) ended: bool,
}

/// A connection that has sent its request.
pub(super) struct Listener {
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
    /// Of each symbol, the number of the last trade heard of.
    last: Vec<i64>,
    heard: Heard,
}

impl Listener {
    /// Connects and subscribes; `narrow` makes a client into which little goes unread.
    pub(super) async fn open(server: SocketAddr, topics: &str, narrow: bool) -> Result<Self> {
        let socket = TcpSocket::new_v4()?;
        if narrow {
            socket.set_recv_buffer_size(NARROW)?;
        }
        let mut stream = socket.connect(server).await?;
        stream.set_nodelay(true)?;
        let request = format!(
            "GET /v1/stream?topics={topics} HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: Y2hhbmRsZXJ5IGJlbmNoLg==\r\n\r\n"
        );
        stream.write_all(request.as_bytes()).await?;
        let (buffer, heard) = (vec![0; BUFFER], Heard::default());
        let mut listener = Self { stream, buffer, filled: 0, last: Vec::new(), heard };
        listener.opened().await?;
        Ok(listener)
    }

    /// Reads the answer to the request; what follows it are frames.
    async fn opened(&mut self) -> Result<()> {
        loop {
            let head = self.buffer[..self.filled].windows(4).position(|four| four == b"\r\n\r\n");
            if let Some(end) = head {
                let text = String::from_utf8_lossy(&self.buffer[..end]);
                let first = text.lines().next().unwrap_or_default();
                ensure!(first.contains(" 101 "), "the server refused a stream: {first}");
                self.consume(end + 4);
                return Ok(());
            }
            let read = self.stream.read(&mut self.buffer[self.filled..]).await?;
            ensure!(read > 0, "the server closed a connection instead of opening a stream");
            self.filled += read;
        }
    }

    /// Listens until `end`; what was published before `from` is not counted as delay.
    pub(super) async fn listen(mut self, clock: Clock, from: Time, end: Time) -> Heard {
        loop {
            let left = end.micros() - clock.now().micros();
            let Ok(left) = u64::try_from(left) else { return self.heard };
            let reading = self.stream.read(&mut self.buffer[self.filled..]);
            match tokio::time::timeout(Duration::from_micros(left), reading).await {
                Err(_) => return self.heard,
                Ok(Ok(read)) if read > 0 => {
                    self.filled += read;
                    self.frames(clock.now(), from);
                }
                Ok(_) => {
                    self.heard.ended = true;
                    return self.heard;
                }
            }
        }
    }

    /// Doesn't read, until `end`.
    pub(super) async fn ignore(self, clock: Clock, end: Time) -> Heard {
        let left = u64::try_from(end.micros() - clock.now().micros()).unwrap_or(0);
        tokio::time::sleep(Duration::from_micros(left)).await;
        self.heard
    }

    fn frames(&mut self, now: Time, from: Time) {
        let mut at = 0;
        while let Some((start, length)) = frame(&self.buffer[at..self.filled]) {
            let (start, end) = (at + start, at + start + length);
            if end > self.buffer.len() {
                self.buffer.resize(end + BUFFER, 0);
            }
            if end > self.filled {
                break;
            }
            if let Ok(text) = std::str::from_utf8(&self.buffer[start..end]) {
                note(&mut self.heard, &mut self.last, text, now, from);
            }
            at = end;
        }
        self.consume(at);
    }

    fn consume(&mut self, bytes: usize) {
        self.buffer.copy_within(bytes..self.filled, 0);
        self.filled -= bytes;
    }
}

/// Where the payload of a frame begins and how long it is, once the frame's head is there. A
/// server's frames are not masked.
fn frame(bytes: &[u8]) -> Option<(usize, usize)> {
    match *bytes.get(1)? {
        126 => Some((4, u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?).into())),
        127 => {
            let length = u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?);
            Some((10, usize::try_from(length).ok()?))
        }
        short => Some((2, short.into())),
    }
}

fn note(heard: &mut Heard, last: &mut Vec<i64>, text: &str, now: Time, from: Time) {
    let Some(kind) = text.strip_prefix("{\"type\":\"") else { return };
    heard.messages += 1;
    let symbol = || field(text, "bench:S")?.parse::<usize>().ok();
    if kind.starts_with("lagged") {
        let missed = field(text, "\"missed\":").and_then(|n| n.parse::<i64>().ok()).unwrap_or(0);
        heard.missed += missed as u64;
        heard.lost -= missed;
        return;
    }
    if kind.starts_with("tick\"") {
        heard.ticks += 1;
        let id = field(text, "\"trade_id\":\"").and_then(|id| id.parse::<i64>().ok());
        if let (Some(symbol), Some(id)) = (symbol(), id) {
            if last.len() <= symbol {
                last.resize(symbol + 1, 0);
            }
            // The first one heard of begins the count.
            if last[symbol] > 0 {
                heard.lost += id - last[symbol] - 1;
            }
            last[symbol] = id;
        }
    } else if !kind.starts_with("price\"") {
        return;
    }
    let time = field(text, "\"time\":\"").and_then(|time| time.parse::<Time>().ok());
    if let Some(time) = time.filter(|time| *time >= from) {
        let delay = (now.micros() - time.micros()).max(0);
        heard.delays.push(u32::try_from(delay).unwrap_or(u32::MAX));
    }
}

/// What follows `name`, up to the end of a text or a number.
fn field<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let rest = &text[text.find(name)? + name.len()..];
    rest.split(['"', ',', '}']).next()
}

/// Many clients at once.
pub(super) struct Crowd {
    pub(super) listeners: Vec<Listener>,
    pub(super) slow: Vec<Listener>,
}

impl Crowd {
    /// Opens them, each with the topics of its number.
    pub(super) async fn open(
        server: SocketAddr,
        quick: usize,
        slow: usize,
        topics: impl Fn(usize) -> String,
    ) -> Result<Self> {
        let mut crowd = Self { listeners: Vec::with_capacity(quick), slow: Vec::new() };
        for number in 0..quick + slow {
            let narrow = number >= quick;
            let opened = Listener::open(server, &topics(number), narrow).await;
            let listener = opened.with_context(|| format!("opening stream {}", number + 1))?;
            if narrow { &mut crowd.slow } else { &mut crowd.listeners }.push(listener);
        }
        Ok(crowd)
    }

    /// What those that read heard until `end`, and the slow ones kept open as long.
    pub(super) async fn listen(self, clock: &Clock, from: Time, end: Time) -> Vec<Heard> {
        let mut quick = tokio::task::JoinSet::new();
        for listener in self.listeners {
            quick.spawn(listener.listen(clock.clone(), from, end));
        }
        let mut slow = tokio::task::JoinSet::new();
        for listener in self.slow {
            slow.spawn(listener.ignore(clock.clone(), end));
        }
        let heard = quick.join_all().await;
        slow.join_all().await;
        heard
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_and_fields_are_found() {
        assert_eq!(frame(&[0x81]), None);
        assert_eq!(frame(&[0x81, 5, b'h']), Some((2, 5)));
        assert_eq!(frame(&[0x81, 126, 1, 0]), Some((4, 256)));
        assert_eq!(frame(&[0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0]), Some((10, 65_536)));
        let (mut heard, mut last) = (Heard::default(), Vec::new());
        let now = Time::from_micros(1_500).expect("a time");
        let tick = |id: i64| {
            format!(
                "{{\"type\":\"tick\",\"topic\":\"ticks:bench:S7\",\"tick\":{{\"time\":\
                 \"1970-01-01T00:00:00.001Z\",\"trade_id\":\"{id}\"}}}}"
            )
        };
        for id in [3, 4, 9] {
            note(&mut heard, &mut last, &tick(id), now, Time::default());
        }
        assert_eq!((heard.ticks, heard.lost, heard.delays[2]), (3, 4, 500));
        let lagged = "{\"type\":\"lagged\",\"topic\":\"ticks:bench:S7\",\"missed\":4}";
        note(&mut heard, &mut last, lagged, now, Time::default());
        assert_eq!((heard.messages, heard.lost, heard.missed), (4, 0, 4));
    }
}
