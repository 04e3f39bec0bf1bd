//! The paper venue: what it does with an order, trade by trade, and what the ledger says to that.

mod funds;
mod properties;
mod rules;

use domain::ledger::{
    Context, Fill, Metadata, Mode, Order, OrderEvent, OrderKind, Side, Tags, Terms, TimeInForce,
};
use domain::market::{SymbolRules, Tick};
use domain::trading::paper::{
    Amendment, Market, PaperOrder, PaperRefusal, PaperSettings, Queue, Slippage, Steps, Tape,
};
use domain::{Amount, Decimal, Time, parse_decimal};
use uuid::Uuid;

fn dec(text: &str) -> Decimal {
    parse_decimal(text).expect(text)
}

fn amount(text: &str) -> Amount {
    text.parse().expect(text)
}

/// A trade so many milliseconds after the beginning.
fn tick(at_ms: i64, price: &str, quantity: &str) -> Tick {
    Tick {
        time: Time::from_millis(1_700_000_000_000 + at_ms).expect("a time"),
        seq: 0,
        trade_id: at_ms,
        price: dec(price),
        quantity: dec(quantity),
        buyer_is_maker: None,
        trade_count: 1,
        received_at: None,
        venue_trade_id: None,
    }
}

fn terms(side: Side, kind: OrderKind, quantity: &str) -> Terms {
    Terms {
        account: Uuid::from_u128(1),
        bot: None,
        client_order_id: "one".into(),
        symbol: "binance:BTCUSDT".parse().expect("a symbol"),
        mode: Mode::Spot,
        side,
        kind,
        time_in_force: TimeInForce::Gtc,
        quantity: Some(dec(quantity)),
        quote_quantity: None,
        limit_price: None,
        stop_price: None,
        trail: None,
        reduce_only: false,
        leverage: Decimal::ONE,
        tags: Tags::default(),
        exchange_metadata: Metadata::default(),
    }
}

fn limit(side: Side, quantity: &str, price: &str) -> Terms {
    Terms { limit_price: Some(dec(price)), ..terms(side, OrderKind::Limit, quantity) }
}

fn steps() -> Steps {
    Steps { tick: dec("0.01"), lot: dec("0.001") }
}

/// No fees, no slippage, nobody before.
fn plain() -> PaperSettings {
    PaperSettings {
        maker_fee: Decimal::ZERO,
        taker_fee: Decimal::ZERO,
        slippage: Slippage::Fixed { bps: Decimal::ZERO },
        queue: Queue::Quote { amount: Decimal::ZERO },
        ..PaperSettings::default()
    }
}

/// An order at the venue and in the ledger, which takes in whatever the venue says.
struct Desk {
    tape: Tape,
    market: Option<Market>,
    settings: PaperSettings,
    position: Amount,
    paper: Option<PaperOrder>,
    ledger: Order,
    told: Vec<OrderEvent>,
    /// Everything that happened to the order in the ledger, with the order after it.
    applied: Vec<(Order, OrderEvent)>,
}

impl Desk {
    /// A venue that has seen these trades, and an order that is on its way.
    fn new(terms: Terms, settings: PaperSettings, before: &[Tick]) -> Self {
        let mut desk = Self::unsent(terms, settings, before);
        desk.tell(OrderEvent::Submitted {});
        desk
    }

    /// The same with an order that is placed only.
    fn unsent(terms: Terms, settings: PaperSettings, before: &[Tick]) -> Self {
        let (tape, market) = Tape::of(before);
        let (base, quote) = ("BTC".to_owned(), "USDT".to_owned());
        let placed = OrderEvent::Placed { terms: Box::new(terms), base, quote };
        let ledger = Order::begin(Uuid::from_u128(7), &placed).expect("placed");
        let (position, told, applied) = (Amount::ZERO, vec![], vec![]);
        Self { tape, market, settings, position, paper: None, ledger, told, applied }
    }

    fn arrive(&mut self) -> Result<(), PaperRefusal> {
        let market = self.market.as_ref();
        let arrived =
            PaperOrder::arrive(&self.ledger, self.settings, steps(), market, &mut self.position);
        let (paper, events) = arrived?;
        self.paper = Some(paper);
        self.take(vec![OrderEvent::Accepted { venue_order_id: "p7".into() }]);
        self.take(events);
        Ok(())
    }

    fn paper(&mut self) -> &mut PaperOrder {
        self.paper.as_mut().expect("it arrived")
    }

    fn see(&mut self, tick: &Tick) {
        let market = self.tape.see(tick);
        self.market = Some(market);
        let mut position = self.position;
        let events = self.paper().see(&market, &mut position);
        self.position = position;
        self.take(events);
    }

    fn amend(&mut self, to: Amendment) -> Result<(), PaperRefusal> {
        let (market, mut position) = (self.market, self.position);
        let events = self.paper().amend(to, market.as_ref(), &mut position)?;
        self.position = position;
        self.take(events);
        Ok(())
    }

    fn cancel(&mut self) {
        let events = self.paper().cancel();
        self.take(events);
    }

    /// The ledger takes in all that the venue tells, by the rules for what it is told.
    fn take(&mut self, events: Vec<OrderEvent>) {
        for event in events {
            self.tell(event.clone());
            self.told.push(event);
        }
    }

    fn tell(&mut self, event: OrderEvent) {
        let rules = SymbolRules {
            code: "BTCUSDT".into(),
            base: "BTC".into(),
            quote: "USDT".into(),
            price_precision: None,
            quantity_precision: None,
            tick_size: Some(steps().tick),
            lot_size: Some(steps().lot),
            min_quantity: None,
            min_notional: None,
            active: true,
            listed_at: None,
            raw: String::new(),
        };
        // What reduce_only means while the order waits is the venue's business.
        let position = match self.ledger.terms.side {
            Side::Buy => amount("-1e9"),
            Side::Sell => amount("1e9"),
        };
        let context = Context { rules: Some(&rules), position, ..Context::default() };
        let decided = self.ledger.decide(event.clone(), &context);
        for event in decided.unwrap_or_else(|refused| panic!("{event:?}: {refused}")) {
            self.ledger.apply(&event).expect("it was decided");
            self.applied.push((self.ledger.clone(), event));
        }
    }

    fn fills(&self) -> Vec<&Fill> {
        let fill = |event: &'_ OrderEvent| matches!(event, OrderEvent::Filled { .. });
        let fills = self.told.iter().filter(|event| fill(event));
        fills
            .map(|event| match event {
                OrderEvent::Filled { fill } => fill,
                _ => unreachable!("filtered"),
            })
            .collect()
    }

    /// What was told, in short: `40000 x 0.1` for a fill, its name for everything else.
    fn said(&self) -> Vec<String> {
        let say = |event: &OrderEvent| match event {
            OrderEvent::Filled { fill } => format!("{} x {}", fill.price, fill.quantity),
            event => event.kind().to_owned(),
        };
        self.told.iter().map(say).collect()
    }
}
