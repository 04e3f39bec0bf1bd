"""What is told of markets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

__all__ = ["Candle", "Point", "Price", "Symbol", "Tick"]


@dataclass(frozen=True)
class Candle:
    """Open, high, low, close and volume of one interval."""

    open_time: datetime
    close_time: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    #: Units of base.
    volume: Decimal
    #: Units of quote.
    quote_volume: Decimal | None
    trade_count: int | None
    taker_buy_volume: Decimal | None
    #: Whether the interval was over when the server answered.
    closed: bool


@dataclass(frozen=True)
class Tick:
    """One trade of a market."""

    time: datetime
    price: Decimal
    #: Units of base.
    quantity: Decimal
    #: buy or sell: what the taker did.
    side: str | None
    trade_id: str | None
    #: trade or agg_trade.
    kind: str
    received_at: datetime | None

    @property
    def volume(self) -> Decimal:
        """The same as ``quantity``."""
        return self.quantity


@dataclass(frozen=True)
class Price:
    """A symbol's latest price; None where nothing was ever traded."""

    symbol: str
    price: Decimal | None
    time: datetime | None
    #: Whether it is a past played again.
    replay: bool


@dataclass(frozen=True)
class Symbol:
    """A symbol and the rules of its venue, as far as they are known."""

    symbol: str
    venue: str
    code: str
    base: str | None
    quote: str | None
    active: bool
    replay: bool
    tick_size: Decimal | None
    lot_size: Decimal | None
    min_quantity: Decimal | None
    min_notional: Decimal | None
    last_price: Decimal | None
    last_time: datetime | None


@dataclass(frozen=True)
class Point:
    """One point of a measurement."""

    #: To the nanosecond, which a datetime can't hold.
    time: str
    bucket: str
    tags: dict[str, str]
    fields: dict[str, Any]
