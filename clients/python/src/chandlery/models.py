"""What the server tells. Numbers are ``Decimal``, times are in UTC; what isn't known is None."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Generic, Iterator, TypeVar
from uuid import UUID

T = TypeVar("T")


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list."""

    items: list[T]
    #: The cursor of the next one, None at the end.
    next: str | None

    def __iter__(self) -> Iterator[T]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)


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


@dataclass(frozen=True)
class Value:
    """A value of one's own that lives for a while."""

    key: str
    value: str
    expires_at: datetime


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
    filled: Decimal
    filled_quote: Decimal
    strategy: str | None
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


@dataclass(frozen=True)
class Account:
    """An account at a venue."""

    id: UUID
    venue: str
    name: str
    #: paper or external.
    kind: str
    has_credentials: bool
    archived_at: datetime | None
    created_at: datetime


@dataclass(frozen=True)
class Strategy:
    """A strategy."""

    id: UUID
    name: str
    description: str | None
    accounts: list[UUID]
    latest_version: int | None
    created_at: datetime


@dataclass(frozen=True)
class StrategyVersion:
    """A version of a strategy; bots follow it by its ``id``."""

    id: UUID
    version: int
    config_schema: dict[str, Any] | None
    parameters: dict[str, Any]
    notes: str | None
    created_at: datetime


@dataclass(frozen=True)
class Bot:
    """A bot."""

    id: UUID
    account: UUID
    name: str
    #: paper or live.
    type: str
    strategy_version: UUID | None
    #: stopped, running, paused, silent or error.
    status: str
    started_at: datetime | None
    last_heartbeat: datetime | None
    error_count: int
    balance: Decimal | None
    total_pnl: Decimal | None
    config: dict[str, Any]
    silent_after_s: int
    created_at: datetime


@dataclass(frozen=True)
class BotState:
    """What a bot is doing."""

    id: UUID
    account: UUID
    #: That of a bot, or deleted.
    status: str
    started_at: datetime | None
    last_heartbeat: datetime | None
    error_count: int
    balance: Decimal | None
    total_pnl: Decimal | None


@dataclass(frozen=True)
class Heartbeat:
    """What a bot told of itself."""

    at: datetime
    message: str | None
    error: str | None
    balance: Decimal | None
