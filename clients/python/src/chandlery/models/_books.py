"""What is told of what came of orders."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

__all__ = ["Balance", "Explanation", "ExplanationLine", "ExplanationTotal", "LedgerEntry", "Position", "RoundTrip"]


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
    #: The symbol's latest price, of an open position; ``mark_missing`` says why there is none.
    mark_price: Decimal | None
    mark_time: datetime | None
    mark_age_s: int | None
    mark_missing: str | None
    #: What it would win at ``mark_price``, before fees.
    unrealised_pnl: Decimal | None
    #: The same over the margin.
    unrealised_ratio: Decimal | None
    #: Of isolated margin, where ``maintenance_rate`` was given.
    liquidation_price: Decimal | None


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
    #: Fees in other assets than base and quote, by asset; not in ``net_pnl``.
    other_fees: dict[str, Decimal]


@dataclass(frozen=True)
class Balance:
    """What an account has of an asset."""

    asset: str
    cash: Decimal
    #: Held back for orders.
    held: Decimal


@dataclass(frozen=True)
class LedgerEntry:
    """A posting: what a purse of an account gained by an event. The lines of an event add up to nothing in every asset."""

    #: The event's place among all of the ledger.
    event: int
    line: int
    #: deposited, withdrawn, reserved, released, filled or funding_paid.
    kind: str
    account: UUID
    bot: UUID | None
    #: cash, held, market, profit, fees, funding or external.
    purse: str
    asset: str
    #: Negative where the purse gave.
    amount: Decimal
    order: UUID | None
    client_order_id: str | None
    venue_trade_id: str | None
    symbol: str | None
    time: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class ExplanationLine:
    """What one event added to the profit of a position."""

    event: int
    #: fill, fee or funding.
    kind: str
    position: UUID
    symbol: str
    #: What ``profit`` is counted in.
    quote: str
    order: UUID | None
    venue_trade_id: str | None
    #: Of a fill: entry or exit.
    leg: str | None
    price: Decimal | None
    #: Of a fill: by how many units of base the position changed.
    quantity: Decimal | None
    #: Of a fee or funding: so much of this asset came in, negative where it was paid.
    amount: Decimal | None
    asset: str | None
    #: None of a fee in an asset that is neither quote nor base, which is not in the profit.
    profit: Decimal | None
    time: datetime
    recorded_at: datetime


@dataclass(frozen=True)
class ExplanationTotal:
    """The sums of the lines in one quote."""

    quote: str
    gross_pnl: Decimal
    commission: Decimal
    funding: Decimal
    #: Of a position its round trip's ``net_pnl``.
    total: Decimal


@dataclass(frozen=True)
class Explanation:
    """Of what a profit is made."""

    #: None of a period.
    position: UUID | None
    lines: list[ExplanationLine]
    totals: list[ExplanationTotal]
