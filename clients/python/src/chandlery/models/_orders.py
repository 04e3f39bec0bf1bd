"""What is told of orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

__all__ = ["Fee", "Fill", "Order", "OrderEvent", "OrderState", "OwnFill"]


@dataclass(frozen=True)
class Fee:
    """What a trade cost; negative is a rebate."""

    asset: str
    amount: Decimal


@dataclass(frozen=True)
class Fill:
    """A trade of an order."""

    venue_trade_id: str
    price: Decimal
    quantity: Decimal
    #: Price × quantity.
    quote: Decimal
    fees: list[Fee]
    #: maker, taker or unknown.
    liquidity: str
    time: datetime


@dataclass(frozen=True)
class OwnFill(Fill):
    """A trade of an order, and of which one."""

    account: UUID
    bot: UUID | None
    order: UUID
    client_order_id: str
    symbol: str
    side: str


@dataclass(frozen=True)
class Order:
    """An order."""

    id: UUID
    account: UUID
    bot: UUID | None
    client_order_id: str
    venue_order_id: str | None
    symbol: str
    mode: str
    side: str
    kind: str
    #: new, submitted, open, partially_filled, filled, cancel_requested, cancelled, rejected or expired.
    status: str
    quantity: Decimal | None
    quote_quantity: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    trail_distance: Decimal | None
    #: Of the best price.
    trail_percent: Decimal | None
    #: gtc, ioc or fok; None, as of the next two, only where the record is damaged.
    time_in_force: str | None
    reduce_only: bool | None
    leverage: Decimal | None
    filled: Decimal
    filled_quote: Decimal
    strategy: str | None
    entry_logic: str | None
    exit_logic: str | None
    interval: str | None
    exit_reason: str | None
    #: Why it was rejected, in the venue's code.
    reject_code: str | None
    #: Why it was rejected or cancelled.
    reason: str | None
    exchange_metadata: dict[str, Any]
    version: int
    placed_at: datetime
    updated_at: datetime


@dataclass(frozen=True)
class OrderState:
    """What may change of an order, and by what it is known."""

    id: UUID
    account: UUID
    bot: UUID | None
    client_order_id: str
    symbol: str
    mode: str
    side: str
    kind: str
    status: str
    quantity: Decimal | None
    quote_quantity: Decimal | None
    limit_price: Decimal | None
    stop_price: Decimal | None
    filled: Decimal
    filled_quote: Decimal
    #: How many events it has had: what has fewer is older.
    version: int
    updated_at: datetime


@dataclass(frozen=True)
class OrderEvent:
    """What happened to an order."""

    #: Its place among all events of the ledger.
    event: int
    #: Its place in the order's history, from 1.
    version: int
    #: placed, reserved, submitted, accepted, rejected, triggered, amended, cancel_requested, cancelled, expired, filled,
    #: completed or released.
    kind: str
    #: All that it says; times in it are the venue's.
    body: dict[str, Any]
    #: BLAKE3 of the hash before it and of this event.
    hash: str
    recorded_at: datetime
