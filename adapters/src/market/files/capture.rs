//! Recorded WebSocket messages of Binance, spot and futures: lines of the arrival in nanoseconds,
//! a space, and the message as it came, alone or wrapped in a combined stream's envelope. Trades
//! become ticks; books, klines and acknowledgements are passed over.

use std::io::{BufRead, BufReader};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::cell::Cell;
use super::columns::Column::{
    FirstId, Id, IsBuyerMaker, LastId, Price, Quantity, ReceivedAt, Time,
};
use super::columns::Layout;
use super::error::{Fault, Refusal};
use super::input::{Bytes, Input};
use super::json::scalar;
use super::moment::TimeUnit;
use super::reader::{Decoded, Decoder, Opened};
use super::row::{Assembler, Ids, Plan};
use super::{Format, Item, Kind, ReadOptions};

/// Longest message: a full book of 5,000 levels takes some 300 kB.
const MAX_LINE: usize = 16 << 20;
/// How many lines are searched for a single trade before aggregate trades are settled for.
const SEARCHED: usize = 10_000;

/// Whether a text begins with such a line.
pub(super) fn is_line(text: &[u8]) -> bool {
    let digits = text.iter().take_while(|b| b.is_ascii_digit()).count();
    (16..=20).contains(&digits) && text[digits..].trim_ascii_start().first() == Some(&b'{')
}

/// Looks for the kind of trades and opens the file.
pub(super) fn open(input: &Input, options: &ReadOptions) -> Result<Opened, Refusal> {
    let (kind, code) = search(input, options.kind)?;
    let mut layout = vec![Time, Id, Price, Quantity, IsBuyerMaker, ReceivedAt];
    let mut names = vec!["T", "t", "p", "q", "m", "arrival"];
    if kind == Kind::AggTrades {
        names[1] = "a";
        layout.extend([FirstId, LastId]);
        names.extend(["f", "l"]);
    }
    let plan = Plan {
        layout: Layout::of(&layout).called(names),
        kind,
        interval: None,
        time_unit: options.time_unit,
        received_unit: Some(TimeUnit::Nanos),
        ids: Ids::Rising,
        signed: false,
    };
    let decoder = Capture {
        lines: Lines::new(input.open()?),
        assembler: Assembler::new(plan),
        code: code.clone(),
        other: None,
    };
    Ok(Opened {
        format: Format::BinanceWsCapture,
        kind,
        interval: None,
        code: Some(code),
        notes: Vec::new(),
        decoder: Box::new(decoder),
    })
}

/// The kind of the ticks, and the symbol of the first.
fn search(input: &Input, wanted: Option<Kind>) -> Result<(Kind, String), Refusal> {
    if let Some(kind) = wanted.filter(|kind| kind.tick_kind().is_none()) {
        return Err(Refusal::because(format!("holds messages about trades, not {kind}")));
    }
    let mut lines = Lines::new(input.open()?);
    let mut aggregates = None;
    let mut searched = 0;
    while let Some(line) = lines.advance() {
        searched += 1;
        let event = match line.and_then(|()| lines.event()) {
            Ok((_, event)) => event,
            Err(fault) if fault.fatal => break,
            Err(_) => continue,
        };
        let (Some(kind), Some(symbol)) = (event.kind(), event.symbol()) else { continue };
        let found = (kind, symbol.to_owned());
        if wanted.is_none_or(|wanted| wanted == kind) && (kind == Kind::Trades || wanted.is_some())
        {
            return Ok(found);
        }
        if wanted.is_none() {
            aggregates = aggregates.or(Some(found));
        }
        if searched > SEARCHED && aggregates.is_some() {
            break;
        }
    }
    aggregates.ok_or_else(|| match wanted {
        Some(kind) => Refusal::because(format!("holds no messages about {kind}")),
        None => Refusal::because("holds no trades: no message in it is a trade or an aggTrade"),
    })
}

/// The parts of a message that matter here; in others the same letters mean other things.
#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
    #[serde(borrow, rename = "e")]
    name: Option<&'a RawValue>,
    #[serde(borrow, rename = "s")]
    symbol: Option<&'a RawValue>,
    #[serde(borrow, rename = "T")]
    time: Option<&'a RawValue>,
    #[serde(borrow, rename = "t")]
    id: Option<&'a RawValue>,
    #[serde(borrow, rename = "a")]
    agg_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "p")]
    price: Option<&'a RawValue>,
    #[serde(borrow, rename = "q")]
    quantity: Option<&'a RawValue>,
    #[serde(borrow, rename = "m")]
    buyer_is_maker: Option<&'a RawValue>,
    #[serde(borrow, rename = "f")]
    first_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "l")]
    last_id: Option<&'a RawValue>,
    #[serde(borrow, rename = "X")]
    order_type: Option<&'a RawValue>,
}

impl<'a> Event<'a> {
    fn kind(&self) -> Option<Kind> {
        // Futures mark trades that never met the book (insurance fund, liquidations); the venue's
        // candles leave them out.
        let on_book = self.order_type.is_none_or(|order| order.get() == "\"MARKET\"");
        match self.name?.get() {
            "\"trade\"" if on_book => Some(Kind::Trades),
            "\"aggTrade\"" => Some(Kind::AggTrades),
            _ => None,
        }
    }

    fn symbol(&self) -> Option<&'a str> {
        if let Cell::Text(symbol) = cell(self.symbol) { Some(symbol) } else { None }
    }
}

fn cell(value: Option<&RawValue>) -> Cell<'_> {
    value.map_or(Cell::Missing, |value| scalar(value.get()))
}

/// The lines of a capture, one in memory at a time.
struct Lines {
    bytes: BufReader<Bytes>,
    line: Vec<u8>,
    number: u64,
}

impl Lines {
    fn new(bytes: Bytes) -> Self {
        Self { bytes: BufReader::with_capacity(1 << 16, bytes), line: Vec::new(), number: 0 }
    }

    /// Goes to the next line that isn't blank.
    fn advance(&mut self) -> Option<Result<(), Fault>> {
        loop {
            self.line.clear();
            let most = MAX_LINE as u64;
            let read = std::io::Read::take(&mut self.bytes, most).read_until(b'\n', &mut self.line);
            self.number += 1;
            match read {
                Err(error) => return Some(Err(error.into())),
                Ok(0) => return None,
                Ok(MAX_LINE) => return Some(Err(Fault::fatal("has a line longer than 16 MB"))),
                Ok(_) if self.line.trim_ascii().is_empty() => {}
                Ok(_) => return Some(Ok(())),
            }
        }
    }

    /// The arrival and the message of the line.
    fn event(&self) -> Result<(Cell<'_>, Event<'_>), Fault> {
        let Ok(line) = std::str::from_utf8(&self.line) else {
            return Err(Fault::fatal("the file is not UTF-8 text"));
        };
        let line = line.trim_ascii();
        let (arrival, message) = line
            .split_once(' ')
            .ok_or_else(|| Fault::row(line, "is not an arrival time, a space and a message"))?;
        let broken = |error| Fault::row(message, format!("is not a message in JSON: {error}"));
        let event: Event<'_> = serde_json::from_str(message).map_err(broken)?;
        let event = match event.data.filter(|data| data.get().starts_with('{')) {
            Some(data) => serde_json::from_str(data.get()).map_err(broken)?,
            None => event,
        };
        Ok((Cell::text(arrival), event))
    }
}

struct Capture {
    lines: Lines,
    assembler: Assembler,
    code: String,
    /// The last symbol that was another than the first.
    other: Option<Arc<str>>,
}

impl Decoder for Capture {
    fn next(&mut self) -> Option<Result<Decoded, Fault>> {
        loop {
            if let Err(fault) = self.lines.advance()? {
                return Some(Err(fault));
            }
            let (arrival, event) = match self.lines.event() {
                Ok(found) => found,
                Err(fault) => return Some(Err(fault)),
            };
            let kind = self.assembler.plan().kind;
            if event.kind() != Some(kind) {
                continue;
            }
            let Some(symbol) = event.symbol() else {
                return Some(Err(Fault::of("s", "", "is missing")));
            };
            let id = if kind == Kind::AggTrades { event.agg_id } else { event.id };
            if id.is_none() {
                return Some(Err(Fault::of("id", "", "is missing")));
            }
            let cells = [
                cell(event.time),
                cell(id),
                cell(event.price),
                cell(event.quantity),
                cell(event.buyer_is_maker),
                arrival,
                cell(event.first_id),
                cell(event.last_id),
            ];
            let item: Result<Item, Fault> = self.assembler.item(&cells[..]);
            if self.code != symbol && self.other.as_deref() != Some(symbol) {
                self.other = Some(symbol.into());
            }
            let code = if self.code == symbol { None } else { self.other.clone() };
            return Some(item.map(|item| (code, item)));
        }
    }

    fn line(&self) -> Option<u64> {
        Some(self.lines.number)
    }
}
