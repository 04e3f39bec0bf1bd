//! A mail server that keeps what it is sent, and refuses when it is told to.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufStream};
use tokio::net::{TcpListener, TcpStream};

/// The server; it ends with the runtime.
pub struct SmtpServer {
    /// Where it listens.
    pub address: SocketAddr,
    kept: Arc<Kept>,
}

#[derive(Default)]
struct Kept {
    mails: Mutex<Vec<String>>,
    refusals: AtomicUsize,
}

impl SmtpServer {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// There is no port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let (address, kept) = (listener.local_addr().expect("an address"), Arc::default());
        let serving = Arc::clone(&kept);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, Arc::clone(&serving)));
            }
        });
        Self { address, kept }
    }

    /// Refuses the next mails, so many of them.
    pub fn refuse(&self, mails: usize) {
        self.kept.refusals.store(mails, Ordering::SeqCst);
    }

    /// What came since it was last asked: each mail with its head.
    ///
    /// # Panics
    /// A connection's task did.
    #[must_use]
    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.kept.mails.lock().expect("no panic"))
    }
}

/// One connection (RFC 5321, as little of it as clients need).
async fn talk(stream: TcpStream, kept: Arc<Kept>) -> std::io::Result<()> {
    let mut stream = BufStream::new(stream);
    answer(&mut stream, "220 testkit").await?;
    loop {
        let line = line(&mut stream).await?;
        let refuses = || {
            let one_less = |left: usize| left.checked_sub(1);
            kept.refusals.fetch_update(Ordering::SeqCst, Ordering::SeqCst, one_less).is_ok()
        };
        match line.get(..4).unwrap_or_default().to_ascii_uppercase().as_str() {
            "MAIL" if refuses() => answer(&mut stream, "451 not now").await?,
            "DATA" => {
                answer(&mut stream, "354 go on").await?;
                let mail = mail(&mut stream).await?;
                kept.mails.lock().expect("no panic").push(mail);
                answer(&mut stream, "250 kept").await?;
            }
            "QUIT" => return answer(&mut stream, "221 bye").await,
            "" => return Ok(()),
            _ => answer(&mut stream, "250 well").await?,
        }
    }
}

async fn mail(stream: &mut BufStream<TcpStream>) -> std::io::Result<String> {
    let mut mail = String::new();
    loop {
        match line(stream).await?.as_str() {
            ".\r\n" | "" => return Ok(mail),
            line => mail.push_str(line),
        }
    }
}

async fn line(stream: &mut BufStream<TcpStream>) -> std::io::Result<String> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    Ok(line)
}

async fn answer(stream: &mut BufStream<TcpStream>, text: &str) -> std::io::Result<()> {
    stream.write_all(format!("{text}\r\n").as_bytes()).await?;
    stream.flush().await
}
