//! InfluxDB's line protocol, read as its server reads it: escapes, quoted texts, types by suffix,
//! comments. One bad line never hides another, and no input makes it panic.

use std::borrow::Cow;

use super::point::{Field, Point, Precision};

/// Longest name of a measurement: what a B-tree of PostgreSQL takes, with room to spare.
const MAX_MEASUREMENT: usize = 1_024;
/// Longest tag, key or value: InfluxDB's own limit.
const MAX_TAG: usize = 65_535;

/// The lines of a body, each with its number from 1.
pub(super) struct Lines<'a> {
    rest: &'a [u8],
    number: usize,
    /// No quoted text can end behind here: it was looked for and not found.
    unquoted: bool,
}

impl<'a> Lines<'a> {
    pub(super) fn new(body: &'a [u8]) -> Self {
        Self { rest: body, number: 1, unquoted: false }
    }

    /// How long the line is that begins here. A quoted text may hold line breaks; one that never ends
    /// takes only its own line with it.
    fn length(&mut self) -> usize {
        let (mut fields, mut quoted, mut first_break) = (false, false, None);
        // Only directly behind an equals sign a quote begins a text.
        let (mut at, mut value) = (0, false);
        while let Some(byte) = self.rest.get(at) {
            let begins = std::mem::replace(&mut value, *byte == b'=' && fields);
            match byte {
                b'\n' if !quoted || self.unquoted => return at,
                b'\n' => first_break = first_break.or(Some(at)),
                b'\\' => {
                    at += usize::from(self.rest.get(at + 1).is_some_and(|next| *next != b'\n'))
                }
                b' ' if at > 0 => fields = true,
                b'"' if quoted || begins => quoted = !quoted,
                _ => {}
            }
            at += 1;
        }
        match first_break.filter(|_| quoted) {
            Some(end) => {
                self.unquoted = true;
                end
            }
            None => self.rest.len(),
        }
    }
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            while let Some(byte) = self.rest.first().filter(|byte| byte.is_ascii_whitespace()) {
                self.number += usize::from(*byte == b'\n');
                self.rest = &self.rest[1..];
            }
            let first = *self.rest.first()?;
            let length = match first {
                b'#' => self.rest.iter().position(|byte| *byte == b'\n').unwrap_or(self.rest.len()),
                _ => self.length(),
            };
            let (line, rest) = self.rest.split_at(length);
            let number = self.number;
            self.rest = rest;
            self.number += line.iter().filter(|byte| **byte == b'\n').count();
            if first != b'#' {
                return Some((number, line.trim_ascii_end()));
            }
        }
    }
}

/// Reads one line; the error says what is wrong with it.
pub(super) fn point<'a>(line: &'a [u8], precision: Precision) -> Result<Point<'a>, String> {
    let text = std::str::from_utf8(line).map_err(|_| "is not UTF-8".to_owned())?;
    if text.contains('\0') {
        return Err("holds a zero byte".to_owned());
    }
    let (measurement, mut rest) = word(text, b", ");
    if measurement.is_empty() {
        return Err("missing measurement".to_owned());
    }
    if measurement.len() > MAX_MEASUREMENT {
        return Err(format!("the measurement's name is longer than {MAX_MEASUREMENT} bytes"));
    }
    let mut tags = Vec::new();
    while let Some(more) = rest.strip_prefix(',') {
        let (tag, left) = pair(more)?;
        tags.push(tag);
        rest = left;
    }
    tags.sort();
    if let Some(twice) = tags.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(format!("the tag {:?} is given twice", twice[0].0));
    }
    let mut rest = rest.trim_start_matches(' ');
    let mut fields = Vec::new();
    loop {
        let (field, left) = field(rest)?;
        fields.push(field);
        let Some(more) = left.strip_prefix(',') else {
            rest = left.trim_matches([' ', '\r']);
            break;
        };
        rest = more;
    }
    let nanos = if rest.is_empty() { None } else { Some(precision.nanos(rest)?) };
    Ok(Point { measurement, tags, fields, nanos })
}

/// Key and value.
type Tag<'a> = (Cow<'a, str>, Cow<'a, str>);

/// A tag and what follows it.
fn pair(text: &str) -> Result<(Tag<'_>, &str), String> {
    let (key, rest) = word(text, b", =");
    let Some(rest) = rest.strip_prefix('=').filter(|_| !key.is_empty()) else {
        return Err(format!("missing tag {}", if key.is_empty() { "key" } else { "value" }));
    };
    let (value, rest) = word(rest, b", =");
    if value.is_empty() {
        return Err(format!("missing tag value of {key:?}"));
    }
    if rest.starts_with('=') {
        return Err(format!("the value of tag {key:?} holds an =; write \\="));
    }
    if key.len().max(value.len()) > MAX_TAG {
        return Err(format!("a tag is longer than {MAX_TAG} bytes"));
    }
    Ok(((key, value), rest))
}

/// A field and what follows it.
fn field(text: &str) -> Result<((Cow<'_, str>, Field<'_>), &str), String> {
    let (key, rest) = word(text, b", =");
    if key.is_empty() {
        return Err(if rest.is_empty() { "missing fields" } else { "missing field key" }.to_owned());
    }
    let missing = || format!("missing value of field {key:?}");
    let rest = rest.strip_prefix('=').ok_or_else(missing)?;
    if let Some(quoted) = rest.strip_prefix('"') {
        let (value, rest) =
            quoted_text(quoted).ok_or_else(|| format!("the text of field {key:?} has no end"))?;
        if !(rest.is_empty() || rest.starts_with([',', ' '])) {
            return Err(format!("something stands behind the text of field {key:?}"));
        }
        return Ok(((key, Field::Text(value)), rest));
    }
    let end = rest.find([',', ' ']).unwrap_or(rest.len());
    let (value, rest) = rest.split_at(end);
    if value.is_empty() {
        return Err(missing());
    }
    let value = Field::parse(value).map_err(|why| format!("field {key:?}: {value:?} {why}"))?;
    Ok(((key, value), rest))
}

/// A name up to one of these characters, unescaped, and what follows it. A backslash takes the
/// meaning from these characters and stands for itself before any other.
fn word<'a>(text: &'a str, ends: &[u8]) -> (Cow<'a, str>, &'a str) {
    let special = |byte: &u8| matches!(byte, b',' | b' ' | b'=');
    let bytes = text.as_bytes();
    let (mut at, mut plain) = (0, true);
    while let Some(byte) = bytes.get(at) {
        if *byte == b'\\' && bytes.get(at + 1).is_some_and(special) {
            (at, plain) = (at + 2, false);
        } else if ends.contains(byte) {
            break;
        } else {
            at += 1;
        }
    }
    let (word, rest) = text.split_at(at);
    if plain {
        return (Cow::Borrowed(word), rest);
    }
    let mut unescaped = String::with_capacity(word.len());
    let mut characters = word.chars().peekable();
    while let Some(character) = characters.next() {
        let escaped =
            character == '\\' && characters.peek().is_some_and(|c| matches!(c, ',' | ' ' | '='));
        if !escaped {
            unescaped.push(character);
        }
    }
    (Cow::Owned(unescaped), rest)
}

/// A text behind its opening quote, and what follows its closing one.
fn quoted_text(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let bytes = text.as_bytes();
    let (mut at, mut plain) = (0, true);
    loop {
        match bytes.get(at)? {
            b'"' => break,
            b'\\' if matches!(bytes.get(at + 1), Some(b'"' | b'\\')) => {
                (at, plain) = (at + 2, false)
            }
            _ => at += 1,
        }
    }
    let (inside, rest) = (&text[..at], &text[at + 1..]);
    if plain {
        return Some((Cow::Borrowed(inside), rest));
    }
    let mut unescaped = String::with_capacity(inside.len());
    let mut characters = inside.chars().peekable();
    while let Some(character) = characters.next() {
        match characters.peek() {
            Some(next @ ('"' | '\\')) if character == '\\' => {
                unescaped.push(*next);
                characters.next();
            }
            _ => unescaped.push(character),
        }
    }
    Some((Cow::Owned(unescaped), rest))
}
