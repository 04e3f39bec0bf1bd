//! Identities for trades whose venue gives none, or gives ids that tell no order.
//!
//! The same row twice is two trades, and the same file twice is one import: so an identity is made
//! of the row's content and of how many rows of the same time were the same before it. Counters
//! are kept for recent times only, so that memory stays bounded.

use std::collections::BTreeMap;

use domain::Time;
use domain::market::Tick;

use super::cell::Reason;

/// Most counters kept at a time: about 40 MB.
const MAX_COUNTERS: usize = 1_000_000;

/// Counts the rows of each time.
#[derive(Debug, Default)]
pub(super) struct Identities {
    /// The time of the last row, and how many rows of each content it has so far.
    now: Option<Time>,
    rows: u32,
    counters: BTreeMap<u64, u32>,
    /// The same for other times.
    past: BTreeMap<(Time, u64), u32>,
    /// The latest time whose counters were given up.
    forgotten: Option<Time>,
}

impl Identities {
    /// The place of a row among those of its time.
    pub(super) fn ordinal(&mut self, time: Time) -> Result<i32, Reason> {
        self.go_to(time)?;
        self.count(0).map(|(place, _)| place)
    }

    /// The place and the identity (always negative) of a trade without an id.
    pub(super) fn without_id(&mut self, tick: &Tick) -> Result<(i32, i64), Reason> {
        self.go_to(tick.time)?;
        let content = content(tick, 0);
        let (place, same_before) = self.count(content)?;
        let id = if same_before == 0 { !half(content) } else { derived(tick, same_before) };
        Ok((place, id))
    }

    fn go_to(&mut self, time: Time) -> Result<(), Reason> {
        if self.now == Some(time) {
            return Ok(());
        }
        if self.forgotten.is_some_and(|forgotten| time <= forgotten) {
            return Err(
                "goes back too far for trades without rising ids; sort the file by time".into()
            );
        }
        if let Some(now) = self.now.replace(time) {
            let counters = std::mem::take(&mut self.counters).into_iter();
            self.past.extend(counters.map(|(content, count)| ((now, content), count)));
        }
        while self.past.len() > MAX_COUNTERS {
            if let Some(((forgotten, _), _)) = self.past.pop_first() {
                self.forgotten = Some(forgotten);
            }
        }
        let held = self.past.range((time, 0)..=(time, u64::MAX));
        self.counters.extend(held.map(|((_, content), count)| (*content, *count)));
        self.rows = self.counters.values().sum();
        Ok(())
    }

    /// Counts a row in; how many of its time were there before, and how many of its content.
    fn count(&mut self, content: u64) -> Result<(i32, u32), Reason> {
        let place = i32::try_from(self.rows);
        let place = place.ok().filter(|_| self.counters.len() < MAX_COUNTERS);
        let place = place.ok_or("is the time of more trades than can be told apart without ids")?;
        let count = self.counters.entry(content).or_insert(0);
        let same_before = *count;
        *count += 1;
        self.rows += 1;
        Ok((place, same_before))
    }
}

/// The identity (always negative) of a trade without an id; `place` tells it from others of the same
/// content and time, 0 being the first.
pub(crate) fn derived(tick: &Tick, place: u32) -> i64 {
    !half(content(tick, place))
}

/// A positive id for an id that is a text.
pub(crate) fn id_of_text(text: &str) -> i64 {
    half(hash(text.as_bytes()))
}

/// The hash of what makes a trade without an id, and of how many were the same before it.
/// The time is left out, for ids need to differ only within one time.
fn content(tick: &Tick, same_before: u32) -> u64 {
    let mut bytes = [0u8; 45];
    let (price, quantity) = (tick.price.normalize(), tick.quantity.normalize());
    bytes[..16].copy_from_slice(&price.mantissa().to_le_bytes());
    bytes[16..20].copy_from_slice(&price.scale().to_le_bytes());
    bytes[20..36].copy_from_slice(&quantity.mantissa().to_le_bytes());
    bytes[36..40].copy_from_slice(&quantity.scale().to_le_bytes());
    bytes[40] = match tick.buyer_is_maker {
        None => 0,
        Some(false) => 1,
        Some(true) => 2,
    };
    bytes[41..].copy_from_slice(&same_before.to_le_bytes());
    hash(&bytes)
}

fn hash(bytes: &[u8]) -> u64 {
    let mut start = [0; 8];
    start.copy_from_slice(&blake3::hash(bytes).as_bytes()[..8]);
    u64::from_le_bytes(start)
}

/// The upper 63 bits, never negative.
fn half(hash: u64) -> i64 {
    (hash >> 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use domain::Decimal;
    use proptest::prelude::*;

    use super::*;

    fn tick(micros: i64, price: i64, side: Option<bool>) -> Tick {
        Tick {
            time: Time::from_micros(micros).unwrap(),
            seq: 0,
            trade_id: 0,
            price: Decimal::new(price, 2),
            quantity: Decimal::ONE,
            buyer_is_maker: side,
            trade_count: 1,
            received_at: None,
            venue_trade_id: None,
        }
    }

    fn identities(rows: &[(i64, i64, Option<bool>)]) -> Vec<(i64, i32, i64)> {
        let mut identities = Identities::default();
        let of = |(time, price, side): &(i64, i64, Option<bool>)| {
            let (seq, id) = identities.without_id(&tick(*time, *price, *side)).unwrap();
            (*time, seq, id)
        };
        rows.iter().map(of).collect()
    }

    proptest! {
        #[test]
        fn every_row_has_its_own_and_a_longer_file_the_same(
            rows in proptest::collection::vec((0i64..4, 1i64..4, any::<Option<bool>>()), 1..60),
            cut in 0usize..60,
        ) {
            let all = identities(&rows);
            let unique: HashSet<_> = all.iter().map(|(time, _, id)| (time, id)).collect();
            prop_assert_eq!(unique.len(), rows.len());
            let places: HashSet<_> = all.iter().map(|(time, seq, _)| (time, seq)).collect();
            prop_assert_eq!(places.len(), rows.len());
            prop_assert!(all.iter().all(|(_, _, id)| *id < 0));
            let cut = cut.min(rows.len());
            prop_assert_eq!(&identities(&rows[..cut]), &all[..cut]);
        }
    }

    #[test]
    fn the_writing_of_a_number_does_not_count() {
        let mut padded = tick(0, 100, None);
        padded.price = Decimal::new(1_000, 3);
        assert_eq!(content(&tick(0, 100, None), 0), content(&padded, 0));
        assert_ne!(content(&tick(0, 100, None), 0), content(&tick(0, 100, Some(true)), 0));
        assert!(id_of_text("a1b2") >= 0);
    }

    #[test]
    fn memory_is_bounded_and_what_was_given_up_is_refused() {
        let mut identities = Identities::default();
        let rows = i64::try_from(MAX_COUNTERS).unwrap() + 10;
        for micros in 0..rows {
            identities.ordinal(Time::from_micros(micros).unwrap()).unwrap();
        }
        assert!(identities.past.len() <= MAX_COUNTERS);
        assert_eq!(identities.ordinal(Time::from_micros(500).unwrap()), Ok(1));
        let refused = identities.ordinal(Time::from_micros(0).unwrap()).unwrap_err();
        assert!(refused.contains("sort the file by time"));
    }
}
