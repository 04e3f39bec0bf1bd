//! What is held, what it cost, and what came of it: average cost, with FIFO lots beside it.
//!
//! A position is a fold of its fills and funding in the order of the record; it has no events of its
//! own. It begins with the fill that opens it and ends with the one that makes it flat.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use super::piece::Piece;
use super::{Corrupt, Fill, Mode, Order, Side, Tags};
use crate::market::SymbolName;
use crate::number::{Amount, Decimal, MAX_SCALE};
use crate::text;
use crate::time::Time;

/// What fills must share to add up to one position.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PositionKey {
    /// The venue account.
    pub account: Uuid,
    /// The bot.
    pub bot: Option<Uuid>,
    /// What is traded.
    pub symbol: SymbolName,
    /// Spot or margin; what is held of the one doesn't close the other.
    pub mode: Mode,
}

impl PositionKey {
    /// The key that an order's fills have.
    #[must_use]
    pub fn of(order: &Order) -> Self {
        let terms = &order.terms;
        let (account, bot, mode) = (terms.account, terms.bot, terms.mode);
        Self { account, bot, symbol: terms.symbol.clone(), mode }
    }
}

/// Which way of the price a position gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Up.
    Long,
    /// Down.
    Short,
}

impl Direction {
    /// A gain of a long position as this one has it.
    fn signed(self, gain: Amount) -> Amount {
        match self {
            Self::Long => gain,
            Self::Short => -gain,
        }
    }
}

/// What one fill brought into a position and is still there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lot {
    /// At which price.
    #[serde(with = "text::decimal")]
    pub price: Decimal,
    /// Units of base.
    pub quantity: Amount,
}

/// All that made a position larger, or all that made it smaller.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leg {
    /// Units of base.
    pub quantity: Amount,
    /// Price × quantity.
    pub value: Amount,
    /// Its fees in quote, and those in base at the price of their fill.
    pub fees: Amount,
}

/// A position, open or closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Position {
    /// Made from its key and the fill that opened it, so that every replay gives the same.
    pub id: Uuid,
    /// Whose it is, and of what.
    pub key: PositionKey,
    /// The asset that is held.
    pub base: String,
    /// The asset that profit is counted in.
    pub quote: String,
    /// Long or short.
    pub direction: Direction,
    /// That of the order that opened it.
    #[serde(with = "text::decimal")]
    pub leverage: Decimal,
    /// Units of base that are held; without sign, 0 once closed.
    pub quantity: Amount,
    /// What they cost, without fees.
    pub cost: Amount,
    /// The same by fills, oldest first.
    pub lots: VecDeque<Lot>,
    /// The most that was held.
    pub largest: Amount,
    /// All entries.
    pub entries: Leg,
    /// All exits.
    pub exits: Leg,
    /// Gross profit by average cost, in quote. Of a closed position exactly what exits gave more than
    /// entries took.
    pub realised: Amount,
    /// Gross profit of the oldest lots first; the same once closed.
    pub realised_fifo: Amount,
    /// All fees by asset, those in quote and base too.
    pub fees: BTreeMap<String, Amount>,
    /// Funding received, less what was paid, in quote.
    pub funding: Amount,
    /// The tags of the order that opened it.
    pub opened_by: Tags,
    /// The tags of the last order that made it smaller.
    pub closed_by: Tags,
    /// When its first fill was.
    pub opened_at: Time,
    /// When it became flat.
    pub closed_at: Option<Time>,
}

/// What a fill did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traded {
    /// The positions that it changed: one, or where it went through zero the closed and the new one.
    pub positions: Vec<Position>,
    /// Gross profit by average cost that it realised.
    pub realised: Amount,
}

pub(super) fn exact<T>(value: Option<T>, what: &'static str) -> Result<T, Corrupt> {
    value.ok_or(Corrupt::Inexact { what })
}

fn add(sum: &mut Amount, more: Amount, what: &'static str) -> Result<(), Corrupt> {
    *sum = exact(sum.checked_add(more), what)?;
    Ok(())
}

/// Takes a fill into the open position of its key, if there is one; a closed one is let be.
///
/// A fee in base of a spot fill changes what is held: of a buy less comes in, of a sale more goes out.
/// It is counted as base that was traded at the fill's price and paid away.
///
/// # Errors
/// [`Corrupt::Inexact`] where a figure passes 5 × 10^40.
pub fn trade(open: Option<Position>, order: &Order, fill: &Fill) -> Result<Traded, Corrupt> {
    let (piece, side) = Piece::of(order, fill)?;
    let direction = if side == Side::Buy { Direction::Long } else { Direction::Short };
    let Some(mut position) = open.filter(Position::is_open) else {
        let opened = Position::open(direction, order, fill, piece)?;
        return Ok(Traded { positions: vec![opened], realised: Amount::ZERO });
    };
    if position.direction == direction {
        position.enter(&piece)?;
        return Ok(Traded { positions: vec![position], realised: Amount::ZERO });
    }
    let (closing, opening) = piece.split(position.quantity)?;
    let before = position.realised;
    position.exit(&closing, fill.time)?;
    position.closed_by = order.terms.tags.clone();
    let realised = exact(position.realised.checked_sub(before), "realised profit")?;
    let mut positions = vec![position];
    if let Some(opening) = opening {
        positions.push(Position::open(direction, order, fill, opening)?);
    }
    Ok(Traded { positions, realised })
}

impl Position {
    fn open(
        direction: Direction,
        order: &Order,
        fill: &Fill,
        piece: Piece,
    ) -> Result<Self, Corrupt> {
        let key = PositionKey::of(order);
        let mut position = Self {
            id: position_id(&key, order.id, &fill.venue_trade_id),
            key,
            base: order.base.clone(),
            quote: order.quote.clone(),
            direction,
            leverage: order.terms.leverage,
            quantity: Amount::ZERO,
            cost: Amount::ZERO,
            lots: VecDeque::new(),
            largest: Amount::ZERO,
            entries: Leg::default(),
            exits: Leg::default(),
            realised: Amount::ZERO,
            realised_fifo: Amount::ZERO,
            fees: BTreeMap::new(),
            funding: Amount::ZERO,
            opened_by: order.terms.tags.clone(),
            closed_by: Tags::default(),
            opened_at: fill.time,
            closed_at: None,
        };
        position.enter(&piece)?;
        Ok(position)
    }

    fn enter(&mut self, piece: &Piece) -> Result<(), Corrupt> {
        let value = piece.value(piece.quantity)?;
        add(&mut self.quantity, piece.quantity, "quantity")?;
        add(&mut self.cost, value, "cost")?;
        self.lots.push_back(Lot { price: piece.price, quantity: piece.quantity });
        self.largest = self.largest.max(self.quantity);
        self.entries.add(piece, value)?;
        self.charge(piece)
    }

    /// Makes it smaller by a piece that is no larger than it.
    fn exit(&mut self, piece: &Piece, time: Time) -> Result<(), Corrupt> {
        let value = piece.value(piece.quantity)?;
        // The share is rounded, and what rounding leaves stays in the cost: the last exit takes it all,
        // so that no cent is lost or made.
        let share = exact(self.cost.share(piece.quantity, self.quantity, MAX_SCALE), "cost")?;
        let gain = exact(value.checked_sub(share), "realised profit")?;
        add(&mut self.realised, self.direction.signed(gain), "realised profit")?;
        add(&mut self.cost, -share, "cost")?;
        add(&mut self.quantity, -piece.quantity, "quantity")?;
        let mut left = piece.quantity;
        while left > Amount::ZERO {
            let lot = exact(self.lots.front_mut(), "lots")?;
            let taken = left.min(lot.quantity);
            let bought = exact(taken.checked_times(lot.price), "cost of a lot")?;
            let gain = exact(piece.value(taken)?.checked_sub(bought), "realised profit")?;
            add(&mut left, -taken, "quantity")?;
            add(&mut lot.quantity, -taken, "quantity")?;
            if lot.quantity == Amount::ZERO {
                self.lots.pop_front();
            }
            add(&mut self.realised_fifo, self.direction.signed(gain), "realised profit")?;
        }
        if self.quantity == Amount::ZERO {
            self.closed_at = Some(time);
        }
        self.exits.add(piece, value)?;
        self.charge(piece)
    }

    fn charge(&mut self, piece: &Piece) -> Result<(), Corrupt> {
        for (asset, amount) in &piece.fees {
            add(self.fees.entry(asset.clone()).or_default(), *amount, "fees")?;
        }
        Ok(())
    }

    /// Takes a payment of funding in; negative where the position paid. What comes after the end
    /// belongs to the position that ended.
    ///
    /// # Errors
    /// [`Corrupt::Inexact`] where the sum passes 5 × 10^40.
    pub fn fund(&mut self, amount: Amount) -> Result<(), Corrupt> {
        add(&mut self.funding, amount, "funding")
    }

    /// Whether something is held.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.closed_at.is_none()
    }

    /// What is held, negative when short.
    #[must_use]
    pub fn signed(&self) -> Amount {
        self.direction.signed(self.quantity)
    }

    /// Average price of what is held, rounded to 18 digits after the point; `None` when flat.
    #[must_use]
    pub fn average_price(&self) -> Option<Amount> {
        crate::quotient(self.cost, self.quantity, MAX_SCALE)
    }

    /// What would be realised at a price, before fees; `None` past 5 × 10^40.
    #[must_use]
    pub fn unrealised(&self, mark: Decimal) -> Option<Amount> {
        let worth = self.quantity.checked_times(mark)?;
        worth.checked_sub(self.cost).map(|gain| self.direction.signed(gain))
    }

    /// The price at which an isolated margin position is closed by its venue, rounded to 18 digits after
    /// the point; `None` on spot, when flat, and where no price above zero does.
    ///
    /// `maintenance_rate` and `maintenance_amount` are those of the venue's bracket for this size.
    /// With margin = cost / leverage and s = 1 when long, −1 when short it is
    /// `(margin + maintenance_amount − s × cost) / (quantity × (maintenance_rate − s))`: Binance's formula
    /// (<https://www.binance.com/en/support/faq/b3c689c1f50a44cabb3a84e663b81d93>) without other
    /// positions, as freqtrade has it in `Binance.dry_run_liquidation_price`, less its
    /// `liquidation_buffer`.
    #[must_use]
    pub fn liquidation_price(
        &self,
        maintenance_rate: Decimal,
        maintenance_amount: Amount,
    ) -> Option<Amount> {
        if self.key.mode == Mode::Spot || !self.is_open() {
            return None;
        }
        // Both sides times leverage and its scale, in whole numbers, so that only the division rounds.
        let (times, unit) = (self.leverage.mantissa(), 10i128.pow(self.leverage.scale()));
        let own = maintenance_amount.checked_sub(self.direction.signed(self.cost))?;
        let above = own.checked_mul(times)?.checked_add(self.cost.checked_mul(unit)?)?;
        let rate = match self.direction {
            Direction::Long => maintenance_rate.checked_sub(Decimal::ONE)?,
            Direction::Short => maintenance_rate.checked_add(Decimal::ONE)?,
        };
        let below = self.quantity.checked_times(rate)?.checked_mul(times)?;
        crate::quotient(above, below, MAX_SCALE).filter(|price| *price > Amount::ZERO)
    }
}

impl Leg {
    fn add(&mut self, piece: &Piece, value: Amount) -> Result<(), Corrupt> {
        add(&mut self.quantity, piece.quantity, "quantity")?;
        add(&mut self.value, value, "value")?;
        add(&mut self.fees, piece.fees_in_quote, "fees")
    }

    /// Volume-weighted price, rounded to 18 digits after the point; `None` of nothing.
    #[must_use]
    pub fn price(&self) -> Option<Amount> {
        crate::quotient(self.value, self.quantity, MAX_SCALE)
    }
}

/// A UUID of version 8 from BLAKE3. Names come with their length, so that no two keys read the same.
fn position_id(key: &PositionKey, order: Uuid, venue_trade_id: &str) -> Uuid {
    let mut hasher = blake3::Hasher::new();
    hasher.update(key.account.as_bytes());
    hasher.update(key.bot.unwrap_or_default().as_bytes());
    let symbol = key.symbol.to_string();
    for name in [&symbol, venue_trade_id] {
        hasher.update(&(name.len() as u64).to_be_bytes()).update(name.as_bytes());
    }
    hasher.update(order.as_bytes());
    let mut bytes = [0; 16];
    hasher.finalize_xof().fill(&mut bytes);
    Builder::from_custom_bytes(bytes).into_uuid()
}

impl Direction {
    /// Its name, as in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Long => "long",
            Self::Short => "short",
        }
    }
}
