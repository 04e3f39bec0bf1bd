"""What is told of what came of orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

__all__ = ["Balance", "Position", "RoundTrip"]


@dataclass(frozen=True)
class Position:
    """A position, from flat to flat."""

    id: UUID
    account: UUID
    bot: UUID | None
    symbol: str
    mode: str
    #: long or short.
    direction: str
    #: open or closed.
    status: str
    quantity: Decimal
    avg_price: Decimal | None
    #: What was won by what is closed, before fees.
    realized_pnl: Decimal
    opened_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True)
class RoundTrip:
    """What a position came to."""

    id: UUID
    account: UUID
    bot: UUID | None
    symbol: str
    direction: str
    status: str
    strategy: str | None
    entry_logic: str | None
    exit_logic: str | None
    exit_reason: str | None
    interval: str | None
    entry_time: datetime
    exit_time: datetime | None
    entry_price: Decimal | None
    exit_price: Decimal | None
    size: Decimal
    commission: Decimal
    funding: Decimal
    gross_pnl: Decimal
    net_pnl: Decimal
    pnl_ratio: Decimal | None


@dataclass(frozen=True)
class Balance:
    """What an account has of an asset."""

    asset: str
    cash: Decimal
    #: Held back for orders.
    held: Decimal
