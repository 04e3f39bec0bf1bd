//! Cursors: where a page ended and what was being paged through, as text that nobody has to
//! understand. A cursor carries the whole range, so that it works without repeating it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::Time;
use domain::market::Order;

/// How a series is walked through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Walk {
    /// Oldest first.
    Up,
    /// Newest first.
    Down,
    /// Only the newest rows, oldest of them first; nothing follows.
    Last,
}

/// The end of a page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) series: String,
    pub(super) walk: Walk,
    pub(super) from: Time,
    pub(super) to: Time,
    pub(super) after: Order,
    pub(super) as_of: Option<Time>,
}

impl Cursor {
    pub(super) fn encode(&self) -> String {
        let walk = match self.walk {
            Walk::Up => "up",
            Walk::Down => "down",
            Walk::Last => "last",
        };
        let [from, to] = [self.from, self.to].map(Time::micros);
        let Order { time, seq, id } = self.after;
        let time = time.micros();
        let mut text = format!("{}|{walk}|{from}|{to}|{time}|{seq}|{id}", self.series);
        if let Some(as_of) = self.as_of {
            text.push_str(&format!("|{}", as_of.micros()));
        }
        URL_SAFE_NO_PAD.encode(text)
    }

    pub(super) fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let mut parts = text.split('|');
        let series = parts.next()?.to_owned();
        let walk = match parts.next()? {
            "up" => Walk::Up,
            "down" => Walk::Down,
            "last" => Walk::Last,
            _ => return None,
        };
        let mut time = || Time::from_micros(parts.next()?.parse().ok()?).ok();
        let (from, to, at) = (time()?, time()?, time()?);
        let after =
            Order { time: at, seq: parts.next()?.parse().ok()?, id: parts.next()?.parse().ok()? };
        let as_of = match parts.next() {
            Some(text) => Some(Time::from_micros(text.parse().ok()?).ok()?),
            None => None,
        };
        parts.next().is_none().then_some(Self { series, walk, from, to, after, as_of })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time() -> impl Strategy<Value = Time> {
        (Time::MIN.micros()..=Time::MAX.micros()).prop_map(|t| Time::from_micros(t).unwrap())
    }

    proptest! {
        #[test]
        fn reads_back_what_it_wrote(
            series in "[a-zA-Z0-9:/_.-]{1,80}",
            walk in prop_oneof![Just(Walk::Up), Just(Walk::Down), Just(Walk::Last)],
            (from, to, at) in (time(), time(), time()),
            seq: i32,
            id: i64,
            as_of in prop::option::of(time()),
        ) {
            let after = Order { time: at, seq, id };
            let cursor = Cursor { series, walk, from, to, after, as_of };
            prop_assert_eq!(Cursor::parse(&cursor.encode()), Some(cursor));
        }

        #[test]
        fn never_panics(text: String) {
            prop_assert!(Cursor::parse(&text).is_none());
        }
    }
}
