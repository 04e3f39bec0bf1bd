//! The ledger by its public face: commands in, books out.

mod freqtrade;
mod long;
mod money;
mod orders;
mod performance;
mod positions;
mod properties;
mod stored;

use domain::ledger::{
    AccountEvent, Book, Context, Corrupt, Event, Fee, Fill, Liquidity, Metadata, Mode, Order,
    OrderEvent, OrderKind, Position, PositionKey, Refusal, Side, Tags, Terms, TimeInForce, Trade,
};
use domain::market::SymbolRules;
use domain::{Amount, Decimal, Time, parse_decimal};
use uuid::Uuid;

fn dec(text: &str) -> Decimal {
    parse_decimal(text).expect(text)
}

fn amount(text: &str) -> Amount {
    text.parse().expect(text)
}

fn id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Rules of a symbol without any, but that it is traded.
fn free(code: &str, base: &str, quote: &str) -> SymbolRules {
    SymbolRules {
        code: code.into(),
        base: base.into(),
        quote: quote.into(),
        price_precision: None,
        quantity_precision: None,
        tick_size: None,
        lot_size: None,
        min_quantity: None,
        min_notional: None,
        active: true,
        listed_at: None,
        raw: "{}".into(),
    }
}

fn btc() -> SymbolRules {
    SymbolRules {
        tick_size: Some(dec("0.01")),
        lot_size: Some(dec("0.0001")),
        min_quantity: Some(dec("0.001")),
        min_notional: Some(dec("5")),
        ..free("BTCUSDT", "BTC", "USDT")
    }
}

/// A market order on spot in BTCUSDT.
fn market(side: Side, quantity: &str) -> Terms {
    Terms {
        account: id(1),
        bot: Some(id(2)),
        client_order_id: "a:1/b.c-d_e".into(),
        symbol: "binance:BTCUSDT".parse().expect("a symbol"),
        mode: Mode::Spot,
        side,
        kind: OrderKind::Market,
        time_in_force: TimeInForce::Gtc,
        quantity: Some(dec(quantity)),
        quote_quantity: None,
        limit_price: None,
        stop_price: None,
        trail: None,
        reduce_only: false,
        leverage: Decimal::ONE,
        tags: Tags::default(),
        exchange_metadata: Metadata::parse(r#"{"selfTradePreventionMode":"NONE"}"#)
            .expect("an object"),
    }
}

fn limit(side: Side, quantity: &str, price: &str) -> Terms {
    Terms { kind: OrderKind::Limit, limit_price: Some(dec(price)), ..market(side, quantity) }
}

fn fill(trade: &str, price: &str, quantity: &str, fees: &[(&str, &str)]) -> Fill {
    let (price, quantity) = (dec(price), dec(quantity));
    let fee = |(value, asset): &(&str, &str)| Fee { asset: (*asset).into(), amount: amount(value) };
    Fill {
        venue_trade_id: trade.into(),
        price,
        quantity,
        quote: Amount::product(price, quantity),
        fees: fees.iter().map(fee).collect(),
        liquidity: Liquidity::Unknown,
        time: Time::from_millis(1_724_593_845_000).expect("a time"),
        venue_profit: None,
    }
}

fn filled(trade: &str, price: &str, quantity: &str, fees: &[(&str, &str)]) -> OrderEvent {
    OrderEvent::Filled { fill: fill(trade, price, quantity, fees) }
}

/// Funding of the bot that [`market`] orders are for.
fn funding(asset: &str, value: &str) -> AccountEvent {
    AccountEvent::FundingPaid {
        bot: Some(id(2)),
        symbol: "binance:BTCUSDT".parse().expect("a symbol"),
        asset: asset.into(),
        amount: amount(value),
        time: Time::default(),
    }
}

/// A book, and the events that made it.
#[derive(Default)]
struct Desk {
    book: Book,
    events: Vec<Event>,
}

impl Desk {
    fn take(&mut self, event: Event) -> Result<(), Corrupt> {
        self.book.apply(&event)?;
        self.events.push(event);
        Ok(())
    }

    /// Places an order under the next id, with what the book holds as its context.
    fn place(&mut self, terms: Terms, rules: &SymbolRules) -> Result<Uuid, Refusal> {
        let order = id(1_000 + self.book.orders.len() as u128);
        let key = PositionKey {
            account: terms.account,
            bot: terms.bot,
            symbol: terms.symbol.clone(),
            mode: terms.mode,
        };
        let position = self.book.position(&key).map(Position::signed).unwrap_or_default();
        let context = Context { rules: Some(rules), position, ..Context::default() };
        let event = Order::place(terms, &context)?;
        self.take(Event::Order { order, event }).expect("what was decided");
        Ok(order)
    }

    /// Decides and takes in; gives the names of the events.
    fn command(
        &mut self,
        order: Uuid,
        command: OrderEvent,
        context: &Context<'_>,
    ) -> Result<Vec<&'static str>, Refusal> {
        let events = self.book.orders[&order].decide(command, context)?;
        let names = events.iter().map(OrderEvent::kind).collect();
        for event in events {
            self.take(Event::Order { order, event }).expect("what was decided");
        }
        Ok(names)
    }

    fn tell(&mut self, order: Uuid, command: OrderEvent) -> Result<Vec<&'static str>, Refusal> {
        self.command(order, command, &Context::default())
    }

    /// An order that is placed, sent and filled at once.
    fn trade(&mut self, terms: Terms, price: &str, fees: &[(&str, &str)]) -> Uuid {
        let rules = free(terms.symbol.code(), "BTC", "USDT");
        let quantity = terms.quantity.expect("a quantity").to_string();
        let order = self.place(terms, &rules).expect("fine terms");
        self.tell(order, OrderEvent::Submitted {}).expect("a new order");
        self.tell(order, filled("t1", price, &quantity, fees)).expect("a fill that fits");
        order
    }

    fn account(&mut self, account: Uuid, event: AccountEvent) -> Result<(), Corrupt> {
        self.take(Event::Account { account, event })
    }

    /// Every position, oldest first as far as time tells.
    fn positions(&self) -> Vec<&Position> {
        self.book.positions.values().collect()
    }

    /// The only trade that is open, or closed.
    fn only(&self, closed: bool) -> (Position, Trade) {
        let mut found = self.positions();
        found.retain(|position| position.is_open() != closed);
        assert_eq!(found.len(), 1, "{found:?}");
        (found[0].clone(), Trade::of(found[0]).expect("sums that fit"))
    }
}
