//! JSON arrays of arrays, as freqtrade stores and ccxt returns candles and trades. The array is
//! taken apart as it streams by, so memory is bounded by the longest row; numbers are read from
//! their text, never through a double.

use std::io::Read;
use std::ops::Range;

use super::binance;
use super::cell::Cell;
use super::columns::Column::{
    Close, High, Id, Low, Open, Price, Quantity, Side, Skip, Time, Volume,
};
use super::columns::{Column, Layout};
use super::error::{Fault, Refusal};
use super::input::{Bytes, Input};
use super::moment::TimeUnit;
use super::name::Named;
use super::plan::{Known, Rows, SAMPLE, Unit, settle};
use super::reader::Opened;
use super::row::{Ids, Row};
use super::{Format, Kind, ReadOptions};

const CANDLE: [Column; 6] = [Time, Open, High, Low, Close, Volume];
/// `[ms, id, type, side, price, amount, cost]`.
const TRADE: [Column; 7] = [Time, Id, Skip, Side, Price, Quantity, Skip];

/// Recognises the arrays by their length and opens them.
pub(super) fn open(input: &Input, options: &ReadOptions, named: &Named) -> Result<Opened, Refusal> {
    let width = width(&mut ArrayRows::new(input.open()?, 0))?;
    let columns = match width {
        6 => &CANDLE[..],
        7 => &TRADE[..],
        12 => &binance::KLINE[..],
        _ => {
            return Err(Refusal::because(format!(
                "holds arrays of {width} values; candles have 6 (or Binance's 12), trades have 7"
            )));
        }
    };
    let known = Known {
        options,
        layout: Layout::of(columns),
        kind: None,
        interval: named.interval,
        ids: Ids::Rising,
        unit: Unit::Fixed(TimeUnit::Millis),
    };
    let (plan, notes) = settle(known, &mut ArrayRows::new(input.open()?, width))?;
    let by_name = named.freqtrade && (plan.kind != Kind::Candles || named.interval.is_some());
    let freqtrade = options.format.map_or(by_name, |format| format == Format::FreqtradeJson);
    let format = if freqtrade { Format::FreqtradeJson } else { Format::CcxtJson };
    Ok(Opened::table(format, plan, notes, ArrayRows::new(input.open()?, width)))
}

/// The first length of an array that has a meaning, or else simply the first.
fn width(rows: &mut ArrayRows) -> Result<usize, Refusal> {
    let mut first = None;
    for _ in 0..SAMPLE {
        match rows.advance() {
            Some(Err(fault)) if fault.fatal && first.is_none() => return Err(fault.into()),
            Some(Err(fault)) if !fault.fatal => {}
            Some(Ok(())) if matches!(rows.places.len(), 6 | 7 | 12) => {
                return Ok(rows.places.len());
            }
            Some(Ok(())) => {}
            _ => break,
        }
        first = first.or(Some(rows.places.len()));
    }
    first.ok_or(Refusal::Empty)
}

/// Rows that are arrays of plain values.
struct ArrayRows {
    elements: Elements,
    element: Range<usize>,
    places: Vec<Range<usize>>,
    /// Zero while it isn't known.
    width: usize,
}

impl ArrayRows {
    fn new(bytes: Bytes, width: usize) -> Self {
        Self { elements: Elements::new(bytes), element: 0..0, places: Vec::new(), width }
    }

    fn text(&self) -> &str {
        self.elements.text(&self.element)
    }
}

impl Row for ArrayRows {
    fn cell(&self, at: usize) -> Cell<'_> {
        let Some(text) = self.places.get(at).and_then(|place| self.text().get(place.clone()))
        else {
            return Cell::Missing;
        };
        scalar(text)
    }
}

impl Rows for ArrayRows {
    fn advance(&mut self) -> Option<Result<(), Fault>> {
        match self.elements.advance()? {
            Ok(element) => self.element = element,
            Err(fault) => return Some(Err(fault)),
        }
        let mut places = std::mem::take(&mut self.places);
        let split = split(self.text(), &mut places);
        self.places = places;
        let (found, width) = (self.places.len(), self.width);
        if !split {
            return Some(Err(Fault::row(self.text(), "is not an array of plain values")));
        }
        if found != width && width != 0 {
            let reason = format!("has {found} values where {width} are expected");
            return Some(Err(Fault::row(self.text(), reason)));
        }
        Some(Ok(()))
    }
}

/// A JSON value that is neither array nor object, as a cell. A string's escapes are not undone:
/// no number, time, side or id has any.
pub(super) fn scalar(text: &str) -> Cell<'_> {
    match text {
        "null" => Cell::Missing,
        "true" => Cell::Truth(true),
        "false" => Cell::Truth(false),
        _ => match text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            Some(text) => Cell::text(text),
            None => Cell::text(text),
        },
    }
}

/// Finds the values of an array; whether it is one, without arrays or objects inside.
fn split(text: &str, places: &mut Vec<Range<usize>>) -> bool {
    places.clear();
    let Some(inner) = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')) else {
        return false;
    };
    if inner.trim_ascii().is_empty() {
        return true;
    }
    let (mut start, mut quoted, mut escaped) = (1, false, false);
    for (at, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'[' | b'{' | b'}' => return false,
            b',' | b']' => {
                let value = &text[start..at];
                let indent = value.len() - value.trim_ascii_start().len();
                places.push(start + indent..start + value.trim_ascii_end().len().max(indent));
                start = at + 1;
            }
            _ => {}
        }
    }
    !quoted && start == text.len()
}

/// The elements of a JSON array, found as the file streams by.
pub(super) struct Elements {
    bytes: Bytes,
    buffer: Vec<u8>,
    /// Where the next element begins in the buffer.
    start: usize,
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Before,
    First,
    Inside,
    After,
}

impl Elements {
    const CHUNK: usize = 1 << 16;
    /// Longest element: no row comes near it, and a bracket that never closes must not fill memory.
    const MAX_ELEMENT: usize = 8 << 20;

    pub(super) fn new(bytes: Bytes) -> Self {
        Self { bytes, buffer: Vec::new(), start: 0, state: State::Before }
    }

    /// The text of an element just found.
    pub(super) fn text(&self, element: &Range<usize>) -> &str {
        let bytes = self.buffer.get(element.clone()).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }

    /// Finds the next element; its place holds until the next call.
    pub(super) fn advance(&mut self) -> Option<Result<Range<usize>, Fault>> {
        if self.state == State::After {
            return None;
        }
        match self.find() {
            Ok(None) => None,
            Ok(Some(element)) if std::str::from_utf8(&self.buffer[element.clone()]).is_err() => {
                Some(Err(Fault::fatal("the file is not UTF-8 text")))
            }
            Ok(Some(element)) => Some(Ok(element)),
            Err(fault) => Some(Err(fault)),
        }
    }

    fn find(&mut self) -> Result<Option<Range<usize>>, Fault> {
        let off = |what: &str| Fault::fatal(format!("the JSON is broken: {what}"));
        if self.state == State::Before {
            while self.peek()? == Some(0xef)
                || self.peek()? == Some(0xbb)
                || self.peek()? == Some(0xbf)
            {
                self.start += 1;
            }
            if self.peek()? != Some(b'[') {
                return Err(off("it doesn't begin with ["));
            }
            (self.start, self.state) = (self.start + 1, State::First);
        }
        match (self.state, self.peek()?) {
            (_, None) => return Err(Fault::fatal("the file ends early: its array isn't closed")),
            (_, Some(b']')) => {
                (self.start, self.state) = (self.start + 1, State::After);
                return match self.peek()? {
                    None => Ok(None),
                    Some(_) => Err(off("something follows the closing ]")),
                };
            }
            (State::Inside, Some(b',')) => self.start += 1,
            (State::Inside, _) => return Err(off("a comma is missing between rows")),
            _ => {}
        }
        self.state = State::Inside;
        self.peek()?;
        let len = self.element_len()?;
        if len == 0 {
            return Err(off("a row is missing between commas"));
        }
        let element = self.start..self.start + len;
        self.start += len;
        Ok(Some(element))
    }

    /// The next byte that is no space.
    fn peek(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            match self.buffer.get(self.start).copied() {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.start += 1,
                Some(byte) => return Ok(Some(byte)),
                None if self.fill()? => {}
                None => return Ok(None),
            }
        }
    }

    /// Length of the element at the start, without the comma or bracket after it.
    fn element_len(&mut self) -> Result<usize, Fault> {
        let (mut len, mut depth, mut quoted, mut escaped) = (0, 0u32, false, false);
        loop {
            while let Some(byte) = self.buffer.get(self.start + len) {
                match byte {
                    _ if escaped => escaped = false,
                    b'\\' if quoted => escaped = true,
                    b'"' => quoted = !quoted,
                    _ if quoted => {}
                    b'[' | b'{' => depth += 1,
                    b']' | b'}' | b',' if depth == 0 => return Ok(len),
                    b']' | b'}' => {
                        depth -= 1;
                        if depth == 0 {
                            return Ok(len + 1);
                        }
                    }
                    _ => {}
                }
                len += 1;
            }
            if len > Self::MAX_ELEMENT {
                return Err(Fault::fatal("the JSON is broken: a row is longer than 8 MB"));
            }
            if !self.fill()? {
                return Err(Fault::fatal("the file ends early: its last row isn't closed"));
            }
        }
    }

    /// Reads on; whether there was anything.
    fn fill(&mut self) -> Result<bool, Fault> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let held = self.buffer.len();
        self.buffer.resize(held + Self::CHUNK, 0);
        loop {
            match self.bytes.read(&mut self.buffer[held..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.buffer.truncate(held);
                    return Err(error.into());
                }
                Ok(read) => {
                    self.buffer.truncate(held + read);
                    return Ok(read > 0);
                }
            }
        }
    }
}
