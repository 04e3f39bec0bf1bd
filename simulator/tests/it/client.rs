//! A plain client, and the recordings that the tests play.

use std::path::{Path, PathBuf};
use std::time::Duration;

use domain::market::{SymbolName, Tick, TickKind};
use domain::{Decimal, Time};
use futures_util::{SinkExt, StreamExt};
use serde_json::Value;
use simulator::{Options, Recording, Simulator};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

/// Starts a simulator on a free port.
pub(crate) async fn start(options: Options) -> Simulator {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    Simulator::start(listener, options).await.unwrap()
}

/// A file of the real data; `None`, with a word about it, where there is none.
pub(crate) fn real(path: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

/// The recorded trades of BTCUSDT and ETHUSDT on 2024-08-08 from 23:54 to 24:00.
pub(crate) fn captured() -> Option<Vec<Recording>> {
    let mut recordings = Vec::new();
    for name in ["btcusdt", "ethusdt"] {
        let path = real(&format!("payloads/binance_spot_ws/{name}_20240808.gz"))?;
        recordings.extend(Recording::open(&path, None).unwrap());
    }
    Some(recordings)
}

/// `count` trades of `binance:AAAUSDT`, ten a second from the start of 2024 on.
pub(crate) fn plain(count: i64) -> Recording {
    let start: Time = "2024-01-01T00:00:00Z".parse().unwrap();
    let ticks = (0..count).map(|at| Tick {
        time: start.plus_micros(at * 100_000),
        seq: 0,
        trade_id: 1_000 + at,
        price: Decimal::new(10_000 + at % 7, 2),
        quantity: Decimal::new(1 + at, 5),
        buyer_is_maker: Some(at % 2 == 0),
        trade_count: 1,
        received_at: None,
        venue_trade_id: None,
    });
    let symbol: SymbolName = "binance:AAAUSDT".parse().unwrap();
    Recording::Ticks { symbol, kind: TickKind::Trade, ticks: ticks.collect() }
}

/// A JSON answer.
pub(crate) async fn get(simulator: &Simulator, path: &str) -> Value {
    answer(simulator, path).await.json().await.unwrap()
}

/// An answer of any status.
pub(crate) async fn answer(simulator: &Simulator, path: &str) -> reqwest::Response {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url = format!("{}{path}", simulator.url());
    reqwest::get(url).await.unwrap()
}

/// A WebSocket connection.
pub(crate) struct Feed(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Feed {
    pub(crate) async fn connect(simulator: &Simulator, path: &str) -> Self {
        Self(connect_async(format!("{}{path}", simulator.ws_url())).await.unwrap().0)
    }

    pub(crate) async fn say(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.unwrap();
    }

    /// The next text; `None` where the connection ended or was silent for ten seconds.
    pub(crate) async fn text(&mut self) -> Option<String> {
        loop {
            match tokio::time::timeout(Duration::from_secs(10), self.0.next()).await.ok()?? {
                Ok(Message::Text(text)) => return Some(text.to_string()),
                Ok(Message::Close(_)) | Err(_) => return None,
                Ok(_) => {}
            }
        }
    }

    pub(crate) async fn json(&mut self) -> Value {
        serde_json::from_str(&self.text().await.expect("a message")).unwrap()
    }

    /// All texts until everything was played and a second passed without one, or the connection ends.
    pub(crate) async fn all(&mut self, simulator: &Simulator) -> Vec<String> {
        let mut texts = Vec::new();
        loop {
            match tokio::time::timeout(Duration::from_secs(1), self.text()).await {
                Ok(Some(text)) => texts.push(text),
                Err(_) if !simulator.state().finished => {}
                _ => return texts,
            }
        }
    }

    /// All texts until `last` says that a text is the last one, or the connection ends.
    pub(crate) async fn until(&mut self, last: impl Fn(&str) -> bool) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(text) = self.text().await {
            let done = last(&text);
            texts.push(text);
            if done {
                break;
            }
        }
        texts
    }
}

/// The number under a key of each message, with or without an envelope.
pub(crate) fn numbers(texts: &[String], key: &str) -> Vec<i64> {
    let number = |text: &String| {
        let message: Value = serde_json::from_str(text).ok()?;
        message["data"][key].as_i64().or(message[key].as_i64())
    };
    texts.iter().filter_map(number).collect()
}
