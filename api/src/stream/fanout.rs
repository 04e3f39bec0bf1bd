//! From one event to those who want it: an index from topics to clients, so that an event costs
//! what its own listeners cost, and a queue for each client, so that none waits for another.
//!
//! It knows neither topics nor messages: whoever speaks another protocol over it brings both.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::ws::Utf8Bytes;

use super::queue::{Queue, Sent, Weight};

type Index<K> = HashMap<Arc<K>, Vec<Arc<Queue<K>>>>;

/// Topics of one protocol and their clients. Cheap to clone.
pub(crate) struct Fanout<K>(Arc<RwLock<Index<K>>>);

impl<K> Clone for Fanout<K> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<K> Default for Fanout<K> {
    fn default() -> Self {
        Self(Arc::new(RwLock::new(HashMap::new())))
    }
}

impl<K: Eq + Hash + Clone> Fanout<K> {
    /// A client that wants nothing yet. It is gone when it is dropped.
    pub(crate) fn join(&self) -> Client<K> {
        Client { fanout: self.clone(), queue: Arc::default() }
    }

    /// Whether anybody wants a topic. Rendering an event for nobody would be in vain.
    pub(crate) fn wanted(&self, topic: &K) -> bool {
        self.read(|index| index.contains_key(topic))
    }

    /// Gives an event to everybody who wants its topic, or `wider`, a topic that holds it.
    pub(crate) fn push(&self, topic: &K, wider: Option<&K>, weight: Weight, text: &Utf8Bytes) {
        self.read(|index| {
            let own = index.get_key_value(topic);
            if let Some((topic, clients)) = own {
                clients.iter().for_each(|client| client.push(topic, weight, text, false));
            }
            if let Some(clients) = wider.and_then(|wider| index.get(wider)) {
                let topic = own.map_or_else(|| Arc::new(topic.clone()), |own| Arc::clone(own.0));
                clients.iter().for_each(|client| client.push(&topic, weight, text, true));
            }
        });
    }

    /// Tells everybody that something may be missing.
    pub(crate) fn gap(&self) {
        self.read(|index| index.values().flatten().for_each(|client| client.gap()));
    }

    fn read<T>(&self, look: impl FnOnce(&Index<K>) -> T) -> T {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// One client's place: what it wants, and what it is to be sent.
pub(crate) struct Client<K: Eq + Hash> {
    fanout: Fanout<K>,
    queue: Arc<Queue<K>>,
}

impl<K: Eq + Hash> Client<K> {
    /// From now on, the topic too.
    pub(crate) fn subscribe(&self, topic: K) {
        let mut index = self.fanout.0.write().unwrap_or_else(PoisonError::into_inner);
        let topic = index.get_key_value(&topic).map_or_else(|| Arc::new(topic), |at| at.0.clone());
        if self.queue.want(Arc::clone(&topic)) {
            index.entry(topic).or_default().push(Arc::clone(&self.queue));
        }
    }

    /// Not the topic any more, nor what waits of it; false where it was not subscribed to.
    pub(crate) fn unsubscribe(&self, topic: &K) -> bool {
        let mut index = self.fanout.0.write().unwrap_or_else(PoisonError::into_inner);
        let left = self.queue.leave(topic);
        if left {
            remove(&mut index, topic, &self.queue);
        }
        left
    }

    /// Whether it is subscribed to a topic.
    pub(crate) fn wants(&self, topic: &K) -> bool {
        self.queue.wants(topic)
    }

    /// How many topics it is subscribed to.
    pub(crate) fn topic_count(&self) -> usize {
        self.queue.topic_count()
    }

    /// Waits until something is to be sent. Nothing is lost where the waiting is given up.
    pub(crate) async fn ready(&self) {
        while self.queue.is_empty() {
            self.queue.bell.notified().await;
        }
    }

    /// Takes what is to be sent next, at most so many events.
    pub(crate) fn take(&self, most: usize) -> Vec<Sent<K>> {
        self.queue.drain(most)
    }
}

impl<K: Eq + Hash> Drop for Client<K> {
    fn drop(&mut self) {
        let mut index = self.fanout.0.write().unwrap_or_else(PoisonError::into_inner);
        for topic in self.queue.take_topics() {
            remove(&mut index, &topic, &self.queue);
        }
    }
}

fn remove<K: Eq + Hash>(index: &mut Index<K>, topic: &K, queue: &Arc<Queue<K>>) {
    if let Some(clients) = index.get_mut(topic) {
        clients.retain(|client| !Arc::ptr_eq(client, queue));
        if clients.is_empty() {
            index.remove(topic);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(sent: Vec<Sent<&'static str>>) -> Vec<String> {
        let text = |sent| match sent {
            Sent::Text(text) => text.to_string(),
            other => format!("{other:?}"),
        };
        sent.into_iter().map(text).collect()
    }

    #[test]
    fn an_event_reaches_each_who_wants_it_once() {
        let fanout = Fanout::default();
        let [one, wide, both, none] = [(); 4].map(|()| fanout.join());
        one.subscribe("a");
        wide.subscribe("*");
        both.subscribe("*");
        both.subscribe("a");
        both.subscribe("a");
        none.subscribe("b");
        fanout.push(&"a", Some(&"*"), Weight::Every, &"1".into());
        for client in [&one, &wide, &both] {
            assert_eq!(text(client.take(10)), ["1"]);
        }
        assert!(none.take(10).is_empty());
        assert!(both.unsubscribe(&"a") && !both.unsubscribe(&"a") && !both.wants(&"a"));
        fanout.push(&"a", Some(&"*"), Weight::Newest(0), &"2".into());
        fanout.push(&"c", Some(&"*"), Weight::Newest(0), &"3".into());
        assert_eq!(text(both.take(10)), ["2", "3"]);
        assert_eq!(text(one.take(10)), ["2"]);
    }

    #[test]
    fn nothing_is_left_of_a_client_that_is_gone() {
        let fanout = Fanout::default();
        let client = fanout.join();
        client.subscribe("a");
        assert!(fanout.wanted(&"a") && !fanout.wanted(&"b"));
        drop(client);
        assert!(!fanout.wanted(&"a"));
    }

    #[tokio::test]
    async fn who_waits_hears_of_what_came_before_and_of_a_gap() {
        let fanout = Fanout::default();
        let client = fanout.join();
        fanout.gap();
        client.subscribe("a");
        fanout.push(&"a", None, Weight::Every, &"1".into());
        fanout.gap();
        client.ready().await;
        assert_eq!(text(client.take(10)), ["Gap", "1"]);
        let waiting = tokio::time::timeout(std::time::Duration::from_millis(20), client.ready());
        assert!(waiting.await.is_err());
    }
}
