//! What pages of candles and of ticks have in common: a half-open range, a direction, a limit, and
//! a cursor that leads on from the page before.

use domain::Time;
use domain::market::Order;

use super::cursor::{Cursor, Walk};
use super::{DEFAULT_LIMIT, ReadError};

/// Which end comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Oldest first.
    Ascending,
    /// Newest first.
    Descending,
}

/// Which rows of a series are wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// From this time on.
    pub from: Option<Time>,
    /// Before this time.
    pub to: Option<Time>,
    /// Which end first. Without it, range and cursor, a limit means the newest rows, given oldest
    /// first.
    pub direction: Option<Direction>,
    /// Most rows; without it the whole range.
    pub limit: Option<u32>,
    /// Where the page before ended.
    pub cursor: Option<String>,
    /// Candles as they were known at this time; ticks have no such view.
    pub as_of: Option<Time>,
}

/// A request made definite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Bounds {
    pub(super) from: Time,
    pub(super) to: Time,
    pub(super) walk: Walk,
    pub(super) after: Option<Order>,
    pub(super) limit: Option<u32>,
    pub(super) as_of: Option<Time>,
}

impl PageRequest {
    /// Where to read. `series` names what is paged through; a cursor of another one is refused.
    pub(super) fn bounds(&self, series: &str) -> Result<Bounds, ReadError> {
        let bounds = match &self.cursor {
            Some(text) => self.resume(text, series)?,
            None => Bounds {
                from: self.from.unwrap_or(Time::MIN),
                to: self.to.unwrap_or(Time::MAX),
                walk: self.walk(),
                after: None,
                limit: self.limit,
                as_of: self.as_of,
            },
        };
        if bounds.from > bounds.to {
            return Err(ReadError::InvalidRange { from: bounds.from, to: bounds.to });
        }
        Ok(bounds)
    }

    fn walk(&self) -> Walk {
        match self.direction {
            Some(Direction::Ascending) => Walk::Up,
            Some(Direction::Descending) => Walk::Down,
            None if self.limit.is_none() || self.from.is_some() || self.to.is_some() => Walk::Up,
            None => Walk::Last,
        }
    }

    /// The range and direction of the first page; what is given again must be the same.
    fn resume(&self, text: &str, series: &str) -> Result<Bounds, ReadError> {
        let cursor = Cursor::parse(text).ok_or(ReadError::InvalidCursor)?;
        let same = cursor.series == series
            && self.from.is_none_or(|from| from == cursor.from)
            && self.to.is_none_or(|to| to == cursor.to)
            && self.as_of.is_none_or(|as_of| Some(as_of) == cursor.as_of)
            && match self.direction {
                None => true,
                Some(Direction::Ascending) => cursor.walk == Walk::Up,
                Some(Direction::Descending) => cursor.walk == Walk::Down,
            };
        if !same || cursor.walk == Walk::Last {
            return Err(ReadError::InvalidCursor);
        }
        let Cursor { from, to, walk, after, as_of, .. } = cursor;
        Ok(Bounds { from, to, walk, after: Some(after), limit: self.limit, as_of })
    }
}

impl Bounds {
    /// The cursor that leads on from `last`.
    pub(super) fn cursor(&self, series: String, last: Order) -> String {
        let Self { from, to, walk, as_of, .. } = *self;
        Cursor { series, walk, from, to, after: last, as_of }.encode()
    }

    /// Whether the newest rows are read first.
    pub(super) fn descending(&self) -> bool {
        self.walk != Walk::Up
    }

    /// Rows of a page, and rows to read for it: one more where a further page may follow.
    pub(super) fn limits(&self) -> (usize, i64) {
        let limit = self.limit.unwrap_or(DEFAULT_LIMIT);
        (limit as usize, i64::from(limit) + i64::from(self.walk != Walk::Last))
    }

    /// Cuts what was read to a page; says whether more follows.
    pub(super) fn cut<T>(&self, rows: &mut Vec<T>) -> bool {
        let (limit, _) = self.limits();
        let more = rows.len() > limit;
        rows.truncate(limit);
        if self.walk == Walk::Last {
            rows.reverse();
        }
        more
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: i64) -> Time {
        Time::from_micros(micros).unwrap()
    }

    fn ask(from: Option<i64>, to: Option<i64>, direction: Option<Direction>) -> PageRequest {
        let (from, to) = (from.map(at), to.map(at));
        PageRequest { from, to, direction, limit: Some(5), ..PageRequest::default() }
    }

    #[test]
    fn only_a_limit_means_the_newest_rows() {
        assert_eq!(ask(None, None, None).bounds("s").unwrap().walk, Walk::Last);
        assert_eq!(ask(Some(1), None, None).bounds("s").unwrap().walk, Walk::Up);
        assert_eq!(ask(None, Some(1), None).bounds("s").unwrap().walk, Walk::Up);
        let up = ask(None, None, Some(Direction::Ascending));
        assert_eq!(up.bounds("s").unwrap().walk, Walk::Up);
        let down = ask(None, None, Some(Direction::Descending));
        assert_eq!(down.bounds("s").unwrap().walk, Walk::Down);
        let all = PageRequest { limit: None, ..ask(None, None, None) };
        assert_eq!(all.bounds("s").unwrap().walk, Walk::Up);
    }

    #[test]
    fn a_range_may_be_empty_but_not_reversed() {
        assert!(ask(Some(5), Some(5), None).bounds("s").is_ok());
        let error = ask(Some(6), Some(5), None).bounds("s").unwrap_err();
        assert!(matches!(error, ReadError::InvalidRange { .. }));
    }

    #[test]
    fn a_cursor_keeps_the_range_and_refuses_another_request() {
        let range = ask(Some(1), Some(9), Some(Direction::Descending));
        let first = PageRequest { as_of: Some(at(20)), ..range };
        let bounds = first.bounds("s").unwrap();
        let last = Order { time: at(4), seq: 2, id: -7 };
        let cursor = Some(bounds.cursor("s".to_owned(), last));
        let alone = PageRequest { cursor: cursor.clone(), ..PageRequest::default() };
        let same = PageRequest { cursor: cursor.clone(), ..first };
        for again in [&alone, &same] {
            let resumed = again.bounds("s").unwrap();
            assert_eq!(resumed, Bounds { after: Some(last), limit: again.limit, ..bounds });
            assert!(matches!(again.bounds("other"), Err(ReadError::InvalidCursor)));
        }
        let others = [
            ask(Some(2), None, None),
            ask(None, Some(8), None),
            ask(None, None, Some(Direction::Ascending)),
        ];
        for other in others {
            let other = PageRequest { cursor: cursor.clone(), ..other };
            assert!(matches!(other.bounds("s"), Err(ReadError::InvalidCursor)));
        }
        let later = PageRequest { as_of: Some(at(21)), ..same };
        assert!(matches!(later.bounds("s"), Err(ReadError::InvalidCursor)));
        let broken =
            PageRequest { cursor: Some("bm90aGluZw".to_owned()), ..PageRequest::default() };
        assert!(matches!(broken.bounds("s"), Err(ReadError::InvalidCursor)));
    }
}
