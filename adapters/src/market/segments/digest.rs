//! A digest of rows that doesn't depend on how they are encoded: equal digests, equal rows.

use domain::market::{Order, StoredCandle, Tick};
use domain::{Amount, Decimal, Time};

/// Takes rows in, in order.
#[derive(Default)]
pub struct RowDigest {
    hasher: blake3::Hasher,
    row: Vec<u8>,
}

impl RowDigest {
    /// One candle.
    pub fn candle(&mut self, stored: &StoredCandle) {
        let candle = &stored.candle;
        self.time(candle.open_time);
        for price in [candle.open, candle.high, candle.low, candle.close] {
            self.decimal(price);
        }
        self.amount(Some(candle.volume));
        self.amount(candle.quote_volume);
        self.maybe(candle.trade_count.map(i64::to_le_bytes));
        self.amount(candle.taker_buy_volume);
        self.amount(candle.taker_buy_quote_volume);
        self.order(stored.ends.map(|ends| ends.0));
        self.order(stored.ends.map(|ends| ends.1));
        self.time(stored.updated_at);
        self.end();
    }

    /// One tick.
    pub fn tick(&mut self, tick: &Tick) {
        self.order(Some(tick.order()));
        self.decimal(tick.price);
        self.decimal(tick.quantity);
        self.maybe(tick.buyer_is_maker.map(|maker| [u8::from(maker)]));
        self.row.extend_from_slice(&tick.trade_count.to_le_bytes());
        self.maybe(tick.received_at.map(|time| time.micros().to_le_bytes()));
        let id = tick.venue_trade_id.as_deref();
        self.maybe(id.map(|id| id.len().to_le_bytes()));
        self.row.extend_from_slice(id.unwrap_or_default().as_bytes());
        self.end();
    }

    /// The digest of the rows so far.
    #[must_use]
    pub fn finish(&self) -> [u8; 32] {
        *self.hasher.finalize().as_bytes()
    }

    fn end(&mut self) {
        self.hasher.update(&self.row);
        self.row.clear();
    }

    fn time(&mut self, time: Time) {
        self.row.extend_from_slice(&time.micros().to_le_bytes());
    }

    fn order(&mut self, order: Option<Order>) {
        self.maybe(order.map(|order| order.time.micros().to_le_bytes()));
        if let Some(Order { seq, id, .. }) = order {
            self.row.extend_from_slice(&seq.to_le_bytes());
            self.row.extend_from_slice(&id.to_le_bytes());
        }
    }

    /// The value at the scale that every price and quantity fits, so that 1.50 is 1.5.
    fn decimal(&mut self, value: Decimal) {
        self.amount(Some(Amount::from(value)));
    }

    fn amount(&mut self, value: Option<Amount>) {
        self.maybe(value.map(|value| value.mantissa().to_le_bytes()));
    }

    fn maybe<const N: usize>(&mut self, bytes: Option<[u8; N]>) {
        self.row.push(u8::from(bytes.is_some()));
        self.row.extend_from_slice(bytes.as_ref().map_or(&[], <[u8; N]>::as_slice));
    }
}
