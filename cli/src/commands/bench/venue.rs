//! A venue that does nothing but speak: aggregate trades on Binance's stream, as fast as they are
//! taken, so that a measurement of ingest measures ingest.

use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use anyhow::Result;
use domain::market::{SymbolName, Tick};
use domain::{Decimal, Time};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

/// No more symbols are asked for after so long.
const ASKED: Duration = Duration::from_millis(1_500);
/// Messages put together before they are sent.
const TOGETHER: u64 = 64;

/// What is traded: the trades of a symbol follow from their number alone.
#[derive(Debug, Clone, Copy)]
pub(super) struct Script {
    /// How many symbols.
    pub(super) symbols: u32,
    /// Trades of each.
    pub(super) trades: u64,
    /// When the first ones happen.
    pub(super) from: Time,
    /// Between two trades of a symbol, in microseconds.
    pub(super) step_micros: i64,
}

impl Script {
    /// The venue's code of a symbol.
    pub(super) fn code(number: u32) -> String {
        format!("B{number:04}USDT")
    }

    /// All symbols.
    pub(super) fn names(self) -> Result<Vec<SymbolName>> {
        let name = |number| Ok(SymbolName::new("binance", &Self::code(number))?);
        (0..self.symbols).map(name).collect()
    }

    /// A trade, from 0.
    pub(super) fn tick(self, symbol: u32, number: u64) -> Tick {
        let mixed = (number ^ u64::from(symbol) << 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 33;
        let price = 6_000_000 + i64::from(symbol) * 1_000 + (mixed % 5_000) as i64;
        Tick {
            time: self.from.plus_micros(number as i64 * self.step_micros / 1_000 * 1_000),
            seq: 0,
            trade_id: 1_000 + number as i64,
            price: Decimal::new(price, 2),
            quantity: Decimal::new(1 + (mixed % 9_999_999) as i64, 8),
            buyer_is_maker: Some(mixed.is_multiple_of(2)),
            trade_count: 1 + (mixed % 3) as i32,
            received_at: None,
            venue_trade_id: None,
        }
    }

    /// The same as the venue writes it.
    fn message(self, symbol: u32, number: u64, text: &mut String) {
        let (tick, code) = (self.tick(symbol, number), Self::code(symbol));
        let (id, millis, count) = (tick.trade_id, tick.time.millis(), tick.trade_count);
        let maker = tick.buyer_is_maker == Some(true);
        let stream = code.to_ascii_lowercase();
        let _ = write!(
            text,
            "{{\"stream\":\"{stream}@aggTrade\",\"data\":{{\"e\":\"aggTrade\",\"E\":{millis},\"s\":\"{code}\",\
             \"a\":{id},\"p\":\"{:.8}\",\"q\":\"{:.8}\",\"f\":{id},\"l\":{},\"T\":{millis},\"m\":{maker},\"M\":true}}}}",
            tick.price,
            tick.quantity,
            id + i64::from(count) - 1,
        );
    }
}

/// The venue, as long as this is held.
pub(super) struct Speaker {
    /// Where its streams are, `ws://…`.
    pub(super) url: String,
    began: Arc<Mutex<Option<Instant>>>,
    task: tokio::task::JoinHandle<()>,
}

impl Drop for Speaker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Speaker {
    /// Listens, and speaks to whoever subscribes.
    pub(super) async fn start(script: Script) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("ws://{}", listener.local_addr()?);
        let began = Arc::new(Mutex::new(None));
        let (first, sent) = (Arc::clone(&began), Arc::new(AtomicU64::new(0)));
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (first, sent) = (Arc::clone(&first), Arc::clone(&sent));
                tokio::spawn(async move {
                    // The measurement notices by itself where not everything arrives.
                    let _ = speak(stream, script, &first, &sent).await;
                });
            }
        });
        Ok(Self { url, began, task })
    }

    /// When the first trade was sent.
    pub(super) fn began(&self) -> Option<Instant> {
        *self.began.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn speak(
    stream: TcpStream,
    script: Script,
    first: &Mutex<Option<Instant>>,
    sent: &AtomicU64,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut socket = tokio_tungstenite::accept_async(stream).await?;
    let mut wanted = Vec::new();
    while let Ok(Some(message)) = tokio::time::timeout(ASKED, socket.next()).await {
        let Message::Text(text) = message? else { continue };
        let request: Value = serde_json::from_str(&text)?;
        for param in request["params"].as_array().into_iter().flatten() {
            let number = param.as_str().and_then(|name| name.strip_suffix("usdt@aggTrade"));
            wanted.extend(number.and_then(|name| name.strip_prefix('b')?.parse::<u32>().ok()));
        }
        let answer = json!({ "result": null, "id": request["id"] }).to_string();
        socket.send(Message::Text(answer.into())).await?;
    }
    if wanted.is_empty() {
        return Ok(());
    }
    first.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
    let mut text = String::with_capacity(256);
    for number in 0..script.trades {
        for symbol in &wanted {
            text.clear();
            script.message(*symbol, number, &mut text);
            socket.feed(Message::Text(Utf8Bytes::from(text.as_str()))).await?;
            if sent.fetch_add(1, Ordering::Relaxed).is_multiple_of(TOGETHER) {
                socket.flush().await?;
            }
        }
    }
    socket.flush().await?;
    // Kept open: an end would be a reason to connect again.
    while socket.next().await.is_some() {}
    Ok(())
}
