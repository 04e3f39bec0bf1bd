//! What is said and heard on Binance's combined streams.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use domain::Time;
use domain::market::{Interval, TickKind};
use serde::Deserialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::super::port::VenueEvent;
use super::super::socket::{Heard, Request, Speech};
use super::BinanceOptions;
use super::message::{AggTrade, Book, Kline, Trade};

/// Most streams on one connection, says the venue.
const MOST_STREAMS: usize = 1_024;
/// Streams named in one request. The venue says no number; a request must not be too long.
const STREAMS_A_REQUEST: usize = 200;

/// The language of the combined streams.
#[derive(Clone)]
pub(super) struct BinanceSpeech {
    url: String,
    /// What follows the `@` in the streams of a symbol.
    streams: Vec<&'static str>,
    /// Codes by the name that the venue's streams have for them.
    codes: HashMap<Box<str>, Arc<str>>,
}

impl BinanceSpeech {
    pub(super) fn new(options: &BinanceOptions) -> Self {
        let trades = match options.kind {
            TickKind::Trade => "trade",
            TickKind::AggTrade => "aggTrade",
        };
        let mut streams = vec![trades];
        streams.extend(options.klines.then_some("kline_1m"));
        streams.extend(options.book.then_some("bookTicker"));
        let url = format!("{}/stream", options.ws_url.trim_end_matches('/'));
        Self { url, streams, codes: HashMap::new() }
    }

    /// The code of the symbol that streams call by this name, which is the code in lower case.
    fn code(&mut self, name: &str) -> Arc<str> {
        if let Some(code) = self.codes.get(name) {
            return Arc::clone(code);
        }
        let code: Arc<str> = name.to_ascii_uppercase().into();
        self.codes.insert(name.into(), Arc::clone(&code));
        code
    }

    fn event(&mut self, stream: &str, data: &str, arrival: Time) -> Result<Heard, String> {
        let (name, what) = stream.split_once('@').unwrap_or(("", stream));
        let event = match what {
            "aggTrade" => {
                let tick = read::<AggTrade<'_>>(data)?.tick(Some(arrival))?;
                VenueEvent::Tick { code: self.code(name), tick }
            }
            "trade" => {
                let tick = read::<Trade<'_>>(data)?.tick(Some(arrival))?;
                VenueEvent::Tick { code: self.code(name), tick }
            }
            "kline_1m" => {
                let kline = read::<KlineEvent<'_>>(data)?.kline;
                if !kline.closed {
                    return Ok(Heard::Nothing);
                }
                let candle = kline.candle()?;
                VenueEvent::Candle { code: self.code(name), interval: Interval::M1, candle }
            }
            "bookTicker" => {
                let book = read::<Book<'_>>(data)?.book(arrival)?;
                VenueEvent::Book { code: self.code(name), book }
            }
            _ => return other(data),
        };
        Ok(Heard::Event(event))
    }
}

impl Speech for BinanceSpeech {
    fn url(&self) -> String {
        self.url.clone()
    }

    fn most_codes(&self) -> usize {
        MOST_STREAMS / self.streams.len()
    }

    fn codes_a_request(&self) -> usize {
        STREAMS_A_REQUEST / self.streams.len()
    }

    fn request(&self, what: Request, id: u64, codes: &[String]) -> String {
        let method = match what {
            Request::Subscribe => "SUBSCRIBE",
            Request::Unsubscribe => "UNSUBSCRIBE",
        };
        let stream = |code: &String| {
            let name = code.to_ascii_lowercase();
            self.streams.iter().map(move |what| format!("{name}@{what}")).collect::<Vec<_>>()
        };
        let params = codes.iter().flat_map(stream).collect::<Vec<_>>();
        json!({ "method": method, "params": params, "id": id }).to_string()
    }

    fn hear(&mut self, message: &str, arrival: Time) -> Result<Heard, String> {
        let envelope: Envelope<'_> = read(message)?;
        if let (Some(stream), Some(data)) = (&envelope.stream, envelope.data) {
            return self.event(stream, data.get(), arrival);
        }
        if let Some(error) = envelope.error {
            return Ok(Heard::Refused(envelope.id, format!("{} {}", error.code, error.msg)));
        }
        if let (Some(code), Some(msg)) = (envelope.code, envelope.msg) {
            return Ok(Heard::Refused(envelope.id, format!("{code} {msg}")));
        }
        match envelope.id {
            Some(id) => Ok(Heard::Done(Some(id))),
            None => other(envelope.event.map_or(message, RawValue::get)),
        }
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    stream: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    id: Option<u64>,
    error: Option<Refusal>,
    code: Option<i64>,
    msg: Option<String>,
    #[serde(borrow)]
    event: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Refusal {
    code: i64,
    #[serde(default)]
    msg: String,
}

#[derive(Deserialize)]
struct KlineEvent<'a> {
    #[serde(borrow, rename = "k")]
    kline: Kline<'a>,
}

#[derive(Deserialize)]
struct Named<'a> {
    #[serde(borrow, rename = "e")]
    name: Option<Cow<'a, str>>,
}

/// Messages about something else are passed over, save the one that announces the end.
fn other(data: &str) -> Result<Heard, String> {
    // A stream's data may be an array; that is no announcement.
    let Ok(Named { name: Some(name) }) = read::<Named<'_>>(data) else { return Ok(Heard::Nothing) };
    Ok(match &*name {
        "serverShutdown" => Heard::Leaving("the venue's server is about to shut down".to_owned()),
        _ => Heard::Nothing,
    })
}

fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
