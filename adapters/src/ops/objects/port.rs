//! The port: what the product asks of a place for objects, whichever it is.

use std::ops::Range;

use bytes::Bytes;
use domain::Time;
use futures_util::future::BoxFuture;

/// What an operation on objects comes to.
pub type Done<'a, T> = BoxFuture<'a, Result<T, ObjectError>>;

/// A place for objects. Names are paths of `/`-separated parts of letters, digits, `-`, `_`, `.`
/// and `=`; no part begins with a point.
///
/// Laws, which the behaviour suite checks on every implementation:
/// 1. What `put` returned from survives a power cut, and is read back whole under its name.
/// 2. An object appears whole or not at all; a `put` that fails or is killed leaves no object of
///    that name, or the one before.
/// 3. `get` of a range gives exactly those bytes, or an error where there are not so many.
/// 4. An object that is not there is [`ObjectError::Missing`], never an empty one.
/// 5. `delete` of an object that is not there is done.
/// 6. `list` tells every object whose name begins with the prefix, in order of names, and nothing
///    that is still being written.
pub trait Objects: Send + Sync + 'static {
    /// Where it is, for messages; without secrets.
    fn place(&self) -> &str;

    /// Writes an object, replacing one of that name.
    fn put<'a>(&'a self, path: &'a str, bytes: Bytes) -> Done<'a, ()>;

    /// Reads an object, or a range of its bytes.
    fn get<'a>(&'a self, path: &'a str, range: Option<Range<u64>>) -> Done<'a, Bytes>;

    /// How long an object is.
    fn length<'a>(&'a self, path: &'a str) -> Done<'a, u64>;

    /// The objects whose names begin with `prefix`, which is empty or ends with `/`.
    fn list<'a>(&'a self, prefix: &'a str) -> Done<'a, Vec<Entry>>;

    /// Removes an object.
    fn delete<'a>(&'a self, path: &'a str) -> Done<'a, ()>;
}

/// One object of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its name.
    pub path: String,
    /// Its length.
    pub bytes: u64,
    /// When it was written, by the store's clock.
    pub modified: Time,
}

/// Why an operation failed.
#[derive(Debug, thiserror::Error)]
pub enum ObjectError {
    /// There is no such object.
    #[error("{path} is missing in {place}")]
    Missing {
        /// Its name.
        path: String,
        /// Where it was looked for.
        place: String,
    },
    /// Anything else.
    #[error("{path} in {place}: {reason}")]
    Failed {
        /// The object's name.
        path: String,
        /// Where.
        place: String,
        /// What went wrong.
        reason: String,
    },
}

/// Refuses names that could lead out of the place.
pub(super) fn checked(place: &str, path: &str) -> Result<(), ObjectError> {
    let sound = |part: &str| {
        let known = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.=".contains(&byte);
        !part.is_empty() && !part.starts_with('.') && part.bytes().all(known)
    };
    if path.split('/').all(sound) {
        return Ok(());
    }
    Err(failed(place, path, "is no name of an object"))
}

pub(super) fn failed(place: &str, path: &str, reason: impl ToString) -> ObjectError {
    ObjectError::Failed {
        path: path.to_owned(),
        place: place.to_owned(),
        reason: reason.to_string(),
    }
}

pub(super) fn missing(place: &str, path: &str) -> ObjectError {
    ObjectError::Missing { path: path.to_owned(), place: place.to_owned() }
}
