//! Arrays of trade objects as ccxt returns them. Where `info` is Binance's own aggregate trade, the
//! exact texts in it are taken instead of ccxt's doubles.

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::cell::Cell;
use super::columns::Column::{FirstId, Id, IsBuyerMaker, LastId, Price, Quantity, Side, Time};
use super::columns::Layout;
use super::error::{Fault, Refusal};
use super::input::Input;
use super::json::{Elements, scalar};
use super::moment::TimeUnit;
use super::plan::SAMPLE;
use super::reader::{Decoded, Decoder, Opened};
use super::row::{Assembler, Ids, Plan};
use super::{Format, Kind, ReadOptions};

/// Whether a JSON array holds objects.
pub(super) fn holds_objects(head: &[u8]) -> bool {
    let mut text = head.iter().filter(|b| !b.is_ascii_whitespace() && b.is_ascii());
    text.next() == Some(&b'[') && text.next() == Some(&b'{')
}

/// Finds out what the objects hold and opens the file.
pub(super) fn open(input: &Input, options: &ReadOptions) -> Result<Opened, Refusal> {
    let mut elements = Elements::new(input.open()?);
    let mut found = None;
    for _ in 0..SAMPLE {
        let Some(Ok(element)) = elements.advance() else { break };
        if let Ok(trade) = read(elements.text(&element)) {
            found = Some((trade.raw().is_some(), trade.code()));
            break;
        }
    }
    let Some((raw, code)) = found else {
        return Err(Refusal::because(
            "holds objects that are not ccxt's trades (timestamp, side, price, amount)",
        ));
    };
    let found = if raw { Kind::AggTrades } else { Kind::Trades };
    let kind = options.kind.unwrap_or(found);
    if kind.tick_kind().is_none() || (raw && kind != found) {
        return Err(Refusal::because(format!("holds {found}, not {kind}")));
    }
    let layout = if raw {
        Layout::of(&[Time, Id, Price, Quantity, IsBuyerMaker, FirstId, LastId])
            .called(["info.T", "info.a", "info.p", "info.q", "info.m", "info.f", "info.l"])
    } else {
        Layout::of(&[Time, Id, Price, Quantity, Side]).called([
            "timestamp",
            "id",
            "price",
            "amount",
            "side",
        ])
    };
    let plan = Plan {
        layout,
        kind,
        interval: None,
        time_unit: options.time_unit.or(Some(TimeUnit::Millis)),
        received_unit: None,
        ids: Ids::Rising,
        signed: false,
    };
    let decoder = Objects {
        elements: Elements::new(input.open()?),
        raw,
        plan,
        first: code.clone(),
        assemblers: HashMap::new(),
    };
    Ok(Opened {
        format: Format::CcxtJson,
        kind,
        interval: None,
        code: (!code.is_empty()).then_some(code),
        notes: Vec::new(),
        decoder: Box::new(decoder),
    })
}

/// ccxt's unified trade.
#[derive(Deserialize)]
struct Trade<'a> {
    #[serde(borrow)]
    info: Option<&'a RawValue>,
    #[serde(borrow)]
    timestamp: Option<&'a RawValue>,
    #[serde(borrow)]
    symbol: Option<&'a RawValue>,
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    side: Option<&'a RawValue>,
    #[serde(borrow)]
    price: &'a RawValue,
    #[serde(borrow)]
    amount: &'a RawValue,
}

fn optional(value: Option<&RawValue>) -> &str {
    value.map_or("null", RawValue::get)
}

/// Binance's aggregate trade.
#[derive(Deserialize)]
struct AggTrade<'a> {
    #[serde(borrow, rename = "T")]
    time: &'a RawValue,
    #[serde(borrow, rename = "a")]
    id: &'a RawValue,
    #[serde(borrow, rename = "p")]
    price: &'a RawValue,
    #[serde(borrow, rename = "q")]
    quantity: &'a RawValue,
    #[serde(borrow, rename = "m")]
    buyer_is_maker: &'a RawValue,
    #[serde(borrow, rename = "f")]
    first_id: &'a RawValue,
    #[serde(borrow, rename = "l")]
    last_id: &'a RawValue,
}

fn read(text: &str) -> Result<Trade<'_>, Fault> {
    serde_json::from_str(text)
        .map_err(|error| Fault::row(text, format!("is not a trade as ccxt writes it: {error}")))
}

impl<'a> Trade<'a> {
    /// The venue's own message, if it is one that is known.
    fn raw(&self) -> Option<AggTrade<'a>> {
        self.info.and_then(|info| serde_json::from_str(info.get()).ok())
    }

    /// `BTC/USDT` and `BTC/USDT:USDT` are the venue's `BTCUSDT`.
    fn code(&self) -> String {
        match self.symbol.map(|symbol| scalar(symbol.get())) {
            Some(Cell::Text(symbol)) => {
                symbol.split(':').next().unwrap_or_default().replace(['/', '\\'], "")
            }
            _ => String::new(),
        }
    }
}

struct Objects {
    elements: Elements,
    raw: bool,
    plan: Plan,
    /// The first trade's symbol.
    first: String,
    /// One per symbol, for ids are counted within a symbol.
    assemblers: HashMap<String, (Arc<str>, Assembler)>,
}

impl Objects {
    fn decode(&mut self, element: std::ops::Range<usize>) -> Result<Decoded, Fault> {
        let text = self.elements.text(&element);
        let trade = read(text)?;
        let texts = if self.raw {
            let Some(raw) = trade.raw() else {
                return Err(Fault::of("info", text, "is not an aggregate trade of Binance"));
            };
            let values = [
                raw.time,
                raw.id,
                raw.price,
                raw.quantity,
                raw.buyer_is_maker,
                raw.first_id,
                raw.last_id,
            ];
            values.map(RawValue::get)
        } else {
            let (time, id, side) = (trade.timestamp, trade.id, trade.side);
            let (price, amount) = (trade.price.get(), trade.amount.get());
            [optional(time), optional(id), price, amount, optional(side), "null", "null"]
        };
        let cells = texts.map(scalar);
        let code = trade.code();
        if !self.assemblers.contains_key(&code) {
            let assembler = Assembler::new(self.plan.clone());
            self.assemblers.insert(code.clone(), (code.as_str().into(), assembler));
        }
        let Some((name, assembler)) = self.assemblers.get_mut(&code) else {
            return Err(Fault::row(text, "has no symbol"));
        };
        let item = assembler.item(&cells[..])?;
        Ok(((code != self.first && !code.is_empty()).then(|| Arc::clone(name)), item))
    }
}

impl Decoder for Objects {
    fn next(&mut self) -> Option<Result<Decoded, Fault>> {
        let element = match self.elements.advance()? {
            Ok(element) => element,
            Err(fault) => return Some(Err(fault)),
        };
        Some(self.decode(element))
    }
}
