//! Binance's streams: their names, and the words with which clients subscribe.
//! <https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams>

use std::collections::{BTreeSet, HashMap, HashSet};

use axum::extract::ws::Utf8Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::session::Surface;
use crate::sessions::{Stream, Topic, Wire};
use crate::world::World;

/// Streams of one connection at most.
const MOST: usize = 1_024;

/// A connection of Binance.
#[derive(Debug)]
pub(crate) struct Binance {
    /// Whether messages come in an envelope with the stream's name.
    combined: bool,
    /// Names as the client wrote them, also those of streams that don't exist.
    names: BTreeSet<String>,
    known: HashMap<Stream, String>,
}

#[derive(Deserialize)]
struct Said {
    method: String,
    #[serde(default)]
    params: Value,
    #[serde(default)]
    id: Value,
}

impl Binance {
    /// A connection to `/ws/<names>` or, `combined`, to `/stream?streams=<names>`; `/` stands
    /// between names.
    pub(crate) fn new(names: &str, combined: bool) -> Self {
        let names = names.split('/').filter(|name| !name.is_empty()).map(str::to_owned).collect();
        Self { combined, names, known: HashMap::new() }
    }

    /// Whether it asks for more streams than a connection may have.
    pub(crate) fn is_too_wide(&self) -> bool {
        self.names.len() > MOST
    }

    fn answer(&mut self, world: &World, number: u64, said: &Said) -> Result<Value, Value> {
        let bad = |text: &str| json!({ "code": 2, "msg": format!("Invalid request: {text}") });
        if said.method == "LIST_SUBSCRIPTIONS" {
            return Ok(json!(self.names));
        }
        let subscribe = match said.method.as_str() {
            "SUBSCRIBE" => true,
            "UNSUBSCRIBE" => false,
            other => {
                let text = format!(
                    "unknown variant `{other}`, expected one of `SUBSCRIBE`, `UNSUBSCRIBE`, \
                     `LIST_SUBSCRIPTIONS`"
                );
                return Err(bad(&text));
            }
        };
        let names = said.params.as_array().map(|names| names.iter().map(Value::as_str));
        let names: Option<Vec<&str>> = names.and_then(Iterator::collect);
        let names = names.ok_or_else(|| bad("params must be an array of stream names"))?;
        let more = names.iter().filter(|name| !self.names.contains(**name)).count();
        if subscribe && self.names.len() + more > MOST {
            return Err(bad("too many streams"));
        }
        for name in &names {
            if subscribe {
                self.names.insert((*name).to_owned());
            } else {
                self.names.remove(*name);
            }
        }
        let streams: Vec<Stream> = names.iter().filter_map(|name| stream(world, name)).collect();
        world.sessions.want(number, |wanted| {
            for stream in streams {
                if subscribe {
                    wanted.insert(stream)
                } else {
                    wanted.remove(&stream)
                };
            }
        });
        Ok(Value::Null)
    }
}

impl Surface for Binance {
    fn streams(&self, world: &World) -> HashSet<Stream> {
        self.names.iter().filter_map(|name| stream(world, name)).collect()
    }

    fn hear(&mut self, world: &World, number: u64, text: &str) -> Vec<String> {
        let answer = match serde_json::from_str::<Said>(text) {
            Ok(said) => match self.answer(world, number, &said) {
                Ok(result) => json!({ "result": result, "id": said.id }),
                Err(error) => json!({ "error": error, "id": said.id }),
            },
            Err(error) => {
                let text = format!("Invalid JSON: {error}");
                json!({ "error": { "code": 3, "msg": text }, "id": null })
            }
        };
        vec![answer.to_string()]
    }

    fn wrap(&mut self, world: &World, wire: Wire) -> Utf8Bytes {
        if !self.combined {
            return wire.body;
        }
        let name = self.known.entry(wire.stream).or_insert_with(|| name_of(world, wire.stream));
        format!(r#"{{"stream":"{name}","data":{}}}"#, wire.body).into()
    }
}

/// The stream of a name; `None` where there is no such stream, which Binance never says.
fn stream(world: &World, name: &str) -> Option<Stream> {
    let (code, topic) = name.split_once('@')?;
    let topic = match topic {
        "trade" => Topic::Trade,
        "aggTrade" => Topic::AggTrade,
        "bookTicker" => Topic::BookTicker,
        "miniTicker" => Topic::MiniTicker,
        other => Topic::Kline(other.strip_prefix("kline_")?.parse().ok()?),
    };
    if code.bytes().any(|b| b.is_ascii_uppercase()) {
        return None;
    }
    let (symbol, _) = world.market.by_code(&code.to_ascii_uppercase())?;
    Some(Stream { symbol, topic })
}

fn name_of(world: &World, stream: Stream) -> String {
    let code = world.market.symbols[stream.symbol].code.to_ascii_lowercase();
    match stream.topic {
        Topic::Trade => format!("{code}@trade"),
        Topic::AggTrade => format!("{code}@aggTrade"),
        Topic::BookTicker => format!("{code}@bookTicker"),
        Topic::MiniTicker => format!("{code}@miniTicker"),
        Topic::Kline(interval) => format!("{code}@kline_{interval}"),
        Topic::Match | Topic::Ticker | Topic::Heartbeat => code,
    }
}
