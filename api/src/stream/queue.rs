//! What one client has not been sent yet. A client that keeps up is sent everything. For one that
//! is behind, only the newest state of a series waits (a price, a candle, a best bid and ask), and
//! of what can't be left out unnoticed (trades) the oldest go, are counted, and are told as missed.

use std::collections::{HashMap, HashSet, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::ws::Utf8Bytes;
use tokio::sync::Notify;

/// Events of which each counts that wait for one client; then the oldest go. At the 48 bytes of a
/// place, and with texts that all clients share, a client that stands still holds some 100 KB.
const MOST_EVERY: usize = 2_048;
/// States that wait for one client; one for each series, and for candles one for each open time.
const MOST_NEWEST: usize = 2_048;

/// How an event stands to those of its topic before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Weight {
    /// Each counts.
    Every,
    /// It replaces the one before of the same place: a candle's open time, 0 where there is one.
    Newest(i64),
}

/// What a client is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Sent<K> {
    /// A rendered event.
    Text(Utf8Bytes),
    /// So many events of the topic were left out.
    Missed(Arc<K>, u64),
    /// Something of any topic may have been left out before this.
    Gap,
}

/// One client's.
pub(super) struct Queue<K> {
    waiting: Mutex<Waiting<K>>,
    /// Rung when something waits.
    pub(super) bell: Notify,
}

struct Waiting<K> {
    topics: HashSet<Arc<K>>,
    /// Counts events, so that the two kinds leave in the order they came.
    count: u64,
    every: VecDeque<(u64, Arc<K>, Utf8Bytes)>,
    newest: VecDeque<(u64, Arc<K>, i64, Utf8Bytes)>,
    /// Where in `newest` a place of a topic stands, counted from the first that ever stood there.
    places: HashMap<(Arc<K>, i64), u64>,
    gone: u64,
    missed: Vec<(Arc<K>, u64)>,
    gap: bool,
    conflated: u64,
}

impl<K: Eq + Hash> Default for Queue<K> {
    fn default() -> Self {
        let waiting = Waiting {
            topics: HashSet::new(),
            count: 0,
            every: VecDeque::new(),
            newest: VecDeque::new(),
            places: HashMap::new(),
            gone: 0,
            missed: Vec::new(),
            gap: false,
            conflated: 0,
        };
        Self { waiting: Mutex::new(waiting), bell: Notify::new() }
    }
}

impl<K: Eq + Hash> Queue<K> {
    fn waiting(&self) -> MutexGuard<'_, Waiting<K>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that the client wants a topic; false where it did already.
    pub(super) fn want(&self, topic: Arc<K>) -> bool {
        self.waiting().topics.insert(topic)
    }

    /// Forgets a topic and what waits of it; false where the client didn't want it.
    pub(super) fn leave(&self, topic: &K) -> bool {
        let mut waiting = self.waiting();
        if !waiting.topics.remove(topic) {
            return false;
        }
        waiting.every.retain(|(_, of, _)| **of != *topic);
        waiting.newest.retain(|(_, of, ..)| **of != *topic);
        waiting.missed.retain(|(of, _)| **of != *topic);
        waiting.find_places();
        true
    }

    pub(super) fn wants(&self, topic: &K) -> bool {
        self.waiting().topics.contains(topic)
    }

    pub(super) fn topic_count(&self) -> usize {
        self.waiting().topics.len()
    }

    pub(super) fn take_topics(&self) -> HashSet<Arc<K>> {
        std::mem::take(&mut self.waiting().topics)
    }

    /// Puts an event at the end, or in the place of the state that it replaces. By way of a `wide`
    /// topic nothing comes of which the client wants the topic itself: that comes by its own way.
    pub(super) fn push(&self, topic: &Arc<K>, weight: Weight, text: &Utf8Bytes, wide: bool) {
        let mut waiting = self.waiting();
        if wide && waiting.topics.contains(topic) {
            return;
        }
        match weight {
            Weight::Every => waiting.push_every(topic, text),
            Weight::Newest(place) => waiting.push_newest(topic, place, text),
        }
        drop(waiting);
        self.bell.notify_one();
    }

    /// Notes that something may be missing, for a client that wants anything.
    pub(super) fn gap(&self) {
        let mut waiting = self.waiting();
        if !waiting.topics.is_empty() {
            waiting.gap = true;
            drop(waiting);
            self.bell.notify_one();
        }
    }

    /// What is to be sent next: what was missed first, then at most `most` events in their order.
    pub(super) fn drain(&self, most: usize) -> Vec<Sent<K>> {
        let mut waiting = self.waiting();
        let mut out = Vec::new();
        if std::mem::take(&mut waiting.gap) {
            out.push(Sent::Gap);
        }
        let missed: u64 = waiting.missed.iter().map(|(_, count)| count).sum();
        metrics::counter!("chandlery_stream_messages_missed_total").increment(missed);
        let conflated = std::mem::take(&mut waiting.conflated);
        metrics::counter!("chandlery_streams_conflated_total").increment(conflated);
        out.extend(waiting.missed.drain(..).map(|(topic, count)| Sent::Missed(topic, count)));
        for _ in 0..most {
            let Some(text) = waiting.pop() else { break };
            out.push(Sent::Text(text));
        }
        // After a burst the room is given back; one client's would be nothing, a thousand's is.
        if waiting.every.is_empty() && waiting.every.capacity() > 256 {
            waiting.every = VecDeque::new();
        }
        out
    }

    pub(super) fn is_empty(&self) -> bool {
        let waiting = self.waiting();
        !waiting.gap
            && waiting.missed.is_empty()
            && waiting.every.is_empty()
            && waiting.newest.is_empty()
    }
}

impl<K: Eq + Hash> Waiting<K> {
    fn push_every(&mut self, topic: &Arc<K>, text: &Utf8Bytes) {
        if self.every.len() == MOST_EVERY
            && let Some((_, oldest, _)) = self.every.pop_front()
        {
            self.miss(oldest);
        }
        self.count += 1;
        self.every.push_back((self.count, Arc::clone(topic), text.clone()));
    }

    fn push_newest(&mut self, topic: &Arc<K>, place: i64, text: &Utf8Bytes) {
        let key = (Arc::clone(topic), place);
        if let Some(at) = self.places.get(&key)
            && let Some(held) = self.newest.get_mut((at - self.gone) as usize)
        {
            held.3 = text.clone();
            self.conflated += 1;
            return;
        }
        if self.newest.len() == MOST_NEWEST
            && let Some((oldest, _)) = self.pop_newest()
        {
            self.miss(oldest);
        }
        self.places.insert(key, self.gone + self.newest.len() as u64);
        self.count += 1;
        self.newest.push_back((self.count, Arc::clone(topic), place, text.clone()));
    }

    fn pop(&mut self) -> Option<Utf8Bytes> {
        let every = self.every.front().map(|item| item.0);
        let newest = self.newest.front().map(|item| item.0);
        match (every, newest) {
            (Some(every), Some(newest)) if newest < every => self.pop_newest().map(|item| item.1),
            (Some(_), _) => self.every.pop_front().map(|item| item.2),
            (None, _) => self.pop_newest().map(|item| item.1),
        }
    }

    fn pop_newest(&mut self) -> Option<(Arc<K>, Utf8Bytes)> {
        let (_, topic, place, text) = self.newest.pop_front()?;
        self.gone += 1;
        let key = (topic, place);
        self.places.remove(&key);
        Some((key.0, text))
    }

    fn miss(&mut self, topic: Arc<K>) {
        match self.missed.iter_mut().find(|(of, _)| *of == topic) {
            Some((_, count)) => *count += 1,
            None => self.missed.push((topic, 1)),
        }
    }

    fn find_places(&mut self) {
        self.gone = 0;
        let places = self.newest.iter().enumerate();
        self.places = places.map(|(at, item)| ((Arc::clone(&item.1), item.2), at as u64)).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn queue(topics: &[&str]) -> (Queue<String>, Vec<Arc<String>>) {
        let queue = Queue::default();
        let topics: Vec<_> = topics.iter().map(|topic| Arc::new((*topic).to_owned())).collect();
        for topic in &topics {
            assert!(queue.want(Arc::clone(topic)));
        }
        (queue, topics)
    }

    fn texts(queue: &Queue<String>) -> Vec<String> {
        let sent = queue.drain(usize::MAX).into_iter();
        sent.map(|sent| match sent {
            Sent::Text(text) => text.to_string(),
            Sent::Missed(topic, count) => format!("missed {count} of {topic}"),
            Sent::Gap => "gap".to_owned(),
        })
        .collect()
    }

    #[test]
    fn the_newest_state_takes_the_place_of_the_one_before() {
        let (queue, topics) = queue(&["price", "candle", "tick"]);
        let [price, candle, tick] = [&topics[0], &topics[1], &topics[2]];
        let push =
            |topic, weight, text: &'static str| queue.push(topic, weight, &text.into(), false);
        push(price, Weight::Newest(0), "p1");
        push(tick, Weight::Every, "t1");
        push(candle, Weight::Newest(60), "c60");
        push(price, Weight::Newest(0), "p2");
        push(tick, Weight::Every, "t2");
        push(candle, Weight::Newest(120), "c120");
        push(candle, Weight::Newest(60), "c60 again");
        assert_eq!(texts(&queue), ["p2", "t1", "c60 again", "t2", "c120"]);
        push(price, Weight::Newest(0), "p3");
        push(candle, Weight::Newest(120), "c120 again");
        assert_eq!(texts(&queue), ["p3", "c120 again"]);
        assert!(queue.is_empty());
    }

    #[test]
    fn of_trades_the_oldest_go_and_are_told() {
        let (queue, topics) = queue(&["a", "b", "price"]);
        for n in 0..MOST_EVERY + 6 {
            let topic = &topics[n % 2];
            queue.push(topic, Weight::Every, &n.to_string().into(), false);
            queue.push(&topics[2], Weight::Newest(0), &format!("price {n}").into(), false);
        }
        queue.push(&topics[0], Weight::Every, &"last".into(), false);
        let texts = texts(&queue);
        assert_eq!(texts[..3], ["missed 4 of a", "missed 3 of b", "price 2053"]);
        assert_eq!((texts[3].as_str(), texts.len()), ("7", 3 + MOST_EVERY));
        assert_eq!(texts.last().map(String::as_str), Some("last"));
    }

    #[test]
    fn what_is_left_is_not_sent_any_more() {
        let (queue, topics) = queue(&["a", "b"]);
        for topic in &topics {
            queue.push(topic, Weight::Every, &topic.as_str().into(), false);
            queue.push(topic, Weight::Newest(0), &format!("{topic} state").into(), false);
        }
        assert!(queue.leave(&topics[0]) && !queue.leave(&topics[0]));
        queue.push(&topics[1], Weight::Newest(0), &"b newer".into(), false);
        queue.gap();
        assert_eq!(texts(&queue), ["gap", "b", "b newer"]);
    }
}
