"""What is told of profit, equity and everything that somebody has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

__all__ = [
    "AccountWorth", "AssetWorth", "BotWorth", "Equity", "EquityPoint", "Exposure", "Performance", "PerformanceGroup",
    "Portfolio", "Snapshot", "Snapshots", "Unconverted",
]


@dataclass(frozen=True)
class PerformanceGroup:
    """Closed trades that have something in common."""

    #: What ``group_by`` names and its value; None without it.
    key: dict[str, str | None] | None
    trades: int
    wins: int
    losses: int
    draws: int
    #: wins / trades.
    win_rate: float | None
    gross_pnl: Decimal
    #: gross_pnl − commission + funding.
    net_pnl: Decimal
    commission: Decimal
    funding: Decimal
    #: Fees in other assets, by asset; not in ``net_pnl``.
    other_fees: dict[str, Decimal]
    #: By whose definition, then by name: ``metrics["empyrical"]["sharpe_empyrical"]``. None is no number.
    metrics: dict[str, dict[str, float | None]]


@dataclass(frozen=True)
class Unconverted:
    """Trades of which the profit is not known in the currency."""

    symbol: str
    quote: str
    trades: int
    #: In quote.
    net_pnl: Decimal


@dataclass(frozen=True)
class Performance:
    """How well something traded."""

    currency: str
    from_: datetime | None
    to: datetime | None
    starting_balance: Decimal
    #: The most profitable first.
    groups: list[PerformanceGroup]
    #: Trades that are in no group.
    unconverted: list[Unconverted]


@dataclass(frozen=True)
class EquityPoint:
    """What something was worth at a time."""

    time: datetime
    equity: Decimal
    #: Since the first point.
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    #: How far equity is below its highest so far.
    drawdown: Decimal
    drawdown_ratio: float | None
    #: Assets and symbols that are left out here, for want of a price.
    unpriced: list[str]


@dataclass(frozen=True)
class Equity:
    """What something was worth over time."""

    currency: str
    #: minute, hour or day.
    interval: str
    points: list[EquityPoint]
    #: Assets that are left out somewhere, because no stored price says what they were worth.
    unpriced: list[str]


@dataclass(frozen=True)
class Snapshot:
    """What was recorded of an account or bot by a full hour."""

    time: datetime
    account: UUID
    #: None for the whole account.
    bot: UUID | None
    currency: str
    equity: Decimal
    #: Of the currency itself; None of a bot, and in other currencies.
    cash: Decimal | None
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    drawdown: Decimal
    open_positions: int
    closed_trades: int
    #: The share of closed trades that won.
    win_rate: float | None
    unpriced: list[str]


@dataclass(frozen=True)
class Snapshots:
    """The latest 10,000 of a range, by time."""

    snapshots: list[Snapshot]
    #: Hours that are left out, because no stored price says what they are in the currency.
    unconverted: list[datetime]


@dataclass(frozen=True)
class AssetWorth:
    """What there is of an asset."""

    asset: str
    cash: Decimal
    #: Held back for orders.
    held: Decimal
    #: One of it in the currency.
    price: Decimal | None
    price_time: datetime | None
    #: All of it in the currency.
    value: Decimal | None


@dataclass(frozen=True)
class AccountWorth:
    """What an account is worth."""

    account: UUID
    name: str
    equity: Decimal
    unrealised_pnl: Decimal
    pnl_today: Decimal
    assets: list[AssetWorth]


@dataclass(frozen=True)
class BotWorth:
    """What a bot won."""

    bot: UUID
    account: UUID
    name: str
    realised_pnl: Decimal
    unrealised_pnl: Decimal
    pnl_today: Decimal
    open_positions: int


@dataclass(frozen=True)
class Exposure:
    """What open positions hold of a symbol."""

    symbol: str
    #: Long less short.
    quantity: Decimal
    #: In the currency, negative when short.
    value: Decimal | None
    unrealised_pnl: Decimal | None


@dataclass(frozen=True)
class Portfolio:
    """All that somebody has."""

    time: datetime
    currency: str
    #: All balances, and what open margin positions would win.
    equity: Decimal
    unrealised_pnl: Decimal
    #: Realised since midnight (UTC).
    pnl_today: Decimal
    assets: list[AssetWorth]
    accounts: list[AccountWorth]
    bots: list[BotWorth]
    exposure: list[Exposure]
    #: What is not in the sums, because no stored price says what it is worth.
    unpriced: list[str]
