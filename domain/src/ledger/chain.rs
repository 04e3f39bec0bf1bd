//! Each event of a stream carries a hash of itself and of the one before, so that none can be changed,
//! taken out or put in without a trace.

use uuid::Uuid;

use crate::time::Time;

/// BLAKE3, 32 bytes.
pub type Hash = [u8; 32];

/// The hash of a stream's event: of the hash before it (zeros for the first), the stream, the version
/// (from 1), the moment it was recorded in Unix microseconds, and its JSON letter by letter.
#[must_use]
pub fn chained(before: Option<&Hash>, stream: Uuid, version: i32, at: Time, body: &str) -> Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(before.unwrap_or(&[0; 32])).update(stream.as_bytes());
    hasher.update(&version.to_be_bytes()).update(&at.micros().to_be_bytes());
    hasher.update(body.as_bytes());
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_is_changed_changes_the_hash() {
        let (stream, other, at) =
            (Uuid::from_u128(1), Uuid::from_u128(2), Time::from_micros(7).unwrap());
        let hash = |before, stream, version, at, body| chained(before, stream, version, at, body);
        let first = hash(None, stream, 1, at, "{}");
        let later = Time::from_micros(8).unwrap();
        for changed in [
            hash(Some(&first), stream, 1, at, "{}"),
            hash(None, other, 1, at, "{}"),
            hash(None, stream, 2, at, "{}"),
            hash(None, stream, 1, later, "{}"),
            hash(None, stream, 1, at, "{ }"),
        ] {
            assert_ne!(changed, first);
        }
        assert_eq!(hash(None, stream, 1, at, "{}"), first);
    }
}
