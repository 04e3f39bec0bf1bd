//! What happens to the messages of one connection: passed on, lost, doubled, late, swapped, spoilt,
//! or the last one before the connection ends.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use tokio::time::Instant;

use crate::Faults;
use crate::faults::{Counters, Dice, Fault};

/// Deals the faults of one connection.
#[derive(Debug, Default)]
pub(crate) struct Dealer {
    /// A message that lets the next one pass.
    held: Option<Utf8Bytes>,
    /// Late messages by the time at which they go out, and by number.
    late: BTreeMap<(Instant, u64), Utf8Bytes>,
    count: u64,
    silence: Option<Silence>,
}

#[derive(Debug, Clone, Copy)]
enum Silence {
    Until(Instant),
    Forever,
}

/// Whether the connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Then {
    GoOn,
    End,
}

impl Dealer {
    /// Takes a message and puts into `out` what is sent now.
    pub(crate) fn deal(
        &mut self,
        text: Utf8Bytes,
        seed: u64,
        faults: &Faults,
        counters: &Counters,
        now: Instant,
        out: &mut Vec<Utf8Bytes>,
    ) -> Then {
        let dice = Dice::of_text(seed, &text);
        let falls = |fault, chance| counters.deal(dice, fault, chance);
        if self.is_silent(now) {
            return Then::GoOn;
        }
        if falls(Fault::Stall, faults.stall) {
            let pause = Duration::from_millis(faults.stall_ms);
            let forever = faults.stall_ms == 0;
            let until = Silence::Until(now + pause);
            self.silence = Some(if forever { Silence::Forever } else { until });
            return Then::GoOn;
        }
        if falls(Fault::Disconnect, faults.disconnect) {
            return Then::End;
        }
        if falls(Fault::HalfMessage, faults.half_message) {
            out.push(text[..text.len() / 2].into());
            return Then::End;
        }
        if falls(Fault::Drop, faults.drop) {
            return Then::GoOn;
        }
        if falls(Fault::Garbage, faults.garbage) {
            out.push(Utf8Bytes::from_static("{\"e\":\u{fffd}"));
            return Then::GoOn;
        }
        if falls(Fault::Duplicate, faults.duplicate) {
            out.push(text.clone());
        }
        if falls(Fault::Delay, faults.delay) {
            self.count += 1;
            let due = now + Duration::from_millis(faults.delay_ms);
            self.late.insert((due, self.count), text);
            return Then::GoOn;
        }
        if self.held.is_none() && falls(Fault::Reorder, faults.reorder) {
            self.held = Some(text);
            return Then::GoOn;
        }
        out.push(text);
        out.extend(self.held.take());
        Then::GoOn
    }

    /// When the next late message goes out.
    pub(crate) fn next_late(&self) -> Option<Instant> {
        self.late.first_key_value().map(|((due, _), _)| *due)
    }

    /// The late messages whose time has come.
    pub(crate) fn take_late(&mut self, now: Instant, out: &mut Vec<Utf8Bytes>) {
        while let Some(entry) = self.late.first_entry().filter(|entry| entry.key().0 <= now) {
            let text = entry.remove();
            if !self.is_silent(now) {
                out.push(text);
            }
        }
    }

    /// Whether nothing may be sent, not even a ping.
    pub(crate) fn is_silent(&mut self, now: Instant) -> bool {
        match self.silence {
            Some(Silence::Forever) => true,
            Some(Silence::Until(end)) if now < end => true,
            _ => {
                self.silence = None;
                false
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(faults: &Faults, count: usize) -> (Vec<String>, Counters) {
        let (mut dealer, counters, mut out) = (Dealer::default(), Counters::default(), Vec::new());
        for n in 0..count {
            let text = format!("{n}").into();
            if dealer.deal(text, 1, faults, &counters, Instant::now(), &mut out) == Then::End {
                break;
            }
        }
        (out.iter().map(ToString::to_string).collect(), counters)
    }

    #[test]
    fn without_faults_everything_passes() {
        let (out, counters) = run(&Faults::default(), 3);
        assert_eq!((out.join(" "), counters.dealt()), ("0 1 2".to_owned(), Default::default()));
    }

    #[test]
    fn every_fault_does_what_it_is_called() {
        let with = |spec: &str| run(&spec.parse().unwrap(), 4).0.join(" ");
        assert_eq!(with("drop=1"), "");
        assert_eq!(with("duplicate=1"), "0 0 1 1 2 2 3 3");
        assert_eq!(with("reorder=1"), "1 0 3 2");
        assert_eq!(with("disconnect=1"), "");
        assert_eq!(with("stall=1"), "");
        assert!(
            serde_json::from_str::<serde_json::Value>(&run(&"garbage=1".parse().unwrap(), 1).0[0])
                .is_err()
        );
    }

    #[test]
    fn a_late_message_is_overtaken() {
        let faults: Faults = "delay=1:50".parse().unwrap();
        let (mut dealer, counters, mut out) = (Dealer::default(), Counters::default(), Vec::new());
        let now = Instant::now();
        dealer.deal("late".into(), 1, &faults, &counters, now, &mut out);
        dealer.deal("soon".into(), 1, &Faults::default(), &counters, now, &mut out);
        dealer.take_late(now, &mut out);
        assert_eq!(out, ["soon"]);
        dealer.take_late(now + Duration::from_millis(50), &mut out);
        assert_eq!(out, ["soon", "late"]);
    }
}
