//! What an order must be before it is sent: complete by its kind, and within the venue's rules.

use super::fill::check_amount;
use super::{Mode, OrderKind, Refusal, Side, Terms, Trail};
use crate::market::SymbolRules;
use crate::number::{Amount, Decimal, MAX_DIGITS, MAX_SCALE};

/// What an order is judged by, besides itself.
#[derive(Debug, Clone, Copy, Default)]
pub struct Context<'a> {
    /// The symbol's rules; `None` where nobody knows the symbol.
    pub rules: Option<&'a SymbolRules>,
    /// Base held of account, bot and symbol, negative when short.
    pub position: Amount,
    /// The latest price, for the value of an order that has none.
    pub price: Option<Decimal>,
    /// What a reservation may take at the most; `None` where balances are not kept.
    pub available: Option<Amount>,
}

/// Refuses what is not a price or quantity: above zero, of 28 digits, 18 of them after the point.
pub(super) fn check_decimal(field: &'static str, value: Decimal) -> Result<(), Refusal> {
    if value <= Decimal::ZERO {
        return Err(Refusal::NotPositive { field, value: value.into() });
    }
    if value.scale() > MAX_SCALE || value.mantissa() >= 10i128.pow(MAX_DIGITS) {
        return Err(Refusal::TooPrecise { field, value });
    }
    Ok(())
}

impl Terms {
    /// What is to be traded: base, or for a market buy by amount, quote.
    pub(super) fn size(&self) -> Amount {
        self.quantity.or(self.quote_quantity).map_or(Amount::ZERO, Amount::from)
    }

    /// Checks everything, for an order of which `filled` is traded already.
    pub(super) fn check(&self, context: &Context<'_>, filled: Amount) -> Result<(), Refusal> {
        self.check_names()?;
        self.check_fields()?;
        self.check_numbers()?;
        self.check_rules(context)?;
        self.check_reduction(context.position, filled)
    }

    fn check_names(&self) -> Result<(), Refusal> {
        let id = &self.client_order_id;
        let fine = |b: u8| b.is_ascii_alphanumeric() || b"_.:/-".contains(&b);
        if id.is_empty() || id.len() > 64 || !id.bytes().all(fine) {
            return Err(Refusal::BadClientOrderId { value: id.chars().take(80).collect() });
        }
        Ok(())
    }

    /// Each kind has its own prices, no more and no fewer.
    fn check_fields(&self) -> Result<(), Refusal> {
        let kind = self.kind.as_str();
        let by_quote = self.quote_quantity.is_some();
        if by_quote && (self.quantity.is_some() || self.side == Side::Sell) {
            let kind = "an order that sells, or that has a quantity,";
            return Err(Refusal::Superfluous { field: "quote_quantity", kind });
        }
        if by_quote && self.reduce_only {
            let kind = "an order that is reduce_only";
            return Err(Refusal::Superfluous { field: "quote_quantity", kind });
        }
        for (field, given, needed) in [
            ("quote_quantity", by_quote, by_quote && self.kind == OrderKind::Market),
            ("quantity", self.quantity.is_some(), !by_quote),
            ("limit_price", self.limit_price.is_some(), self.kind.has_limit()),
            ("stop_price", self.stop_price.is_some(), self.kind.has_stop()),
            ("trail", self.trail.is_some(), self.kind == OrderKind::TrailingStop),
        ] {
            match (given, needed) {
                (false, true) => return Err(Refusal::Missing { field, kind }),
                (true, false) => return Err(Refusal::Superfluous { field, kind }),
                _ => {}
            }
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), Refusal> {
        let trail = self.trail.map(|(Trail::Distance(value) | Trail::Percent(value))| value);
        for (field, value) in [
            ("quantity", self.quantity),
            ("quote_quantity", self.quote_quantity),
            ("limit_price", self.limit_price),
            ("stop_price", self.stop_price),
            ("trail", trail),
            ("leverage", Some(self.leverage)),
        ] {
            value.map_or(Ok(()), |value| check_decimal(field, value))?;
        }
        if let Some(Trail::Percent(value)) = self.trail
            && value >= Decimal::ONE_HUNDRED
        {
            return Err(Refusal::TrailTooFar { value });
        }
        if self.leverage < Decimal::ONE {
            return Err(Refusal::BadLeverage { value: self.leverage });
        }
        if self.mode == Mode::Spot && self.leverage != Decimal::ONE {
            return Err(Refusal::SpotLeverage { value: self.leverage });
        }
        Ok(())
    }

    fn check_rules(&self, context: &Context<'_>) -> Result<(), Refusal> {
        let symbol = || self.symbol.clone();
        let Some(rules) = context.rules else {
            return Err(Refusal::UnknownSymbol { symbol: symbol() });
        };
        if rules.code != self.symbol.code() {
            return Err(Refusal::OtherSymbol { symbol: symbol(), rules: rules.code.clone() });
        }
        if !rules.active {
            return Err(Refusal::InactiveSymbol { symbol: symbol() });
        }
        let distance = match self.trail {
            Some(Trail::Distance(value)) => Some(value),
            _ => None,
        };
        let tick = rules.tick_size.or_else(|| rules.price_precision.and_then(unit));
        for (field, value) in [
            ("limit_price", self.limit_price),
            ("stop_price", self.stop_price),
            ("trail", distance),
        ] {
            if let (Some(value), Some(tick)) = (value, tick)
                && !is_multiple(value, tick)
            {
                return Err(Refusal::OffTick { field, value, tick });
            }
        }
        if let Some(value) = self.quantity {
            let lot = rules.lot_size.or_else(|| rules.quantity_precision.and_then(unit));
            if let Some(lot) = lot.filter(|lot| !is_multiple(value, *lot)) {
                return Err(Refusal::OffLot { field: "quantity", value, lot });
            }
            if let Some(least) = rules.min_quantity.filter(|least| value < *least) {
                return Err(Refusal::BelowMinQuantity { value, least });
            }
        }
        self.check_value(rules, context.price)
    }

    /// The value in quote: by its own price, or by the latest where it has none.
    fn check_value(&self, rules: &SymbolRules, latest: Option<Decimal>) -> Result<(), Refusal> {
        let price = self.limit_price.or(self.stop_price).or(latest);
        let value = match (self.quantity, price) {
            (Some(quantity), Some(price)) => Amount::product(price, quantity),
            (Some(_), None) => return Ok(()),
            (None, _) => self.size(),
        };
        check_amount("price × quantity", &rules.quote, value)?;
        match rules.min_notional.filter(|least| value < Amount::from(*least)) {
            Some(least) => Err(Refusal::BelowMinNotional { value, least }),
            None => Ok(()),
        }
    }

    fn check_reduction(&self, position: Amount, filled: Amount) -> Result<(), Refusal> {
        let mut left = self.size();
        left += -filled;
        let against = match self.side {
            Side::Buy => -position,
            Side::Sell => position,
        };
        if self.reduce_only && left > against {
            return Err(Refusal::NotReducing { quantity: left, position });
        }
        Ok(())
    }
}

/// The least step of numbers with so many digits after the point.
fn unit(places: u8) -> Option<Decimal> {
    Decimal::try_from_i128_with_scale(1, places.into()).ok()
}

fn is_multiple(value: Decimal, step: Decimal) -> bool {
    // In 256 bits, for a decimal's own remainder may not fit into its digits.
    step.is_zero() || Amount::from(value).mantissa() % Amount::from(step).mantissa() == 0
}
