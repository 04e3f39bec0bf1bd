//! The numbers that a venue's adapter tells of itself.

use metrics::{
    Counter, counter, describe_counter, describe_gauge, describe_histogram, gauge, histogram,
};

/// Says what the numbers mean; to be called once, when the recorder is there.
pub fn describe_metrics() {
    describe_counter!(
        "chandlery_venue_messages_total",
        "Messages of a venue's stream, by what they told; kind=\"malformed\" could not be understood"
    );
    describe_counter!("chandlery_venue_reconnects_total", "Lost connections to a venue's stream");
    describe_counter!(
        "chandlery_venue_requests_total",
        "Requests to a venue, by endpoint and outcome"
    );
    describe_histogram!("chandlery_venue_request_seconds", "Time until a venue's answer is read");
    describe_gauge!(
        "chandlery_venue_weight_used",
        "Request weight of the last minute, as the venue counts it"
    );
    describe_gauge!("chandlery_venue_connected", "Open connections to a venue's stream");
    describe_gauge!("chandlery_venue_subscribed", "Symbols that a venue's stream was asked for");
}

/// Counters of one connection's messages, looked up once.
pub(super) struct Messages {
    pub(super) tick: Counter,
    pub(super) candle: Counter,
    pub(super) book: Counter,
    pub(super) other: Counter,
}

impl Messages {
    pub(super) fn of(venue: &str) -> Self {
        let kind = |kind: &'static str| counter!("chandlery_venue_messages_total", "venue" => venue.to_owned(), "kind" => kind);
        Self {
            tick: kind("tick"),
            candle: kind("candle"),
            book: kind("book"),
            other: kind("other"),
        }
    }
}

pub(super) fn reconnected(venue: &str) {
    counter!("chandlery_venue_reconnects_total", "venue" => venue.to_owned()).increment(1);
}

pub(super) fn requested(venue: &str, endpoint: &'static str, outcome: &'static str, seconds: f64) {
    let labels = [("venue", venue.to_owned()), ("endpoint", endpoint.to_owned())];
    histogram!("chandlery_venue_request_seconds", &labels).record(seconds);
    let [venue, endpoint] = labels;
    let labels = [venue, endpoint, ("outcome", outcome.to_owned())];
    counter!("chandlery_venue_requests_total", &labels).increment(1);
}

pub(super) fn weight_used(venue: &str, weight: u32) {
    gauge!("chandlery_venue_weight_used", "venue" => venue.to_owned()).set(f64::from(weight));
}

/// A gauge that is one higher while this lives.
pub(super) struct Held {
    gauge: metrics::Gauge,
    count: f64,
}

impl Held {
    pub(super) fn connection(venue: &str) -> Self {
        let gauge = gauge!("chandlery_venue_connected", "venue" => venue.to_owned());
        gauge.increment(1.0);
        Self { gauge, count: 1.0 }
    }

    pub(super) fn subscriptions(venue: &str) -> Self {
        let gauge = gauge!("chandlery_venue_subscribed", "venue" => venue.to_owned());
        Self { gauge, count: 0.0 }
    }

    pub(super) fn set(&mut self, count: usize) {
        let count = count as f64;
        self.gauge.increment(count - self.count);
        self.count = count;
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.gauge.decrement(self.count);
    }
}
